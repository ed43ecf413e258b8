# SPDX-License-Identifier: BSD-2-Clause
"""A complete small vault, written from docs/formats.md and nothing else."""

import json
import os

import canon
import crypto
import docs
import policy as policies
import record as records
from forge import Clock, Holder, Host, Token

b64 = canon.b64
RULES = {
    "policy": "default", "login": "default", "reason": "", "ticket": "",
    "rotation_hours": {"aws-root": 24, "generic": 72, "linux-root": 48}, "request_minutes": 30,
    "login_minutes": 5, "aaguids": [], "roots": [], "record_first": ["local"], "notify": [], "confirm": [],
    "drill_days": 90, "rotate_after": None, "code_minutes": 10}
QUORUMS = {
    "default": {"of": ["alice", "bob", "carol"], "threshold": 2},
    "nested": {"of": ["alice", {"of": ["bob", "carol"], "threshold": 1}], "threshold": 2}}
AWS = {"account": "123456789012", "email": "root@example.com", "email_controller": "mail team",
       "partition": "aws", "phone_controller": ""}
SECRETS = {
    ("aws-prod", 1): {"password": b"correct horse battery staple",
                      "totp": b"otpauth://totp/?secret=JBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30"},
    ("web1-root", 1): {"password": b"first root password"},
    ("web1-root", 2): {"password": b"second root password"},
    ("spare", 1): {"code": bytes(range(256))}}


