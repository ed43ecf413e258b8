#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# One of two hosts lies, with its own key: what the other host believes of it.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf secret >s
	vault "2 of (alice, bob, carol)" alice bob carol -- --add-quorum "three=3 of (alice, bob, carol)" &&
		"$TWOKEY" seal prod --kind generic --field a=@s --conf twokey.conf &&
		"$TWOKEY" seal linux-bastion2 --kind linux-root --host bastion2 --field password=@s --quorum three \
			--conf twokey.conf && second_host
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	printf '{ "store": "%s/store", "state": "%s/state2", "host": "bastion2" }\n' "$PWD" "$PWD" \
		>twokey2.conf
	chmod 0600 twokey2.conf
}

# lies JQ-FILTER: bastion2 says what the filter makes of prod's record.sealed.
lies() {
	jq -c "select(.type == \"record.sealed\" and .record == \"prod\") |
		del(.seq, .time, .boot, .host, .policy) | $1" store/log/bastion1.jsonl | tail -n 1 |
		"$BATS_TEST_DIRNAME/rogue.py" store state2 bastion2
}

opens() { # UNSEAL OPTION...
	run -0 tk alice.key bob.key -- unseal prod --reason "test" --show --force-stdout "$@"
	has secret
}

zeros=$(printf '0%.0s' {1..64})

@test "a version behind a gap is neither opened nor followed, and verify tells" {
	lies '.version = 9007199254740991'
	opens
	lies '.version = 7'
	run -6 tk alice.key bob.key -- unseal prod --version 7 --reason x --show --force-stdout
	has "no log names version 2" && has "hint: "
	hasnt "PIN for"
	run -6 "$TWOKEY" log verify --conf twokey.conf
	has "It seals version 7 of prod, but no log names version 2: it does not count."
	run -0 "$TWOKEY" seal prod --next --field a=@s --conf twokey.conf
	[ -e store/records/prod/2.json ]
	opens --version 2
}

root_here() {
	"$TWOKEY" seal linux-bastion1 --kind linux-root --host bastion1 --new --conf twokey.conf
}
# What is due, and since when.
due() {
	run -7 --separate-stderr "$TWOKEY" status --json --conf twokey.conf
	output=$(jq -c '.records[] | select(.due != null) | del(.opened)' <<<"$output")
}
about_root='.record = "linux-bastion1" | .kind = "linux-root" | .fields = [{name: "password", known_to: []}]'
proves='{type: "rotation.confirmed", record: "linux-bastion1", fields: ["password"], by: "shadow", statement: null}'

@test "what another host seals or confirms of a host's root password changes nothing, and verify tells" {
	root_here
	run -0 tk alice.key bob.key -- unseal linux-bastion1 --reason x --show --force-stdout
	due
	[[ $output == *linux-bastion1* ]]
	echo "$output" >before
	lies "$about_root | .version = 2"
	lies "$about_root | .version = 1 | .digest = \"$zeros\""
	lies "$proves | .version = 1"
	due
	[ "$output" = "$(cat before)" ]
	run -0 tk alice.key bob.key -- unseal linux-bastion1 --reason x --show --force-stdout
	has "version 1, sealed"
	run -6 "$TWOKEY" log verify --conf twokey.conf
	has "It seals version 2 of linux-bastion1, the root password of host bastion1, as only the log of bastion1 can"
	has "It seals version 1 of linux-bastion1" && has "It confirms version 1 of linux-bastion1"
	has "take bastion2, whose key signed it, for broken into"
	[ "$("$TWOKEY" log verify --json --conf twokey.conf | jq '[.faults, .records]|@csv' -r)" = 3,3 ]
	run -6 /usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
	has "linux-bastion1 version 2 is the root password of another host"
	# Its own next one follows its own last one.
	run -0 "$TWOKEY" seal linux-bastion1 --next --new --conf twokey.conf
	[ -e store/records/linux-bastion1/2.json ]
	run -0 tk alice.key bob.key -- unseal linux-bastion1 --reason x --show --force-stdout
	has "version 2, sealed"
}

