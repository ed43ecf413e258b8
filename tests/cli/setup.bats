#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is to be set up in AWS, and what to do when.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

ROLE=arn:aws:iam::111122223333:role/twokey-host

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf secret >s
	vault "2 of (alice, bob)" alice bob || return 1
	local options=(--conf twokey.conf --account 444455556666 --email root@example.com --field password=@s)
	"$TWOKEY" seal prod "${options[@]}" &&
		"$TWOKEY" seal gov "${options[@]}" --partition aws-us-gov &&
		"$TWOKEY" seal other --conf twokey.conf --kind generic --field a=@s --attribute account=1 \
			--attribute email=2
}

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

aws_setup() { "$TWOKEY" aws-setup --role "$ROLE" "$@"; }
template() { python3 "$TK_TOP/tests/cli/template.py" "$@"; }
# no TEXT OPTION...: a sentence and exit code 2, and no template.
no() {
	local text=$1
	shift
	run -2 --separate-stderr "$TWOKEY" aws-setup "$@"
	[ -z "$output" ]
	# shellcheck disable=SC2154 # bats sets stderr
	output=$stderr
	has "twokey: $text"
	has "hint: "
}

@test "the template is what CloudFormation takes, with any part left out" {
	local parts i
	for i in 0 1 2 3 4 5 6 7; do
		parts=()
		[ $((i & 1)) = 0 ] || parts+=(--without witness)
		[ $((i & 2)) = 0 ] || parts+=(--without queue)
		[ $((i & 4)) = 0 ] || parts+=(--without bucket)
		aws_setup "${parts[@]}" >t.json 2>err
		template check t.json
		aws_setup "${parts[@]}" 2>err2 | cmp - t.json
		cmp err err2
		jq -r '.Resources[].Type' t.json >types
		[ "$(grep -c KMS types)" = $((i & 1 ? 0 : 1)) ]
		[ "$(grep -c 'SQS::Queue$' types)" = $((i & 2 ? 0 : 2)) ]
		[ "$(grep -c 'S3::Bucket$' types)" = $((i & 4 ? 0 : 1)) ]
		[ "$(grep -c Managed types)" = $((i & 1 ? 2 : 3)) ]
		not grep -q '@\|^#' t.json
	done
	# The check itself can fail.
	aws_setup >t.json 2>/dev/null
	local break
	for break in '.Resources.QueuePolicy.Properties.Queues = [{Ref: "Queues"}]' \
		'del(.Resources.LogBucketPolicy.Properties.Bucket)' \
		'.Resources.Queue.Properties.Sse = true' \
		'del(.Resources.PosturePolicy.Properties.PolicyDocument.Statement[0].Effect)' \
		'.Resources.CorrelatePolicy.Properties.PolicyDocument.Statement[0].Action = "sqs:*"' \
		'.Resources.QueuePolicy.Properties.PolicyDocument.Statement[0].Principal = "*"' \
		'.Outputs.Queue.Value = {"Fn::Sub": "${Queue.Name}"}' \
		'.Resources.DeadLetters.Properties.RedrivePolicy = {a: {"Fn::GetAtt": ["Queue", "Arn"]}}' \
		'.Resources.RootUse.Properties.State = "ON"'; do
		jq "$break" t.json >broken.json
		not template check broken.json 2>/dev/null
	done
}

@test "docs/aws/policies are the template's" {
	aws_setup >t.json 2>/dev/null
	template policies t.json "$TK_TOP/docs/aws/policies"
	# Each permission is said in the page, each part too.
	jq -r '.Statement[].Action | if type == "array" then .[] else . end' \
		"$TK_TOP"/docs/aws/policies/{Correlate,Posture,Witness}Policy.json >words
	jq -r '.Resources | keys[]' t.json | grep -v 'Policy$' >>words
	while read -r word; do
		grep -q "\`$word\`" "$TK_TOP/docs/aws/README.md" || { echo "$word is not explained" && return 1; }
	done <words
}

