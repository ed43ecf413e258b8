# SPDX-License-Identifier: BSD-2-Clause
"""What a log's entries say, held against the documents and against each other: docs/formats.md sections 7 and 8."""

import canon
import docs
import policy as policies
from canon import Refused


class Ceremonies:
    def __init__(self, store):
        self.store = store
        self.begin()

    def begin(self):
        """What is known of one log: nothing of another counts in it."""
        self.statements, self.approvals, self.serial = {}, {}, 0
        self.sealed, self.granted, self.logins, self.sessions, self.loose = set(), set(), {}, set(), []
        self.attended, self.confirmed, self.vouched = set(), set(), set()

    def check(self):
        for log in self.store.logs.values():
            self.begin()
            for i, e in enumerate(log.entries):
                work = getattr(self, "on_" + e["type"].replace(".", "_"), None)
                self.store.attempt(self.common, e, log.where(i))
                if work is None:
                    if e["type"] not in ("log.started", "log.recovered", "login.attempts",
                                         "root.activity", "release.unused", "release.unwitnessed",
                                         "reminded"):
                        self.store.notes.append("%s: of unknown type %s" % (log.where(i), e["type"]))
                else:
                    self.store.attempt(work, e, log.where(i))
            if self.loose:
                self.store.notes.append("%s: the first of %d sessions that go back to no login"
                                        % (self.loose[0], len(self.loose)))

    def common(self, e, where):
        p = self.store.by_hash(e["policy"], where)
        if p["serial"] < self.serial:
            raise Refused("%s: policy %d was in force before" % (where, self.serial))
        self.serial = p["serial"]

    # Policies and documents

    def on_policy_accepted(self, e, where):
        p = self.store.by_hash(e["hash"], where)
        if p["serial"] != e["serial"]:
            raise Refused("%s: the policy of that hash is number %d" % (where, p["serial"]))

    def record(self, e, where):
        found = self.store.records.get((e["record"], e["version"]))
        if found is None:
            raise Refused("records/%s/%d.json: is named by %s, but missing or refused"
                          % (e["record"], e["version"], where))
        if "digest" in e and found[1].hex() != e["digest"]:
            raise Refused("%s: names another digest than records/%s/%d.json has"
                          % (where, e["record"], e["version"]))
        return found[0]

    def own(self, e, where):
        """What is a host's own to seal and to confirm is not another's."""
        if not self.store.counts(e):
            raise Refused("%s: %s version %d is the root password of another host, and not to be sealed or "
                          "confirmed by %s" % (where, e["record"], e["version"], e["host"]))

    def on_record_sealed(self, e, where):
        self.own(e, where)
        self.sealed.add((e["record"], e["version"]))
        r = self.record(e, where)
        for m in ("host", "kind", "quorum", "candidate"):
            if r[m] != e[m]:
                raise Refused("%s: %s is not the record's" % (where, m))
        told = {f["name"]: f["known_to"] for f in e["fields"]}
        if len(told) != len(e["fields"]) or told != {f: r["fields"][f]["known_to"] for f in r["fields"]}:
            raise Refused("%s: fields are not the record's" % where)
        self.shares(e, where, None)
        self.attend(e, where)

    def attend(self, e, where):
        """Holders attended, where somebody typed what is said to be known to nobody."""
        if e["attended"] is None:
            seed = any(f["name"] == "totp" and not f["known_to"] for f in e["fields"])
            if e["candidate"] and e["kind"] == "aws-root" and seed:
                raise Refused("%s: a seed that nobody knows, and no holders attended" % where)
            return
        s, _ = self.statement({"statement": e["attended"]}, where, "attend")
        if s["subject"] != {"record": e["record"], "version": e["version"], "fields": [f["name"] for f in e["fields"]]}:
            raise Refused("%s: holders attended something else" % where)
        if len(e["fields"]) != 1 or e["fields"][0]["known_to"]:
            raise Refused("%s: attended is one field that nobody knows" % where)
        if e["attended"] in self.attended:
            raise Refused("%s: holders attended another sealing" % where)
        self.attended.add(e["attended"])
        if canon.when(e["time"]) > canon.when(s["expires"]):
            raise Refused("%s: the statement had expired" % where)
        if s["policy"] != e["policy"]:
            raise Refused("%s: the statement is of another policy" % where)
        self.quorum(dict(e, statement=e["attended"]), set(self.approvals.get(e["attended"], {})), where)

    def shares(self, e, where, serial):
        """The shares document an entry names is there, unless later shares have replaced it."""
        mine = [(k, v) for k, v in self.store.shares.items() if k[:2] == (e["record"], e["version"])]
        for k, (s, own) in mine:
            if own.hex() == e["shares"]:
                if serial not in (None, k[2]):
                    raise Refused("%s: its shares are for policy %d" % (where, k[2]))
                if s["host"] != e["host"]:
                    raise Refused("%s: its shares are of host %s" % (where, s["host"]))
                return
        later = [x["shares"] for _, x in self.store.entries("shares.sealed")
                 if (x["record"], x["version"]) == (e["record"], e["version"])
                 and (serial is None or x["serial"] >= serial) and x["shares"] != e["shares"]]
        if any(own.hex() in later for _, (_, own) in mine):
            self.store.notes.append("%s: its shares are no longer in the store" % where)
            return
        raise Refused("%s: its shares are missing from records/%s" % (where, e["record"]))

    def on_shares_sealed(self, e, where):
        self.record(e, where)
        self.shares(e, where, e["serial"])
        statement, _ = self.statement(e, where, "reseal")
        subject = statement["subject"]
        if {"record": e["record"], "version": e["version"], "digest": e["digest"]} not in subject["records"]:
            raise Refused("%s: the statement does not name this record" % where)
        if self.store.by_hash(subject["policy"], where)["serial"] != e["serial"]:
            raise Refused("%s: the statement is for another policy" % where)
        self.quorum(e, set(self.approvals.get(e["statement"], {})), where)

    # Ceremonies

    def statement(self, e, where, *actions):
        if e["statement"] not in self.statements:
            raise Refused("%s: its statement was not requested before" % where)
        found = self.statements[e["statement"]]
        if actions and found[0]["action"] not in actions:
            raise Refused("%s: its statement is of action %s" % (where, found[0]["action"]))
        return found

    def on_ceremony_requested(self, e, where):
        s = e["statement"]
        if s["vault"] != self.store.vault:
            raise Refused("%s: the statement is of another vault" % where)
        if s["requester"]["host"] != e["host"]:
            raise Refused("%s: the statement is of host %s" % (where, s["requester"]["host"]))
        under = [self.store.newest if s["policy"] is None else self.store.by_hash(s["policy"], where)]
        docs.check_lifetime(s, (self.store.policies[0] if s["policy"] is None else under[0])["rules"], where)
        if s["action"] == "policy" and s["subject"]["hash"] in self.store.hashes:
            under.append(self.store.by_hash(s["subject"]["hash"], where))
        for d in s["deliver"]:
            if d["to"] != "requester" and d["to"] not in policies.holder_names(under[0]):
                raise Refused("%s: is to be delivered to %s, who is no holder" % (where, d["to"]))
        digest = docs.statement_hash(s).hex()
        if digest in self.statements:
            raise Refused("%s: the statement was requested before" % where)
        self.statements[digest] = s, under
        self.store.add_statement_head(where, s)
        if s["log"] is not None and s["log"]["size"] > e["seq"]:
            raise Refused("%s: the statement's log head is not before it" % where)
        if s["action"] == "unseal":
            self.asked(s, where)

    def asked(self, s, where):
        r = self.record(s["subject"], where)
        for d in s["deliver"]:
            for f in d["fields"]:
                if f["name"] not in r["fields"]:
                    raise Refused("%s: asks for field %s, which the record does not have" % (where, f["name"]))

    def on_ceremony_approved(self, e, where):
        _, under = self.statement(e, where)
        try:
            docs.check_approval(e["approval"], bytes.fromhex(e["statement"]), under)
        except Refused as why:
            raise Refused("%s: %s" % (where, why)) from None
        mine = self.approvals.setdefault(e["statement"], {})
        mine.setdefault(e["approval"]["holder"], set()).add(e["approval"]["token"])

    def on_ceremony_refused(self, e, where):
        self.statement(e, where)

    def on_ceremony_denied(self, e, where):
        self.statement(e, where)

    def quorum(self, e, holders, where):
        """Those holders approved, and satisfy the record's quorum in the policy that the statement names."""
        r, statement = self.record(e, where), self.statements[e["statement"]][0]
        missing = sorted(holders - set(self.approvals.get(e["statement"], {})))
        if missing:
            raise Refused("%s: there is no approval of %s before it" % (where, ", ".join(missing)))
        tree = self.store.by_hash(statement["policy"], where)["quorums"].get(r["quorum"])
        if tree is None or not policies.satisfied(tree, holders):
            raise Refused("%s: %s do not satisfy quorum %s"
                          % (where, ", ".join(sorted(holders)) or "no holders", r["quorum"]))

    def on_released(self, e, where):
        s, _ = self.statement(e, where, "unseal")
        if s["subject"] != {m: e[m] for m in ("record", "version", "digest")}:
            raise Refused("%s: the statement is about another record" % where)
        asked = [f for d in s["deliver"] for f in d["fields"]]
        for f in e["fields"]:
            if f not in asked:
                raise Refused("%s: field %s as %s was not asked for" % (where, f["name"], f["as"]))
        self.quorum(e, set(e["holders"]), where)
        known, version = any(f["as"] != "code" for f in e["fields"]), (e["record"], e["version"])
        if not known and e["due"] is not None or known and e["due"] is None and (
                not self.record(e, where)["candidate"] or version in self.confirmed):
            raise Refused("%s: due does not fit what was released" % where)
        if known and e["due"] is not None and self.record(e, where)["candidate"] and not any(
                (x["record"], x["version"]) == version and self.store.counts(x)
                for _, x in self.store.entries("rotation.confirmed")):
            raise Refused("%s: it is due, and nothing confirms the candidate" % where)

    # Logins

    def on_login_granted(self, e, where):
        self.logins[e["seq"]] = None
        s, _ = self.statement(e, where, "login")
        self.logins[e["seq"]] = s
        if e["statement"] in self.granted:
            raise Refused("%s: the login was granted before" % where)
        self.granted.add(e["statement"])
        if canon.when(e["time"]) > canon.when(s["expires"]):
            raise Refused("%s: the statement had expired" % where)
        approved = set(self.approvals.get(e["statement"], {}))
        missing = sorted(set(e["holders"]) - approved)
        if missing:
            raise Refused("%s: there is no approval of %s before it" % (where, ", ".join(missing)))
        p = self.store.by_hash(s["policy"], where)
        if not policies.satisfied(p["quorums"][p["rules"]["login"]], approved):
            raise Refused("%s: the approvals do not satisfy quorum %s" % (where, p["rules"]["login"]))

    def on_session_opened(self, e, where):
        self.sessions.add(e["seq"])
        if e["login"] is None:
            self.loose.append(where)
        elif e["login"] not in self.logins:
            raise Refused("%s: leaf %d is no login before it, or one that has its session" % (where, e["login"]))
        login = self.logins.pop(e["login"], None)
        if login is not None and not self.is_for(login, e):
            raise Refused("%s: leaf %d is a login by another service or user" % (where, e["login"]))

    @staticmethod
    def is_for(login, e):
        service, user = login["subject"]["service"], login["subject"]["user"]
        if service != e["service"]:
            return False
        cut = len(service.encode("utf-8")) > 40 or len(user.encode("utf-8")) > 80
        return user == e["user"] or cut or login["requester"]["via"] == "%s: %s" % (service, user)

    def on_session_closed(self, e, where):
        if e["opened"] not in self.sessions:
            raise Refused("%s: leaf %d is no session that is open" % (where, e["opened"]))
        self.sessions.remove(e["opened"])

    def on_drill_passed(self, e, where):
        s, _ = self.statement(e, where, "drill")
        if s["subject"]["holder"] not in (None, e["holder"]):
            raise Refused("%s: the drill was for %s" % (where, s["subject"]["holder"]))
        if e["token"] not in self.approvals.get(e["statement"], {}).get(e["holder"], ()):
            raise Refused("%s: there is no approval of %s with token %s before it"
                          % (where, e["holder"], e["token"]))

    def on_root_records(self, e, where):
        if e["vouched"]:
            self.vouched.update(e["ids"])

    def on_rotation_confirmed(self, e, where):
        self.own(e, where)
        self.confirmed.add((e["record"], e["version"]))
        r = self.record(e, where)
        for f in e["fields"]:
            if f not in r["fields"]:
                raise Refused("%s: the record has no field %s" % (where, f))
        if e["by"] == "shadow":
            if e["statement"] is not None or e["fields"] != ["password"] or r["kind"] != "linux-root":
                raise Refused("%s: no shadow file proves this" % where)
            if (e["record"], e["version"]) not in self.sealed:
                raise Refused("%s: this host has not sealed the version before" % where)
            return
        if e["statement"] is None:
            if e["by"] == "holders":
                raise Refused("%s: confirmed by holders, but without a statement" % where)
            if e["by"] not in self.vouched:
                raise Refused("%s: no record of that event, vouched for by AWS, stands before it" % where)
            return
        s, _ = self.statement(e, where, "confirm")
        if s["subject"] != {m: e[m] for m in ("record", "version", "fields")}:
            raise Refused("%s: the statement is about something else" % where)
        if e["by"] != "holders":
            raise Refused("%s: holders were asked, and it names another's word" % where)
        approved = set(self.approvals.get(e["statement"], {}))
        named = self.store.by_hash(s["policy"], where)["rules"]["confirm"]
        if not approved.issuperset(named):
            raise Refused("%s: somebody whom rules.confirm names did not confirm it" % where)
        self.quorum(e, approved, where)
