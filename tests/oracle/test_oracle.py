# SPDX-License-Identifier: BSD-2-Clause
"""The oracle held against itself: run with `python3 test_oracle.py`."""

import json
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import canon  # noqa: E402
import crypto  # noqa: E402
import forge  # noqa: E402
import log as logs  # noqa: E402
import make  # noqa: E402
from canon import Refused  # noqa: E402
from fixture import Vault  # noqa: E402


class Canon(unittest.TestCase):
    def refused(self, data, sentence):
        with self.assertRaisesRegex(Refused, sentence):
            canon.parse(data)

    def test_round_trip(self):
        data = '{"a":[1,-2,true,false,null,"\\"\\\\é/😀"],"b":{"":0}}'.encode()
        self.assertEqual(canon.write(canon.parse(data)), data)

    def test_order_is_utf16(self):
        self.assertEqual(canon.write({"\ufb33": 1, "\U0001f600": 2}), '{"😀":2,"\ufb33":1}'.encode())

    def test_refusals(self):
        for data, sentence in (
                (b'{"a":1,"a":1}', "duplicate member a"), (b'{"a":1}\n', "canonical"), (b'{"b":1,"a":2}', "canonical"),
                (b'{"a": 1}', "canonical"), (b'1.0', "plain integer"), (b'1e3', "plain integer"), (b'-0', "negative"),
                (b'01', "plain integer"), (b'9007199254740992', "out of range"), (b'"\\u0041"', "canonical"),
                (b'"\\n"', "U[+]000A"), (b'"\\/"', "canonical"), (b'"\x7f"', "U[+]007F"), (b'"\xff"', "UTF-8"),
                (b'"\\ud83d\\ude00"', "U[+]D83D"), ('"\u202e"'.encode(), "U[+]202E"), ('"\u200b"'.encode(), "U[+]200B"),
                ('"\ufffe"'.encode(), "U[+]FFFE"), ('"\U000e0041"'.encode(), "U[+]E0041"), (b'"a', "unfinished"),
                (b'[1,]', "expected a value"), (b'[1] 2', "follows"), (b'{"a":1', "expected }"), (b'', "expected a"),
                (b'tru', "expected true"), (b'\xef\xbb\xbf1', "expected a value"), (b'"\\x"', "bad escape"),
                (b'"\\u12"', "bad escape"), (b'NaN', "expected a value"), ('"\u2028"'.encode(), "U[+]2028")):
            with self.subTest(data=data):
                self.refused(data, sentence)

    def test_depth(self):
        self.assertIsNotNone(canon.parse(b"[" * 24 + b"]" * 24))
        self.refused(b"[" * 25 + b"]" * 25, "more than 24 deep")

    def test_kinds(self):
        canon.time("2026-11-23T21:44:29.123Z", "t")
        canon.name("a" * 63, "n")
        canon.string("é" * 256, "s")
        for kind, value in (
                (canon.time, "2026-02-30T00:00:00.000Z"), (canon.time, "2026-11-23T21:44:29Z"), (canon.name, "a..b"),
                (canon.name, "a."), (canon.name, "A"), (canon.name, "a" * 64), (canon.name, "-a"), (canon.name, "a\n"),
                (canon.string, "é" * 257), (canon.hash_, "A" * 64), (canon.hash_, "a" * 63), (canon.binary(), "AB=="),
                (canon.binary(), "AA="), (canon.binary(), "AA==\n"), (canon.binary(2), "AA=="), (canon.binary(), "_w=="),
                (canon.integer(), -1), (canon.integer(), True), (canon.boolean, 1), (canon.one_of(2, 3), 4)):
            with self.subTest(value=value), self.assertRaises(Refused):
                kind(value, "x")


