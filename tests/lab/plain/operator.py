#!/usr/bin/python3
"""An operator at the plain lines: answers each prompt of a program by the first rule that fits, Enter otherwise.

usage: operator.py RULES PROGRAM [ARGUMENT…]
RULES is a file of lines 'PATTERN => ANSWER', each used once, in order for the same pattern; the pattern (a regular
expression) is looked for in the line that waits. An answer '!COMMAND' runs a shell command first and then presses Enter.
Everything that was said is printed, with the answers. Ends with the program's exit code, 124 after ten minutes.
"""
import os, re, select, subprocess, sys, time

rules = []
for line in open(sys.argv[1], encoding='utf-8'):
    if '=>' in line and not line.startswith('#'):
        pattern, answer = line.rstrip('\n').split('=>', 1)
        rules.append((re.compile(pattern.strip()), answer.strip()))

program = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
started, waiting = time.monotonic(), b''
while True:
    if time.monotonic() - started > 600:
        program.kill()
        sys.exit(124)
    ready, _, _ = select.select([program.stdout], [], [], 0.3)
    if ready:
        said = os.read(program.stdout.fileno(), 65536)
        if not said:
            break
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        waiting = (waiting + said)[-2000:]
        continue
    # A line that ends in ': ' and has stood for a while is a question.
    question = waiting.rsplit(b'\n', 1)[-1].decode(errors='replace')
    if not question.endswith(': '):
        continue
    answer = ''
    for rule in rules:
        if rule[0].search(question):
            answer = rule[1]
            rules.remove(rule)
            break
    if answer.startswith('!'):
        subprocess.run(answer[1:], shell=True, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        answer = ''
    print(f'<{answer}>', flush=True)
    waiting = b''
    program.stdin.write((answer + '\n').encode())
sys.exit(program.wait())
