# SPDX-License-Identifier: BSD-2-Clause
"""Bundles, statements and approvals: docs/formats.md sections 3 and 7."""

import canon
import crypto
from canon import (Refused, array, binary, hash_, integer, mapping, members, name, nullable, one_of, pattern,
                   string, time)

aaguid = pattern(r"[0-9a-f]{32}", "32 hexadecimal digits")
version = integer(1)
head = members({"host": name, "size": integer(), "root": hash_})

ATTESTATION = members({
    "format": string, "client_data_hash": binary(32), "authenticator_data": binary(), "signature": binary(),
    "certificates": array(binary())})
TOKEN = members({
    "label": name, "credential": binary(low=1, high=1024), "algorithm": one_of("es256", "eddsa"),
    "key": binary(), "aaguid": aaguid, "firmware": integer(), "protection": one_of(2, 3),
    "uv": one_of("pin", "builtin"), "salt": binary(32),
    "wrap": members({"nonce": binary(12), "ciphertext": binary(48)}), "drill": binary(32),
    "attestation": ATTESTATION, "created": time})
BUNDLE = members({
    "type": one_of("twokey-bundle-v1"), "name": name, "identity": binary(32), "created": time,
    "tokens": array(TOKEN, 1, 8),
    "signatures": array(members({"token": name, "authenticator_data": binary(), "signature": binary()}))})


def heads(v, where):
    array(head)(v, where)
    canon.ascending([h["host"] for h in v], where)


def bundle_hash(bundle):
    return crypto.H("twokey enroll v1", canon.without(bundle, "signatures"))


def check_identity(raw, where):
    """One spelling of a key, and one on which a secret can be agreed."""
    u = int.from_bytes(raw, "little")
    if u >= 2 ** 255 - 19:
        raise Refused("%s: the identity is not reduced" % where)
    try:
        crypto.x25519_shared(bytes(31) + b"\x40", raw)
    except Refused:
        raise Refused("%s: the identity is of low order" % where) from None


def check_bundle(bundle, where=""):
    """Form and signatures of a bundle; its hash."""
    BUNDLE(bundle, where)
    here = where or "bundle %s" % bundle["name"]
    check_identity(canon.unb64(bundle["identity"]), here)
    canon.unique([t["label"] for t in bundle["tokens"]], here + ": token labels")
    for t in bundle["tokens"]:
        at = "%s: token %s" % (here, t["label"])
        raw = canon.unb64(t["key"])
        if len(raw) != {"es256": 64, "eddsa": 32}[t["algorithm"]]:
            raise Refused("%s: the key is %d bytes" % (at, len(raw)))
        if canon.unb64(t["salt"]) != crypto.SALT:
            raise Refused("%s: the salt is not twokey's" % at)
    if [s["token"] for s in bundle["signatures"]] != [t["label"] for t in bundle["tokens"]]:
        raise Refused("%s: signatures are not one for each token in order" % here)
    digest = bundle_hash(bundle)
    for t, s in zip(bundle["tokens"], bundle["signatures"]):
        try:
            assertion(t, s, digest)
        except Refused as e:
            raise Refused("%s: signature of token %s: %s" % (here, t["label"], e)) from None
    return digest


def assertion(token, signed, client_data_hash):
    crypto.assertion_verify(token["algorithm"], canon.unb64(token["key"]),
                            canon.unb64(signed["authenticator_data"]), canon.unb64(signed["signature"]),
                            client_data_hash)


def wrap_key(hmac_output, token):
    info = b"twokey identity v1\0" + canon.unb64(token["credential"])
    return crypto.hkdf(hmac_output, info, 32)


def wrap_aad(bundle, token):
    return canon.write({"credential": token["credential"], "holder": bundle["name"],
                        "identity": bundle["identity"]})


def unwrap(bundle, token, hmac_output):
    """The identity's seed, given a token's hmac-secret output."""
    wrap = token["wrap"]
    try:
        seed = crypto.aead_open(wrap_key(hmac_output, token), canon.unb64(wrap["nonce"]),
                                canon.unb64(wrap["ciphertext"]), wrap_aad(bundle, token))
    except Refused:
        raise Refused("the output given for %s/%s does not open the identity"
                      % (bundle["name"], token["label"])) from None
    if crypto.x25519_public(seed) != canon.unb64(bundle["identity"]):
        raise Refused("%s/%s wraps the seed of another identity" % (bundle["name"], token["label"]))
    return seed


