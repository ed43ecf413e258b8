# SPDX-License-Identifier: BSD-2-Clause
"""Verification of a whole store: what every document says about the others."""

import os
import re

import canon
import docs
import log as logs
import policy as policies
import record as records
from canon import Refused
from ceremony import Ceremonies


class Store:
    def __init__(self, path):
        self.path, self.errors, self.notes = path, [], []
        self.policies, self.hashes, self.vault = [], [], None
        self.logs, self.records, self.shares, self.heads = {}, {}, {}, []
        self.void = set()

    # Reading

    def list(self, folder):
        try:
            return sorted(os.listdir(os.path.join(self.path, folder)))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def read(self, rel):
        try:
            with open(os.path.join(self.path, rel), "rb") as f:
                return f.read()
        except OSError as e:
            raise Refused("%s: %s" % (rel, e.strerror)) from None

    def document(self, rel):
        data = self.read(rel)
        try:
            return canon.parse(data)
        except Refused as e:
            raise Refused("%s: %s" % (rel, e)) from None

    def attempt(self, work, *args):
        try:
            return work(*args)
        except Refused as e:
            self.errors.append(str(e))
            return None

    def stray(self, folder, filename):
        if filename.startswith(".tmp-"):
            self.notes.append("%s/%s: unfinished" % (folder, filename))
        else:
            self.errors.append("%s/%s: has no place in a store" % (folder, filename))

    # Policies

    def load_policies(self):
        serials = []
        for f in self.list("policies"):
            serial = policies.serial_of(f)
            if serial is None:
                self.stray("policies", f)
            else:
                serials.append(serial)
        if not serials:
            raise Refused("policies: there is none")
        for want, serial in enumerate(sorted(serials), 1):
            where = "policies/%d.json" % serial
            if serial != want:
                raise Refused("policies/%d.json: is missing" % want)
            p = self.document(where)
            policies.check_form(p, where)
            if p["serial"] != serial:
                raise Refused("%s: holds serial %d" % (where, p["serial"]))
            if serial == 1:
                self.vault = policies.policy_hash(p).hex()
            policies.check_link(p, self.policies[-1] if self.policies else None, where, self.vault)
            self.policies.append(p)
            self.hashes.append(policies.policy_hash(p).hex())
            self.add_heads(where, p["logs"])
            for s in p["signatures"]:
                self.add_statement_head(where, s["statement"])

    @property
    def newest(self):
        return self.policies[-1]

    def by_hash(self, digest, where):
        if digest not in self.hashes:
            raise Refused("%s: names policy %s, which the store does not have" % (where, digest))
        return self.policies[self.hashes.index(digest)]

    def add_heads(self, where, heads):
        self.heads += [(where, h["host"], h["size"], h["root"]) for h in heads]

    def add_statement_head(self, where, statement):
        head = statement["log"]
        if head is None:
            return
        m = re.fullmatch(r"twokey/%s/(.*)" % self.vault, head["origin"])
        if not m:
            self.errors.append("%s: the statement's log is of another vault" % where)
        else:
            self.heads.append((where, m.group(1), head["size"], head["root"]))

    # Documents whose log entry is not written yet: `<host>_<path, '_' for '/'>`

    def load_unfinished(self):
        hosts = {h["name"] for h in self.newest["hosts"]}
        place = r"_(policies_[1-9][0-9]*|records_[^_]+_[1-9][0-9]*(\.shares\.[1-9][0-9]*)?)\.json"
        for f in self.list(".new"):
            m = re.fullmatch(r"([^_]+)" + place, f)
            if (m and m.group(1) in hosts) or f.startswith(".tmp-"):
                self.notes.append(".new/%s: unfinished" % f)
            else:
                self.errors.append(".new/%s: has no place in a store" % f)

    # Logs

    def load_logs(self):
        known = {h["name"] for h in self.newest["hosts"]}
        for f in self.list("log"):
            m = re.fullmatch(r"(.+)\.(jsonl|checkpoint)", f)
            if f not in (".reserve", ".spare") and (not m or m.group(1) not in known):
                self.stray("log", f)
        present = self.list("log")
        for host in self.newest["hosts"]:
            if host["name"] + ".jsonl" in present:
                self.attempt(self.load_log, host)
            elif host["name"] + ".checkpoint" in present or (host["end"] or {"size": 0})["size"]:
                self.errors.append("log/%s.jsonl: is missing" % host["name"])

    def load_log(self, host):
        base = "log/%s" % host["name"]
        data = self.read(base + ".jsonl")
        if not data and host["name"] + ".checkpoint" not in self.list("log"):
            return
        log = logs.Log(host, self.vault, data, self.read(base + ".checkpoint"))
        self.notes += log.notes
        self.logs[host["name"]] = log

    def check_heads(self):
        for source, host, size, root in self.heads:
            log = self.logs.get(host)
            if log is not None:
                self.attempt(log.check_head, size, bytes.fromhex(root), source)
            elif size:
                self.errors.append("log/%s.jsonl: %s names a head of size %d, but there is no valid log"
                                   % (host, source, size))

    def entries(self, *types):
        for log in self.logs.values():
            for i, e in enumerate(log.entries):
                if not types or e["type"] in types:
                    yield log.where(i), e

    # Records and shares

    def load_records(self):
        for folder in self.list("records"):
            for f in self.list("records/" + folder):
                m = re.fullmatch(r"([1-9][0-9]*)(\.shares\.([1-9][0-9]*))?\.json", f)
                if not m:
                    self.stray("records/" + folder, f)
                elif m.group(3) is None:
                    self.attempt(self.load_record, folder, int(m.group(1)))
            for f in self.list("records/" + folder):
                m = re.fullmatch(r"([1-9][0-9]*)\.shares\.([1-9][0-9]*)\.json", f)
                if m:
                    self.attempt(self.load_shares, folder, int(m.group(1)), int(m.group(2)))

    def load_record(self, folder, version):
        where = "records/%s/%d.json" % (folder, version)
        r = self.document(where)
        records.check_record(r, where)
        if (r["record"], r["version"]) != (folder, version):
            raise Refused("%s: holds %s version %d" % (where, r["record"], r["version"]))
        if r["vault"] != self.vault:
            raise Refused("%s: is of another vault" % where)
        digest = records.record_digest(r)
        records.check_signature(r, "twokey record signature v1", digest, self.newest, where)
        self.records[folder, version] = r, digest
        self.add_heads(where, r["logs"])
        if not any(r["quorum"] in p["quorums"] for p in self.policies):
            raise Refused("%s: no policy has a quorum %s" % (where, r["quorum"]))

    def load_shares(self, folder, version, serial):
        where = "records/%s/%d.shares.%d.json" % (folder, version, serial)
        if (folder, version) not in self.records:
            raise Refused("%s: there is no valid record for it" % where)
        s, (r, digest) = self.document(where), self.records[folder, version]
        records.SHARES(s, where)
        if s["policy"] != serial:
            raise Refused("%s: is for policy %d" % (where, s["policy"]))
        if serial > len(self.policies):
            raise Refused("%s: there is no policy %d" % (where, serial))
        records.check_shares(s, r, digest, self.policies[serial - 1], where)
        own = records.shares_digest(s)
        records.check_signature(s, "twokey shares signature v1", own, self.newest, where)
        self.shares[folder, version, serial] = s, own

    def check_versions(self):
        for (n, version), (r, _) in sorted(self.records.items()):
            if version > 1:
                before = self.records.get((n, version - 1))
                if before is None:
                    self.errors.append("records/%s/%d.json: is missing or refused" % (n, version - 1))
                elif r["previous"] != before[1].hex():
                    self.errors.append("records/%s/%d.json: previous is not the digest of version %d"
                                       % (n, version, version - 1))

    def check_void(self):
        """Documents no entry of their own host's log names; entries whose document is missing."""
        named = {(e["host"], e["digest"]) for _, e in self.entries("record.sealed") if self.counts(e)}
        named_shares = {(e["host"], e["shares"]) for _, e in self.entries("record.sealed", "shares.sealed")
                        if self.counts(e)}
        for (n, version), (r, digest) in sorted(self.records.items()):
            if (r["host"], digest.hex()) not in named:
                self.void.add((n, version))
                self.notes.append("records/%s/%d.json: is void: no entry of the log of %s names it"
                                  % (n, version, r["host"]))
        for (n, version, serial), (s, own) in sorted(self.shares.items()):
            if (s["host"], own.hex()) not in named_shares:
                self.void.add((n, version, serial))
                self.notes.append("records/%s/%d.shares.%d.json: is void: no entry of the log of %s names it"
                                  % (n, version, serial, s["host"]))

    # A host's root password: docs/formats.md section 8

    def own_versions(self, owner, n):
        return {e["version"] for _, e in self.entries("record.sealed") if (e["host"], e["record"]) == (owner, n)}

    def counts(self, e):
        """Does an entry that seals or confirms count, if the record is the own one of another host?"""
        owner = e["record"][6:]
        if not e["record"].startswith("linux-") or e["type"] == "shares.sealed" or e["host"] == owner:
            return True
        if e["policy"] not in self.hashes:
            return False
        hosts = {h["name"]: h for h in self.by_hash(e["policy"], "")["hosts"]}
        host, own = hosts.get(owner), self.own_versions(owner, e["record"])
        if host is None:
            return not own or e["version"] < min(own)
        return host["end"] is not None and e["version"] not in own

    def usable_shares(self, n, version):
        """Serials of the shares of a record version, newest last."""
        return sorted(k[2] for k in self.shares if k[:2] == (n, version) and k not in self.void)

    def in_force(self, n):
        """The version that is opened when none is named: the highest that is no candidate, or confirmed."""
        confirmed = {e["version"] for _, e in self.entries("rotation.confirmed")
                     if e["record"] == n and self.counts(e)}
        return max((v for v in self.versions(n)
                    if not self.records[n, v][0]["candidate"] or v in confirmed), default=0)

    def versions(self, n):
        return sorted(v for m, v in self.records if m == n and (m, v) not in self.void)

    def verify(self):
        for f in self.list("."):
            if f not in ("policies", "records", "log", ".lock", ".new"):
                self.stray(".", f)
        try:
            self.load_policies()
        except Refused as e:
            self.errors.append(str(e))
            return self
        self.load_unfinished()
        self.load_logs()
        self.load_records()
        self.check_versions()
        self.check_void()
        Ceremonies(self).check()
        self.check_heads()
        return self

    def summary(self):
        return {
            "ok": not self.errors, "errors": self.errors, "notes": self.notes, "vault": self.vault,
            "policies": [{"serial": p["serial"], "hash": h} for p, h in zip(self.policies, self.hashes)],
            "holders": {b["name"]: fingerprints(b) for b in self.newest["holders"]} if self.policies else {},
            "logs": {n: {"size": g.size, "root": g.root.hex(), "lines": len(g.lines)}
                     for n, g in self.logs.items()},
            "records": {n: {str(v): {"digest": self.records[n, v][1].hex(), "kind": self.records[n, v][0]["kind"],
                                     "shares": self.usable_shares(n, v)} for v in self.versions(n)}
                        for n in sorted({m for m, _ in self.records})}}


def fingerprints(bundle):
    return docs.crypto.fingerprint(docs.bundle_hash(bundle))
