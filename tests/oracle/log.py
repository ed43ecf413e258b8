# SPDX-License-Identifier: BSD-2-Clause
"""Logs, checkpoints (C2SP signed note, tlog-checkpoint) and Merkle proofs (RFC 6962): docs/formats.md section 8."""

import re

import canon
import crypto
import docs
from canon import (Refused, array, binary, boolean, hash_, integer, members, name, nullable, one_of, pattern,
                   string, time)

MAX_LINE = 256 * 1024
MAX_RECOVERED = 64 * 1024

# Merkle tree


def leaf_hash(line):
    return crypto.sha256(b"\0" + line)


def node_hash(left, right):
    return crypto.sha256(b"\1" + left + right)


def _half(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return crypto.sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = _half(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def frontier(leaves):
    """Hashes of the perfect subtrees, largest first."""
    out, at = [], 0
    while at < len(leaves):
        k = 1 << ((len(leaves) - at).bit_length() - 1)
        out.append(root(leaves[at:at + k]))
        at += k
    return out


def inclusion_proof(leaves, index):
    if len(leaves) == 1:
        return []
    k = _half(len(leaves))
    if index < k:
        return inclusion_proof(leaves[:k], index) + [root(leaves[k:])]
    return inclusion_proof(leaves[k:], index - k) + [root(leaves[:k])]


def inclusion_root(leaf, index, size, proof):
    """The root an inclusion proof (RFC 6962 2.1.1) leads to; refuses one of the wrong length."""
    if not 0 <= index < size:
        raise Refused("inclusion proof: leaf %d is not below size %d" % (index, size))

    def climb(i, n, path):
        if n == 1:
            if path:
                raise Refused("inclusion proof: too long")
            return leaf
        if not path:
            raise Refused("inclusion proof: too short")
        k = _half(n)
        if i < k:
            return node_hash(climb(i, k, path[:-1]), path[-1])
        return node_hash(path[-1], climb(i - k, n - k, path[:-1]))
    return climb(index, size, list(proof))


# Checkpoints

def key_id(origin, public):
    return crypto.sha256(origin.encode("utf-8") + b"\n\x01" + public)[:4]


def checkpoint_text(origin, size, root_hash):
    return ("%s\n%d\n%s\n" % (origin, size, canon.b64(root_hash))).encode("utf-8")


def write_checkpoint(origin, size, root_hash, seed):
    text = checkpoint_text(origin, size, root_hash)
    blob = key_id(origin, crypto.ed25519_public(seed)) + crypto.ed25519_sign(seed, text)
    return text + b"\n" + ("\u2014 %s %s\n" % (origin, canon.b64(blob))).encode("utf-8")


def read_checkpoint(data, origin, public):
    """(size, root) of a checkpoint of this origin signed by this key."""
    o = re.escape(origin.encode("utf-8"))
    b = rb"[A-Za-z0-9+/]+={0,2}"
    m = re.fullmatch(rb"(%s\n(0|[1-9][0-9]{0,15})\n(%s)\n)\n\xe2\x80\x94 %s (%s)\n" % (o, b, o, b), data)
    if not m:
        raise Refused("not a checkpoint of %s" % origin)
    root_hash, blob = (canon.unb64(m.group(i).decode("ascii")) for i in (3, 4))
    if len(root_hash) != 32 or len(blob) != 68:
        raise Refused("root or signature has a wrong length")
    if blob[:4] != key_id(origin, public):
        raise Refused("signed by another key")
    crypto.ed25519_verify(public, blob[4:], m.group(1))
    return int(m.group(2)), root_hash


# Entries

FIELDS_AS = array(docs.ASKED)
VERSIONED = {"record": name, "version": docs.version}
DIGESTED = {**VERSIONED, "digest": hash_}
KNOWN = array(members({"name": name, "known_to": array(string)}))
SOURCE = members({"service": string, "user": string, "rhost": string, "count": integer(1)})
COMMON = {"type": string, "seq": integer(), "time": time,
          "boot": pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a boot id"), "host": name, "policy": hash_}


ACCOUNT = pattern(r"[0-9]{12}", "an account")
RELEASE = members({"host": name, "seq": integer(), **VERSIONED})


def _statement(v, where):
    docs.check_statement(v, where)


def _sources(v, where):
    array(SOURCE, 0, 64)(v, where)
    canon.ascending([tuple(s[m].encode("utf-8") for m in ("service", "user", "rhost")) for s in v], where)


ENTRIES = {
    "log.started": {"vault": hash_},
    "log.recovered": {"bytes": binary(high=MAX_RECOVERED), "length": integer(), "sha256": hash_},
    "policy.accepted": {"serial": integer(1), "hash": hash_},
    "record.sealed": {**DIGESTED, "shares": hash_, "kind": one_of("aws-root", "linux-root", "generic"),
                      "quorum": name, "candidate": boolean, "fields": KNOWN, "attended": nullable(hash_),
                      "requester": docs.REQUESTER},
    "shares.sealed": {**DIGESTED, "shares": hash_, "serial": integer(1), "statement": hash_},
    "ceremony.requested": {"statement": _statement},
    "ceremony.approved": {"statement": hash_, "approval": docs.BARE, "warnings": array(string)},
    "ceremony.refused": {"statement": hash_, "holder": nullable(name), "reason": string},
    "ceremony.denied": {"statement": hash_, "code": string, "text": string},
    "released": {"statement": hash_, **DIGESTED, "fields": FIELDS_AS, "holders": array(name),
                 "due": nullable(time)},
    "drill.passed": {"statement": hash_, "holder": name, "token": name},
    "rotation.confirmed": {"statement": nullable(hash_), **VERSIONED, "fields": array(name), "by": string},
    "login.granted": {"statement": hash_, "holders": array(name)},
    "login.attempts": {"from": time, "to": time, "sources": _sources, "more": integer()},
    "session.opened": {"login": nullable(integer()), "service": string, "user": string, "tty": string,
                       "rhost": string, "uid": integer(), "audit": integer()},
    "session.closed": {"opened": integer(), "ms": integer()},
    "root.activity": {"account": ACCOUNT, "address": string, "agent": string, "at": time, "event": string,
                      "events": integer(), "failed": integer(), "from": time, "kind": string,
                      "mfa": one_of("yes", "no", "unknown"), "reads": integer(), "records": integer(),
                      "region": string, "release": nullable(RELEASE),
                      "services": array(members({"source": string, "writes": integer()}), 0, 8),
                      "to": time, "vouched": boolean, "why": string, "writes": integer(),
                      "verdict": one_of("explained", "unexplained", "central", "failed sign-in")},
    "root.records": {"account": ACCOUNT, "gzip": binary(), "ids": array(string, 1, 500), "vouched": boolean,
                     "without": integer()},
    "release.unused": {"account": ACCOUNT, "release": RELEASE},
    "release.unwitnessed": {"release": RELEASE},
    "reminded": {"due": time, "event": one_of("due soon", "overdue", "drill due"), "fields": array(name),
                 "holder": nullable(name), "record": nullable(name), "step": integer(1), "token": nullable(name)}}


def check_entry(entry, host, index, where):
    members(COMMON, more=True)(entry, where)
    if entry["seq"] != index:
        raise Refused("%s: seq is %d" % (where, entry["seq"]))
    if entry["host"] != host:
        raise Refused("%s: is of host %s" % (where, entry["host"]))
    if (entry["type"] == "log.started") != (index == 0):
        raise Refused("%s: log.started is the first entry, and only that" % where)
    if entry["type"] in ENTRIES:
        members({**COMMON, **ENTRIES[entry["type"]]})(entry, where)
    if entry["type"] == "login.attempts" and canon.when(entry["to"]) < canon.when(entry["from"]):
        raise Refused("%s: ends before it begins" % where)
    if entry["type"].startswith("root.") or entry["type"].startswith("release."):
        check_root(entry, where)
    if entry["type"] == "reminded":
        drill = entry["event"] == "drill due"
        if any((entry[m] is None) != (m == "record") if drill else (entry[m] is None) != (m != "record")
               for m in ("record", "holder", "token")) or drill != (not entry["fields"]):
            raise Refused("%s: is about a record, or about a token" % where)
    if entry["type"] == "log.recovered":
        raw = canon.unb64(entry["bytes"])
        if len(raw) != min(entry["length"], MAX_RECOVERED):
            raise Refused("%s: bytes and length do not fit" % where)
        if len(raw) == entry["length"] and crypto.sha256(raw).hex() != entry["sha256"]:
            raise Refused("%s: bytes and sha256 do not fit" % where)


def check_root(e, where):
    """What correlations write."""
    release = e.get("release")
    if release is not None and release["host"] == e["host"] and release["seq"] >= e["seq"]:
        raise Refused("%s: its release does not stand before it" % where)
    if e["type"] == "root.activity":
        if canon.when(e["to"]) < canon.when(e["from"]):
            raise Refused("%s: ends before it begins" % where)
        if e["records"] > e["seq"]:
            raise Refused("%s: more entries of records than stand before it" % where)
        if release is None and e["verdict"] == "explained":
            raise Refused("%s: explained by no release" % where)
        if not e["vouched"] and e["verdict"] != "unexplained":
            raise Refused("%s: AWS did not vouch for it, and it is no alarm" % where)
    if e["type"] == "root.records" and e["without"] > len(e["ids"]):
        raise Refused("%s: more records are left out than there are" % where)


class Log:
    """A host's log as far as its checkpoint (or its end) covers it."""

    def __init__(self, host, vault, data, checkpoint):
        self.host, self.vault = host["name"], vault
        self.origin = "twokey/%s/%s" % (vault, self.host)
        self.lines, self.leaves, self.entries, self.notes = [], [], [], []
        self._split(data)
        try:
            self.size, self.root = read_checkpoint(checkpoint, self.origin, canon.unb64(host["key"]))
        except Refused as e:
            raise Refused("log/%s.checkpoint: %s" % (self.host, e)) from None
        self._cover(host["end"])
        for i in range(self.size):
            where = self.where(i)
            try:
                entry = canon.parse(self.lines[i], MAX_LINE)
            except Refused as e:
                raise Refused("%s: %s" % (where, e)) from None
            check_entry(entry, self.host, i, where)
            self.entries.append(entry)
        if self.size and self.entries[0]["vault"] != vault:
            raise Refused("%s: is of another vault" % self.where(0))

    def where(self, index):
        return "log/%s.jsonl: leaf %d" % (self.host, index)

    def _split(self, data):
        lines = data.split(b"\n")
        if lines.pop():
            self.notes.append("log/%s.jsonl: unfinished last line" % self.host)
        self.lines = lines
        self.leaves = [leaf_hash(x) for x in lines]

    def _cover(self, end):
        self.check_head(self.size, self.root, "its checkpoint")
        if end is not None:
            self.check_head(end["size"], bytes.fromhex(end["root"]), "its end in the policy")
            if self.size < end["size"]:
                raise Refused("log/%s.checkpoint: covers %d of the %d leaves up to the host's end"
                              % (self.host, self.size, end["size"]))
            self.size, self.root = end["size"], bytes.fromhex(end["root"])
        if len(self.lines) > self.size:
            self.notes.append("log/%s.jsonl: %d lines behind %s are not counted" % (
                self.host, len(self.lines) - self.size, "its end" if end else "its checkpoint"))

    def check_head(self, size, root_hash, source):
        if len(self.leaves) < size:
            raise Refused("log/%s.jsonl: has %d leaves, but %s names %d"
                          % (self.host, len(self.leaves), source, size))
        if root(self.leaves[:size]) != root_hash:
            raise Refused("log/%s.jsonl: does not have the root that %s names for size %d"
                          % (self.host, source, size))
