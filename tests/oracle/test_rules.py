# SPDX-License-Identifier: BSD-2-Clause
"""Rules that only a writer with every key could break: run with `python3 test_rules.py`."""

import copy
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import crypto  # noqa: E402
import docs  # noqa: E402
import forge  # noqa: E402
import log as logs  # noqa: E402
import make  # noqa: E402
import policy as policies  # noqa: E402
import record as records  # noqa: E402
from canon import Refused  # noqa: E402
from fixture import Vault  # noqa: E402
from store import Store  # noqa: E402


class Values(unittest.TestCase):
    def test_wrong_types(self):
        for kind, value, sentence in (
                (canon.string, 1, "is not a string"), (canon.binary(), 1, "is not a string"),
                (canon.binary(low=1), "", "a length of 0 bytes"), (canon.binary(high=1), "AAA=", "a length of 2"),
                (canon.nothing, 0, "is not null"), (canon.array(canon.name), {}, "is not an array"),
                (canon.array(canon.name, 1), [], "has 0 elements"),
                (canon.array(canon.name, 0, 1), ["a", "b"], "has 2 elements"),
                (canon.mapping(canon.name, canon.name), [], "is not an object"),
                (canon.mapping(canon.name, canon.name, 0, 1), {"a": "a", "b": "b"}, "has 2 members"),
                (canon.mapping(canon.name, canon.name), {"A": "a"}, "member name A"),
                (canon.members({}), [], "is not an object"),
                (docs.heads, [{"host": "b", "size": 0, "root": "00" * 32}] * 2, "out of order or double")):
            with self.subTest(value=value), self.assertRaisesRegex(Refused, "x.*" + sentence):
                kind(value, "x")

    def test_writer(self):
        deep = 0
        for _ in range(25):
            deep = [deep]
        for value, sentence in ((1.0, "float"), (2 ** 53, "out of range"), (deep, "24 deep"), ("\0", "forbidden"),
                                ({"\u200b": 1}, "forbidden")):
            with self.subTest(value=value), self.assertRaisesRegex(Refused, sentence):
                canon.write(value)
        self.assertEqual(canon.write([-(2 ** 53) + 1]), b"[-9007199254740991]")

    def test_size(self):
        canon.parse(b'"aa"', 4)
        with self.assertRaisesRegex(Refused, "larger than 4 bytes"):
            canon.parse(b'"aaa"', 4)
        self.assertEqual(canon.MAX_DOCUMENT, 8 << 20)
        with self.assertRaisesRegex(Refused, "larger than 8388608"):
            canon.parse(b'"' + b"a" * (8 << 20) + b'"')


class Keys(unittest.TestCase):
    def test_short_hpke(self):
        with self.assertRaisesRegex(Refused, "too short for HPKE"):
            crypto.hpke_open(os.urandom(32), b"", b"", b"\1" * 47)

    def test_der_outside(self):
        for bad in (b"\x31\x06\x02\x01\x01\x02\x01\x01", b"\x30\x05\x02\x01\x01\x02\x01\x01",
                    b"\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01"):
            with self.assertRaisesRegex(Refused, "strict DER"):
                crypto.der_check(bad)

    def test_keys(self):
        h, token = os.urandom(32), forge.Token("t", "eddsa")
        a = token.assertion(h)
        data, sig = canon.unb64(a["authenticator_data"]), canon.unb64(a["signature"])
        crypto.assertion_verify("eddsa", token.key, data, sig, h)
        es = b"\x30\x06\x02\x01\x01\x02\x01\x01"
        for algorithm, key, signature, sentence in (
                ("eddsa", token.key, sig + b"\0", "not 64 bytes"), ("rs256", token.key, sig, "rs256 is unknown"),
                ("es256", b"\1" * 64, es, "no point of P-256")):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                crypto.assertion_verify(algorithm, key, data, signature, h)


