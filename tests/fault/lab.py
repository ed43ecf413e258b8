# SPDX-License-Identifier: BSD-2-Clause
"""A vault in a folder, commands on it with faults, and what must hold after them."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from told import Bad, Tap

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVE = os.path.join(HERE, "..", "lib", "drive.py")
TRACE = os.path.join(HERE, "trace.py")
PEOPLE = ["alice", "bob", "carol"]
HOST, SECOND = "bastion1", "bastion2"
VALUES = {"one": "the-first-value", "two": "the-second-value", "after": "a-later-value"}
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
IMPORT = [f"acct-{i}" for i in range(5)]    # ten documents: enough for the one sync of all


def need(good, why):
    if not good:
        raise Bad(why)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data, mode=0o600):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


class Done:
    def __init__(self, rc, out, points):
        self.rc, self.out, self.points = rc, out, points


class Place:
    """One folder with store, state, keys and configuration."""

    def __init__(self, lab, folder, vault=None, host=HOST):
        self.lab, self.folder, self.host = lab, folder, host
        self.vault = vault or folder
        self.conf = f"{folder}/{host}.conf"
        self.store, self.state = self.vault + "/vault", self.vault + "/state"

    def configure(self):
        conf = {"store": self.store, "state": self.state, "host": self.host}
        write(self.conf, json.dumps(conf).encode())

    def run(self, args, keys=(), trace=None, answers=()):
        """twokey ARGS, with these people's keys; trace: a mode of trace.py;
        answers: more rules of drive.py."""
        report = self.folder + "/points"
        argv = [self.lab.twokey, *args, "--conf", self.conf]
        if "--" in args:    # what stands behind it is a program's
            i = args.index("--")
            argv = [self.lab.twokey, *args[:i], "--conf", self.conf, *args[i:]]
        if trace:
            argv = [sys.executable, TRACE, trace, report, self.vault, "--", *argv]
        if keys:
            answers = [*answers, f"MFA seed.*: ={SEED}", *[f"PIN for {p}'s=1111-{p}" for p in keys]]
            rules = [w for a in answers for w in ("-a", a)]
            argv = [sys.executable, DRIVE, "-t", "60", *rules, "--", *argv]
            argv = [self.lab.softkey, "plug", *[p + ".key" for p in keys], "--", *argv]
        done = subprocess.run(argv, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        points = [json.loads(line) for line in read(report).splitlines()] if trace else []
        return Done(done.returncode, done.stdout.decode(errors="replace"), points)

    def good(self, args, keys=(), want=0):
        done = self.run(args, keys)
        need(done.rc == want, f"`twokey {' '.join(args)}` ended with {done.rc}:\n{done.out}")
        return done.out

    def seal(self, name):
        return self.good(seal_args(name))

    def opens(self, name):
        """Two people open a record and find what was sealed."""
        out = self.good(unseal_args(name), ["alice", "bob"])
        need(self.value(name) in out, f"unseal {name} gave another value:\n{out}")
        return out

    def confirmed(self):
        return any(e["type"] == "rotation.confirmed" for e in self.entries())

    def shown(self):
        """What a rotation's program was given; None: nothing yet."""
        got = self.folder + ".got"
        return read(got).decode() if os.path.exists(got) else None

    def value(self, name):
        """What a record opens to when no version is named."""
        return self.shown() if name == "one" and self.confirmed() else VALUES.get(name, name)

    def log(self):
        path = f"{self.store}/log/{self.host}.jsonl"
        return read(path) if os.path.exists(path) else b""

    def entries(self):
        # Behind the last line's end may stand what a power cut left of another.
        return [json.loads(line) for line in self.log().split(b"\n")[:-1]]

    def documents(self):
        """path -> bytes of all policies, records and shares in place."""
        out = {}
        for top in ("policies", "records"):
            for folder, _, files in os.walk(f"{self.store}/{top}"):
                for name in files:
                    path = f"{folder}/{name}"
                    out[os.path.relpath(path, self.store)] = read(path)
        return out

    def litter(self):
        """Left-over files, and what is staged still."""
        out = []
        for top in (self.store, self.state):
            for folder, _, files in os.walk(top):
                out += [os.path.relpath(f"{folder}/{f}", self.vault) for f in files
                        if f.startswith(".tmp-") or folder.endswith("/.new")]
        return out

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        if os.path.exists(self.folder + ".got"):
            os.unlink(self.folder + ".got")
        if self.vault != self.folder:
            shutil.rmtree(self.vault, ignore_errors=True)


def seal_args(name):
    return ["seal", name, "--kind", "generic", "--field", f"key=@{name}.value"]


def unseal_args(name):
    return ["unseal", name, "--reason", "a test", "--show", "--force-stdout"]


INIT = ["init", "acme", "--quorum", "2 of (alice, bob, carol)"] + \
    [w for p in PEOPLE for w in ("--holder", p + ".bundle")]


