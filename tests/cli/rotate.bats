#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A new secret: sealed first, then shown, then confirmed.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

A=111122223333

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault "2 of (alice, bob, carol)" alice bob carol
	printf 'otpauth://totp/acme:root?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' >uri
	printf 'correct-Horse-8' >password
	two seal prod --account $A --email root@example.com --field password=@password \
		--field totp=@uri --no-code-check
	two seal psk --kind generic --field a=@password --field b=@password
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

two() { "$TWOKEY" "$@" --conf twokey.conf; }
open() { # FILE UNSEAL ARGUMENT...: what a quorum gets of prod
	local out=$1
	shift
	tk -o "$out" alice.key bob.key -- unseal prod --reason "a test" --show --force-stdout "$@"
}
rotate() { # FILE ROTATE ARGUMENT...
	local out=$1
	shift
	tk -o "$out" alice.key bob.key -- rotate prod --show --force-stdout "$@"
}
field() { # MEMBER [FIELD]: what status says of prod's field
	two status --record prod --json | jq -r ".records[0].fields[] | select(.name == \"${2:-password}\") | .$1"
}
entries() { two log show --json | jq -r "select(.type == \"$1\")"; }

# Both open: what was set before, and the candidate in file `new`.
both_open() {
	open old.now --field password
	cmp <(printf 'correct-Horse-8\n') old.now
	open new.now --candidate
	cmp new new.now
}

@test "sealed, shown, confirmed; old and new open until then, and all other fields after it" {
	run -0 rotate new
	has "Sealed the new password as candidate, version 2"
	has "Account name (top right), Account, Account settings, Edit, Password."
	has "twokey rotate prod --confirm"
	grep -Eqx '[]A-Za-z0-9!@#$%^&*()<>{}|_+=[-]{32}' new
	for class in '[A-Z]' '[a-z]' '[0-9]' '[^A-Za-z0-9]'; do grep -q "$class" new; done
	both_open
	[ "$(field rotating)" = 2 ]
	[ "$(field version)" = 1 ]

	run -0 tk alice.key carol.key -- rotate prod --confirm
	has "Confirmed, recorded as entry"
	open new.now
	cmp new new.now
	open code --field totp
	[ "$(cat code)" = "$(oathtool --totp -b GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ)" ]
	open old --version 1 --field password
	cmp <(printf 'correct-Horse-8\n') old
	[ "$(field version)" = 2 ]
	[ "$(field confirmed_by)" = holders ]
	[ "$(field version totp)" = 1 ]
	run two status --record prod
	has "version 2 confirmed $(date -u +%F) by holders"
	run -0 two log show
	has "prod version 2: password confirmed by holders"
	run -0 two log verify
}

@test "in two halves: nobody sees all of it, and who stops between them leaves the rest unseen" {
	run -2 tk alice.key bob.key -- rotate prod --two-halves --clip
	run -2 tk alice.key bob.key -- rotate prod --two-halves --show --force-stdout
	run -2 tk alice.key bob.key -- rotate prod --two-halves --confirm
	run -2 tk alice.key bob.key -- rotate prod --two-halves --mfa
	[ "$(field rotating)" = null ]

	run -1 tk -a 'Half 1 of 2.*: =' -a 'Half 2 of 2.*: =^C' -a 'Press Enter when done.=' alice.key bob.key -- \
		rotate prod --two-halves
	printf '%s' "$output" >once
	run -0 tk -a 'Half . of 2.*: =' -a 'Press Enter when done.=' alice.key bob.key -- rotate prod --two-halves
	has "Going on with candidate version 2"
	has "Half 1 of 2, for one of you: all others turn away."
	has "Half 2 of 2, for another one: who saw the first turns away."
	printf '%s' "$output" >shown
	open new --candidate
	first=$(cut -c1-16 new) second=$(cut -c17-32 new)
	for what in once shown; do
		grep -qF -- "$first" $what
		run ! grep -qF -- "$(cat new)" $what
	done
	run ! grep -qF -- "$second" once
	grep -qF -- "$second" shown
	# The first is gone from the screen before the second is asked for.
	python3 - "$first" "$second" <<'PY'
import sys
text = open("shown", encoding="utf-8", errors="replace").read()
first, second = (text.rindex(half) for half in sys.argv[1:])
assert first < text.index("\x1b[?1049l", first) < text.index("Half 2 of 2") < second < text.index("\x1b[?1049l", second)
PY
}

