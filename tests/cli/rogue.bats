#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# One of two hosts lies, with its own key: what the other host believes of it.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf secret >s
	vault "2 of (alice, bob, carol)" alice bob carol &&
		"$TWOKEY" seal prod --kind generic --field a=@s --conf twokey.conf && second_host
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
