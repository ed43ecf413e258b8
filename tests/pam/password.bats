#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Root's own password: sealed before it is set.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	for service in passwd chpasswd; do
		stack $service <<'STACK'
password requisite MODULE users=root
password required  pam_unix.so use_authtok yescrypt
account  required  pam_unix.so
STACK
	done
	plug alice bob
}
teardown() {
	unplug alice bob carol
	cp shadow.before /etc/shadow
}

@test "chpasswd: sealed, set, proven, confirmed; two keys open it" {
	shadow_is root-password
	run -0 chpasswd <<<'root:a new one 1'
	shadow_is 'a new one 1'
	[ "$(entries)" = "record.sealed rotation.confirmed" ]
	[ "$(entry record.sealed '[.record,.version,.candidate,.kind]|join(" ")')" = "linux-bastion1 1 true linux-root" ]
	[ "$(entry rotation.confirmed '[.record,.version,.by]|join(" ")')" = "linux-bastion1 1 shadow" ]
	run -0 opened
	[ "$(cat password)" = "a new one 1" ]
	all_well
}

@test "passwd at a terminal, and another account's is none of ours" {
	run -0 typed -a "[Nn]ew password: =from the keyboard 2" -- passwd
	shadow_is 'from the keyboard 2'
	[ "$(entry record.sealed '.fields[0].known_to|join(" ")')" = root ]
	run -7 "$TWOKEY" status
	has "known to root"
	run -0 chpasswd <<<'eve:something else'
	[ "$(entries)" = "record.sealed rotation.confirmed" ]
}

@test "what cannot be sealed is not set" {
	mv /var/lib/twokey/store /var/lib/twokey/store.away
	run ! chpasswd <<<'root:never set 3'
	mv /var/lib/twokey/store.away /var/lib/twokey/store
	cmp /etc/shadow shadow.before
	[ "$(entries)" = "" ]
}

@test "what is sealed and then not set stays a candidate, and the old one in force" {
	run -0 chpasswd <<<'root:the old one 4'
	stack chpasswd <<'STACK'
password requisite MODULE users=root
password required  pam_debug.so prechauthtok=success chauthtok=authtok_err
STACK
	run ! chpasswd <<<'root:never set 4'
	shadow_is 'the old one 4'
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed" ]
	run -0 opened
	[ "$(cat password)" = "the old one 4" ]
	run -0 opened --candidate
	[ "$(cat password)" = "never set 4" ]
	all_well
}
