# SPDX-License-Identifier: BSD-2-Clause
"""Secrets stay where they belong: a whole story, with everything it leaves
behind searched for everything that is secret in it.  Prints TAP."""
import base64
import fcntl
import glob
import hashlib
import hmac
import json
import os
import re
import secrets as random
import signal
import socket
import string
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "oracle"), os.path.join(HERE, "..", "fault"), HERE]

import lab                      # noqa: E402
import memory                   # noqa: E402
import crypto                   # noqa: E402 of the oracle
import docs                     # noqa: E402 of the oracle
import policy as policies       # noqa: E402
import record as records        # noqa: E402

PEOPLE = ["alice", "bob"]
WINDOW = 8


def b32(data):
    return base64.b32encode(data).decode()


def letters(n):
    return "".join(random.choice(string.ascii_letters) for _ in range(n))


class Needles:
    """Byte strings that betray a secret, each with the secret's name."""

    def __init__(self):
        self.of = {}

    def add(self, name, data):
        text = data if isinstance(data, str) else None
        data = text.encode() if text is not None else data
        self.cut(name, data, WINDOW)
        self.cut(name + " in hex", data.hex().encode(), 2 * WINDOW)
        self.cut(name + " in HEX", data.hex().upper().encode(), 2 * WINDOW)
        for skip in range(3):
            self.cut(name + " in base64", base64.b64encode(bytes(skip) + data)[4 if skip else 0:-4],
                     2 * WINDOW)

    def cut(self, name, data, size):
        """Each run of twice `size` holds one of these whole."""
        for at in range(0, max(1, len(data) - size + 1), size):
            self.of.setdefault(data[at:at + size], name)

    def found(self, data):
        """(name, offset) of all that is there."""
        out = []
        for needle, name in self.of.items():
            at = data.find(needle)
            while at >= 0:
                out.append((name, at))
                at = data.find(needle, at + 1)
        return sorted(set(out))


