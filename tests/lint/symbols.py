# SPDX-License-Identifier: BSD-2-Clause
"""No two files of the libraries define the same global name: with static
archives the linker would silently take either."""
import os
import re
import subprocess

import common


def objects(build):
    for folder, _, names in os.walk(os.path.join(build, "src")):
        if os.path.basename(folder) != ".libs":
            continue
        for name in sorted(names):
            if name.endswith(".o"):
                yield os.path.join(folder, name)


def source(build, path):
    """src/log/.libs/libtklog_la-head.o -> src/log/head.c"""
    folder, name = os.path.split(os.path.relpath(path, build))
    name = re.sub(r"^lib\w+_la-", "", name)
    return os.path.join(os.path.dirname(folder), name[:-2] + ".c")


def top_of(build):
    """Where its sources are, None when it does not say."""
    try:
        with open(os.path.join(build, "Makefile"), encoding="utf-8") as file:
            found = re.search(r"^abs_top_srcdir = (.*)$", file.read(), re.M)
    except FileNotFoundError:
        return None
    return found.group(1) if found else None


def check(build):
    """Of a build tree."""
    where, top = {}, top_of(build)
    paths = list(objects(build))
    if not paths:
        yield f"{build}: no objects of libraries are there"
    for path in paths:
        # Left over from a file that was moved or removed.
        if top is not None and not os.path.exists(os.path.join(top, source(build, path))):
            continue
        out = subprocess.run(["nm", "-g", "--defined-only", path], check=True,
                             stdout=subprocess.PIPE, universal_newlines=True).stdout
        for symbol in re.findall(r"^\w+ [TDBRC] (\S+)$", out, re.M):
            where.setdefault(symbol, set()).add(source(build, path))
    for symbol, files in sorted(where.items()):
        if len(files) > 1:
            yield f"{symbol}: is defined by {' and '.join(sorted(files))}"


if __name__ == "__main__":
    common.main(check)
