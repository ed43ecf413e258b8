#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A KMS key as a witness: sealed with it, opened with it, and what CloudTrail says of it.

# shellcheck source=tests/cli/aws.bash
. "${BATS_TEST_DIRNAME}/aws.bash"

KEY=arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf 'the secret' >s
	vault "2 of (alice, bob)" alice bob
	touch base
}

setup() {
	LATER=0
	aws_begin
	aws .
}
teardown() { aws_end; }

seal() { "$TWOKEY" seal w --conf twokey.conf --kind generic --field value=@s "$@"; }
unseal() { tk alice.key bob.key -- unseal w --reason "a test" --show --force-stdout "$@"; }
field() { jq -r ".fields.value.witness.$1" store/records/w/1.json; }

@test "sealed and opened with the witness, who is told which" {
	seal --witness $KEY
	[ "$(field key)" = $KEY ]
	run -0 unseal
	has "the secret"
	[ "$(calls kms.Decrypt | jq -c .EncryptionContext)" = "{\"twokey:record\":\"w\",\"twokey:vault\":\"$(jq -r .vault store/records/w/1.json)\",\"twokey:witness\":\"$(field id)\"}" ]
	[ "$(calls kms.Encrypt | jq -c .EncryptionContext)" = "$(calls kms.Decrypt | jq -c .EncryptionContext)" ]
	# The same key for the next version, with bytes of its own; or none.
	seal --next
	[ "$(jq -r .fields.value.witness.key store/records/w/2.json)" = $KEY ]
	[ "$(jq -r .fields.value.witness.id store/records/w/2.json)" != "$(field id)" ]
	run -0 unseal
	has "the secret"
	seal --next --witness none
	[ "$(jq -r .fields.value.witness store/records/w/3.json)" = null ]
	run -0 unseal
	run -0 "$TWOKEY" log verify --conf twokey.conf
	/usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
}

@test "without the witness nothing opens, and no release is recorded" {
	seal --witness $KEY
	aws_end
	run -8 unseal
	has "The witness of w gives nothing"
	hasnt "the secret"
	[ "$("$TWOKEY" log show --conf twokey.conf --json | jq -r .type | tail -1)" = ceremony.denied ]
	run grep -c '"type":"released"' store/log/bastion1.jsonl
	[ "$output" = 0 ]
}

@test "another key, other bytes, another context: refused" {
	seal --witness $KEY
	aws '{answers: {"kms.Decrypt": [{json: {KeyId: "'$KEY'", Plaintext: "AAAA", EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}}]}} + .'
	run -6 unseal
	has "gives something else than it sealed"
	aws '{answers: {"kms.Decrypt": [{json: {KeyId: "'$KEY'", Plaintext: "'"$(head -c 32 /dev/zero | base64)"'", EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}}]}} + .'
	run -6 unseal
	hasnt "the secret"
	aws '{answers: {"kms.Decrypt": [{error: "InvalidCiphertextException", status: 400}]}} + .'
	run -6 unseal
}

@test "what is no witness" {
	run -2 seal --witness alias/witness
	has "is no KMS key"
	aws '{origin: "EXTERNAL"} + .'
	run -3 seal --witness $KEY
	has "whoever has a copy of it opens records without CloudTrail's knowledge"
	[ ! -e store/records/w ]
}

@test "CloudTrail's word of a witness: explained by a release, an alarm without" {
	local vault
	seal --witness $KEY
	unseal >/dev/null
	vault=$(jq -r .vault store/records/w/1.json)
	base=$(date +%s)
	records t.json <<-X
		decrypt $A -1 vault=$vault record=w witness=$(field id)
		decrypt $A -5000 vault=$vault record=w witness=$(field id)
		decrypt $A -4500 vault=$vault record=w witness=$(field id) outcome=AccessDenied
		decrypt $A -4000 vault=$(printf %064d 0) record=w witness=$(field id)
	X
	run -7 correlate t.json
	has "$A  explained       "
	has "by w: version 1 opened by alice, bob, entry "
	has "a record's witness was asked, and nothing was released: seal the record anew"
	# What KMS has refused was opened by nobody.
	has "a record's witness was asked, in vain, and nothing was released"
	[ "$(grep -c "^$A" <<<"$output")" = 3 ]
	run -0 "$TWOKEY" log verify --conf twokey.conf
}

