# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the scenes that put twokey before root's doors: the stacks, each door as a
# function, and what the log says of who went through.

# shellcheck disable=SC2034 # scenes use what is set here
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh
# shellcheck source=tests/lib/manual.bash
. /vm/manual.bash

gate=$TK_ROOT/libexec/twokey/twokey-gate
doors=(login sshd su sudo)
# Nobody but a test needs to be quick: this guest is slow.
patient=60

# --- stacks -------------------------------------------------------------------

# stack NAME SECONDS SERVICE...: the stack NAME of pam_twokey(8) as /etc/pam.d/SERVICE,
# with so long to show keys.  doors_back undoes it.
stack() {
	local name=$1 limit=$2 service
	shift 2
	for service; do
		[ -f "/vm/pam.$service" ] || cp -p "/etc/pam.d/$service" "/vm/pam.$service"
		manual /vm/pam_twokey.8 "$name" >/vm/stack || return 1
		sed "/^auth.*pam_twokey/ { s/ timeout=[0-9]*//; s/\$/ timeout=$limit/; }
			s|pam_twokey\.so|$TK_ROOT/lib/security/&|" /vm/stack >"/etc/pam.d/$service"
	done
}
stack_of_login() {
	sed -i 's/^LOGIN_TIMEOUT.*/LOGIN_TIMEOUT 120/' /etc/login.defs
	stack login "$1" login
}
stack_of_sshd() { stack sshd "$1" sshd; }
stack_of_su() { stack su "$1" su; }
stack_of_sudo() { stack sudo "$1" sudo sudo-i; }

# doors_shut SECONDS [DOOR...]: two keys at each of them, and so long to show them.
doors_shut() {
	local limit=$1 door
	shift
	[ $# -gt 0 ] || set -- "${doors[@]}"
	for door; do "stack_of_$door" "$limit" || return 1; done
}

# What was before twokey.
doors_back() {
	local file
	carol_leaves
	for file in /vm/pam.*; do
		[ ! -f "$file" ] || pam_back "${file##*/pam.}"
	done
}

# Carol logs in by ssh once, and stays: what she types then is typed in that session.
carol_stays() {
	mkdir -p "$HOME"/.ssh
	printf '%s\n' 'Match user carol' 'ControlMaster auto' 'ControlPath /vm/carol' \
		'ControlPersist yes' >"$HOME"/.ssh/config
	keep 0 carol ssh_as carol "${carol_says[@]}" -- true
}
carol_leaves() {
	[ ! -S /vm/carol ] || ssh -q -O exit carol@127.0.0.1
	rm -f "$HOME"/.ssh/config
}

# Root with a password of its own, carol who may use sudo, sshd, and /vm/bin/me,
# which tells of the session that it runs in.
town() {
	person carol pw-of-carol && person root pw-of-root && sshd_open || return 1
	manual /vm/pam_twokey.8 sudoers >/etc/sudoers.d/twokey || return 1
	printf '%s\n' '#!/bin/sh' \
		"echo \"me \$(id -u) \$(cat /proc/self/loginuid) \$(cat /proc/self/sessionid)\"" >/vm/bin/me
	chmod 0755 /vm/bin/me
}

# --- doors --------------------------------------------------------------------

# Each: through_DOOR STATUS FILE [DRIVE OPTION...], with a reason given, and
# /vm/bin/me run inside.  What the terminal showed is in FILE.
people_say=(-a 'Reason for this login.*: =the tests')
carol_says=(-a '\(carol@127.*Password: =pw-of-carol')

# login has its own time limit, and its own tries: a new one for everybody.
console_anew() { systemctl restart serial-getty@ttyS1; }

through_login() {
	local want=$1 file=$2
	shift 2
	console_anew && keep "$want" "$file" types_at_console 'logout|Login incorrect' \
		"$@" "${people_say[@]}" -a 'guest login: =root' -a 'root@guest:.*# =/vm/bin/me||exit'
}

through_sshd() {
	local want=$1 file=$2
	shift 2
	keep "$want" "$file" ssh_as root "$@" "${people_say[@]}" -- /vm/bin/me
}

through_su() {
	local want=$1 file=$2
	shift 2
	keep "$want" "$file" ssh_as carol "$@" "${people_say[@]}" -- 'su -c /vm/bin/me'
}

through_sudo() {
	local want=$1 file=$2
	shift 2
	keep "$want" "$file" ssh_as carol "$@" "${people_say[@]}" -- 'sudo -i /vm/bin/me'
}

# --- the log ------------------------------------------------------------------

# entries: how many there are; entries FROM...: see there.
entries() {
	if [ $# = 0 ]; then
		wc -l </var/lib/twokey/store/log/guest.jsonl
	else
		python3 /vm/entries.py "$@"
	fi
}

# shows FILE REGEX...: a terminal showed it, colours and the like set aside.
shows() {
	local file=$1 want
	shift
	for want; do
		sed 's/\x1b\[[?0-9;]*[A-Za-z]//g; s/\r//g' "$file" | grep -qE "$want" ||
			{ echo "missing: $want" && return 1; }
	done
}

granted=(ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed)
denied=(ceremony.requested ceremony.approved ceremony.denied)
inside='^me 0 [0-9]+ [0-9]+$'

# me FILE: what /vm/bin/me said: uid, login uid, audit session.
me() { sed 's/\x1b\[[?0-9;]*[A-Za-z]//g; s/\r//g' "$1" | sed -n 's/^me \([0-9 ]*\)$/\1/p'; }
nobody_inside() { ! shows "$1" "$inside" >/dev/null; }
# kept_out FROM FILE: nobody got in, and the log says so.
kept_out() { entries "$1" = "${denied[@]}" && nobody_inside "$2"; }

log_whole() { keep 0 verified twokey log verify && grep -qx 'everything holds' verified; }