# Statements

RECORD_REF = {"record": name, "version": version, "digest": hash_}
SUBJECTS = {
    "unseal": members(RECORD_REF),
    "reseal": members({"policy": hash_, "records": array(members(RECORD_REF))}),
    "login": members({"service": string, "user": string, "tty": string, "rhost": string}),
    "policy": members({"serial": integer(1), "hash": hash_}),
    "drill": members({"holder": nullable(name)}),
    "confirm": members({"record": name, "version": version, "fields": array(name)}),
    "attend": members({"record": name, "version": version, "fields": array(name)})}
RELEASING = ("unseal", "reseal")
ASKED = members({"name": name, "as": one_of("value", "code", "seed")})
REQUESTER = members({"user": string, "uid": integer(0, 2 ** 32 - 1), "host": name, "tty": string, "via": string})
STATEMENT = members({
    "type": one_of("twokey-statement-v1"), "vault": hash_, "policy": nullable(hash_),
    "action": one_of(*SUBJECTS), "subject": lambda v, w: None,
    "deliver": array(members({"to": string, "key": binary(32), "fields": array(ASKED)})),
    "reason": string, "ticket": nullable(string), "task": nullable(string), "requester": REQUESTER,
    "time": time, "expires": time, "nonce": binary(16),
    "log": nullable(members({"origin": string, "size": integer(), "root": hash_}))})
BARE = members({"holder": name, "token": name, "authenticator_data": binary(), "signature": binary()})
APPROVAL = members({"holder": name, "token": name, "authenticator_data": binary(), "signature": binary(),
                    "shares": mapping(name, binary(80))})


def check_statement(v, where=""):
    STATEMENT(v, where)
    where = where or "statement"
    SUBJECTS[v["action"]](v["subject"], where + ".subject")
    if canon.when(v["expires"]) <= canon.when(v["time"]):
        raise Refused("%s: expires before it begins" % where)
    if len(v["deliver"]) != (1 if v["action"] in RELEASING else 0):
        raise Refused("%s: deliver does not fit the action %s" % (where, v["action"]))
    first = v["action"] == "policy" and v["subject"]["serial"] == 1
    if (v["policy"] is None) != first or (v["log"] is None) != first:
        raise Refused("%s: policy and log are null in the first policy's statement, and only there" % where)


def check_lifetime(statement, rules, where):
    minutes = rules["login_minutes" if statement["action"] == "login" else "request_minutes"]
    life = canon.when(statement["expires"]) - canon.when(statement["time"])
    if life.total_seconds() > minutes * 60:
        raise Refused("%s: lives longer than the %d minutes of the policy" % (where, minutes))


def statement_hash(statement):
    return crypto.H("twokey statement v1", canon.write(statement))


def find_token(policy, holder, label):
    """The token of a policy's holder, or None."""
    for b in policy["holders"]:
        if b["name"] == holder:
            for t in b["tokens"]:
                if t["label"] == label:
                    return t
    return None


def check_approval(approval, statement_digest, policies):
    """Refuses unless the approval holds under a token of one of these policies; those it holds under."""
    holds, why = [], None
    for p in policies:
        token = find_token(p, approval["holder"], approval["token"])
        if token is None:
            continue
        try:
            assertion(token, approval, statement_digest)
            holds.append(p)
        except Refused as e:
            why = e
    if not holds:
        raise Refused("approval of %s with token %s: %s"
                      % (approval["holder"], approval["token"], why or "no such token in the policy"))
    return holds


def reply_aad(field, holder, statement_digest, token):
    return canon.write({"field": field, "holder": holder, "statement": statement_digest.hex(), "token": token})


def seal_reply(key, field, holder, statement_digest, token, share):
    return crypto.hpke_seal(key, b"twokey reply v1", reply_aad(field, holder, statement_digest, token), share)


def open_reply(seed, field, approval, statement_digest):
    aad = reply_aad(field, approval["holder"], statement_digest, approval["token"])
    return crypto.hpke_open(seed, b"twokey reply v1", aad, canon.unb64(approval["shares"][field]))
