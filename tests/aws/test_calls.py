#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""src/aws against the double: every request well signed and well shaped, every trouble a
sentence, an exit code, and as many tries as can help."""
import json
import re
import sys
import time

import tap
from double import Double, KEY
from lib import AS_WATCH, FOLDER, call, path

ROOT = {"secret": KEY["secret"], "arn": "arn:aws:iam::111122223333:root"}
LOOKUP = ["lookup", "Username", "root", "1795435200000", "1795435260000"]


def no_request_was_refused(d):
    tap.equal([r["refused"] for r in d.requests if r["refused"]], [])


def with_answers(answers, *words, name="cloudtrail.LookupEvents", **more):
    """status, words and number of requests when the call is answered so."""
    with Double(FOLDER, {"answers": {name: answers}, **more.pop("scenario", {})}) as d:
        status, out = call(d, *words, **more)
        return status, out, d.calls().count(name)


def test_caller():
    """who the credentials belong to, with and without a session token"""
    keys = {"AKIDEXAMPLE": KEY, "ASIATEMP": {"secret": "s", "token": "t" * 3000 + "=="}}
    with Double(FOLDER, {"keys": keys}) as d:
        status, out = call(d, "caller")
        tap.equal((status, out), (0, "account 111122223333 arn arn:aws:iam::111122223333:user/watch\n"))
        env = {"AWS_ACCESS_KEY_ID": "ASIATEMP", "AWS_SECRET_ACCESS_KEY": "s",
               "AWS_SESSION_TOKEN": "t" * 3000 + "=="}
        tap.equal(call(d, "caller", env=env)[0], 0)
        tap.equal(d.requests[0]["region"], "us-east-1")
        no_request_was_refused(d)


def test_root_is_refused():
    """root's own credentials: asked once, then nothing is sent"""
    for partition in ("aws", "aws-cn", "aws-us-gov"):
        arn = f"arn:{partition}:iam::111122223333:root"
        with Double(FOLDER, {"keys": {"AKIDEXAMPLE": {**ROOT, "arn": arn}}}) as d:
            status, out = call(d, *LOOKUP)
            tap.equal((status, d.calls()), (3, ["sts.GetCallerIdentity"]))
            tap.has(out, "root user of account 111122223333", "the environment", "hint: Delete root's")
    for arn in ("arn:aws:iam::111122223333:user/root", "arn:aws:sts::111122223333:assumed-role/a/root"):
        with Double(FOLDER, {"keys": {"AKIDEXAMPLE": {**ROOT, "arn": arn}}}) as d:
            tap.equal(call(d, *LOOKUP)[0], 0)


def test_expiry():
    """credentials are loaded once, or anew when they are about to expire"""
    for seconds, runs in ((3600, 1), (200, 5)):
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        count = path("count", "")
        script = path("process.sh", f"#!/bin/sh\necho >>{count}\necho '" + json.dumps(
            {"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": KEY["secret"],
             "Expiration": until}) + "'\n", 0o700)
        file = path("credentials", f"[default]\ncredential_process = {script}\n")
        with Double(FOLDER) as d:
            status, _ = call(d, "caller", *LOOKUP, *LOOKUP, options=["-f", file], env={})
        with open(count, encoding="utf-8") as f:
            tap.equal((status, len(f.read())), (0, runs))


def test_lookup_pages():
    """the event history, page after page, each with the same parameters, two a second"""
    events = [{"eventID": str(i), "text": 'quoted "\\\u00e9\U0001f511\n' + "x" * i} for i in range(120)]
    with Double(FOLDER, {"events": events}) as d:
        status, out = call(d, *LOOKUP, *LOOKUP)
        lines = [line for line in out.splitlines() if not line.startswith("slept")]
        tap.equal((status, [json.loads(x) for x in lines]), (0, events * 2))
        tap.equal(d.calls(), ["sts.GetCallerIdentity"] + ["cloudtrail.LookupEvents"] * 6)
        bodies = [json.loads(r["body"]) for r in d.requests[1:4]]
        tap.equal([b.pop("NextToken", None) for b in bodies], [None, "page=50", "page=100"])
        tap.equal(bodies, [{"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": "root"}],
                            "StartTime": 1795435200, "EndTime": 1795435260, "MaxResults": 50}] * 3)
        waits = [int(x) for x in re.findall(r"slept (\d+)", out)]
        # Between pages of one listing; a call that took half a second needs none.
        tap.equal((1 <= len(waits) <= 4, max(waits) <= 500, sum(waits) > 0), (True, True, True))
        tap.equal(len({r["connection"] for r in d.requests}), 1)
        no_request_was_refused(d)


