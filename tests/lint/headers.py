# SPDX-License-Identifier: BSD-2-Clause
"""Every prototype in a public header (not *_local.h) has a comment: its own, or that of the
group of lines, without an empty one between, that it stands in (free functions
all mean the same and need none).  Every header has a guard named after it."""
import re

import common

PROTOTYPE = re.compile(r"\b(\w+)\s*\([^;{]*\)[^;{]*;\s*(/\*|$)", re.S)


def has_guard(path, text):
    name = re.sub(r"\W", "_", path.split("/")[-1]).upper()
    return any(re.fullmatch(rf"#ifndef TWOKEY_(\w+_)?{name}", line) for line in text)


def paragraphs(text):
    """(first line number, lines) of runs without an empty line, outside of
    braces and with empty lines inside comments kept."""
    run, first, inside = [], 0, False
    for number, line in enumerate(text, 1):
        if not line.strip() and not inside:
            if run:
                yield first, run
            run = []
            continue
        if not run:
            first = number
        run.append(line)
        if "/*" in line:
            inside = "*/" not in line[line.rindex("/*"):]
        elif "*/" in line:
            inside = False
    if run:
        yield first, run


def prototypes(run):
    """Statements at the left margin that declare functions, with their
    offset."""
    text = "\n".join(run)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    depth, start = 0, 0
    for i, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if c == ";" and depth == 0:
            statement = text[start:i + 1]
            lead = len(statement) - len(statement.lstrip())
            m = PROTOTYPE.search(statement)
            if m and not re.match(r"\s*typedef\b", statement) and "{" not in statement:
                yield m.group(1), text.count("\n", 0, start + lead)
            start = i + 1


def check(top):
    for path in common.files(top, ".h"):
        if not path.startswith("src/") or path.endswith("_local.h"):
            continue
        text = common.lines(top, path)
        if not has_guard(path, text):
            yield f"{path}: no guard #ifndef TWOKEY_..."
        for first, run in paragraphs(text):
            told = any("/*" in line for line in run)
            for name, offset in prototypes(run):
                if not told and not name.endswith("_free"):
                    yield f"{path}:{first + offset}: {name} has no comment"


if __name__ == "__main__":
    common.main(check)
