#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The smaller services: what they are asked, what is read from their answers."""
import base64
import json
import sys

import tap
from double import Double, KEY
from lib import FOLDER, call

QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/root-events"
ARN = "arn:aws:kms:us-east-1:111122223333:key/1234"


def ask(name, answers, *words):
    """status, words and requests of one step when this call is answered so."""
    with Double(FOLDER, {"answers": {name: answers}}) as d:
        status, out = call(d, *words)
        tap.equal([r["refused"] for r in d.requests if r["refused"]], [])
        return status, out, [r for r in d.requests if r["call"] == name]


def xml(action, inner):
    return {"text": f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">\n  <{action}Result>\n'
                    f"{inner}\n  </{action}Result><ResponseMetadata><RequestId>1</RequestId>"
                    f"</ResponseMetadata></{action}Response>\n"}


def test_sqs():
    """messages of a queue in the region that it names; none; deleting"""
    body = '{"detail":{"a":"\\u00e9\\n"}}'
    messages = [{"MessageId": f"m{i}", "ReceiptHandle": "r/+=", "Body": body, "MD5OfBody": "x",
                 "Attributes": {"SentTimestamp": "1"}} for i in range(10)]
    status, out, asked = ask("sqs.ReceiveMessage", [{"json": {"Messages": messages}}], "receive", QUEUE, "20")
    tap.equal((status, out.splitlines()[0]), (0, f"message m0 r/+= {len(body)} {body}"))
    tap.has(out, "received 10")
    tap.equal(asked[0]["region"], "eu-west-1")
    tap.equal(json.loads(asked[0]["body"]),
              {"QueueUrl": QUEUE, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20, "VisibilityTimeout": 30,
               "MessageSystemAttributeNames": ["All"]})
    tap.equal(ask("sqs.ReceiveMessage", [{"json": {}}], "receive", QUEUE, "0")[:2], (0, "received 0\n"))
    status, out, asked = ask("sqs.DeleteMessage", [{"text": ""}], "delete", QUEUE, "r/+=")
    tap.equal((status, json.loads(asked[0]["body"])), (0, {"QueueUrl": QUEUE, "ReceiptHandle": "r/+="}))
    tap.equal(ask("sqs.ReceiveMessage", [{"error": "QueueDoesNotExist"}], "receive", QUEUE, "0")[0], 1)
    tap.equal(ask("sqs.ReceiveMessage", [{"json": {"Messages": [{}]}}], "receive", QUEUE, "0")[0], 1)
    tap.equal(ask("sqs.DeleteMessage", [{"error": "ReceiptHandleIsInvalid"}], "delete", QUEUE, "x")[0], 8)


def test_kms():
    """encrypt and decrypt with a context; no plaintext where it does not belong"""
    blob = base64.b64encode(b"\1\2blob").decode()
    status, out, asked = ask("kms.Encrypt", [{"json": {"CiphertextBlob": blob, "KeyId": ARN}}],
                             "encrypt", "alias/witness", "unseal-id", "a-1", "plain-text")
    tap.equal(status, 0)
    tap.has(out, f"blob {blob} key {ARN} request 00000000-0000-4000-8000-")
    tap.equal(json.loads(asked[0]["body"]),
              {"Plaintext": base64.b64encode(b"plain-text").decode(), "KeyId": "alias/witness",
               "EncryptionContext": {"unseal-id": "a-1"}})
    plain = base64.b64encode(b"plain-text").decode()
    status, out, asked = ask("kms.Decrypt", [{"json": {"Plaintext": plain, "KeyId": ARN}}],
                             "decrypt", ARN, "unseal-id", "a-1", blob)
    tap.equal(status, 0)
    tap.has(out, "plain plain-text key " + ARN)
    for code, status in (("InvalidCiphertextException", 6), ("IncorrectKeyException", 6), ("DisabledException", 8),
                         ("NotFoundException", 1), ("KMSInvalidStateException", 8), ("AccessDeniedException", 8)):
        tap.equal((code, ask("kms.Decrypt", [{"error": code}], "decrypt", ARN, "u", "a", blob)[0]), (code, status))
    for answer in ({}, {"Plaintext": plain}, {"KeyId": ARN}, {"KeyId": ARN, "Plaintext": "!"},
                   {"KeyId": 'a"b', "Plaintext": plain}, {"KeyId": ARN, "Plaintext": "A" * 9000}):
        tap.equal(ask("kms.Decrypt", [{"json": answer}], "decrypt", ARN, "u", "a", blob)[0], 1)
    for value in ('a"b', "", "a b", "\u00e9"):
        status, out, asked = ask("kms.Decrypt", [{}], "decrypt", ARN, "u", value, blob)
        tap.equal((status, asked), (2, []))


