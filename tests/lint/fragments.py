# SPDX-License-Identifier: BSD-2-Clause
"""The build knows every file: each *.mk is included by Makefile.am, each C
file stands in one, each fuzz harness has a corpus, each kind of test that is
no program is packed by make dist, and git ignores each program where it is built
among the sources."""
import fnmatch
import os
import re

import common


def included(top, path, seen):
    """path and the fragments it includes, as paths of the tree."""
    if path in seen or not os.path.exists(os.path.join(top, path)):
        return
    seen.add(path)
    for line in common.lines(top, path):
        m = re.match(r"include\s+(?:\$\(top_srcdir\)/)?(\S+)", line)
        if m:
            included(top, m.group(1), seen)


def words(top, paths):
    found = set()
    for path in paths:
        found.update(" ".join(common.lines(top, path)).split())
    return {w.removeprefix("$(srcdir)/").removeprefix("$(top_srcdir)/") for w in found}


def programs(top, paths):
    """Paths of the programs, which make puts beside the sources in an in-tree build."""
    for path in paths:
        text = "\n".join(common.lines(top, path)).replace("\\\n", " ")
        for names in re.findall(r"^\w+_PROGRAMS\s*\+?=(.*)$", text, re.M):
            yield from (n for n in names.split() if "$" not in n)


def ignored(top, program):
    """By a line of .gitignore that begins with a slash; the last one that fits counts."""
    found = False
    for line in common.lines(top, ".gitignore"):
        if fnmatch.fnmatchcase("/" + program, line.lstrip("!")):
            found = not line.startswith("!")
    return found


def check(top):
    seen = set()
    included(top, "Makefile.am", seen)
    for path in common.files(top, ".mk"):
        if path not in seen:
            yield f"{path}: is not included by Makefile.am"
    # A tarball has no .gitignore.
    has = os.path.exists(os.path.join(top, ".gitignore"))
    for program in sorted(set(programs(top, seen))):
        if has and not ignored(top, program):
            yield f"{program}: is built, and not in .gitignore"
    known = words(top, seen)
    packed = [w for w in known if os.path.isdir(os.path.join(top, w)) and "/" in w]
    for path in common.files(top, ".c", ".h"):
        if path not in known and path[:-2] not in known and not path.startswith(tuple(p + "/" for p in packed)):
            yield f"{path}: stands in no Makefile.am fragment"
    for path in common.files(top, ".c"):
        m = re.match(r"tests/fuzz/fuzz_(\w+)\.c$", path)
        if m and not os.path.isdir(os.path.join(top, "tests/fuzz/corpus", m.group(1))):
            yield f"{path}: has no corpus tests/fuzz/corpus/{m.group(1)}"


if __name__ == "__main__":
    common.main(check)
