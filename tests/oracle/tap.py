#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run every test of this folder and print TAP on standard output, the reasons of failures on standard error."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


class Tap(unittest.TestResult):
    count = 0

    def startTest(self, test):
        super().startTest(test)
        self.before = len(self.failures) + len(self.errors)

    def stopTest(self, test):
        super().stopTest(test)
        self.count += 1
        good = len(self.failures) + len(self.errors) == self.before
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, test.id()), flush=True)


def main():
    suite = unittest.defaultTestLoader.discover(HERE, "test_*.py")
    print("1..%d" % suite.countTestCases(), flush=True)
    result = Tap()
    suite.run(result)
    for test, why in result.failures + result.errors:
        print("%s\n%s" % (test, why), file=sys.stderr)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
