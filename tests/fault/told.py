# SPDX-License-Identifier: BSD-2-Clause
"""Cases run side by side, and how they went, in the Test Anything Protocol."""
import sys
from concurrent.futures import ThreadPoolExecutor


class Bad(Exception):
    """What must hold does not."""


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def tell(self, name, why=None):
        self.n += 1
        self.failed += why is not None
        print(f"{'ok' if why is None else 'not ok'} {self.n} - {name}", flush=True)
        if why is not None:
            print(f"== {name}\n{why}\n", file=sys.stderr, flush=True)

    def all(self, jobs, cases):
        """cases: (name, function); run side by side, told in order."""
        with ThreadPoolExecutor(jobs) as pool:
            for name, future in [(n, pool.submit(f)) for n, f in cases]:
                try:
                    future.result()
                    self.tell(name)
                except Bad as why:
                    self.tell(name, str(why))
                except Exception as why:    # pylint: disable=broad-except
                    self.tell(name, f"{type(why).__name__}: {why}")

    def done(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.failed or not self.n else 0)
