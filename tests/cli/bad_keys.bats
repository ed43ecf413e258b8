#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Keys, PINs, touches and waits that go wrong: a sentence, the next step, the
# exit code, and nothing released.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault "2 of (alice, bob)" alice bob carol
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@-
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	snap >before
}

# What a ceremony that releases nothing leaves behind: a request, approvals, a
# denial that says CODE, whatever else is as it was.
denied() { # CODE
	local log=store/log/bastion1.jsonl
	[ "$(tail -n 1 $log | jq -r '.type + " " + .code')" = "ceremony.denied $1" ]
	not grep -q '"type":"released"' $log
	hasnt "the secret"
	snap | diff before -
	"$TWOKEY" log verify --conf twokey.conf 2>/dev/null
}

unseal() { # TK WORDS... -- OPTION...
	local -a words=()
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	tk "${words[@]}" -- unseal r --reason "a test" --show --force-stdout "$@"
}

@test "a stranger's key, and a holder's outside of the quorum" {
	cp -a "$PEOPLE/stranger.key" .
	run -4 unseal stranger.key carol.key alice.key -- --timeout "$WAIT"
	has "stranger: not a key of this vault, passed by"
	has "carol is not in the quorum asked here"
	has "twokey: Not enough approvals: 1 came, and at least 1 more is needed, from bob. Nothing was released."
	has "hint: Run the command again with enough holders present; --timeout gives them more time."
	denied "not enough approvals"
}

@test "wrong PINs: the tries left stand in the prompt, then the key wants to be plugged in anew" {
	run -0 unseal -a 'PIN for alice.*: =0000||1111||2222||pin-alice' \
		-a 'takes no PIN=!$SK ctl alice.key unplug' \
		-a 'Plug in.*=!true||!true||!$SK ctl alice.key replug; $SK ctl bob.key replug||!true' \
		alice.key bob.key --
	has "PIN for alice's \"key-1\" (8 tries left):"
	has "alice does not accept this PIN: 7 tries are left."
	has "Wrong PIN. PIN for alice's \"key-1\" (7 tries left):"
	has "Wrong PIN. PIN for alice's \"key-1\" (6 tries left):"
	has "alice: passed by. alice takes no PIN until it is plugged in anew."
	has "unplug it, plug it in again, and enter the PIN with care."
	has "PIN for alice's \"key-1\" (5 tries left):"
	has "the secret"
}

@test "a locked PIN: an explicit yes for the last tries, then blocked for good" {
	run -4 unseal -a 'PIN for alice.*: =0000' alice.key -- --timeout 1
	run -4 unseal -a 'PIN for alice.*: =0000' alice.key -- --timeout 1
	# Two are left: the question first, and no try is spent on a no.
	run -1 unseal -a 'Type .yes. to go on: =no' alice.key --
	has "Only 2 PIN tries are left on this key; after that only a reset helps, and it destroys the key's share. Go on? Type \`yes\` to go on:"
	has "twokey: Not confirmed: \`yes\` was not typed."
	run -4 unseal -a 'Type .yes. to go on: =yes' -a 'PIN for alice.*: =0000' alice.key -- --timeout 1
	has "Only 2 PIN tries are left"
	has "Only 1 PIN try is left"
	has "1 try is left."
	has "blocked for good after too many wrong PINs."
	has "destroys the share that it holds"
	run -4 unseal alice.key -- --timeout 1
	has "The PIN of this key is blocked: no tries are left."
	has "Use another of the holder's keys"
	denied "not enough approvals"
}

@test "unplugged while it blinks, plugged in again: the same ceremony goes on" {
	TK_WRAP=(sh -c '"$SK" ctl alice.key button wait; exec "$@"' sh)
	run -0 unseal -a 'Touch the key=!$SK ctl alice.key await 60000; $SK ctl alice.key unplug||!true' \
		-a 'Plug it in and retry=!$SK ctl alice.key button auto' \
		-a 'Plug in a key of alice or=!true||!$SK ctl alice.key replug||!true' \
		-a 'Plug in a key of alice \.=!true||!$SK ctl alice.key replug||!true' \
		alice.key bob.key --
	has "alice: passed by. alice is not plugged in any more. Plug it in and retry."
	has "the secret"
}

@test "unplugged for good, in the middle" {
	TK_WRAP=(sh -c '"$SK" ctl alice.key fault unplug; exec "$@"' sh)
	run -4 unseal alice.key bob.key -- --timeout "$WAIT"
	has "alice: passed by. alice is not plugged in any more. Plug it in and retry."
	has "1 came, and at least 1 more is needed, from alice."
	denied "not enough approvals"
}

