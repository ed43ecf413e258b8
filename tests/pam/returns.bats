#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Every return value of every entry point, through the real libpam.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir d
	vault_fresh
	plug alice bob
}
teardown() { unplug alice bob carol; }

# with WORDS: a stack where ours stands alone, with these words behind it.
with() {
	printf '%s required '"$MODULE $*"'\n' auth account session password >d/t
}
# Beside a module that says yes: what ours ignores is granted.
beside() {
	printf '%s required '"$MODULE $*"'\n%s required pam_permit.so\n' auth auth account account \
		session session password password >d/t
}
PINS=(-a 'Reason=the tests' -a "alice=pin-alice" -a "bob=pin-bob")
pam() { "$PAMCALL" "${PINS[@]}" "$@"; }

@test "PAM_SUCCESS: all of them, in one transaction" {
	with
	run -0 pam d t root auth setcred account open close
	for what in auth setcred account open close; do has "$what PAM_SUCCESS"; done
	hasnt "TOO LONG"
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]
	[ "$(entry session.opened .login)" = "$(entry login.granted .seq)" ]
	[ "$(entry session.closed .opened)" = "$(entry session.opened .seq)" ]
	all_well
}

@test "PAM_SUCCESS: names of any length, in any script" {
	local name
	with
	for name in "$(printf 'x%.0s' {1..80})" "x$(printf 'é%.0s' {1..40})"; do
		vault_fresh
		run -0 pam -i "ruser=$name" d t root auth account
		has "account PAM_SUCCESS"
		[[ "$(entry ceremony.requested .statement.requester.via)" == "t: ${name:0:38}"* ]]
		all_well
	done
	[ "$(entry ceremony.requested .statement.requester.via)" = "t: ${name:0:39}..." ]
}

@test "PAM_SERVICE_ERR: a word that is unknown, malformed or there twice refuses" {
	for word in bogus Debug debug=1 "debug debug" conf= conf=etc conf "conf=/a conf=/b" users= "users=," \
		"[users=root eve]" "[users=root ]" "[users=root, eve]" \
		"users=a," users=a,,b "users=root users=eve" timeout= timeout=x timeout=0 timeout=9 timeout=601 \
		timeout=-1 timeout=010 timeout=1e2 "timeout=60 timeout=60"; do
		with "$word"
		run -0 pam d t root auth account open close password
		for what in auth account open close password; do has "$what PAM_SERVICE_ERR"; done
	done
	for word in debug users=root users=eve,root timeout=10 timeout=600 conf=/etc/twokey/twokey.conf; do
		with "$word"
		run -0 pam d t root auth
		has "auth PAM_SUCCESS"
	done
}

@test "PAM_IGNORE: an account that users= leaves out; one of the same uid is in" {
	beside users=eve
	run -0 pam d t root auth account open close
	for what in auth account open close; do has "$what PAM_SUCCESS"; done
	[ "$(entries)" = "" ]
	printf 'toor:x:0:0::/root:/bin/bash\n' >>/etc/passwd
	beside users=root
	unplug alice bob
	run -0 pam d t toor account
	has "account PAM_PERM_DENIED"
	run -0 pam -a 'assword=x' d t toor password
	has "password PAM_AUTHTOK_ERR"
	run -0 pam d t eve account
	has "account PAM_SUCCESS"
	with users=eve
	run -0 pam d t root auth account open
	for what in auth account open; do hasnt "$what PAM_SUCCESS"; done
}

@test "PAM_AUTH_ERR: people, keys or rules say no" {
	with timeout=10
	unplug bob
	PINS+=(-a "press Enter=")
	run -0 pam d t root auth account open
	has "auth PAM_AUTH_ERR"
	has "account PAM_PERM_DENIED"
	has "Not enough approvals: 1 came, and at least 1 more is needed, from bob or carol."
	[[ "$(entries)" == "ceremony.requested ceremony.approved ceremony.denied session.opened" ]]
	# A session that others let in is one without a grant.
	[ "$(entry session.opened .login)" = null ]
}

@test "PAM_AUTH_ERR: no reason, and nobody was asked" {
	with
	PINS=(-a 'Reason=')
	run -0 pam d t root auth
	has "auth PAM_AUTH_ERR"
	has "The policy asks for a reason."
	[ "$(entries)" = "" ]
}

@test "PAM_AUTHINFO_UNAVAIL and PAM_SESSION_ERR: what cannot be asked or recorded is refused" {
	with
	mv /var/lib/twokey /var/lib/twokey.away
	run -0 pam d t root auth account open close
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "account PAM_PERM_DENIED"
	has "open PAM_SESSION_ERR"
	has "close PAM_SESSION_ERR"
	mv /var/lib/twokey.away /var/lib/twokey
	chmod 0644 /var/lib/twokey/state/pin.json
	run -0 pam d t root auth open
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "open PAM_SESSION_ERR"
	has "chmod"
	chmod 0600 /var/lib/twokey/state/pin.json
	printf '{ "stoer": "/x" }\n' >conf
	chmod 0600 conf
	with "conf=$PWD/conf"
	run -0 pam d t root auth
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "stoer"
	# Its part of the program is gone.
	with
	mount --bind /dev/null "$GATE"
	run -0 pam d t root auth open close
	umount "$GATE"
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "open PAM_SESSION_ERR"
	has "close PAM_SESSION_ERR"
}

@test "PAM_USER_UNKNOWN: nobody says who" {
	with
	PINS=()
	run -0 pam d t - auth
	has "auth PAM_USER_UNKNOWN"
	PINS=(-a 'login=')
	run -0 pam d t - auth
	has "auth PAM_USER_UNKNOWN"
}

@test "no conversation, one without answers, none for the questions, an answer of any length: refused" {
	with
	run -0 pam -n d t root auth
	hasnt "auth PAM_SUCCESS"
	run -0 pam -e d t root auth
	has "ask Reason"
	has "auth PAM_AUTH_ERR"
	PINS=(-a 'Reason=ok')
	run -0 pam d t root auth
	has "auth PAM_AUTH_ERR"
	PINS=(-a "Reason=$(head -c 600 /dev/zero | tr '\0' x)")
	run -0 pam d t root auth
	has "auth PAM_AUTH_ERR"
	PINS=(-a $'Reason=a\x1b[31mb')
	run -0 pam d t root auth
	has "auth PAM_AUTH_ERR"
	[ "$(entries)" = "" ]
	[ "$(jq -c '.sources|map([.service,.user,.count])' /var/lib/twokey/state/attempts/attempts.json)" = '[["t","root",5]]' ]
}

@test "setcred: what concerns others is theirs" {
	printf 'auth [success=done ignore=ignore default=die] %s users=root\nauth required pam_debug.so cred=cred_err\n' \
		"$MODULE" >d/t
	run -0 pam d t eve setcred
	has "setcred PAM_CRED_ERR"
	run -0 pam d t root auth setcred
	has "setcred PAM_SUCCESS"
}

@test "PAM_PERM_DENIED: nobody was granted in this transaction" {
	with
	run -0 pam d t root account
	has "error This login went past the two security keys that it needs."
	has "account PAM_PERM_DENIED"
}
