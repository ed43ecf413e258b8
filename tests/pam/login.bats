#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Logins through the real libpam, by su.

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
	[[ $output =~ "Reason for this login (9"[678]" s left): " ]]
	has 'then touch the key ('
	has "[1/2] alice approved"
	has "[2/2] bob approved"
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]
	all_well
}

@test "each wait begins with the time that is left of the whole login" {
	sed -i '2s/$/ timeout=12/' /etc/pam.d/su
	plug alice
	run -1 typed -a "press Enter.*: =" -- setpriv --reuid=4711 --regid=4711 --clear-groups su -c id
	[[ $output =~ "Reason for this login ("(9|10)" s left): " ]]
	mapfile -t left < <(grep -o '([0-9]* s left)' <<<"$output" | tr -dc '0-9\n')
	[ "${#left[@]}" -ge 4 ]
	for ((i = 1; i < ${#left[@]}; i++)); do
		[ "${left[i]}" -le "${left[i - 1]}" ]
	done
	has "[2/2] Plug in a key of bob or carol, then press Enter ("
	[ "${left[-1]}" -lt 9 ]
}

# Applications wait at a question for as long as it pleases them.
@test "a key that is found when the time is over is asked for no PIN" {
	sed -i '2s/$/ timeout=10/' /etc/pam.d/su
	late() {
		echo "the tests"
		sleep 5
		plug alice
		sleep 6
		printf '\n\n'
	}
	run -1 setpriv --reuid=4711 --regid=4711 --clear-groups su -c id < <(late)
	has "then press Enter ("
	hasnt "PIN for alice's"
	has "Not enough approvals"
}
