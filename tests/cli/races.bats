#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What others do to a store or a log while a command is at work with it.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { file_begin; }
setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

seal() { # RECORD OPTION...
	printf 'the secret' | "$TWOKEY" seal "$1" --conf twokey.conf --kind generic --field value=@- "${@:2}"
}
verify() { "$TWOKEY" log verify --conf twokey.conf; }
unseal() { # TK WORDS...
	run tk "$@" -- unseal r --reason "a test" --show --force-stdout
}

@test "who can write the store does not choose the quorum of a next version" {
	vault "3 of (alice, bob, carol)" alice bob carol -- --add-quorum "few=2 of (bob, carol)"
	seal r
	cp store/records/r/1.json true.json
	sed -i 's/"quorum":"default"/"quorum":"few"/' store/records/r/1.json
	run seal r --next
	[ "$status" = 6 ]
	has "not the one that the log names"
	[ ! -e store/records/r/2.json ]
	cp true.json store/records/r/1.json
	seal r --next
	grep -q '"quorum":"default"' store/records/r/2.json
	verify
}

@test "a false file in the place of a next version keeps nobody from opening" {
	vault "2 of (alice, bob)" alice bob
	seal r
	printf junk >store/records/r/2.json
	run seal r --next
	[ "$status" = 1 ]
	has "records/r/2.json is in the store already"
	unseal alice.key bob.key
	[ "$status" = 0 ]
	has "the secret"
	rm store/records/r/2.json
	seal r --next
	verify
}

@test "an approval that could not be recorded ends the ceremony" {
	vault "2 of (alice, bob)" alice bob
	seal r
	unseal -a 'alice: alice.s key=!chmod g+w store/log/bastion1.jsonl' \
		-a 'could not be recorded=!chmod g-w store/log/bastion1.jsonl' alice.key bob.key
	[ "$status" = 2 ]
	hasnt "the secret"
	chmod g-w store/log/bastion1.jsonl
	[ "$(grep -c '"type":"released"' store/log/bastion1.jsonl)" = 0 ]
	verify
}

# Another machine becomes a host while the ceremony of this one waits for keys.
other_host() { # FOLDER NAME
	mkdir "$1/$2" && cp -a alice.key "$1/$2/a.key" && cp -a bob.key "$1/$2/b.key"
	printf '{ "store": "%s/store", "state": "%s/state", "host": "%s" }\n' "$1" "$1/$2" "$2" \
		>"$1/$2/twokey.conf"
	chmod 0600 "$1/$2/twokey.conf"
	cat >other.sh <<-END
		BATS_VERSION=
		. $TK_TOP/tests/cli/lib.bash
		(cd $1/$2 && tk a.key b.key -- host add --vault $(jq -r .vault state/pin.json) >log 2>&1)
		[ -z "\$1" ] || printf x | $TWOKEY seal s --conf twokey.conf --kind generic --field value=@-
		$SK ctl alice.key replug
		$SK ctl bob.key replug
	END
	TK_WRAP=(sh -c '"$SK" ctl alice.key unplug; "$SK" ctl bob.key unplug; exec "$@"' sh)
}

@test "a ceremony does not go on under a policy that another has replaced" {
	vault "2 of (alice, bob)" alice bob
	seal r
	other_host "$PWD" bastion2
	unseal -a "Plug in a key of=!bash other.sh seal||!true" alice.key bob.key
	[ "$status" = 3 ]
	has "newer policy"
	hasnt "the secret"
	[ -e store/policies/2.json ]
	grep -q '"type":"ceremony.denied"' store/log/bastion1.jsonl
	verify
	TK_WRAP=()
	unseal alice.key bob.key
	[ "$status" = 0 ]
	verify
}

