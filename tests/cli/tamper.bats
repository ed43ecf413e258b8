#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is changed is not used: unseal refuses before it asks anybody; and the
# memory of this machine knows an older store.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault_with_history
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

# refused WORD...: verify names the WORDs; unseal ends with 6 and a next step
# before it asks for a key, and writes nothing.
refused() {
	local word
	run -6 "$TWOKEY" log verify --conf twokey.conf
	has "hint: "
	for word; do has "$word"; done
	cp -a store/log/bastion1.jsonl log.before
	run -6 tk alice.key bob.key -- unseal prod --reason "changed" --show --force-stdout --timeout 5
	has "twokey: "
	has "hint: "
	hasnt "PIN for"
	hasnt "secret"
	cmp store/log/bastion1.jsonl log.before
}

flip() { # FILE BYTE
	python3 - "$1" "$2" <<-'P'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    f.seek(int(sys.argv[2]), 0 if int(sys.argv[2]) >= 0 else 2)
		    at, byte = f.tell(), f.read(1)
		    f.seek(at)
		    f.write(bytes([byte[0] ^ 1]))
	P
}

again() { # puts the store and the state right
	cp -a "$BATS_FILE_TMPDIR"/v/{store,state} .
}

@test "a bit of the policy, of the record, of its shares" {
	local file byte
	# A policy's signatures were verified when its hash was pinned: they are for
	# others, and `log verify` looks at them (tamper.py).
	for byte in 3 300 1500 -3; do
		flip store/policies/1.json "$byte"
		refused olicy
		again
	done
	for file in records/prod/2.json records/prod/2.shares.1.json; do
		for byte in 3 300 -200 -3; do
			flip "store/$file" "$byte"
			refused "$file"
			again
		done
	done
}

@test "a log cut short, its last line changed, gone, or another log in its place" {
	for n in 1 5; do
		head -n "-$n" store/log/bastion1.jsonl >x
		cat x >store/log/bastion1.jsonl
		refused bastion1
		run -7 "$TWOKEY" doctor --conf twokey.conf
		[ "$n" != 1 ] || has "somebody took the end of it away"
		again
	done
	sed -i '$d' store/log/bastion1.jsonl
	truncate -s -1 store/log/bastion1.jsonl
	refused bastion1
	again
	flip store/log/bastion1.jsonl -900
	refused bastion1
	again
	: >store/log/bastion1.jsonl
	refused bastion1
	again
	rm store/log/bastion1.jsonl
	run -6 "$TWOKEY" log verify --conf twokey.conf
	run -6 tk alice.key bob.key -- unseal prod --reason "changed" --show --force-stdout --timeout 5
	hasnt "PIN for"
	[ ! -e store/log/bastion1.jsonl ]
}

@test "the last line gone with an older checkpoint in place: whole, but for this machine's memory" {
	printf other >s
	cp -a store older
	"$TWOKEY" seal later --kind generic --field a=@s --conf twokey.conf
	for f in jsonl checkpoint; do cp older/log/bastion1.$f store/log/; done
	for command in "log verify" status "log show" doctor; do
		# shellcheck disable=SC2086 # two words
		run "$TWOKEY" $command --conf twokey.conf
		[ "$status" = 6 ] || { [ "$command" = doctor ] && [ "$status" = 7 ]; }
		has bastion1
	done
}

@test "documents that are gone, or another's" {
	rm store/records/prod/2.json
	refused records/prod/2.json
	again
	rm store/records/prod/2.shares.1.json
	refused records/prod/2.shares.1.json
	again
	cp store/records/other/1.json store/records/prod/2.json
	refused records/prod/2.json
	again
	cp store/records/prod/1.shares.1.json store/records/prod/2.shares.1.json
	refused records/prod/2.shares.1.json
	again
	cp store/records/prod/1.json store/records/prod/2.json
	refused records/prod/2.json
}

@test "an older copy of the whole store: whole in itself, known as older by this machine" {
	cp -a store old
	"$TWOKEY" seal third --kind generic --field a=@s --conf twokey.conf
	tk alice.key bob.key -- unseal third --reason "newer" --show --force-stdout
	rm -rf store && mv old store
	run -0 "$TWOKEY" log verify --store store
	refused bastion1 "this machine"
	run -6 "$TWOKEY" status --conf twokey.conf
	has "twokey: "
	run -6 "$TWOKEY" seal fourth --kind generic --field a=@s --conf twokey.conf
	has "hint: "
	[ ! -e store/records/fourth ]
}

