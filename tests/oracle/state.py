# SPDX-License-Identifier: BSD-2-Clause
"""A machine's private state held against the store: docs/formats.md section 9."""

import os

import canon
import docs
import log as logs
from canon import Refused, array, hash_, integer, mapping, members, name, nullable, one_of, string

PROGRESS = {"size": integer(), "bytes": integer(), "last": nullable(hash_), "frontier": array(hash_)}
PIN = members({"type": one_of("twokey-pin-v1"), "vault": hash_, "serial": integer(1), "hash": hash_})
HEAD = members({"type": one_of("twokey-head-v1"), "pending": array(hash_), **PROGRESS})
WRITTEN = members({"type": one_of("twokey-written-v1"), "size": integer()})
SEEN = members({"type": one_of("twokey-seen-v1"), "logs": array(members({"host": name, **PROGRESS}))})
COUNTERS = members({"type": one_of("twokey-counters-v1"), "counters": mapping(string, integer())})


def _load(folder, filename, check):
    path = os.path.join(folder, filename)
    if not os.path.exists(path):
        return None
    with open(path, "rb") as f:
        data = f.read()
    try:
        v = canon.parse(data)
        check(v, "")
    except Refused as e:
        raise Refused("%s: %s" % (filename, e)) from None
    return v


def check_progress(v, lines, where):
    """Refuses unless the log begins with what was seen of it."""
    size = v["size"]
    leaves = [logs.leaf_hash(x) for x in lines]
    if len(leaves) < size:
        raise Refused("%s: the log is shorter than the %d leaves seen" % (where, size))
    if sum(len(x) + 1 for x in lines[:size]) != v["bytes"]:
        raise Refused("%s: bytes does not fit the first %d lines" % (where, size))
    if v["last"] != (leaves[size - 1].hex() if size else None):
        raise Refused("%s: last is not leaf %d of the log" % (where, size - 1))
    if v["frontier"] != [h.hex() for h in logs.frontier(leaves[:size])]:
        raise Refused("%s: frontier is not that of the log" % where)


def _check_head(v, store, host):
    log = store.logs.get(host)
    lines = log.lines if log else []
    check_progress(v, lines, "head.json")
    behind = [logs.leaf_hash(x).hex() for x in lines[v["size"]:]]
    if v["pending"][:len(behind)] != behind:
        raise Refused("head.json: lines behind size %d of log/%s.jsonl are not the first of pending"
                      % (v["size"], host))


def check(folder, host, store):
    """The state of one host (or, with None, of a machine that is none)."""
    pin = _load(folder, "pin.json", PIN)
    if pin is not None:
        if pin["vault"] != store.vault:
            raise Refused("pin.json: is of another vault")
        if pin["serial"] > len(store.policies):
            raise Refused("pin.json: policy %d was accepted, the store ends at %d"
                          % (pin["serial"], len(store.policies)))
        if store.hashes[pin["serial"] - 1] != pin["hash"]:
            raise Refused("pin.json: policy %d has another hash" % pin["serial"])
    counted = _load(folder, "counters.json", COUNTERS)
    for who in (counted or {"counters": {}})["counters"]:
        holder, _, label = who.partition("/")
        if not any(docs.find_token(p, holder, label) for p in store.policies):
            raise Refused("counters.json: %s is no token of any policy" % who)
    head = _load(folder, "head.json", HEAD)
    if head is not None and host:
        _check_head(head, store, host)
        written = _load(folder, "written.json", WRITTEN) or {"size": 0}
        if written["size"] > len(store.logs[host].lines if host in store.logs else []):
            raise Refused("written.json: the log is shorter than the %d lines on disk once" % written["size"])
    for seen in (_load(folder, "seen.json", SEEN) or {"logs": []})["logs"]:
        log = store.logs.get(seen["host"])
        check_progress(seen, log.lines if log else [], "seen.json: log of %s" % seen["host"])
