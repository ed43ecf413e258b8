#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# sudo: two keys instead of the caller's password, every time, also where a rule
# or a ticket asks for none.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	for service in sudo sudo-i; do
		stack $service <<'STACK'
auth     required   MODULE timeout=10
account  [success=1 default=ignore] pam_rootok.so
account  required   MODULE
account  required   pam_unix.so
session  required   MODULE
STACK
	done
	mkdir -p /run/sudo
	printf 'Defaults !use_pty\neve ALL=(ALL) ALL\n' >/etc/sudoers.d/eve
	chmod 0440 /etc/sudoers.d/eve
	plug alice bob
}
teardown() { unplug alice bob carol; }

as_eve() { typed -a "press Enter.*: =" -- setpriv --reuid=4711 --regid=4711 --clear-groups "$@"; }

@test "two keys; the log tells who asked and whose session it is" {
	run -0 as_eve sudo -i id -u
	[[ $output == *$'\n0'* ]]
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]
	[ "$(entry ceremony.requested '.statement.requester|[.user,.via]|join(" ")')" = "eve sudo-i: eve" ]
	[ "$(entry ceremony.requested '.statement.subject|[.service,.user]|join(" ")')" = "sudo-i eve" ]
	[ "$(entry session.opened '[.service,.user]|join(" ")')" = "sudo-i root" ]
	[ "$(entry session.opened .login)" = "$(entry login.granted .seq)" ]
	all_well
}

@test "one key does not, and neither does a ticket, nor NOPASSWD" {
	run -0 as_eve sudo id -u
	unplug bob
	run -1 as_eve sudo id -u
	hasnt $'\n0'
	printf 'eve ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/eve
	plug bob
	run -1 as_eve sudo id -u
	has "PAM account management error: Permission denied"
	hasnt $'\n0'
}

@test "root stays root without keys" {
	unplug alice bob
	run -0 typed -- sudo -u eve id -u
	has 4711
}
