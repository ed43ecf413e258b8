#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sits at the far end of a serial line, as a terminal program does.

usage: cable.py DEVICE UNTIL

What was left on the line from before is thrown away, Enter asks for a new
prompt, and from then on keys go out and words come in.  Ends with status 0 when
the regular expression UNTIL matches what came in.  Run it under drive.py, which
types and has the time limit.
"""
import os
import re
import select
import sys
import time
import tty


def drain(line, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([line], [], [], left)[0] and not os.read(line, 4096):
            return


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    line = os.open(sys.argv[1], os.O_RDWR | os.O_CLOEXEC)
    until = re.compile(sys.argv[2].encode())
    tty.setraw(0)
    drain(line, 0.5)
    os.write(line, b"\r")
    seen = b""
    while not until.search(seen):
        ready, _, _ = select.select([0, line], [], [])
        if 0 in ready:
            keys = os.read(0, 4096)
            if not keys:
                sys.exit(1)
            os.write(line, keys)
        if line in ready:
            words = os.read(line, 4096)
            if not words:
                sys.exit("cable.py: the line is dead")
            os.write(1, words)
            seen = (seen + words)[-65536:]


main()
