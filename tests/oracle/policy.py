# SPDX-License-Identifier: BSD-2-Clause
"""Policies and their chain: docs/formats.md section 4."""

import re

import canon
import crypto
import docs
from canon import Refused, array, binary, hash_, integer, mapping, members, name, nullable, one_of, string, time

MAX_TREE = 4
RULES = members({
    "policy": name, "login": name, "reason": string, "ticket": string,
    "rotation_hours": members({"aws-root": integer(), "generic": integer(), "linux-root": integer()}),
    "request_minutes": integer(1, 1440), "login_minutes": integer(1, 1440), "aaguids": array(docs.aaguid),
    "roots": array(binary()), "record_first": array(one_of("local", "told")), "notify": array(string),
    "confirm": array(name), "drill_days": integer(),
    "rotate_after": nullable(one_of("session")), "code_minutes": integer()})


def _any(v, where):
    pass


HOST = members({"name": name, "key": binary(32),
                "end": nullable(members({"size": integer(), "root": hash_}))})
SIGNATURE = members({"statement": _any, "approvals": array(docs.BARE)})
POLICY = members({
    "type": one_of("twokey-policy-v1"), "name": name, "serial": integer(1), "previous": nullable(hash_),
    "created": time, "requires": array(name), "quorums": mapping(name, _any), "holders": array(_any),
    "hosts": array(HOST), "rules": RULES, "logs": docs.heads, "signatures": array(SIGNATURE)})


# Trees

def check_tree(tree, where, depth=1):
    if isinstance(tree, str):
        name(tree, where)
        if depth == 1:
            raise Refused("%s: the top of a tree is a node" % where)
        return
    if depth > MAX_TREE:
        raise Refused("%s: deeper than %d nodes" % (where, MAX_TREE))
    members({"of": array(_any, 1, 255), "threshold": integer(1)})(tree, where)
    if tree["threshold"] > len(tree["of"]):
        raise Refused("%s: the threshold is above the number of children" % where)
    for i, child in enumerate(tree["of"]):
        check_tree(child, "%s.of[%d]" % (where, i), depth + 1)


def leaves(tree):
    if isinstance(tree, str):
        return [tree]
    return [x for child in tree["of"] for x in leaves(child)]


def satisfied(tree, holders):
    if isinstance(tree, str):
        return tree in holders
    return sum(satisfied(c, holders) for c in tree["of"]) >= tree["threshold"]


def text(tree):
    if isinstance(tree, str):
        return tree
    return "%d of (%s)" % (tree["threshold"], ", ".join(text(c) for c in tree["of"]))


def split(tree, secret):
    """Holder -> share."""
    if isinstance(tree, str):
        return {tree: secret}
    out = {}
    for child, part in zip(tree["of"], crypto.shamir_split(secret, tree["threshold"], len(tree["of"]))):
        out.update(split(child, part))
    return out


def join(tree, shares):
    """The secret, or None when the shares (holder -> 32 bytes) do not satisfy the tree."""
    if isinstance(tree, str):
        return shares.get(tree)
    points = [(i + 1, join(c, shares)) for i, c in enumerate(tree["of"])]
    points = [p for p in points if p[1] is not None][:tree["threshold"]]
    return crypto.shamir_join(points) if len(points) == tree["threshold"] else None


# Policies

def policy_hash(policy):
    return crypto.H("twokey policy v1", canon.without(policy, "signatures"))


def holder_names(policy):
    return [b["name"] for b in policy["holders"]]


def bundles(policy):
    return {b["name"]: b for b in policy["holders"]}


def host(policy, wanted):
    for h in policy["hosts"]:
        if h["name"] == wanted:
            return h
    return None


def _check_quorums(policy, where):
    known = set(holder_names(policy))
    if "default" not in policy["quorums"]:
        raise Refused("%s: no quorum default" % where)
    for quorum, tree in policy["quorums"].items():
        at = "%s: quorum %s" % (where, quorum)
        check_tree(tree, at)
        canon.unique(leaves(tree), at)
        for holder in leaves(tree):
            if holder not in known:
                raise Refused("%s: %s is no holder" % (at, holder))
            if satisfied(tree, {holder}):
                raise Refused("%s: %s alone satisfies it" % (at, holder))
    rules = policy["rules"]
    for rule in ("policy", "login"):
        if rules[rule] not in policy["quorums"]:
            raise Refused("%s: rules.%s names no quorum" % (where, rule))
    for holder in rules["confirm"]:
        if holder not in known:
            raise Refused("%s: rules.confirm: %s is no holder" % (where, holder))


