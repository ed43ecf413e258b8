# SPDX-License-Identifier: BSD-2-Clause
"""usage: bucket.py FOLDER KEYS   prints a trail's bucket, for tests/aws/double.py's scenarios

The trail files in FOLDER are of us-east-1 and of the day that their names tell, its digests are those of digests.py, and
KEYS is the keys.json that it made."""
import json
import os
import sys

BUCKET, ACCOUNT = "acme-trail", "111122223333"


def main():
    folder, keys = sys.argv[1:]
    objects = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json.gz"):
            day = name.split("_")[3]
            objects[f"p/AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{day[:4]}/{day[4:6]}/{day[6:8]}/{name}"] = {
                "file": os.path.join(folder, name)}
    with open(os.path.join(folder, "signatures"), encoding="utf-8") as f:
        for line in f:
            key, signature = line.split()
            path = os.path.join(folder, "CloudTrail-Digest", "us-east-1", os.path.basename(key))
            objects["p/" + key] = {"file": path, "meta": {"signature": signature,
                                                          "signature-algorithm": "SHA256withRSA"}}
    with open(keys, encoding="utf-8") as f:
        print(json.dumps({"objects": {BUCKET: objects}, "public_keys": json.load(f)["PublicKeyList"]}))


main()
