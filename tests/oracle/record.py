# SPDX-License-Identifier: BSD-2-Clause
"""Records and shares: docs/formats.md sections 5 and 6."""

import os

import canon
import crypto
import docs
import policy as policies
from canon import (Refused, array, binary, boolean, hash_, integer, mapping, members, name, nullable, one_of,
                   pattern, string, time)

BLOCK = 64
MAX_PLAIN = 65535
WITNESS = members({"kind": one_of("aws-kms"), "key": string, "id": string, "sealed": binary()})
FIELD = members({"known_to": array(string), "commitment": binary(32), "nonce": binary(12),
                 "ciphertext": binary(low=BLOCK + 16, high=MAX_PLAIN + BLOCK + 16), "witness": nullable(WITNESS)})
ATTRIBUTES = {
    "aws-root": members({
        "account": pattern(r"[0-9]{12}", "12 digits"), "email": string, "email_controller": string,
        "partition": one_of("aws", "aws-cn", "aws-us-gov"), "phone_controller": string}),
    "linux-root": members({"host": string}),
    "generic": mapping(name, string, 0, 16)}
FIELD_NAMES = {"aws-root": {"password", "totp"}, "linux-root": {"password"}}
RECORD = members({
    "type": one_of("twokey-record-v1"), "vault": hash_, "record": name, "version": docs.version,
    "previous": nullable(hash_), "content": binary(16), "kind": one_of(*ATTRIBUTES),
    "attributes": mapping(string, string), "quorum": name, "candidate": boolean,
    "fields": mapping(name, FIELD, 1, 32), "logs": docs.heads, "host": name, "sealed": time,
    "signature": binary(64)})
SHARE = members({"sealed": binary(80), "commitment": binary(32)})
SHARES = members({
    "type": one_of("twokey-shares-v1"), "vault": hash_, "record": name, "version": docs.version,
    "digest": hash_, "policy": integer(1), "quorum": name,
    "fields": mapping(name, mapping(name, SHARE)), "host": name, "sealed": time, "signature": binary(64)})


def check_record(v, where):
    RECORD(v, where)
    ATTRIBUTES[v["kind"]](v["attributes"], where + ": attributes")
    extra = set(v["fields"]) - FIELD_NAMES.get(v["kind"], set(v["fields"]))
    if extra:
        raise Refused("%s: field %s has no place in kind %s" % (where, sorted(extra)[0], v["kind"]))
    if (v["version"] == 1) != (v["previous"] is None):
        raise Refused("%s: previous does not fit version %d" % (where, v["version"]))
    for f, field in v["fields"].items():
        if (len(canon.unb64(field["ciphertext"])) - 16) % BLOCK:
            raise Refused("%s: field %s: the ciphertext is not padded to %d" % (where, f, BLOCK))


def record_digest(v):
    return crypto.H("twokey record v1", canon.without(v, "signature"))


def shares_digest(v):
    return crypto.H("twokey shares v1", canon.without(v, "signature"))


def check_signature(v, label, digest, policy, where):
    """The signature of the host a document names, by the newest policy's key for it."""
    host = policies.host(policy, v["host"])
    if host is None:
        raise Refused("%s: %s is no host" % (where, v["host"]))
    try:
        crypto.ed25519_verify(canon.unb64(host["key"]), canon.unb64(v["signature"]),
                              crypto.host_message(label, digest))
    except Refused as e:
        raise Refused("%s: signature of host %s: %s" % (where, v["host"], e)) from None


def check_shares(v, record, digest, policy, where):
    """Shares against their record and the policy they name."""
    SHARES(v, where)
    for m in ("vault", "record", "version", "quorum"):
        if v[m] != record[m]:
            raise Refused("%s: %s is not the record's" % (where, m))
    if v["digest"] != digest.hex():
        raise Refused("%s: digest is not the record's" % where)
    if v["quorum"] not in policy["quorums"]:
        raise Refused("%s: policy %d has no quorum %s" % (where, policy["serial"], v["quorum"]))
    if set(v["fields"]) != set(record["fields"]):
        raise Refused("%s: its fields are not the record's" % where)
    holders = set(policies.leaves(policy["quorums"][v["quorum"]]))
    for f, sealed in v["fields"].items():
        if set(sealed) != holders:
            raise Refused("%s: field %s: its holders are not those of quorum %s" % (where, f, v["quorum"]))


