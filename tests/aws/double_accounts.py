# SPDX-License-Identifier: BSD-2-Clause
"""The double's accounts: what IAM, Account Management, Organizations and STS say of each.

A scenario's "accounts": {ID: {"name", "email", "status", "summary": {KEY: number}, "virtual":
[[serial, user's ARN]], "report": {COLUMN: value of root's row}, "contacts": [type], "denied":
[call]}}, "management": ID, and "features": [name].  A key's account is that of its ARN; one
that AssumeRole may give is named ASIA and the account."""
import base64
import json
import urllib.parse
from xml.sax.saxutils import escape

IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
COLUMNS = ("user arn user_creation_time password_enabled password_last_used password_last_changed "
           "password_next_rotation mfa_active access_key_1_active access_key_1_last_rotated "
           "access_key_1_last_used_date access_key_1_last_used_region access_key_1_last_used_service "
           "access_key_2_active access_key_2_last_rotated access_key_2_last_used_date "
           "access_key_2_last_used_region access_key_2_last_used_service cert_1_active "
           "cert_1_last_rotated cert_2_active cert_2_last_rotated").split()
ROOT = {"user": "<root_account>", "user_creation_time": "2020-01-01T00:00:00+00:00",
        "password_enabled": "not_supported", "password_last_used": "no_information",
        "password_last_changed": "not_supported", "password_next_rotation": "not_supported",
        "mfa_active": "true", "access_key_1_active": "false", "access_key_2_active": "false",
        "cert_1_active": "false", "cert_2_active": "false"}
SUMMARY = {"Users": 7, "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "MFADevices": 3,
           "AccountSigningCertificatesPresent": 0, "AccountPasswordPresent": 1}


def xml(action, inner, namespace=IAM):
    return {"text": f'<{action}Response xmlns="{namespace}"><{action}Result>{inner}</{action}Result>'
                    f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"}


def form(request):
    return dict(urllib.parse.parse_qsl(request["body"].decode()))


class Accounts:
    def account_of(self, request):
        """whose account, and what the scenario says of it"""
        who = self.keys[request["key"]].get("arn", "arn:aws:iam::111122223333:user/watch").split(":")[4]
        return who, self.scenario.get("accounts", {}).get(who, {})

    def denied(self, service, call, request):
        who, account = self.account_of(request)
        if f"{service}.{call}" in account.get("denied", []):
            code = "AccessDenied" if service in ("iam", "sns", "sts") else "AccessDeniedException"
            return {"error": code, "status": 403, "message": f"{who} is not authorized"}
        return None

    def on_iam_GetAccountSummary(self, request):
        summary = {**SUMMARY, **self.account_of(request)[1].get("summary", {})}
        return xml("GetAccountSummary", "<SummaryMap>" + "".join(
            f"<entry><key>{k}</key><value>{v}</value></entry>" for k, v in summary.items()) + "</SummaryMap>")

    def on_iam_ListVirtualMFADevices(self, request):
        def device(serial, arn):
            return (f"<member><SerialNumber>{serial}</SerialNumber><EnableDate>2024-01-01T00:00:00Z"
                    f"</EnableDate><User><Path>/</Path><UserId>1</UserId><Arn>{arn}</Arn><CreateDate>"
                    f"2020-01-01T00:00:00Z</CreateDate></User></member>")
        found = "".join(device(*d) for d in self.account_of(request)[1].get("virtual", []))
        return xml("ListVirtualMFADevices", f"<IsTruncated>false</IsTruncated><VirtualMFADevices>{found}"
                                            f"</VirtualMFADevices>")

    def on_iam_GenerateCredentialReport(self, _):
        return xml("GenerateCredentialReport", "<State>COMPLETE</State>")

    def on_iam_GetCredentialReport(self, request):
        who, account = self.account_of(request)
        row = {"arn": f"arn:aws:iam::{who}:root", **ROOT, **account.get("report", {})}
        lines = [",".join(COLUMNS), ",".join(row.get(c, "N/A") for c in COLUMNS),
                 ",".join("alice" if c == "user" else "N/A" for c in COLUMNS)]
        content = base64.b64encode("\n".join(lines).encode()).decode()
        return xml("GetCredentialReport", f"<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>"
                                          f"<GeneratedTime>2026-11-01T00:00:00Z</GeneratedTime>")

    def on_iam_ListOrganizationsFeatures(self, request):
        management = self.scenario.get("management")
        if management is None:
            return {"error": "OrganizationNotFoundException", "status": 404}
        if self.account_of(request)[0] != management:
            return {"error": "AccountNotManagementOrDelegatedAdministratorException", "status": 400}
        found = "".join(f"<member>{f}</member>" for f in self.scenario.get("features", []))
        return xml("ListOrganizationsFeatures", f"<OrganizationId>o-abcdefghij</OrganizationId>"
                                                f"<EnabledFeatures>{found}</EnabledFeatures>")

    def on_account_GetAlternateContact(self, request):
        asked = json.loads(request["body"])
        who = self.account_of(request)[0]
        whose = asked.get("AccountId", who)
        if whose != who and who != self.scenario.get("management"):
            return {"error": "AccessDeniedException", "status": 403, "message": "not the management account"}
        if whose == self.scenario.get("management") and "AccountId" in asked:
            return {"error": "ValidationException", "status": 400, "message": "omit AccountId"}
        kind = asked["AlternateContactType"]
        if kind not in self.scenario.get("accounts", {}).get(whose, {}).get(
                "contacts", ["SECURITY", "BILLING", "OPERATIONS"]):
            return {"error": "ResourceNotFoundException", "status": 404}
        return {"json": {"AlternateContact": {"AlternateContactType": kind, "EmailAddress": "aws@example.com",
                                              "Name": "Ops", "PhoneNumber": "1", "Title": "Ops"}}}

    def on_organizations_DescribeOrganization(self, _):
        management = self.scenario.get("management")
        if management is None:
            return {"error": "AWSOrganizationsNotInUseException"}
        return {"json": {"Organization": {"Id": "o-abcdefghij", "MasterAccountId": management,
                                          "FeatureSet": "ALL"}}}

    def on_organizations_ListAccounts(self, request):
        start = int(json.loads(request["body"]).get("NextToken", "0"))
        found = list(self.scenario.get("accounts", {}).items())
        page = [{"Id": who, "Arn": f"arn:aws:organizations::1:account/o-abcdefghij/{who}",
                 "Name": a.get("name", who), "Email": a.get("email", "root@example.com"),
                 "Status": a.get("status", "ACTIVE"), "JoinedMethod": "CREATED"}
                for who, a in found[start:start + 3]]
        more = {"NextToken": str(start + 3)} if start + 3 < len(found) else {}
        return {"json": {"Accounts": page, **more}}

    def on_sts_AssumeRole(self, request):
        arn = form(request)["RoleArn"]
        name = f"ASIA{arn.split(':')[4]}"
        if name not in self.keys:
            return {"error": "AccessDenied", "status": 403, "message": f"not authorized: {arn}"}
        key = self.keys[name]
        return xml("AssumeRole", f"<AssumedRoleUser><AssumedRoleId>A:twokey</AssumedRoleId><Arn>{key['arn']}</Arn>"
                                 f"</AssumedRoleUser><Credentials><AccessKeyId>{name}</AccessKeyId><SecretAccessKey>"
                                 f"{escape(key['secret'])}</SecretAccessKey><SessionToken>{escape(key['token'])}"
                                 f"</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>",
                   "https://sts.amazonaws.com/doc/2011-06-15/")
