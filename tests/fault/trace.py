# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program under ptrace and meddles with its file-changing system calls.

usage: trace.py MODE REPORT FOLDER -- PROGRAM [ARG...]

A *point* is a call that changes something under FOLDER (or the end of the
process, the last point); points are numbered from 1 in the order they happen.

  count       only count
  kill=N      SIGKILL before point N is carried out
  power=N     the same, and the report holds the bytes written
  full=N      from point N on, the disk is full: calls that need space fail
  cut=N       the same, but shortening a .reserve makes room for ROOM calls
  full+=N, cut+=N  the same, but point N, a write, still writes half of its bytes

REPORT gets one JSON object a point.  Ends with the program's status, 137 when
it was killed.
"""
import ctypes
import errno
import json
import os
import signal
import sys

ROOM = 6
TRACEME, POKEUSER, CONT, SYSCALL, SETOPTIONS, SYSCALL_INFO = 0, 6, 7, 24, 0x4200, 0x420e
SYSGOOD, EXITKILL, TRACEEXEC = 1, 0x100000, 0x10
ORIG_RAX, RAX, RDX = 15 * 8, 10 * 8, 12 * 8
FSTATFS = 138
O_CREAT, O_TRUNC, O_ACCMODE = 0o100, 0o1000, 3

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]

# Linux x86-64: number -> name, how it says what it changes, does it need space.
# (A disk that allots its blocks late says only at the fsync that it is full.)
# fd: args[0]; at: folder args[0], name args[1]; two: the same and args[2], [3]; path: args[0].
CALLS = {
    1: ("write", "fd", True), 18: ("pwrite64", "fd", True), 20: ("writev", "fd", True),
    296: ("pwritev", "fd", True), 328: ("pwritev2", "fd", True),
    40: ("sendfile", "fd", True), 326: ("copy_file_range", "fd3", True),
    285: ("fallocate", "fd", True), 77: ("ftruncate", "fd", False),
    76: ("truncate", "path", False), 74: ("fsync", "fd", True), 75: ("fdatasync", "fd", True),
    306: ("syncfs", "fd", True), 277: ("sync_file_range", "fd", False), 162: ("sync", "none", False),
    2: ("open", "path", True), 85: ("creat", "path", True), 257: ("openat", "at", True),
    437: ("openat2", "at", True), 82: ("rename", "path2", True), 264: ("renameat", "two", True),
    316: ("renameat2", "two", True), 86: ("link", "path2", True), 265: ("linkat", "two", True),
    88: ("symlink", "path2", True), 266: ("symlinkat", "two", True), 87: ("unlink", "path", False),
    263: ("unlinkat", "at", False), 84: ("rmdir", "path", False), 83: ("mkdir", "path", True),
    258: ("mkdirat", "at", True), 133: ("mknod", "path", True), 259: ("mknodat", "at", True),
    90: ("chmod", "path", False), 91: ("fchmod", "fd", False), 268: ("fchmodat", "at", False),
    92: ("chown", "path", False), 93: ("fchown", "fd", False), 260: ("fchownat", "at", False),
    280: ("utimensat", "at", False), 231: ("exit_group", "none", False),
}


class Info(ctypes.Structure):
    _fields_ = [("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32),
                ("ip", ctypes.c_uint64), ("sp", ctypes.c_uint64), ("nr", ctypes.c_uint64),
                ("args", ctypes.c_uint64 * 6), ("more", ctypes.c_uint64 * 4)]


def ptrace(request, pid, addr=0, data=0):
    ctypes.set_errno(0)
    r = libc.ptrace(request, pid, addr, data)
    if r == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return r


class Traced:
    def __init__(self, mode, report, folder):
        word, _, value = mode.partition("=")
        self.mode, self.half = word.rstrip("+"), word.endswith("+")
        self.at = int(value) if value.isdigit() else 0
        self.report = open(report, "w", encoding="utf-8")
        self.folder = folder.rstrip("/")
        self.n, self.room, self.fail, self.whole, self.statfs, self.point = 0, 0, 0, 0, 0, None

    def text(self, addr):
        """The string at addr of the program."""
        out = b""
        with open(f"/proc/{self.pid}/mem", "rb", 0) as mem:
            mem.seek(addr)
            while b"\0" not in out and len(out) < 4096:
                out += mem.read(256 - (addr + len(out)) % 256)
        return out.split(b"\0")[0].decode(errors="replace")

    def fd(self, n):
        n = ctypes.c_int32(n & 0xFFFFFFFF).value
        try:
            return os.readlink(f"/proc/{self.pid}/cwd" if n == -100 else f"/proc/{self.pid}/fd/{n}")
        except OSError:
            return ""

    def at_path(self, fd, addr):
        name = self.text(addr)
        return name if name.startswith("/") else os.path.normpath(self.fd(fd) + "/" + name)

    def paths(self, how, a):
        if how == "fd":
            return [self.fd(a[0])]
        if how == "fd3":
            return [self.fd(a[2])]
        if how == "at":
            return [self.at_path(a[0], a[1])]
        if how == "two":
            return [self.at_path(a[0], a[1]), self.at_path(a[2], a[3])]
        if how == "path":
            return [self.at_path(-100, a[0])]
        if how == "path2":
            return [self.at_path(-100, a[0]), self.at_path(-100, a[1])]
        return []

    def inside(self, path):
        return path == self.folder or path.startswith(self.folder + "/")

    def look(self, info):
        """The point this call is, or None."""
        if info.nr not in CALLS:
            return None
        name, how, space = CALLS[info.nr]
        a = list(info.args)
        if name in ("open", "openat"):
            flags = a[1 if name == "open" else 2]
            if not flags & (O_CREAT | O_TRUNC):
                return None
        paths = self.paths(how, a)
        if name not in ("exit_group", "sync") and not any(self.inside(p) for p in paths):
            return None
        if name.startswith("unlink") and not os.path.lexists(paths[0]):
            return None
        if name.startswith(("open", "creat")):
            space = not os.path.lexists(paths[0])
        elif name.startswith("mkdir") and os.path.lexists(paths[0]):
            space = False
        point = {"call": name, "paths": [p[len(self.folder) + 1:] for p in paths], "space": space}
        if name in ("open", "openat"):
            point["truncates"] = bool(flags & O_TRUNC)
        elif name == "pwrite64":
            point.update(offset=a[3], length=a[2])
        elif name in ("write", "ftruncate"):
            point["length"] = ctypes.c_int64(a[2] if name == "write" else a[1]).value
            if name == "ftruncate" and paths[0].endswith(".reserve"):
                point["cut"] = point["length"] < os.path.getsize(paths[0])
        if name in ("fchmod", "mkdirat", "openat"):
            point["mode"] = a[{"fchmod": 1, "mkdirat": 2, "openat": 3}[name]] & 0o7777
        if self.mode == "power" and name in ("write", "pwrite64"):
            with open(f"/proc/{self.pid}/mem", "rb", 0) as mem:
                mem.seek(a[1])
                point["data"] = mem.read(a[2]).hex()
        return point

    def entered(self, info):
        if info.nr == FSTATFS and self.mode in ("full", "cut") and \
                (self.n >= self.at or self.at == 1):
            self.statfs = info.args[1]
        point = self.look(info)
        if point is None:
            return
        self.n += 1
        point["n"] = self.n
        self.point = point
        if self.mode in ("kill", "power") and self.n == self.at:
            point["killed"] = True
            os.kill(self.pid, signal.SIGKILL)
        elif self.mode in ("full", "cut") and self.n >= self.at and point["space"]:
            if self.room > 0:
                self.room -= "sync" not in point["call"]
                return
            if self.half and self.n == self.at:
                point["failed"], self.whole = True, info.args[2]
                ptrace(POKEUSER, self.pid, RDX, self.whole // 2)
                return
            self.fail = errno.ENOSPC
            point["failed"] = True
            ptrace(POKEUSER, self.pid, ORIG_RAX, 0xFFFFFFFFFFFFFFFF)

    def left(self, info):
        if self.whole:
            ptrace(POKEUSER, self.pid, RDX, self.whole)
            self.whole = 0
        if self.fail:
            ptrace(POKEUSER, self.pid, RAX, (-self.fail) & 0xFFFFFFFFFFFFFFFF)
            self.fail = 0
        elif self.point and info.args[0] & 0xFF:    # is_error, behind rval at an exit
            self.point["error"] = True
        elif self.point and self.mode == "cut" and self.point.get("cut"):
            self.room += ROOM
        elif self.statfs:
            with open(f"/proc/{self.pid}/mem", "r+b", 0) as mem:    # f_bfree, f_bavail
                mem.seek(self.statfs + 24)
                mem.write(bytes(16))
        self.statfs = 0
        if self.point:
            self.told()

    def told(self):
        self.report.write(json.dumps(self.point) + "\n")
        self.report.flush()
        self.point = None

    def stopped(self, status):
        """One ptrace stop; returns the signal to hand on."""
        sig = os.WSTOPSIG(status)
        if sig != signal.SIGTRAP | 0x80:
            return 0 if sig == signal.SIGTRAP else sig
        info = Info()
        ptrace(SYSCALL_INFO, self.pid, ctypes.sizeof(info), ctypes.addressof(info))
        if info.op == 1:
            self.entered(info)
        elif info.op == 2:
            self.left(info)
        return 0

    def run(self, argv):
        self.pid = os.fork()
        if self.pid == 0:
            ptrace(TRACEME, 0)
            os.execv(argv[0], argv)
        status = os.waitpid(self.pid, 0)[1]
        ptrace(SETOPTIONS, self.pid, 0, SYSGOOD | EXITKILL | TRACEEXEC)
        sig = 0
        while not os.WIFEXITED(status) and not os.WIFSIGNALED(status):
            try:
                ptrace(SYSCALL, self.pid, 0, sig)
            except ProcessLookupError:
                pass
            status = os.waitpid(self.pid, 0)[1]
            sig = self.stopped(status) if os.WIFSTOPPED(status) else 0
        if self.point:
            self.told()
        return os.waitstatus_to_exitcode(status)


def main():
    if len(sys.argv) < 6 or sys.argv[4] != "--":
        sys.exit(__doc__)
    # Ctrl-C and the like are for the program.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rc = Traced(*sys.argv[1:4]).run(sys.argv[5:])
    sys.exit(rc if rc >= 0 else 128 - rc)


main()