# What is hashed and encrypted

def header(record):
    return {m: record[m] for m in ("attributes", "content", "kind", "record", "vault", "version")}


def field_context(head, field):
    return canon.write({"field": field, "header": head})


def holder_context(head, field, holder):
    return canon.write({"field": field, "header": head, "holder": holder})


def share_commitment(context, share):
    return crypto.H("twokey share v1", crypto.sha256(context) + share)


def _field_keys(secret, context, witness=b""):
    okm = crypto.hkdf(secret + witness, b"twokey field v1\0" + crypto.sha256(context), 64)
    return okm[:32], okm[32:]


def seal_field(head, name_, plain, known_to):
    """(field, secret)"""
    secret, nonce, context = os.urandom(32), os.urandom(12), field_context(head, name_)
    key, commitment = _field_keys(secret, context)
    padded = plain + b"\x80"
    padded += b"\0" * (-len(padded) % BLOCK)
    return {"known_to": known_to, "commitment": canon.b64(commitment), "nonce": canon.b64(nonce),
            "ciphertext": canon.b64(crypto.aead_seal(key, nonce, padded, context)), "witness": None}, secret


def unpad(padded):
    plain = padded.rstrip(b"\0")
    if not plain.endswith(b"\x80") or len(padded) - len(plain) >= BLOCK or len(padded) % BLOCK:
        raise Refused("the padding is wrong")
    if not 1 <= len(plain) - 1 <= MAX_PLAIN:
        raise Refused("the plaintext has a length of %d bytes" % (len(plain) - 1))
    return plain[:-1]


def open_field(record, name_, secret, witness=b""):
    """witness: what the field's witness has unsealed."""
    field, context = record["fields"][name_], field_context(header(record), name_)
    if field["witness"] is not None and not witness:
        raise Refused("needs a witness of kind %s" % field["witness"]["kind"])
    key, commitment = _field_keys(secret, context, witness)
    if canon.b64(commitment) != field["commitment"]:
        raise Refused("the commitment does not fit")
    return unpad(crypto.aead_open(key, canon.unb64(field["nonce"]), canon.unb64(field["ciphertext"]), context))


def seal_shares(head, field, tree, secret, identities):
    """holder -> {sealed, commitment}; identities: holder -> X25519 public key."""
    out = {}
    for holder, share in policies.split(tree, secret).items():
        context = holder_context(head, field, holder)
        out[holder] = {
            "sealed": canon.b64(crypto.hpke_seal(identities[holder], b"twokey share v1", context, share)),
            "commitment": canon.b64(share_commitment(context, share))}
    return out


def open_share(record, shares, field, holder, seed):
    entry = shares["fields"][field][holder]
    context = holder_context(header(record), field, holder)
    try:
        share = crypto.hpke_open(seed, b"twokey share v1", context, canon.unb64(entry["sealed"]))
    except Refused as e:
        raise Refused("field %s: the share of %s %s" % (field, holder, e)) from None
    if len(share) != 32 or canon.b64(share_commitment(context, share)) != entry["commitment"]:
        raise Refused("field %s: the share of %s does not fit its commitment" % (field, holder))
    return share


def open_record(record, shares, policy, seeds):
    """field -> plaintext, given identity seeds (holder -> 32 bytes)."""
    where = "%s version %d" % (record["record"], record["version"])
    tree = policy["quorums"][record["quorum"]]
    given = set(policies.leaves(tree)) & set(seeds)
    if not policies.satisfied(tree, given):
        raise Refused("%s: %s do not satisfy %s"
                      % (where, ", ".join(sorted(given)) or "no holders", policies.text(tree)))
    out = {}
    for field in sorted(record["fields"]):
        try:
            parts = {h: open_share(record, shares, field, h, seeds[h]) for h in sorted(given)}
            out[field] = open_field(record, field, policies.join(tree, parts))
        except Refused as e:
            raise Refused("%s: field %s: %s" % (where, field, e)) from None
    return out