class Maker:
    def __init__(self):
        self.clock = Clock()
        self.holders = {n: Holder(n, a, self.clock) for n, a in (
            ("alice", ["es256"]), ("bob", ["eddsa", "es256"]), ("carol", ["es256"]))}
        self.a, self.b = Host("vault-a", self.clock), Host("vault-b", self.clock)
        self.hosts, self.files, self.policies, self.digests = [self.a, self.b], {}, [], {}
        self.vault, self.received = None, {}

    # Ceremonies

    def statement(self, host, action, subject, deliver=(), reason="test"):
        first = action == "policy" and subject["serial"] == 1
        return {"type": "twokey-statement-v1", "vault": self.vault, "policy": None if first else host.policy,
                "action": action, "subject": subject, "deliver": list(deliver), "reason": reason, "ticket": None,
                "task": None, "requester": host.requester(), "time": self.clock.tick(),
                "expires": self.clock.text(5 if action == "login" else 30), "nonce": b64(os.urandom(16)),
                "log": None if first else host.log_head()}

    def ceremony(self, host, statement, approvals):
        host.entry("ceremony.requested", statement=statement)
        digest = docs.statement_hash(statement).hex()
        for approval in approvals:
            host.entry("ceremony.approved", statement=digest, approval=approval, warnings=[])
        return digest

    # Policies

    def policy_document(self, hosts, previous=None):
        holders = [self.holders[n].bundle for n in sorted(self.holders)]
        return {
            "type": "twokey-policy-v1", "name": "example", "serial": previous["serial"] + 1 if previous else 1,
            "previous": policies.policy_hash(previous).hex() if previous else None, "created": self.clock.tick(),
            "requires": [], "quorums": QUORUMS, "holders": holders, "hosts": hosts, "rules": RULES,
            "logs": [h.head() for h in self.hosts] if previous else [], "signatures": []}

    def accept(self, policy):
        digest = policies.policy_hash(policy).hex()
        self.files["policies/%d.json" % policy["serial"]] = canon.write(policy)
        self.policies.append(policy)
        return digest

    def first_policy(self):
        p = self.policy_document([{"name": h.name, "key": b64(crypto.ed25519_public(h.seed)), "end": None}
                                  for h in self.hosts])
        self.vault = policies.policy_hash(p).hex()
        s = self.statement(self.a, "policy", {"serial": 1, "hash": self.vault})
        p["signatures"] = [{"statement": s, "approvals": [h.approve(s) for h in self.holders.values()]}]
        self.accept(p)
        for host in self.hosts:
            host.vault = host.policy = self.vault
            host.entry("log.started", vault=self.vault)
            host.entry("policy.accepted", serial=1, hash=self.vault)

    def second_policy(self):
        """Carol gets a second token, vault-b goes."""
        carol = self.holders["carol"]
        carol.add(Token("carol-2", "eddsa"), self.clock)
        hosts = [dict(h) for h in self.policies[-1]["hosts"]]
        hosts[1]["end"] = {m: self.b.head()[m] for m in ("size", "root")}
        p = self.policy_document(hosts, self.policies[-1])
        digest = policies.policy_hash(p).hex()
        s = self.statement(self.a, "policy", {"serial": 2, "hash": digest})
        approvals = [self.holders["alice"].approve(s), self.holders["bob"].approve(s), carol.approve(s, 1)]
        p["signatures"] = [{"statement": s, "approvals": approvals}]
        self.ceremony(self.a, s, approvals)
        self.accept(p)
        self.a.policy = digest
        self.a.entry("policy.accepted", serial=2, hash=digest)

    # Records

    def seal(self, host, name, version, kind, attributes, quorum, candidate=False, known_to=("ops",), attended=None):
        head = {"attributes": attributes, "content": b64(os.urandom(16)), "kind": kind, "record": name,
                "vault": self.vault, "version": version}
        fields, secrets = {}, {}
        for f, plain in SECRETS[name, version].items():
            fields[f], secrets[f] = records.seal_field(head, f, plain, list(known_to) if f == "password" else [])
        r = dict(head, type="twokey-record-v1", quorum=quorum, candidate=candidate, fields=fields,
                 previous=self.digests[name, version - 1].hex() if version > 1 else None,
                 logs=[h.head() for h in self.hosts], host=host.name, sealed=self.clock.tick())
        digest = self.digests[name, version] = crypto.H("twokey record v1", canon.write(r))
        r = host.signed(r, "twokey record signature v1", digest)
        self.files["records/%s/%d.json" % (name, version)] = canon.write(r)
        shares = self.shares(host, r, digest, secrets)
        host.entry("record.sealed", record=name, version=version, digest=digest.hex(), shares=shares, kind=kind,
                   quorum=quorum, candidate=candidate, requester=host.requester(), attended=attended,
                   fields=[{"name": f, "known_to": fields[f]["known_to"]} for f in sorted(fields)])
        return r, secrets

    def shares(self, host, r, digest, secrets):
        p = self.policies[-1]
        identities = {b["name"]: canon.unb64(b["identity"]) for b in p["holders"]}
        tree, head = p["quorums"][r["quorum"]], records.header(r)
        s = {"type": "twokey-shares-v1", "vault": self.vault, "record": r["record"], "version": r["version"],
             "digest": digest.hex(), "policy": p["serial"], "quorum": r["quorum"], "host": host.name,
             "sealed": self.clock.tick(),
             "fields": {f: records.seal_shares(head, f, tree, x, identities) for f, x in secrets.items()}}
        own = crypto.H("twokey shares v1", canon.write(s))
        s = host.signed(s, "twokey shares signature v1", own)
        self.files["records/%s/%d.shares.%d.json" % (r["record"], r["version"], p["serial"])] = canon.write(s)
        return own.hex()

    def reference(self, name, version):
        return {"record": name, "version": version, "digest": self.digests[name, version].hex()}

    def unseal(self, r, field, as_, who):
        """A whole ceremony, the replies included: what the requester receives goes into self.received."""
        session, ref = os.urandom(32), self.reference(r["record"], r["version"])
        asked = [{"name": field, "as": as_}]
        s = self.statement(self.a, "unseal", ref, [
            {"to": "requester", "key": b64(crypto.x25519_public(session)), "fields": asked}])
        digest, got, bare = docs.statement_hash(s), {}, []
        serial = self.policies[-1]["serial"]
        shares = canon.parse(self.files["records/%s/%d.shares.%d.json" % (r["record"], r["version"], serial)])
        for name in who:
            h = self.holders[name]
            approval, token = h.approve(s, hmac_secret=True), h.tokens[0].label
            share = records.open_share(r, shares, field, name, h.seed)
            sealed = docs.seal_reply(crypto.x25519_public(session), field, name, digest, token, share)
            full = dict(approval, shares={field: b64(sealed)})
            docs.APPROVAL(full, "approval")
            got[name] = docs.open_reply(session, field, full, digest)
            bare.append(approval)
        tree = self.policies[-1]["quorums"][r["quorum"]]
        self.received[r["record"], field] = records.open_field(r, field, policies.join(tree, got))
        self.ceremony(self.a, s, bare)
        self.a.entry("released", statement=digest.hex(), fields=asked, holders=list(who),
                     due=self.clock.text(48 * 60) if any(f["as"] != "code" for f in asked) else None, **ref)

    def reseal(self, sealed):
        p = self.policies[-1]
        refs = [self.reference(r["record"], r["version"]) for r, _ in sealed]
        fields = sorted({f for r, _ in sealed for f in r["fields"]})
        s = self.statement(self.a, "reseal", {"policy": policies.policy_hash(p).hex(), "records": refs}, [
            {"to": "requester", "key": b64(crypto.x25519_public(os.urandom(32))),
             "fields": [{"name": f, "as": "seed"} for f in fields]}])
        digest = self.ceremony(self.a, s, [self.holders[n].approve(s, hmac_secret=True) for n in ("alice", "carol")])
        for (r, secrets), ref in zip(sealed, refs):
            own = self.shares(self.a, r, self.digests[r["record"], r["version"]], secrets)
            self.a.entry("shares.sealed", shares=own, serial=p["serial"], statement=digest, **ref)

    def small_ceremonies(self):
        s = self.statement(self.a, "drill", {"holder": "bob"})
        digest = self.ceremony(self.a, s, [self.holders["bob"].approve(s, 1, hmac_secret=True)])
        self.a.entry("drill.passed", statement=digest, holder="bob", token="bob-2")
        s = self.statement(self.a, "login", {"service": "sshd", "user": "root", "tty": "ssh", "rhost": "192.0.2.7"})
        digest = self.ceremony(self.a, s, [])
        self.a.entry("ceremony.refused", statement=digest, holder="carol", reason="nobody told me")
        self.a.entry("ceremony.denied", statement=digest, code="expired", text="too few approvals in time")

    def login(self):
        """A login by two keys and its session; knocks that nobody answered; a password that the host has proven."""
        begun = self.clock.tick()
        s = self.statement(self.a, "login", {"service": "sshd", "user": "root", "tty": "ssh", "rhost": "192.0.2.7"})
        digest = self.ceremony(self.a, s, [self.holders[n].approve(s) for n in ("bob", "carol")])
        granted = self.a.entry("login.granted", statement=digest, holders=["bob", "carol"])
        opened = self.a.entry("session.opened", login=granted, service="sshd", user="root", tty="ssh",
                              rhost="192.0.2.7", uid=0, audit=2 ** 32 - 1)
        self.a.entry("session.closed", opened=opened, ms=1717)
        self.a.entry("login.attempts", **{"from": begun}, to=self.clock.tick(), more=2, sources=[
            {"service": "sshd", "user": "root", "rhost": "192.0.2.8", "count": 3},
            {"service": "su", "user": "root", "rhost": "", "count": 1}])
        self.a.entry("rotation.confirmed", statement=None, record="web1-root", version=2, fields=["password"],
                     by="shadow")

    def confirm(self, name, version, fields, approve=("alice", "bob")):
        s = self.statement(self.a, "confirm", {"record": name, "version": version, "fields": fields})
        digest = self.ceremony(self.a, s, [self.holders[n].approve(s) for n in approve])
        self.a.entry("rotation.confirmed", statement=digest, record=name, version=version, fields=fields,
                     by="holders")

    def run(self):
        self.first_policy()
        aws = self.seal(self.a, "aws-prod", 1, "aws-root", AWS, "default")
        web = self.seal(self.a, "web1-root", 1, "linux-root", {"host": "web1"}, "nested")
        self.seal(self.b, "spare", 1, "generic", {"place": "second site"}, "default")
        self.unseal(web[0], "password", "value", ("alice", "carol"))
        self.second_policy()
        self.reseal([aws, web])
        self.seal(self.a, "web1-root", 2, "linux-root", {"host": "web1"}, "nested", candidate=True)
        self.login()
        self.confirm("web1-root", 2, ["password"])
        self.unseal(aws[0], "totp", "code", ("bob", "carol"))
        self.small_ceremonies()
        for host in self.hosts:
            self.files["log/%s.jsonl" % host.name] = host.data()
            self.files["log/%s.checkpoint" % host.name] = host.checkpoint()
        return self


