#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Files that are not as they should be: a sentence with the file's name, the
# next step, the exit code, and nothing changed.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf secret >s
	vault "2 of (alice, bob)" alice bob
	"$TWOKEY" seal r --kind generic --field value=@s --conf twokey.conf
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

# The files that a ceremony reads, and those of the state.
state=(state/host.key state/pin.json state/head.json)
documents=(store/policies/1.json store/records/r/1.json store/records/r/1.shares.1.json)
log=store/log/bastion1.jsonl

again() {
	rm -rf store state twokey.conf
	cp -a "$BATS_FILE_TMPDIR"/v/{store,state} .
	conf_here
}

# refused STATUS WORD...: unseal and seal end so, the words and a hint are
# there, nothing is asked for and nothing changes.
refused() {
	local want=$1 word before command
	shift
	before=$(snap_all)
	for command in "unseal r --reason x --show --force-stdout" "seal r --next --field value=@s" status; do
		# A command that does not read what is wrong may well do its work.
		[[ $command != "$ONLY"* ]] && continue
		# shellcheck disable=SC2086 # words
		run timeout 30 "$TWOKEY" $command --conf twokey.conf </dev/null
		# shellcheck disable=SC2053 # a pattern
		[[ $status == $want ]] || { printf '%s: status %s, not %s\n%s\n' "$command" "$status" "$want" "$output" && return 1; }
		has "twokey: "
		has "hint: "
		for word; do has "$word"; done
		hasnt "Plug in"
		[ "$(snap_all)" = "$before" ]
	done
}
ONLY=

@test "others may change or read it: each file and folder, with the command that mends it" {
	local f
	chmod 0755 state && refused 2 "can be read by others (mode 0755)" "chmod go= '$PWD/state'"
	again
	chmod 0644 state/host.key && refused 2 "host.key is open to others (owner $(id -u), mode 0644)" "chmod 600"
	again
	for f in state/pin.json state/head.json store store/policies store/log "${documents[0]}" twokey.conf; do
		chmod o+w "$f" && refused 2 "$f can be changed by others (mode 0" "chmod go-w '"
		again
	done
	chmod o+w $log && refused 2 "$log can be changed by others" "chmod 644 '"
	again
	ONLY=unseal
	for f in "${documents[@]:1}" store/records store/records/r; do
		chmod o+w "$f" && refused 2 "$f can be changed by others (mode 0" "chmod go-w '"
		again
	done
}

@test "it belongs to somebody else: each file and folder" {
	[ "$(id -u)" = 0 ] || skip "only root can give files away"
	local f
	for f in state state/pin.json state/head.json store store/policies store/log "${documents[0]}" twokey.conf; do
		chown 1234 "$f" && refused 2 "$f belongs to user 1234: it must be root's or yours." "chown 0 '"
		again
	done
	for f in state/host.key $log; do
		chown 1234 "$f" && refused 2 "$f " "owner 1234" "chown 0 '"
		again
	done
	ONLY=unseal
	for f in "${documents[@]:1}" store/records/r; do
		chown 1234 "$f" && refused 2 "$f belongs to user 1234" "chown 0 '"
		again
	done
}

# A thing in place of each file: made by COMMAND FILE.
in_place() { # COMMAND STATUS-OF-STATE STATUS-OF-DOCUMENTS
	local f
	for f in "${state[@]}"; do
		$1 "$f" && refused "$2" "${f##*/}"
		again
	done
	$1 "${documents[0]}" && refused "$3" "${documents[0]#store/}"
	again
	ONLY=unseal
	for f in "${documents[@]:1}"; do
		$1 "$f" && refused "$3" "${f##*/}"
		again
	done
	ONLY=
}

link() {
	mv "$1" elsewhere && ln -sf "$PWD/elsewhere" "$1"
}
pipe() { rm "$1" && mkfifo "$1"; }
folder() { rm "$1" && mkdir "$1"; }
large() { head -c 10485760 /dev/zero | tr '\0' x >"$1"; }

@test "a symbolic link in place of each file and folder" {
	local f
	for f in twokey.conf $log state store store/policies store/log store/.lock state/.lock; do
		link "$f" && refused '[12]' "$f"
		again && rm -rf elsewhere
	done
	in_place link '[12]' 6
	# Not followed, so not written through either.
	[ "$(cat elsewhere)" = "$(cat "$BATS_FILE_TMPDIR/v/${documents[2]}")" ]
}

@test "a pipe, or a folder, in place of each file: no hang" {
	local f
	for f in twokey.conf $log; do
		pipe "$f" && refused '[12]' "$f"
		again
	done
	in_place pipe '[12]' 6
	in_place folder '[12]' 6
}