@test "a field that stays is opened by itself, and said" {
	rotate new
	tk alice.key carol.key -- rotate prod --confirm
	run -0 open new.now
	has "Due for rotation by"
	has "twokey rotate prod"
	has "totp, which its last rotation left as it was: open it besides with --field totp"
	run -2 open both --field password --field totp
	has "twokey: The totp of prod is in an older version than the rest that is asked for."
	has "hint: Open it by itself: --field totp"
	hasnt "Plug in"
	run -1 open none --field nothing
	hasnt "Plug in"
}

@test "one holder sees no candidate and confirms none" {
	run -4 tk alice.key -- rotate prod --show --force-stdout --timeout "$WAIT"
	has "Sealed the new password as candidate, version 2"
	has "Not enough approvals"
	run -3 tk alice.key bob.key -- rotate prod --confirm
	has "twokey: Version 2 of prod was never opened, so it can be set nowhere."
	has "hint: \`twokey rotate prod\` goes on from there"
	run -0 rotate new
	run -4 tk alice.key -- rotate prod --confirm --timeout "$WAIT"
	has "Nothing was confirmed."
	has "Not enough approvals"
	both_open
	[ -z "$(entries rotation.confirmed)" ]
	[ "$(field version)" = 1 ]
	run -0 two log verify
}

@test "the same candidate again, and another only when asked for" {
	rotate new
	run -0 rotate again
	has "Going on with candidate version 2"
	hasnt "Sealed"
	cmp new again
	run -0 rotate other --anew
	has "Version 2, which was never confirmed, stays openable with --version."
	has "Sealed the new password as candidate, version 3"
	not cmp new other
	open new.now --version 2
	cmp new new.now
	[ "$(field rotating)" = 3 ]
}

@test "nothing to confirm, no such record, words that do not fit: nothing is asked or written" {
	snap_all >before
	run -1 tk alice.key bob.key -- rotate prod --confirm
	has "twokey: No candidate for the password of prod waits for a confirmation."
	run -1 tk alice.key bob.key -- rotate nobody --show --force-stdout
	has "twokey: There is no record nobody in this vault."
	run -2 tk alice.key bob.key -- rotate psk --show --force-stdout
	has "twokey: Record psk has 2 fields: say which one with --field."
	run -2 tk alice.key bob.key -- rotate psk --mfa --show --force-stdout
	has "twokey: --mfa is for records of kind aws-root; this one is of kind generic."
	run -2 tk alice.key bob.key -- rotate prod --confirm --anew
	has "twokey: --anew does not go with --confirm."
	run -2 two rotate prod --codes @uri
	has "twokey: --codes and --no-code-check go with --mfa."
	run -2 two rotate prod --show --force-stdout --length 5
	has "twokey: --length"
	snap_all | cmp before -
}

@test "a generic record: a program sets it, and its success leads to the confirmation" {
	# shellcheck disable=SC2016 # for the program
	run -1 tk alice.key bob.key -- rotate psk --field b --exec -- sh -c 'cat <&$TWOKEY_FD_B >given; exit 3'
	has "twokey: The program ended with status 3, so nothing is confirmed."
	[ -z "$(entries rotation.confirmed)" ]
	mv given first
	# shellcheck disable=SC2016
	run -0 tk alice.key bob.key -- rotate psk --field b --exec -- sh -c 'cat <&$TWOKEY_FD_B >given'
	has "Going on with candidate version 2"
	has "Confirmed, recorded as entry"
	cmp first given
	[ "$(wc -c <given)" = 32 ]
	tk -o b alice.key bob.key -- unseal psk --reason "a test" --field b --show --force-stdout
	printf '\n' | cat given - | cmp - b
	tk -o a alice.key bob.key -- unseal psk --reason "a test" --field a --show --force-stdout
	cmp <(printf 'correct-Horse-8\n') a
	run -0 two log verify
}

