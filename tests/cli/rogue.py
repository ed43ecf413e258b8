#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Appends entries to a host's log, and signs a checkpoint, as whoever has that
host's key can.

usage: rogue.py STORE STATE HOST <ENTRIES

STATE is the host's own.  ENTRIES are JSON objects, one a line, of the members
that not every entry has.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))

import canon  # noqa: E402
import log as logs  # noqa: E402


def main():
    store, state, host = sys.argv[1:]
    path = os.path.join(store, "log", host)
    with open(path + ".jsonl", "rb") as f:
        lines = f.read().split(b"\n")[:-1]
    last = canon.parse(lines[-1])
    for text in sys.stdin:
        common = {m: last[m] for m in ("time", "boot", "host", "policy")}
        lines.append(canon.write({**common, "seq": len(lines), **json.loads(text)}))
    with open(os.path.join(state, "host.key"), "rb") as f:
        seed = f.read()
    with open(os.path.join(state, "pin.json"), "rb") as f:
        origin = "twokey/%s/%s" % (canon.parse(f.read())["vault"], host)
    root = logs.root([logs.leaf_hash(x) for x in lines])
    with open(path + ".jsonl", "wb") as f:
        f.write(b"".join(x + b"\n" for x in lines))
    with open(path + ".checkpoint", "wb") as f:
        f.write(logs.write_checkpoint(origin, len(lines), root, seed))


main()
