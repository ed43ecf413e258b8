# SPDX-License-Identifier: BSD-2-Clause
"""The cryptography of docs/formats.md sections 1, 3, 5 and 6; primitives from python3-cryptography."""

import hashlib
import hmac
import os
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from canon import Refused

P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
RP_HASH = hashlib.sha256(b"twokey:").digest()
SALT = hashlib.sha256(b"twokey salt v1").digest()
DRILL_SALT = hashlib.sha256(b"twokey drill salt v1").digest()
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def sha256(data):
    return hashlib.sha256(data).digest()


def H(label, data):
    return sha256(label.encode("ascii") + b"\0" + data)


def _mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_expand(prk, info, length):
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = _mac(prk, block + info + bytes([n]))
        out += block
        n += 1
    return out[:length]


def hkdf(secret, info, length):
    return hkdf_expand(_mac(b"\0" * 32, secret), info, length)


def aead_seal(key, nonce, plain, aad):
    return AESGCM(key).encrypt(nonce, plain, aad)


def aead_open(key, nonce, sealed, aad):
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        raise Refused("does not decrypt") from None


# X25519 and HPKE (RFC 9180 base mode, 0x0020/0x0001/0x0002)

KEM_SUITE = b"KEM" + struct.pack(">H", 0x20)
HPKE_SUITE = b"HPKE" + struct.pack(">HHH", 0x20, 1, 2)


def x25519_public(seed):
    return x25519.X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(*RAW)


def x25519_shared(seed, public):
    try:
        return x25519.X25519PrivateKey.from_private_bytes(seed).exchange(
            x25519.X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise Refused("X25519 gives zero") from None


def _labeled_extract(suite, salt, label, ikm):
    return _mac(salt or b"\0" * 32, b"HPKE-v1" + suite + label + ikm)


def _labeled_expand(suite, prk, label, info, length):
    return hkdf_expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)


def hpke_schedule(dh, enc, public, info):
    """Key and base nonce of an HPKE context."""
    prk = _labeled_extract(KEM_SUITE, b"", b"eae_prk", dh)
    shared = _labeled_expand(KEM_SUITE, prk, b"shared_secret", enc + public, 32)
    context = (b"\0" + _labeled_extract(HPKE_SUITE, b"", b"psk_id_hash", b"")
               + _labeled_extract(HPKE_SUITE, b"", b"info_hash", info))
    secret = _labeled_extract(HPKE_SUITE, shared, b"secret", b"")
    return (_labeled_expand(HPKE_SUITE, secret, b"key", context, 32),
            _labeled_expand(HPKE_SUITE, secret, b"base_nonce", context, 12))


def hpke_seal(public, info, aad, plain, ephemeral=None):
    ephemeral = ephemeral or os.urandom(32)
    enc = x25519_public(ephemeral)
    key, nonce = hpke_schedule(x25519_shared(ephemeral, public), enc, public, info)
    return enc + aead_seal(key, nonce, plain, aad)


def hpke_open(seed, info, aad, sealed):
    enc, body = sealed[:32], sealed[32:]
    if len(body) < 16:
        raise Refused("is too short for HPKE")
    key, nonce = hpke_schedule(x25519_shared(seed, enc), enc, x25519_public(seed), info)
    return aead_open(key, nonce, body, aad)


# Shamir over GF(2^8), polynomial 0x11b, the secret at x = 0

def gf_mul(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11B
        b >>= 1
    return r


def gf_inverse(a):
    r = 1
    for _ in range(254):
        r = gf_mul(r, a)
    return r


def shamir_split(secret, threshold, children):
    rows = [secret] + [os.urandom(len(secret)) for _ in range(threshold - 1)]
    out = []
    for x in range(1, children + 1):
        acc = bytes(len(secret))
        for row in reversed(rows):
            acc = bytes(gf_mul(a, x) ^ r for a, r in zip(acc, row))
        out.append(acc)
    return out


def shamir_join(points):
    """Secret of (x, share) pairs: as many as the threshold, of different x."""
    out = bytearray(len(points[0][1]))
    for x, share in points:
        c = 1
        for other, _ in points:
            if other != x:
                c = gf_mul(c, gf_mul(other, gf_inverse(other ^ x)))
        for i, b in enumerate(share):
            out[i] ^= gf_mul(c, b)
    return bytes(out)


# Signatures

def ed25519_verify(public, signature, message):
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Refused("the Ed25519 signature does not hold") from None


def ed25519_public(seed):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(*RAW)


def ed25519_sign(seed, message):
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def host_message(label, digest):
    return label.encode("ascii") + b"\0" + digest


def _der_integer(data):
    if len(data) < 3 or data[0] != 2 or not 1 <= data[1] <= 33 or len(data) < 2 + data[1]:
        raise Refused("the ES256 signature is not strict DER")
    body = data[2:2 + data[1]]
    if body[0] & 0x80 or (body[0] == 0 and len(body) > 1 and not body[1] & 0x80):
        raise Refused("the ES256 signature is not strict DER")
    return int.from_bytes(body, "big"), data[2 + data[1]:]


def der_check(signature):
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2 or signature[1] > 0x7F:
        raise Refused("the ES256 signature is not strict DER")
    r, rest = _der_integer(signature[2:])
    s, rest = _der_integer(rest)
    if rest:
        raise Refused("the ES256 signature is not strict DER")
    if not (1 <= r < P256_N and 1 <= s < P256_N):
        raise Refused("the ES256 signature is out of range")
    if s > P256_N // 2:
        raise Refused("the ES256 signature has a high s")


def p256_key(xy):
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + xy)
    except ValueError:
        raise Refused("is no point of P-256") from None


def es256_verify(xy, signature, message):
    der_check(signature)
    try:
        p256_key(xy).verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("the ES256 signature does not hold") from None


def assertion_verify(algorithm, key, authenticator_data, signature, client_data_hash):
    """A holder's signature: section 1."""
    if len(authenticator_data) < 37:
        raise Refused("authenticator_data is shorter than 37 bytes")
    if authenticator_data[:32] != RP_HASH:
        raise Refused("authenticator_data is of another RP id")
    flags = authenticator_data[32]
    if not flags & 0x01:
        raise Refused("authenticator_data is without user presence")
    if not flags & 0x04:
        raise Refused("authenticator_data is without user verification")
    if flags & 0x40:
        raise Refused("authenticator_data has AT set")
    if not flags & 0x80 and len(authenticator_data) != 37:
        raise Refused("authenticator_data is longer than its flags say")
    message = authenticator_data + client_data_hash
    if algorithm == "es256":
        es256_verify(key, signature, message)
    elif algorithm == "eddsa":
        if len(signature) != 64:
            raise Refused("the EdDSA signature is not 64 bytes")
        ed25519_verify(key, signature, message)
    else:
        raise Refused("the algorithm %s is unknown" % algorithm)


def fingerprint(bundle_hash):
    groups = struct.unpack(">8I", bundle_hash)
    return " ".join("%05d" % (g % 100000) for g in groups)
