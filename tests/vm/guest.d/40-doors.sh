# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Debian's own doors to root, as they are before twokey stands in them: that
# people can be played at each of them, and that what journal and auditd write
# down of it is found.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

begin=$(moment)
console() {
	keep 0 by_login types_at_console logout -a 'login: =root' -a 'Password: =pw-of-root' \
		-a 'root@guest:.*# =whoami; tty||exit' && said by_login root /dev/ttyS1
}
with_su() {
	keep 0 by_su types_as carol -a 'Password: =pw-of-root' -- su -c 'whoami; pwd' && said by_su root
}
with_sudo() {
	keep 0 by_sudo types_as carol -a 'password for carol: =pw-of-carol' -- sudo -i whoami && said by_sudo root
}
# A login uid is what auditd knows people by: sshd sets it, through PAM.
with_ssh() {
	keep 0 by_ssh ssh_as root -a 'Password: =pw-of-root' -- 'whoami; echo $(cat /proc/self/loginuid)' &&
		said by_ssh root 0
}
su_in_session() {
	keep 0 su_in_session ssh_as carol -a 'carol@127.*Password: =pw-of-carol' -a 'Password: =pw-of-root' -- \
		'su -c "whoami; echo \$(cat /proc/self/loginuid)"' && said su_in_session root "$(id -u carol)"
}
denied() {
	pam_first su 'auth requisite pam_deny.so' && keep 1 denied types_as carol -a 'Password: =pw-of-root' -- \
		su -c whoami && pam_back su
}
with_wrong() { keep 255 wrong ssh_as root -a 'Password: =not-the-password' -- true; }
in_journal() { # REGEX...
	local want
	journal_since "$begin" | tee journal
	for want; do grep -E "$want" journal || { echo "missing: $want" && return 1; }; done
}
in_audit() { # REGEX...
	local want
	audit_since "$begin" -m USER_AUTH,USER_LOGIN,USER_START | tee audit
	for want; do grep -E "$want" audit || { echo "missing: $want" && return 1; }; done
}

tap_run "there is an ordinary user" person carol pw-of-carol
tap_run "root has a password" person root pw-of-root
tap_run "sshd lets root in by keyboard-interactive" sshd_open
tap_run "login at the serial console" console
tap_run "su" with_su
tap_run "sudo -i" with_sudo
tap_run "ssh" with_ssh
tap_run "ssh with a wrong password" with_wrong
tap_run "su in a session: the login uid stays carol's" su_in_session
tap_run "a line of PAM shuts a door" denied
tap_run "and it opens again" with_su
tap_run "the journal has all of them" in_journal 'login\[.*ROOT LOGIN.*ttyS1' \
	'su\[.*session opened for user root' 'sudo.*session opened for user root' \
	'sshd\[.*Accepted keyboard-interactive/pam for root' 'sshd\[.*authentication failure.*user=root'
tap_run "auditd has all of them" in_audit 'exe=/usr/bin/login .*terminal=.*ttyS1 res=success' \
	'exe=/usr/bin/su .*res=success' 'exe=/usr/bin/sudo .*res=success' \
	'exe=/usr/sbin/sshd .*res=success' 'exe=/usr/sbin/sshd .*res=failed'
tap_done