def test_kms_key():
    """what a key is"""
    meta = {"Arn": ARN, "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
            "Origin": "AWS_KMS", "CreationDate": 1.6E9}
    status, out, _ = ask("kms.DescribeKey", [{"json": {"KeyMetadata": meta}}], "key", "alias/w")
    tap.equal((status, out), (0, f"key {ARN} Enabled ENCRYPT_DECRYPT SYMMETRIC_DEFAULT\n"))


def test_iam_summary():
    """the account's summary"""
    entries = "".join(f"<entry><key>{k}</key><value>{v}</value></entry>" for k, v in (
        ("Users", 7), ("AccountMFAEnabled", 1), ("AccountAccessKeysPresent", 0),
        ("AccountSigningCertificatesPresent", 0), ("AccountPasswordPresent", 1)))
    status, out, asked = ask("iam.GetAccountSummary",
                             [xml("GetAccountSummary", f"<SummaryMap>{entries}</SummaryMap>")], "summary")
    tap.equal((status, out), (0, "mfa 1 keys 0 certificates 0 password 1\n"))
    tap.equal(asked[0]["region"], "us-east-1")
    tap.equal(ask("iam.GetAccountSummary", [xml("GetAccountSummary", "<SummaryMap/>")], "summary")[1],
              "mfa -1 keys -1 certificates -1 password -1\n")
    tap.equal(ask("iam.GetAccountSummary", [{"text": "<a/>"}], "summary")[0], 1)


def test_iam_report():
    """a credential report that has to be made first, and one that never is"""
    csv = "user,arn\n<root_account>,x\n"
    state = [xml("GenerateCredentialReport", f"<State>{s}</State>") for s in ("STARTED", "INPROGRESS", "COMPLETE")]
    done = xml("GetCredentialReport", f"<Content>{base64.b64encode(csv.encode()).decode()}</Content>"
                                      "<ReportFormat>text/csv</ReportFormat>")
    with Double(FOLDER, {"answers": {"iam.GenerateCredentialReport": state, "iam.GetCredentialReport": [done]}}) as d:
        status, out = call(d, "report")
        tap.equal((status, out), (0, "slept 2000\nslept 2000\n" + csv + "\n"))
        tap.equal(d.calls()[1:], ["iam.GenerateCredentialReport"] * 3 + ["iam.GetCredentialReport"])
    status, out, _ = ask("iam.GenerateCredentialReport", state[:1], "report")
    tap.equal((status, out.count("slept")), (8, 30))


def test_iam_mfa():
    """virtual MFA devices over two pages"""
    def page(serial, more):
        return xml("ListVirtualMFADevices", f"<IsTruncated>{more}</IsTruncated><VirtualMFADevices><member><SerialNumber>"
                                            f"{serial}</SerialNumber></member></VirtualMFADevices>" +
                   ("<Marker>a/b=</Marker>" if more == "true" else ""))
    status, out, asked = ask("iam.ListVirtualMFADevices", [page("one", "true"), page("two", "false")], "mfa")
    tap.equal((status, out), (0, "virtual one\nvirtual two\n"))
    tap.has(asked[1]["body"].decode(), "AssignmentStatus=Assigned&Marker=a%2Fb%3D")


def test_iam_mfa_of_root():
    """a virtual device is root's by its name or by who stands behind it"""
    accounts = {"111122223333": {"virtual": [
        [f"arn:aws:iam::{n}:mfa/{name}", f"arn:aws:iam::{n}:{user}"] for n, name, user in (
            ("111122223333", "root-account-mfa-device", "user/x"), ("111122223333", "phone", "root"),
            ("111122223333", "alice", "user/root"), ("444455556666", "root-account-mfa-device", "root"))]}}
    with Double(FOLDER, {"accounts": accounts}) as d:
        tap.equal([line.endswith(" root's") for line in call(d, "mfa")[1].splitlines()],
                  [True, True, False, False])