class Bundles(unittest.TestCase):
    def setUp(self):
        self.clock = forge.Clock()
        self.holder = forge.Holder("alice", ["es256", "eddsa"], self.clock)

    def signed(self, change):
        b = copy.deepcopy(self.holder.bundle)
        change(b)
        digest = docs.bundle_hash(b)
        b["signatures"] = [dict(t.assertion(digest), token=e["label"])
                           for t, e in zip(self.holder.tokens, b["tokens"])]
        return b

    def test_tokens(self):
        docs.check_bundle(self.signed(lambda b: None))
        for sentence, change in (
                ("labels: x appears twice", lambda b: [t.update(label="x") for t in b["tokens"]]),
                ("token alice-2: the key is 31 bytes", lambda b: b["tokens"][1].update(key=canon.b64(bytes(31)))),
                ("alice-1: the salt", lambda b: b["tokens"][0].update(salt=canon.b64(bytes(32)))),
                ("has 0 elements", lambda b: b.update(tokens=[])), ("has 9 elements", lambda b: b.update(
                    tokens=[b["tokens"][0]] * 9)),
                ("is none of 2, 3", lambda b: b["tokens"][0].update(protection=1)),
                ("identity is of low order", lambda b: b.update(identity=canon.b64(bytes(32)))),
                ("identity is of low order", lambda b: b.update(identity=canon.b64((2 ** 255 - 20).to_bytes(32, "little")))),
                ("identity is not reduced", lambda b: b.update(
                    identity=canon.b64((2 ** 255 + 9).to_bytes(32, "little")))),
                ("32 hexadecimal", lambda b: b["tokens"][0].update(aaguid="A" * 32))):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                docs.check_bundle(self.signed(change))

    def test_wrap_of_another_identity(self):
        b, t = self.holder.bundle, self.holder.tokens[0]
        self.assertEqual(docs.unwrap(b, b["tokens"][0], t.hmac(crypto.SALT)), self.holder.seed)
        wrong = t.document(b, os.urandom(32), self.clock)
        with self.assertRaisesRegex(Refused, "alice/alice-1 wraps the seed of another identity"):
            docs.unwrap(b, wrong, t.hmac(crypto.SALT))
        for change in ({"name": "bob"}, {"identity": canon.b64(bytes(32))}):
            with self.assertRaisesRegex(Refused, "does not open the identity"):
                docs.unwrap(dict(b, **change), b["tokens"][0], t.hmac(crypto.SALT))


class Chains(Vault):
    def setUp(self):
        super().setUp()
        self.one, self.two = (copy.deepcopy(p) for p in self.made.policies)

    def swap(self, who, tokens):
        """Policy 2 with a holder's bundle remade over these tokens."""
        h = forge.Holder(who, [], self.made.clock)
        for t in tokens:
            h.add(t, self.made.clock)
        at = policies.holder_names(self.two).index(who)
        self.two["holders"][at] = h.bundle

    def test_tokens_are_unique(self):
        alice, clone = self.made.holders["alice"].tokens[0], copy.copy(self.made.holders["alice"].tokens[0])
        self.swap("carol", [alice])
        with self.assertRaisesRegex(Refused, "credentials"):
            policies.check_form(self.two, "p")
        clone.credential = os.urandom(16)
        self.swap("carol", [clone])
        with self.assertRaisesRegex(Refused, "token keys"):
            policies.check_form(self.two, "p")

    def signatures(self, p, previous, who, expires=30):
        self.made.a.policy = policies.policy_hash(previous).hex()
        s = self.made.statement(self.made.a, "policy", {
            "serial": p["serial"], "hash": policies.policy_hash(p).hex()})
        s["expires"] = self.made.clock.text(expires)
        return [{"statement": s, "approvals": [self.made.holders[n].approve(s) for n in who]}]

    def third(self, change, **more):
        p = dict(copy.deepcopy(self.two), serial=3, previous=policies.policy_hash(self.two).hex())
        change(p)
        p["signatures"] = self.signatures(p, self.two, ("alice", "bob"), **more)
        policies.check_form(p, "p")
        policies.check_link(p, self.two, "p", self.made.vault)

    def test_third(self):
        self.third(lambda p: None)
        for sentence, change, more in (
                ("the end of host vault-b has moved", lambda p: p["hosts"][1].update(end=None), {}),
                ("the end of host vault-b has moved", lambda p: p["hosts"][1]["end"].update(size=1), {}),
                ("does not follow serial 2", lambda p: p.update(serial=4), {}),
                ("lives longer than the 30 minutes", lambda p: None, {"expires": 31})):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                self.third(change, **more)

    def test_signatures_add_up(self):
        p = dict(self.two, serial=3, previous=policies.policy_hash(self.two).hex())
        one = self.signatures(p, self.two, ("alice",))
        p["signatures"] = one
        with self.assertRaisesRegex(Refused, "do not satisfy"):
            policies.check_link(p, self.two, "p", self.made.vault)
        p["signatures"] = one + self.signatures(p, self.two, ("carol",))
        policies.check_link(p, self.two, "p", self.made.vault)


