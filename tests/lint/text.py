# SPDX-License-Identifier: BSD-2-Clause
"""Licence lines, white space, words that stand for unfinished work or for
somebody's own machine."""
import os
import re

import common

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
SOURCES = (".c", ".h", ".sh", ".bash", ".bats", ".py", ".go", ".mk", ".m4", ".am", ".map",
           ".1", ".5", ".7", ".8")
C = (".c", ".h")
# Test data is what it is; these are read by programs, byte for byte.
DATA = ("tests/vectors/", "tests/fuzz/corpus/", "LICENSE")

# Put together so that this file does not find itself.
WORDS = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"), "unfinished work"),
    (re.compile(r"(?i)\bnot " r"implemented\b"), "unfinished work"),
    (re.compile(r"(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me/[a-z]+)/"), "a path of one machine"),
    (re.compile(r"bash_" r"jobs|\.lib" r"rary/"), "a path of one machine"),
]


def wants_licence(top, path):
    if path.endswith(SOURCES):
        return True
    if "." in os.path.basename(path):
        return False
    return common.lines(top, path)[:1] != [] and \
        common.lines(top, path)[0].startswith("#!")


def check_space(path, text):
    if text and text[-1] != "":
        yield f"{path}: no newline at the end"
    if len(text) > 1 and text[-1] == "" and text[-2] == "":
        yield f"{path}: an empty line at the end"
    for number, line in enumerate(text, 1):
        if line.endswith((" ", "\t", "\r")):
            yield f"{path}:{number}: white space at the end of the line"
        indent = line[:len(line) - len(line.lstrip(" \t"))]
        if " \t" in indent:
            yield f"{path}:{number}: a space before a tab"
        if path.endswith(C) and " " * 8 in indent:
            yield f"{path}:{number}: indented by spaces; tabs are 8 wide"
        if path.endswith(".py") and "\t" in indent:
            yield f"{path}:{number}: indented by a tab; Python uses spaces here"


def check(top):
    for path in common.files(top):
        if path.startswith(DATA):
            continue
        text = common.lines(top, path)
        if not text:
            continue
        if wants_licence(top, path) and not any(SPDX in x for x in text[:5]):
            yield f"{path}: no line {SPDX}"
        yield from check_space(path, text)
        for number, line in enumerate(text, 1):
            for pattern, why in WORDS:
                if pattern.search(line):
                    yield f"{path}:{number}: {why}: {line.strip()[:80]}"


if __name__ == "__main__":
    common.main(check)
