#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Root by ssh: a real sshd on 127.0.0.1 and a real client at a terminal.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	stack sshd <<'STACK'
auth     required   MODULE users=root timeout=15
auth     [success=1 default=ignore] pam_succeed_if.so uid = 0 quiet
auth     required   pam_unix.so
auth     required   pam_permit.so
account  required   MODULE users=root
account  required   pam_unix.so
session  required   pam_loginuid.so
session  required   MODULE users=root
STACK
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f client
	mkdir -p /run/home
	cp client.pub /run/home/authorized_keys && chmod 0600 /run/home/authorized_keys
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >sshd_config <<CONF
ListenAddress 127.0.0.1
Port $port
HostKey $PWD/host
PidFile $PWD/sshd.pid
UsePAM yes
PermitRootLogin yes
KbdInteractiveAuthentication yes
PasswordAuthentication yes
PubkeyAuthentication yes
StrictModes no
AuthorizedKeysFile /run/home/authorized_keys
CONF
	"${SSHD:-/usr/sbin/sshd}" -f sshd_config -E sshd.log
	until_true test -s sshd.pid
}
teardown() {
	[ ! -s sshd.pid ] || kill "$(cat sshd.pid)"
	unplug alice bob carol
}

ssh_as() { # USER METHOD COMMAND...
	local user=$1 method=$2
	shift 2
	typed -a "eve@127.0.0.1's password: =eve-password" -a "root@127.0.0.1's password: =root-password" \
		-a "[Pp]assword: =$user-password" -a "press Enter.*: =" -- ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o IdentityFile="$PWD/client" -o IdentitiesOnly=yes -o PreferredAuthentications="$method" \
		-o NumberOfPasswordPrompts=1 -p "$port" "$user@127.0.0.1" "$@"
}

@test "two keys let root in; the log tells from where, and when it ended" {
	plug alice bob
	run -0 ssh_as root keyboard-interactive 'echo "I am $(id -u)"'
	has "I am 0"
	[[ $output =~ "Reason for this login (1"[123]" s left): " ]]
	[[ $output =~ "then touch the key ("[0-9]+" s left): " ]]
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]
	[ "$(entry session.opened '[.service,.user,.rhost]|join(" ")')" = "sshd root 127.0.0.1" ]
	[ "$(entry session.opened .login)" = "$(entry login.granted .seq)" ]
	[ "$(entry session.closed .opened)" = "$(entry session.opened .seq)" ]
	all_well
}

@test "one key does not" {
	plug alice
	run -255 ssh_as root keyboard-interactive id
	has "[2/2] Plug in a key of bob or carol, then press Enter ("
	hasnt "uid=0"
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.denied" ]
}

@test "a public key, a password: none of them is two keys" {
	plug alice bob
	run -255 ssh_as root publickey id
	hasnt "uid=0"
	run -255 ssh_as root password id
	hasnt "uid=0"
	[ "$(entries)" = "" ]
}

@test "others are left to the other modules" {
	run -0 ssh_as eve keyboard-interactive id
	has "uid=4711(eve)"
	[ "$(entries)" = "" ]
}