@test "a refused touch, and a touch that does not come" {
	TK_WRAP=(sh -c '"$SK" ctl alice.key button refuse; exec "$@"' sh)
	run -4 unseal alice.key -- --timeout "$WAIT"
	has "alice: passed by. alice refused: the request was declined on it. If that was not meant, unplug it, plug it in again"
	denied "not enough approvals"
	TK_WRAP=(sh -c '"$SK" ctl alice.key button ignore; exec "$@"' sh)
	SECONDS=0
	run -4 unseal alice.key -- --timeout 3
	has "alice: passed by. alice was not touched in time. Retry, and touch the key when it blinks."
	[ "$SECONDS" -lt 25 ]
	denied "not enough approvals"
}

@test "garbage, a false signature, no UV, a hanging key: nobody is locked out by them" {
	local fault
	for fault in bad-sig no-uv no-up other-secret; do
		TK_WRAP=(sh -c "\"\$SK\" ctl alice.key fault $fault 9; exec \"\$@\"" sh)
		run -4 unseal alice.key bob.key -- --timeout "$WAIT"
		has "alice: passed by."
		has "1 came, and at least 1 more is needed, from alice."
		denied "not enough approvals"
	done
	cp -a "$PEOPLE/stranger.key" .
	TK_WRAP=(sh -c '"$SK" ctl stranger.key fault mute 9999; exec "$@"' sh)
	run -0 unseal stranger.key alice.key bob.key --
	has "the secret"
}

@test "a sign counter that steps back: said and recorded, and nobody is kept out by it" {
	local log=store/log/bastion1.jsonl
	# What a ceremony saw that came to nothing is remembered, too.
	run -4 unseal alice.key -- --timeout 1
	hasnt "sign counter"
	TK_WRAP=(sh -c '"$SK" ctl alice.key fault counter-back 9; exec "$@"' sh)
	run -0 unseal alice.key bob.key --
	has "The sign counter of alice's key key-1 went from "
	has "the secret"
	jq -r 'select(.type == "ceremony.approved") | .approval.holder + " " + (.warnings | join(" "))' \
		$log >approved
	cat approved
	[ "$(wc -l <approved)" = 3 ]
	[ "$(sed -n 1p approved)" = "alice " ]
	grep -q "^alice The sign counter of alice's key key-1 went from " approved
	grep -qx "bob " approved
	"$TWOKEY" log verify --conf twokey.conf
}

@test "an expired statement ends the ceremony at once" {
	fake=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)
	[ -e "$fake" ]
	echo +0 >clock
	# The real program under a clock that jumps two hours while it asks for a PIN.
	TK_WRAP=(env "FAKE=$fake" "FAKETIME_TIMESTAMP_FILE=$PWD/clock" FAKETIME_NO_CACHE=1 \
		FAKETIME_ONLY_CMDS=twokey FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 \
		sh -c 'LD_PRELOAD=$LD_PRELOAD:$FAKE exec "$@"' sh)
	run -4 unseal -a 'bob: bob.*=!echo +2h >clock' alice.key bob.key -- --timeout 40
	has "alice approved"
	has "twokey: The request expired 3600 seconds ago."
	has "hint: Have it made again; if that seems wrong, compare the clocks of both machines."
	rm clock
	denied "timed out"
}

@test "Ctrl-C at the PIN, at the touch and in the wait: recorded, and the terminal as it was" {
	shell='trap : INT; stty -g >tty.before; "$SK" ctl alice.key button wait
		sh -c "echo \$\$ >pid; exec \"\$@\"" sh "$@"; r=$?; stty -g >tty.after; exit $r'
	TK_WRAP=(sh -c "$shell" sh)
	run -1 unseal -a 'PIN for alice.*: =^C' alice.key --
	has "twokey: Cancelled."
	has "hint: Nothing was released. Run the command again when the holders are ready."
	cmp tty.before tty.after
	rm tty.*
	denied cancelled
	run -1 unseal -a 'Touch the key=^C' alice.key --
	has "twokey: Cancelled: alice was not used."
	cmp tty.before tty.after
	rm tty.*
	denied cancelled
	run -1 unseal -a 'Plug in a key of alice or bob=^C' carol.key --
	has "twokey: Cancelled at the keyboard."
	denied cancelled
	# The same ends and the same records by signals from elsewhere.
	for sig in TERM HUP; do
		run -1 unseal -a "PIN for alice.*: =!kill -$sig \$(cat pid)" alice.key --
		has "Ended by a signal before an answer came."
		cmp tty.before tty.after
		rm tty.*
		denied cancelled
	done
}