class Crypto(unittest.TestCase):
    def test_hpke_vectors(self):
        common, cases = {}, []
        with open(os.path.join(HERE, "vectors_hpke.txt"), encoding="ascii") as f:
            for line in f:
                if line.startswith("# seq"):
                    cases.append({"seq": int(line.split()[2])})
                elif not line.startswith("#"):
                    k, v = line.strip().split(" = ")
                    (cases[-1] if cases else common)[k] = v
        raw = {k: bytes.fromhex(v) for k, v in common.items() if k in ("info", "skRm", "skEm", "pkRm", "pkEm", "pt")}
        self.assertEqual(crypto.x25519_public(raw["skRm"]), raw["pkRm"])
        self.assertEqual([c["seq"] for c in cases], [0, 1, 2, 4])
        for c in cases:
            aad, ct = bytes.fromhex(c["aad"]), bytes.fromhex(c["ct"])
            dh = crypto.x25519_shared(raw["skRm"], raw["pkEm"])
            key, nonce = crypto.hpke_schedule(dh, raw["pkEm"], raw["pkRm"], raw["info"])
            nonce = (int.from_bytes(nonce, "big") ^ c["seq"]).to_bytes(12, "big")
            self.assertEqual(crypto.aead_seal(key, nonce, raw["pt"], aad), ct)
            if c["seq"] == 0:
                sealed = crypto.hpke_seal(raw["pkRm"], raw["info"], aad, raw["pt"], raw["skEm"])
                self.assertEqual(sealed, raw["pkEm"] + ct)
                self.assertEqual(crypto.hpke_open(raw["skRm"], raw["info"], aad, sealed), raw["pt"])

    def test_hpke_refusals(self):
        seed = os.urandom(32)
        sealed = crypto.hpke_seal(crypto.x25519_public(seed), b"i", b"a", b"p")
        flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
        for info, aad, data in ((b"j", b"a", sealed), (b"i", b"b", sealed), (b"i", b"a", flipped),
                                (b"i", b"a", sealed[:40]), (b"i", b"a", b"\0" * 49)):
            with self.assertRaises(Refused):
                crypto.hpke_open(seed, info, aad, data)

    def test_hkdf_rfc5869(self):
        okm = crypto.hkdf(b"\x0b" * 22, b"", 42)
        self.assertEqual(okm.hex(), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")

    def test_shamir(self):
        self.assertEqual(crypto.gf_mul(0x53, 0xCA), 1)
        secret = os.urandom(32)
        parts = list(enumerate(crypto.shamir_split(secret, 3, 5), 1))
        for some in ((0, 1, 2), (4, 2, 0), (1, 3, 4)):
            self.assertEqual(crypto.shamir_join([parts[i] for i in some]), secret)
        self.assertNotEqual(crypto.shamir_join(parts[:2]), secret)
        # f(x) = 0x2a + 0x99 x over GF(2^8)/0x11b, worked by hand: f(1) = b3, f(2) = 2a ^ 29 = 03
        self.assertEqual(crypto.shamir_join([(1, b"\xb3"), (2, b"\x03")]), b"\x2a")

    def test_es256_is_strict(self):
        token, h = forge.Token("t", "es256"), os.urandom(32)
        a = token.assertion(h)
        data, sig = canon.unb64(a["authenticator_data"]), canon.unb64(a["signature"])
        crypto.assertion_verify("es256", token.key, data, sig, h)
        r, s = forge.utils.decode_dss_signature(sig)
        high = forge.utils.encode_dss_signature(r, crypto.P256_N - s)
        loose = b"\x30\x81" + sig[1:]
        for bad, why in ((high, "high s"), (loose, "strict DER"), (sig + b"\0", "strict DER"), (b"", "strict DER"),
                         (forge.utils.encode_dss_signature(r, 0), "out of range"),
                         (forge.utils.encode_dss_signature(s, r % (crypto.P256_N // 2)), "does not hold")):
            with self.subTest(why=why), self.assertRaisesRegex(Refused, why):
                crypto.assertion_verify("es256", token.key, data, bad, h)

    def test_der_integers(self):
        good = b"\x30\x06\x02\x01\x01\x02\x01\x01"
        crypto.der_check(good)
        for bad in (b"\x30\x07\x02\x02\x00\x01\x02\x01\x01", b"\x30\x06\x02\x01\x81\x02\x01\x01",
                    b"\x30\x06\x03\x01\x01\x02\x01\x01", b"\x30\x07\x02\x01\x01\x02\x01\x01\x00"):
            with self.assertRaisesRegex(Refused, "strict DER"):
                crypto.der_check(bad)

    def test_assertion_flags(self):
        token, h = forge.Token("t", "eddsa"), os.urandom(32)

        def check(flags, data=None, **more):
            a = token.assertion(h, flags=flags, **more)
            raw = canon.unb64(a["authenticator_data"])
            if data is not None:
                raw = data(raw)
            crypto.assertion_verify("eddsa", token.key, raw, token.sign(raw + h), h)
        check(0x05)
        check(0x05, hmac_secret=True)
        for flags, why, data in (
                (0x04, "user presence", None), (0x01, "user verification", None), (0x45, "AT set", None),
                (0x05, "longer than", lambda d: d + b"\0"), (0x05, "shorter", lambda d: d[:36]),
                (0x05, "RP id", lambda d: b"\0" + d[1:])):
            with self.subTest(why=why), self.assertRaisesRegex(Refused, why):
                check(flags, data)
        with self.assertRaisesRegex(Refused, "does not hold"):
            a = token.assertion(h)
            crypto.assertion_verify("eddsa", token.key, canon.unb64(a["authenticator_data"]),
                                    canon.unb64(a["signature"]), os.urandom(32))

    def test_fingerprint(self):
        self.assertEqual(crypto.fingerprint(b"\0\0\0\1" + b"\xff" * 4 + bytes(24)),
                         "00001 67295 00000 00000 00000 00000 00000 00000")


class Merkle(unittest.TestCase):
    def test_inclusion(self):
        for n in range(1, 12):
            leaves = [logs.leaf_hash(b"%d" % i) for i in range(n)]
            for i in range(n):
                proof = logs.inclusion_proof(leaves, i)
                self.assertEqual(logs.inclusion_root(leaves[i], i, n, proof), logs.root(leaves))
                self.assertNotEqual(logs.inclusion_root(logs.leaf_hash(b"x"), i, n, proof), logs.root(leaves))
                with self.assertRaises(Refused):
                    logs.inclusion_root(leaves[i], i, n, proof + [b"\0" * 32])
                if proof:
                    with self.assertRaises(Refused):
                        logs.inclusion_root(leaves[i], i, n, proof[1:])

    def test_known_roots(self):
        # RFC 6962's published reference tree
        data = [b"", b"\0", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
        leaves = [logs.leaf_hash(bytes(x)) for x in data]
        self.assertEqual(logs.root([]).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        self.assertEqual(leaves[0].hex(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        self.assertEqual(logs.root(leaves).hex(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")

    def test_frontier(self):
        leaves = [logs.leaf_hash(b"%d" % i) for i in range(7)]
        f = logs.frontier(leaves)
        self.assertEqual(len(f), 3)
        self.assertEqual(logs.node_hash(f[0], logs.node_hash(f[1], f[2])), logs.root(leaves))

    def test_checkpoint(self):
        seed = os.urandom(32)
        public, h = crypto.ed25519_public(seed), os.urandom(32)
        good = logs.write_checkpoint("o/h", 7, h, seed)
        self.assertEqual(logs.read_checkpoint(good, "o/h", public), (7, h))
        for bad in (good.replace(b"\n7\n", b"\n8\n"), good.replace(b"\n7\n", b"\n07\n"), good[:-1], good + good[-60:],
                    good.replace("\u2014".encode(), b"-"), logs.write_checkpoint("o/h", 7, h, os.urandom(32)),
                    logs.write_checkpoint("o/i", 7, h, seed)):
            with self.subTest(bad=bad), self.assertRaises(Refused):
                logs.read_checkpoint(bad, "o/h", public)


class Sound(Vault):
    def test_verifies(self):
        code, out, err = self.run_oracle("verify", self.store)
        self.assertEqual((code, err), (0, ""))
        summary = json.loads(out)
        self.assertTrue(summary["ok"])
        self.assertEqual(summary["notes"], [])
        self.assertEqual(len(summary["policies"]), 2)
        self.assertEqual(summary["records"]["aws-prod"]["1"]["shares"], [1, 2])
        self.assertEqual(sorted(summary["logs"]), ["vault-a", "vault-b"])

    def test_refusal_exit(self):
        os.remove(self.path("log/vault-a.jsonl"))
        code, out, err = self.run_oracle("verify", self.store)
        self.assertEqual(code, 6)
        self.assertFalse(json.loads(out)["ok"])
        self.assertIn("log/vault-a.jsonl: is missing\n", err)

    def test_replies_opened(self):
        self.assertEqual(self.made.received, {
            ("web1-root", "password"): make.SECRETS["web1-root", 1]["password"],
            ("aws-prod", "totp"): make.SECRETS["aws-prod", 1]["totp"]})

    def opened(self, record, *who, version=()):
        code, out, err = self.run_oracle("open", self.store, record, *version, *self.outputs(*who))
        self.assertEqual((code, err), (0, ""))
        v = json.loads(out)
        got = {f: x["text"].encode() if "text" in x else canon.unb64(x["base64"]) for f, x in v["fields"].items()}
        self.assertEqual(got, make.SECRETS[record, v["version"]])
        return v

    def test_opens(self):
        for who in (("alice/alice-1", "bob/bob-1"), ("bob/bob-2", "carol/carol-1"), ("alice/alice-1", "carol/carol-2"),
                    ("alice/alice-1", "bob/bob-2", "carol/carol-1")):
            self.assertEqual(self.opened("aws-prod", *who)["shares"], 2)
            self.opened("spare", *who)
        self.assertEqual(self.opened("web1-root", "alice/alice-1", "bob/bob-1")["version"], 2)
        v = self.opened("web1-root", "alice/alice-1", "carol/carol-2", version=("--version", "1"))
        self.assertEqual(v["version"], 1)

    def refuses(self, sentence, *args):
        code, out, err = self.run_oracle("open", self.store, *args)
        self.assertEqual((code, out), (6, ""))
        self.assertIn(sentence, err)

    def test_below_quorum(self):
        self.refuses("alice do not satisfy 2 of (alice, bob, carol)", "aws-prod", *self.outputs("alice/alice-1"))
        self.refuses("bob, carol do not satisfy 2 of (alice, 1 of (bob, carol))", "web1-root",
                     *self.outputs("bob/bob-1", "bob/bob-2", "carol/carol-1"))
        self.refuses("no holders do not satisfy", "aws-prod")

    def test_wrong_output(self):
        self.refuses("the output given for bob/bob-1 does not open", "aws-prod", *self.outputs("alice/alice-1"),
                     "--hmac", "bob/bob-1=" + self.hmac["bob/bob-2"])
        self.refuses("no such token", "aws-prod", "--hmac", "dave/d=" + "00" * 32)
        self.refuses("no such version", "absent", *self.outputs("alice/alice-1", "bob/bob-1"))

    def test_unsound_store_is_not_opened(self):
        os.remove(self.path("log/vault-b.checkpoint"))
        self.refuses("log/vault-b.checkpoint: No such file", "aws-prod", *self.outputs("alice/alice-1", "bob/bob-1"))

    def test_fingerprint(self):
        bundle = canon.parse(self.read("policies/2.json"))["holders"][0]
        self.write("b.json", canon.write(bundle))
        code, out, _ = self.run_oracle("fingerprint", self.path("b.json"))
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^\d{5}( \d{5}){7}\n$")
        bundle["created"] = "2020-01-01T00:00:00.000Z"
        self.write("b.json", canon.write(bundle))
        code, _, err = self.run_oracle("fingerprint", self.path("b.json"))
        self.assertEqual(code, 6)
        self.assertIn("signature of token alice-1", err)

    def test_state(self):
        folder = os.path.join(self.temp, "state")
        shutil.copytree(os.path.join(self.folder, "state", "vault-a"), folder)

        def run():
            return self.run_oracle("verify", self.store, "--state", folder, "--host", "vault-a")
        self.assertEqual(run()[0], 0)
        zero = "00" * 32
        for name, change, sentence in (
                ("pin.json", {"serial": 3}, "pin.json: policy 3 was accepted, the store ends at 2"),
                ("pin.json", {"hash": zero}, "pin.json: policy 2 has another hash"),
                ("pin.json", {"vault": zero}, "pin.json: is of another vault"),
                ("head.json", {"last": zero}, "head.json: last is not leaf"),
                ("head.json", {"bytes": 1}, "head.json: bytes does not fit"),
                ("head.json", {"frontier": []}, "head.json: frontier is not"),
                ("head.json", {"size": 99}, "head.json: the log is shorter than the 99 leaves seen"),
                ("head.json", {"more": 1}, "head.json: document: member more is unknown"),
                ("head.json", {"size": 0, "bytes": 0, "last": None, "frontier": []}, "not the first of pending"),
                ("written.json", {"size": 4000}, "written.json: the log is shorter than the 4000 lines"),
                ("written.json", {"type": "x"}, "written.json: type: is none of"),
                ("seen.json", {"type": "x"}, "seen.json: type: is none of")):
            with self.subTest(sentence=sentence):
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    data = f.read()
                self.write(path, canon.write(dict(canon.parse(data), **change)))
                code, _, err = run()
                self.write(path, data)
                self.assertEqual(code, 6)
                self.assertIn(sentence, err)
        os.remove(self.path("log/vault-b.jsonl"))
        self.assertIn("seen.json: log of vault-b: the log is shorter", run()[2])

    def test_prove(self):
        code, out, _ = self.run_oracle("prove", self.store, "vault-a", "5")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out)["leaf"], 5)
        self.assertEqual(self.run_oracle("prove", self.store, "vault-a", "4000")[0], 6)


if __name__ == "__main__":
    unittest.main()
