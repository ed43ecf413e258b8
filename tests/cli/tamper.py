#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Changes a store in every way it can think of, and has `twokey log verify
--store` find each change and name where it is.  Prints TAP.

usage: tamper.py TWOKEY STORE HOST WORK [--stride N] [--all-bits] [--jobs N]

Of each document and each log line one bit of every Nth byte is flipped (with
--all-bits all eight); N is at least 1.
"""
import argparse
import json
import os
import queue
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TAMPERED = 6


class Store:
    """A copy that is changed, verified, and put right again."""

    def __init__(self, args, number):
        self.args, self.dir = args, os.path.join(args.work, "copy%d" % number)
        shutil.copytree(args.store, self.dir, ignore=shutil.ignore_patterns(".reserve"))

    def path(self, rel):
        return os.path.join(self.dir, rel)

    def verify(self):
        p = subprocess.run([self.args.twokey, "log", "verify", "--json", "--store", self.dir],
                           capture_output=True, check=False, timeout=120, stdin=subprocess.DEVNULL)
        findings = json.loads(p.stdout)["findings"] if p.stdout.strip() else []
        return p.returncode, findings, p.stderr.decode("utf-8", "replace")


def named(*words_wanted):
    def names(findings, words):
        text = " ".join("%s %s %s %s" % (f["level"], f["host"], f["what"], f["text"]) for f in findings) + words
        return all(w in text for w in words_wanted)
    return names


def gone(rel):
    def change(copy):
        os.rename(copy.path(rel), copy.path("../aside%d" % id(copy)))

    def undo(copy):
        os.rename(copy.path("../aside%d" % id(copy)), copy.path(rel))
    return change, undo


def moved(rel, to):
    return (lambda copy: os.rename(copy.path(rel), copy.path(to)),
            lambda copy: os.rename(copy.path(to), copy.path(rel)))


def added(rel, to):
    def change(copy):
        os.makedirs(os.path.dirname(copy.path(to)), exist_ok=True)
        shutil.copyfile(copy.path(rel), copy.path(to))

    def undo(copy):
        os.unlink(copy.path(to))
        if not os.listdir(os.path.dirname(copy.path(to))):
            os.rmdir(os.path.dirname(copy.path(to)))
    return change, undo


def linked(rel):
    def change(copy):
        os.rename(copy.path(rel), copy.path(rel + ".real"))
        os.symlink(os.path.basename(rel) + ".real", copy.path(rel))

    def undo(copy):
        os.unlink(copy.path(rel))
        os.rename(copy.path(rel + ".real"), copy.path(rel))
    return change, undo


class Tests:
    def __init__(self, args):
        self.args, self.count, self.bad = args, 0, 0
        self.copies = queue.Queue()
        for i in range(args.jobs):
            self.copies.put(Store(args, i))
        self.pool = ThreadPoolExecutor(args.jobs)
        self.log = "log/%s.jsonl" % args.host
        self.checkpoint = "log/%s.checkpoint" % args.host

    def original(self, rel):
        with open(os.path.join(self.args.store, rel), "rb") as f:
            return f.read()

    def documents(self):
        for folder in ("policies", "records"):
            for base, _, files in sorted(os.walk(os.path.join(self.args.store, folder))):
                for name in sorted(files):
                    yield os.path.relpath(os.path.join(base, name), self.args.store)

    def judge(self, change, undo, names, status=TAMPERED):
        """None, or what is wrong; names(findings, words) tells whether the place was named."""
        copy = self.copies.get()
        try:
            change(copy)
            rc, findings, words = copy.verify()
            undo(copy)
        finally:
            self.copies.put(copy)
        if rc != status:
            return "exit status %d: %s" % (rc, words.strip()[-300:])
        if rc != 0 and "hint: " not in words:
            return "no hint: " + words
        if not names(findings, words):
            return "the place is not named: %s %s" % (json.dumps(findings)[:600], words[-200:])
        return None

    def report(self, title, cases):
        """cases: (what, change, undo, names, or also the status); one TAP line for all of them."""
        jobs = [(what, self.pool.submit(self.judge, *how)) for what, *how in cases]
        wrong = ["%s: %s" % (what, job.result()) for what, job in jobs if job.result()]
        self.count += 1
        self.bad += bool(wrong or not jobs)
        print("%s %d - %s (%d changes)" % ("not ok" if wrong or not jobs else "ok", self.count, title, len(jobs)))
        for line in wrong[:5]:
            print("# " + line)
        sys.stdout.flush()

    # One file with other bytes

    def replaced(self, what, rel, data, names):
        def put(copy, content):
            with open(copy.path(rel), "wb") as f:
                f.write(content)
        before = self.original(rel)
        assert data != before, what
        return what, lambda copy: put(copy, data), lambda copy: put(copy, before), names

    def flips(self, rel, names_at):
        data = self.original(rel)
        for i in range(0, len(data), self.args.stride):
            for bit in range(8) if self.args.all_bits else ((i // self.args.stride) % 8,):
                other = data[:i] + bytes([data[i] ^ 1 << bit]) + data[i + 1:]
                yield self.replaced("bit %d of byte %d" % (bit, i), rel, other, names_at(i))

    def cuts(self, rel, names_at):
        data = self.original(rel)
        some = range(0, len(data), 16 * self.args.stride)
        for i in sorted({*some, 1, len(data) // 2, len(data) - 2, len(data) - 1}):
            yield self.replaced("cut to %d bytes" % i, rel, data[:i], names_at(i))
        for junk in (b"\n", b" ", b"{}", b"\0", data):
            yield self.replaced("behind it %r" % junk[:8], rel, data + junk, names_at(len(data)))

    def of_document(self, rel):
        serial = os.path.basename(rel).split(".")[0]

        def names(findings, words):
            texts = [f["what"] + " " + f["text"] for f in findings] + [words]
            return any(rel in t or (rel.startswith("policies/") and "olicy " + serial in t) for t in texts)
        return lambda _: names

    def of_log(self, first, last=None):
        """A finding about entries that include one of first..last."""
        last = first if last is None else last

        def names(findings, _):
            return any(f["host"] == self.args.host and f["seq"] is not None and f["seq"] <= last and
                       first <= (f["last"] if f["last"] is not None else f["seq"]) for f in findings)
        return names

    def of_checkpoint(self, _):
        return lambda findings, words: any(
            "checkpoint" in f["what"] + f["text"] or f["what"] == "head" for f in findings) or "checkpoint" in words

    def left_out(self):
        """What this run did not do is said."""
        parts = []
        if self.args.stride > 1:
            parts.append(("a bit of every byte", "every %dth; run ./tools/check --slow" % self.args.stride))
        if not self.args.all_bits:
            parts.append(("every bit", "an hour of processes; by hand with TK_ALL_BITS=1 tests/cli/tamper.sh "
                          "(tests/unit/log_flips flips them all in one)"))
        for what, why in parts:
            self.count += 1
            print("ok %d - %s # SKIP %s" % (self.count, what, why))

    # Groups of changes

    def bytes_of_documents(self):
        for rel in self.documents():
            self.report("%s: bits" % rel, self.flips(rel, self.of_document(rel)))
            self.report("%s: cut and lengthened" % rel, self.cuts(rel, self.of_document(rel)))

    def bytes_of_log(self):
        lines = self.original(self.log).split(b"\n")[:-1]
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line) + 1

        def entry_at(i):
            n = sum(1 for s in starts if s <= i) - 1
            newline = i == starts[n] + len(lines[n])
            return self.of_log(n, min(n + 1, len(lines) - 1) if newline else n)
        self.report("%s: bits" % self.log, self.flips(self.log, entry_at))
        self.report("%s: bits" % self.checkpoint, self.flips(self.checkpoint, self.of_checkpoint))
        self.report("%s: cut and lengthened" % self.checkpoint, self.cuts(self.checkpoint, self.of_checkpoint))

    def lines_of_log(self):
        lines = self.original(self.log).split(b"\n")[:-1]

        def case(what, other, first, last=None):
            return self.replaced(what, self.log, b"".join(x + b"\n" for x in other), self.of_log(first, last))
        end = len(lines) - 1
        self.report("log: a line removed", (
            case("line %d" % i, lines[:i] + lines[i + 1:], i, end) for i in range(len(lines))))
        self.report("log: a line twice", (
            case("line %d" % i, lines[:i + 1] + lines[i:], i, end + 1) for i in range(len(lines))))
        self.report("log: two lines swapped", (
            case("lines %d" % i, lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:], i, i + 1)
            for i in range(end)))
        self.report("log: a line replaced by another", (
            case("line %d" % i, lines[:i] + [lines[(i + 1) % len(lines)]] + lines[i + 1:], i)
            for i in range(len(lines))))

        def short(findings, words):
            return any(f["host"] == self.args.host for f in findings) or self.args.host in words
        self.report("log: cut", (
            self.replaced("to %d lines" % i, self.log, b"".join(x + b"\n" for x in lines[:i]), short)
            for i in range(len(lines))))
        data = self.original(self.log)
        self.report("log: cut within lines", (
            self.replaced("to %d bytes" % i, self.log, data[:i], short)
            for i in range(1, len(data), max(1, len(data) // 23)) if data[i - 1:i] != b"\n"))

    def files(self):
        every = [*self.documents(), self.log, self.checkpoint]
        newest = "policies/%d.json" % len(os.listdir(os.path.join(self.args.store, "policies")))
        self.report("a file gone", [(rel, *gone(rel), named(
            "olic" if "policies" in rel else self.args.host if "log" in rel else rel))
            for rel in every if rel != newest])
        # Without the newest policy a store is an older one, whole in itself but
        # for the log of the host that only that policy knows.
        self.report("the newest policy gone", [(newest, *gone(newest), named("bastion2"), 0)])
        self.report("a symbolic link in place of a file", [(rel, *linked(rel), named(
            "olic" if "policies" in rel else self.args.host if "log" in rel else rel)) for rel in every])
        records = [r for r in self.documents() if r.startswith("records/") and ".shares." not in r]
        one = records[0]
        name, version = one.split("/")[1:]
        higher = "records/%s/%d.json" % (name, 9)
        self.report("a document under another name", [
            (one, *moved(one, higher), named(one)),
            ("policies/1.json", *moved("policies/1.json", "policies/7.json"), named("olic"))])
        # Anybody may drop a file that no log names: it is void, and nobody uses it.
        self.report("a document that no log names", [
            ("higher version", *added(one, higher), named("note", "void", higher), 0),
            ("other record", *added(one, "records/zzz/1.json"), named("note", "void", "records/zzz/1.json"), 0)])
        self.report("a policy of another place", [
            ("higher policy", *added("policies/1.json", "policies/%d.json" % (len(os.listdir(
                os.path.join(self.args.store, "policies"))) + 1)), named("policies/"))])
        if len(records) > 1:
            a, b = (self.original(r) for r in records[:2])

            def swap(copy, x, y):
                for rel, data in zip(records[:2], (x, y)):
                    with open(copy.path(rel), "wb") as f:
                        f.write(data)
            self.report("two records swapped", [
                (one, lambda c: swap(c, b, a), lambda c: swap(c, a, b), named(*records[:2]))])


def main():
    p = argparse.ArgumentParser()
    for word in ("twokey", "store", "host", "work"):
        p.add_argument(word)
    p.add_argument("--stride", type=int, default=1)
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--all-bits", action="store_true")
    t = Tests(p.parse_args())
    copy = t.copies.get()
    rc, _, words = copy.verify()
    t.copies.put(copy)
    if rc != 0:
        print("Bail out! the store does not hold before it is changed: " + words)
        return 1
    t.bytes_of_documents()
    t.bytes_of_log()
    t.lines_of_log()
    t.files()
    t.left_out()
    print("1..%d" % t.count)
    return 1 if t.bad else 0


sys.exit(main())