COMMANDS = {
    "host": (["host", "add"], ["alice", "bob"]),
    "init": (INIT, PEOPLE),
    "seal": (seal_args("two"), ()),
    "next": ([*seal_args("one"), "--next"], ()),
    "import": (["seal", "--import", "accounts.csv"], ()),
    "unseal": (unseal_args("one"), ["alice", "bob"]),
    "rotate": (["rotate", "one", "--exec", "--", "sh", "-c", 'cat <&3 >"../${PWD##*/}.got"'],
               ["alice", "bob"]),
    "mfa": (["rotate", "root", "--mfa", "--no-code-check", "--show", "--force-stdout"], ["alice", "bob"]),
}

# What sets up may have been cut short, and is asked for again: what it says
# when it is done, and when it was done before.
SET_UP = {"init": ("is set up;", "is set up for vault"),
          "host": ("This machine is host", "of the vault already")}


class Lab:
    def __init__(self, root, build, work):
        self.twokey = root + "/bin/twokey"
        self.softkey = build + "/tools/softkey/softkey"
        self.work, self.serial, self.lock = work, 0, threading.Lock()
        os.umask(0o022)
        self.bare = self.make_bare()
        self.full = self.copy(self.bare)
        self.full.good(INIT, PEOPLE)
        self.full.seal("one")
        self.second = self.make_second()

    def make_bare(self):
        """People with keys and bundles; no vault."""
        p = Place(self, self.work + "/bare")
        os.mkdir(p.folder, 0o700)
        p.configure()
        for name, value in VALUES.items():
            write(f"{p.folder}/{name}.value", value.encode())
        rows = "".join(f"{n},{i:012d},{n}@example.com,{n}\n" for i, n in enumerate(IMPORT))
        write(p.folder + "/accounts.csv", ("name,account,email,password\n" + rows).encode())
        for name in PEOPLE:
            subprocess.run([self.softkey, "new", name + ".key", "--pin", "1111-" + name],
                           cwd=p.folder, check=True, stdout=subprocess.DEVNULL)
            p.good(["enroll", name], [name])
        return p

    def make_second(self):
        """The vault, and a machine that is to be its second host; what the first
        one keeps for itself is in `first`."""
        p = self.copy(self.full)
        os.rename(p.state, p.folder + "/first")
        pin = json.loads(read(p.folder + "/first/pin.json"))
        COMMANDS["host"] = (["host", "add", "--vault", pin["vault"]], COMMANDS["host"][1])
        p.host = SECOND
        return p

    def place(self, command):
        """What a command begins with."""
        return self.rooted() if command == "mfa" else {"init": self.bare, "host": self.second}.get(command, self.full)

    def rooted(self):
        """The vault with an account's root user in it."""
        p = self.copy(self.full)
        write(p.folder + "/root.value", b"root")
        write(p.folder + "/root.seed", SEED[::-1].replace("1", "2").encode())
        p.good(["seal", "root", "--account", "111122223333", "--email", "root@example.com", "--field",
                "password=@root.value", "--field", "totp=@root.seed", "--no-code-check"])
        return p

    def copy(self, place, vault=None):
        """A copy of a place; vault: where store and state go instead."""
        with self.lock:
            self.serial += 1
            folder = f"{self.work}/{self.serial}"
        p = Place(self, folder, vault, place.host)
        subprocess.run(["cp", "-a", place.folder, folder], check=True)
        if vault:
            for name in ("vault", "state"):
                if os.path.exists(f"{folder}/{name}"):
                    subprocess.run(["cp", "-a", f"{folder}/{name}", vault], check=True)
                    shutil.rmtree(f"{folder}/{name}")
        p.configure()
        return p


def plant(p):
    """What others may leave among the staged documents: none of it may be taken."""
    for kind in ("1.json", "1.shares.1.json"):
        text = read(f"{p.store}/records/one/{kind}").replace(b'"one"', b'"evil"')
        write(f"{p.store}/.new/{p.host}_records_evil_{kind}", text, 0o644)
    write(f"{p.store}/log/.tmp-foreign", b"x")


def sealed_names(p):
    return {(e["record"], e["version"]) for e in p.entries() if e["type"] == "record.sealed"}


def attended(p):
    """The seed's candidate is sealed, known to nobody, and its entry names the holders' ceremony."""
    entries = p.entries()
    sealed = [e for e in entries if e["type"] == "record.sealed" and (e["record"], e["version"]) == ("root", 2)]
    for e in sealed:
        before = [x for x in entries[:e["seq"]] if x.get("statement") == e["attended"]]
        need(e["fields"] == [{"known_to": [], "name": "totp"}], "the seed is known to somebody")
        need([x["type"] for x in before] == 2 * ["ceremony.approved"], "it was not attended before it was sealed")
    return bool(sealed)


