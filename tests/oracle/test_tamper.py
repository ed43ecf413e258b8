# SPDX-License-Identifier: BSD-2-Clause
"""What the oracle must refuse, and that it names it: run with `python3 test_tamper.py`."""

import copy
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import crypto  # noqa: E402
import docs  # noqa: E402
import log as logs  # noqa: E402
import policy as policies  # noqa: E402
import record as records  # noqa: E402
from canon import Refused  # noqa: E402
from fixture import Vault  # noqa: E402
from store import Store  # noqa: E402


class Bytes(Vault):
    """Whoever can write the store, but has no key."""

    def files(self):
        return sorted(f for f in self.made.files)

    def test_every_file_flipped(self):
        for rel in self.files():
            data = self.read(rel)
            for at in sorted({0, len(data) - 1, *range(7, len(data), len(data) // 9)}):
                with self.subTest(rel=rel, at=at):
                    self.write(rel, data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1:])
                    if rel.endswith(".jsonl") and at == len(data) - 1:
                        self.complains("has %d leaves" % (data.count(b"\n") - 1))
                    else:
                        self.complains(rel.replace(".checkpoint", ".").replace(".jsonl", "."))
            self.write(rel, data)

    def test_every_file_removed(self):
        for rel in self.files():
            with self.subTest(rel=rel):
                data = self.read(rel)
                os.remove(self.path(rel))
                store = Store(self.store).verify()
                if ".shares.1." in rel and rel.replace(".shares.1.", ".shares.2.") in self.files():
                    self.assertEqual(store.errors, [])
                    self.assertTrue(any("no longer in the store" in n for n in store.notes))
                elif rel == "policies/2.json":
                    self.assertTrue(any("names policy" in e for e in store.errors), store.errors)
                elif ".shares." in rel:
                    self.complains("its shares are missing from " + os.path.dirname(rel))
                else:
                    self.complains(rel)
                self.write(rel, data)

    def test_lines_reordered_and_dropped(self):
        lines = self.read("log/vault-a.jsonl").splitlines(keepends=True)
        for changed in (lines[:3] + [lines[4], lines[3]] + lines[5:], lines[:3] + lines[4:], lines[:-1],
                        lines[:3] + lines[2:]):
            self.write("log/vault-a.jsonl", b"".join(changed))
            self.complains("log/vault-a.jsonl: ")
        self.write("log/vault-a.jsonl", b"".join(lines))
        self.assertEqual(Store(self.store).verify().errors, [])

    def test_lines_behind_the_checkpoint(self):
        data = self.read("log/vault-a.jsonl")
        self.write("log/vault-a.jsonl", data + data.splitlines(keepends=True)[2])
        store = Store(self.store).verify()
        self.assertEqual(store.errors, [])
        self.assertEqual(store.notes, ["log/vault-a.jsonl: 1 lines behind its checkpoint are not counted"])

    def test_strays(self):
        for rel in ("policies/3", "policies/01.json", "log/evil.jsonl", "records/spare/01.json", "other"):
            self.write(rel, b"")
            self.complains(rel + ": has no place")
            os.remove(self.path(rel))
        os.mkdir(self.path(".new"))
        for rel in (".new/eve_policies_3.json", ".new/vault-a_records_spare_02.json", "records/spare/.new-2.json"):
            self.write(rel, b"")
            self.complains(rel + ": has no place")
            os.remove(self.path(rel))
        waiting = [".new/vault-a_policies_3.json", ".new/vault-a_records_spare_2.json",
                   ".new/vault-a_records_spare_2.shares.1.json", "records/spare/.tmp-2"]
        for rel in waiting:
            self.write(rel, b"")
        store = Store(self.store).verify()
        self.assertEqual((store.errors, sorted(store.notes)), ([], [rel + ": unfinished" for rel in waiting]))

    def test_moved(self):
        self.write("records/spare/2.json", self.read("records/spare/1.json"))
        self.complains("records/spare/2.json: holds spare version 1")
        self.write("policies/3.json", self.read("policies/2.json"))
        self.complains("policies/3.json: holds serial 2")

    def test_unsigned_edit(self):
        self.edit("records/spare/1.json", lambda v: v.update(quorum="nested"))
        self.complains("records/spare/1.json: signature of host vault-b")

    def test_shape(self):
        self.edit("records/spare/1.json", lambda v: v.update(extra=1))
        self.complains("records/spare/1.json: member extra is unknown")
        self.edit("records/spare/1.json", lambda v: (v.pop("extra"), v.pop("quorum")))
        self.complains("records/spare/1.json: member quorum is missing")
        self.edit("records/spare/1.json", lambda v: v.update(quorum="default", type="twokey-record-v2"))
        self.complains("records/spare/1.json.type: is none of twokey-record-v1")


class Insider(Vault):
    """A host with its key: it can sign what it likes, and still not say what holders did not sign."""

    def resign(self, rel, change, record=True):
        host = self.made.b if "/spare/" in rel else self.made.a
        v = canon.parse(self.read(rel))
        v.pop("signature")
        change(v)
        kind = "record" if record else "shares"
        digest = crypto.H("twokey %s v1" % kind, canon.write(v))
        self.write(rel, canon.write(host.signed(v, "twokey %s signature v1" % kind, digest)))

    def relog(self, change):
        host = copy.deepcopy(self.made.a)
        entries = [canon.parse(x) for x in host.lines]
        change(entries)
        host.lines = [canon.write(e) for e in entries]
        self.write("log/vault-a.jsonl", host.data())
        self.write("log/vault-a.checkpoint", host.checkpoint())

    def last(self, type_, **values):
        def change(entries):
            e = [x for x in entries if x["type"] == type_][-1]
            e.update(values)
        self.relog(change)

    def without(self, type_):
        def change(entries):
            entries[:] = [e for e in entries if e["type"] != type_]
            for i, e in enumerate(entries):
                e["seq"] = i
        self.relog(change)

    def test_void(self):
        """Without an entry that names it a document is reported, and never used."""
        self.resign("records/spare/1.json", lambda v: v.update(sealed="2026-01-01T00:00:00.000Z"))
        self.complains("names another digest than records/spare/1.json has")
        self.noted("records/spare/1.json: is void: no entry of the log of vault-b names it")
        self.resign("records/aws-prod/1.shares.2.json",
                    lambda v: v.update(sealed="2026-01-01T00:00:00.000Z"), False)
        self.complains("its shares are missing from records/aws-prod")
        self.noted("records/aws-prod/1.shares.2.json: is void")

    def noted(self, sentence):
        notes = Store(self.store).verify().notes
        self.assertTrue(any(sentence in n for n in notes), notes)

    def test_record(self):
        web = "records/web1-root/2.json"
        for change, sentence in (
                ({"previous": "00" * 32}, "previous is not the digest of version 1"),
                ({"previous": None}, "previous does not fit"), ({"vault": "00" * 32}, "is of another vault"),
                ({"quorum": "other"}, "no policy has a quorum other"), ({"host": "elsewhere"}, "elsewhere is no host"),
                ({"attributes": {}}, "member host is missing"), ({"fields": {}}, "has 0 members")):
            with self.subTest(sentence=sentence):
                data = self.read(web)
                self.resign(web, lambda v: v.update(change))
                self.complains(sentence)
                self.write(web, data)

    def test_shares(self):
        rel = "records/web1-root/1.shares.2.json"
        for change, sentence in (
                (lambda v: v.update(quorum="default"), "quorum is not the record's"),
                (lambda v: v.update(digest="00" * 32), "digest is not the record's"),
                (lambda v: v.update(policy=1), "is for policy 1"), (lambda v: v.update(fields={}), "its fields"),
                (lambda v: v["fields"]["password"].pop("bob"), "its holders are not"),
                (lambda v: v["fields"]["password"]["bob"].update(sealed="AA=="), "is 1 bytes, not 80")):
            with self.subTest(sentence=sentence):
                data = self.read(rel)
                self.resign(rel, change, False)
                self.complains(rel[:-5] + ".json", sentence)
                self.write(rel, data)

    def test_entries(self):
        for type_, values, sentence in (
                ("released", {"holders": ["alice", "bob"]}, "there is no approval of alice before it"),
                ("released", {"holders": ["bob"]}, "bob do not satisfy quorum default"),
                ("released", {"version": 2}, "the statement is about another record"),
                ("released", {"due": "2026-12-01T00:00:00.000Z"}, "due does not fit what was released"),
                ("released", {"fields": [{"name": "password", "as": "value"}]}, "was not asked for"),
                ("released", {"statement": "00" * 32}, "its statement was not requested before"),
                ("record.sealed", {"candidate": False}, "candidate is not the record's"),
                ("record.sealed", {"kind": "generic"}, "kind is not the record's"),
                ("record.sealed", {"quorum": "default"}, "quorum is not the record's"),
                ("record.sealed", {"fields": []}, "fields are not the record's"),
                ("record.sealed", {"digest": "00" * 32}, "names another digest"),
                ("record.sealed", {"version": 7}, "records/web1-root/7.json: is named by"),
                ("shares.sealed", {"serial": 1}, "its shares are for policy 2"),
                ("shares.sealed", {"record": "aws-prod"}, "names another digest"),
                ("drill.passed", {"token": "bob-1"}, "no approval of bob with token bob-1"),
                ("drill.passed", {"holder": "alice"}, "the drill was for bob"),
                ("rotation.confirmed", {"version": 1}, "the statement is about something else"),
                ("rotation.confirmed", {"statement": None}, "confirmed by holders, but without"),
                ("rotation.confirmed", {"fields": ["totp"]}, "the record has no field totp"),
                ("policy.accepted", {"serial": 1}, "the policy of that hash is number 2"),
                ("drill.passed", {"policy": "00" * 32}, "which the store does not have"),
                ("drill.passed", {"policy": self.made.vault}, "policy 2 was in force before"),
                ("drill.passed", {"seq": 3}, "seq is 3"), ("drill.passed", {"host": "vault-b"}, "is of host vault-b"),
                ("drill.passed", {"more": 1}, "member more is unknown"),
                ("drill.passed", {"type": "log.started"}, "is the first entry, and only that"),
                ("log.started", {"vault": "00" * 32}, "leaf 0: is of another vault")):
            with self.subTest(sentence=sentence):
                self.last(type_, **values)
                self.complains("log/vault-a.jsonl: leaf", sentence)

    def test_without_approvals(self):
        self.without("ceremony.approved")
        self.complains("there is no approval of bob, carol before it", "do not satisfy quorum default",
                       "no approval of bob with token bob-2", "no holders do not satisfy quorum nested")

    def test_unknown_type_is_reported(self):
        self.last("ceremony.denied", type="ceremony.pondered")
        self.assertTrue(any("of unknown type ceremony.pondered" in n for n in Store(self.store).verify().notes))

    def test_approvals_and_statements(self):
        def other(entries):
            a = [e for e in entries if e["type"] == "ceremony.approved"]
            a[-1]["approval"] = dict(a[0]["approval"])
        self.relog(other)
        self.complains("approval of alice with token alice-1: the ES256 signature does not hold")

        def stranger(entries):
            [e for e in entries if e["type"] == "ceremony.approved"][-1]["approval"]["holder"] = "dave"
        self.relog(stranger)
        self.complains("approval of dave with token bob-2: no such token in the policy")
        self.relog(lambda es: [e for e in es if e["type"] == "ceremony.requested"][-1]["statement"].update(
            expires="2099-01-01T00:00:00.000Z"))
        self.complains("lives longer than the 5 minutes of the policy")

    def test_rollback_is_seen_in_other_documents(self):
        host = copy.deepcopy(self.made.a)
        host.lines = host.lines[:3]
        self.write("log/vault-a.jsonl", host.data())
        self.write("log/vault-a.checkpoint", host.checkpoint())
        self.complains("has 3 leaves, but policies/2.json names")

    def test_fork_is_seen_in_other_documents(self):
        self.relog(lambda entries: entries[1].update(boot="00000000-0000-0000-0000-000000000000"))
        self.complains("does not have the root that policies/2.json names for size")


class Policies(Vault):
    def setUp(self):
        super().setUp()
        self.one, self.two = (canon.parse(self.read("policies/%d.json" % i)) for i in (1, 2))

    def form(self, sentence, change, which=None):
        p = copy.deepcopy(which or self.two)
        change(p)
        with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
            policies.check_form(p, "p")

    def test_form(self):
        policies.check_form(self.two, "p")
        for sentence, change in (
                ("requires colour", lambda p: p["requires"].append("colour")),
                ("no quorum default", lambda p: p["quorums"].pop("default")),
                ("alice alone", lambda p: p["quorums"].update(q={"of": ["alice", "bob"], "threshold": 1})),
                ("alice appears twice", lambda p: p["quorums"].update(q={"of": ["alice", "alice"], "threshold": 2})),
                ("dave is no holder", lambda p: p["quorums"].update(q={"of": ["alice", "dave"], "threshold": 2})),
                ("above the number", lambda p: p["quorums"]["default"].update(threshold=4)),
                ("integer from 1", lambda p: p["quorums"]["default"].update(threshold=0)),
                ("top of a tree", lambda p: p["quorums"].update(q="alice")),
                ("out of order", lambda p: p["holders"].reverse()), ("out of order", lambda p: p["hosts"].reverse()),
                ("rules.policy names", lambda p: p["rules"].update(policy="x")),
                ("rules.login names", lambda p: p["rules"].update(login="x")),
                ("rules.confirm: x", lambda p: p["rules"].update(confirm=["x"])),
                ("request_minutes", lambda p: p["rules"].update(request_minutes=1441)),
                ("member more is unknown", lambda p: p["rules"].update(more=1)),
                ("does not allow|do not allow", lambda p: p["rules"].update(aaguids=["00" * 16])),
                ("previous does not fit", lambda p: p.update(serial=1)),
                ("host keys", lambda p: p["hosts"][1].update(key=p["hosts"][0]["key"])),
                ("signature of token alice-1", lambda p: p["holders"][0].update(created="2020-01-01T00:00:00.000Z")),
                ("not one for each token", lambda p: p["holders"][1]["signatures"].pop()),
                ("not one for each token", lambda p: p["holders"][1]["signatures"].reverse())):
            self.form(sentence, change)

    def test_depth(self):
        def nest(n):
            t = {"of": ["bob", "carol"], "threshold": 2}
            for _ in range(n - 1):
                t = {"of": [t], "threshold": 1}
            return t
        policies.check_tree(nest(4), "t")
        with self.assertRaisesRegex(Refused, "deeper than 4"):
            policies.check_tree(nest(5), "t")

    def link(self, sentence, change, previous=True):
        p = copy.deepcopy(self.two if previous else self.one)
        change(p)
        with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
            policies.check_link(p, self.one if previous else None, "p", self.made.vault)

    def test_links(self):
        def drop(name):
            def change(p):
                s = p["signatures"][0]
                s["approvals"] = [a for a in s["approvals"] if a["holder"] != name]
            return change
        policies.check_link(self.two, self.one, "p", self.made.vault)
        self.link("not signed by bob", drop("bob"), False)
        self.link("not signed by carol", drop("carol"))
        self.link(r"its signers \(alice\) do not satisfy 2 of \(alice, bob, carol\)", drop("bob"))
        self.link("not signed by carol", lambda p: p.update(signatures=[]))
        self.link("previous is not the hash", lambda p: p.update(previous="00" * 32))
        self.link("not about this policy", lambda p: p.update(created="2020-01-01T00:00:00.000Z"))
        self.link("another key", lambda p: p["hosts"][0].update(key=canon.b64(b"\0" * 32)))
        self.link("has vanished", lambda p: p["hosts"].pop())
        self.link("another vault", lambda p: p["signatures"][0]["statement"].update(vault="00" * 32))
        self.link("another policy", lambda p: p["signatures"][0]["statement"].update(policy="00" * 32))
        self.link("does not hold", lambda p: p["signatures"][0]["statement"].update(reason="more"))

    def test_new_token_cannot_sign_for_the_old_quorum(self):
        def change(p):
            s = p["signatures"][0]
            s["approvals"] = [a for a in s["approvals"] if a["holder"] != "bob"]
            self.assertEqual(s["approvals"][1]["token"], "carol-2")
        self.link("its signers .alice. do not satisfy", change)

    def test_identities_are_unique(self):
        p = copy.deepcopy(self.two)
        bob, carol = (self.made.holders[n] for n in ("bob", "carol"))
        bundle = dict(carol.bundle, identity=bob.bundle["identity"])
        digest = docs.bundle_hash(bundle)
        bundle["signatures"] = [dict(t.assertion(digest), token=t.label) for t in carol.tokens]
        p["holders"][2] = bundle
        with self.assertRaisesRegex(Refused, "identities"):
            policies.check_form(p, "p")

    def test_trees(self):
        tree = {"of": ["a", {"of": ["b", "c", "d"], "threshold": 2}, "e"], "threshold": 2}
        self.assertEqual(policies.text(tree), "2 of (a, 2 of (b, c, d), e)")
        secret = os.urandom(32)
        parts = policies.split(tree, secret)
        for some, enough in (("ae", True), ("abd", True), ("bcde", True), ("ab", False), ("bcd", False), ("be", False)):
            got = policies.join(tree, {h: parts[h] for h in some})
            self.assertEqual(got, secret if enough else None)
            self.assertEqual(policies.satisfied(tree, set(some)), enough)


class Statements(unittest.TestCase):
    GOOD = {"type": "twokey-statement-v1", "vault": "00" * 32, "policy": "11" * 32, "action": "drill",
            "subject": {"holder": None}, "deliver": [], "reason": "", "ticket": None, "task": None,
            "requester": {"user": "u", "uid": 4294967295, "host": "h", "tty": "", "via": ""},
            "time": "2026-01-01T00:00:00.000Z", "expires": "2026-01-01T00:10:00.000Z",
            "nonce": canon.b64(b"\0" * 16), "log": {"origin": "o", "size": 0, "root": "22" * 32}}

    def test_form(self):
        docs.check_statement(self.GOOD)
        deliver = [{"to": "requester", "key": canon.b64(b"\0" * 32), "fields": []}]
        for change, sentence in (
                ({"action": "drool"}, "action: is none of"), ({"subject": {}}, "member holder is missing"),
                ({"deliver": deliver}, "deliver does not fit"), ({"policy": None}, "only there"),
                ({"log": None}, "only there"), ({"expires": "2026-01-01T00:00:00.000Z"}, "expires before"),
                ({"nonce": ""}, "is 0 bytes, not 16"), ({"more": 1}, "member more is unknown"),
                ({"action": "unseal", "subject": {"record": "r", "version": 1, "digest": "00" * 32}},
                 "deliver does not fit")):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                docs.check_statement(dict(self.GOOD, **change))

    def test_bare(self):
        bare = {"holder": "h", "token": "t", "authenticator_data": "", "signature": ""}
        docs.BARE(bare, "a")
        with self.assertRaisesRegex(Refused, "member shares is unknown"):
            docs.BARE(dict(bare, shares={}), "a")
        with self.assertRaisesRegex(Refused, "member shares is missing"):
            docs.APPROVAL(bare, "a")


class Padding(unittest.TestCase):
    def test_padding(self):
        self.assertEqual(records.unpad(b"a\x80" + b"\0" * 62), b"a")
        self.assertEqual(records.unpad(b"\x80\x80" + b"\0" * 62), b"\x80")
        for bad in (b"a" * 64, b"\0" * 64, b"a\x80" + b"\0" * 126, b"\x80" + b"\0" * 63, b"a\x80", b""):
            with self.assertRaises(Refused):
                records.unpad(bad)

    def test_recovered(self):
        e = {"type": "log.recovered", "seq": 1, "time": "2026-01-01T00:00:00.000Z", "host": "h",
             "boot": "00000000-0000-0000-0000-000000000000", "policy": "00" * 32, "bytes": "AA==", "length": 1,
             "sha256": crypto.sha256(b"\0").hex()}
        logs.check_entry(e, "h", 1, "l")
        for change in ({"length": 2}, {"sha256": "00" * 32}):
            with self.assertRaisesRegex(Refused, "do not fit"):
                logs.check_entry(dict(e, **change), "h", 1, "l")


if __name__ == "__main__":
    unittest.main()