class Heads(Vault):
    def test_no_policy(self):
        for i in (1, 2):
            os.remove(self.path("policies/%d.json" % i))
        self.complains("policies: there is none")

    def test_every_head_is_compared(self):
        """Policies, their statements, records and requests all name heads."""
        store = Store(self.store).verify()
        named = [source for source, _, _, _ in store.heads]
        self.assertEqual(named.count("policies/2.json"), 3)
        self.assertEqual(named.count("records/web1-root/2.json"), 2)
        self.assertEqual(sum(n.startswith("log/vault-a.jsonl: leaf") for n in named), 8)
        for i, (source, host, size, root) in enumerate(store.heads):
            store.errors, store.heads[i] = [], (source, host, size, "00" * 32)
            store.check_heads()
            self.assertEqual(len(store.errors), 1)
            self.assertIn("does not have the root that %s names" % source, store.errors[0])
            store.heads[i] = source, host, size, root

    def test_heads_of_others(self):
        store = Store(self.store).verify()
        statement = copy.deepcopy(self.made.policies[1]["signatures"][0]["statement"])
        statement["log"]["origin"] = "twokey/%s/vault-a" % ("00" * 32)
        store.add_statement_head("here", statement)
        self.assertEqual(store.errors, ["here: the statement's log is of another vault"])
        store.errors, store.heads = [], [("here", "vault-c", 1, "00" * 32)]
        store.check_heads()
        self.assertEqual(store.errors, ["log/vault-c.jsonl: here names a head of size 1, but there is no valid log"])

    def test_end_is_covered(self):
        host = copy.deepcopy(self.made.b)
        host.lines = host.lines[:2]
        self.write("log/vault-b.checkpoint", host.checkpoint())
        self.complains("log/vault-b.checkpoint: covers 2 of the 3 leaves up to the host's end")

    def test_what_follows_the_end_does_not_count(self):
        host = copy.deepcopy(self.made.b)
        host.entry("ceremony.refused", statement="00" * 32, holder=None, reason="")
        self.write("log/vault-b.jsonl", host.data())
        self.write("log/vault-b.checkpoint", host.checkpoint())
        store = Store(self.store).verify()
        self.assertEqual((store.errors, store.logs["vault-b"].size), ([], 3))
        self.assertEqual(store.notes, ["log/vault-b.jsonl: 1 lines behind its end are not counted"])

    def test_checkpoint_parts(self):
        seed = os.urandom(32)
        public, text = crypto.ed25519_public(seed), logs.checkpoint_text("o", 1, b"r" * 32)
        for blob, sentence in ((b"\0" * 4 + crypto.ed25519_sign(seed, text), "signed by another key"),
                               (logs.key_id("o", public) + b"\0" * 63, "wrong length")):
            line = "\u2014 o %s\n" % canon.b64(blob)
            with self.assertRaisesRegex(Refused, sentence):
                logs.read_checkpoint(text + b"\n" + line.encode(), "o", public)
        with self.assertRaisesRegex(Refused, "leaf 2 is not below size 2"):
            logs.inclusion_root(b"", 2, 2, [b""])