def told(p, out):
    """What a command has said to be done must be so, whatever came then."""
    types = [e["type"] for e in p.entries()]
    holders = [e["approval"]["holder"] for e in p.entries() if e["type"] == "ceremony.approved"]
    for name, version in re.findall(r"Sealed ([a-z0-9-]+), version (\d+)", out):
        need((name, int(version)) in sealed_names(p), f"{name} was said to be sealed")
    for count in re.findall(r"Sealed (\d+) records", out):
        need(len(sealed_names(p) & {(n, 1) for n in IMPORT}) == int(count), "records said sealed")
    for name in re.findall(r"(\w+) approved at", out):
        need(name in holders or "Each holder signs" in out, f"{name} was said to have approved")
    if re.search(r"^\s+recorded as entry", out, re.M) or VALUES["one"] in out:
        need("released" in types, "a value came out, and no entry says so")
    if "Sealed the new totp" in out:
        need(attended(p), "a seed was said to be sealed, and no entry says so")
    if re.search(r"^[0-9]{6}\r?$", out, re.M):
        need(attended(p) and "released" in types, "a code came out, and no entry says so")
    if "Confirmed, recorded" in out:
        need(p.confirmed(), "a rotation was said to be confirmed")
    if p.shown() is not None:
        need(("one", 2) in sealed_names(p) and "released" in types, "what is not sealed was shown")
    if any(done in out for done, _ in SET_UP.values()):
        need("policy.accepted" in types, "the vault or the host was said to be set up")


def again(p, command, out):
    """What sets up is run again after a fault; out: what it had said by then."""
    if command in SET_UP:
        done, before = SET_UP[command]
        then = p.run(*COMMANDS[command])
        if "begin again: the newer policy" in then.out:     # it was staged still
            then = p.run(*COMMANDS[command])
        need(then.rc == 0 or before in then.out, then.out)
        need(then.rc != 0 or done not in out, f"{command} was done twice")
    if command == "init" and ("one", 1) not in sealed_names(p):
        p.seal("one")


def kept(p, log, documents):
    """Nothing that stood there before is lost or changed."""
    need(p.log().startswith(log), "the log does not begin with what it was before")
    now = p.documents()
    for path, data in documents.items():
        need(now.get(path) == data, f"{path} is lost or changed")


def settled(p, torn=False):
    """After a writing command: no litter, and documents only that the log names."""
    need(not p.litter(), f"left over: {p.litter()}")
    named, sealed = {"policies/1.json"}, sealed_names(p)
    serial = 1
    if p.host == SECOND:
        serial = 2
        named |= {"policies/2.json", "records/one/1.json", "records/one/1.shares.1.json"}
    for name, version in sealed:
        named |= {f"records/{name}/{version}.json", f"records/{name}/{version}.shares.{serial}.json"}
    have = set(p.documents())
    need(have == named, f"not in the log: {have - named}; missing: {named - have}")
    types = [e["type"] for e in p.entries()]
    need(torn or "log.recovered" not in types, "whole writes were reported as torn")
    first = [t for t in types if not torn or t != "log.recovered"][:2]
    need(first[0] == "log.started" and (first[1] == "policy.accepted" or p.host == SECOND),
         f"the log begins with {types[:3]}")
    need(types.count("policy.accepted") == 1, "the policy was accepted twice")
    for folder, folders, files in os.walk(p.store):
        for name in folders:
            mode = os.stat(f"{folder}/{name}").st_mode & 0o7777
            need(mode == 0o755, f"{folder}/{name} has mode {mode:04o}")
        for name in files:
            mode = os.stat(f"{folder}/{name}").st_mode & 0o7777
            want = 0o600 if name.startswith(".") else 0o644
            need(mode == want, f"{folder}/{name} has mode {mode:04o}")


# Which command comes next after a fault: by turns, each must work as the first one.
NEXT = ["seal", "unseal", "show", "verify", "status"]


def next_command(p, turn):
    word = NEXT[turn % len(NEXT)]
    if word == "seal":
        p.seal("after")
    elif word == "unseal":
        p.opens("one")
    elif word == "show":
        p.good(["log", "show"])
    elif word == "verify":
        p.good(["log", "verify"])
    else:
        # What somebody typed is due, until its rotation is confirmed.
        p.good(["status"], want=0 if p.confirmed() and ("after", 1) not in sealed_names(p) else 7)


def afterwards(p, turn, torn=False):
    """The next commands work, and all is whole after them."""
    next_command(p, turn)
    if ("after", 1) not in sealed_names(p):
        p.seal("after")
    settled(p, torn)
    sealed = sorted(n for n, _ in sealed_names(p) if n not in ("after", "one"))
    p.opens(sealed[turn % len(sealed)] if sealed and turn % 2 else "one")
    settled(p, torn)
    if p.host == SECOND:
        first_host(p).opens("one")
    out = p.good(["log", "verify"])
    need("everything holds" in out, out)


def first_host(p):
    """The host that p joins, in the same store; it can open all the time."""
    first = Place(p.lab, p.folder)
    first.state = p.folder + "/first"
    first.configure()
    return first


def point_name(point):
    path = re.sub(r"-[0-9a-f]{16}$", "", point["paths"][-1]) if point["paths"] else ""
    return f"{point['n']} {point['call']} {path}".strip()


def lab_from_environment():
    work = tempfile.mkdtemp(prefix=os.path.basename(sys.argv[0]) + ".", dir=os.environ["TK_WORK"])
    return Lab(os.environ["TK_ROOT"], os.environ["TK_BUILD"], work), Tap()


JOBS = int(os.environ.get("TK_JOBS", "2"))
