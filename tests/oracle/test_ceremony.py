# SPDX-License-Identifier: BSD-2-Clause
"""What a log may say about ceremonies: run with `python3 test_ceremony.py`."""

import copy
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import docs  # noqa: E402
import policy as policies  # noqa: E402
from fixture import Vault  # noqa: E402
from store import Store  # noqa: E402


class Appended(Vault):
    """Entries behind those of the made vault, under a good checkpoint."""

    def setUp(self):
        super().setUp()
        self.host = copy.deepcopy(self.made.a)
        self.host.policy = policies.policy_hash(self.made.policies[1]).hex()

    def statement(self, action="drill", subject=None, fields=None, **more):
        deliver = [{"to": "requester", "key": canon.b64(b"\7" * 32), "fields": fields}] if fields else []
        s = self.made.statement(self.host, action, {"holder": None} if subject is None else subject, deliver)
        return dict(s, **more)

    def errors(self):
        self.write("log/vault-a.jsonl", self.host.data())
        self.write("log/vault-a.checkpoint", self.host.checkpoint())
        return Store(self.store).verify().errors

    def only(self, *sentences):
        errors = self.errors()
        self.assertEqual(len(errors), len(sentences), errors)
        for e, s in zip(errors, sentences):
            self.assertTrue(e.endswith(s), e)

    def request(self, **more):
        self.host.entry("ceremony.requested", statement=self.statement(**more))

    def test_good(self):
        self.request()
        self.request(action="unseal", subject=self.made.reference("aws-prod", 1),
                     fields=[{"name": "totp", "as": "seed"}])
        self.assertEqual(self.errors(), [])

    def test_requests(self):
        self.request(vault="00" * 32)
        self.request(requester=dict(self.host.requester(), host="vault-b"))
        self.request(policy="00" * 32)
        self.request(log=dict(self.host.log_head(), size=len(self.host.lines) + 1))
        self.request(action="unseal", subject=self.made.reference("aws-prod", 1),
                     fields=[{"name": "pin", "as": "value"}])
        self.request(action="unseal", subject=dict(self.made.reference("aws-prod", 1), digest="00" * 32),
                     fields=[{"name": "totp", "as": "code"}])
        errors = self.errors()
        for sentence in ("the statement is of another vault", "the statement is of host vault-b",
                         "which the store does not have", "the statement's log head is not before it",
                         "asks for field pin, which the record does not have", "names another digest than"):
            with self.subTest(sentence=sentence):
                self.assertEqual(sum(sentence in e for e in errors), 1, errors)

    def test_delivered_elsewhere(self):
        deliver = [{"to": "mallory", "key": canon.b64(b"\7" * 32), "fields": [{"name": "totp", "as": "code"}]}]
        self.request(action="unseal", subject=self.made.reference("aws-prod", 1), deliver=deliver)
        self.only("is to be delivered to mallory, who is no holder")

    def test_delivered_twice(self):
        deliver = 2 * [{"to": "requester", "key": canon.b64(b"\7" * 32), "fields": [{"name": "totp", "as": "code"}]}]
        self.request(action="unseal", subject=self.made.reference("aws-prod", 1), deliver=deliver)
        self.assertTrue(any("deliver does not fit" in e for e in self.errors()))

    def test_twice(self):
        s = self.statement()
        for _ in range(2):
            self.host.entry("ceremony.requested", statement=s)
        self.only("the statement was requested before")

    def reseal(self, reference, serial, action=None):
        hashes = [policies.policy_hash(p).hex() for p in self.made.policies]
        s = self.statement("reseal", {"policy": hashes[serial - 1], "records": [reference]},
                           [{"name": "password", "as": "seed"}])
        if action:
            s = self.statement(action)
        self.host.entry("ceremony.requested", statement=s)
        digest = docs.statement_hash(s).hex()
        for n in ("alice", "bob"):
            self.host.entry("ceremony.approved", statement=digest, warnings=[],
                            approval=self.made.holders[n].approve(s))
        before = [canon.parse(x) for x in self.host.lines]
        shares = [e for e in before if e["type"] == "shares.sealed" and e["record"] == "aws-prod"][-1]["shares"]
        self.host.entry("shares.sealed", shares=shares, serial=2, statement=digest,
                        **self.made.reference("aws-prod", 1))

    def test_reseal(self):
        aws, web = (self.made.reference(n, 1) for n in ("aws-prod", "web1-root"))
        self.reseal(aws, 2)
        self.only()
        self.reseal(web, 2)
        self.only("the statement does not name this record")

    def test_reseal_for_another_policy(self):
        self.reseal(self.made.reference("aws-prod", 1), 1)
        self.only("the statement is for another policy")

    def test_reseal_by_another_action(self):
        self.reseal(None, 2, "drill")
        self.only("its statement is of action drill")

    def test_approval_of_a_removed_token(self):
        s = self.statement()
        self.host.entry("ceremony.requested", statement=s)
        approval = dict(self.made.holders["carol"].approve(s), token="carol-9")
        self.host.entry("ceremony.approved", statement=docs.statement_hash(s).hex(), approval=approval, warnings=[])
        self.only("approval of carol with token carol-9: no such token in the policy")

    def test_version_before(self):
        for f in ("1.json", "1.shares.1.json", "1.shares.2.json"):
            os.remove(self.path("records/web1-root/" + f))
        self.complains("records/web1-root/1.json: is missing or refused")


if __name__ == "__main__":
    unittest.main()
