#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Where opened fields may go, and what is refused on the way there.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf '{ "code_minutes": 1 }' >rules
	vault "2 of (alice, bob)" alice bob -- --rules rules
	printf 'before\033]0;mine\007after' >escapes
	printf 'otpauth://totp/acme:root?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' >uri
	printf 'correct-Horse-8' >password
	two seal r --kind generic --field a.b=@password --field a-b=@escapes
	two seal prod --account 111122223333 --email root@example.com --field password=@password \
		--field totp=@uri --no-code-check
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

two() { "$TWOKEY" "$@" --conf twokey.conf; }
released() { two log show --json | grep -c '"released"'; }

@test "control sequences in a field never reach a terminal, but any program" {
	run -1 tk alice.key bob.key -- unseal r --reason "a test" --field a-b --show --force-stdout
	has "twokey: A field holds bytes that are not for a terminal."
	has "hint: Use --exec for it, or redirect standard output."
	hasnt "]0;mine"
	tk -o out alice.key bob.key -- unseal r --reason "a test" --field a-b --show --force-stdout
	printf '\n' | cat escapes - | cmp - out
}

@test "no clipboard on a terminal that would print it, said before anybody is asked" {
	unset DISPLAY WAYLAND_DISPLAY
	snap_all >before
	TERM=dumb run -2 tk alice.key bob.key -- unseal prod --reason "a test" --clip
	has "twokey: This terminal (TERM=dumb) has no clipboard that is known to work."
	has "hint: Use another terminal, or --exec."
	hasnt "Plug in"
	snap_all | cmp before -
}

@test "each field on a descriptor that any shell can name; the next step names the fields" {
	printf one >one && printf two >two
	two seal psk --kind generic --field a=@one --field b=@two
	# shellcheck disable=SC2016 # for the program
	run -0 tk alice.key bob.key -- unseal psk --reason "a test" --exec -- \
		dash -c 'cat <&$TWOKEY_FD_B; cat <&$TWOKEY_FD_A'
	has "twoone"
	has "twokey rotate psk --field a"
	has "twokey rotate psk --field b"
}

@test "two fields that a program could not tell apart, said before anybody is asked" {
	run -2 tk alice.key bob.key -- unseal r --reason "a test" --exec -- true
	has "twokey: --exec names fields a-b and a.b alike."
	has "hint: Choose one with --field."
	hasnt "Plug in"
	run -0 tk alice.key bob.key -- unseal r --reason "a test" --field a.b --exec -- true
}

@test "a password that stays long on the clipboard gets no late code after it" {
	fake=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
	[ -e "$fake" ]
	echo +0 >clock
	unset DISPLAY WAYLAND_DISPLAY
	# The real program under a clock that jumps while the password is there.
	TK_WRAP=(env "FAKE=$fake" "FAKETIME_TIMESTAMP_FILE=$PWD/clock" FAKETIME_NO_CACHE=1 \
		FAKETIME_ONLY_CMDS=twokey FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 \
		sh -c 'LD_PRELOAD=$LD_PRELOAD:$FAKE exec "$@"' sh)
	run -3 tk -a 'password is on the clipboard=!echo +2m >clock||' alice.key bob.key -- unseal prod \
		--reason "a test" --clip --field password --field totp
	has "password is on the clipboard"
	hasnt "totp is on the clipboard"
	has "twokey: This release gives no more codes: the policy ends them after 1 min."
	has "hint: Run \`twokey unseal\` again."
}
