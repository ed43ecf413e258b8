#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs a command on a terminal of its own and answers its prompts.

usage: drive.py [-t SECONDS] [-a REGEX=ANSWER]... [-o FILE] -- COMMAND [ARG...]

Each rule answers every time its regular expression matches new output (the
earliest match first, then the earliest rule), with ANSWER and Enter.  An answer
of ^C sends Ctrl-C, an empty one only Enter; the escapes of Python strings are
known; `!WORDS` sends nothing and has sh carry out WORDS.  `REGEX=A1||A2` gives
one answer after the other.  What the command writes to the terminal goes to
standard output; its standard output goes there too, or to FILE with -o, so
that data and words can be told apart.  Exits with the command's status, 124
after the limit.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time


def parse(argv):
    rules, limit, out = [], 60.0, None
    i = 0
    while i < len(argv) and argv[i] != "--":
        if i + 1 >= len(argv):
            sys.exit(__doc__)
        value = argv[i + 1]
        if argv[i] == "-a":
            pattern, _, answer = value.rpartition("=")
            answers = [a.encode().decode("unicode_escape").encode("latin-1")
                       for a in answer.split("||")]
            rules.append([re.compile(pattern.encode()), answers])
        elif argv[i] == "-t":
            limit = float(value)
        elif argv[i] == "-o":
            out = value
        else:
            sys.exit(__doc__)
        i += 2
    return rules, limit, out, argv[i + 1:]


def start(command, out):
    pid, fd = pty.fork()
    if pid == 0:
        if out is not None:
            target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(target, 1)
        try:
            os.execvp(command[0], command)
        except OSError as why:
            os.write(2, f"drive: {command[0]}: {why}\n".encode())
        os._exit(127)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return pid, fd


def answer(fd, rules, pending):
    """Answers what stands first in the text; returns what is left to look at."""
    found = [(rule[0].search(pending), rule) for rule in rules]
    found = [x for x in found if x[0]]
    if not found:
        return pending, False
    match, rule = min(found, key=lambda x: x[0].start())
    words = rule[1][0]
    if len(rule[1]) > 1:
        rule[1].pop(0)
    if words.startswith(b"!"):
        subprocess.run(["sh", "-c", words[1:]], stdout=2, check=False)
    else:
        try:
            os.write(fd, b"\x03" if words == b"^C" else words + b"\r")
        except OSError:
            pass    # it ended meanwhile: its status says how
    return pending[match.end():], True


def main():
    rules, limit, out, command = parse(sys.argv[1:])
    pid, fd = start(command, out)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    end = time.monotonic() + limit
    pending, late = b"", False
    while True:
        left = end - time.monotonic()
        if left <= 0:
            late = True
            os.kill(pid, signal.SIGKILL)
            break
        ready, _, _ = select.select([fd], [], [], left)
        if not ready:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        pending += data
        again = True
        while again:
            pending, again = answer(fd, rules, pending)
    status = os.waitpid(pid, 0)[1]
    if late:
        sys.exit(124)
    sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


main()
