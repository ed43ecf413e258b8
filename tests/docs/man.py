# SPDX-License-Identifier: BSD-2-Clause
"""Man pages held against the program: man.py TWOKEY SOFTKEY PAGES.  Prints TAP.

Every command's options stand in its page and no others; every cross reference
has a page; every example runs, with three people's software keys plugged in
and their PINs typed, and ends with the status its page says."""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVE = os.path.join(HERE, "..", "lib", "drive.py")
# The order in which the examples make one story.
STORY = ["twokey.1", "twokey-enroll.1", "twokey-init.1", "twokey-host.1", "twokey-seal.1",
         "twokey-unseal.1", "twokey-rotate.1", "twokey-correlate.1", "twokey-watch.1", "twokey-log.1",
         "twokey-status.1", "twokey-remind.1", "twokey-doctor.1", "twokey-aws-setup.1", "twokey-runbook.1", "twokey-posture.1"]
PEOPLE = ["alice", "bob", "carol"]
ANSWERS = [("PIN for " + p + "'s", p + "-1234") for p in PEOPLE] + [
    (r"PIN of the", "alice-1234"), (r"password.*: |once more: ", "correct-Horse-8-battery"),
    (r"MFA seed.*: ", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
# Left out of every page but twokey.1.
COMMON = {"conf", "help"}

count = failed = 0


def result(good, name, why=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        print(f"== {name}\n{why}", file=sys.stderr, flush=True)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def page_options(text):
    """Names in the tagged list of a page: .It Fl -NAME."""
    return set(re.findall(r"^\.It Fl -([a-z-]+)", text, re.M))


def commands_of(page):
    """The commands a page explains, from its synopsis."""
    synopsis = page.split(".Sh SYNOPSIS", 1)[-1].split(".Sh", 1)[0]
    return sorted(set(re.findall(r"^\.Cm ([a-z -]+)$", synopsis, re.M)))


def help_options(twokey, command):
    done = subprocess.run([twokey, "help", *command.split()], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True)
    return set(re.findall(r"^\s+--([a-z-]+)", done.stdout, re.M)) - COMMON


def check_options(twokey, pages):
    said = set()
    for name in STORY[1:]:
        text = pages[name]
        said.update(commands_of(text))
        want = set()
        for command in commands_of(text):
            want |= help_options(twokey, command)
        have = page_options(text)
        result(have == want, f"{name}: options",
               f"only in the page: {have - want}; only in the program: {want - have}")
    listed = subprocess.run([twokey, "help"], stdout=subprocess.PIPE, check=True,
                            universal_newlines=True).stdout
    known = {m.strip() for m in re.findall(r"^  ([a-z-]+(?: [a-z]+)?)(?=  |$| [A-Z\[])", listed, re.M)}
    known -= {"help", "version"}
    result(said == known, "every command has a page",
           f"only in pages: {said - known}; only in the program: {known - said}")


def check_references(pages):
    for name, text in pages.items():
        missing = [f"{a}.{b}" for a, b in re.findall(r"^\.Xr (\S+) (\d)", text, re.M)
                   if f"{a}.{b}" not in pages]
        result(not missing, f"{name}: cross references", f"no such pages: {missing}")


def check_ways_in(twokey, pages):
    """Whoever looks at twokey(1), or asks for help, is led to every page."""
    see = set(re.findall(r"^\.Xr (\S+) (\d)", pages["twokey.1"].split(".Sh SEE ALSO")[-1], re.M))
    missing = {x for x in pages if x != "twokey.1"} - {f"{a}.{b}" for a, b in see}
    result(not missing, "twokey.1: SEE ALSO has every page", f"missing: {missing}")
    for topic, page in (("pam", "pam_twokey(8)"), ("gate", "twokey-gate(8)")):
        done = subprocess.run([twokey, "help", topic], stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT, universal_newlines=True)
        result(done.returncode == 0 and page in done.stdout, f"help {topic} leads to {page}", done.stdout)


def examples(text):
    """(command, statuses allowed) of the literal blocks under EXAMPLES."""
    section = text.split(".Sh EXAMPLES", 1)[-1].split("\n.Sh", 1)[0]
    for block, after in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed((?:\n\.\\\".*)?)", section,
                                   re.M | re.S):
        allowed = [int(n) for n in re.findall(r"\d+", after)] or [0]
        for command in re.findall(r"^\$ ((?:.*\\e\n)*.*)$", block, re.M):
            yield command.replace("\\e\n", " ").replace("\\(aq", "'"), allowed


class Stage:
    """A folder with keys, a vault, and a `twokey` that sees both."""

    def __init__(self, folder, twokey, softkey):
        self.folder, self.twokey, self.softkey = folder, twokey, softkey
        for name in PEOPLE:
            subprocess.run([softkey, "new", f"{name}.key", "--pin", f"{name}-1234"], check=True,
                           cwd=folder, stdout=subprocess.DEVNULL)
        conf = os.path.join(folder, "twokey.conf")
        with open(conf, "w", encoding="utf-8") as f:
            json.dump({"store": f"{folder}/store", "state": f"{folder}/state",
                       "host": "bastion1"}, f)
        os.chmod(conf, 0o600)
        with open(os.path.join(folder, "backup.key"), "w", encoding="utf-8") as f:
            f.write("AGE-SECRET-KEY-1EXAMPLE\n")
        os.mkdir(os.path.join(folder, "bin"))
        wrapper = os.path.join(folder, "bin", "twokey")
        with open(wrapper, "w", encoding="utf-8") as f:
            # Behind the command's words: behind `--` it would be the program's.
            f.write('#!/bin/sh\nwords=$1\nshift\n'
                    'case $words in log|host) words="$words $1"; shift;; esac\n'
                    f'exec "{twokey}" $words --conf "{conf}" "$@"\n')
        os.chmod(wrapper, 0o755)

    def run(self, command, keys=PEOPLE):
        env = dict(os.environ, PATH=f"{self.folder}/bin:{os.environ['PATH']}")
        answers = [w for a in ANSWERS for w in ("-a", "=".join(a))]
        done = subprocess.run(
            [sys.executable, DRIVE, "-t", "90", *answers, "--", self.softkey, "plug",
             *(f"{k}.key" for k in keys), "--", "bash", "-c", command],
            cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, universal_newlines=True, errors="replace")
        return done.returncode, done.stdout


def check_configuration(stage, text):
    """The example of twokey.conf(5) as a configuration: doctor reads it, and uses what it says."""
    section = text.split(".Sh EXAMPLES", 1)[-1].split("\n.Sh", 1)[0]
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section, re.M | re.S)
    result(bool(blocks), "twokey.conf.5: has examples")
    for number, block in enumerate(blocks, 1):
        path = os.path.join(stage.folder, f"example-{number}.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(block)
        os.chmod(path, 0o600)
        done = subprocess.run([stage.twokey, "doctor", "--json", "--conf", path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              universal_newlines=True)
        told = [x for x in json.loads(done.stdout) if x["what"] == "configuration"]
        members = re.findall(r'^\s*"(store|state|host)": "(.*?)"', block, re.M)
        good = len(told) == 1 and told[0]["finding"] == "ok" and members and \
            all(f"{name} {value}" in told[0]["text"] for name, value in members)
        result(good, f"twokey.conf.5: example {number}", f"{block}\n{done.stdout}{done.stderr}")


def check_examples(twokey, softkey, pages):
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder, twokey, softkey)
        check_configuration(stage, pages["twokey.conf.5"])
        for name in STORY:
            found = list(examples(pages[name]))
            result(bool(found), f"{name}: has examples")
            for command, allowed in found:
                keys = ["alice"] if name == "twokey-enroll.1" else PEOPLE
                status, output = stage.run(command, keys)
                result(status in allowed, f"{name}: {command}",
                       f"status {status}, not {allowed}:\n{output}")
            if name == "twokey-enroll.1":
                for person in PEOPLE[1:]:
                    stage.run(f"twokey enroll {person}", [person])


def main():
    twokey, softkey, folder = sys.argv[1:]
    pages = {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
    check_references(pages)
    check_ways_in(twokey, pages)
    check_options(twokey, pages)
    check_examples(os.path.abspath(twokey), os.path.abspath(softkey), pages)
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