@test "of two policies that follow the same one, one comes too late, and can come again" {
	vault "2 of (alice, bob)" alice bob
	seal r
	other_host "$PWD" bastion2
	printf '{ "store": "%s/store", "state": "%s/state3", "host": "bastion3" }\n' "$PWD" "$PWD" \
		>third.conf
	chmod 0600 third.conf
	vault_id=$(jq -r .vault state/pin.json)
	mv twokey.conf first.conf && mv third.conf twokey.conf
	run tk -a "Plug in a key of=!bash other.sh||!true" alice.key bob.key -- \
		host add --vault "$vault_id"
	[ "$status" = 3 ]
	has "newer policy"
	[ "$(tail -n 1 store/log/bastion3.jsonl | jq -r .type)" = ceremony.denied ]
	TK_WRAP=()
	run tk alice.key bob.key -- host add
	[ "$status" = 0 ]
	[ -e store/policies/3.json ]
	verify
}

@test "a new host: the rules for words bind it, and its own log tells how it ended" {
	printf '{ "ticket": "^OPS-[0-9]+$" }' >rules
	vault "2 of (alice, bob)" alice bob -- --rules rules
	mkdir there && cp -a alice.key bob.key store there && cp state/pin.json pin && cd there || return 1
	printf '{ "store": "%s/store", "state": "%s/state", "host": "bastion2" }\n' "$PWD" "$PWD" \
		>twokey.conf
	chmod 0600 twokey.conf
	local log=store/log/bastion2.jsonl add=(host add --vault "$(jq -r .vault ../pin)")
	mv store/policies/1.json aside
	run tk alice.key bob.key -- "${add[@]}"
	[ "$status" = 1 ]
	has "hint: Copy the whole store of another host"
	mv aside store/policies/1.json
	run tk alice.key bob.key -- host add --vault "$(printf '%064d' 1)"
	[ "$status" = 6 ]
	has "this is another vault"
	[ ! -e state/pin.json ]
	run tk alice.key bob.key -- "${add[@]}"
	[ "$status" = 3 ]
	has "The policy asks for a ticket."
	[ ! -e state/host.key ] && [ ! -e $log ]
	run tk alice.key -- "${add[@]}" --ticket OPS-1 --timeout 1
	[ "$status" = 4 ]
	[ "$(tail -n 1 $log | jq -r '.type + " " + .code')" = "ceremony.denied not enough approvals" ]
	jq -e '.counters."alice/key-1" > 0' state/counters.json
	# A policy in force is not denied as well, though its checkpoint fails.
	rm store/log/bastion2.checkpoint && mkdir store/log/bastion2.checkpoint
	run tk alice.key bob.key -- "${add[@]}" --ticket OPS-2
	[ "$status" = 1 ]
	has "The log holds what was approved all the same"
	[ "$(tail -n 1 $log | jq -r .type)" = policy.accepted ]
	rmdir store/log/bastion2.checkpoint
	printf x | "$TWOKEY" seal s --conf twokey.conf --kind generic --field value=@-
	verify
}

@test "a machine new to the vault takes no log older than the policy names" {
	vault "2 of (alice, bob)" alice bob
	seal r
	cp -a store/log old
	seal r --next
	other_host "$PWD" bastion2
	TK_WRAP=()
	bash other.sh || true # no key is to be plugged in again
	grep -q '"size":4' store/policies/2.json
	cp -a store/log new && cp old/bastion1.* store/log
	printf '{ "store": "%s/store", "state": "%s/state3", "host": "bastion3" }\n' "$PWD" "$PWD" \
		>third.conf
	chmod 0600 third.conf
	vault_id=$(jq -r .vault state/pin.json)
	mv twokey.conf first.conf && mv third.conf twokey.conf
	run tk alice.key bob.key -- host add --vault "$vault_id"
	[ "$status" = 6 ]
	has "Policy 2 names a newer or another log"
	cp new/bastion1.* store/log
	run tk alice.key bob.key -- host add --vault "$vault_id"
	[ "$status" = 0 ]
	verify
}

@test "nothing is released for a terminal that cannot wipe, or a program that is not there" {
	vault "2 of (alice, bob)" alice bob
	seal r
	TERM=dumb
	run tk alice.key bob.key -- unseal r --reason "a test"
	[ "$status" = 2 ]
	has "cannot wipe"
	TERM=xterm
	run tk alice.key bob.key -- unseal r --reason "a test" --exec -- /no/such/program
	[ "$status" != 0 ]
	has "/no/such/program"
	[ "$(grep -c '"type":"ceremony.requested"' store/log/bastion1.jsonl)" = 0 ]
}
