#!/usr/bin/python3
"""Runs a command in this terminal, with the DNS provider's page one key away: Ctrl-].

On the real internet the operator has the provider's web page in a browser beside the terminal. Here the key leaves
the command on the screen as it is, shows the page, and comes back.
usage: with-provider.py LAB-SCRIPT COMMAND [ARGUMENT…]
"""
import fcntl, os, pty, select, signal, subprocess, sys, termios, tty

LAB, COMMAND = sys.argv[1], sys.argv[2:]
KEYS = (b'\x1d', b'\x1b[93;5u')                 # Ctrl-], also as terminals with the kitty keyboard protocol send it
STDIN, STDOUT = 0, 1

def size(): return fcntl.ioctl(STDIN, termios.TIOCGWINSZ, b'\0' * 8)
def write(data):
    while data: data = data[os.write(STDOUT, data):]
def say(text=''): write(text.encode() + b'\r\n')

class Screen:
    """Whether the command has the alternate screen and hides the cursor: what must be put back."""
    def __init__(self): self.alternate, self.hidden, self.tail = False, False, b''
    def saw(self, data):
        data = self.tail + data
        for on, off, name in ((b'\x1b[?1049h', b'\x1b[?1049l', 'alternate'), (b'\x1b[?25l', b'\x1b[?25h', 'hidden')):
            a, b = data.rfind(on), data.rfind(off)
            if max(a, b) >= 0: setattr(self, name, a > b)
        self.tail = data[-8:]

def publish(*arguments):
    """What the lab's publish command says, as lines; never more than the screen can hold."""
    done = subprocess.run([LAB, 'publish', *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode('utf-8', 'replace').replace('\x1b', '').splitlines()

def page():
    """The provider's page; returns when the operator goes back."""
    lines, title = publish('--dry-run', '--phase', 'all'), 'What mailwizard asks for:'
    while True:
        rows, columns = (int.from_bytes(size()[i:i + 2], sys.byteorder) for i in (0, 2))
        write(b'\x1b[0m\x1b[2J\x1b[H')
        say('The DNS provider of the lab (dnshost.lab, and the hoster for PTR)'[:columns]); say('-' * (columns - 1)); say(title)
        room = max(3, (rows or 24) - 7)
        for line in lines[:room]: say('  ' + line[:max(20, columns - 3)])
        if len(lines) > room: say('  and %d more' % (len(lines) - room))
        say()
        write(b'p publish   m publish the last ones too (MX)   Enter back to mailwizard')
        key = os.read(STDIN, 64)
        if key in (b'p', b'm'):
            say(); say('publishing...')
            lines, title = publish('--phase', 'before' if key == b'p' else 'all'), 'Published:'
        elif key in (b'\r', b'\n', b'q', b'\x1b', b'', *KEYS): return

def main():
    pid, master = pty.fork()
    if pid == 0: os.execvp(COMMAND[0], COMMAND)
    fcntl.ioctl(master, termios.TIOCSWINSZ, size())
    signal.signal(signal.SIGWINCH, lambda *_: fcntl.ioctl(master, termios.TIOCSWINSZ, size()))
    before, screen = termios.tcgetattr(STDIN), Screen()
    tty.setraw(STDIN)
    try:
        while True:
            for fd in select.select([STDIN, master], [], [])[0]:
                try: data = os.read(fd, 65536)
                except OSError: data = b''
                if fd == master:
                    if not data: return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    screen.saw(data); write(data)
                elif data in KEYS:
                    if screen.alternate: write(b'\x1b[?1049l')
                    write(b'\x1b[?25h')
                    page()
                    write(b'\x1b[2J\x1b[H' + (b'\x1b[?1049h' if screen.alternate else b'') + (b'\x1b[?25l' if screen.hidden else b''))
                    os.write(master, b'\x0c')       # Ctrl-L: draw again
                elif data: os.write(master, data)
                else: os.close(master); return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        termios.tcsetattr(STDIN, termios.TCSAFLUSH, before)

code = main()
sys.exit(code if code >= 0 else 128 - code)
