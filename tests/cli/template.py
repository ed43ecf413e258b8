# SPDX-License-Identifier: BSD-2-Clause
"""What CloudFormation would refuse, and what the policies of a template come to:

template.py check FILE           every reference, property and statement
template.py policies FILE DIR    its policies are those in DIR (with --write: write them)
template.py match FILE           events on standard input, one a line: which rules take it
template.py key FILE WHO ACTION [CONTEXT-KEY]   what the key policy says: allowed or denied
"""
import fnmatch
import json
import os
import re
import sys

# From the pages of the AWS CloudFormation user guide: (required, others used), attributes of
# Fn::GetAtt, and the ARN that such a thing has.  AWS::Events::Rule needs EventPattern or a schedule.
TYPES = {
    "AWS::Events::Rule": (["EventPattern"], ["Description", "State", "Targets"],
                          "arn:aws:events:us-east-1:111122223333:rule/{}"),
    "AWS::IAM::ManagedPolicy": (["PolicyDocument"], ["Description", "Roles"], None),
    "AWS::KMS::Key": (["KeyPolicy"], ["Description", "EnableKeyRotation", "PendingWindowInDays"],
                      "arn:aws:kms:us-east-1:111122223333:key/{}"),
    "AWS::S3::Bucket": ([], ["BucketName", "ObjectLockEnabled", "ObjectLockConfiguration",
                             "VersioningConfiguration", "OwnershipControls", "BucketEncryption",
                             "PublicAccessBlockConfiguration"], "arn:aws:s3:::{}"),
    "AWS::S3::BucketPolicy": (["Bucket", "PolicyDocument"], [], None),
    "AWS::SQS::Queue": ([], ["SqsManagedSseEnabled", "MessageRetentionPeriod", "VisibilityTimeout",
                             "ReceiveMessageWaitTimeSeconds", "RedrivePolicy"],
                        "arn:aws:sqs:us-east-1:111122223333:{}"),
    "AWS::SQS::QueuePolicy": (["PolicyDocument", "Queues"], [], None),
}
ATTRIBUTES = {"DeletionPolicy", "UpdateReplacePolicy", "Type", "Properties"}
PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "AWS::Region": "us-east-1"}
STATES = {"ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
# docs/aws/README.md says why each of these stands for many.
WILD = {"kms:ReEncrypt*", "s3:*", "sqs:*"}


def no_twins(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        sys.exit(f"a member stands twice: {names}")
    return dict(pairs)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f, object_pairs_hook=no_twins)


def listed(x):
    return x if isinstance(x, list) else [x]


class Template:
    def __init__(self, path):
        self.tree = load(path)
        self.resources = self.tree["Resources"]
        self.used = {}		# resource -> those it refers to

    def arn(self, name):
        return TYPES[self.resources[name]["Type"]][2].format(name)

    def reference(self, name, attribute, where):
        assert name in self.resources, f"{where}: there is no {name}"
        if attribute is not None:
            assert attribute == "Arn", f"{where}: {name}.{attribute}"
            assert TYPES[self.resources[name]["Type"]][2], f"{where}: {name} has no Arn"
        self.used.setdefault(where, set()).add(name)

    def substitute(self, text, where):
        def value(m):
            if m.group(1) in PSEUDO:
                return PSEUDO[m.group(1)]
            name, _, attribute = m.group(1).partition(".")
            self.reference(name, attribute or None, where)
            return self.arn(name) if attribute else name
        return re.sub(r"\$\{([^}]*)\}", value, text)

    def resolve(self, x, where):
        """x with every intrinsic function carried out, in an account of the examples."""
        if isinstance(x, list):
            return [self.resolve(y, where) for y in x]
        if not isinstance(x, dict):
            return x
        if set(x) == {"Ref"}:
            if x["Ref"] in PSEUDO:
                return PSEUDO[x["Ref"]]
            self.reference(x["Ref"], None, where)
            return x["Ref"]
        if any(name.startswith("Fn::") for name in x):
            assert len(x) == 1, f"{where}: {x}"
            (function, what), = x.items()
            if function == "Fn::Sub":
                return self.substitute(what, where)
            assert function == "Fn::GetAtt" and len(what) == 2, f"{where}: {x}"
            self.reference(*what, where)
            return self.arn(what[0])
        return {name: self.resolve(y, where) for name, y in x.items()}

    def policies(self):
        """(name, document, whether it stands with the thing that it is about)"""
        for name, r in self.resources.items():
            for member in ("PolicyDocument", "KeyPolicy"):
                if member in r["Properties"]:
                    yield (name, self.resolve(r["Properties"][member], name),
                           r["Type"] != "AWS::IAM::ManagedPolicy")


def check_statement(where, s, with_thing):
    assert s["Effect"] in ("Allow", "Deny"), where
    assert s["Action"] and s["Resource"], where
    assert set(s) <= {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}, where
    assert re.fullmatch("[A-Za-z0-9]+", s["Sid"]), where
    assert ("Principal" in s) == with_thing, f"{where}: Principal"
    for action in listed(s["Action"]):
        assert re.fullmatch(r"[a-z0-9]+:[A-Za-z*]+", action), f"{where}: {action}"
        if "*" in action:
            assert action in WILD and s["Effect"] == "Deny", f"{where}: {action}"
    if with_thing and s["Effect"] == "Allow":
        assert s["Principal"] not in ("*", {"AWS": "*"}), f"{where}: anybody may"
    for resource in listed(s["Resource"]):
        assert resource == "*" or resource.startswith("arn:"), f"{where}: {resource}"


def check_policies(t):
    for name, policy, with_thing in t.policies():
        assert policy["Version"] == "2012-10-17" and set(policy) == {"Version", "Statement"}, name
        sids = [s["Sid"] for s in policy["Statement"]]
        assert len(set(sids)) == len(sids), name
        for s in policy["Statement"]:
            check_statement(f"{name} {s['Sid']}", s, with_thing)
        # IAM counts a managed policy without white space.
        assert len(json.dumps(policy, separators=(",", ":"))) <= 6144, name


def check_order(t):
    """Nothing that refers to itself in the end."""
    def visit(name, above):
        assert name not in above, f"a circle: {above} {name}"
        for other in t.used.get(name, ()):
            visit(other, above + [name])
    for name in t.resources:
        visit(name, [])


def check(path):
    t = Template(path)
    assert os.path.getsize(path) <= 51200, "deploy takes it only by way of a bucket"
    assert set(t.tree) == {"AWSTemplateFormatVersion", "Description", "Resources", "Outputs"}
    assert t.tree["AWSTemplateFormatVersion"] == "2010-09-09"
    assert len(t.tree["Description"]) <= 1024
    for name, r in t.resources.items():
        assert name.isalnum() and set(r) <= ATTRIBUTES, name
        required, others, _ = TYPES[r["Type"]]
        have = set(r["Properties"])
        assert set(required) <= have <= set(required + others), f"{name}: {have}"
        t.resolve(r["Properties"], name)
        if r["Type"] == "AWS::Events::Rule":
            assert r["Properties"]["State"] in STATES, name
        if r["Type"] == "AWS::SQS::QueuePolicy":	# SQS takes one queue a policy
            assert len(r["Properties"]["Queues"]) == 1, name
    for name, o in t.tree["Outputs"].items():
        assert name.isalnum() and set(o) == {"Description", "Value"}, name
        assert isinstance(t.resolve(o["Value"], f"output {name}"), str), name
    check_policies(t)
    check_order(t)


def policies(path, folder, write):
    t = Template(path)
    files = {f"{name}.json": document for name, document, _ in t.policies()}
    if write:
        for name, document in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(json.dumps(document, indent=2) + "\n")
    assert sorted(files) == sorted(os.listdir(folder)), "other files"
    for name, document in files.items():
        assert load(os.path.join(folder, name)) == document, f"{name} differs from the template"


def matches(pattern, event):
    """EventBridge's patterns, as far as the template uses them."""
    if isinstance(pattern, list):
        return event in pattern
    return isinstance(event, dict) and all(
        name in event and matches(p, event[name]) for name, p in pattern.items())


def match(path):
    t = Template(path)
    for line in sys.stdin:
        print(" ".join(name for name, r in t.resources.items() if r["Type"] == "AWS::Events::Rule"
                       and matches(r["Properties"]["EventPattern"], json.loads(line))) or "none")


def key(path, who, action, context=None):
    """As IAM judges: a denial wins, and what nothing allows is denied."""
    verdict = "denied"
    for s in dict((n, p) for n, p, _ in Template(path).policies())["WitnessKey"]["Statement"]:
        wanted = s.get("Condition", {}).get("ForAnyValue:StringEquals", {}).get(
            "kms:EncryptionContextKeys", context)
        if s["Principal"]["AWS"] in ("*", who) and wanted == context and \
                any(fnmatch.fnmatchcase(action, a) for a in listed(s["Action"])):
            if s["Effect"] == "Deny":
                verdict = "denied"
                break
            verdict = "allowed"
    print(verdict)


def main():
    what, path, *more = sys.argv[1:]
    if what == "check":
        check(path)
    elif what == "policies":
        policies(path, more[0], "--write" in more)
    elif what == "match":
        match(path)
    else:
        key(path, *more)


main()