@test "an MFA seed: two codes first, then a candidate, whose codes show while the old ones do" {
	local seed=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
	printf '123456\n654321\n' >wrong
	run -3 tk -a "MFA seed.*=$seed" alice.key bob.key -- rotate prod --mfa --codes @wrong --show --force-stdout
	has "twokey: That code is not one of this MFA seed's: nothing was sealed."
	[ ! -e store/records/prod/2.json ]
	[ "$(entries ceremony.denied | jq -r .text)" = "No secret was taken in." ]
	[ "$(field rotating totp)" = null ]
	[ "$(field state totp)" = known ]
	oathtool --totp -b -w 1 "$seed" >codes
	run -0 tk -o code -a "MFA seed.*=$seed" alice.key bob.key -- rotate prod --mfa --codes @codes --show --force-stdout
	has "becomes version 2 before them"
	has "Sealed the new totp as candidate, version 2"
	has "twokey rotate prod --mfa --confirm"
	oathtool --totp -b -w 1 -N "$(date -u '+%F %T UTC' -d -30sec)" "$seed" | grep -qxf code
	open code --field totp
	oathtool --totp -b -w 1 -N "$(date -u '+%F %T UTC' -d -30sec)" GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ | grep -qxf code
	run -0 tk alice.key bob.key -- rotate prod --mfa --confirm
	open code --field totp
	oathtool --totp -b -w 1 -N "$(date -u '+%F %T UTC' -d -30sec)" "$seed" | grep -qxf code
	open old --field password
	cmp <(printf 'correct-Horse-8\n') old
	[ "$(field version totp)" = 2 ]
	# Typed before a quorum, it is known to nobody: in order until it is shown.
	[ "$(field state totp)" = sealed ]
	[ "$(field due totp)" = null ]
	attended=$(entries record.sealed | jq -r 'select(.version == 2) | [.attended, (.fields[0].known_to | length)] | join(" ")')
	[[ "$attended" == [0-9a-f]*" 0" ]]
	run -0 two log show --record prod
	has "asks to seal prod version 2, holders attending, because \"rotation of prod\""
	has "prod version 2 sealed by $(id -un): totp, holders attending"
	run -0 two log verify
	# What is in force now is due once it was seen, and its release says so.
	run -0 tk -o seed alice.key bob.key -- unseal prod --reason "a test" --field totp=seed --show --force-stdout
	has "Due for rotation by"
	[ "$(field due totp)" = "$(entries released | jq -r 'select(.fields[0].as == "seed").due')" ]
	run -0 two log show
	has "prod version 2: totp (seed) released by alice, bob; rotate by"
	run -0 two log verify
}

@test "one holder takes in no seed: it is not asked for, and nothing is sealed" {
	run -4 tk -a "MFA seed.*=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" alice.key -- rotate prod --mfa --no-code-check --show \
		--force-stdout --timeout "$WAIT"
	has "Not enough approvals"
	has "Nothing was sealed."
	hasnt "MFA seed"
	[ "$(entries record.sealed | jq -r 'select(.record == "prod").version')" = 1 ]
	[ "$(entries ceremony.denied | jq -r .code)" = "not enough approvals" ]
	# Whoever goes on without a seed leaves no candidate, and the log says that it ended.
	run -1 tk -a "MFA seed.*=" alice.key bob.key -- rotate prod --mfa --no-code-check --show --force-stdout
	has "No MFA seed was given"
	[ "$(entries ceremony.denied | jq -rs '.[1].code')" = cancelled ]
	run -0 two log verify
	has "everything holds"
}

@test "what comes while the seed is asked for: another version, or the end of the request" {
	fake=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
	[ -e "$fake" ]
	echo +0 >clock
	mfa=(rotate prod --mfa --no-code-check --show --force-stdout)
	printf '#!/bin/sh\n%s seal prod --next --field password=@password --conf twokey.conf\n' "$TWOKEY" >meanwhile
	chmod 0755 meanwhile
	run -3 tk -a 'MFA seed=!./meanwhile' -a 'otpauth.*: =JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' alice.key bob.key -- "${mfa[@]}"
	has "twokey: Another version of prod was sealed meanwhile, so this one was not."
	has "hint: Run the command again"
	[ ! -e store/records/prod/3.json ]
	# The holders have gone home: what is typed two hours later was typed by somebody alone.
	(
		TK_WRAP=(env "FAKE=$fake" "FAKETIME_TIMESTAMP_FILE=$PWD/clock" FAKETIME_NO_CACHE=1 \
			FAKETIME_ONLY_CMDS=twokey FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 \
			sh -c 'LD_PRELOAD=$LD_PRELOAD:$FAKE exec "$@"' sh)
		run -4 tk -a 'MFA seed=!echo +2h >clock' -a 'otpauth.*: =JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' \
			alice.key bob.key -- "${mfa[@]}"
		has "twokey: The request expired"
	)
	rm clock
	[ ! -e store/records/prod/3.json ]
	[ "$(entries ceremony.denied | jq -rs 'map(.code) | join(", ")')" = "refused by policy, timed out" ]
	run -0 two log verify
	has "everything holds"
}

