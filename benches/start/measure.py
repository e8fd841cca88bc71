"""Starts the program again and again; see run."""
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time

BINARY, RUNS = sys.argv[1], int(sys.argv[2])
OPENED = b"\x1b[?2004h"  # bracketed paste: the first frame follows


def version():
    begun = time.monotonic()
    subprocess.run([BINARY, "--version"], stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - begun) * 1000


def first_frame():
    """Milliseconds until the page's title is there, bytes until then, kB held after a second."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for number in range(3):
            os.dup2(slave, number)
        os.execve(BINARY, [BINARY], {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]})
    begun, written, took, drawn = time.monotonic(), b"", None, 0
    while time.monotonic() - begun < (5 if took is None else 1):
        if not select.select([master], [], [], 0.2)[0]:
            continue
        written += os.read(master, 65536)
        at = written.find(OPENED)
        if took is None and at >= 0 and b"Welcome" in written[at:]:
            took, drawn = (time.monotonic() - begun) * 1000, len(written) - at - len(OPENED)
    status = open(f"/proc/{pid}/status").read().split("\n")
    held = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    os.close(master)
    os.close(slave)
    return took, drawn, held


def say(what, values, unit, budget):
    best, median = min(values), statistics.median(values)
    print(f"{what}: best {best:.1f} {unit}, median {median:.1f} {unit} of {len(values)} (budget {budget} {unit})")


say("--version", [version() for _ in range(RUNS)], "ms", 10)
frames = [first_frame() for _ in range(RUNS)]
say("first frame on the screen", [took for took, _, _ in frames], "ms", 50)
say("first frame", [drawn for _, drawn, _ in frames], "bytes", 3500)
say("memory", [held / 1024 for _, _, held in frames], "MiB", 40)
