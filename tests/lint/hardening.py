# SPDX-License-Identifier: BSD-2-Clause
"""Installed programs under a prefix: position independent, full RELRO, bound
at start, no executable stack, stack protector, fortified libc calls, and
linked to no library but their own."""
import os
import re
import subprocess

import common

# Libraries that only these programs may load.
ONLY = {"libfido2": {"twokey-token"}, "libcbor": {"twokey-token"}, "libcurl": {"twokey-net"},
        "libpam": {"pam_twokey.so"}}
# None of these, whatever else changes.
NEVER = {"pam_twokey.so": ("libcrypto", "libjson-c", "libfido2", "libcurl")}


def readelf(path, *options):
    return subprocess.run(["readelf", "-W", *options, path], check=True,
                          stdout=subprocess.PIPE, universal_newlines=True).stdout


def elf_files(prefix):
    for folder, _, names in os.walk(prefix):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as f:
                if f.read(4) == b"\x7fELF":
                    yield path


def check_flags(name, header, segments, dynamic):
    if not re.search(r"Type:\s+DYN", header):
        yield f"{name}: is not position independent"
    if "GNU_RELRO" not in segments:
        yield f"{name}: has no RELRO segment"
    if not re.search(r"\((FLAGS|FLAGS_1)\).*\b(BIND_NOW|NOW)\b", dynamic):
        yield f"{name}: is not bound at start (-z now)"
    stack = re.search(r"GNU_STACK.*", segments)
    if stack is None or re.search(r"\bRWE\b", stack.group()):
        yield f"{name}: has an executable stack"
    if re.search(r"LOAD.*\bRWE\b", segments):
        yield f"{name}: has a segment both writable and executable"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield f"{name}: carries a library search path"


def check_calls(name, symbols):
    if "__stack_chk_fail" not in symbols:
        yield f"{name}: has no stack protector"
    if not re.search(r"__\w+_chk\b", symbols):
        yield f"{name}: calls no fortified function"


def check_libraries(name, dynamic):
    needed = re.findall(r"\(NEEDED\).*\[([^\]]+)\]", dynamic)
    for library, programs in ONLY.items():
        if any(n.startswith(library + ".so") for n in needed) and name not in programs:
            yield f"{name}: links {library}"
    for library in NEVER.get(name, ()):
        if any(n.startswith(library + ".so") for n in needed):
            yield f"{name}: links {library}"


def check(prefix):
    paths = list(elf_files(prefix))
    if not paths:
        yield f"{prefix}: no programs are installed there"
    for path in paths:
        name = os.path.basename(path)
        dynamic = readelf(path, "-d")
        yield from check_flags(name, readelf(path, "-h"), readelf(path, "-l"), dynamic)
        yield from check_calls(name, readelf(path, "--dyn-syms"))
        yield from check_libraries(name, dynamic)


if __name__ == "__main__":
    common.main(check)
