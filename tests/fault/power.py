# SPDX-License-Identifier: BSD-2-Clause
"""The power goes before each file-changing system call: power.py COMMAND...

What was written and not made durable may be there after that or not.  For each
point the command is killed, and the folder made into what a disk may hold then:

  least  only what fsync was asked for: other names and bytes are as before
  names  every name, but of bytes only those that fsync was asked for
  torn   the same, with half of the bytes behind them

Run it where it may mount: what comes next runs under another boot id."""
import os
import shutil
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import lab

BOOT_ID = "/proc/sys/kernel/random/boot_id"


class File:
    """Bytes under whatever name: those that are there, and those that are safe."""

    def __init__(self, data=b"", mode=0o600):
        self.data = self.safe = data
        self.mode = mode


class Folder:
    def __init__(self, mode):
        self.mode, self.now, self.safe = mode, {}, {}


class Disk:
    """Names and files, as they are and as they would be after a power cut."""

    def __init__(self, top):
        self.top = self.load(top)

    def load(self, path):
        folder = Folder(os.stat(path).st_mode & 0o7777)
        for name in os.listdir(path):
            full = f"{path}/{name}"
            folder.now[name] = self.load(full) if os.path.isdir(full) else \
                File(lab.read(full), os.stat(full).st_mode & 0o7777)
        folder.safe = dict(folder.now)
        return folder

    def find(self, path):
        at = self.top
        for part in filter(None, path.split("/")):
            at = at.now.get(part) if isinstance(at, Folder) else None
        return at

    def parent(self, path):
        folder, _, name = path.rpartition("/")
        return (self.find(folder) if folder else self.top), name

    def take(self, point):
        """Carries out one point that the command got done."""
        call, paths = point["call"], point["paths"]
        if point.get("killed") or point.get("error") or not paths:
            return
        up, name = self.parent(paths[0])
        node = self.find(paths[0])
        if call == "openat" and node is None:
            up.now[name] = File(mode=point["mode"] & 0o755)
        elif call == "openat" and point["truncates"]:
            node.data = node.safe = b""
        elif call == "mkdirat" and node is None:
            up.now[name] = Folder(point["mode"])
        elif call in ("renameat", "renameat2"):
            to, new = self.parent(paths[1])
            to.now[new] = up.now.pop(name)
        elif call == "unlinkat":
            up.now.pop(name, None)
        elif call == "write":
            node.data += bytes.fromhex(point["data"])
        elif call == "pwrite64":
            at = point["offset"]
            node.data = node.data[:at] + bytes.fromhex(point["data"])
        elif call == "ftruncate":
            node.data = node.data[:point["length"]]
            node.safe = node.safe[:point["length"]]
        elif call == "fchmod":
            node.mode = point["mode"]
        elif call in ("fsync", "fdatasync"):
            self.make_safe(node)
        elif call == "syncfs":
            self.all_safe(self.top)
        else:
            lab.need(call in ("openat", "mkdirat"), f"what does {call} change?")

    def make_safe(self, node):
        if isinstance(node, Folder):
            node.safe = dict(node.now)
        elif node is not None:
            node.safe = node.data

    def all_safe(self, node):
        self.make_safe(node)
        if isinstance(node, Folder):
            for child in node.now.values():
                self.all_safe(child)

    def leave(self, path, node, kind):
        """Writes what the disk holds."""
        names = node.safe if kind == "least" else node.now
        for name, child in names.items():
            full = f"{path}/{name}"
            if isinstance(child, Folder):
                os.mkdir(full)
                self.leave(full, child, kind)
                os.chmod(full, child.mode)
                continue
            data = child.safe
            if kind == "torn":
                data += child.data[len(data):][:(len(child.data) - len(data)) // 2]
            lab.write(full, data, child.mode)


def cut(place, command, n, kind):
    """The place after the power has gone at point n, and what had been said."""
    args, keys = lab.COMMANDS[command]
    p = place.lab.copy(place)
    disk = Disk(p.folder)
    log, documents = p.log() if command != "init" else b"", {}
    if command != "init":
        documents = p.documents()
    done = p.run(args, keys, f"power={n}")
    lab.need(any("killed" in point for point in done.points), f"no point {n}:\n{done.out}")
    for point in done.points:
        disk.take(point)
    for name in os.listdir(p.folder):       # softkeys, the report: none of ours
        if name not in ("vault", "state"):
            disk.top.now.pop(name, None)
    for name in ("vault", "state"):
        shutil.rmtree(f"{p.folder}/{name}", ignore_errors=True)
    disk.top.safe = {k: v for k, v in disk.top.safe.items() if k in ("vault", "state")}
    disk.leave(p.folder, disk.top, kind)
    return p, done.out, log, documents


def after(p, out, log, documents, command, n, kind):
    lab.again(p, command, out)
    lab.kept(p, log, documents)
    lab.afterwards(p, n, torn=kind == "torn")
    # What was on its way is in its place only now.
    lab.kept(p, log, documents)
    lab.told(p, out)
    p.remove()


def one(made, key):
    p, out, log, documents = made[key].result()
    after(p, out, log, documents, *key)


def main():
    the_lab, tap = lab.lab_from_environment()
    made, names = {}, {}
    with ThreadPoolExecutor(lab.JOBS) as pool:
        for command in sys.argv[1:]:
            place = the_lab.place(command)
            clean = the_lab.copy(place)
            done = clean.run(*lab.COMMANDS[command], "count")
            lab.need(done.rc == 0 and done.points, f"{command} itself fails:\n{done.out}")
            clean.remove()
            for point in done.points:
                # A host is added in many calls; what it appends, and how, the others show.
                for kind in ("least",) if command == "host" else ("least", "names", "torn"):
                    key = (command, point["n"], kind)
                    names[key] = f"{command}, power gone before {lab.point_name(point)}: {kind}"
                    made[key] = pool.submit(cut, place, *key)
    boot = the_lab.work + "/boot"
    lab.write(boot, f"{uuid.uuid4()}\n".encode(), 0o444)
    subprocess.run(["mount", "--bind", boot, BOOT_ID], check=True)
    tap.all(lab.JOBS, [(names[key], lambda k=key: one(made, k)) for key in made])
    tap.done()


main()
