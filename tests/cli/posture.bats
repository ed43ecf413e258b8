#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# posture at the double of AWS: good and bad accounts, each call denied in turn, throttling, an
# organization with and without a role, and what it says of the vault's own log.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"
# shellcheck source=tests/cli/aws.bash
. "${BATS_TEST_DIRNAME}/aws.bash"

B=444455556666 C=555566667777 D=666677778888 E=777788889999

setup_file() { aws_vault --email-controller "the IT desk" --phone-controller "the safe in Bern"; }
setup() { aws_begin; }
teardown() { aws_end; }

posture() { later posture "$@"; }
used() { date -u +%Y-%m-%dT%H:%M:%S+00:00 -d "@$((base + $1))"; }
# told TEXT: has, whatever the lines are broken at.
told() { output=$(tr -s ' \n' ' ' <<<"$output") has "$1"; }
# finding WHAT [ACCOUNT]: its state in the JSON that was printed.
finding() {
	jq -r --arg what "$1" --arg id "${2:-$A}" '.accounts[] | select(.account == $id).findings[] |
		select(.what == $what).state' out | xargs
}
# as_json STATUS WORD...: --json into the file out.
as_json() {
	local want=$1 rc=0
	shift
	posture --json "$@" >out 2>err || rc=$?
	[ "$rc" = "$want" ] || { printf 'status %s, not %s\n' "$rc" "$want"; cat out err; return 1; }
}

# Five accounts, the last one suspended; C's root has nothing left, and B's has a bit of everything.
organization() {
	aws '. + {management: "'$A'", features: ["RootCredentialsManagement", "RootSessions"], accounts: {
		"'$A'": {name: "payer", email: "root@example.com"},
		"'$B'": {name: "workloads", contacts: ["BILLING"], summary: {AccountAccessKeysPresent: 1}},
		"'$C'": {name: "sandbox", summary: {AccountMFAEnabled: 0, AccountPasswordPresent: 0}},
		"'$D'": {name: "audit"},
		"'$E'": {name: "old", status: "SUSPENDED"}}} | '"${1:-.}"
}
# The keys that AssumeRole gives in B and C.
ROLES='.keys = {AKIDEXAMPLE: {secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", arn: "arn:aws:iam::'$A':user/watch"}}
	| reduce ("'$B'", "'$C'") as $id (.; .keys["ASIA" + $id] = {secret: "s/+3", token: "t/+=",
		arn: ("arn:aws:sts::" + $id + ":assumed-role/audit/twokey")})'

@test "a good account ends with 0, its last sign-in explained by a release" {
	mkdir t
	records t/t.json <<<"signin $A 60 id=in-1"
	sign_trail t
	aws '. + {management: "'$A'", features: ["RootCredentialsManagement", "RootSessions"], accounts: {
		"'$A'": {report: {password_last_used: "'"$(used 60)"'"}}}}'
	# In the release's hour, but nobody has looked yet.
	run -7 posture
	has "unknown   2.7      Root last signed in"
	has "twokey correlate --lookup"
	run -0 later correlate --keys keys.json t
	run -0 posture
	has "$A"
	has "good      2.5      Root has MFA."
	has "good      2.6      None of root's MFA devices is a virtual one."
	told "a release of prod explains it."
	has "The mailbox root@example.com is controlled by: the IT desk."
	has "numbers: CIS AWS Foundations Benchmark 7.0"
	hasnt attention
	hasnt unknown
	[ "$(awk 'length > 80' <<<"$output" | wc -l)" = 0 ]
	as_json 0
	[ "$(jq -c '[.cis, .attention, .unknown, (.accounts | length), .not_looked_at]' out)" = '["7.0",0,0,1,[]]' ]
	[ "$(finding access-keys)" = good ]
	# The vault was read and nothing was written.
	[ "$(jq -r 'select(.refused != null).call' aws/requests.jsonl)" = "" ]
}

