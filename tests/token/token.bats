#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# twokey-token and its client against software keys, with nothing in between:
# the installed helper, and token_try of the same build.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/token/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

@test "no key: an empty list is no error" {
	run -0 env SOFTKEY_DIR="$PWD" "$T" list
	hasnt "error"
}

@test "list, info, make, pre-flight, assertions, secrets, touch" {
	run -0 on a.key "$T" -p 5 list info make:new preflight:new,cred assert:new secret:new \
		secrets:new touch info 5<<<1234
	has "device "
	has " | a | softkey"
	has "fido2=1 hmac=1 protect=1 pin=1 tries=8 uv=-1 always=0 list=16"
	has "made alg=-7 format=packed protection=2 hmac=1"
	has "preflight has 0"
	has "asserted which=0 flags=05 signature=good"
	has "touched"
	hasnt "BAD"
	hasnt "error"
	# one salt gives one secret, two salts another beside it, the first stays
	[ "$(grep -o 'hmac1=[0-9a-f]*' <<<"$output" | sort -u | wc -l)" = 1 ]
	[ "$(grep -c 'hmac1=[0-9a-f]\{64\}' <<<"$output")" = 2 ]
	[ "$(grep -c 'hmac2=[0-9a-f]\{64\}' <<<"$output")" = 1 ]
}

@test "every profile: enrol and open with a PIN" {
	local profile n=0
	while read -r profile _; do
		rm -rf p.key c
		"$SK" new p.key --pin 1234 --profile "$profile"
		run on p.key "$T" -k -p 5 info make:c preflight:c secret:c secrets:c assert:c touch 5<<<1234
		printf '== %s\n%s\n' "$profile" "$output"
		hasnt "BAD"
		n=$((n + 1))
		if [ "$profile" = u2f-only ]; then
			has "p does not speak FIDO2"
			hasnt "touch"
			continue
		fi
		has "made alg=-7"
		has "touched"
		case $profile in
		always-uv | preflight-broken) has "preflight unsure" ;;
		*) has "preflight has 0" ;;
		esac
		case $profile in
		no-hmac)
			has "did not give the secret"
			[ "$(grep -c error <<<"$output")" = 2 ]
			;;
		*)
			hasnt error
			[ "$(grep -c 'asserted which=0 flags=[08]5 signature=good' <<<"$output")" = 3 ]
			;;
		esac
		case $profile in
		ctap20) has "protection=0" && has "eddsa=-1" ;;
		self-attestation) has "format=packed" && has "cert_len=0" ;;
		no-attestation) has "format=none" && has "sig_len=0" ;;
		eucleak) has "firmware=050403" ;;
		esac
	done < <("$SK" profiles)
	[ "$n" -ge 30 ]
}

@test "EdDSA first where it is offered, ES256 accepted where not" {
	local profile
	for profile in default no-attestation es256 ctap20 self-attestation; do
		rm -rf p.key c
		"$SK" new p.key --pin 1234 --profile "$profile"
		run -0 on p.key "$T" -e -p 5 make:c secret:c 5<<<1234
		printf '== %s\n%s\n' "$profile" "$output"
		case $profile in
		es256 | no-attestation) has "alg=-7" ;;
		*) has "alg=-8" ;;
		esac
		has "signature=good"
	done
}

@test "without a PIN: no UV, and another secret" {
	run -0 on a.key "$T" secret:cred
	has "flags=81 signature=good"
	local without=${output##*hmac1=}
	run -0 on a.key "$T" -p 5 secret:cred 5<<<1234
	[ "${output##*hmac1=}" != "$without" ]
}

@test "built-in UV: used without a PIN, never beside one" {
	"$SK" new f.key --pin 1234 --profile fingerprint
	run -0 on f.key "$T" -u info make:c secret:c
	has "uv=1"
	has "flags=85 signature=good"
	run -0 on f.key "$T" -u -p 5 secret:c 5<<<1234
	has "flags=85 signature=good"
	run -5 with f.key 'ctl f.key fingerprint fail; $T -k -u secret:c secret:c secret:c secret:c'
	has "did not recognise the finger"
}

@test "UV asked for, and neither PIN nor reader: said before any touch" {
	run -5 on a.key "$T" -u secret:cred
	has "a wants a PIN or a fingerprint for this."
}

@test "a key without a PIN says so" {
	"$SK" new n.key
	run -0 on n.key "$T" make:c assert:c
	has "signature=good"
	run -5 on n.key "$T" -k -p 5 info make:x secret:c 5<<<1234
	has "pin=0 tries=-1"
	[ "$(grep -c "n has no PIN set." <<<"$output")" = 2 ]
}

@test "credProtect 3 is set and recorded" {
	run -0 on a.key "$T" -P 3 -p 5 make:c3 secret:c3 5<<<1234
	has "protection=3"
	run -1 on a.key "$T" assert:c3
	has "error not there | a holds none of the credentials asked for."
}

@test "an excluded credential: enrolled already" {
	run -5 on a.key "$T" -p 5 exclude:cred make:c 5<<<1234
	has "a is enrolled already."
	run -5 on a.key "$T" -p 5 "exclude:x*40,cred" make:c 5<<<1234
	has "a is enrolled already."
}

@test "long allow lists are cut to what the key takes" {
	local profile
	for profile in default list8 list20 list-absent ctap20 preflight-broken touch-first; do
		rm -rf p.key c
		"$SK" new p.key --pin 1234 --profile "$profile"
		run -0 on p.key "$T" -p 5 make:c "preflight:x*40,c" "assert:x*40,c" "secret:c,x*70" 5<<<1234
		printf '== %s\n%s\n' "$profile" "$output"
		has "asserted which=40 flags=05 signature=good"
		has "asserted which=0 flags=85 signature=good"
		[ "$profile" = preflight-broken ] || has "preflight has 40"
	done
	run -0 on a.key "$T" "preflight:x*100"
	has "preflight has-not"
}

@test "a foreign key: not here, without a touch" {
	"$SK" new b.key --pin 1234
	run -0 with b.key 'ctl b.key button ignore; $T preflight:cred'
	has "preflight has-not 0"
	hasnt "touch "
	run -1 on b.key "$T" -p 5 secret:cred 5<<<1234
	has "b holds none of the credentials asked for."
}

@test "several keys: each is told apart, a hanging one costs its limit only" {
	"$SK" new b.key --pin 5678
	on b.key "$T" -p 5 make:credb 5<<<5678
	run -0 on a.key b.key "$T" -d 1 list preflight:cred,credb
	[ "$(grep -c ^device <<<"$output")" = 2 ]
	has "preflight has 1"
	run -0 with a.key b.key 'ctl a.key fault hang@any 99
		time $T -k -d 0 -o 1000 info || true
		$T -d 1 preflight:credb'
	has "a did not answer in time."
	has "preflight has 0"
	[[ $output =~ real.*0m([01]),?\.?[0-9]+s ]]
}