class Sealed(Vault):
    def setUp(self):
        super().setUp()
        self.record = canon.parse(self.read("records/web1-root/1.json"))
        self.shares = canon.parse(self.read("records/web1-root/1.shares.1.json"))
        self.seeds = {n: h.seed for n, h in self.made.holders.items()}

    def test_record_form(self):
        field = self.record["fields"]["password"]
        raw = canon.unb64(field["ciphertext"])
        for sentence, change in (
                ("field totp has no place in kind linux-root", {"totp": field}),
                ("field password: the ciphertext is not padded", {
                    "password": dict(field, ciphertext=canon.b64(raw + b"\0"))}),
                ("witness: member key is missing", {"password": dict(field, witness={"kind": "aws-kms"})}),
                ("nonce: is 11 bytes", {"password": dict(field, nonce=canon.b64(bytes(11)))})):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                records.check_record(dict(self.record, fields=dict(change)), "r")
        for bad in ({"account": "12345678901"}, {"partition": "aws-eu"}, {"more": ""}):
            with self.assertRaises(Refused):
                records.ATTRIBUTES["aws-root"](dict(make.AWS, **bad), "a")

    def test_shares_of_a_policy_without_the_quorum(self):
        p = copy.deepcopy(self.made.policies[0])
        del p["quorums"]["nested"]
        with self.assertRaisesRegex(Refused, "policy 1 has no quorum nested"):
            records.check_shares(self.shares, self.record, records.record_digest(self.record), p, "s")

    def opened(self, record=None, shares=None):
        return records.open_record(record or self.record, shares or self.shares, self.made.policies[0], self.seeds)

    def test_opening(self):
        self.assertEqual(self.opened(), make.SECRETS["web1-root", 1])
        field = self.record["fields"]["password"]
        witness = {"kind": "aws-kms", "key": "", "id": "", "sealed": ""}
        for sentence, change in (
                ("needs a witness of kind aws-kms", {"witness": witness}),
                ("field password: the commitment does not fit", {"commitment": canon.b64(bytes(32))}),
                ("field password: does not decrypt", {"nonce": canon.b64(bytes(12))})):
            with self.subTest(sentence=sentence), self.assertRaisesRegex(Refused, sentence):
                self.opened(dict(self.record, fields={"password": dict(field, **change)}))
        with self.assertRaisesRegex(Refused, "the share of alice does not decrypt"):
            self.opened(dict(self.record, attributes={"host": "web2"}))

    def test_share_commitment(self):
        shares = copy.deepcopy(self.shares)
        shares["fields"]["password"]["bob"]["commitment"] = canon.b64(bytes(32))
        with self.assertRaisesRegex(Refused, "the share of bob does not fit its commitment"):
            self.opened(shares=shares)

    def test_reply_is_bound(self):
        seed, digest = os.urandom(32), os.urandom(32)
        sealed = docs.seal_reply(crypto.x25519_public(seed), "f", "alice", digest, "t", b"s" * 32)
        approval = {"holder": "alice", "token": "t", "shares": {"f": canon.b64(sealed), "g": canon.b64(sealed)}}
        self.assertEqual(docs.open_reply(seed, "f", approval, digest), b"s" * 32)
        for field, change, h in (("g", {}, digest), ("f", {"holder": "bob"}, digest), ("f", {"token": "u"}, digest),
                                 ("f", {}, os.urandom(32))):
            with self.assertRaisesRegex(Refused, "does not decrypt"):
                docs.open_reply(seed, field, dict(approval, **change), h)


if __name__ == "__main__":
    unittest.main()