def test_keys():
    """public keys of digests"""
    key = {"Value": "AAAA", "Fingerprint": "ff", "ValidityStartTime": 1.5E9, "ValidityEndTime": 1600000000.5}
    status, out, _ = with_answers([{"json": {"PublicKeyList": [key]}}], "keys", "eu-west-1", "0", "1000",
                                  name="cloudtrail.ListPublicKeys")
    tap.equal((status, out), (0, "key ff AAAA 1500000000000 1600000000500\n"))


def test_throttling():
    """throttling, 5xx and broken connections are tried again, ever later, not for ever"""
    for a in ({"error": "ThrottlingException"}, {"error": "InternalError", "status": 500},
              {"status": 503, "text": "<html>"}, {"status": 429}, {"fault": "cut", "text": "{" * 20},
              {"fault": "reset"}):
        status, out, n = with_answers([a, a, {}], *LOOKUP)
        tap.equal((status, n), (0, 3))
        status, out, n = with_answers([a], *LOOKUP)
        # libcurl itself asks again where a kept connection ends without a word.
        tap.equal((status, n - (a.get("fault") == "reset")), (8, 6))
        waits = [int(x) for x in re.findall(r"slept (\d+)", out)]
        tap.equal(sum(waits), 500 + 1000 + 2000 + 4000 + 8000)


def test_total_limit():
    """all tries together have a limit of time"""
    status, out, n = with_answers([{"fault": "slow", "seconds": 2, "error": "Throttling"}], *LOOKUP,
                                  options=["-T", "3000"])
    tap.equal((status, n <= 2), (8, True))


def test_errors():
    """what AWS refuses: a sentence, what to do, the exit code, and one try"""
    cases = [("AccessDeniedException", 8, "does not allow cloudtrail:LookupEvents", "Action cloudtrail:LookupEvents"),
             ("ExpiredTokenException", 8, "temporary credentials have expired", "credential_process"),
             ("UnrecognizedClientException", 8, "does not know this access key", "still active"),
             ("InvalidSignatureException", 8, "signature does not fit", "clock"),
             ("InvalidTimeRangeException", 8, "answers InvalidTimeRangeException to cloudtrail:LookupEvents", ""),
             ("ResourceNotFoundException", 1, "answers ResourceNotFoundException", "")]
    for code, exit_code, said, hint in cases:
        status, out, n = with_answers([{"error": code, "message": "why \x1b[31m not\u202e"}], *LOOKUP)
        tap.equal((status, n), (exit_code, 1))
        tap.has(out, said, hint)
        tap.hasnt(out, "\x1b", "\u202e", KEY["secret"])


def test_error_forms():
    """the errors of every protocol, in all their spellings"""
    forms = [{"status": 400, "text": '{"__type":"a.b#AccessDeniedException","Message":"m1"}'},
             {"status": 400, "text": '{"code":"AccessDenied","message":"m1"}'},
             {"status": 403, "text": '{"message":"m1"}', "headers": {"x-amzn-ErrorType": "AccessDeniedException:http://x"}},
             {"status": 403, "text": "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m1</Message></Error></ErrorResponse>"},
             {"status": 403, "text": "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>m1</Message></Error>"}]
    for form in forms:
        status, out, _ = with_answers([form], *LOOKUP)
        tap.equal(status, 8)
        tap.has(out, "does not allow", "m1")
    for body in ("", "garbage", "{", "<a", "[1]", "<a></b>", "{" * 100):
        status, out, _ = with_answers([{"status": 400, "text": body}], *LOOKUP)
        tap.equal(status, 8)
        tap.has(out, "answers without a code to cloudtrail:LookupEvents", "HTTP 400")


