# SPDX-License-Identifier: BSD-2-Clause
"""What the checks ask of a key, in few words. Everything goes through python3-fido2."""
import subprocess


from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, CredentialManagement, PinProtocolV1, PinProtocolV2
from fido2.utils import sha256

from softkey_device import SOFTKEY

RP = "rp.example"
CDH = sha256(b"client data")
SALT1, SALT2 = b"\x01" * 32, b"\x02" * 32
ERR = CtapError.ERR
PROTOCOLS = {1: PinProtocolV1, 2: PinProtocolV2}
AAGUID_OID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")


class Fails:
    """`with Fails(code):' the block must end with this CTAP error."""

    def __init__(self, *codes):
        self.codes = codes

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None, "should have failed with %s" % (self.codes,)
        if not issubclass(kind, CtapError):
            return False
        assert error.code in self.codes, "failed with %s, not %s" % (error.code, self.codes)
        return True


def client_pin(ctap, protocol=None):
    return ClientPin(ctap, PROTOCOLS[protocol]() if protocol else None)


def token(ctap, pin, perms=3, rp=RP, protocol=None):
    """(param over CDH, protocol) for one operation."""
    cp = client_pin(ctap, protocol)
    t = cp.get_pin_token(pin, perms, rp)
    return cp.protocol.authenticate(t, CDH), cp.protocol.VERSION


def make(ctap, pin=None, rp=RP, algs=(-7,), user=b"u1", name="alice", ext=None, rk=False, exclude=None,
         protocol=None, **kw):
    auth = token(ctap, pin, 1, rp, protocol) if pin else (None, None)
    options = {"rk": True} if rk else None
    who = {"id": user, "name": name} if name else {"id": user}
    params = [{"type": "public-key", "alg": a} for a in algs]
    return ctap.make_credential(CDH, {"id": rp}, who, params, exclude, ext, options, auth[0], auth[1], **kw)


def listed(*creds):
    return [{"type": "public-key", "id": c if type(c) is bytes else cred_id(c)} for c in creds]


def cred_id(c):
    return c.auth_data.credential_data.credential_id


def hmac_input(ctap, salts, protocol=None):
    cp = client_pin(ctap, protocol)
    agreement, shared = cp._get_shared_secret()
    enc = cp.protocol.encrypt(shared, salts)
    out = {1: agreement, 2: enc, 3: cp.protocol.authenticate(shared, enc), 4: cp.protocol.VERSION}
    return {"hmac-secret": out}, lambda data: cp.protocol.decrypt(shared, data)


def get(ctap, creds, pin=None, rp=RP, up=None, uv=None, salts=None, protocol=None, **kw):
    """The assertion; with salts, (assertion, hmac-secret or None)."""
    ext = opened = None
    if salts:
        ext, opened = hmac_input(ctap, salts, protocol)
    auth = token(ctap, pin, 2, rp, protocol) if pin else (None, None)
    options = {k: v for k, v in (("up", up), ("uv", uv)) if v is not None} or None
    a = ctap.get_assertion(rp, CDH, creds, ext, options, auth[0], auth[1], **kw)
    if not salts:
        return a
    data = (a.auth_data.extensions or {}).get("hmac-secret")
    return a, opened(data) if data else None


def verify(c, a):
    """The signature of assertion a with credential c's key."""
    a.verify(CDH, c.auth_data.credential_data.public_key)


def manage(ctap, pin, rp=None):
    cp = client_pin(ctap)
    return CredentialManagement(ctap, cp.protocol, cp.get_pin_token(pin, 4, rp))


def root():
    """The softkey root certificate."""
    pem = subprocess.run([SOFTKEY, "root"], stdout=subprocess.PIPE, check=True).stdout
    return x509.load_pem_x509_certificate(pem)


def attested(c, anchor):
    """Checks packed attestation with x5c; returns whether the certificate chains to anchor."""
    cert = x509.load_der_x509_certificate(c.att_statement["x5c"][0])
    cert.public_key().verify(c.att_statement["sig"], c.auth_data + CDH, ec.ECDSA(hashes.SHA256()))
    ext = cert.extensions.get_extension_for_oid(AAGUID_OID).value.value
    assert ext == b"\x04\x10" + c.auth_data.credential_data.aaguid
    assert cert.version == x509.Version.v3
    try:
        anchor.public_key().verify(cert.signature, cert.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


__all__ = [n for n in dir() if not n.startswith("_")]
