# SPDX-License-Identifier: BSD-2-Clause
"""Layers, read from the include lines: a file includes only from its own
layer or lower; each wrapped library's headers stand in one place; library
code prints nothing, asks no clock and no environment, opens no socket, and
never exits."""
import os
import re

import common

LAYER = {"base": 0, "crypto": 1, "token": 2, "net": 2, "vault": 3, "log": 3, "rotate": 4,
         "ceremony": 4, "aws": 4, "correlate": 5, "posture": 5, "notify": 5, "cli": 6, "gate": 6}

# header prefix -> folder that may include it, and in how many files at most
WRAPPED = [
    (re.compile(r"fido(\.h|/)"), "src/token/", 1),
    (re.compile(r"curl/"), "src/net/", 1),
    (re.compile(r"security/(pam|_pam)"), "pam/", None),
    (re.compile(r"openssl/"), "src/crypto/", None),
    (re.compile(r"json-c/|json\.h$"), "src/base/", None),
    (re.compile(r"cbor\.h"), "src/token/", None),
    (re.compile(r"libdeflate\.h|zlib\.h"), "src/correlate/", 2),
    (re.compile(r"seccomp\.h"), "src/", None),
]

# Folders whose code is programs; everything else under src/ is library code,
# but for the files here, each with what it may call.
PROGRAMS = ("src/cli/", "src/gate/")
MAY = {
    "src/base/clock.c": {"clock_gettime"},          # the clock that programs hand in
    "src/notify/local.c": {"socket"},               # this machine's journal and syslog
    "src/token/helper_main.c": {"fprintf", "_exit"},  # the main function of twokey-token
    "src/net/helper_main.c": {"fprintf", "_exit"},  # the main function of twokey-net
    "src/token/helper_watch.c": {"_exit"},          # ends twokey-token with its parent
}
FORBIDDEN = re.compile(
    r"(?<![\w.>])(v?f?printf|puts|putchar|fputs|fputc|perror|exit|_exit|abort|getenv|secure_getenv"
    r"|time|gettimeofday|clock_gettime|socket|connect|isatty|tcsetattr|syslog)\s*\(")
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')
STRIP = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|//[^\n]*', re.S)


def layer_of(path):
    parts = path.split("/")
    return LAYER.get(parts[1]) if len(parts) > 2 and parts[0] == "src" else None


def check_own(top, path, header):
    """An include in quotation marks."""
    own = layer_of(path)
    beside = os.path.join(os.path.dirname(path), header)
    if "/" not in header:
        if header != "config.h" and not os.path.exists(os.path.join(top, beside)):
            yield f'{path}: "{header}" does not stand beside it'
        return
    if header.startswith("../") or "/../" in header:
        yield f'{path}: "{header}" goes up; write it from src/'
        return
    other = layer_of("src/" + header)
    if other is None:
        yield f'{path}: "{header}" is in no layer'
    elif own is not None and other > own:
        yield f'{path}: layer {own} includes "{header}" of layer {other}'


def check_wrapped(path, header, users):
    for pattern, place, limit in WRAPPED:
        if not pattern.match(header):
            continue
        if not path.startswith(place):
            yield f"{path}: <{header}> belongs in {place} alone"
        users.setdefault((pattern.pattern, place, limit), set()).add(path)


def check_core(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as f:
        text = STRIP.sub(lambda m: "\n" * m.group().count("\n"), f.read())
    for number, line in enumerate(text.split("\n"), 1):
        for m in FORBIDDEN.finditer(line):
            if m.group(1) not in MAY.get(path, ()):
                yield f"{path}:{number}: library code calls {m.group(1)}()"


def check(top):
    users = {}
    for path in common.files(top, ".c", ".h"):
        if not path.startswith(("src/", "pam/")):
            continue
        if path.startswith("src/") and layer_of(path) is None:
            yield f"{path}: is in no layer"
        for line in common.lines(top, path):
            m = INCLUDE.match(line)
            if m and m.group(1) == '"':
                yield from check_own(top, path, m.group(2))
            if m:
                yield from check_wrapped(path, m.group(2), users)
        if path.startswith("src/") and not path.startswith(PROGRAMS):
            yield from check_core(top, path)
    for (pattern, place, limit), paths in users.items():
        if limit is not None and len(paths) > limit:
            yield f"{place}: {pattern} is included by {len(paths)} files: {', '.join(sorted(paths))}"


if __name__ == "__main__":
    common.main(check)