@test "what is typed while a key or a touch is waited for is not shown, and no answer" {
	TK_WRAP=(sh -c '"$SK" ctl alice.key unplug; "$SK" ctl alice.key button wait
		stty -g >tty.before; "$@"; r=$?; stty -g >tty.after; exit $r' sh)
	run -0 unseal -a '2/2. Plug in a key of alice=too-early||!$SK ctl alice.key replug||!true' \
		-a 'Touch the key=!true||too-early||!$SK ctl alice.key button press||!true' \
		alice.key bob.key --
	has "the secret"
	hasnt "too-early"
	cmp tty.before tty.after
}

@test "no terminal to ask on" {
	run -2 setsid -w "$SK" plug alice.key bob.key -- "$TWOKEY" unseal r --conf twokey.conf \
		--reason "from cron" --show --force-stdout </dev/null
	has "twokey: There is no terminal to ask on."
	has "hint: Run this in a terminal; over ssh, with \`ssh -t\`."
	denied usage
	# To be shown on a screen: said before anything is asked for or written.
	cp -a store/log/bastion1.jsonl log.before
	run -2 setsid -w "$TWOKEY" unseal r --conf twokey.conf --reason "from cron" </dev/null
	has "There is no terminal to ask on."
	cmp store/log/bastion1.jsonl log.before
}

@test "one key under two names, one holder twice, one holder alone" {
	mkdir init && cd init || return 1
	cp -a "$PEOPLE"/{alice,bob}.key "$PEOPLE"/{alice,bob}.bundle .
	tk -a 'PIN for bob.*: =pin-alice' alice.key -- enroll bob --out by-alice.bundle
	conf_here
	run -3 tk alice.key -- init acme --holder alice.bundle --holder by-alice.bundle
	has "twokey: One security key (alice) is enrolled for alice and for bob: it would let one person count as two."
	has "hint: Each holder enrols a key of their own: twokey enroll bob"
	[ ! -e state/pin.json ]
	[ -z "$(find store -type f)" ]
	run -2 tk alice.key -- init acme --holder alice.bundle --holder alice.bundle
	has "twokey: The quorum: alice stands in the tree twice."
	has "hint: "
	[ ! -e state/pin.json ]
	run -2 tk alice.key -- init acme --holder alice.bundle
	has "A vault needs at least two holders; 1 was given."
	# Who has no spare key hears it while there is still time for one.
	run -1 tk -a 'PIN for=^C' alice.key bob.key -- init acme --holder alice.bundle --holder bob.bundle
	has "hint: alice has one key only"
	has "twokey enroll bob --add-to FILE"
	[ ! -e state/pin.json ]
	while IFS='|' read -r quorum want said hint; do
		run "-$want" tk alice.key bob.key -- init acme --holder alice.bundle --holder bob.bundle \
			--quorum "$quorum"
		has "twokey: $said"
		has "hint: $hint"
		[ ! -e state/pin.json ] && [ -z "$(find store -type f)" ] || { echo "$quorum: $output" && false; }
	done <<-'Q'
		1 of (alice, bob)|3|The quorum: one holder alone would satisfy this quorum.|Give a tree that takes two people or more
		2 of (1 of (alice, bob), alice)|2|The quorum: alice stands in the tree twice.|
		2 of (alice)|2|The quorum: a group of 1 cannot need 2 of them.|
		2 of (alice, eve)|1|the new policy: quorum default names eve, who is no holder.|
		alice|2|The quorum: a single name is no quorum.|
		0 of (alice, bob)|2|The quorum has "0 of (alice, bob)" where a number from 1 to 255 was expected.|Write it like this: 2 of
		2 of (alice, bob|2|The quorum ends where "," or ")" was expected.|Write it like this: 2 of
		2 of (alice,, bob)|2|The quorum has ", bob)" where a name or a number was expected.|Write it like this: 2 of
		|2|The quorum ends where a name or a number was expected.|Write it like this: 2 of
	Q
	# Set up once, it is not set up again.
	tk alice.key bob.key -- init acme --holder alice.bundle --holder bob.bundle
	snap_all >before
	run -1 tk alice.key bob.key -- init acme --holder alice.bundle --holder bob.bundle
	has "is set up for vault"
	snap_all | diff before -
}

@test "enrolling: what cannot tell who touches it is refused, profile by profile" {
	local profile want level
	mkdir enrol && cd enrol || return 1
	while read -r profile want level; do
		"$SK" new k.key --pin 1234 --profile "$profile"
		run "-$want" tk -a 'PIN .*: =1234' k.key -- enroll zoe --timeout 2
		has "hint: "
		if [ "$want" = 0 ]; then
			[ "$(jq -r '.tokens[0].protection' zoe.bundle)" = "$level" ]
			rm zoe.bundle
		else
			has "twokey: "
			[ ! -e zoe.bundle ]
		fi || { printf '%s\n' "$profile: $status, $output" && return 1; }
		rm -rf k.key
	done <<-'P'
		default 0 2
		ctap20 5
		one-secret 0 3
		protect3-pin 0 2
		no-hmac 5
		u2f-only 5
		always-uv 0 2
		fingerprint 0 2
		pin-to-create 0 2
		no-attestation 0 2
		self-attestation 0 2
		small-user 0 2
	P
	"$SK" new k.key --quirk hmac-secret=one --quirk cred-protect=ignored --pin 1234
	run -3 tk -a 'PIN .*: =1234' k.key -- enroll zoe
	has "twokey: The PIN of this security key protects nothing"
	has "hint: Whoever finds this key could use it: enrol another model."
	"$SK" new nopin.key
	run -5 tk nopin.key -- enroll zoe
	has "twokey: This security key has no PIN set, so it cannot tell who touches it."
	has "fido2-token -S"
	run -5 tk -- enroll zoe --timeout 1
	has "twokey: No FIDO2 security key is plugged in."
	[ ! -e zoe.bundle ]
}

@test "enrolling: a key that fails without its PIN has not proven that the PIN protects" {
	"$SK" new k.key --pin 1234 --quirk hmac-secret=one
	# Each touch is given when it is asked for; what is asked behind the second is spoilt.
	second='$SK ctl k.key await 60000; $SK ctl k.key fault no-up; $SK ctl k.key button press'
	TK_WRAP=(sh -c '"$SK" ctl k.key button wait; exec "$@"' sh)
	run -5 tk -a 'PIN .*: =1234' -a 'Touch 1=!$SK ctl k.key button press' \
		-a "Touch 2=!$second" -a 'Touch 3=!$SK ctl k.key button press' \
		-a 'Touch 4=!$SK ctl k.key button press' k.key -- enroll zoe
	has "k signed without a touch."
	has "Touch 3"
	hasnt "Touch 4"
	hasnt "level 3"
	[ ! -e zoe.bundle ]
}

@test "enrolling: what is known beforehand is said before any key is looked for" {
	early() { # STATUS SENTENCE HINT OPTION...
		local want=$1 text=$2 hint=$3
		shift 3
		run "-$want" tk alice.key -- enroll alice --timeout "$WAIT" "$@"
		has "twokey: $text"
		has "hint: $hint"
		hasnt "Touch"
		hasnt "PIN"
		cmp alice.bundle "$PEOPLE/alice.bundle"
	}
	early 1 "./alice.bundle is there already." \
		"Name another file with --out, or add the key with --add-to alice.bundle."
	early 1 "./bob.bundle is there already." "Name another file with --out" --out bob.bundle
	early 1 "./bob.bundle is there already." "Name another file with --out" --out bob.bundle --add-to alice.bundle
	early 1 "The folder $PWD/nowhere cannot be opened" "" --out "$PWD/nowhere/new.bundle"
	early 2 '"Blue One" is no label for a key.' "Use lower-case letters" --label "Blue One" --out new.bundle
	early 1 "alice has a key with the label key-1 already." "Give the new key another one with --label." \
		--label key-1 --add-to alice.bundle
	[ ! -e new.bundle ]
}

@test "enrolling: the key that is enrolled already is passed by, an old bundle not replaced" {
	run -5 tk alice.key -- enroll alice --add-to alice.bundle --timeout 1
	has "alice: alice's key \"key-1\" already; a new one is meant"
	has "No FIDO2 security key is plugged in."
	cmp alice.bundle "$PEOPLE/alice.bundle"
	run -2 tk alice.key -- enroll carol --add-to alice.bundle
	has "alice.bundle is the bundle of alice, not of carol."
}
