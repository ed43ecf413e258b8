# SPDX-License-Identifier: BSD-2-Clause
"""A made vault, of which every test gets a copy of its own."""

import contextlib
import io
import json
import os
import shutil
import tempfile
import unittest

import canon
import make
import oracle
from store import Store


class Vault(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.made = make.make(cls.folder)
        with open(os.path.join(cls.folder, "hmac.json"), encoding="ascii") as f:
            cls.hmac = json.load(f)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def setUp(self):
        self.temp = tempfile.mkdtemp()
        self.store = os.path.join(self.temp, "store")
        shutil.copytree(os.path.join(self.folder, "store"), self.store)
        self.addCleanup(shutil.rmtree, self.temp)

    def path(self, rel):
        return os.path.join(self.store, rel)

    def read(self, rel):
        with open(self.path(rel), "rb") as f:
            return f.read()

    def write(self, rel, data):
        with open(self.path(rel), "wb") as f:
            f.write(data)

    def edit(self, rel, change):
        v = canon.parse(self.read(rel))
        change(v)
        self.write(rel, canon.write(v))

    def complains(self, *sentences):
        errors = Store(self.store).verify().errors
        for s in sentences:
            self.assertTrue(any(s in e for e in errors), "%r is not in %r" % (s, errors))

    def run_oracle(self, *args):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = oracle.main(list(args))
        return code, out.getvalue(), err.getvalue()

    def outputs(self, *who):
        return [x for w in who for x in ("--hmac", "%s=%s" % (w, self.hmac[w]))]
