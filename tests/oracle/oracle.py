#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An independent reader of twokey's formats, written from docs/formats.md alone.

oracle.py verify STORE [--state DIR [--host NAME]]
oracle.py open STORE RECORD [--version N] --hmac HOLDER/TOKEN=HEX ...
oracle.py fingerprint BUNDLE
oracle.py prove STORE HOST LEAF
oracle.py make DIR

Exit: 0 sound, 6 refused (one sentence a line on standard error), 2 usage.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import canon  # noqa: E402
import docs  # noqa: E402
import log as logs  # noqa: E402
import make  # noqa: E402
import record as records  # noqa: E402
import state  # noqa: E402
from canon import Refused  # noqa: E402
from store import Store  # noqa: E402

SOUND, USAGE, REFUSED = 0, 2, 6


def show(v):
    print(json.dumps(v, indent=1, sort_keys=True))


def sound(path):
    """A store that verifies; otherwise its first complaint is raised, the others are printed."""
    store = Store(path).verify()
    for e in store.errors[1:]:
        print(e, file=sys.stderr)
    if store.errors:
        raise Refused(store.errors[0])
    return store


def verify(args):
    store = Store(args.store).verify()
    if args.state and store.policies:
        store.attempt(state.check, args.state, args.host, store)
    show(store.summary())
    for e in store.errors:
        print(e, file=sys.stderr)
    return REFUSED if store.errors else SOUND


def seeds(store, policy, outputs):
    """Identity seeds by holder: a token of any policy serves, as long as the identity is the same."""
    wanted = {b["name"]: b["identity"] for b in policy["holders"]}
    out = {}
    for who, output in outputs.items():
        holder, _, label = who.partition("/")
        for p in reversed(store.policies):
            bundle = next((b for b in p["holders"] if b["name"] == holder), None)
            token = docs.find_token(p, holder, label)
            if token is not None and bundle["identity"] == wanted.get(holder):
                out[holder] = docs.unwrap(bundle, token, output)
                break
        else:
            raise Refused("%s: no such token holds the identity the shares are sealed to" % who)
    return out


def parse_outputs(pairs):
    out = {}
    for pair in pairs:
        who, _, text = pair.partition("=")
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        if "/" not in who or len(raw) != 32:
            raise SystemExit("oracle.py: --hmac wants HOLDER/TOKEN=64 hexadecimal digits")
        out[who] = raw
    return out


def shown(plain):
    try:
        return {"text": plain.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": canon.b64(plain)}


def open_(args):
    outputs = parse_outputs(args.hmac)
    store = sound(args.store)
    version = args.version or store.in_force(args.record)
    if version not in store.versions(args.record):
        raise Refused("%s: the store has no such version" % args.record)
    serial = store.usable_shares(args.record, version)
    if not serial:
        raise Refused("%s version %d: the store has no shares of it" % (args.record, version))
    policy, (record, digest) = store.policies[serial[-1] - 1], store.records[args.record, version]
    shares = store.shares[args.record, version, serial[-1]][0]
    plain = records.open_record(record, shares, policy, seeds(store, policy, outputs))
    show({"record": args.record, "version": version, "digest": digest.hex(), "shares": serial[-1],
          "fields": {f: shown(x) for f, x in plain.items()}})
    return SOUND


def fingerprint(args):
    with open(args.bundle, "rb") as f:
        bundle = canon.parse(f.read())
    print(docs.crypto.fingerprint(docs.check_bundle(bundle)))
    return SOUND


def prove(args):
    """An inclusion proof, checked before it is shown."""
    log = sound(args.store).logs.get(args.host)
    if log is None or args.leaf >= log.size:
        raise Refused("log/%s.jsonl: has no leaf %d" % (args.host, args.leaf))
    leaves = log.leaves[:log.size]
    proof = logs.inclusion_proof(leaves, args.leaf)
    if logs.inclusion_root(leaves[args.leaf], args.leaf, log.size, proof) != log.root:
        raise Refused("log/%s.jsonl: the proof of leaf %d does not lead to the root" % (args.host, args.leaf))
    show({"leaf": args.leaf, "size": log.size, "root": log.root.hex(), "proof": [h.hex() for h in proof]})
    return SOUND


def make_(args):
    if os.path.exists(os.path.join(args.dir, "store")):
        raise Refused("%s: holds a store already" % args.dir)
    m = make.make(args.dir)
    show({"vault": m.vault, "store": os.path.join(args.dir, "store")})
    return SOUND


def arguments():
    p = argparse.ArgumentParser(prog="oracle.py")
    sub = p.add_subparsers(dest="command", required=True)

    def command(name, work, *positional):
        c = sub.add_parser(name)
        for x in positional:
            c.add_argument(x, type=int if x == "leaf" else str)
        c.set_defaults(work=work)
        return c
    c = command("verify", verify, "store")
    c.add_argument("--state", metavar="DIR", help="private state of a machine, verified as well")
    c.add_argument("--host", metavar="NAME", help="the host that machine is")
    c = command("open", open_, "store", "record")
    c.add_argument("--version", type=int)
    c.add_argument("--hmac", action="append", default=[], metavar="HOLDER/TOKEN=HEX")
    command("fingerprint", fingerprint, "bundle")
    command("prove", prove, "store", "host", "leaf")
    command("make", make_, "dir")
    return p


def main(argv):
    args = arguments().parse_args(argv)
    try:
        return args.work(args)
    except Refused as e:
        print(e, file=sys.stderr)
        return REFUSED
    except OSError as e:
        print("%s: %s" % (e.filename, e.strerror), file=sys.stderr)
        return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
