#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The stacks of pam_twokey(8), as they stand there: two keys log in, one does not.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	install -d -m 0755 /run/sudo
	plug alice bob
}
teardown() {
	[ ! -s sshd.pid ] || kill "$(cat sshd.pid)"
	unplug alice bob carol
	cp shadow.before /etc/shadow
}

as_eve() {
	typed -a "press Enter.*: =" -a "[Pp]assword: =wrong" -- \
		setpriv --reuid=4711 --regid=4711 --clear-groups "$@"
}
granted="ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed"
denied="ceremony.requested ceremony.approved ceremony.denied"
# What two keys left in the log, and one.
was_granted() {
	[ "$(entries)" = "$granted" ] && [ "$(entry session.opened .login)" = "$(entry login.granted .seq)" ] && all_well
}
was_denied() { [[ "$(entries)" == "$denied" ]]; }

@test "every stack of the page is tried here" {
	diff <(sed -n 's/^\.\\" stack //p' "$PAGE" | sort) \
		<(sed -n 's/.*\(install_stack\|manual "$PAGE"\) \([a-z][a-z0-9_-]*\).*/\2/p' "$BATS_TEST_FILENAME" | sort -u)
}

@test "su and su-l" {
	cat >/etc/pam.d/su-l <<'STACK'
auth     include su
account  include su
password include su
session  optional pam_keyinit.so force revoke
session  include su
STACK
	for dash in "" -; do
		install_stack su su
		vault_fresh
		run -0 as_eve su $dash -c 'id -u'
		[[ $output == *$'\n0\r'* ]]
		was_granted
		[ "$(entry session.opened .service)" = "su${dash:+-l}" ]
		vault_fresh
		unplug bob
		sed -i 's/users=root/users=root timeout=10/' /etc/pam.d/su
		run -1 as_eve su $dash -c 'id -u'
		was_denied
		plug bob
	done
	# Root becomes anybody without keys, and others ask for passwords.
	unplug alice bob
	run -0 typed -- su -c 'id -u'
	run -0 typed -- su eve -c 'id -u'
	has 4711
	run -0 typed -a "Password: =eve-password" -- setpriv --reuid=65534 --clear-groups su eve -c 'id -u'
	has 4711
}

@test "sudo and sudo-i" {
	install_stack sudo sudo
	install_stack sudo sudo-i
	{ manual "$PAGE" sudoers && printf 'eve ALL=(ALL) ALL\n'; } >/etc/sudoers.d/eve
	chmod 0440 /etc/sudoers.d/eve
	for option in "" -i; do
		vault_fresh
		run -0 as_eve sudo $option id -u
		[[ $output == *$'\n0\r'* ]]
		was_granted
		# No ticket stands in the way of the next.
		run -0 as_eve sudo $option id -u
		[[ "$(entries)" == "$granted $granted" ]]
		vault_fresh
		unplug bob
		sed -i '1s/$/ timeout=10/' /etc/pam.d/sudo /etc/pam.d/sudo-i
		run -1 as_eve sudo $option id -u
		hasnt $'\n0\r'
		was_denied
		install_stack sudo sudo sudo-i
		plug bob
	done
	printf 'eve ALL=(ALL) NOPASSWD: ALL\n' >>/etc/sudoers.d/eve
	run -1 as_eve sudo id -u
	hasnt $'\n0\r'
}

# A shell at a prompt says who it is, and goes.
at_console() {
	typed -a "press Enter.*: =" -a '[#$] $=echo I am $(id -u); exit' "$@" -- login -p -h console1.example root
}

@test "login on a console with USB" {
	install_stack login login
	run -0 at_console
	has "I am 0"
	was_granted
	[ "$(entry session.opened '[.service,.user,.rhost]|join(" ")')" = "login root console1.example" ]
	vault_fresh
	unplug bob
	sed -i 's/users=root/users=root timeout=10/' /etc/pam.d/login
	run at_console -a "login: =^C" -a "Password: =root-password"
	[ "$status" != 0 ]
	hasnt "I am 0"
	was_denied
	run -0 typed -a "Password: =eve-password" -a '[#$] $=echo I am $(id -u); exit' -- login -p eve
	has "I am 4711"
}

@test "login on a console without USB: two keys, or the sealed password" {
	install_stack login-without-usb login
	run -0 at_console
	has "I am 0"
	was_granted
	install_stack passwd chpasswd
	chpasswd <<<'root:sealed 17'
	run -0 opened
	vault_fresh
	unplug alice bob
	run -0 typed -a "Reason.*: =" -a "Password: =$(cat password)" -a '[#$] $=echo I am $(id -u); exit' -- login -p root
	has "I am 0"
	[ "$(entries)" = "login.attempts session.opened session.closed" ]
	[ "$(entry session.opened .login)" = null ]
	vault_fresh
	plug alice
	sed -i 's/timeout=45/timeout=10/' /etc/pam.d/login
	run typed -a "press Enter.*: =" -a "Password: =wrong" -a "login: =^C" -- login -p root
	[ "$status" != 0 ]
	was_denied
}