def test_garbage():
    """an answer that is no answer"""
    for body in ("", "x", "{", "[]", "{}", '{"Events":{}}', '{"Events":[{}]}', '{"Events":[1]}',
                 '{"Events":[{"CloudTrailEvent":5}]}', '{"Events":[]} x', '{"Events":[],}',
                 '{"Events":["\\x"]}', '{"Events":' + "[" * 40 + "]" * 40 + "}",
                 '{"Events":[],"NextToken":5}'):
        status, out, n = with_answers([{"text": body}], *LOOKUP)
        tap.equal((status, n), (1, 1))
        tap.has(out, "The answer to cloudtrail:LookupEvents is malformed: ")
    for body in ("", "<a/>", "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>arn:x"
                 "</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"):
        status, out, n = with_answers([{"text": body}], *LOOKUP, name="sts.GetCallerIdentity")
        tap.equal((status, n), (1, 1))
        tap.has(out, "The answer to sts:GetCallerIdentity is malformed: ")
    status, out, n = with_answers([{"text": '{"Events":[],"NextToken":"a"}'}], *LOOKUP)
    tap.equal((status, n), (1, 2))
    tap.has(out, "go in a circle")
    status, out, n = with_answers([{"fault": "huge", "json": {"Events": []}}], *LOOKUP)
    tap.equal((status, n), (8, 1))
    tap.has(out, "more than the 33554432 bytes")


def test_clock():
    """a clock that is off is set right by the answer's date, once"""
    for ahead in (-7200, -400, 400, 86400):
        with Double(FOLDER, {"clock": ahead}) as d:
            status, out = call(d, *LOOKUP, *LOOKUP)
            tap.equal((status, len(d.requests)), (0, 4))
            tap.equal([bool(r["refused"]) for r in d.requests], [True, False, False, False])
    status, out, n = with_answers([{"error": "RequestExpired", "headers": {"Date": "nonsense"}}], *LOOKUP)
    tap.equal((status, n), (8, 1))
    tap.has(out, "this machine's clock is off")


def test_wrong_secret():
    """a wrong secret is told, and is nowhere in the words"""
    with Double(FOLDER) as d:
        status, out = call(d, "caller", env={**AS_WATCH, "AWS_SECRET_ACCESS_KEY": "wrong-secret"})
        tap.equal((status, len(d.requests)), (8, 1))
        tap.has(out, "AWS refuses sts:GetCallerIdentity: the signature does not fit")
        tap.hasnt(out, "wrong-secret")


def test_regions():
    """regions and partitions that cannot be"""
    with Double(FOLDER) as d:
        for region in ("", "x", "eu-west", "us-iso-east-1", "eu-west-1/../x", "EU-WEST-1", "eusc-de-east-1"):
            status, out = call(d, "caller", options=["-r", region])
            tap.equal((status, d.requests), (2, []))
        for region in ("cn-north-1", "us-gov-east-1", "ap-southeast-7"):
            tap.equal(call(d, "caller", options=["-r", region])[0], 0)
            tap.equal(d.requests[-1]["region"], region)


OBJECTS = {"trail": {f"AWSLogs/{i:03d}": {"text": "x" * i} for i in range(25)}}
OBJECTS["trail"].update({k: {"text": k} for k in (
    "odd/a b+c=d&e?f#g%h:i*j@k,l(m)!'~", "odd//x/../y/./z", "odd/\u00e9\u20ac\U0001f511", "odd/<&>\"")})
OBJECTS["trail"]["digest"] = {"text": "{}", "meta": {"signature": "ab" * 256, "signature-algorithm": "SHA256withRSA"}}


def test_s3_list():
    """a bucket's keys over many pages, and from a key on"""
    with Double(FOLDER, {"objects": OBJECTS, "page": 7}) as d:
        status, out = call(d, "s3-list", "trail", "AWSLogs/", "")
        tap.equal((status, out), (0, "".join(f"{i} AWSLogs/{i:03d}\n" for i in range(25)) + "region \n"))
        tap.equal(d.calls().count("s3.ListObjectsV2"), 4)
        status, out = call(d, "s3-list", "trail", "AWSLogs/", "AWSLogs/022")
        tap.equal((status, out), (0, "23 AWSLogs/023\n24 AWSLogs/024\nregion \n"))
        status, out = call(d, "s3-list", "trail", "odd", "")
        tap.equal(sorted(x.split(" ", 1)[1] for x in out.splitlines()[:-1]),
                  sorted(k for k in OBJECTS["trail"] if k.startswith("odd")))
        no_request_was_refused(d)
    keys = {k: {"text": k} for k in ("a%41", "a+b", "a&b")}
    with Double(FOLDER, {"objects": {"b": keys}, "encodes": False}) as d:
        tap.equal(call(d, "s3-list", "b", "", "")[1], "4 a%41\n3 a&b\n3 a+b\nregion \n")


