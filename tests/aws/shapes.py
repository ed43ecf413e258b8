# SPDX-License-Identifier: BSD-2-Clause
"""Request shapes: botocore's service models where it has the call as twokey makes it, and
wire-requests.txt (exact requests of botocore 1.43.11) for what stands there."""
import json
import os
import re
import urllib.parse

import botocore.loaders
import botocore.model
import botocore.validate

HERE = os.path.dirname(os.path.abspath(__file__))
TARGETS = {"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
           "TrentService": "kms", "AmazonSQS": "sqs", "AWSOrganizationsV20161128": "organizations",
           "AWSEvents": "events"}
QUERY = ("iam", "sns", "sts")
_models = {}


def wire():
    """{"cloudtrail.LookupEvents": {"method", "path", "headers"}}"""
    found = {}
    with open(os.path.join(HERE, "wire-requests.txt"), encoding="utf-8") as f:
        parts = f.read().split("## ")[1:]
    for part in parts:
        lines = part.split("\n")
        service, call = lines[0].split()
        name = "".join(word.capitalize() for word in call.split("_"))
        method, url = lines[1].split()
        headers = json.loads(lines[2].split("| headers ")[1])
        found[f"{service}.{name}"] = {
            "method": method, "path": urllib.parse.urlsplit(url).path,
            "headers": {k.lower(): v for k, v in headers.items()}}
    return found


WIRE = wire()


def _model(service):
    if service not in _models:
        loader = botocore.loaders.Loader()
        _models[service] = botocore.model.ServiceModel(
            loader.load_service_model(service, "service-2"), service)
    return _models[service]


def name_of(service, request):
    """The call that a request makes."""
    if service == "s3":
        return "ListObjectsV2" if "list-type=2" in request["query"] else "GetObject"
    if service in QUERY:
        return urllib.parse.parse_qs(request["body"].decode()).get("Action", ["?"])[0]
    target = request["headers"].get("x-amz-target")
    if target is None:
        path = request["path"].strip("/")
        return path[:1].upper() + path[1:]
    prefix, _, call = target.rpartition(".")
    if TARGETS.get(prefix) != service:
        raise AssertionError(f"target {target} is not {service}'s")
    return call


def _parameters(service, call, request):
    if service in QUERY:
        form = dict(urllib.parse.parse_qsl(request["body"].decode(), keep_blank_values=True,
                                           strict_parsing=True))
        if form.pop("Action") != call or form.pop("Version") != _model(service).api_version:
            raise AssertionError("Action or Version")
        attributes = {}
        for key in [k for k in form if k.startswith("MessageAttributes.entry.")]:
            n, _, what = key[len("MessageAttributes.entry."):].partition(".")
            attributes.setdefault(n, {})[what] = form.pop(key)
        if attributes:
            form["MessageAttributes"] = {a["Name"]: {k[len("Value."):]: v for k, v in a.items() if k != "Name"}
                                         for a in attributes.values()}
        members = _model(service).operation_model(call).input_shape.members if form else {}
        # All values are text there.
        return {k: int(v) if k in members and members[k].type_name == "integer" and v.isdigit() else v
                for k, v in form.items()}
    return json.loads(request["body"])


def check(service, request):
    """Raises AssertionError for a request that no SDK would send. Returns the call."""
    call, headers = name_of(service, request), request["headers"]
    known = WIRE.get(f"{service}.{call}")
    if known is not None and service != "s3":
        if (request["method"], request["path"]) != (known["method"], known["path"]):
            raise AssertionError(f"{request['method']} {request['path']} is not {known}")
        for name in ("content-type", "x-amz-target", "x-amzn-query-mode"):
            if headers.get(name) != known["headers"].get(name):
                raise AssertionError(f"{name}: {headers.get(name)} is not {known}")
    if service == "s3":
        allowed = r"(continuation-token|encoding-type|list-type|max-keys|prefix|start-after)=[^&]*"
        if call == "ListObjectsV2" and not re.fullmatch(f"{allowed}(&{allowed})*", request["query"]):
            raise AssertionError(request["query"])
        return call
    model = _model(service)
    if call not in model.operation_names:
        if known is None:
            raise AssertionError(f"{service} has no call {call}")
        return call
    shape = model.operation_model(call).input_shape
    # Debian's botocore knows the older name of this one.
    parameters = _parameters(service, call, request)
    if "MessageSystemAttributeNames" in parameters and \
            "MessageSystemAttributeNames" not in shape.members:
        parameters["AttributeNames"] = parameters.pop("MessageSystemAttributeNames")
    report = botocore.validate.ParamValidator().validate(parameters, shape) if shape else None
    if report is not None and report.has_errors():
        raise AssertionError(report.generate_report())
    if shape is not None and set(parameters) - set(shape.members):
        raise AssertionError(f"unknown: {set(parameters) - set(shape.members)}")
    return call
