#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# PINs, touches, cancels, faults and plugs that go wrong.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/token/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

@test "wrong PINs: tries counted, PIN_AUTH_BLOCKED, then blocked for good" {
	run -5 on a.key "$T" -k -p 5 secret:cred secret:cred secret:cred info 5<<<9999
	has "error PIN | a does not accept this PIN: 7 tries are left."
	has "6 tries are left."
	has "error security key | a takes no PIN until it is plugged in anew."
	has "tries=5"
	run -0 on a.key "$T" -p 5 secret:cred info 5<<<1234
	has "tries=8"
	run -5 on a.key "$T" -k -p 5 secret:cred secret:cred secret:cred 5<<<9999
	run -5 on a.key "$T" -k -p 5 secret:cred secret:cred secret:cred 5<<<9999
	run -5 on a.key "$T" -k -p 5 secret:cred secret:cred 5<<<9999
	has "1 try is left."
	has "blocked for good"
	run -0 with a.key '$T -k -p 5 secret:cred 5<<<1234 || true; ctl a.key stats'
	has "a is blocked for good after too many wrong PINs."
	has "destroys the share"
	has '"wrong_pins":0'
}

@test "a PIN that cannot be one costs no try" {
	run -5 on a.key "$T" -k -p 5 secret:cred info 5<<<123
	has "error PIN | A security key's PIN has 4 to 63 bytes; this one was not sent."
	has "tries=8"
}

@test "a refused touch" {
	run -5 with a.key 'ctl a.key button refuse; $T -k -p 5 secret:cred make:x touch info 5<<<1234'
	[ "$(grep -c 'error security key | a refused' <<<"$output")" = 3 ]
	has "tries=8"
	for profile in touch-first user-timeout; do
		"$SK" new "$profile.key" --profile "$profile"
		run -5 with "$profile.key" "ctl $profile.key button refuse; \$T make:x"
		has "refused: the request was declined on it."
	done
}

@test "nobody touches: our limit holds, the key stops blinking and works on" {
	run -4 with a.key 'ctl a.key button ignore
		$T -k -t 700 -p 5 secret:cred "sh:$SK ctl a.key info" make:x touch \
			"sh:$SK ctl a.key button auto" secret:cred 5<<<1234'
	[ "$(grep -c 'error timed out | a was not touched in time.' <<<"$output")" = 3 ]
	has '"blinking":false'
	has "signature=good"
}

@test "nobody touches: the key's own limit, whatever its code" {
	local profile
	for profile in default touch-first user-timeout; do
		rm -rf p.key c
		"$SK" new p.key --pin 1234 --profile "$profile" --quirk touch-timeout=8500
		run -4 with p.key 'ctl p.key button ignore; $T -k -t 20000 -p 5 make:c 5<<<1234'
		has "error timed out | p was not touched in time."
		[ "${TK_SLOW:-0}" = 1 ] || break
	done
}

@test "a touch at the very end still counts or is not taken, never both" {
	run with a.key 'ctl a.key button delay 500; $T -t 500 -p 5 secret:cred info 5<<<1234'
	[[ $output == *signature=good* || $output == *"not touched in time"* ]]
}

@test "cancel: at once, the key stops blinking and works on" {
	run -1 with a.key 'ctl a.key button ignore
		$T -k -c 300 -p 5 secret:cred "sh:$SK ctl a.key info" make:x touch \
			"sh:$SK ctl a.key info" 5<<<1234
		ctl a.key button auto; $T -p 5 secret:cred 5<<<1234 && exit 1'
	[ "$(grep -c 'error cancelled | Cancelled: a was not used.' <<<"$output")" = 3 ]
	[ "$(grep -c '"blinking":false' <<<"$output")" = 2 ]
	no_helper_left
}

@test "Ctrl-C during the wait" {
	run -1 with a.key 'ctl a.key button ignore
		$T -p 5 secret:cred 5<<<1234 & pid=$!
		await a.key; kill -INT $pid; wait $pid'
	has "error cancelled"
}

@test "a stray reply after a cancel does no harm" {
	"$SK" new s.key --pin 1234 --profile stray-cancel
	on s.key "$T" -p 5 make:c 5<<<1234
	run -1 with s.key 'ctl s.key button ignore
		$T -k -c 200 -p 5 secret:c "sh:$SK ctl s.key button auto" secret:c touch secret:c 5<<<1234'
	[ "$(grep -c error <<<"$output")" = 1 ]
	has "error cancelled"
	[ "$(grep -c 'signature=good' <<<"$output")" = 2 ]
}

