#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""src/aws's S3 against a real one: Ceph's gateway, which checks every signature."""
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import tap
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from lib import path, run

HERE = os.path.dirname(os.path.abspath(__file__))
# Sockets have short paths.
CEPH = tempfile.mkdtemp(prefix="tk-ceph-")
ID, SECRET = "TESTONLYACCESSKEY001", "testonlysecret0000000000000000000000001"
ENV = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}
KEYS = [f"AWSLogs/{i:04d}" for i in range(1203)] + [
    "odd/a b+c=d&e?f#g%h:i*j@k,l(m)!'~", "odd//x/./z", "odd/\u00e9\u20ac\U0001f511", "odd/<&>\"", "odd/ "]


def url():
    with open(os.path.join(CEPH, "url"), encoding="utf-8") as f:
        return f.read().strip()


def put(where, data=b"", headers=None):
    """A PUT that botocore signs."""
    request = AWSRequest("PUT", url() + where, data=data, headers=headers or {})
    S3SigV4Auth(Credentials(ID, SECRET), "s3", "us-east-1").add_auth(request)
    prepared = request.prepare()
    urllib.request.urlopen(urllib.request.Request(
        prepared.url, data=data, headers=dict(prepared.headers), method="PUT"), timeout=60).read()


def call(*words, env=ENV):
    return run("-F", "-e", "s3=" + url(), *words, env=env)


def test_start():
    """a gateway starts, and has objects"""
    subprocess.run([f"{HERE}/ceph.sh", "start", CEPH], check=True, timeout=180)
    put("/trail")
    for key in KEYS:
        put("/trail/" + urllib.request.quote(key, safe="/~"), key.encode(),
            {"x-amz-meta-signature": "ab" * 256, "x-amz-meta-signature-algorithm": "SHA256withRSA"})


def test_list():
    """all keys over two pages, in order; a prefix; from a key on"""
    status, out = call("s3-list", "trail", "", "")
    tap.equal((status, [x.split(" ", 1)[1] for x in out.splitlines()[:-1]]),
              (0, sorted(KEYS, key=lambda k: k.encode())))
    status, out = call("s3-list", "trail", "AWSLogs/120", "AWSLogs/1201")
    tap.equal((status, out), (0, "12 AWSLogs/1202\nregion \n"))
    tap.equal(call("s3-list", "trail", "none", ""), (0, "region \n"))


def test_get():
    """objects with odd keys, and what stands beside a digest"""
    file = path("object")
    for key in KEYS[-6:]:
        status, out = call("s3-get", "trail", key, file, "100")
        tap.equal((status, out), (0, f"signature {'ab' * 256} algorithm SHA256withRSA\n"))
        with open(file, encoding="utf-8") as f:
            tap.equal(f.read(), key)


def test_refusals():
    """a wrong secret, an unknown key, a clock that is off, and nothing there"""
    status, out = call("s3-list", "trail", "", "", env={**ENV, "AWS_SECRET_ACCESS_KEY": "wrong"})
    tap.equal(status, 8)
    tap.has(out, "signature does not fit (SignatureDoesNotMatch")
    status, out = call("s3-list", "trail", "", "", env={**ENV, "AWS_ACCESS_KEY_ID": "NOBODY"})
    tap.equal(status, 8)
    tap.has(out, "does not know this access key (InvalidAccessKeyId)")
    tap.equal(call("-s", "7200000", "s3-list", "trail", "AWSLogs/0000", "")[0], 0)
    status, out = call("s3-get", "trail", "gone", path("object"), "9")
    tap.equal(status, 1)
    tap.has(out, "NoSuchKey")
    status, out = call("s3-list", "gone", "", "")
    tap.equal(status, 1)
    tap.has(out, "NoSuchBucket")


if __name__ == "__main__":
    try:
        tap.run(sys.modules[__name__])
    finally:
        subprocess.run([f"{HERE}/ceph.sh", "stop", CEPH], check=False)
        subprocess.run(["rm", "-rf", CEPH], check=False)
