# SPDX-License-Identifier: BSD-2-Clause
"""Does what `twokey doctor --pam` says about lines that are missing, to the word: its
output on stdin.  Prints each line that it writes, behind its service."""
import os
import re
import shutil
import sys

LINES = r"(?:`(account[^`]*)`, and below it )?`([^`]*)`"
ASKS = re.compile(r"BAD   pam (\S+) +\w+ asks no .*\n +mend: Write " + LINES + r" (.*) of (/[^\s,]*?)(,.*)?\.$", re.M)


def index(lines, start, want):
    for i, line in enumerate(lines):
        if re.match(r"(%s)\b|@include" % start, line.lstrip("-")) and re.search(want, line):
            return i
    raise SystemExit("no line %r" % want)


def mend(service, above, line, place, path, more):
    kind = line.split()[0]
    if more and "in a copy" in more:
        copy = "/etc/pam.d/" + os.path.basename(path)
        if not os.path.exists(copy):
            shutil.copy(path, copy)
        path = copy
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    new = [x for x in (above, line) if x]
    words = place.split()
    if place.startswith("above the line that includes "):
        at = index(lines, kind, r"\b" + words[-1] + "$")
    elif place.startswith("above the line of "):
        at = index(lines, kind, words[-1])
        if more:
            assert more.startswith(", and behind pam_unix.so there the word use_authtok: "), more
            lines[at] = lines[at].replace("pam_unix.so", "pam_unix.so use_authtok")
    elif place.startswith("below the line of "):
        at = index(lines, kind, words[-1]) + 1
    elif place == "in the place of the other auth lines":
        at = index(lines, "auth", "auth")
        del lines[at]
    else:
        raise SystemExit("where is %r?" % place)
    lines[at:at] = new
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    for x in new:
        print(service, x)


for found in ASKS.findall(sys.stdin.read()):
    mend(*found)
