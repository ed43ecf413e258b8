#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Logins through the real libpam, by su and pamtester.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	stack su <<'STACK'
auth     sufficient pam_rootok.so
auth     required   MODULE
account  [success=1 default=ignore] pam_rootok.so
account  required   MODULE
account  required   pam_unix.so
session  required   MODULE
STACK
}
teardown() { unplug alice bob carol; }

@test "su: two keys, and what the log tells of it" {
	plug alice bob
	run -0 typed -- setpriv --reuid=4711 --regid=4711 --clear-groups su -c 'id -u; echo "$TWOKEY_LOGIN"'
	has "$(entry login.granted .seq)."
	has "[1/2] alice approved"
	has "[2/2] bob approved"
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]
	all_well
}