class Story:
    def __init__(self, root, build, work):
        self.root, self.build, self.work = root, build, work
        self.twokey, self.softkey = root + "/bin/twokey", build + "/tools/softkey/softkey"
        self.dumps = work + "/dumps"
        os.mkdir(self.dumps)
        self.place = work + "/place"
        os.mkdir(self.place, 0o700)
        os.chdir(self.place)
        self.pins = {p: letters(20) for p in PEOPLE}
        self.password, self.note = letters(40), letters(40)
        self.seed = random.token_bytes(20)
        self.many = {f"bulk-{i}": (letters(40), random.token_bytes(20)) for i in range(2)}
        lab.write("twokey.conf", json.dumps({"store": self.place + "/vault", "host": "bastion1",
                                             "state": self.place + "/state"}).encode())
        self.out = {}       # word -> what the terminal and standard output got

    def code(self, step):
        mac = hmac.new(self.seed, step.to_bytes(8, "big"), hashlib.sha1).digest()
        at = mac[-1] & 15
        return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 10**8:08d}"

    def run(self, word, *args, keys=(), answers=(), want=0):
        rules = [*answers, *[f"PIN for {p}'s=" + self.pins[p] for p in PEOPLE]]
        argv = [self.twokey, *args]
        at = argv.index("--") if "--" in argv else len(argv)
        argv[at:at] = ["--conf", self.place + "/twokey.conf"]
        argv = [sys.executable, HERE + "/dump.py", self.dumps, word, "--", *argv]
        argv = [sys.executable, lab.DRIVE, "-t", "60", *[w for a in rules for w in ("-a", a)],
                "--", *argv]
        if keys:
            argv = [self.softkey, "plug", *[k + ".key" for k in keys], "--", *argv]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, env=dict(os.environ, TERM="xterm"))
        out = done.stdout.decode(errors="replace")
        lab.need(done.returncode == want, f"{word}: status {done.returncode}\n{out}")
        self.out[word] = out

    def tell(self):
        look = f"{sys.executable} {os.path.abspath(__file__)} look {self.dumps}"
        for p in PEOPLE:
            subprocess.run([self.softkey, "new", p + ".key", "--pin", self.pins[p]], check=True,
                           stdout=subprocess.DEVNULL)
            self.run("enroll-" + p, "enroll", p, keys=[p])
        self.run("init", "init", "acme", "--holder", "alice.bundle", "--holder", "bob.bundle",
                 keys=PEOPLE)
        self.began = int(time.time())
        step = int(time.time()) // 30
        lab.write(self.work + "/codes", f"{self.code(step)}\n{self.code(step + 1)}\n".encode())
        self.run("seal", "seal", "prod", "--account", "111122223333", "--email", "root@example.com",
                 "--codes", "@" + self.work + "/codes",
                 answers=["root password=" + self.password, "once more=" + self.password,
                          "MFA seed=!" + look + " typed",
                          # Eight digits: six turn up in any memory by themselves.
                          f"otpauth://=otpauth://totp/x?secret\\x3d{b32(self.seed)}&digits\\x3d8"])
        lab.write(self.work + "/note", self.note.encode())
        self.run("seal-file", "seal", "note", "--kind", "generic",
                 "--field", "note=@" + self.work + "/note")
        self.run("seal-new", "seal", "new", "--account", "111122223334", "--email", "root@example.com",
                 "--new", "--no-totp")
        lab.write(self.work + "/many.csv", "".join(
            ["name,account,email,password,totp\n"] +
            [f"{name},11112222444{i},root@example.com,{password},{b32(seed)}\n"
             for i, (name, (password, seed)) in enumerate(self.many.items())]).encode())
        self.run("seal-import", "seal", "--import", self.work + "/many.csv")
        self.run("code", "unseal", "prod", "--reason", "code", "--field", "totp", keys=PEOPLE,
                 answers=["sign in at=!" + look + " shown", "Press Enter="])
        self.run("new", "unseal", "new", "--reason", "new", "--show", "--force-stdout", "--json",
                 keys=PEOPLE)
        self.new = json.loads(re.search('{"password":.*}', self.out["new"]).group())["password"]
        self.run("screen", "unseal", "prod", "--reason", "look", "--field", "password", "--field",
                 "totp=seed", keys=PEOPLE,
                 answers=["alice approved=!" + look + " between", "Press Enter="])
        self.run("stdout", "unseal", "prod", "--reason", "data", "--show", "--force-stdout",
                 "--json", keys=PEOPLE)
        self.run("exec", "unseal", "note", "--reason", "program", "--exec", "--", "/bin/sh", "-c",
                 "cat <&$TWOKEY_FD_NOTE >/dev/null; sleep 0.2; " + look + " given", keys=PEOPLE)
        self.run("clip", "unseal", "note", "--reason", "clip", "--clip", "--seconds", "5",
                 keys=PEOPLE, answers=["Enter="])
        self.run("touch", "unseal", "note", "--reason", "touch", "--show", "--force-stdout",
                 keys=PEOPLE, answers=["Touch the key now=!" + look + " held"])
        self.run("wrong", "unseal", "note", "--reason", "wrong", "--timeout", "5", keys=["alice"],
                 answers=["PIN for alice's=" + letters(12) + "||" + self.pins["alice"]], want=4)
        for word, want in (("show", 0), ("verify", 0)):
            self.run("log-" + word, "log", word, want=want)
        self.run("status", "status", want=7)

    def output(self, person, token, salt):
        """The hmac-secret output of a person's key, as libfido2's own tool gets it."""
        lab.write("ask", "\n".join([base64.b64encode(bytes(32)).decode(), "twokey:",
                                    token["credential"], base64.b64encode(salt).decode(), ""]).encode())
        argv = [self.softkey, "plug", person + ".key", "--", "sh", "-c",
                'exec "$0" "$@" "$(fido2-token -L | sed "s/: .*//")"',
                sys.executable, lab.DRIVE, "-t", "20", "-a", "PIN=" + self.pins[person], "--",
                "fido2-assert", "-G", "-h", "-v", "-i", "ask", "-o", "answer"]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        lines = lab.read("answer").decode().split("\n")
        for name in ("ask", "answer"):
            os.unlink(name)
        return base64.b64decode(lines[4])

    def needles(self):
        """Everything that is secret in this story."""
        n = Needles()
        for p in PEOPLE:
            n.add(p + "'s PIN", self.pins[p])
        n.add("the password", self.password)
        n.add("the note", self.note)
        n.add("the seed", self.seed)
        n.add("the seed in base32", b32(self.seed))
        n.add("the host key", lab.read("state/host.key"))
        policy = json.loads(lab.read("vault/policies/1.json"))
        seeds = {}
        for bundle in policy["holders"]:
            token = bundle["tokens"][0]
            output = self.output(bundle["name"], token, crypto.SALT)
            drill = self.output(bundle["name"], token, crypto.DRILL_SALT)
            lab.need(crypto.H("twokey drill v1", drill) == base64.b64decode(token["drill"]),
                     "this is not what the drill salt gives")
            n.add(bundle["name"] + "'s hmac-secret output for drills", drill)
            seeds[bundle["name"]] = docs.unwrap(bundle, token, output)
            n.add(bundle["name"] + "'s hmac-secret output", output)
            n.add(bundle["name"] + "'s wrapping key", docs.wrap_key(output, token))
            n.add(bundle["name"] + "'s identity", seeds[bundle["name"]])
        n.add("the new password", self.new)
        for name, (password, seed) in self.many.items():
            n.add(f"the password of {name}", password)
            n.add(f"the seed of {name}", seed)
            n.add(f"the seed of {name} in base32", b32(seed))
        for step in range(self.began // 30 - 1, int(time.time()) // 30 + 2):
            n.cut("a code", self.code(step).encode(), WINDOW)
            n.cut("a code in hex", self.code(step).encode().hex().encode(), 2 * WINDOW)
        for name in ("prod", "note", "new", *self.many):
            self.record(n, policy, name, seeds)
        return n

    def record(self, n, policy, name, seeds):
        rec = json.loads(lab.read(f"vault/records/{name}/1.json"))
        shares = json.loads(lab.read(f"vault/records/{name}/1.shares.1.json"))
        for field in rec["fields"]:
            parts = {h: records.open_share(rec, shares, field, h, seeds[h]) for h in seeds}
            for h, share in parts.items():
                n.add(f"{h}'s share of {name} {field}", share)
            whole = policies.join(policy["quorums"]["default"], parts)
            n.add(f"the secret of {name} {field}", whole)
            context = records.field_context(records.header(rec), field)
            n.add(f"the key of {name} {field}", records._field_keys(whole, context)[0])


def look(folder, word):
    """Run while a command waits: keeps all processes of twokey that are there."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            exe = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            tracer = memory.text(f"/proc/{pid}/status").split("TracerPid:")[1].split()[0]
            line = memory.text(f"/proc/{tracer}/cmdline") if tracer != "0" else ""
        except OSError:
            continue
        if exe.startswith("twokey") and folder in line:
            path = f"{folder}/{word}-{exe}-{pid}"
            if not os.path.exists(path + ".json"):
                memory.keep(int(pid), path)


class Search:
    def __init__(self, story):
        self.story, self.needles = story, story.needles()
        self.kept = [memory.Kept(p) for p in sorted(glob.glob(story.dumps + "/*.json"))]

    def memory_is_clean(self, kept, needed=()):
        """Holds nothing secret, but what is still needed, in the locked pool."""
        found = []
        for name, at in self.needles.found(kept.mem):
            s = kept.segment(at)
            if name in needed and {"lo", "dd", "wf"} <= set(s[5]):
                continue
            where = f"{s[4] or 'anonymous'} {s[2] + at - s[0]:#x}"
            found.append(f"{name} at {where}: {kept.mem[max(0, at - 32):at + 48]!r}")
        lab.need(not found, "\n".join(found))

    def memory_while_held(self, word, secret):
        """What is held lies in the locked pool alone; this secret is."""
        found, bad = False, []
        for kept in self.kept:
            if not kept.name.startswith(word + "-"):
                continue
            for name, at in self.needles.found(kept.mem):
                s = kept.segment(at)
                found = found or name == secret
                if not {"lo", "dd", "wf"} <= set(s[5]):
                    bad.append(f"{kept.name}: {name} in {s[4] or 'anonymous'} "
                               f"{s[2] + at - s[0]:#x}, {s[5]}: "
                               f"{kept.mem[max(0, at - 32):at + 48]!r}")
        lab.need(not bad, "\n".join(bad))
        lab.need(found, f"{secret} was not held: this looked at the wrong moment")

    def memory_without(self, word):
        """Nothing is held any more, long before the end, but the host's key."""
        kept = [k for k in self.kept if k.name.startswith(word + "-")]
        lab.need(kept, "nobody looked")
        for k in kept:
            self.memory_is_clean(k, ["the host key"])

    def hardened(self, kept):
        core = [w for w in kept.about["limits"].split("\n") if "core file" in w][0].split()
        lab.need(core[4:6] == ["0", "0"], f"core dumps may be {core}")
        locked = int(kept.about["status"].split("VmLck:")[1].split()[0])
        lab.need(locked > 0, "no memory is locked")
        pool = [s for s in kept.about["segments"] if {"lo", "dd", "wf"} <= set(s[5])]
        lab.need(pool or "-token" in kept.name, "there is no pool")

    def words(self, kept):
        text = (kept.about["cmdline"] + kept.about["environ"]).encode()
        lab.need(not self.needles.found(text), str(self.needles.found(text)))

    def disk(self):
        bad = []
        for folder, _, files in os.walk(self.story.place):
            if ".key" in folder:    # the softkeys
                continue
            for name in files:
                path = f"{folder}/{name}"
                data = lab.read(path)
                bad += [f"{path}: {n}" for n, _ in self.needles.found(data)
                        if not (n.startswith("the host key") and path.endswith("host.key"))]
        lab.need(not bad, "\n".join(bad))

    def terminal(self):
        given = {"screen": ("the password", "the seed"), "stdout": ("the password", "a code"),
                 "code": ("a code",), "new": ("the new password",), "clip": ("the note",),
                 "touch": ("the note",)}
        for word, out in self.story.out.items():
            bad = [n for n, _ in self.needles.found(out.encode())
                   if not n.startswith(given.get(word, ("nothing",)))]
            lab.need(not bad, f"{word}: {bad}")
        for word, names in given.items():
            for name in names:
                found = [n for n, _ in self.needles.found(self.story.out[word].encode())]
                lab.need(any(n.startswith(name) for n in found), f"{word} did not give {name}")


def owner_when_nobody(program, helper):
    """Whose /proc says the process is, run by user 65534: root's when it can't
    be dumped, and so can't be traced or read by others of that user."""
    out, full = os.pipe()
    fcntl.fcntl(full, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(full, False)
    try:
        while True:
            os.write(full, b"x" * 512)      # so that whoever writes waits
    except BlockingIOError:
        os.set_blocking(full, True)
    ours, theirs = socket.socketpair()
    binary = os.open(program, os.O_RDONLY)
    pid = os.fork()
    if pid == 0:
        os.dup2(theirs.fileno() if helper else full, 3 if helper else 1)
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        os.execve(binary, [program, "help"], {"PATH": "/usr/bin"})
    try:
        time.sleep(0.7)
        return os.stat(f"/proc/{pid}/environ").st_uid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for fd in (out, full, binary):
            os.close(fd)
        ours.close()
        theirs.close()


def dumpable(root):
    lab.need(owner_when_nobody("/bin/yes", False) == 65534, "this cannot tell")
    for program, helper in ((root + "/bin/twokey", False),
                            (root + "/libexec/twokey/twokey-token", True)):
        lab.need(owner_when_nobody(program, helper) == 0, f"{program} can be dumped")


def main():
    if sys.argv[1:2] == ["look"]:
        look(*sys.argv[2:4])
        return
    tap = lab.Tap()
    work = os.environ["TK_WORK"] + "/story"
    os.mkdir(work)
    story = Story(os.environ["TK_ROOT"], os.environ["TK_BUILD"], work)
    story.tell()
    s = Search(story)
    cases = []
    for kept in s.kept:
        name = kept.name.rsplit("-", 1)[0]
        if not name.startswith(("held", "between", "typed", "given", "shown")):
            cases.append((f"memory at the end of {name}", lambda k=kept: s.memory_is_clean(k)))
        cases.append((f"arguments and environment of {name}", lambda k=kept: s.words(k)))
        cases.append((f"no core, locked memory: {name}", lambda k=kept: s.hardened(k)))
    if os.environ["TK_UID"] == "0":
        cases.append(("programs cannot be dumped", lambda: dumpable(story.root)))
    else:
        tap.tell("programs cannot be dumped # SKIP only root can become another user to look")
    cases.append(("between two holders, nothing of the first is left",
                  lambda: s.memory_without("between")))
    cases.append(("while --exec's program runs, nothing is left", lambda: s.memory_without("given")))
    for word, secret in (("held", "the host key"), ("typed", "the password"), ("shown", "a code")):
        cases.append((f"while {word}, secrets lie in the locked pool alone",
                      lambda w=word, x=secret: s.memory_while_held(w, x)))
    cases.append(("files", s.disk))
    cases.append(("the terminal", s.terminal))
    tap.all(1, cases)
    tap.done()


main()