@test "a release whose witness CloudTrail's history does not know of is an alarm, once" {
	local vault decrypt
	seal --witness $KEY
	unseal >/dev/null
	vault=$(jq -r .vault store/records/w/1.json)
	base=$(date +%s)
	records t.jsonl <<-X
		decrypt $A -1 vault=$vault record=w witness=$(field id)
		decrypt $A -1 vault=$vault record=x witness=$(field id)
		decrypt $A -1 vault=$vault record=w witness=$(printf %032d 0)
		decrypt $A -3000 vault=$vault record=w witness=$(field id)
	X
	decrypt=$(head -1 t.jsonl)
	# Too early to tell, and then explained.
	LATER=1
	aws "{events: [$decrypt]} + ."
	run -0 correlate --lookup --dry
	[ "$(calls cloudtrail.LookupEvents | grep -c Decrypt)" = 0 ]
	LATER=1300
	aws "{events: [$decrypt]} + ."
	run -0 correlate --lookup --dry
	has "$A  explained"
	[ "$(calls cloudtrail.LookupEvents | grep -c Decrypt)" = 1 ]
	# A file's word is not AWS's, nor another question's.
	aws "$(jq -cs '{events: [.[1:3][] | .eventID |= "other-" + .]}' t.jsonl) + ."
	head -1 t.jsonl >t.json
	run -7 correlate --lookup --dry t.json
	has "UNEXPLAINED"
	has "CloudTrail's history has no question to its witness: seal the record anew"
	# Of another account's key nothing is known.
	aws '. + {keys: {AKIDEXAMPLE: {secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", arn: "arn:aws:iam::999922223333:user/watch"}}}'
	run -0 correlate --lookup --dry
	aws .
	printf '#!/bin/sh\ncat >>"%s/got"\n' "$PWD" >tell && chmod 0755 tell
	jq --arg p "$PWD/tell" '.notify = [{channel: "program", program: $p, events: "unexplained"}]' twokey.conf >with &&
		cat with >twokey.conf
	run -0 "$TWOKEY" remind --conf twokey.conf
	run -7 correlate --lookup
	has "by w: version 1 opened by alice, bob, entry "
	has "A release's witness was not asked, by CloudTrail's history."
	run -0 correlate --lookup
	[ "$(entries | jq -c '[.type, .release.record]')" = '["release.unwitnessed","w"]' ]
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "w version 1: CloudTrail knows of no question to its witness for its release, entry "
	run -0 "$TWOKEY" remind --conf twokey.conf
	[ "$(jq -c '[.event, .level, .record, .command]' got)" = '["unexplained","alarm","w","twokey runbook unexplained-use"]' ]
	run -2 "$TWOKEY" status --format nagios --conf twokey.conf
	has "1 release whose witness was not asked"
	run "$TWOKEY" status --conf twokey.conf
	has "releases whose witness was not asked, last 30 days: 1"
	run -0 "$TWOKEY" log verify --conf twokey.conf
	has "everything holds"
	/usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
}

@test "that another witness of the record was asked, or one in vain, does not end the question" {
	local vault other vain
	seal --witness $KEY
	unseal >/dev/null
	vault=$(jq -r .vault store/records/w/1.json)
	base=$(date +%s)
	records t.jsonl <<-X
		decrypt $A -1 vault=$vault record=w witness=$(printf %032d 0) id=other
		decrypt $A -1 vault=$vault record=w witness=$(field id) id=vain
	X
	other=$(head -1 t.jsonl) vain=$(tail -1 t.jsonl | jq -c '.errorCode = "AccessDenied"')
	# Before it is time to ask, the events are explained, and have entries.
	LATER=100
	aws "{events: [$other, $vain]} + ."
	run -0 correlate --lookup
	[ "$(entries | jq -r .event | sort | xargs)" = "null vain" ]
	LATER=1300
	aws "{events: [$other, $vain]} + ."
	run -7 correlate --lookup
	has "CloudTrail's history has no question to its witness: seal the record anew"
	# Nor does the release of a record explain questions to another witness than its own.
	has "a record's witness was asked, and nothing was released: seal the record anew"
	[ "$(entries | jq -r 'select(.event == "other").verdict')" = unexplained ]
	run -0 correlate --lookup
	[ "$(entries | jq -r .type | grep -c release.unwitnessed)" = 1 ]
}
