# SPDX-License-Identifier: BSD-2-Clause
"""Runs the test_* functions of a file and prints TAP; what they print on stderr is the log."""
import sys
import traceback


def run(module):
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_")]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            word = "ok"
        except Exception:  # every kind of failure is one
            traceback.print_exc()
            failed += 1
            word = "not ok"
        print(f"{word} {number} - {(test.__doc__ or name).strip().splitlines()[0]}", flush=True)
    sys.exit(1 if failed else 0)


def equal(got, want):
    if got != want:
        raise AssertionError(f"{got!r}\n is not {want!r}")


def has(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in:\n{text}")


def hasnt(text, *parts):
    for part in parts:
        if part in text:
            raise AssertionError(f"{part!r} is in:\n{text}")
