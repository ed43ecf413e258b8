#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A root password past its deadline is replaced by the timer; here the deadline
# is the moment at which somebody knew it.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	printf '{ "rotation_hours": { "aws-root": 24, "generic": 24, "linux-root": 0 } }' >rules
	vault_make --rules "$BATS_FILE_TMPDIR/rules"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	stack chpasswd <<'STACK'
password requisite MODULE users=root
password required  pam_unix.so use_authtok yescrypt
STACK
	plug alice bob
	chpasswd <<<'root:known to many'
}
teardown() {
	unplug alice bob carol
	! mountpoint -q /usr/sbin/chpasswd || umount /usr/sbin/chpasswd
	cp shadow.before /etc/shadow
}

@test "past its deadline, by the timer, once" {
	run -0 "$GATE" upkeep
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed rotation.confirmed" ]
	run ! shadow_is 'known to many'
	run -0 opened
	shadow_is "$(cat password)"
	all_well
}

@test "chpasswd that cannot: said, and not tried again every minute" {
	mount --bind /bin/false /usr/sbin/chpasswd
	run -1 "$GATE" upkeep
	has "chpasswd could not set the password"
	run -0 "$GATE" upkeep
	umount /usr/sbin/chpasswd
	run -0 "$GATE" upkeep
	shadow_is 'known to many'
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed" ]
	run -0 opened
	[ "$(cat password)" = "known to many" ]
	all_well
}

# The gate killed in the middle of a rotation, wherever that is: what /etc/shadow
# holds can be opened, and the next run ends well.
@test "killed at any moment: the password in force can always be opened" {
	local ms v found
	for ms in 0.00{5,9} 0.0{1,2,3,4,5,6,7,8,9}{0,5} 0.1{0,2,4,6,8} 0.2 0.25 0.3; do
		vault_fresh
		chpasswd <<<'root:known to many'
		timeout -s KILL "$ms" "$GATE" upkeep || :
		found=0
		for ((v = $(entry record.sealed .version); v > 0; v--)); do
			run -0 opened --version "$v"
			! shadow_is "$(cat password)" || { found=1 && break; }
		done
		[ "$found" = 1 ]
		all_well
	done
}
