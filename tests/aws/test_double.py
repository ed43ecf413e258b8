#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The double itself: it takes what botocore's own clients send, and refuses what is signed or
shaped otherwise."""
import hashlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

import botocore.config
import botocore.exceptions
import botocore.session

import sign
import tap
from double import Double, KEY
from lib import FOLDER, call, path

HERE = os.path.dirname(os.path.abspath(__file__))


def client(d, service, **more):
    session = botocore.session.get_session()
    session.set_credentials("AKIDEXAMPLE", more.pop("secret", KEY["secret"]))
    return session.create_client(service, region_name="us-east-1", endpoint_url=d.url, verify=d.ca,
                                 config=botocore.config.Config(retries={"max_attempts": 0},
                                                               s3={"addressing_style": "path"}))


def code_of(fn, **parameters):
    try:
        fn(**parameters)
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"]
    return None


def test_botocore():
    """botocore's clients are answered, in shapes that they can read"""
    events = [{"eventID": str(i)} for i in range(60)]
    objects = {"b": {"a b/\u00e9": {"text": "x", "meta": {"signature": "ab"}}}}
    with Double(FOLDER, {"events": events, "objects": objects}) as d:
        tap.equal(client(d, "sts").get_caller_identity()["Arn"], KEY["arn"])
        pages = client(d, "cloudtrail").get_paginator("lookup_events").paginate(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "root"}])
        tap.equal(len([e for p in pages for e in p["Events"]]), 60)
        s3 = client(d, "s3")
        tap.equal([o["Key"] for o in s3.list_objects_v2(Bucket="b", Prefix="")["Contents"]], ["a b/\u00e9"])
        got = s3.get_object(Bucket="b", Key="a b/\u00e9")
        tap.equal((got["Body"].read(), got["Metadata"]), (b"x", {"signature": "ab"}))
        tap.equal([r["refused"] for r in d.requests if r["refused"]], [])


def test_errors():
    """errors in the form of each protocol"""
    calls = [("sts", "GetCallerIdentity", {}), ("iam", "GetAccountSummary", {}), ("kms", "DescribeKey", {"KeyId": "x"}),
             ("cloudtrail", "LookupEvents", {}), ("organizations", "DescribeOrganization", {}),
             ("s3", "ListObjectsV2", {"Bucket": "b"}), ("account", "GetAlternateContact", {"AlternateContactType": "SECURITY"})]
    for service, name, parameters in calls:
        with Double(FOLDER, {"answers": {f"{service}.{name}": [{"error": "StrangeCode", "message": "a<b"}]}}) as d:
            made = client(d, service)
            operation = next(k for k, v in made.meta.method_to_api_mapping.items() if v == name)
            tap.equal((service, code_of(getattr(made, operation), **parameters)), (service, "StrangeCode"))


def raw(d, change=None, headers=None, body=b'{"MaxResults":50}', unsigned=None, target="LookupEvents"):
    """LookupEvents as it should be signed, with one thing changed afterwards; the code of its error."""
    date = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    head = {"host": d.url[8:], "x-amz-date": date, "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + target, **(headers or {})}
    canonical = sign.strict("POST", "/", "", head, hashlib.sha256(body).hexdigest(), "cloudtrail")
    head["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{date[:8]}/us-east-1/cloudtrail/aws4_request, SignedHeaders="
        f"{';'.join(sorted(head))}, Signature={sign.signature(canonical, KEY['secret'], date, 'us-east-1', 'cloudtrail')}")
    head.update(unsigned or {})
    if change:
        head[change[0]] = head[change[0]].replace(*change[1:])
        body = body.replace(b"50", b"49") if change[0] == "body" else body
    try:
        urllib.request.urlopen(urllib.request.Request(d.url + "/", data=body, headers=head, method="POST"),
                               context=ssl.create_default_context(cafile=d.ca), timeout=20).read()
    except urllib.error.HTTPError as e:
        return json.loads(e.read())["__type"]
    return None


def test_refusals():
    """one thing that is wrong is enough"""
    with Double(FOLDER) as d:
        tap.equal(raw(d), None)
        tap.equal(raw(d, ("Authorization", "Signature=", "Signature=0")), "MissingAuthenticationToken")
        tap.equal(raw(d, ("Authorization", "us-east-1", "us-east-2")), "SignatureDoesNotMatch")
        tap.equal(raw(d, ("Authorization", "AKIDEXAMPLE", "AKIDNOBODY")), "UnrecognizedClientException")
        tap.equal(raw(d, ("content-type", "1.1", "1.0")), "SignatureDoesNotMatch")
        tap.equal(raw(d, ("x-amz-date", "Z", "z")), "SignatureDoesNotMatch")
        tap.equal(raw(d, unsigned={"x-new": "1"}), "IncompleteSignature")
        tap.equal(raw(d, headers={"x-amz-security-token": "t"}), "InvalidToken")
        for body in (b'{"MaxResults":"50"}', b'{"Max":50}', b"", b"[]", b'{"LookupAttributes":[{"AttributeKey":"X"}]}'):
            tap.equal((body, raw(d, body=body)), (body, "ValidationException"))
        tap.equal(raw(d, target="NoSuchCall"), "ValidationException")
        tap.equal(raw(d, headers={"content-type": "application/json"}), "ValidationException")
        d.clock = 400
        tap.equal(raw(d), "InvalidSignatureException")


def test_program():
    """the double as a program of its own, with a scenario from a file"""
    folder = path("standalone/x", "")
    folder = os.path.dirname(folder)
    os.chmod(folder, 0o755)
    scenario = path("scenario.json", json.dumps({"events": [{"eventID": "e-1"}]}))
    p = subprocess.Popen([os.path.join(HERE, "double.py"), folder, scenario], stdin=subprocess.PIPE)
    for _ in range(100):
        if os.path.exists(os.path.join(folder, "url")) and os.path.getsize(os.path.join(folder, "url")):
            break
        time.sleep(0.1)

    class Running:
        with open(os.path.join(folder, "url"), encoding="utf-8") as f:
            url = f.read().strip()
        ca = os.path.join(folder, "ca-server.pem")

    status, out = call(Running, "lookup", "Username", "root", "0", "1000")
    tap.equal((status, out), (0, '{"eventID": "e-1"}\n'))
    with open(os.path.join(folder, "requests.jsonl"), encoding="utf-8") as f:
        tap.equal([json.loads(x)["call"] for x in f], ["sts.GetCallerIdentity", "cloudtrail.LookupEvents"])
    p.stdin.close()
    tap.equal(p.wait(timeout=10), 0)


if __name__ == "__main__":
    tap.run(sys.modules[__name__])
