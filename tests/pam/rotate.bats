#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A root password that somebody knew is replaced by itself: at the session's
# end, or past its deadline.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	vault_ruled '{ "rotate_after": "session", "rotation_hours": { "aws-root": 24, "generic": 24, "linux-root": 1 } }'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	password_known
	stack su <<'STACK'
auth     required   MODULE
session  required   MODULE
account  required   pam_permit.so
STACK
}
teardown() {
	unplug alice bob carol
	! mountpoint -q /usr/sbin/chpasswd || umount /usr/sbin/chpasswd
	cp shadow.before /etc/shadow
}

@test "at the session's end, once: sealed, set, proven, confirmed" {
	run -7 "$TWOKEY" status
	run -0 typed -a '# $=exit' -- su -
	has "linux-bastion1: rotate by"
	has "Z (twokey status)"
	has "linux-bastion1: root's password is replaced when a session ends (twokey unseal linux-bastion1 --reason TEXT)"
	has "Root's password was known: a fresh one is sealed and set (twokey unseal linux-bastion1 --reason TEXT)."
	[[ "$(entries)" == *"session.opened session.closed record.sealed rotation.confirmed" ]]
	[ "$(entry rotation.confirmed .version)" = 2 ]
	run ! shadow_is 'known to many'
	run -0 "$TWOKEY" status
	run -0 typed -a '# $=exit' -- su -
	hasnt "rotate by"
	hasnt "a fresh one"
	hasnt "is replaced when"
	[[ "$(entries)" == *"session.opened session.closed" ]]
	# Opened by two, it is known again, and gone after the next session.
	run -0 opened
	shadow_is "$(cat password)"
	run -7 "$TWOKEY" status
	run -0 typed -a '# $=exit' -- su -
	has "linux-bastion1: rotate by"
	run ! shadow_is "$(cat password)"
	run -0 "$TWOKEY" status
	run -0 opened
	shadow_is "$(cat password)"
	all_well
}

@test "PAM_SILENT: nothing is shown that nobody asked for, and all is recorded" {
	mkdir d
	printf 'session required %s\n' "$MODULE" >d/t
	run -0 "$PAMCALL" d t root silent
	[ "$output" = "silent PAM_SUCCESS" ]
	run -0 "$PAMCALL" d t root open
	has "info linux-bastion1: rotate by"
	[[ "$(entries)" == *"session.opened session.opened" ]]
}

@test "what a second host seals or confirms of it ends nothing, and gives it no quorum" {
	local sealed
	second_host
	typed -- "$TWOKEY" unseal linux-bastion1 --reason "on bastion2" --show --force-stdout --conf twokey2.conf
	sealed=$(entry record.sealed 'del(.seq, .time, .boot, .host, .policy) | .quorum = "three" | .fields[0].known_to = [] |
		tojson')
	jq -c '.version = 2 | .candidate = false' <<<"$sealed" | second_says
	jq -c '.version = 3' <<<"$sealed" | second_says
	run -7 "$TWOKEY" status
	run -0 typed -a '# $=exit' -- su -
	has "linux-bastion1: rotate by"
	[[ "$(entries)" == *"session.opened session.closed record.sealed rotation.confirmed" ]]
	[ "$(entry record.sealed '[.version, .quorum] | @csv')" = '2,"default"' ]
	run -0 "$TWOKEY" status
	run -0 opened
	shadow_is "$(cat password)"
	run -6 "$TWOKEY" log verify
	has "It seals version 2 of linux-bastion1, the root password of host bastion1" && has "It seals version 3"
}

@test "chpasswd that cannot: nothing confirmed, the old password in force, and the next session mends it" {
	mount --bind /bin/false /usr/sbin/chpasswd
	run -0 typed -- su -c true
	hasnt "a fresh one is sealed and set"
	umount /usr/sbin/chpasswd
	shadow_is 'known to many'
	[[ "$(entries)" == *"session.closed record.sealed" ]]
	run -0 opened
	[ "$(cat password)" = "known to many" ]
	run -0 typed -- su -c true
	[[ "$(entries)" == *"session.closed record.sealed rotation.confirmed" ]]
	run -0 opened
	shadow_is "$(cat password)"
	[ "$(entry rotation.confirmed .version)" = 3 ]
	all_well
}

@test "the timer leaves alone what is not past its deadline" {
	run -0 "$GATE" upkeep
	[ "$(entries)" = "record.sealed rotation.confirmed" ]
	shadow_is 'known to many'
}

@test "usage, and nobody but root" {
	run -2 "$GATE"
	run -2 "$GATE" bogus
	run -2 "$GATE" upkeep --conf
	run -3 setpriv --reuid=4711 --regid=4711 --clear-groups "$GATE" upkeep
	has "twokey-gate must run as root."
	run -2 "$GATE" 3</dev/null
}

# One waits in chpasswd while the other one ends: what is confirmed last must be
# what /etc/shadow holds.
@test "two sessions end at once: the version in force is the one that is set" {
	local mark
	printf '#!/bin/sh\nsleep 1\nexec /run/chpasswd "$@"\n' >slow
	chmod 0755 slow
	cp /usr/sbin/chpasswd /run/chpasswd
	printf 'session required %s\n' "$MODULE" >/etc/pam.d/twice
	mount --bind slow /usr/sbin/chpasswd
	"$PAMCALL" /etc/pam.d twice root open close >one 2>&1 3>&- & mark=$!
	"$PAMCALL" /etc/pam.d twice root open close >two 2>&1 3>&-
	wait $mark
	umount /usr/sbin/chpasswd
	run -0 opened
	shadow_is "$(cat password)"
	[ "$(entries | tr ' ' '\n' | grep -c rotation.confirmed)" -ge 2 ]
	all_well
}
