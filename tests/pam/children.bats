#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Inside of somebody else's program: whatever it makes of SIGCHLD, wait and fork.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	mkdir d
	printf '%s required '"$MODULE"'\n' auth account session >d/t
	printf 'password requisite %s users=root\npassword required pam_unix.so use_authtok yescrypt\n' "$MODULE" >>d/t
	plug alice bob
}
teardown() {
	unplug alice bob carol
	cp shadow.before /etc/shadow
}
PINS=(-a 'Reason=the tests' -a "alice=pin-alice" -a "bob=pin-bob" -a '[Pp]assword=a new one 9')
pam() { "$PAMCALL" "${PINS[@]}" d t root "$@"; }

@test "SIGCHLD ignored, or left as it is: no child is left, and none is needed" {
	for how in '' "trap '' CHLD;"; do
		vault_fresh
		run -0 bash -c "$how exec $PAMCALL $(printf '%q ' "${PINS[@]}") d t root auth account open children close password children"
		for what in auth account open close password; do has "$what PAM_SUCCESS"; done
		[ "$(grep -c '^children none$' <<<"$output")" = 2 ]
	done
}

@test "a password is confirmed while the application goes on, and where a copy of it stays" {
	printf '. %s\nuntil_true grep -q rotation.confirmed %s\n' "$TK_TOP/tests/pam/lib.bash" \
		/var/lib/twokey/store/log/bastion1.jsonl >confirmed
	run -0 pam password "sh:bash $PWD/confirmed"
	has "password PAM_SUCCESS"
	confirmed() { [ "$(entry rotation.confirmed .version)" = 1 ]; }
	until_true confirmed
	vault_fresh
	SECONDS=0
	run -0 pam password fork children
	has "children none"
	[ "$SECONDS" -lt 10 ]
	until_true grep -q rotation.confirmed /var/lib/twokey/store/log/bastion1.jsonl
}

@test "a password that the next module refused can be tried again at once, in the same transaction" {
	printf 'password requisite %s users=root\npassword required pam_debug.so prechauthtok=success chauthtok=authtok_err\n' \
		"$MODULE" >d/t
	run -0 pam password password
	[ "$(grep -c 'info sealed in linux-bastion1' <<<"$output")" = 2 ]
	hasnt "Another change of root's password is under way."
	[ "$(entries)" = "record.sealed record.sealed" ]
}

@test "a grant is one transaction's and one user's" {
	run -0 pam auth user=eve account
	has "auth PAM_SUCCESS"
	has "account PAM_PERM_DENIED"
	PINS+=(-a "press Enter=")
	printf '%s required '"$MODULE timeout=10"'\n' auth account >d/t
	cat >again <<'SH'
"$SK" ctl "$KEYS/bob.key" unplug
SH
	run -0 pam auth "sh:sh $PWD/again" auth account
	has "auth PAM_SUCCESS"
	has "auth PAM_AUTH_ERR"
	has "account PAM_PERM_DENIED"
}

@test "who answers too late is told so" {
	printf '%s required '"$MODULE timeout=10"'\n' auth account >d/t
	run -0 "$PAMCALL" -w 11 "${PINS[@]}" d t root auth
	has "auth PAM_AUTH_ERR"
	hasnt "auth PAM_AUTHINFO_UNAVAIL"
	has "No answer came in time."
}
