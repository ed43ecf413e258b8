#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What is installed for systemd and for pam-auth-update.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	vault_ruled '{ "rotation_hours": { "aws-root": 24, "generic": 24, "linux-root": 0 } }'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	unit=$TK_ROOT/lib/systemd/system/twokey-upkeep gate=$TK_ROOT/lib/systemd/system/twokey-gate
	plug alice bob
}
teardown() {
	unplug alice bob carol
	cp shadow.before /etc/shadow
	local at
	for at in /usr/share/pam-configs /var/cache/debconf; do
		! mountpoint -q "$at" || umount "$at"
	done
}

# setting NAME: of the service.
setting() { sed -n "s/^$1=//p" "$unit.service"; }

@test "the units start the installed program, once a minute, as systemd reads them" {
	read -r program word <<<"$(setting ExecStart)"
	[ "$program $word" = "$GATE upkeep" ] && [ -x "$program" ]
	grep -qx 'OnCalendar=\*-\*-\* \*:\*:00' "$unit.timer"
	grep -qx 'Persistent=true' "$unit.timer"
	run ! grep -n '@' <(grep -v '^SystemCallFilter' "$unit.service") "$unit.timer"
	if command -v systemd-analyze; then
		run -0 systemd-analyze verify --man=no "$unit.service" "$unit.timer" "$gate.service" "$gate.socket"
		[ "$output" = "" ]
	fi
}

@test "the socket is where the module looks, and its service starts what waits there" {
	read -r program word <<<"$(unit=$gate setting ExecStart)"
	[ "$program $word" = "$GATE resident" ] && [ -x "$program" ]
	at=$(sed -n 's/^ListenSequentialPacket=//p' "$gate.socket")
	grep -qx 'SocketMode=0600' "$gate.socket"
	strings "$MODULE" | grep -qx "$at"
}

@test "as little as the waiting gate may do is enough for a login and a new password" {
	local caps
	stack t <<'STACK'
auth     required  MODULE
session  required  MODULE
password requisite MODULE users=root
password required  pam_unix.so use_authtok yescrypt
STACK
	caps=$(unit=$gate setting CapabilityBoundingSet | tr ' ' '\n' | sed 's/^CAP_/+/' | paste -sd, | tr '[:upper:]' '[:lower:]')
	"$TK_TOP/tests/pam/listen.py" /run/twokey/gate /usr/bin/setpriv --no-new-privs --bounding-set="-all,$caps" \
		--inh-caps=-all "$GATE" resident 3>&- 4>&- & resident=$!
	until_true pgrep -f "^$GATE spare"
	run -0 "$PAMCALL" -a 'Reason=the tests' -a 'alice=pin-alice' -a 'bob=pin-bob' -a '[Pp]assword=a new one 9' \
		/etc/pam.d t root auth open password end
	for what in auth open password; do has "$what PAM_SUCCESS"; done
	until_true grep -q rotation.confirmed /var/lib/twokey/store/log/bastion1.jsonl
	kill "$resident"
	rm -r /run/twokey
	all_well
}

@test "as little as the service may do is enough to replace the password" {
	local caps owner
	owner=$(stat -c '%u:%g %a' /etc/shadow)
	stack chpasswd <<'STACK'
password requisite MODULE users=root
password required  pam_unix.so use_authtok yescrypt
STACK
	chpasswd <<<'root:known to many'
	caps=$(setting CapabilityBoundingSet | tr ' ' '\n' | sed 's/^CAP_/+/' | paste -sd, | tr '[:upper:]' '[:lower:]')
	run -0 unshare --net --mount bash -c 'mount --bind /usr /usr && mount -o remount,bind,ro /usr && exec "$@"' - \
		setpriv --no-new-privs --bounding-set="-all,$caps" --inh-caps=-all "$GATE" upkeep
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed rotation.confirmed" ]
	run ! shadow_is 'known to many'
	[ "$(stat -c '%u:%g %a' /etc/shadow)" = "$owner" ]
	all_well
}

# auth_update WORD...: on copies of everything that pam-auth-update reads and
# writes; what world.sh hides below /var/lib is found under another name of /.
auth_update() {
	if ! mountpoint -q /usr/share/pam-configs; then
		mkdir under configs cache && mount --bind / under || return 1
		mkdir -p /var/lib/dpkg/info
		cp under/var/lib/dpkg/info/libpam-runtime.templates /var/lib/dpkg/info/
		cp -a under/var/lib/pam/. /var/lib/pam/
		umount under
		cp -a /usr/share/pam-configs/. configs/ && cp -a /var/cache/debconf/. cache/
		sed "s|pam_twokey\.so|$MODULE|" "$TK_ROOT/share/pam-configs/twokey" >configs/twokey
		mount --bind configs /usr/share/pam-configs && mount --bind cache /var/cache/debconf || return 1
	fi
	DEBIAN_FRONTEND=noninteractive pam-auth-update "$@" 3>&-
}
as_eve() { typed -a "press Enter.*: =" -a "[Pp]assword: =wrong" -- setpriv --reuid=4711 --regid=4711 --clear-groups "$@"; }

@test "pam-auth-update: off until it is enabled; then root needs two keys, and nobody else" {
	auth_update --package
	run ! grep -l twokey /etc/pam.d/common-{auth,account,password,session,session-noninteractive}
	auth_update --enable twokey
	cp /etc/pam.d/common-password common-password.debian
	run grep -l twokey /etc/pam.d/common-{auth,account,password,session,session-noninteractive}
	[ "$output" = "$(printf '/etc/pam.d/common-%s\n' auth account session)" ]
	# Before any line that asks for a password.
	[ "$(grep -v '^#' /etc/pam.d/common-auth | grep -n pam_ | head -n 1 | grep -c twokey)" = 1 ]
	run -0 as_eve su -c 'id -u'
	[[ $output == *$'\n0\r'* ]]
	[ "$(entry session.opened .login)" = "$(entry login.granted .seq)" ]
	unplug alice bob
	run -0 typed -a "Password: =eve-password" -- setpriv --reuid=65534 --clear-groups su eve -c 'id -u'
	has 4711
	run -0 typed -- su -c 'id -u'
	for service in cron systemd-user atd; do
		printf '@include common-account\n' >"/etc/pam.d/$service"
		run -0 pamtester "$service" root acct_mgmt
	done
	printf '@include common-account\n' >/etc/pam.d/other-door
	run ! pamtester other-door root acct_mgmt
	run -0 pamtester other-door eve acct_mgmt
	# A password that has expired leads around nothing.
	sed -i 's/^root:\([^:]*\):19000:0:99999:/root:\1:19000:0:1:/' /etc/shadow
	run ! pamtester other-door root acct_mgmt
	has "Permission denied"
	# With what it leaves out, as the manual has it, nothing leads past the keys.
	install_stack sudo sudo sudo-i
	install_stack polkit-1 polkit-1
	install_stack common-password common-password
	sed -i 's/ nullok//' /etc/pam.d/common-auth
	run "$TWOKEY" doctor --pam
	[ "$(grep -c "^ok    pam " <<<"$output")" -ge 9 ] || { printf "%s\n" "$output"; return 1; }
	hasnt "BAD   pam "
	hasnt "note  pam "
	cp common-password.debian /etc/pam.d/common-password
	auth_update --disable twokey
	run ! grep -l twokey /etc/pam.d/common-{auth,account,password,session,session-noninteractive}
}
