#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# softkey seen by programs that know nothing of it. session.bats has the rest.

load softkey.bash

setup() {
	softkey_setup
}

@test "fido2-token -L lists all keys, and none without plug" {
	key alice && key bob
	run plug alice bob -- fido2-token -L
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == */alice:* && ${lines[1]} == */bob:* ]]
	run fido2-token -L
	[ -z "$output" ]
}

@test "fido2-token -I" {
	key alice
	run with alice <<-'E'
		fido2-token -I "$DEV"
	E
	[ "$status" -eq 0 ]
	[[ $output == *"version strings: U2F_V2, FIDO_2_0, FIDO_2_1_PRE, FIDO_2_1"* ]]
	[[ $output == *"extension strings: credProtect, hmac-secret"* ]]
	[[ $output == *"algorithms: es256 (public-key), eddsa (public-key)"* ]]
	[[ $output == *"pin protocols: 2, 1"* && $output == *"pin retries: 8"* && $output == *noclientPin* ]]
}

@test "fido2-token -S and -C set and change the PIN at a terminal, a wrong one counts" {
	key alice
	run with alice <<-'E'
		answer "Enter new PIN" 1234 "Enter the same" 1234 -- fido2-token -S "$DEV"
		answer "Enter current PIN" 1234 "Enter new PIN" 56789 "Enter the same" 56789 -- fido2-token -C "$DEV"
		no answer "Enter current PIN" 1234 "Enter new PIN" 9999 "Enter the same" 9999 -- fido2-token -C "$DEV"
		fido2-token -I "$DEV"
	E
	[ "$status" -eq 0 ]
	[[ $output == *"pin retries: 7"* && $output == *", clientPin,"* ]]
	[[ $output == *FIDO_ERR_PIN_INVALID* ]]
}

@test "fido2-token -R resets, when it is touched" {
	key alice --pin 1234 --quirk touch-timeout=50
	run with alice <<-'E'
		"$SOFTKEY" ctl alice.key button ignore
		no fido2-token -R "$DEV"
		fido2-token -I "$DEV" | has ", clientPin,"
		"$SOFTKEY" ctl alice.key button auto
		fido2-token -R "$DEV"
		fido2-token -I "$DEV" | has ", noclientPin,"
	E
	[ "$status" -eq 0 ]
}

@test "fido2-cred and fido2-assert: hmac-secret, PIN, verified; one salt, one secret" {
	key alice --pin 1234
	run with alice <<-'E'
		cred_in >in
		fido2-cred -M -h -i in -o cred "$DEV"
		fido2-cred -V -h -i cred -o pub
		sed 1d pub >pem
		for i in 1 2; do
			assert_in cred >ain
			answer "Enter PIN" 1234 -- fido2-assert -G -h -p -v -i ain -o assertion "$DEV"
			fido2-assert -V -h -p -v -i assertion pem es256
			sed -n 5p assertion >secret$i
		done
		fido2-assert -G -h -p -i ain -o bare "$DEV"
		fido2-assert -V -h -p -i bare pem es256
		no fido2-assert -V -h -p -v -i bare pem es256
		sed -n 5p bare >secret3
		cmp secret1 secret2
		no cmp -s secret1 secret3
		test -s secret3
	E
	[ "$status" -eq 0 ]
}

@test "fido2-assert -V refuses a signature that was spoiled, and a flag that is missing" {
	key alice --pin 1234
	run with alice <<-'E'
		cred_in >in
		fido2-cred -M -i in "$DEV" | fido2-cred -V -o pub
		sed 1d pub >pem
		assert_in pub | sed "3s|.*|$(sed -n 1p pub)|" >ain
		"$SOFTKEY" ctl alice.key fault bad-sig
		fido2-assert -G -i ain -o spoiled "$DEV"
		no fido2-assert -V -i spoiled pem es256
		"$SOFTKEY" ctl alice.key fault no-uv
		answer "Enter PIN" 1234 -- fido2-assert -G -v -i ain -o unverified "$DEV"
		no fido2-assert -V -v -i unverified pem es256
		"$SOFTKEY" ctl alice.key fault no-up
		fido2-assert -G -p -i ain -o absent "$DEV"
		no fido2-assert -V -p -i absent pem es256
		fido2-assert -G -p -i ain "$DEV" | fido2-assert -V -p pem es256
	E
	[ "$status" -eq 0 ]
}

@test "fido2-cred with EdDSA, credProtect 3: without the PIN there is no such credential" {
	key alice --pin 1234
	run with alice <<-'E'
		cred_in >in
		answer "Enter PIN" 1234 -- fido2-cred -M -v -c 3 -i in -o cred "$DEV" eddsa
		fido2-cred -V -v -c 3 -i cred -o pub eddsa
		sed 1d pub >pem
		assert_in cred >ain
		no fido2-assert -G -i ain "$DEV" 2>err
		grep -q FIDO_ERR_NO_CREDENTIALS err
		answer "Enter PIN" 1234 -- fido2-assert -G -v -i ain -o out "$DEV" eddsa
		fido2-assert -V -v -i out pem eddsa
	E
	[ "$status" -eq 0 ]
}

