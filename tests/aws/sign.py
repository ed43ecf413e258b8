# SPDX-License-Identifier: BSD-2-Clause
"""Signatures recomputed twice: by botocore, and by a canonicaliser that decodes and
encodes anew, written from the documentation alone."""
import datetime
import hashlib
import hmac
import re
import urllib.parse

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})")
# Sent by the HTTP library, or no part of the request's meaning.
UNSIGNED = {"authorization", "accept", "accept-encoding", "amz-sdk-invocation-id",
            "amz-sdk-request", "connection", "content-length", "user-agent"}


class Wrong(Exception):
    """A request that a service would refuse; args: code, message."""


def _quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe + "~")


def strict(method, path, query, headers, payload, service):
    """The canonical request of what arrived."""
    plain = urllib.parse.unquote(path, errors="surrogateescape")
    encoded = urllib.parse.quote(plain, safe="/~", errors="surrogateescape")
    if service != "s3":
        encoded = _quote(path, "/")
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        pairs.append((_quote(urllib.parse.unquote(name)), _quote(urllib.parse.unquote(value))))
    lines = "".join(f"{k}:{' '.join(v.split())}\n" for k, v in sorted(headers.items()))
    return "\n".join([method, encoded, "&".join(f"{k}={v}" for k, v in sorted(pairs)), lines,
                      ";".join(sorted(headers)), payload])


def signature(canonical, secret, date, region, service):
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def by_botocore(method, url, headers, body, secret, date, region, service):
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    request.context["timestamp"] = date
    auth = (S3SigV4Auth if service == "s3" else SigV4Auth)(
        Credentials("x", secret), service, region)
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)


def check(request, keys, now):
    """request: method, path, query, headers (lower case), body, url. Returns key id, region
    and service; raises Wrong."""
    headers = request["headers"]
    m = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if m is None:
        raise Wrong("MissingAuthenticationToken", "no Authorization of that form")
    key_id, day, region, service, names, given = m.groups()
    if key_id not in keys:
        raise Wrong("InvalidAccessKeyId" if service == "s3" else "UnrecognizedClientException",
                    "The security token included in the request is invalid.")
    key, names, date = keys[key_id], names.split(";"), headers.get("x-amz-date", "")
    if (key.get("token") or None) != headers.get("x-amz-security-token"):
        raise Wrong("InvalidToken", "the session token is not the key's")
    unsigned = set(headers) - set(names) - UNSIGNED
    if unsigned or "host" not in names or "x-amz-date" not in names:
        raise Wrong("IncompleteSignature", f"not signed: {unsigned}")
    payload = hashlib.sha256(request["body"]).hexdigest()
    if service == "s3" and headers.get("x-amz-content-sha256") != payload:
        raise Wrong("XAmzContentSHA256Mismatch", "x-amz-content-sha256 is not the body's")
    signed = {n: headers[n] for n in names}
    expected = signature(strict(request["method"], request["path"], request["query"], signed,
                                payload, service), key["secret"], date, region, service)
    other = by_botocore(request["method"], request["url"], signed, request["body"],
                        key["secret"], date, region, service)
    if expected != other:
        raise Wrong("DoubleFault", "botocore and the strict canonicaliser differ")
    if expected != given or not date.startswith(day):
        raise Wrong("SignatureDoesNotMatch", "The request signature we calculated does not match")
    when = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp()
    if abs(when - now) > 300 and service != "s3":
        raise Wrong("InvalidSignatureException", f"Signature expired: {date} is now earlier than")
    if abs(when - now) > 900:
        raise Wrong("RequestTimeTooSkewed", "The difference is too large.")
    return key_id, region, service