@test "nor is it another host's to seal first, or to give it a quorum" {
	run -3 "$TWOKEY" seal linux-bastion1 --kind generic --field a=@s --conf twokey2.conf
	has "Record linux-bastion1 is the root password of host bastion1: only that host seals it." && has "hint: "
	run -3 "$TWOKEY" seal linux-bastion2 --next --field password=@s --conf twokey.conf
	# Sealed before bastion2 was a host: it holds until that host seals its own.
	run -0 tk alice.key bob.key carol.key -- unseal linux-bastion2 --reason x --show --force-stdout
	has secret
	run -0 "$TWOKEY" seal linux-bastion2 --next --new --conf twokey2.conf
	[ "$(jq -r .quorum store/records/linux-bastion2/2.json)" = default ]
	run -0 tk alice.key bob.key -- unseal linux-bastion2 --reason x --show --force-stdout
	has "version 2, sealed" && hasnt secret
	lies "$about_root | .version = 1"
	run -1 tk alice.key bob.key -- unseal linux-bastion1 --reason x --show --force-stdout
	has "There is no record linux-bastion1"
}

@test "who opens it on another host makes it due on its own" {
	root_here
	due
	hasnt linux-bastion1
	cp twokey.conf twokey1.conf && cp twokey2.conf twokey.conf
	run -0 tk alice.key bob.key -- unseal linux-bastion1 --reason x --show --force-stdout
	cp twokey1.conf twokey.conf
	due
	has linux-bastion1
	run -0 "$TWOKEY" log verify --conf twokey.conf
}

@test "shares that another host names, or reseals, are not asked for" {
	lies "{type: \"shares.sealed\", record, version, digest, shares: \"$zeros\", serial: 2,
		statement: \"$zeros\"}"
	run -6 "$TWOKEY" log verify --conf twokey.conf
	has "No request to reseal stands before it."
	opens
	# The same record, sealed once more under the newer policy: so it says.
	lies ".shares = \"$zeros\""
	opens
}

@test "a record that only another host's log names is void" {
	mv store/records/prod store/records/moved
	lies '.record = "other"'
	mkdir store/records/other && cp store/records/moved/* store/records/other/
	mv store/records/moved store/records/prod
	# As it is of bastion1, so is its name: the digest holds, the log does not.
	run -6 tk alice.key bob.key -- unseal other --reason x --show --force-stdout
	has "Record other is of host bastion1, whose log does not name it."
	hasnt "PIN for"
}

@test "a record proves that another host's log was rolled back" {
	cp -a store/log older
	printf '{"type":"test.note"}\n' | "$BATS_TEST_DIRNAME/rogue.py" store state2 bastion2
	"$TWOKEY" seal prod --next --field a=@s --conf twokey.conf
	opens
	# An older, whole log for a machine that has not seen the newer one.
	cp older/bastion2.* store/log/
	rm -r state/seen.json state/index
	run -6 tk alice.key bob.key -- unseal prod --reason x --show --force-stdout
	has "Record prod version 2 names a newer or another log" && has "hint: "
	hasnt "PIN for"
	opens --version 1
}

@test "a proof of another log than the one that was seen" {
	run -7 "$TWOKEY" status --conf twokey.conf
	mkdir forked && cp -a store state forked/ && rm forked/state/seen.json
	sed -i '$d' forked/store/log/bastion2.jsonl
	printf '{"type":"test.note"}\n' | "$BATS_TEST_DIRNAME/rogue.py" forked/store state2 bastion2
	(cd forked && conf_here && "$TWOKEY" log prove --host bastion2 0 --conf twokey.conf >../proof.json)
	run -6 "$TWOKEY" log prove --check proof.json --conf twokey.conf
	has "Host bastion2 signed two logs of"
	run -0 "$TWOKEY" log prove --check proof.json --conf forked/twokey.conf
}