@test "a bad account: each fault, and the step that mends it" {
	aws '. + {management: "'$A'", features: [], accounts: {"'$A'": {contacts: ["BILLING"],
		virtual: [["arn:aws:iam::'$A':mfa/root-account-mfa-device", "arn:aws:iam::'$A':root"]],
		summary: {AccountAccessKeysPresent: 1, AccountSigningCertificatesPresent: 1},
		report: {password_last_used: "'"$(used 5000)"'", access_key_1_active: "true",
			access_key_1_last_used_date: "2026-01-02T03:04:00+00:00"}}}}'
	run -7 posture
	has "attention 2.6      A virtual MFA device signs root in"
	has "mfa/root-account-mfa-device"
	has "attention 2.4      Root has an access key, last used 2026-01-02 03:04Z"
	told "Security credentials: Access keys, Deactivate"
	has "attention          Root has a signing certificate."
	has "no release"
	has "attention 2.3      No SECURITY contact is set"
	told "aws account put-alternate-contact --alternate-contact-type"
	has "good               The BILLING contact is set."
	has "attention 2.1.1    Centralized root access is off"
	told "aws iam enable-organizations-root-credentials-management"
	has "7 findings of 1 account need attention, and 0 things could not be told."
	aws '. + {accounts: {"'$A'": {summary: {AccountMFAEnabled: 0}}}}'
	run -7 posture
	has "attention 2.5      Root has no MFA: its password alone opens the account."
	has "no organization"
}

@test "each call denied in turn: a sentence, what hangs on it unknown, the rest told" {
	local call what
	for call in iam.GetAccountSummary/none iam.ListVirtualMFADevices/mfa-device \
		iam.GenerateCredentialReport/password-use iam.GetCredentialReport/password-use \
		iam.ListOrganizationsFeatures/central account.GetAlternateContact/contact-security; do
		what=${call#*/} call=${call%/*}
		aws '. + {management: "'$A'", features: ["RootCredentialsManagement", "RootSessions"],
			accounts: {"'$A'": {denied: ["'"$call"'"]}}}'
		as_json 7
		[ "$what" = none ] || [ "$(finding "$what")" = unknown ]
		# What the report tells too is not lost with the summary.
		[ "$(finding mfa)$(finding access-keys)$(finding record)" = goodgoodgood ]
		[ "$(jq '[.accounts[0].findings[].text | select(contains("does not allow"))] | length' out)" = 1 ]
		grep -q "does not allow ${call/./:} with this key: $A is not authorized" out
		grep -q "Add a statement with Effect Allow and Action ${call/./:}" out
	done
	aws '. + {accounts: {"'$A'": {denied: ["iam.GetAccountSummary", "iam.ListVirtualMFADevices",
		"iam.GenerateCredentialReport", "iam.ListOrganizationsFeatures", "account.GetAlternateContact"]}}}'
	run -8 posture
	has "Nothing could be read of 1 account."
	hasnt "Root has"
}

@test "throttled: waited for; a report that is no report" {
	aws '. + {accounts: {"'$A'": {}}, answers: {"iam.GetAccountSummary":
		[{error: "Throttling", message: "Rate exceeded"}, {}], "account.GetAlternateContact":
		[{error: "TooManyRequestsException", status: 429}, {}]}}'
	as_json 0
	[ "$(calls iam.GetAccountSummary | wc -l)" = 2 ]
	aws '. + {accounts: {"'$A'": {report: {user: "bob"}}}, answers: {"iam.GetAccountSummary": [{text: "<a/>"}]}}'
	as_json 7
	[ "$(finding mfa) $(finding password-use)" = "unknown unknown" ]
	grep -q 'has no row <root_account>' out
	grep -q 'iam:GetAccountSummary is malformed' out
}

@test "an organization from its management account: what is read, and what a role would add" {
	organization
	run -7 posture --org
	has "$A  payer"
	has "$E  old  SUSPENDED: not looked at"
	has "unknown   2.4-2.7  MFA, access keys, certificates and last sign-in of its root"
	has "iam:GetAccountSummary"
	told "--account-id $B --alternate-contact-type"
	as_json 7 --org
	[ "$(jq -c '[.accounts[].account]' out)" = "[\"$A\",\"$B\",\"$C\",\"$D\",\"$E\"]" ]
	[ "$(finding contact-security $B) $(finding contact-billing $B) $(finding contact-security $C)" = "attention good good" ]
	[ "$(finding record $A) $(finding record $B)" = "good unknown" ]
	[ "$(finding central $A)$(finding central $B)" = good ]
	[ "$(jq '.accounts[4].findings | length' out)" = 0 ]
	[ "$(calls organizations.ListAccounts | wc -l)" = 4 ]
	! calls sts.AssumeRole | grep . || return 1
}

