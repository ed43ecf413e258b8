# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program and keeps what each of its processes has in memory at its end.

usage: dump.py FOLDER WORD -- PROGRAM [ARG...]

Every process, helpers too, is stopped by the kernel on its way out, when its
memory is there for the last time; memory.py writes it to FOLDER/WORD-PROCESS-ID.
Processes that run another program than those of twokey are left alone."""
import ctypes
import os
import signal
import sys

import memory

TRACEME, CONT, SETOPTIONS = 0, 7, 0x4200
FORK, VFORK, CLONE, EXEC, EXIT, EXITKILL = 2, 4, 8, 0x10, 0x40, 0x100000
EVENT_EXIT = 6
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid, data=0):
    return libc.ptrace(request, pid, 0, data)


def leaving(pid, folder, word, seen):
    """pid, a thread, is about to go: keep its process, with the first one."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        group = int(f.read().split("Tgid:")[1].split()[0])
    if group in seen:
        return
    seen.add(group)
    exe = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    if exe.startswith("twokey"):
        memory.keep(pid, f"{folder}/{word}-{exe}-{group}")


def follow(first, folder, word):
    seen = set()
    while True:
        pid, status = os.waitpid(-1, WALL)
        if not os.WIFSTOPPED(status):
            if pid == first:
                return os.waitstatus_to_exitcode(status)
            continue
        sig, event = os.WSTOPSIG(status), status >> 16
        if event == EVENT_EXIT:
            leaving(pid, folder, word, seen)
        # A new process or thread begins with a SIGSTOP that is ours.
        ptrace(CONT, pid, 0 if event or sig in (signal.SIGSTOP, signal.SIGTRAP) else sig)


def main():
    folder, word, argv = sys.argv[1], sys.argv[2], sys.argv[4:]
    first = os.fork()
    if first == 0:
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(argv[0], argv)
    os.waitpid(first, 0)
    ptrace(SETOPTIONS, first, FORK | VFORK | CLONE | EXEC | EXIT | EXITKILL)
    ptrace(CONT, first)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    rc = follow(first, folder, word)
    sys.exit(rc if rc >= 0 else 128 - rc)


main()
