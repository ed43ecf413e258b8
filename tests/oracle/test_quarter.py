# SPDX-License-Identifier: BSD-2-Clause
"""A quarter of reminders: 300 accounts, 40 releases, and two hosts that run `remind`.

A third host's log is written here, from docs/formats.md: what is released, rotated, half rotated or forgotten, and
confirmed by touch or by CloudTrail, late and out of order.  As time goes by the two hosts find more of it in the
store, run the installed program with a clock of the test's, and are killed at some of their changes of files.  What
they tell is held against steps computed here, from the manual page twokey-remind(1) alone."""

import collections
import datetime
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
import unittest

import canon
import crypto
import make
from forge import Host

SLOW = os.environ.get("TK_SLOW") == "1"
ACCOUNTS, RELEASES, DAYS = 300, 40, 90
HOUR, DAY = 3600, 86400
ROTATE_HOURS, DRILL_DAYS = 96, 20
START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
PAIRS = [("alice", "bob"), ("bob", "carol"), ("alice", "carol")]


class Desk(make.Maker):
    """The log of the host where people work, up to now."""

    def __init__(self):
        super().__init__()
        self.clock.t = START
        # Keys made in the time of the story.
        self.holders = {n: make.Holder(n, ["es256"], self.clock) for n in ("alice", "bob", "carol")}
        self.a = Host("desk", self.clock)
        self.hosts = [self.a, Host("east", self.clock), Host("west", self.clock)]
        self.proven = {(h.name, t.label): self.ms() for h in self.holders.values() for t in h.tokens}
        self.first_policy()

    def ms(self):
        return round(self.clock.t.timestamp() * 1000)

    def seal_new(self, name, version):
        make.SECRETS[name, version] = {"password": b"a password"}
        account = dict(make.AWS, account="%012d" % int(name[-3:]))
        return self.seal(self.a, name, version, "aws-root", account, "default", candidate=version > 1,
                         known_to=())

    def release(self, name, version, who, candidate):
        asked = [{"name": "password", "as": "value"}]
        ref = self.reference(name, version)
        s = self.statement(self.a, "unseal", ref, [
            {"to": "requester", "key": canon.b64(crypto.x25519_public(os.urandom(32))), "fields": asked}])
        due = None if candidate else self.clock.text(ROTATE_HOURS * 60)
        digest = self.approved(s, who)
        self.a.entry("released", statement=digest, fields=asked, holders=list(who), due=due, **ref)
        return due

    def approved(self, statement, who):
        digest = self.ceremony(self.a, statement, [self.holders[n].approve(statement) for n in who])
        for n in who:
            self.proven[n, n + "-1"] = self.ms()
        return digest

    def confirm_touch(self, name, version, who):
        s = self.statement(self.a, "confirm", {"record": name, "version": version, "fields": ["password"]})
        self.a.entry("rotation.confirmed", statement=self.approved(s, who), record=name, version=version,
                     fields=["password"], by="holders")

    def confirm_trail(self, name, version, event):
        account = "%012d" % int(name[-3:])
        self.a.entry("root.records", account=account, gzip="", ids=[event], vouched=True, without=1)
        self.a.entry("rotation.confirmed", statement=None, record=name, version=version, fields=["password"], by=event)