def _put(path, data):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o600)


def _state(m, host, folder):
    p = m.policies[-1]
    pin = {"type": "twokey-pin-v1", "vault": m.vault, "serial": p["serial"], "hash": policies.policy_hash(p).hex()}
    seen = [dict(h.progress(), host=h.name) for h in m.hosts if h is not host]
    _put(folder + "/host.key", host.seed)
    _put(folder + "/pin.json", canon.write(pin))
    _put(folder + "/head.json", canon.write(dict(host.progress(), type="twokey-head-v1", pending=[])))
    _put(folder + "/written.json", canon.write({"type": "twokey-written-v1", "size": host.progress()["size"]}))
    _put(folder + "/seen.json", canon.write({"type": "twokey-seen-v1", "logs": seen}))


def make(folder):
    """DIR/store, DIR/state/<host>, DIR/hmac.json (outputs for the salt), DIR/drill.json, DIR/secrets.json."""
    m = Maker().run()
    for rel, data in m.files.items():
        _put(os.path.join(folder, "store", rel), data)
    _put(os.path.join(folder, "store/.lock"), b"")
    _state(m, m.a, os.path.join(folder, "state", m.a.name))
    tokens = [(h.name + "/" + t.label, t) for h in m.holders.values() for t in h.tokens]
    for filename, salt in (("hmac.json", crypto.SALT), ("drill.json", crypto.DRILL_SALT)):
        outputs = {k: t.hmac(salt).hex() for k, t in tokens}
        _put(os.path.join(folder, filename), json.dumps(outputs, indent=1).encode())
    plain = {"%s/%d" % k: {f: b64(x) for f, x in v.items()} for k, v in SECRETS.items()}
    _put(os.path.join(folder, "secrets.json"), json.dumps(plain, indent=1).encode())
    return m