def check_form(policy, where):
    """All that one policy can be held to by itself, bundles included."""
    POLICY(policy, where)
    if policy["requires"]:
        raise Refused("%s: requires %s, which is unknown" % (where, ", ".join(policy["requires"])))
    if (policy["serial"] == 1) != (policy["previous"] is None):
        raise Refused("%s: previous does not fit serial %d" % (where, policy["serial"]))
    for i, b in enumerate(policy["holders"]):
        docs.check_bundle(b, "%s: holders[%d]" % (where, i))
    canon.ascending(holder_names(policy), where + ": holders")
    canon.ascending([h["name"] for h in policy["hosts"]], where + ": hosts")
    canon.unique([h["key"] for h in policy["hosts"]], where + ": host keys")
    canon.unique([b["identity"] for b in policy["holders"]], where + ": identities")
    tokens = [t for b in policy["holders"] for t in b["tokens"]]
    canon.unique([t["credential"] for t in tokens], where + ": credentials")
    canon.unique([t["key"] for t in tokens], where + ": token keys")
    allowed = policy["rules"]["aaguids"]
    for t in tokens:
        if allowed and t["aaguid"] not in allowed:
            raise Refused("%s: token %s is of a model the rules do not allow" % (where, t["label"]))
    _check_quorums(policy, where)
    for i, s in enumerate(policy["signatures"]):
        docs.check_statement(s["statement"], "%s: signatures[%d].statement" % (where, i))


def changed_holders(policy, previous):
    """Holders whose own signature a policy needs: added, or with another bundle."""
    old = bundles(previous) if previous else {}
    return [b["name"] for b in policy["holders"] if old.get(b["name"]) != b]


def _signers(policy, previous, where, vault):
    """(those who sign by the previous policy's tokens, those who sign by this one's)."""
    digest = policy_hash(policy)
    by_old, by_new = set(), set()
    sides = [policy] if previous is None else [previous, policy]
    for i, signature in enumerate(policy["signatures"]):
        statement, at = signature["statement"], "%s: signatures[%d]" % (where, i)
        if statement["vault"] != vault:
            raise Refused("%s: the statement is of another vault" % at)
        if statement["action"] != "policy" or statement["subject"] != {
                "serial": policy["serial"], "hash": digest.hex()}:
            raise Refused("%s: the statement is not about this policy" % at)
        if statement["policy"] != policy["previous"]:
            raise Refused("%s: the statement was made under another policy" % at)
        docs.check_lifetime(statement, sides[0]["rules"], at)
        for approval in signature["approvals"]:
            try:
                held = docs.check_approval(approval, docs.statement_hash(statement), sides)
            except Refused as e:
                raise Refused("%s: %s" % (at, e)) from None
            for side in held:
                (by_new if side is policy else by_old).add(approval["holder"])
    return by_old, by_new


def _check_hosts(policy, previous, where):
    """Hosts stay, with their key, and an end once set stays: logs must remain verifiable."""
    for old in previous["hosts"]:
        now = host(policy, old["name"])
        if now is None:
            raise Refused("%s: host %s has vanished" % (where, old["name"]))
        if now["key"] != old["key"]:
            raise Refused("%s: host %s has another key" % (where, old["name"]))
        if old["end"] is not None and now["end"] != old["end"]:
            raise Refused("%s: the end of host %s has moved" % (where, old["name"]))


def check_link(policy, previous, where, vault):
    """The chain: number, hash and signatures."""
    if previous is not None:
        if policy["serial"] != previous["serial"] + 1:
            raise Refused("%s: does not follow serial %d" % (where, previous["serial"]))
        if policy["previous"] != policy_hash(previous).hex():
            raise Refused("%s: previous is not the hash of policy %d" % (where, previous["serial"]))
        _check_hosts(policy, previous, where)
    by_old, by_new = _signers(policy, previous, where, vault)
    missing = [h for h in changed_holders(policy, previous) if h not in by_new]
    if missing:
        raise Refused("%s: not signed by %s" % (where, ", ".join(missing)))
    if previous is not None:
        tree = previous["quorums"][previous["rules"]["policy"]]
        if not satisfied(tree, by_old):
            raise Refused("%s: its signers (%s) do not satisfy %s of policy %d"
                          % (where, ", ".join(sorted(by_old)) or "nobody", text(tree), previous["serial"]))


def serial_of(filename):
    m = re.fullmatch(r"([1-9][0-9]*)\.json", filename)
    return int(m.group(1)) if m else None
