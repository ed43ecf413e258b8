# SPDX-License-Identifier: BSD-2-Clause
"""A small disk filled to its last byte: disk.py tmpfs|ext4.

Run it where it may mount.  A full disk refuses to seal and changes nothing; two
people still open a record, again and again, until the reserve is used up; once
there is room again, the reserve is filled again."""
import os
import subprocess
import sys

import lab
from full import reserves, sentence

SIZE = 16 << 20


def mount(kind, folder):
    os.mkdir(folder)
    if kind == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
        return
    with open(folder + ".image", "wb") as f:
        f.truncate(SIZE)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-m", "0", folder + ".image"], check=True)
    subprocess.run(["mount", "-o", "loop", folder + ".image", folder], check=True)


def fill(folder):
    """Everything that is free goes into files, in ever smaller pieces."""
    for name in ("balloon", "more", "rest"):
        fd = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for size in (1 << 16, 4096, 512, 1):
            try:
                while os.write(fd, b"x" * size) == size:
                    pass
            except OSError:
                pass
        try:
            os.fsync(fd)
        except OSError:
            pass
        os.close(fd)


def empty(folder):
    for name in ("balloon", "more", "rest"):
        os.unlink(f"{folder}/{name}")


def tree(p):
    """Every file that counts, but not the cache and not the locks."""
    out = dict(p.documents())
    out["log"], out["head"] = p.log(), lab.read(p.state + "/head.json")
    out["reserves"], out["litter"] = reserves(p), p.litter()
    return out


class Small:
    def __init__(self, the_lab, tap, kind):
        self.disk = f"{the_lab.work}/{kind}"
        mount(kind, self.disk)
        self.tap, self.kind = tap, kind
        self.p = the_lab.copy(the_lab.full, vault=self.disk)
        self.p.seal("after")
        self.opened = 0

    def step(self, name, function):
        self.tap.all(1, [(f"{self.kind}: {name}", function)])

    def run(self):
        self.step("a full disk refuses to seal", self.refuses)
        self.step("a full disk refuses to import", lambda: self.refuses(import_too=True))
        self.step("a request opens through the reserve", self.opens)
        self.step("requests may use a quarter of it, no more", self.used_up)
        self.step("what is left serves a request made while there was room", self.approved)
        self.step("with room again all goes on, and the reserve is whole", self.relieved)
        subprocess.run(["umount", self.disk], check=True)

    def refuses(self, import_too=False):
        before = tree(self.p)
        fill(self.disk)
        command = "import" if import_too else "seal"
        done = self.p.run(lab.COMMANDS[command][0])
        lab.need(done.rc == 1, f"it ended with {done.rc}:\n{done.out}")
        sentence(done.out)
        now = tree(self.p)
        changed = [k for k in now if now[k] != before.get(k)] + [k for k in before if k not in now]
        # The log's head may say what was about to come; the log itself may not change.
        lab.need(set(changed) <= {"head"}, f"changed: {changed}")

    def opens(self):
        for _ in range(3):
            fill(self.disk)
            log = self.p.log()
            self.p.opens("one")
            lab.need(self.p.log().startswith(log) and len(self.p.log()) > len(log), "the log")
            self.opened += 1
        lab.need(sum(reserves(self.p)) < (1 << 20) + (256 << 10), "the reserve was not used")

    def used_up(self):
        """Somebody else takes whatever the reserve sets free."""
        while self.opened < 200:
            fill(self.disk)
            log, documents = self.p.log(), self.p.documents()
            done = self.p.run(*lab.COMMANDS["unseal"])
            lab.kept(self.p, log, documents)
            if done.rc != 0:
                break
            self.opened += 1
        lab.need(done.rc == 1, f"it ended with {done.rc}:\n{done.out}")
        sentence(done.out)
        lab.need(lab.VALUES["one"] not in done.out, "refused, and given out")
        lab.need(sum(reserves(self.p)) >= 3 * ((1 << 20) + (256 << 10)) // 4 - (80 << 10),
                 f"requests used more than a quarter: {reserves(self.p)}")

    def approved(self):
        """The disk fills up after the request, before the first touch."""
        before = sum(reserves(self.p))
        os.unlink(self.disk + "/rest")
        os.truncate(self.disk + "/balloon", os.path.getsize(self.disk + "/balloon") - (128 << 10))
        hook = f"alice: alice's=!{sys.executable} {os.path.abspath(__file__)} fill {self.disk}"
        done = self.p.run(*lab.COMMANDS["unseal"], answers=[hook])
        lab.need(done.rc == 0 and lab.VALUES["one"] in done.out, f"{done.rc}:\n{done.out}")
        lab.need(sum(reserves(self.p)) < before, "the reserve was not used")

    def relieved(self):
        empty(self.disk)
        lab.next_command(self.p, 1)
        lab.need(reserves(self.p) == [1 << 20, 256 << 10], f"reserves: {reserves(self.p)}")
        self.p.seal("two")
        lab.settled(self.p)
        self.p.opens("two")
        out = self.p.good(["log", "verify"])
        lab.need("everything holds" in out, out)


def main():
    if sys.argv[1] == "fill":
        fill(sys.argv[2])
        return
    the_lab, tap = lab.lab_from_environment()
    for kind in sys.argv[1:]:
        Small(the_lab, tap, kind).run()
    tap.done()


if __name__ == "__main__":
    main()