@test "ten megabytes in place of each file, and as input" {
	in_place large '[12]' 6
	large twokey.conf && refused 1 "twokey.conf is larger than 65536 bytes."
	again
	large big
	before=$(snap_all)
	for command in "init x --holder big --holder big" "seal big --kind generic --field a=@big" \
		"seal --import big" "log prove --check big" "log verify --archive big" \
		"init x --holder alice.bundle --holder bob.bundle --rules big"; do
		# shellcheck disable=SC2086 # words
		run timeout 30 "$TWOKEY" $command --conf twokey.conf
		[ "$status" = 1 ] || { echo "$command: $status, $output" && false; }
		has "twokey: "
		has "hint: "
		[ "$(snap_all)" = "$before" ]
	done
}

member() { # FILE MEMBER VALUE
	python3 - "$@" <<-'P'
		import json, sys
		path, name, value = sys.argv[1:]
		with open(path) as f:
		    d = json.load(f)
		d[name] = json.loads(value)
		with open(path, "w") as f:
		    json.dump(d, f, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
	P
}

extra() { member "$1" extra 1; }
another_type() { member "$1" type '"twokey-thing-v9"'; }
no_type() { member "$1" type 1; }
space() { printf ' ' >>"$1"; }
two() { printf '{}' >>"$1"; }
empty() { : >"$1"; }

@test "an unknown member, an unknown type, white space, junk behind the end" {
	state=(state/pin.json state/head.json)
	in_place extra 1 6
	in_place another_type 1 6
	in_place no_type 1 6
	in_place space 1 6
	in_place two 1 6
	in_place empty '[12]' 6
	# In a bundle that somebody hands in.
	for value in '"twokey-bundle-v2"' 1; do
		cp "$PEOPLE/bob.bundle" odd.bundle && member odd.bundle type "$value"
		run -1 "$TWOKEY" init acme --holder alice.bundle --holder odd.bundle --conf twokey.conf
		has "odd.bundle"
	done
	cp "$PEOPLE/bob.bundle" odd.bundle && member odd.bundle extra 1
	run -1 "$TWOKEY" init acme --holder alice.bundle --holder odd.bundle --conf twokey.conf
	has "odd.bundle: the member \"extra\" is unknown."
	has "hint: "
	# A name that was put on somebody else's bundle.
	cp "$PEOPLE/bob.bundle" odd.bundle && member odd.bundle name '"mallory"'
	run -6 "$TWOKEY" init acme --holder alice.bundle --holder odd.bundle --conf twokey.conf
	has "hint: "
}

@test "what is not there: the state, its files, the store, the configuration" {
	rm -rf state && refused 1 "This machine has no private state at $PWD/state." "twokey init"
	again
	rm state/pin.json && refused 1 "state/pin.json cannot be opened"
	again
	rm state/head.json && refused 6 "There is a log of bastion1, but this machine's private state knows nothing of it."
	again
	rm -rf store && refused 8 "The folder $PWD/store cannot be opened"
	has "hint: The store belongs there: mount it, copy it back, "
	again
	rm twokey.conf && refused 2 "The configuration twokey.conf is not there."
	again
	rm "${documents[0]}" && refused 6 "policies/1.json"
	again
	ONLY=unseal
	rm state/host.key && refused 3 "This machine is no host of vault acme"
	again
	rm "${documents[1]}" && refused 6 "The log names records/r/1.json, but the store does not have it."
}

@test "a host key that is another's, or none" {
	head -c 32 /dev/urandom >state/host.key
	refused 3 "This machine's host key is not the one that the policy names for host bastion1."
	printf x >state/host.key
	refused 2 "state/host.key is not a host key of 32 bytes." "Bring it back from a backup"
}

@test "the configuration: unknown keys, paths, junk, with line and column" {
	local text words
	while IFS='|' read -r text words; do
		printf '%b' "$text" >twokey.conf
		refused 2 "twokey.conf, line $words"
	done <<-'C'
		{ "store": "/x", // where\n  "sate": "/y" }|2, column 3: unknown key "sate".
		{ "store": "x" }|1, column 12: "store" needs an absolute path.
		{ "store": "/x/../y" }|1, column 12: "store" needs an absolute path.
		{ "store": "/x", "store": "/x" }|1, column 18: "store" stands here a second time.
		{ "host": "A b" }|1, column 11: "host" needs a name
		{ "host": 1 }|1, column 11
		{} x|1, column 4: nothing may stand behind the last `}`.
		{ "store": "/x" |1, column 17: it ends where `,` is expected.
		[]|1, column 1
	C
	: >twokey.conf
	refused 2 "twokey.conf, line 1, column 1: it ends where \`{\` is expected."
}
