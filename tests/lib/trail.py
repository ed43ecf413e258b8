# SPDX-License-Identifier: BSD-2-Clause
"""usage: trail.py FILE BASE   writes CloudTrail records, one for each line of the standard input

BASE is a time in seconds that lines count from.  A line is
    KIND ACCOUNT SECONDS [NAME=VALUE]...
with KIND one of signin, failed, act, key, mfa-on, mfa-off, recovery, recovered, password-updated, central,
assume, decrypt, other.
FILE ends with .json.gz (a trail's file), .json (the same, not packed), .jsonl (a
record a line) or .lookup.json (an answer of LookupEvents).
The shapes are those of real records."""
import gzip
import json
import sys
import time
import uuid

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"


def iso(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


def root(account, session=None, key="", **more):
    who = {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root",
           "accountId": account, "accessKeyId": key}
    if session is not None:
        who["sessionContext"] = {"sessionIssuer": {}, "webIdFederationData": {},
                                 "attributes": {"creationDate": iso(session),
                                                "mfaAuthenticated": "true"}, **more}
    return who


def record(kind, account, at, base, o):
    session = base + int(o["session"]) if "session" in o else None
    key = o.get("key", "ASIAIOSFODNN7EXAMPLE" if session is not None else "")
    r = {"eventVersion": "1.08", "userIdentity": root(account, session, key), "eventTime": iso(at),
         "eventSource": o.get("source", "signin") + ".amazonaws.com", "eventName": o.get("name", ""),
         "awsRegion": o.get("region", "us-east-1"), "sourceIPAddress": o.get("from", "192.0.2.10"),
         "userAgent": o.get("agent", AGENT), "requestParameters": None, "responseElements": None,
         "eventID": o.get("id", str(uuid.uuid4())), "readOnly": o.get("write", "no") == "no",
         "eventType": "AwsApiCall", "managementEvent": True, "eventCategory": "Management",
         "recipientAccountId": account}
    if kind in ("signin", "failed"):
        good = kind == "signin"
        r.update(eventName="ConsoleLogin", eventType="AwsConsoleSignIn", readOnly=False,
                 responseElements={"ConsoleLogin": "Success" if good else "Failure"},
                 additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home",
                                      "MobileVersion": "No", "MFAUsed": o.get("mfa", "Yes")})
        if not good:
            r["errorMessage"] = "Failed authentication"
    elif kind == "recovery":
        r.update(eventName="PasswordRecoveryRequested", eventType="AwsConsoleSignIn", readOnly=False,
                 responseElements={"PasswordRecoveryRequested": "Success"})
    elif kind in ("password-updated", "recovered"):
        name = "PasswordUpdated" if kind == "password-updated" else "PasswordRecoveryCompleted"
        r.update(eventName=name, eventType="AwsConsoleSignIn", readOnly=False,
                 responseElements={name: o.get("outcome", "Success")})
    elif kind == "mfa-on":
        r.update(eventSource="iam.amazonaws.com", eventName="EnableMFADevice", readOnly=False,
                 requestParameters={"userName": "AWS ROOT USER", "serialNumber":
                                    o.get("device", f"arn:aws:iam::{account}:mfa/phone")})
    elif kind == "key":
        r.update(eventSource="iam.amazonaws.com", eventName="CreateAccessKey", readOnly=False,
                 responseElements={"accessKey": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE",
                                                 "status": "Active"}})
    elif kind == "mfa-off":
        r.update(eventSource="iam.amazonaws.com", eventName="DeactivateMFADevice", readOnly=False,
                 requestParameters={"userName": "AWS ROOT USER", "serialNumber":
                                    f"arn:aws:iam::{account}:mfa/root-account-mfa-device"})
    elif kind == "central":
        r["userIdentity"] = root(account, at, o["key"], assumedRoot="true")
        r.update(eventSource="iam.amazonaws.com", eventName="DeleteLoginProfile", readOnly=False)
    elif kind in ("assume", "other", "decrypt"):
        r["userIdentity"] = {"type": "AssumedRole", "principalId": "AROAEXAMPLE:carol",
                             "arn": "arn:aws:sts::111111111111:assumed-role/Admin/carol",
                             "accountId": "111111111111", "accessKeyId": "ASIAEXAMPLE"}
        if kind == "assume":
            r.update(eventSource="sts.amazonaws.com", eventName="AssumeRoot",
                     requestParameters={"targetPrincipal": account, "taskPolicyArn": {
                         "arn": "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"}},
                     responseElements={"credentials": {"accessKeyId": o["key"]}},
                     recipientAccountId="111111111111")
        elif kind == "decrypt":
            r.update(eventSource="kms.amazonaws.com", eventName="Decrypt", awsRegion="eu-west-1",
                     requestParameters={"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {
                         "twokey:vault": o["vault"], "twokey:record": o["record"],
                         "twokey:witness": o["witness"]}})
            if "outcome" in o:
                r["errorCode"] = o["outcome"]
        else:
            r.update(eventSource="ec2.amazonaws.com", eventName="DescribeInstances", readOnly=True)
    return r


def main():
    path, base = sys.argv[1], int(sys.argv[2])
    records = []
    for line in sys.stdin:
        words = line.split()
        if words:
            o = dict(w.split("=", 1) for w in words[3:])
            records.append(record(words[0], words[1], base + int(words[2]), base, o))
    if path.endswith(".jsonl"):
        text = "".join(json.dumps(r) + "\n" for r in records)
    elif path.endswith(".lookup.json"):
        text = json.dumps({"Events": [{"EventId": r["eventID"], "EventName": r["eventName"],
                                       "Username": "root", "CloudTrailEvent": json.dumps(r)}
                                      for r in records]}, indent=2)
    else:
        text = json.dumps({"Records": records}, separators=(",", ":"))
    data = text.encode()
    with (gzip.open if path.endswith(".gz") else open)(path, "wb") as f:
        f.write(data)


main()