def test_s3_get():
    """objects with odd keys, whole, with what stands beside a digest"""
    out_file = path("object")
    with Double(FOLDER, {"objects": OBJECTS}) as d:
        for key, o in OBJECTS["trail"].items():
            if key.startswith(("odd", "digest")):
                status, out = call(d, "s3-get", "trail", key, out_file, "1000")
                tap.equal(status, 0)
                with open(out_file, encoding="utf-8") as f:
                    tap.equal(f.read(), o["text"])
        tap.has(out, "signature " + "ab" * 256 + " algorithm SHA256withRSA")
        status, out = call(d, "s3-get", "trail", "gone", out_file, "1000")
        tap.equal(status, 1)
        tap.has(out, "NoSuchKey to s3:GetObject: The specified key does not exist.")
        tap.equal(call(d, "s3-get", "none", "x", out_file, "1000")[0], 1)
        status, out = call(d, "s3-get", "trail", "AWSLogs/024", out_file, "23")
        tap.equal(status, 8)
        tap.has(out, "more than the 23 bytes")
        no_request_was_refused(d)


def test_s3_slow():
    """an object may take as long as one try, all tries of it too"""
    with Double(FOLDER, {"objects": OBJECTS, "answers": {"s3.GetObject": [{"error": "SlowDown", "status": 503}, {}]}}) as d:
        # Three steps of 40 s: more than the 90 s of other calls.
        status, out = call(d, "s3-get", "trail", "digest", path("object"), "1000", options=["-J", "40000"])
        tap.equal((status, out.count("slept"), d.calls().count("s3.GetObject")), (0, 3, 2))


def test_s3_region():
    """a bucket of another region is found there, and from then on asked there"""
    with Double(FOLDER, {"objects": OBJECTS, "regions": {"trail": "eu-west-1"}, "page": 9}) as d:
        status, out = call(d, "s3-list", "trail", "AWSLogs/", "")
        tap.equal((status, out.splitlines()[-1]), (0, "region eu-west-1"))
        tap.equal([r["region"] for r in d.requests[1:]], ["us-east-1"] + ["eu-west-1"] * 3)
    with Double(FOLDER, {"objects": OBJECTS, "regions": {"trail": "cn-north-1"}}) as d:
        status, out = call(d, "s3-list", "trail", "", "")
        tap.equal((status, len(d.requests)), (8, 2))


def test_s3_broken():
    """a cut answer is fetched again from its start; lists that are none"""
    out_file = path("object")
    with Double(FOLDER, {"objects": OBJECTS, "answers": {"s3.GetObject": [{"fault": "cut"}, {}]}}) as d:
        tap.equal(call(d, "s3-get", "trail", "AWSLogs/024", out_file, "1000")[0], 0)
        with open(out_file, encoding="utf-8") as f:
            tap.equal(f.read(), "x" * 24)
    start = "<ListBucketResult><IsTruncated>"
    for body in ("", "x", "<a/>", "<ListBucketResult/>", start + "maybe</IsTruncated></ListBucketResult>",
                 start + "true</IsTruncated></ListBucketResult>", start + "false</IsTruncated>",
                 start + "false</IsTruncated><Contents/></ListBucketResult>",
                 start + "false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>%0</Key><Size>1</Size></Contents></ListBucketResult>",
                 start + "false</IsTruncated><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
                 '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a>" * 20 + "</a>" * 20):
        status, out, _ = with_answers([{"text": body}], "s3-list", "b", "", "", name="s3.ListObjectsV2")
        tap.equal(status, 1)
        tap.has(out, "The answer to s3:ListBucket is malformed: ")


if __name__ == "__main__":
    tap.run(sys.modules[__name__])
