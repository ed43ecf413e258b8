#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The installed PAM module through the real libpam, by su, sudo, sshd, passwd and
# chpasswd, on a machine of its own (tests/pam/world.sh).
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tests/lib/apart.bash
. "$TK_TOP/tests/lib/apart.bash"
# shellcheck source=tests/lib/unpack.bash
. "$TK_TOP/tests/lib/unpack.bash"

# sshd without the service that installing its package would start.
sshd_here() {
	SSHD=/usr/sbin/sshd
	if [ ! -x "$SSHD" ]; then
		unpack "$TK_WORK/peers" openssh-server || return 1
		SSHD=$TK_WORK/peers/usr/sbin/sshd
	fi
	export SSHD
	[ -x "$SSHD" ]
}

loads() {
	local so=$TK_ROOT/lib/security/pam_twokey.so
	diff <(nm -D --defined-only "$so" | awk '{ print $3 }' | sort) <(printf '%s\n' pam_sm_acct_mgmt \
		pam_sm_authenticate pam_sm_chauthtok pam_sm_close_session pam_sm_open_session pam_sm_setcred) &&
		diff <(readelf -d "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort) <(printf '%s\n' libc.so.6 libpam.so.0)
}

file() { "${apart[@]}" "$TK_TOP/tests/pam/world.sh" bats --tap "$1"; }

tap_need bats python3 jq nm readelf sudo ssh
tap_run "the module shows its six entry points, and needs libpam and libc alone" loads
if [ "$(id -u)" != 0 ]; then
	tap_skip "logins" "setuid programs work for the machine's own root alone: run it as root"
elif tap_run "an sshd" sshd_here && tap_run "a namespace of its own" "${apart[@]}" true; then
	tap_each "$TK_JOBS" file "$TK_TOP"/tests/pam/*.bats
fi
tap_done
