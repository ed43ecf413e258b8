#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A double of AWS on 127.0.0.1: checks signatures and shapes of every request, and answers
as a scenario says.  As a program: double.py FOLDER SCENARIO.json [PORT]; it writes
FOLDER/url, FOLDER/ca-server.pem and FOLDER/requests.jsonl, and ends with its stdin.

A scenario: {"keys": {ID: {"secret", "token", "arn"}}, "clock": seconds that it is ahead, or
"now": seconds since 1970 at which it stands still,
"answers": {"cloudtrail.LookupEvents": [ANSWER, ...]}, "events": [record, ...],
"objects": {BUCKET: {KEY: {"text" or "file", "meta": {}}}}, "public_keys": [as CloudTrail has them], "regions": {BUCKET: region},
"page": keys in a list at most, "accounts", "management", "features": double_accounts.py, "encodes": false for a store without encoding-type,
"starts": false for one without start-after}.
ANSWER: {"status", "json" | "text", "headers"}, or {"error": CODE, "message", "status"}, and
"fault": "cut" (amid the body), "reset" (before it), "slow" (after "seconds"), "huge".
The last answer of a list stands for all further ones; {} is the answer without a scenario."""
import base64
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse
from email.utils import formatdate
from xml.sax.saxutils import escape

import ca
import shapes
import sign
from double_accounts import Accounts

KEY = {"secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
       "arn": "arn:aws:iam::111122223333:user/watch"}


def error_body(service, code, message, request_id):
    if service == "s3":
        return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>'
                f'{escape(message)}</Message><RequestId>{request_id}</RequestId></Error>'), {}
    if service in shapes.QUERY:
        return (f'<ErrorResponse xmlns="https://example.com/doc/"><Error><Type>Sender</Type><Code>'
                f'{code}</Code><Message>{escape(message)}</Message></Error><RequestId>{request_id}'
                f'</RequestId></ErrorResponse>'), {}
    if service == "account":
        return json.dumps({"message": message}), {"x-amzn-ErrorType": code + ":http://example.com/"}
    prefix = "com.amazonaws.coral.service#" if service == "kms" else ""
    return json.dumps({"__type": prefix + code, "Message" if service == "kms" else "message":
                       message}), {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return formatdate(self.server.double.time(), usegmt=True)

    def read(self):
        path, _, query = self.path.partition("?")
        headers = {}
        for name, value in self.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return {"method": self.command, "path": path, "query": query, "headers": headers,
                "body": body, "url": f"https://{headers.get('host')}{self.path}",
                "connection": id(self.connection)}

    def answer(self):
        double, request = self.server.double, self.read()
        service, call, reply = "?", "?", None
        m = sign.AUTHORIZATION.fullmatch(request["headers"].get("authorization", ""))
        try:
            service = m.group(4) if m else "?"
            request["key"], request["region"], service = sign.check(
                request, double.keys, double.time())
            call = shapes.check(service, request)
        except sign.Wrong as wrong:
            reply = {"error": wrong.args[0], "message": wrong.args[1], "status": 403}
        except Exception as fault:  # whatever is wrong with the request
            reply = {"error": "ValidationException", "message": str(fault), "status": 400}
        request["call"] = f"{service}.{call}"
        request["refused"] = reply
        double.note(request)
        self.send(service, reply or double.answer_to(service, call, request))

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def send(self, service, a):
        fault = a.get("fault")
        if fault == "reset":
            self.close_connection = True
            return self.connection.close()
        if fault == "slow":
            time.sleep(a["seconds"])
        status, headers = a.get("status", 400 if "error" in a else 200), dict(a.get("headers", {}))
        body = a.get("text", json.dumps(a["json"]) if "json" in a else "")
        request_id = f"00000000-0000-4000-8000-{len(self.server.double.requests):012d}"
        if "error" in a:
            body, more = error_body(service, a["error"], a.get("message", "no reason"), request_id)
            headers.update(more)
        data = body if isinstance(body, bytes) else body.encode()
        if fault == "huge":
            data = data + b" " * (80 << 20)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("x-amz-request-id" if service == "s3" else "x-amzn-RequestId", request_id)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data[:len(data) // 2] if fault == "cut" else data)
        except OSError:
            pass
        if fault == "cut":
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Double(Accounts):
    """with Double(folder, scenario) as d: d.url, d.ca, d.requests"""

    def __init__(self, folder, scenario=None, port=0, tls=True):
        self.folder, self.requests, self.lock = folder, [], threading.Lock()
        self.load(scenario or {})
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.double = self
        self.ca, certificate = ca.make(folder)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_address[1]}"

    def load(self, scenario):
        self.scenario = scenario
        self.keys = scenario.get("keys") or {"AKIDEXAMPLE": KEY}
        self.clock = scenario.get("clock", 0)
        self.answers = {k: list(v) for k, v in scenario.get("answers", {}).items()}
        self.requests.clear()

    def time(self):
        return self.scenario.get("now", time.time() + self.clock)

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def note(self, request):
        with self.lock:
            self.requests.append(request)
            with open(os.path.join(self.folder, "requests.jsonl"), "a", encoding="utf-8") as f:
                f.write(json.dumps(request, default=lambda b: b.decode("utf-8", "replace")) + "\n")

    def calls(self):
        return [r["call"] for r in self.requests]

    def answer_to(self, service, call, request):
        with self.lock:
            queue = self.answers.get(f"{service}.{call}", [{}])
            a = queue.pop(0) if len(queue) > 1 else queue[0]
        if not set(a) - {"fault", "seconds"}:
            a = {**(self.denied(service, call, request) or
                    getattr(self, f"on_{service}_{call}", self.on_nothing)(request)), **a}
        return a

    def on_nothing(self, _):
        return {"json": {}}

    def on_sts_GetCallerIdentity(self, request):
        arn = self.keys[request["key"]].get("arn", KEY["arn"])
        return {"text": '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                        f"<GetCallerIdentityResult><Arn>{escape(arn)}</Arn><UserId>AIDAX</UserId>"
                        f"<Account>{arn.split(':')[4]}</Account></GetCallerIdentityResult>"
                        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
                        "</GetCallerIdentityResponse>\n"}

    def on_sns_Publish(self, _):
        return {"text": '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1'
                        "</MessageId></PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
                        "</PublishResponse>\n"}

    def on_events_PutEvents(self, request):
        return {"json": {"FailedEntryCount": 0, "Entries": [{"EventId": f"e-{i}"} for i, _ in
                                                            enumerate(json.loads(request["body"])["Entries"])]}}

    def on_kms_DescribeKey(self, request):
        key = json.loads(request["body"])["KeyId"]
        return {"json": {"KeyMetadata": {
            "AWSAccountId": "111122223333", "KeyId": key.split("/")[-1], "Arn": key, "KeyState": "Enabled",
            "Enabled": True, "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
            "Origin": self.scenario.get("origin", "AWS_KMS")}}}

    def on_kms_GetKeyPolicy(self, _):
        return {"json": {"Policy": json.dumps(self.scenario.get("key_policy", {"Statement": [
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["kms:ReEncrypt*", "kms:CreateGrant"], "Resource": "*"}]}))}}

    def on_kms_Encrypt(self, request):
        """The blob is what was asked for, turned around: no cipher, but bound to key and context."""
        blob = base64.b64encode(request["body"][::-1]).decode()
        return {"json": {"CiphertextBlob": blob, "KeyId": json.loads(request["body"])["KeyId"],
                         "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}

    def on_kms_Decrypt(self, request):
        q = json.loads(request["body"])
        was = json.loads(base64.b64decode(q["CiphertextBlob"])[::-1])
        if (was["KeyId"], was["EncryptionContext"]) != (q["KeyId"], q["EncryptionContext"]):
            return {"error": "InvalidCiphertextException", "status": 400}
        return {"json": {"KeyId": q["KeyId"], "Plaintext": was["Plaintext"],
                         "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}

    def on_cloudtrail_LookupEvents(self, request):
        q = json.loads(request["body"])
        start = int(q.get("NextToken", "page=0").split("=")[1])
        found = self.scenario.get("events", [])
        page = [{"EventId": r.get("eventID", "?"), "EventName": r.get("eventName", "?"),
                 "EventTime": 1.6E9, "Resources": [], "CloudTrailEvent": json.dumps(r)}
                for r in found[start:start + q.get("MaxResults", 50)]]
        more = {"NextToken": f"page={start + len(page)}"} if start + len(page) < len(found) else {}
        return {"json": {"Events": page, **more}}

    def on_cloudtrail_ListPublicKeys(self, _):
        return {"json": {"PublicKeyList": self.scenario.get("public_keys", [])}}

    def s3_place(self, request):
        """bucket and key by path; a redirect when the bucket lives elsewhere."""
        _, bucket, key = (urllib.parse.unquote(request["path"]).split("/", 2) + [""])[:3]
        home = self.scenario.get("regions", {}).get(bucket)
        if home and home != request["region"]:
            return bucket, key, {"error": "PermanentRedirect", "status": 301,
                                 "headers": {"x-amz-bucket-region": home}}
        if bucket not in self.scenario.get("objects", {}):
            return bucket, key, {"error": "NoSuchBucket", "status": 404}
        return bucket, key, None

    def on_s3_ListObjectsV2(self, request):
        bucket, _, refused = self.s3_place(request)
        if refused:
            return refused
        q = dict(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
        start = q.get("start-after", "") if self.scenario.get("starts", True) else ""
        after = q.get("continuation-token", start)
        keys = sorted(k for k in self.scenario["objects"][bucket]
                      if k.startswith(q["prefix"]) and k > after)
        most = self.scenario.get("page", int(q.get("max-keys", 1000)))
        page, more = keys[:most], len(keys) > most
        # A store may leave encoding-type=url unheard.
        heard = self.scenario.get("encodes", True)
        encode = (lambda k: urllib.parse.quote_plus(k, safe="/")) if heard else escape
        encoding = "<EncodingType>url</EncodingType>" if heard else ""
        contents = "".join(
            f"<Contents><Key>{encode(k)}</Key><LastModified>"
            f"2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;0&quot;</ETag><Size>"
            f"{len(self.object(bucket, k)[0])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for k in page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return {"text": '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns='
                        '"http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>'
                        f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}"
                        f"</IsTruncated>{encoding}{contents}{token}</ListBucketResult>"}

    def object(self, bucket, key):
        o = self.scenario["objects"][bucket][key]
        if "file" in o:
            with open(o["file"], "rb") as f:
                return f.read(), o.get("meta", {})
        return o["text"].encode(), o.get("meta", {})

    def on_s3_GetObject(self, request):
        bucket, key, refused = self.s3_place(request)
        if refused:
            return refused
        if key not in self.scenario["objects"][bucket]:
            return {"error": "NoSuchKey", "status": 404,
                    "message": "The specified key does not exist."}
        data, meta = self.object(bucket, key)
        return {"text": data, "headers": {f"x-amz-meta-{k}": v for k, v in meta.items()}}


def main(folder, scenario, port="0"):
    with open(scenario, encoding="utf-8") as f, \
            Double(folder, json.load(f), int(port)) as double:
        with open(os.path.join(folder, "url"), "w", encoding="utf-8") as out:
            out.write(double.url + "\n")
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
