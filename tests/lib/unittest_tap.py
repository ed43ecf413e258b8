# SPDX-License-Identifier: BSD-2-Clause
"""Runs the unittest cases of one file and prints TAP: unittest_tap.py FILE."""
import os
import sys
import unittest


class Tap(unittest.TestResult):
    def __init__(self, out):
        super().__init__()
        self.out = out
        self.count = 0

    def line(self, word, test, more=""):
        self.count += 1
        name = test.id().split(".", 1)[-1]
        print(f"{word} {self.count} - {name}{more}", file=self.out, flush=True)

    def bad(self, test, err):
        self.line("not ok", test)
        print(self._exc_info_to_string(err, test), file=sys.stderr, flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addError(self, test, err):
        super().addError(test, err)
        self.bad(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.bad(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.bad(subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, f" # SKIP {reason}")


def main(path):
    out, sys.stdout = sys.stdout, sys.stderr
    folder, name = os.path.split(os.path.abspath(path))
    sys.path.insert(0, folder)
    os.chdir(folder)
    suite = unittest.defaultTestLoader.loadTestsFromName(name.removesuffix(".py"))
    result = Tap(out)
    suite.run(result)
    print(f"1..{result.count}", file=out)
    return 0 if result.wasSuccessful() and result.count else 1


sys.exit(main(sys.argv[1]))