@test "a stray reply in the middle: closed and opened again, once" {
	run -0 with a.key 'ctl a.key fault stray; $T -p 5 secret:cred secret:cred 5<<<1234'
	[ "$(grep -c 'signature=good' <<<"$output")" = 2 ]
	run -0 with a.key 'ctl a.key fault stray@any; $T -p 5 secret:cred 5<<<1234'
	has "signature=good"
}

@test "garbage and half replies: asked again, once; then a sentence" {
	local fault
	for fault in garbage truncate; do
		run -0 with a.key "ctl a.key fault $fault; \$T -p 5 secret:cred 5<<<1234"
		has "signature=good"
		run -5 with a.key "ctl a.key fault $fault 9; \$T -p 5 secret:cred 5<<<1234"
		has "error security key | a gave a garbled answer."
		run -0 with a.key "ctl a.key fault $fault@info; \$T info"
		run -5 with a.key "ctl a.key fault $fault@info 9; \$T info"
		has "error security key | a gave a garbled answer."
	done
}

@test "false flags and signatures are refused" {
	run -5 with a.key 'ctl a.key fault no-uv; $T -p 5 secret:cred 5<<<1234'
	has "a signed without checking PIN or finger."
	run -5 with a.key 'ctl a.key fault no-up; $T -p 5 secret:cred 5<<<1234'
	has "a signed without a touch."
	run -5 with a.key 'ctl a.key fault bad-sig; $T -p 5 make:x 5<<<1234'
	has "a gave a signature that does not hold."
}

@test "a key that hangs: the limit ends it, a new try works" {
	run -5 with a.key 'ctl a.key fault hang; time $T -k -t 1000 -p 5 secret:cred secret:cred 5<<<1234'
	has "a did not answer in time."
	has "signature=good"
	run -5 with a.key 'ctl a.key fault mute 99; $T -o 600 info'
	has "a did not answer in time."
	no_helper_left
}

@test "unplugged: while waiting, in between, and in the middle" {
	run -5 with a.key 'ctl a.key button wait
		$T -p 5 secret:cred 5<<<1234 & pid=$!
		await a.key; ctl a.key unplug; wait $pid'
	has "error security key | a "
	[[ $output == *"not plugged in any more"* || $output == *"was unplugged"* ]]
	run -5 with a.key '$T info "sh:$SK ctl a.key unplug" touch'
	has "a is not plugged in any more."
	for scope in user pin info; do
		run -5 with a.key "ctl a.key fault unplug@$scope; \$T -p 5 secret:cred 5<<<1234"
		has "a is not plugged in any more."
	done
	no_helper_left
}

@test "plugged in again, perhaps another key: opened anew or not at all" {
	run -5 with a.key '$T -k -p 5 secret:cred "sh:$SK ctl a.key unplug" secret:cred \
		"sh:$SK ctl a.key replug" secret:cred info close secret:cred 5<<<1234'
	[ "$(grep -c 'signature=good' <<<"$output")" = 2 ]
	[ "$(grep -c 'a is not plugged in any more.' <<<"$output")" = 2 ]
}

@test "in use by another program: a sentence, and a wait that ends well" {
	run -0 with a.key 'ctl a.key button wait
		$T -t 9000 touch & pid=$!
		await a.key
		$T -k -o 700 info || true
		( sleep 1; ctl a.key button press ) &
		$T -o 5000 info
		wait $pid'
	has "another program keeps it busy"
	has "touched"
	has "info firmware="
}

@test "why a device does not open" {
	run -5 "$T" -D /nonexistent/hidraw9 info
	has "The security key is not plugged in any more."
	: >plain
	run -5 flock plain "$T" -o 300 -D "$PWD/plain" info
	has "The security key is in use by another program."
	run -5 "$T" -D "$PWD/plain" info
	has "The security key cannot be opened: Inappropriate ioctl for device"
	[ ! -s plain ]
	ln -s plain link
	run -5 "$T" -D "$PWD/link" info
	has "The security key cannot be opened: Too many levels of symbolic links"
	# Root opens everything, unless it is somebody else's and no capability helps.
	chmod 000 plain
	local as=()
	[ "$(id -u)" != 0 ] || { chown 65534 plain && as=(setpriv --bounding-set=-all --inh-caps=-all); }
	run -5 "${as[@]}" "$T" -D "$PWD/plain" info
	has "you may not open it"
	has "udev rule"
}
