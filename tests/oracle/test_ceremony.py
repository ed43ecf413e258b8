# SPDX-License-Identifier: BSD-2-Clause
"""What a log may say about ceremonies: run with `python3 test_ceremony.py`."""

import copy
import datetime
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import docs  # noqa: E402
import log as logs  # noqa: E402
import make  # noqa: E402
import policy as policies  # noqa: E402
from canon import Refused  # noqa: E402
from ceremony import Ceremonies  # noqa: E402
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

    def granted(self, who=("alice", "bob"), action="login", minutes=0, **more):
        subject = {"service": "su", "user": "root", "tty": "pts/3", "rhost": ""} if action == "login" else None
        s = self.statement(action, subject)
        self.host.entry("ceremony.requested", statement=s)
        digest = docs.statement_hash(s).hex()
        for n in who:
            self.host.entry("ceremony.approved", statement=digest, warnings=[],
                            approval=self.made.holders[n].approve(s))
        self.host.clock.t += datetime.timedelta(minutes=minutes)
        return self.host.entry("login.granted", **dict({"statement": digest, "holders": list(who)}, **more))

    def opened(self, login, service="su", user="root"):
        return self.host.entry("session.opened", login=login, service=service, user=user, tty="pts/3", rhost="",
                               uid=1000, audit=4)

    def test_login(self):
        opened = self.opened(self.granted())
        self.host.entry("session.closed", opened=opened, ms=0)
        self.only()

    def test_bad_logins(self):
        seq = self.granted()
        digest = canon.parse(self.host.lines[seq])["statement"]
        self.host.entry("login.granted", statement=digest, holders=[])
        self.granted(action="drill")
        self.granted(who=("alice",))
        self.granted(holders=["alice", "carol"])
        self.granted(statement="00" * 32)
        self.granted(minutes=6)
        self.only("the login was granted before", "its statement is of action drill",
                  "the approvals do not satisfy quorum default", "there is no approval of carol before it",
                  "its statement was not requested before", "the statement had expired")

    def test_sessions(self):
        login = self.granted()
        opened = self.opened(login)
        self.opened(login)
        self.opened(opened)
        self.opened(len(self.host.lines) + 1)
        for x in (opened, opened, login, len(self.host.lines) + 3):
            self.host.entry("session.closed", opened=x, ms=0)
        self.only(*["is no login before it, or one that has its session"] * 3,
                  *["is no session that is open"] * 3)

    def sudo(self, via):
        s = self.statement("login", {"service": "su", "user": "eve", "tty": "pts/3", "rhost": ""},
                           requester=dict(self.host.requester(), via=via))
        self.host.entry("ceremony.requested", statement=s)
        digest = docs.statement_hash(s).hex()
        for n in ("alice", "bob"):
            self.host.entry("ceremony.approved", statement=digest, warnings=[],
                            approval=self.made.holders[n].approve(s))
        return self.host.entry("login.granted", statement=digest, holders=["alice", "bob"])

    def test_sessions_of_somebody_else(self):
        self.opened(self.granted(), service="sudo")
        self.opened(self.granted(), user="eve")
        self.opened(self.sudo("su: eve"))
        self.opened(self.sudo("su: eve"), service="sudo")
        self.opened(self.sudo("su: bob"))
        self.only(*["is a login by another service or user"] * 4)

    def test_sessions_without_a_login(self):
        first = [self.opened(None) for _ in range(3)][0]
        self.assertEqual(self.errors(), [])
        self.assertEqual(Store(self.store).verify().notes, [
            "log/vault-a.jsonl: leaf %d: the first of 3 sessions that go back to no login" % first])

    def attempts(self, sources, **more):
        e = {"from": self.host.clock.text(), "to": self.host.clock.text(), "more": 0, "sources": [
            dict(zip(("service", "user", "rhost", "count"), s)) for s in sources]}
        self.host.entry("login.attempts", **dict(e, **more))

    def test_attempts(self):
        self.attempts([("sshd", "root", "a", 1), ("su", "a", "b", 1), ("su", "a\"", "a", 1), ("su", "aB", "", 1)])
        self.attempts([("su", "root", "%02d" % i, 1) for i in range(64)])
        self.only()

    def test_bad_attempts(self):
        before = copy.deepcopy(self.host)
        for sentence, sources, more in (
                ("out of order or double", [("su", "a", "a", 1), ("su", "a", "a", 1)], {}),
                ("out of order or double", [("su", "a", "", 1), ("sshd", "b", "", 1)], {}),
                ("is not an integer from 1", [("su", "a", "", 0)], {}),
                ("has 65 elements", [("su", "root", "%02d" % i, 1) for i in range(65)], {}),
                ("ends before it begins", [], {"to": self.host.clock.text(-1)})):
            with self.subTest(sentence=sentence):
                self.host = copy.deepcopy(before)
                self.attempts(sources, **more)
                self.assertTrue(any(sentence in e for e in self.errors()))

    def confirmed(self, *who, by="holders"):
        subject = {"record": "aws-prod", "version": 1, "fields": ["password"]}
        s = self.statement("confirm", subject)
        digest = self.made.ceremony(self.host, s, [self.made.holders[n].approve(s) for n in who])
        self.host.entry("rotation.confirmed", statement=digest, by=by, **subject)

    def test_confirmed(self):
        self.confirmed("alice", "carol")
        self.only()
        self.confirmed("bob")
        self.confirmed()
        self.confirmed("alice", "carol", by="some-event")
        self.only("bob do not satisfy quorum default", "no holders do not satisfy quorum default",
                  "holders were asked, and it names another's word")

    def attended(self, who=("alice", "carol"), minutes=0, seal=True, named=True, action="attend", **subject):
        """Holders attend a seed's sealing; the whole store is put back before the next one."""
        s = self.statement(action, dict({"record": "aws-prod", "version": 2, "fields": ["totp"]}, **subject))
        digest = self.made.ceremony(self.host, s, [self.made.holders[n].approve(s) for n in who])
        self.host.clock.t += datetime.timedelta(minutes=minutes)
        if seal:
            self.candidate(digest if named else None)
        return digest

    def candidate(self, attended, **secrets):
        made = copy.copy(self.made)
        made.files, made.digests = {}, dict(made.digests)
        make.SECRETS["aws-prod", 2] = secrets or {"totp": make.SECRETS["aws-prod", 1]["totp"]}
        try:
            made.seal(self.host, "aws-prod", 2, "aws-root", make.AWS, "default", True, attended=attended)
        finally:
            del make.SECRETS["aws-prod", 2]
        for path, data in made.files.items():
            self.write(path, data)
        self.reference = {"record": "aws-prod", "version": 2, "digest": made.digests["aws-prod", 2].hex()}

    def test_attended(self):
        digest = self.attended(minutes=20)
        self.only()
        e = canon.parse(self.host.lines[-1])
        self.assertEqual(e["attended"], digest)
        self.host.entry(e["type"], **{m: v for m, v in e.items() if m not in logs.COMMON})
        self.only("holders attended another sealing")

    def test_badly_attended(self):
        before = copy.deepcopy(self.host)
        for sentence, more in (
                ("do not satisfy quorum default", {"who": ("bob",)}),
                ("no holders do not satisfy quorum default", {"who": ()}),
                ("the statement had expired", {"minutes": 31}),
                ("holders attended something else", {"record": "web1-root"}),
                ("holders attended something else", {"version": 3}),
                ("holders attended something else", {"fields": ["password"]}),
                ("its statement is of action confirm", {"action": "confirm"}),
                ("a seed that nobody knows, and no holders attended", {"named": False})):
            with self.subTest(sentence=sentence, **more):
                self.host = copy.deepcopy(before)
                self.attended(**more)
                self.only(sentence)

    def test_attended_without_request(self):
        self.candidate("00" * 32)
        self.only("its statement was not requested before")

    def test_attended_by_one_who_knows(self):
        digest = self.attended(seal=False, fields=["password"])
        self.candidate(digest, password=b"typed by ops")
        self.only("attended is one field that nobody knows")

    def test_attended_under_another_policy(self):
        self.host.policy = policies.policy_hash(self.made.policies[0]).hex()
        digest = self.attended(seal=False)
        self.host.policy = policies.policy_hash(self.made.policies[1]).hex()
        self.candidate(digest)
        self.assertTrue(any(e.endswith("the statement is of another policy") for e in self.errors()))

    def seen(self, due):
        field = [{"name": "totp", "as": "seed"}]
        s = self.statement("unseal", self.reference, field)
        digest = self.made.ceremony(self.host, s, [self.made.holders[n].approve(s, hmac_secret=True)
                                                   for n in ("alice", "bob")])
        self.host.entry("released", statement=digest, fields=field, holders=["alice", "bob"],
                        due=self.host.clock.text(60) if due else None, **self.reference)

    def test_due_of_a_candidate(self):
        self.attended()
        self.seen(False)
        self.only()
        self.seen(True)
        self.only("it is due, and nothing confirms the candidate")

    def test_due_once_it_is_confirmed(self):
        self.attended()
        subject = {"record": "aws-prod", "version": 2, "fields": ["totp"]}
        s = self.statement("confirm", subject)
        digest = self.made.ceremony(self.host, s, [self.made.holders[n].approve(s) for n in ("alice", "bob")])
        self.host.entry("rotation.confirmed", statement=digest, by="holders", **subject)
        self.seen(True)
        self.only()
        self.seen(False)
        self.only("due does not fit what was released")

    def by_event(self, event, *ids, vouched=True):
        if ids:
            self.host.entry("root.records", account="123456789012", gzip="", ids=list(ids), vouched=vouched,
                            without=len(ids))
        self.host.entry("rotation.confirmed", statement=None, record="aws-prod", version=1, fields=["password"],
                        by=event)

    def test_confirmed_by_an_event(self):
        self.by_event("event-1", "event-0", "event-1")
        self.only()
        self.by_event("event-2", "event-2", vouched=False)
        self.by_event("event-3")
        self.by_event("event-3", "event-3")
        self.only(*["no record of that event, vouched for by AWS, stands before it"] * 2)

    def proven(self, name="web1-root", fields=("password",), statement=None):
        self.host.entry("rotation.confirmed", statement=statement, record=name, version=1, fields=list(fields),
                        by="shadow")

    def test_shadow(self):
        self.proven()
        self.only()
        self.proven("aws-prod")
        self.proven(fields=())
        self.proven(statement="00" * 32)
        self.proven("spare", fields=("code",))
        self.only(*["no shadow file proves this"] * 4)

    def test_shadow_of_another_host(self):
        c = Ceremonies(Store(self.store).verify())
        c.begin()
        entry = {"statement": None, "record": "web1-root", "version": 1, "fields": ["password"], "by": "shadow"}
        with self.assertRaisesRegex(Refused, "this host has not sealed the version before"):
            c.on_rotation_confirmed(entry, "here")

    def test_version_before(self):
        for f in ("1.json", "1.shares.1.json", "1.shares.2.json"):
            os.remove(self.path("records/web1-root/" + f))
        self.complains("records/web1-root/1.json: is missing or refused")


if __name__ == "__main__":
    unittest.main()
