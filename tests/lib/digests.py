# SPDX-License-Identifier: BSD-2-Clause
"""usage: digests.py DIR BASE FILE...   makes CloudTrail's digests of these trail files, an hour and a file each
from BASE (seconds) on, of us-east-1 or of what REGION says

DIR/CloudTrail-Digest gets a chain of them, the last one empty, and DIR/keys.json the
public key (a new one) as ListPublicKeys answers it; signatures as S3 keeps them go to DIR/signatures.
From the CloudTrail user guide's description alone."""
import base64
import gzip
import hashlib
import json
import os
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BUCKET, ACCOUNT = "acme-trail", "111122223333"
REGION = os.environ.get("REGION", "us-east-1")


def main():
    folder, base, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    key = rsa.generate_private_key(65537, 2048)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    finger = hashlib.md5(der).hexdigest()
    with open(os.path.join(folder, "keys.json"), "w") as f:
        json.dump({"PublicKeyList": [{"Value": base64.b64encode(der).decode(), "Fingerprint": finger,
                                      "ValidityStartTime": 0, "ValidityEndTime": 4e9}]}, f)
    where = os.path.join(folder, "CloudTrail-Digest", REGION)
    os.makedirs(where)
    open(os.path.join(folder, "signatures"), "w").close()
    before = {"previousDigestS3Bucket": None, "previousDigestS3Object": None,
              "previousDigestHashValue": None, "previousDigestHashAlgorithm": None,
              "previousDigestSignature": None}
    for hour, path in enumerate([*files, None]):
        logs = []
        if path is not None:
            with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
                logs.append({"s3Bucket": BUCKET, "s3Object": "AWSLogs/" + os.path.basename(path),
                             "hashValue": hashlib.sha256(f.read()).hexdigest(), "hashAlgorithm": "SHA-256"})
        begin, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(base + 3600 * (hour + i))) for i in (0, 1))
        stamp = end.replace("-", "").replace(":", "")
        name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_t_{REGION}_{stamp}.json.gz"
        obj = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end[:10].replace('-', '/')}/{name}"
        text = json.dumps({"awsAccountId": ACCOUNT, "digestStartTime": begin, "digestEndTime": end,
                           "digestS3Bucket": BUCKET, "digestS3Object": obj, "digestPublicKeyFingerprint": finger,
                           "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": None,
                           "oldestEventTime": None, **before, "logFiles": logs}).encode()
        digest = hashlib.sha256(text).hexdigest()
        signed = "\n".join([end, f"{BUCKET}/{obj}", digest, before["previousDigestSignature"] or "null"])
        signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()).hex()
        with gzip.open(os.path.join(where, name), "wb") as f:
            f.write(text)
        with open(os.path.join(folder, "signatures"), "a") as f:
            f.write(f"{obj} {signature}\n")
        before = {"previousDigestS3Bucket": BUCKET, "previousDigestS3Object": obj,
                  "previousDigestHashValue": digest, "previousDigestHashAlgorithm": "SHA-256",
                  "previousDigestSignature": signature}


main()
