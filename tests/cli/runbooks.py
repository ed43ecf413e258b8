# SPDX-License-Identifier: BSD-2-Clause
"""Commands in runbooks: runbooks.py TWOKEY FILE...  Every `twokey ...` in them is a command that
the program has, with options that its help names, and every runbook they send to is there."""
import functools
import os
import re
import subprocess
import sys


def commands(text):
    """Those in back quotes, and those that stand on lines of their own, joined."""
    text = re.sub(r"\\\n\s*", " ", text)
    yield from (re.sub(r"\s+", " ", m) for m in re.findall(r"`(twokey\b[^`]*)`", text))
    yield from (m.strip() for m in re.findall(r"^ {7,}(twokey\b.*)$", text, re.M))


@functools.lru_cache(maxsize=None)
def options(twokey, command):
    """The options that a command takes, or None when there is no such command."""
    done = subprocess.run([twokey, "help", *command.split()], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False, universal_newlines=True)
    if done.returncode != 0 or done.stdout.startswith("usage: twokey " + command + " COMMAND"):
        return None
    return set(re.findall(r"^\s+(--[a-z-]+)", done.stdout, re.M))


def check(twokey, names, command):
    words = command.split()[1:]
    takes = None
    for n in (2, 1):
        if takes is None and len(words) >= n and all(re.fullmatch("[a-z-]+", w) for w in words[:n]):
            takes = options(twokey, " ".join(words[:n]))
    if takes is None:
        return "no such command"
    odd = {w.split("=")[0] for w in words if w.startswith("--")} - takes
    if odd:
        return f"no such option: {' '.join(odd)}"
    if words[0] == "runbook" and words[1:] and words[1] not in names:
        return "no such runbook"
    return None


def main():
    twokey, *files = sys.argv[1:]
    names = {os.path.basename(f)[:-3] for f in files}
    bad = seen = 0
    for path in files:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for command in commands(text):
            seen += 1
            why = check(twokey, names, command)
            if why:
                print(f"{path}: {command}: {why}")
                bad += 1
    print(f"{seen} commands, {bad} of them wrong")
    return 1 if bad or not seen else 0


sys.exit(main())