@test "its rules take what root does, in both spellings, and what may name nobody" {
	aws_setup >t.json 2>/dev/null
	local at='"version":"0","account":"111122223333"' root='"userIdentity":{"type":"Root"}'
	run -0 template match t.json <<-X
		{$at,"source":"aws.signin","detail-type":"AWS Console Sign In via CloudTrail","detail":{$root,"eventName":"ConsoleLogin"}}
		{$at,"source":"aws.signin","detail-type":"AWS Console Signin via CloudTrail","detail":{$root,"eventName":"ConsoleLogin"}}
		{$at,"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{$root,"eventName":"DescribeInstances"}}
		{$at,"source":"aws.signin","detail-type":"AWS Console Sign In via CloudTrail","detail":{"eventName":"PasswordRecoveryRequested"}}
		{$at,"source":"aws.sts","detail-type":"AWS API Call via CloudTrail","detail":{"userIdentity":{"type":"AssumedRole"},"eventName":"AssumeRoot"}}
		{$at,"source":"aws.signin","detail-type":"AWS Console Sign In via CloudTrail","detail":{$root,"eventName":"PasswordUpdated"}}
		{$at,"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"userIdentity":{"type":"IAMUser"},"eventName":"RunInstances"}}
	X
	[ "$output" = "RootUse
RootUse
RootUse
RootRecovery
RootRecovery
RootUse RootRecovery
none" ]
	jq -e '[.Resources[] | select(.Type == "AWS::Events::Rule").Properties.State] |
		unique == ["ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]' t.json
}

@test "who may use the witness key, and for what" {
	aws_setup >t.json 2>/dev/null
	local who action context want admin=arn:aws:iam::111122223333:root
	while read -r want who action context; do
		run -0 template key t.json "$who" "$action" ${context:+"$context"}
		[ "$output" = "$want" ] || { echo "$who $action $context: $output" && return 1; }
	done <<-X
		allowed $ROLE kms:Decrypt twokey:vault
		allowed $ROLE kms:Encrypt twokey:vault
		denied $ROLE kms:Decrypt
		denied $ROLE kms:Decrypt other
		allowed $ROLE kms:DescribeKey
		denied $ROLE kms:PutKeyPolicy
		denied $ROLE kms:ReEncryptFrom twokey:vault
		denied $ROLE kms:CreateGrant
		allowed $admin kms:PutKeyPolicy
		allowed $admin kms:ScheduleKeyDeletion
		denied $admin kms:Decrypt twokey:vault
		denied $admin kms:Encrypt twokey:vault
		denied $admin kms:GenerateDataKey twokey:vault
		denied $admin kms:ReEncryptTo twokey:vault
		denied $admin kms:CreateGrant
		denied arn:aws:iam::111122223333:user/mallory kms:Decrypt twokey:vault
	X
}

@test "the bucket keeps what it gets, and takes nothing in clear" {
	aws_setup --bucket acme-root-logs --retain 30 >t.json 2>err
	template check t.json
	jq -e '.Resources.LogBucket | .DeletionPolicy == "Retain" and .Properties.ObjectLockEnabled and
		.Properties.BucketName == "acme-root-logs" and
		.Properties.ObjectLockConfiguration.Rule.DefaultRetention == {Mode: "COMPLIANCE", Days: 30} and
		.Properties.VersioningConfiguration.Status == "Enabled" and
		([.Properties.PublicAccessBlockConfiguration[]] == [true, true, true, true])' t.json
	grep -q 'For 30 days nobody' err
	jq -e '.Resources.LogBucket.Properties | has("BucketName") | not' <(aws_setup 2>/dev/null)
	jq -e '.Resources | .WitnessKey.DeletionPolicy == "Retain" and .Queue.Properties.SqsManagedSseEnabled and
		.DeadLetters.Properties.SqsManagedSseEnabled' t.json
}

@test "what it costs is an estimate with a date; where it is deployed is its partition's Region" {
	run -0 --separate-stderr aws_setup
	output=$stderr
	has "an estimate of November 2026"
	has "in all       about 2.00 for a small account"
	has "aws cloudformation deploy --stack-name twokey"
	has "--region us-east-1"
	[ -z "$(awk 'length > 90' <<<"$stderr")" ]
	run -0 --separate-stderr aws_setup --without witness --without bucket
	output=$stderr
	has "about 0.00"
	hasnt "witness"
	ROLE=arn:aws-us-gov:iam::111122223333:role/a/b/twokey-host
	run -0 --separate-stderr aws_setup
	[[ $stderr == *"--region us-gov-west-1"* ]]
	jq -e '.Resources.WitnessPolicy.Properties.Roles == ["twokey-host"]' <<<"$output"
	ROLE=arn:aws-cn:iam::111122223333:role/twokey-host
	run -0 --separate-stderr aws_setup
	[[ $stderr == *"--region cn-north-1"* ]]
}

@test "words of aws-setup that are off" {
	no '--role is needed: the ARN of the role by which'
	local bad
	for bad in '' nope arn:aws:iam::111122223333:user/alice arn:aws:iam::111122223333:root \
		arn:aws:iam::11112222333:role/x arn:aws:iam::1111222233334:role/x arn:aws:iam::111122223333:role/ \
		arn:aws:iam::111122223333:role/x/ arn:aws:iam::111122223333:role/a//b 'arn:aws:iam::111122223333:role/a"b' \
		arn:aws:iam::111122223333:role/a@b/@days@\" arn:azure:iam::111122223333:role/x \
		"arn:aws:iam::111122223333:role/$(printf 'x%.0s' {1..65})" "arn:aws:iam::111122223333:role/$(printf 'x/%.0s' {1..300})y"; do
		no '--role takes the ARN of a role, not' --role="$bad"
	done
	no '--role takes the ARN' --role arn:aws:sts::111122223333:assumed-role/Admin/alice
	has "a session of a role"
	for bad in ab Acme a.b.c -abc abc- 'a"b' "$(printf 'a%.0s' {1..64})"; do
		no '--bucket takes 3 to 63 lower-case letters' --role "$ROLE" --bucket="$bad"
	done
	no '--retain takes a whole number from 1 to 3650, not `0`.' --role "$ROLE" --retain 0
	no '--retain takes a whole number from 1 to 3650' --role "$ROLE" --retain 3651
	no '--without takes one of witness|queue|bucket, not `key`.' --role "$ROLE" --without key
	no '--without bucket goes with neither' --role "$ROLE" --without bucket --retain 3
	no '--without bucket goes with neither' --role "$ROLE" --without bucket --bucket abc
}

# asked RECORD TASK: what is said before anybody is asked for a key.
asked() {
	cd "$BATS_FILE_TMPDIR/v" || return 1
	run -4 tk -- unseal "$1" --reason "a test" --task "$2" --timeout 1
	output=${output//$'\r'/}
}

@test "every task of AWS's list needs root, and no other" {
	run -0 "$TWOKEY" unseal r --task help
	local id
	# AWS's list in the IAM user guide, in its order.
	for id in account-email rotation root-keys iam-restore billing-access billing-root tax-invoices close-account \
		marketplace-seller s3-mfa-delete s3-policy sqs-policy kms-recovery govcloud mturk incident; do
		grep -E "^  $id +" <<<"$output" >line
		not grep -q "does not need root" line
	done
	for id in account-name account-contacts iam-user billing support root-audit root-recovery; do
		grep -qE "^  $id .*\(does not need root\)$" <<<"$output"
	done
	[ "$(wc -l <<<"$output")" = 24 ]
	[ -z "$(awk 'length > 100' <<<"$output")" ]
}

@test "where sts:AssumeRoot would do, the very command is said" {
	asked prod s3-policy
	has "needs root: yes"
	has "aws sts assume-root --target-principal 444455556666 --region us-east-1 \\"
	has "--task-policy-arn arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
	hasnt "Ctrl-C"
	asked gov sqs-policy
	has "--region us-gov-west-1"
	has "arn=arn:aws-us-gov:iam::aws:policy/root-task/SQSUnlockQueuePolicy"
	asked prod root-keys
	has "root-task/IAMDeleteRootUserCredentials"
	asked prod root-audit
	has "root-task/IAMAuditRootUserCredentials"
	asked prod root-recovery
	has "root-task/IAMCreateRootUserPassword"
}

@test "what does not need root is answered so" {
	asked prod iam-user
	has "needs root: no"
	has "instead: an administrator's role"
	has "press Ctrl-C to leave it closed"
	hasnt "assume-root"
	asked prod close-account
	has "needs root: yes"
	has "aws organizations close-account"
	asked prod other
	has "needs root: not by AWS's list"
}

@test "a generic record's attributes are not taken for those of an account" {
	asked other s3-policy
	hasnt "AWS account"
	hasnt "assume-root"
}

@test "runbooks: the tool's are those of docs/runbooks, all of them, and they are listed" {
	run -0 "$TWOKEY" runbook
	[ "$(cut -d' ' -f1 <<<"$output" | sort)" = "$(cd "$TK_TOP/docs/runbooks" && printf '%s\n' *.md | sed 's/[.]md$//' | sort)" ]
	[ "$(wc -l <<<"$output")" = 14 ]
	[ -z "$(awk 'length > 79' <<<"$output")" ]
	local name
	while read -r name _; do
		"$TWOKEY" runbook "$name" | cmp - "$TK_TOP/docs/runbooks/$name.md"
	done <<<"$output"
	run -2 "$TWOKEY" runbook nope
	has 'twokey: There is no runbook "nope".'
	has 'hint: `twokey runbook` lists them.'
	run -2 "$TWOKEY" runbook set-up more
}

@test "runbooks: each says who, what is needed, steps in order, and what can go wrong" {
	local file
	for file in "$TK_TOP"/docs/runbooks/*.md; do
		echo "$file"
		head -n 1 "$file" | grep -q '^# [A-Z]'
		[ "$(sed -n 3p "$file" | cut -c1-5)" = "Who: " ]
		grep -q '^You need: ' "$file"
		grep -q '^What can go wrong:$' "$file"
		[ "$(sed '1,/^What can go wrong:$/d' "$file" | grep -c '^- ')" -ge 3 ]
		# Steps are numbered without a gap.
		grep -o '^[0-9]*[.] ' "$file" | tr -d '. ' >steps
		seq "$(wc -l <steps)" | diff - steps
		[ "$(wc -l <steps)" -ge 5 ]
		# They are read on a terminal; only commands may be longer.
		[ -z "$(grep -v '^ \{7\}' "$file" | awk 'length > 90')" ]
	done
}

@test "runbooks: every command and option in them is there" {
	run -0 python3 "$TK_TOP/tests/cli/runbooks.py" "$TWOKEY" "$TK_TOP"/docs/runbooks/*.md
	# The check itself can fail.
	local bad
	for bad in '`twokey frob`' '`twokey log frob`' '`twokey log`' '`twokey unseal x --frob`' '`twokey runbook frob`' \
		$'1. x\n\n       twokey seal x \\\n           --frob'; do
		printf '%s\n' "$bad" >bad.md
		run -1 python3 "$TK_TOP/tests/cli/runbooks.py" "$TWOKEY" bad.md
		has "no such"
	done
}

@test "runbooks: unseal and rotate, and a lost password, as they are written" {
	copy_vault "$BATS_FILE_TMPDIR/v" v && cd v || return 1
	local show=(--show --force-stdout --json)
	reads() { tr -d '\r' | grep -o '{.*}' | jq -r "$1"; }
	# Each is sealed, then shown, then confirmed; the old one opens until then.
	tk -a 'MFA seed.*: =GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' alice.key bob.key -- rotate prod --mfa \
		--no-code-check --ticket INC-4711 "${show[@]}" >out
	[ "$(reads .totp <out | grep -cE '^[0-9]{6}')" = 1 ]
	tk alice.key bob.key -- rotate prod --mfa --confirm --ticket INC-4711
	tk alice.key bob.key -- rotate prod --ticket INC-4711 "${show[@]}" >out
	[ "$(reads .password <out | wc -c)" = 33 ]
	tk alice.key bob.key -- unseal prod --field password --reason rotation --task rotation "${show[@]}" >out
	[ "$(reads .password <out)" = secret ]
	tk alice.key bob.key -- unseal prod --field totp --reason rotation "${show[@]}" >out
	[ "$(reads .totp <out | grep -cE '^[0-9]{6}')" = 1 ]
	tk alice.key bob.key -- rotate prod --confirm --ticket INC-4711
	run -0 "$TWOKEY" status --conf twokey.conf --record prod
	has "password     sealed, known to nobody; version 3 confirmed"
	has "totp         sealed, known to nobody; version 2 confirmed"
	# A lost password: the seed stays what it is.
	tk alice.key bob.key -- rotate prod --reason "password recovery" "${show[@]}" >new
	tk alice.key bob.key -- unseal prod --field totp --reason "recovery" "${show[@]}" >out
	[ "$(reads .totp <out | grep -cE '^[0-9]{6}')" = 1 ]
	tk alice.key bob.key -- rotate prod --confirm
	tk alice.key bob.key -- unseal prod --reason "a test" "${show[@]}" >out
	[ "$(reads .password <out)" = "$(reads .password <new)" ]
}
