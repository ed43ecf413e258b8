# SPDX-License-Identifier: BSD-2-Clause
"""Tokens, holders and hosts that exist only in memory, for make.py: they sign what the page says they sign."""

import datetime
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

import canon
import crypto
import docs
import log as logs

b64 = canon.b64


class Clock:
    def __init__(self):
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.t = now - datetime.timedelta(minutes=50)

    def text(self, minutes=0):
        t = self.t + datetime.timedelta(minutes=minutes)
        return t.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (t.microsecond // 1000)

    def tick(self):
        self.t += datetime.timedelta(milliseconds=1717)
        return self.text()


def _cbor_bytes(b):
    return (bytes([0x58, len(b)]) if len(b) > 23 else bytes([0x40 + len(b)])) + b


class Token:
    """A security key: signs assertions, answers hmac-secret."""

    def __init__(self, label, algorithm):
        self.label, self.algorithm, self.counter = label, algorithm, 0
        self.credential, self.secret, self.aaguid = os.urandom(48), os.urandom(32), os.urandom(16)
        if algorithm == "es256":
            self.private = ec.generate_private_key(ec.SECP256R1())
            n = self.private.public_key().public_numbers()
            self.key = n.x.to_bytes(32, "big") + n.y.to_bytes(32, "big")
        else:
            self.private = os.urandom(32)
            self.key = crypto.ed25519_public(self.private)

    def hmac(self, salt):
        return hmac.new(self.secret, salt, hashlib.sha256).digest()

    def sign(self, message):
        if self.algorithm == "eddsa":
            return crypto.ed25519_sign(self.private, message)
        r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return utils.encode_dss_signature(r, min(s, crypto.P256_N - s))

    def assertion(self, client_data_hash, hmac_secret=False, flags=0x05):
        self.counter += 1
        extra = b"\xa1\x6bhmac-secret" + _cbor_bytes(os.urandom(48)) if hmac_secret else b""
        data = crypto.RP_HASH + bytes([flags | (0x80 if extra else 0)]) + struct.pack(">I", self.counter) + extra
        return {"authenticator_data": b64(data), "signature": b64(self.sign(data + client_data_hash))}

    def cose(self):
        if self.algorithm == "eddsa":
            return b"\xa4\x01\x01\x03\x27\x20\x06\x21" + _cbor_bytes(self.key)
        return (b"\xa5\x01\x02\x03\x26\x20\x01\x21" + _cbor_bytes(self.key[:32])
                + b"\x22" + _cbor_bytes(self.key[32:]))

    def attestation(self):
        """Packed self attestation, with credProtect 3 and hmac-secret."""
        h = os.urandom(32)
        data = (crypto.RP_HASH + b"\xc5" + struct.pack(">I", 0) + self.aaguid
                + struct.pack(">H", len(self.credential)) + self.credential + self.cose()
                + b"\xa2\x6bcredProtect\x03\x6bhmac-secret\xf5")
        return {"format": "packed", "client_data_hash": b64(h), "authenticator_data": b64(data),
                "signature": b64(self.sign(data + h)), "certificates": []}

    def document(self, bundle, seed, clock):
        t = {"label": self.label, "credential": b64(self.credential), "algorithm": self.algorithm,
             "key": b64(self.key), "aaguid": self.aaguid.hex(), "firmware": 328966, "protection": 3, "uv": "pin",
             "salt": b64(crypto.SALT), "drill": b64(crypto.H("twokey drill v1", self.hmac(crypto.DRILL_SALT))),
             "attestation": self.attestation(), "created": clock.tick()}
        nonce = os.urandom(12)
        sealed = crypto.aead_seal(docs.wrap_key(self.hmac(crypto.SALT), t), nonce, seed, docs.wrap_aad(bundle, t))
        t["wrap"] = {"nonce": b64(nonce), "ciphertext": b64(sealed)}
        return t


class Holder:
    def __init__(self, name, algorithms, clock):
        self.name, self.seed = name, os.urandom(32)
        self.tokens, self.bundle = [], {
            "type": "twokey-bundle-v1", "name": name, "identity": b64(crypto.x25519_public(self.seed)),
            "created": clock.tick(), "tokens": [], "signatures": []}
        for i, algorithm in enumerate(algorithms, 1):
            self.add(Token("%s-%d" % (name, i), algorithm), clock)

    def add(self, token, clock):
        """The bundle with one token more, signed by all."""
        self.tokens.append(token)
        self.bundle = dict(self.bundle, created=clock.tick(),
                           tokens=self.bundle["tokens"] + [token.document(self.bundle, self.seed, clock)])
        digest = docs.bundle_hash(self.bundle)
        self.bundle["signatures"] = [dict(t.assertion(digest), token=t.label) for t in self.tokens]

    def approve(self, statement, token=0, hmac_secret=False):
        t = self.tokens[token]
        return dict(t.assertion(docs.statement_hash(statement), hmac_secret), holder=self.name, token=t.label)


class Host:
    """A host with its log."""

    def __init__(self, name, clock):
        self.name, self.clock, self.seed, self.lines = name, clock, os.urandom(32), []
        self.boot = "%s-%s-%s-%s-%s" % tuple(os.urandom(n).hex() for n in (4, 2, 2, 2, 6))
        self.vault = self.policy = None

    def entry(self, type_, **more):
        e = dict(more, type=type_, seq=len(self.lines), time=self.clock.tick(), boot=self.boot, host=self.name,
                 policy=self.policy)
        self.lines.append(canon.write(e))
        return e["seq"]

    def leaves(self):
        return [logs.leaf_hash(x) for x in self.lines]

    def origin(self):
        return "twokey/%s/%s" % (self.vault, self.name)

    def head(self):
        return {"host": self.name, "size": len(self.lines), "root": logs.root(self.leaves()).hex()}

    def log_head(self):
        return {"origin": self.origin(), "size": len(self.lines), "root": logs.root(self.leaves()).hex()}

    def data(self):
        return b"".join(x + b"\n" for x in self.lines)

    def checkpoint(self):
        return logs.write_checkpoint(self.origin(), len(self.lines), logs.root(self.leaves()), self.seed)

    def signed(self, doc, label, digest):
        return dict(doc, signature=b64(crypto.ed25519_sign(self.seed, crypto.host_message(label, digest))))

    def requester(self):
        return {"user": "ops", "uid": 1000, "host": self.name, "tty": "/dev/pts/3", "via": ""}

    def progress(self):
        """How far the log is known, as head.json and seen.json have it."""
        leaves = self.leaves()
        return {"size": len(leaves), "bytes": len(self.data()), "last": leaves[-1].hex() if leaves else None,
                "frontier": [h.hex() for h in logs.frontier(leaves)]}