@test "resident credentials: fido2-assert -r, fido2-token -L -r, -L -k, -I -c, -D" {
	key alice --pin 1234
	run with alice <<-'E'
		cred_in >in
		answer "Enter PIN" 1234 -- fido2-cred -M -r -i in -o cred "$DEV"
		{ random; echo rp.example; } >ain
		answer "Enter PIN" 1234 -- fido2-assert -G -r -v -i ain -o out "$DEV"
		sed -n 5p out >user
		sed -n 4p in | cmp - user
		answer "Enter PIN" 1234 -- fido2-token -L -r "$DEV" >rps
		grep -q rp.example rps
		answer "Enter PIN" 1234 -- fido2-token -L -k rp.example "$DEV" >creds
		grep -q "$(sed -n 5p cred)" creds
		answer "Enter PIN" 1234 -- fido2-token -I -c "$DEV" | has "existing rk(s): 1"
		answer "Enter PIN" 1234 -- fido2-token -D -i "$(sed -n 5p cred)" "$DEV"
		answer "Enter PIN" 1234 -- fido2-token -I -c "$DEV" | has "existing rk(s): 0"
	E
	[ "$status" -eq 0 ]
}

@test "ssh-keygen makes ecdsa-sk and ed25519-sk keys that sign and verify" {
	key alice
	run with alice <<-'E'
		for t in ecdsa-sk ed25519-sk; do
			ssh-keygen -q -t $t -N "" -f id_$t
			echo "me $(cat id_$t.pub)" >allowed
			echo text >message
			rm -f message.sig
			ssh-keygen -q -Y sign -f id_$t -n file message
			ssh-keygen -Y verify -f allowed -I me -n file -s message.sig <message
			echo other | no ssh-keygen -Y verify -f allowed -I me -n file -s message.sig
		done
	E
	[ "$status" -eq 0 ]
}

@test "ssh-keygen -O resident -O verify-required asks for the PIN; -K gets the key back" {
	key alice --pin 1234
	run with alice <<-'E'
		answer "Enter PIN" 1234 -- ssh-keygen -q -t ed25519-sk -O resident -O verify-required -N "" -f id
		mkdir again
		cd again
		answer "Enter PIN" 1234 "passphrase" "" "same passphrase" "" -- ssh-keygen -K
		cut -d" " -f1,2 id_ed25519_sk_rk.pub >got
		cut -d" " -f1,2 ../id.pub | cmp - got
	E
	[ "$status" -eq 0 ]
}

@test "ssh-keygen with two keys takes the one that is touched, and cancels the other" {
	key alice --quirk touch-timeout=20000 && key bob --quirk touch-timeout=20000
	run with alice bob <<-'E'
		"$SOFTKEY" ctl alice.key button ignore
		"$SOFTKEY" ctl bob.key button delay 50
		ssh-keygen -q -t ecdsa-sk -N "" -f id
		"$SOFTKEY" ctl bob.key stats | has '"make_credential":2,*"touches":2,'
		"$SOFTKEY" ctl alice.key stats | has '"make_credential":1,*"touches":0,'
		"$SOFTKEY" ctl alice.key info | has '"blinking":false'
	E
	[ "$status" -eq 0 ]
}

@test "fido2-token and pam_u2f with an old U2F key" {
	key old --profile u2f-only
	run with old <<-'E'
		fido2-token -I "$DEV" | has "caps: 0x01 (wink, nocbor, msg)"
		pamu2fcfg -u root -o pam://test -i pam://test >authfile
		pam
		export LD_PRELOAD=$LD_PRELOAD:libpam_wrapper.so
		pamtester keytest root authenticate
		"$SOFTKEY" ctl old.key fault bad-sig
		no pamtester keytest root authenticate
	E
	[ "$status" -eq 0 ]
}

pam() {
	mkdir -p pam.d
	echo "auth required pam_u2f.so authfile=$PWD/authfile cue origin=pam://test appid=pam://test $*" >pam.d/keytest
	echo "account required pam_permit.so" >>pam.d/keytest
	export PAM_WRAPPER=1 PAM_WRAPPER_SERVICE_DIR=$PWD/pam.d
}
export -f pam

@test "pamu2fcfg and pam_u2f with pinverification=1 let in with PIN and touch only" {
	key alice --pin 1234 --quirk touch-timeout=50
	run with alice <<-'E'
		pamu2fcfg -u root -o pam://test -i pam://test -N >authfile
		pam pinverification=1
		export LD_PRELOAD=$LD_PRELOAD:libpam_wrapper.so
		answer "PIN" 1234 -- pamtester keytest root authenticate
		no answer "PIN" 9999 -- pamtester keytest root authenticate
		"$SOFTKEY" ctl alice.key button ignore
		no answer "PIN" 1234 -- pamtester keytest root authenticate
		"$SOFTKEY" ctl alice.key button auto
		answer "PIN" 1234 -- pamtester keytest root authenticate
		"$SOFTKEY" ctl alice.key unplug
		no answer -- pamtester keytest root authenticate
	E
	[ "$status" -eq 0 ]
}

@test "pam_u2f refuses another key, and a spoiled signature" {
	key alice && key mallory
	run with alice <<-'E'
		pamu2fcfg -u root -o pam://test -i pam://test >authfile
		pam
		export LD_PRELOAD=$LD_PRELOAD:libpam_wrapper.so
		pamtester keytest root authenticate
		"$SOFTKEY" ctl alice.key fault bad-sig
		no pamtester keytest root authenticate
		pamtester keytest root authenticate
	E
	[ "$status" -eq 0 ]
	run with mallory <<-'E'
		pam
		export LD_PRELOAD=$LD_PRELOAD:libpam_wrapper.so
		no pamtester keytest root authenticate
	E
	[ "$status" -eq 0 ]
}

@test "python3-fido2 lists the keys of a running session" {
	key alice && key bob
	run plug alice bob -- /usr/bin/python3 -c '
import os, sys
sys.path.insert(0, os.environ["HERE"])
from fido2.ctap2 import Ctap2
from softkey_device import list_devices
print([Ctap2(d).info.aaguid.hex()[:4] for d in list_devices()])'
	[ "$status" -eq 0 ]
	[ "$output" = "['50f7', '50f7']" ]
}