sshd_start() {
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f client
	install -d -m 0755 /run/home
	install -m 0644 client.pub /run/home/authorized_keys
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	manual "$PAGE" sshd_config >manual.text || return 1
	{
		printf '%s\n' "ListenAddress 127.0.0.1" "Port $port" "HostKey $PWD/host" "PidFile $PWD/sshd.pid" \
			"StrictModes no" "AuthorizedKeysFile /run/home/authorized_keys"
		cat manual.text
	} >sshd_config
	"${SSHD:-/usr/sbin/sshd}" -f sshd_config -E sshd.log
	until_true test -s sshd.pid
}
ssh_as() { # USER METHODS COMMAND...
	local user=$1 methods=$2
	shift 2
	typed -a "[Pp]assword: =$user-password" -a "press Enter.*: =" -- ssh -F none -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o IdentityFile="$PWD/client" -o IdentitiesOnly=yes \
		-o PreferredAuthentications="$methods" -o NumberOfPasswordPrompts=1 -p "$port" "$user@127.0.0.1" "$@"
}

@test "sshd" {
	install_stack sshd sshd
	sshd_start
	run -0 ssh_as root publickey,password,keyboard-interactive 'echo "I am $(id -u)"'
	has "I am 0"
	was_granted
	vault_fresh
	run -255 ssh_as root publickey,password id
	[ "$(entries)" = "" ]
	# Without the lines for root alone, the account line holds.
	run -0 ssh_as eve publickey id
	has "uid=4711(eve)"
	run -0 ssh_as eve keyboard-interactive id
	has "uid=4711(eve)"
	[ "$(entries)" = "" ]
	unplug bob
	sed -i 's/users=root/users=root timeout=10/' /etc/pam.d/sshd
	run -255 ssh_as root keyboard-interactive id
	hasnt "uid=0"
	was_denied
	kill "$(cat sshd.pid)"
	sed -i '/^Match/,$d' sshd_config
	until_true test ! -e sshd.pid
	"${SSHD:-/usr/sbin/sshd}" -f sshd_config -E sshd.log
	until_true test -s sshd.pid
	vault_fresh
	run -255 ssh_as root publickey id
	hasnt "Connection refused"
	hasnt "uid=0"
	[ "$(entries)" = "" ]
}

@test "polkit-1: two keys of the administrator that is asked" {
	install_stack polkit-1 polkit-1
	as_polkit() { typed -a "press Enter.*: =" -a "[Pp]assword: =eve-password" -- pamtester polkit-1 eve authenticate acct_mgmt; }
	run -0 as_polkit
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted" ]
	[ "$(entry ceremony.requested '.statement.subject|[.service,.user]|join(" ")')" = "polkit-1 eve" ]
	run ! pamtester polkit-1 eve acct_mgmt
	vault_fresh
	unplug bob
	sed -i '1s/$/ timeout=10/' /etc/pam.d/polkit-1
	run ! as_polkit
	hasnt "successfully authenticated"
	was_denied
}

@test "other: root by two keys at any door without a file of its own" {
	install_stack other other
	anywhere() { typed -a "press Enter.*: =" -a "[Pp]assword: =$1-password" -- pamtester no-such-file "$@"; }
	run -0 anywhere root authenticate acct_mgmt open_session close_session
	was_granted
	run ! pamtester no-such-file root acct_mgmt
	vault_fresh
	run -0 anywhere eve authenticate acct_mgmt
	[ "$(entries)" = "" ]
	unplug bob
	sed -i '1s/$/ timeout=10/' /etc/pam.d/other
	run ! anywhere root authenticate
	hasnt "successfully authenticated"
	was_denied
}

@test "passwd, chpasswd, common-password" {
	install_stack passwd passwd chpasswd
	run -0 typed -a "[Nn]ew password: =from the keyboard 21" -- passwd
	shadow_is 'from the keyboard 21'
	run -0 chpasswd <<<'root:from a program 22'
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed rotation.confirmed" ]
	install_stack common-password common-password
	printf '@include common-password\n' | tee /etc/pam.d/passwd >/etc/pam.d/chpasswd
	run -0 chpasswd <<<'root:from a program 23'
	shadow_is 'from a program 23'
	run -0 typed -a "[Nn]ew password: =eve has a new one" -- passwd eve
	unplug bob
	run ! opened --timeout 5
	plug bob
	run -0 opened
	[ "$(cat password)" = "from a program 23" ]
	mv /var/lib/twokey/store /var/lib/twokey/away
	run ! chpasswd <<<'root:never set 24'
	mv /var/lib/twokey/away /var/lib/twokey/store
	shadow_is 'from a program 23'
	all_well
}

@test "doctor --pam finds nothing in the stacks of the page, and one way past the keys without USB" {
	install_stack su su
	install_stack sudo sudo sudo-i
	install_stack login login
	install_stack sshd sshd
	install_stack polkit-1 polkit-1
	install_stack other other
	install_stack passwd passwd chpasswd
	install_stack common-password common-password
	sed -i 's/ nullok//' /etc/pam.d/common-auth
	run "$TWOKEY" doctor --pam
	hasnt "BAD   pam "
	hasnt "note  pam "
	for what in su su-l sudo sudo-i login sshd polkit-1 other common-password passwd chpasswd; do
		[[ $output == *"ok    pam $what "* ]] || { printf '%s: %s\n' "$what" "$output"; return 1; }
	done
	install_stack login-without-usb login
	run "$TWOKEY" doctor --pam
	has "BAD   pam login "
}
