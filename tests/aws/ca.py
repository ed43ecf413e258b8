# SPDX-License-Identifier: BSD-2-Clause
"""A certificate authority of a test's own, and what it signs."""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign(subject, key, issuer, issuer_key, days, *extensions):
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=30))
               .not_valid_after(now + datetime.timedelta(days=days)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(path, *parts):
    with open(path, "wb") as f:
        for part in parts:
            f.write(part)
    os.chmod(path, 0o644)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def make(folder, names=("127.0.0.1", "localhost"), days=30, label="server"):
    """ca.pem and LABEL.pem (certificate and key) in folder; the paths of both."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _sign("test CA", ca_key, "test CA", ca_key, 30,
               (x509.BasicConstraints(ca=True, path_length=None), True))
    alternatives = []
    for name in names:
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            alternatives.append(x509.DNSName(name))
    leaf = _sign(label, key, "test CA", ca_key, days,
                 (x509.SubjectAlternativeName(alternatives), False))
    paths = os.path.join(folder, f"ca-{label}.pem"), os.path.join(folder, f"{label}.pem")
    _write(paths[0], _pem(ca))
    _write(paths[1], _pem(leaf), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    return paths