@test "an older policy than the one pinned" {
	cp -a store old
	second_host
	# The first host takes notice of the second policy, and pins it.
	run -7 "$TWOKEY" status --conf twokey.conf
	[ "$(jq .serial state/pin.json)" = 2 ]
	rm store/policies/2.json
	refused "olic"
	cp -a "$BATS_FILE_TMPDIR/v/store/policies/1.json" store/policies/2.json
	refused "olic"
}

@test "another vault in place of this one" {
	mkdir other && cd other || return 1
	vault "2 of (alice, bob)" alice bob
	printf other >s
	"$TWOKEY" seal prod --kind generic --field a=@s --conf twokey.conf
	cd .. && rm -rf store && mv other/store store
	run -6 "$TWOKEY" log verify --conf twokey.conf
	has "twokey: "
	for command in status "unseal prod --reason x --show --force-stdout" "seal new --kind generic --field a=@s" "log show"; do
		# shellcheck disable=SC2086 # words
		run -6 "$TWOKEY" $command --conf twokey.conf
		has "policies/1.json is not the policy that this machine has accepted."
		has "hint: "
	done
	[ ! -e store/records/new ]
}

@test "what stands behind the log's end is cut off, kept, and told" {
	printf '{"half a line' >>store/log/bastion1.jsonl
	"$TWOKEY" seal after --kind generic --field a=@s --conf twokey.conf
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "bytes that were not this log's were cut off after a crash"
	run -0 "$TWOKEY" log verify --conf twokey.conf
	grep -q "$(printf '{"half a line' | base64)" store/log/bastion1.jsonl
}

@test "an unfinished write is put right by the next command" {
	mkdir -p store/.new && printf junk >store/.new/bastion1_records_x_1.json
	printf junk >store/records/prod/.tmp-1234
	"$TWOKEY" seal after --kind generic --field a=@s --conf twokey.conf
	[ -z "$(find store/.new -type f)" ]
	run -0 "$TWOKEY" log verify --conf twokey.conf
}

# Seals by host bastion2, and this host has seen it all.
two_hosts() {
	second_host
	run -7 "$TWOKEY" status --conf twokey.conf
	rm -rf good && cp -a store good
}

@test "an old line changed, in this host's log or in another's: each reader of logs notices" {
	local host
	two_hosts
	for host in bastion1 bastion2; do
		sed -i '0,/"type":"released"/s//"type":"releasex"/' "store/log/$host.jsonl"
		not cmp -s "store/log/$host.jsonl" "good/log/$host.jsonl"
		run -6 "$TWOKEY" status --conf twokey.conf
		has "The log of $host" && has "hint: "
		hasnt "survives loss"
		run -6 "$TWOKEY" log show --host "$host" --conf twokey.conf
		has "The log of $host" && has "hint: "
		hasnt " asks to "
		run -6 "$TWOKEY" log export --host "$host" --conf twokey.conf
		has "The log of $host" && has "hint: " && has '"releasex"'
		run -6 "$TWOKEY" log export --all --out "$host.tar" --conf twokey.conf
		has "The log of $host" && has "Wrote $host.tar, with a log that does not hold."
		tar -xOf "$host.tar" "log/$host.jsonl" | cmp - "store/log/$host.jsonl"
		run "$TWOKEY" doctor --conf twokey.conf
		[[ $output =~ BAD" "+logs" "+"The log of $host" ]]
		rm -rf store && cp -a good store
	done
	run "$TWOKEY" doctor --conf twokey.conf
	[[ $output =~ ok" "+logs ]]
}

@test "lines behind a log's head are no history, for any reader" {
	local host before
	two_hosts
	before=$output
	for host in bastion1 bastion2; do
		grep '"type":"released"' "store/log/$host.jsonl" | tail -n 1 | sed "s/prod/evil/g
			s/\"seq\":[0-9]*/\"seq\":$(wc -l <"store/log/$host.jsonl")/" >line
		cat line >>"store/log/$host.jsonl"
		run -0 "$TWOKEY" log show --host "$host" --conf twokey.conf
		hasnt evil
		has "note: $(wc -c <line) bytes behind the last entry of $host's log"
		run -0 "$TWOKEY" log export --host "$host" --conf twokey.conf
		hasnt evil
		run -7 "$TWOKEY" status --conf twokey.conf
		[ "$output" = "$before" ]
		run "$TWOKEY" doctor --conf twokey.conf
		[[ $output =~ ok" "+logs ]]
	done
	# This host's own was cut off, and told.
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "bytes that were not this log's were cut off after a crash"
}
