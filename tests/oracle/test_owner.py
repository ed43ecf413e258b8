#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A host's root password is its own to seal and to confirm: run with `python3 test_owner.py`."""

import os
import re
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import crypto  # noqa: E402
import make  # noqa: E402
import policy as policies  # noqa: E402
from store import Store  # noqa: E402

ERROR = "%s version %d is the root password of another host, and not to be sealed or confirmed by %s"


class Two(make.Maker):
    """Hosts come and go: `change` makes a policy of these, with `end` ended."""

    def begin(self, *hosts):
        self.hosts = list(hosts)
        self.first_policy()
        return self

    def change(self, hosts, end=None):
        old = {h["name"]: h for h in self.policies[-1]["hosts"]}
        new = [old.get(h.name) or {"name": h.name, "key": canon.b64(crypto.ed25519_public(h.seed)), "end": None}
               for h in hosts]
        new = [dict(h, end={m: end.head()[m] for m in ("size", "root")}) if end and h["name"] == end.name else h
               for h in new]
        p = self.policy_document(new, self.policies[-1])
        digest = policies.policy_hash(p).hex()
        s = self.statement(self.hosts[0], "policy", {"serial": p["serial"], "hash": digest})
        approvals = [self.holders[n].approve(s) for n in ("alice", "bob")]
        p["signatures"] = [{"statement": s, "approvals": approvals}]
        self.ceremony(self.hosts[0], s, approvals)
        self.accept(p)
        for h in hosts:
            if h is end:
                continue
            h.policy = digest
            if not h.lines:
                h.vault = self.vault
                h.entry("log.started", vault=self.vault)
            h.entry("policy.accepted", serial=p["serial"], hash=digest)
        self.hosts = list(hosts)

    def root(self, host, name, version, candidate=False):
        make.SECRETS[name, version] = {"password": b"root's own"}
        return self.seal(host, name, version, "linux-root", {"host": name[6:]}, "default", candidate)

    def shadow(self, host, name, version):
        host.entry("rotation.confirmed", statement=None, record=name, version=version, fields=["password"],
                   by="shadow")

    def quorum(self, host, name, version):
        s = self.statement(host, "confirm", {"record": name, "version": version, "fields": ["password"]})
        digest = self.ceremony(host, s, [self.holders[n].approve(s) for n in ("alice", "bob")])
        host.entry("rotation.confirmed", statement=digest, record=name, version=version, fields=["password"],
                   by="holders")

    def store(self, folder):
        for host in self.hosts:
            self.files["log/%s.jsonl" % host.name] = host.data()
            self.files["log/%s.checkpoint" % host.name] = host.checkpoint()
        for rel, data in self.files.items():
            path = os.path.join(folder, rel)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
        return Store(folder).verify()


class Owner(unittest.TestCase):
    def setUp(self):
        self.temp = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.temp)
        self.m = Two()
        self.a, self.b = self.m.a, self.m.b

    def expect(self, record, in_force, *errors):
        """errors: (version, host) of entries that do not count."""
        store = self.m.store(self.temp)
        self.assertEqual([re.sub(r"^log/.*: leaf [0-9]+: ", "", e) for e in store.errors],
                         [ERROR % (record, *e) for e in errors])
        self.assertEqual(store.in_force(record), in_force)

    def test_own(self):
        m = self.m.begin(self.a, self.b)
        m.root(self.a, "linux-vault-a", 1)
        m.root(self.a, "linux-vault-a", 2, True)
        m.shadow(self.a, "linux-vault-a", 2)
        m.root(self.b, "linux-web1", 1)
        m.root(self.a, "linux-web1", 2)
        self.expect("linux-vault-a", 2)

    def test_sealed_by_another(self):
        m = self.m.begin(self.a, self.b)
        m.root(self.a, "linux-vault-a", 1)
        m.root(self.b, "linux-vault-a", 2)
        self.expect("linux-vault-a", 1, (2, "vault-b"))

    def test_first_by_another(self):
        self.m.begin(self.a, self.b).root(self.b, "linux-vault-a", 1)
        self.expect("linux-vault-a", 0, (1, "vault-b"))

    def test_confirmed_by_another(self):
        m = self.m.begin(self.a, self.b)
        m.root(self.a, "linux-vault-a", 1)
        m.root(self.a, "linux-vault-a", 2, True)
        m.quorum(self.b, "linux-vault-a", 2)
        m.shadow(self.b, "linux-vault-a", 2)
        self.expect("linux-vault-a", 1, (2, "vault-b"), (2, "vault-b"))

    def test_before_it_was_a_host(self):
        m = self.m.begin(self.a)
        m.root(self.a, "linux-vault-b", 1)
        m.root(self.a, "linux-vault-b", 2, True)
        m.shadow(self.a, "linux-vault-b", 2)
        m.change([self.a, self.b])
        m.root(self.b, "linux-vault-b", 3, True)
        m.shadow(self.b, "linux-vault-b", 3)
        self.expect("linux-vault-b", 3)

    def test_by_a_log_that_stands_still(self):
        m = self.m.begin(self.b)
        m.change([self.a, self.b])
        self.b.lines.pop()
        m.root(self.a, "linux-vault-a", 1)
        m.root(self.a, "linux-vault-a", 2, True)
        self.b.policy = policies.policy_hash(m.policies[0]).hex()
        m.root(self.b, "linux-vault-a", 3)
        m.quorum(self.b, "linux-vault-a", 2)
        self.expect("linux-vault-a", 1, (3, "vault-b"), (2, "vault-b"))

    def test_after_its_end(self):
        m = self.m.begin(self.a, self.b)
        m.root(self.b, "linux-vault-b", 1)
        m.change([self.a, self.b], self.b)
        m.root(self.a, "linux-vault-b", 2)
        self.expect("linux-vault-b", 2)
        m.quorum(self.a, "linux-vault-b", 1)
        self.expect("linux-vault-b", 2, (1, "vault-a"))


if __name__ == "__main__":
    unittest.main()