@test "an organization with a role: where it can be assumed, all is read" {
	organization "$ROLES"
	as_json 7 --org --role audit
	[ "$(finding mfa $B) $(finding access-keys $B) $(finding record $B)" = "good attention attention" ]
	[ "$(finding mfa $C) $(finding record $C)" = "good good" ]
	[ "$(finding root $D) $(finding sts:AssumeRole $D)" = "unknown unknown" ]
	[ "$(finding contact-security $D)" = good ]
	grep -q "arn:aws:iam::$D:role/audit" out
	[ "$(calls sts.AssumeRole | wc -l)" = 3 ]
	! grep -r 's/+3' store state out err || return 1
	# One of them alone.
	as_json 7 --account $B --role audit
	[ "$(jq -c '[.accounts[].account]' out)" = "[\"$B\"]" ]
	[ "$(finding access-keys $B)" = attention ]
	[ "$(jq -c '[.not_looked_at[] | [.account, .record]]' out)" = "[[\"$A\",\"prod\"]]" ]
	run -7 posture --account $B --role audit
	has "$A  not looked at; the vault has record prod of it"
}

@test "what the organization does not tell is said, and the own account looked at" {
	organization '.answers["organizations.ListAccounts"] = [{error: "AccessDeniedException", status: 400}]'
	as_json 7 --org
	[ "$(jq -c '[.accounts[].account]' out)" = "[\"$A\"]" ]
	[ "$(finding organizations:ListAccounts) $(finding mfa)" = "unknown good" ]
	# Its address there is not the one that was sealed.
	organization '.accounts["'$A'"].email = "mallory@example.com"'
	as_json 7 --org
	[ "$(finding email)" = attention ]
	grep -q "mallory@example.com at AWS, and root@example.com in record prod" out
}

@test "no credentials, root's own, and words that are none" {
	run -2 posture --org --account $A
	run -2 posture --account 12
	run -2 posture --role arn:aws:iam::1:role/x
	aws '. + {keys: {"AKIDEXAMPLE": {"secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "arn": "arn:aws:iam::'$A':root"}}}'
	run -3 posture
	has "root"
	sed -i s/AKIDEXAMPLE/AKIDNOBODY/ credentials
	run -8 posture
	has "sts:GetCallerIdentity"
}

@test "a witness's key that somebody else has too" {
	local key=arn:aws:kms:eu-central-1:$A:key/11111111-2222-3333-4444-555555555555
	aws .
	run -0 later seal w --account "$A" --email root@example.com --field password=@s --witness "$key"
	as_json 7
	[ "$(finding witness)" = good ]
	grep -q "KMS has made the key that is a witness of record w, it works, and its policy leaves no way around." out
	[ "$(jq -r 'select(.call == "kms.DescribeKey").region' aws/requests.jsonl | sort -u)" = eu-central-1 ]
	aws '{key_policy: {Statement: [{Effect: "Allow", Principal: {AWS: "arn:aws:iam::'$A':root"}, Action: "kms:*", Resource: "*"}]}} + .'
	as_json 7
	[ "$(finding witness)" = attention ]
	aws '{answers: {"kms.GetKeyPolicy": [{error: "AccessDeniedException", message: "no", status: 400}]}} + .'
	as_json 7
	[ "$(finding witness)" = unknown ]
	aws '{origin: "EXTERNAL"} + .'
	as_json 7
	[ "$(finding witness)" = attention ]
	aws '{answers: {"kms.DescribeKey": [{error: "AccessDeniedException", message: "no", status: 400}]}} + .'
	as_json 7
	[ "$(finding witness)" = unknown ]
}