@test "password and seed in turn: each opens from where it is" {
	tk -o code -a "MFA seed.*=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" alice.key bob.key -- rotate prod --mfa \
		--no-code-check --show --force-stdout
	rotate new
	[ "$(field rotating)" = 3 ]
	[ "$(field rotating totp)" = 2 ]
	tk alice.key bob.key -- rotate prod --mfa --confirm
	open old --field password
	cmp <(printf 'correct-Horse-8\n') old
	open new.now --candidate --field password
	cmp new new.now
	tk alice.key bob.key -- rotate prod --confirm
	open new.now --field password
	cmp new new.now
	open code --field totp
	oathtool --totp -b -w 1 -N "$(date -u '+%F %T UTC' -d -30sec)" JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP | grep -qxf code
}

@test "those whom the rules name must be among who confirms" {
	mkdir ../named && cd ../named
	printf '{ "confirm": ["carol"] }' >rules
	vault "2 of (alice, bob, carol)" alice bob carol -- --rules rules
	cp ../v/password .
	two seal prod --account $A --email root@example.com --field password=@password
	rotate new
	run -4 tk alice.key bob.key -- rotate prod --confirm --timeout "$WAIT"
	has "from carol"
	[ "$(field version)" = 1 ]
	run -0 tk alice.key bob.key carol.key -- rotate prod --confirm
	[ "$(field version)" = 2 ]
	run -0 two log verify
}

# A trail of these lines, signed; and read.
write_trail() { mkdir -p t && python3 "$TK_TOP/tests/lib/trail.py" t/t.jsonl "${1:-$(date +%s)}" && sign_trail t; }
trail() { write_trail && run two correlate --keys keys.json t; }

@test "CloudTrail confirms what was shown before, in a session that a release explains, once" {
	rotate new
	trail <<-END
		signin $A 0 id=in-1
		password-updated $A 1 id=no-1 outcome=Failure
	END
	[ -z "$(entries rotation.confirmed)" ]
	write_trail "$(($(date +%s) + 2))" <<-END
		password-updated $A 0 id=pw-1
		password-updated $A 0 id=pw-2
	END
	# From a file that nobody has signed, it is no proof.
	run -0 two correlate t/t.jsonl
	has "2 of its events from a file that nobody has signed: no proof, and not recorded"
	hasnt "confirmed"
	[ -z "$(entries rotation.confirmed)" ]
	run two correlate --keys keys.json t
	has "1 rotation is confirmed"
	run two correlate --keys keys.json t
	hasnt "confirmed"
	[ "$(entries rotation.confirmed | jq -r '[.by, .version, .statement, .fields[]] | map(tostring) | join(" ")')" = "pw-1 2 null password" ]
	run two status --record prod
	has "by CloudTrail's event pw-1"
	run -0 two log show
	has "prod version 2: password confirmed by CloudTrail's event pw-1"
	open new.now --field password
	cmp new new.now
	run -0 two log verify
}

@test "CloudTrail confirms a recovered password" {
	rotate new
	trail <<-END
		recovery $A 0 id=r-1
		recovered $A 1 id=r-2
	END
	[ "$(entries rotation.confirmed | jq -r '[.by, .version, .fields[]] | map(tostring) | join(" ")')" = "r-2 2 password" ]
	# Nothing waits any more.
	run -1 tk alice.key bob.key -- rotate prod --confirm
	has "waits for a confirmation"
}

@test "CloudTrail confirms no candidate that nobody saw, nor by a session that nothing explains" {
	run -4 tk alice.key -- rotate prod --show --force-stdout --timeout "$WAIT"
	open old --field password
	trail <<-END
		signin $A 0 id=in-1
		password-updated $A 1 id=pw-1
	END
	[ -z "$(entries rotation.confirmed)" ]
	rotate new
	trail <<-END
		signin $A -9000 id=in-2
		password-updated $A -8000 id=pw-2
		signin $A 1 id=in-3 mfa=No
		password-updated $A 2 id=pw-3
	END
	[ -z "$(entries rotation.confirmed)" ]
	[ "$(field version)" = 1 ]
}

@test "CloudTrail confirms an MFA seed, but by no security key" {
	tk -o code -a "MFA seed.*=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" alice.key bob.key -- rotate prod --mfa \
		--no-code-check --show --force-stdout
	trail <<-END
		signin $A 0 id=in-1
		mfa-on $A 1 id=mfa-1 session=0 device=arn:aws:iam::$A:u2f/root/key
		mfa-on $A 2 id=mfa-2 session=0
	END
	[ "$(entries rotation.confirmed | jq -r '[.by, .version, .fields[]] | map(tostring) | join(" ")')" = "mfa-2 2 totp" ]
}