def moments(due, since):
    """When a rotation is told of, in ms: soon, due, each day for a week, each week."""
    yield due - min(DAY * 1000, (due - since) // 2)
    for n in range(8):
        yield due + n * DAY * 1000
    for n in range(2, 60):
        yield due + n * 7 * DAY * 1000


class Model:
    """What is exposed, by what happened up to now, and what is to be told of it."""

    def __init__(self, desk):
        self.desk, self.told = desk, {}
        self.due = {}		# record -> [due, due as text, since]
        self.waits = {}		# record -> version that is sealed and not confirmed

    def released(self, name, due, since):
        at = round(datetime.datetime.strptime(due, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp() * 1000)
        if name not in self.due or at < self.due[name][0]:
            self.due[name] = [at, due, since]

    def confirmed(self, name):
        self.due.pop(name, None)
        self.waits.pop(name)

    def step(self, number, due, event, **what):
        e = dict({"holder": None, "record": None, "token": None}, due=due, event=event, step=number,
                 vault=self.desk.vault, **what)
        return crypto.H("twokey notice v1", canon.write(e)).hex()

    def run(self, now):
        for name, (due, text, since) in self.due.items():
            number = sum(m <= now for m in moments(due, since))
            if number:
                event = "due soon" if number == 1 else "overdue"
                ident = self.step(number, text, event, record=name)
                self.told.setdefault(ident, (event, name, number >= 4, "twokey rotate " + name +
                                             (" --confirm" if name in self.waits else "")))
        for (holder, token), proven in self.desk.proven.items():
            due = proven + DRILL_DAYS * DAY * 1000
            if now >= due:
                text = datetime.datetime.fromtimestamp(due / 1000, datetime.timezone.utc)
                text = text.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (due % 1000)
                ident = self.step(1 + (now - due) // (7 * DAY * 1000), text, "drill due", holder=holder, token=token)
                self.told.setdefault(ident, ("drill due", None, False,
                                             "twokey unseal RECORD, with this key among those that approve"))


def story(dice):
    """(seconds, what, record...) of the quarter: each release with its fate."""
    events = []
    names = ["acct-%03d" % n for n in dice.sample(range(ACCOUNTS), RELEASES - 5)]
    for i, name in enumerate(names + names[:5]):
        at = dice.randrange(DAY, (DAYS - 8) * DAY)
        events.append((at, "release", name))
        if i >= len(names):
            continue		# a second release of a record, at any time
        fate = ("touch", "trail", "half", "forgotten", "trail")[i % 5]
        if fate == "forgotten":
            continue
        at += dice.choice((2 * HOUR, 2 * DAY, 5 * DAY, 9 * DAY))
        events.append((at, "rotate", name))
        if fate != "half":
            # CloudTrail's word comes late, and of later changes sooner than of earlier ones.
            late = 10 * 60 if fate == "touch" else dice.choice((HOUR, 3 * DAY, 12 * DAY))
            events.append((at + late, fate, name))
    return sorted(e for e in events if e[0] < DAYS * DAY)


class Quarter(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.fates = collections.Counter()
        rules = dict(make.RULES, rotation_hours=dict(make.RULES["rotation_hours"], **{"aws-root": ROTATE_HOURS}),
                     drill_days=DRILL_DAYS)
        self.saved, make.RULES = make.RULES, rules
        self.desk = Desk()
        for n in range(ACCOUNTS):
            self.desk.seal_new("acct-%03d" % n, 1)
        self.model = Model(self.desk)
        self.versions = collections.defaultdict(lambda: 1)
        self.publish()
        for host in self.desk.hosts[1:]:
            self.host(host)

    def tearDown(self):
        make.RULES = self.saved

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def publish(self):
        """What the desk has so far, in the store; the log of another host is that one's own."""
        for rel, data in self.desk.files.items():
            if not os.path.exists(self.path("store", rel)):
                make._put(self.path("store", rel), data)
        for name, data in (("desk.jsonl", self.desk.a.data()), ("desk.checkpoint", self.desk.a.checkpoint())):
            make._put(self.path("store/log", name), data)

    def host(self, host):
        for name, data in ((".jsonl", host.data()), (".checkpoint", host.checkpoint())):
            make._put(self.path("store/log", host.name + name), data)
        make._put(self.path("store/.lock"), b"")
        make._state(self.desk, host, self.path("state-" + host.name))
        os.mkdir(self.path(host.name))
        take = self.path(host.name, "take")
        with open(take, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nexec cat >>'%s'\n" % self.path("got-" + host.name))
        os.chmod(take, 0o755)
        conf = {"store": self.path("store"), "state": self.path("state-" + host.name), "host": host.name, "notify": [
            {"channel": "program", "program": take, "events": "due-soon overdue drill-due"}]}
        make._put(self.path(host.name, "conf"), json.dumps(conf).encode())

    def remind(self, name, at, kill=0):
        """One run so many seconds behind the start; kill: at which of its changes of files."""
        when = START.timestamp() + at
        env = dict(os.environ, LD_PRELOAD="/usr/$LIB/faketime/libfaketime.so.1",
                   FAKETIME=time.strftime("@%Y-%m-%d %H:%M:%S", time.localtime(when)))
        trace = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
        trace += ["python3", os.path.join(os.environ["TK_TOP"], "tests/fault/trace.py"), "kill=%d" % kill,
                  self.path("points"), self.dir, "--"]
        done = subprocess.run((trace if kill else []) + [os.environ["TK_ROOT"] + "/bin/twokey", "remind", "--now", "--conf",
                                                         self.path(name, "conf")],
                              env=env, capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 137) if kill else (0,), done.stderr)
        self.kills += done.returncode == 137

    def happen(self, dice, at, what, name):
        desk, model = self.desk, self.model
        desk.clock.t = max(desk.clock.t, START + datetime.timedelta(seconds=at))
        # Carol is away from the third week on, and needs drills.
        who, version = dice.choice(PAIRS if at < 20 * DAY else PAIRS[:1]), self.versions[name]
        if what == "release":
            due = desk.release(name, version, who, False)
            model.released(name, due, desk.ms())
        elif what == "rotate":
            desk.seal_new(name, version + 1)
            desk.release(name, version + 1, who, True)
            model.waits[name] = version + 1
        else:
            if what == "touch":
                desk.confirm_touch(name, version + 1, who)
            else:
                desk.confirm_trail(name, version + 1, "event-%d" % at)
            self.versions[name] += 1
            model.confirmed(name)
        self.fates[what] += 1

    def told(self):
        for name in ("east", "west"):
            if os.path.exists(self.path("got-" + name)):
                with open(self.path("got-" + name), encoding="utf-8") as f:
                    yield from map(json.loads, f)

    def test_all_steps_are_told_by_one_host_and_none_twice(self):
        dice = random.Random(20260105)
        events = story(dice)
        self.kills, point = 0, 1
        runs = [n * DAY // 2 + dice.randrange(DAY // 2) for n in range(2, 2 * DAYS, 1 if SLOW else 4)]
        for host in "east", "west":
            self.remind(host, HOUR)
        for i, at in enumerate(runs):
            while events and events[0][0] <= at:
                self.happen(dice, *events.pop(0))
            self.publish()
            at = max(at, int(self.desk.clock.t.timestamp() - START.timestamp()) + 5)
            first, second = ("east", "west") if i % 2 else ("west", "east")
            if SLOW or i % 2:
                for host in first, second:
                    self.remind(host, at, point)
                    point = point % 60 + 7
            self.remind(second, at)
            self.remind(first, at)
            # A step begins and ends at no moment that the run itself lasts over.
            self.model.run(round((START.timestamp() + at) * 1000))
        self.hold()

    def hold(self):
        got, by = list(self.told()), collections.defaultdict(set)
        self.assertEqual({d["id"] for d in got} ^ set(self.model.told), set())
        for d in got:
            by[d["id"]].add(d["host"])
            self.assertEqual((d["event"], d["record"], d["escalated"], d["command"]), self.model.told[d["id"]])
        self.assertEqual([i for i, hosts in by.items() if len(hosts) > 1], [])
        # A program that was given a message when the kill came is given it once more, and told so.
        tries = [(d["id"], d["try"]) for d in got]
        self.assertEqual(len(tries), len(set(tries)))
        self.assertLess(sum(t > 1 for _, t in tries), self.kills)
        # It was a quarter as is meant: of each kind some, by each host, with kills.
        self.assertEqual(self.fates["release"], RELEASES)
        for kind in "rotate", "touch", "trail":
            self.assertGreater(self.fates[kind], 5)
        kinds = collections.Counter(e for e, *_ in self.model.told.values())
        print("# told:", dict(kinds), "escalated:", sum(x[2] for x in self.model.told.values()), "kills:", self.kills,
              "twice in the program's hands:", sum(t > 1 for _, t in tries), flush=True)
        for kind in "due soon", "overdue", "drill due":
            self.assertGreater(kinds[kind], 5)
        self.assertGreater(self.kills, 10)
        self.assertEqual({h for hosts in by.values() for h in hosts}, {"east", "west"})
        done = subprocess.run([os.environ["TK_ROOT"] + "/bin/twokey", "log", "verify", "--conf", self.path("east/conf")],
                              capture_output=True, text=True, check=False)
        self.assertIn("everything holds", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
