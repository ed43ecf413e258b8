#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""As systemd does by twokey-gate.socket: listens, and runs what is to wait for calls.

usage: listen.py SOCKET COMMAND [ARG...]
"""
import os
import socket
import sys

path, command = sys.argv[1], sys.argv[2:]
os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
if os.path.lexists(path):
    os.unlink(path)
listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.umask(0o177)
listening.bind(path)
listening.listen(128)
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.execve(command[0], command, {})