def test_assume_role():
    """a role's credentials for a quarter of an hour; no role, and an answer without them"""
    keys = {"AKIDEXAMPLE": KEY, "ASIA444455556666": {"secret": "s/+e", "token": "t/+=",
                                                     "arn": "arn:aws:sts::444455556666:assumed-role/r/twokey"}}
    with Double(FOLDER, {"keys": keys}) as d:
        tap.equal(call(d, "assume", "444455556666", "a/r@=,"), (0, "assumed ASIA444455556666 s/+e t/+=\n"))
        tap.equal(d.calls(), ["sts.GetCallerIdentity", "sts.AssumeRole"])
        tap.equal(d.requests[1]["body"].decode(),
                  "Action=AssumeRole&Version=2011-06-15&DurationSeconds=900&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666"
                  "%3Arole%2Fa%2Fr%40%3D%2C&RoleSessionName=twokey")
        status, out = call(d, "assume", "999988887777", "r")
        tap.equal(status, 8)
        tap.has(out, "does not allow sts:AssumeRole")
    tap.equal(ask("sts.AssumeRole", [xml("AssumeRole", "<Credentials/>")], "assume", "444455556666", "r")[0], 1)


def test_iam_features():
    """centralized root access: on, off, and not here"""
    answer = xml("ListOrganizationsFeatures", "<OrganizationId>o-abc</OrganizationId><EnabledFeatures><member>"
                                              "RootSessions</member></EnabledFeatures>")
    tap.equal(ask("iam.ListOrganizationsFeatures", [answer], "features")[:2],
              (0, "organization o-abc credentials 0 sessions 1 why \n"))
    for code in ("ServiceAccessNotEnabledException", "OrganizationNotFoundException"):
        tap.equal(ask("iam.ListOrganizationsFeatures", [{"error": code}], "features")[:2],
                  (0, f"organization  credentials 0 sessions 0 why {code}\n"))
    tap.equal(ask("iam.ListOrganizationsFeatures", [{"error": "AccessDenied", "status": 403}], "features")[0], 8)


def test_organizations():
    """the organization, its accounts over two pages, and none"""
    tap.equal(ask("organizations.DescribeOrganization",
                  [{"json": {"Organization": {"Id": "o-a", "MasterAccountId": "111122223333", "FeatureSet": "ALL"}}}],
                  "organization")[:2], (0, "organization o-a of 111122223333 all 1\n"))
    tap.equal(ask("organizations.DescribeOrganization", [{"error": "AWSOrganizationsNotInUseException"}],
                  "organization")[0], 1)

    def page(n, **more):
        return {"json": {"Accounts": [{"Id": f"{n}" * 12, "Name": "n\u202e", "Email": "e@x", "Status": "ACTIVE"}], **more}}
    status, out, asked = ask("organizations.ListAccounts", [page(1, NextToken="t"), page(2)], "accounts")
    tap.equal((status, out), (0, f"account {'1' * 12} ACTIVE e@x n\\xE2\\x80\\xAE\naccount {'2' * 12} ACTIVE e@x "
                                 "n\\xE2\\x80\\xAE\n"))
    tap.equal(json.loads(asked[1]["body"]), {"NextToken": "t"})


def test_contacts():
    """alternate contacts, set and not"""
    contact = {"AlternateContactType": "SECURITY", "EmailAddress": "s@x", "Name": "S", "Title": "T", "PhoneNumber": "1"}
    status, out, asked = ask("account.GetAlternateContact", [{"json": {"AlternateContact": contact}}],
                             "contact", "SECURITY", "111122223333")
    tap.equal((status, out), (0, "contact 1 s@x S T 1\n"))
    tap.equal(json.loads(asked[0]["body"]), {"AlternateContactType": "SECURITY", "AccountId": "111122223333"})
    tap.equal(ask("account.GetAlternateContact", [{"error": "ResourceNotFoundException", "status": 404}],
                  "contact", "SECURITY", "")[:2], (0, "contact 0    \n"))
    status, out, _ = ask("account.GetAlternateContact", [{"error": "AccessDeniedException", "status": 403}],
                         "contact", "SECURITY", "")
    tap.equal(status, 8)
    tap.has(out, "does not allow account:GetAlternateContact")


if __name__ == "__main__":
    tap.run(sys.modules[__name__])
