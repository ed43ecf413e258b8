# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the scenes that put twokey before root's doors: the stacks, each door as a
# function, and what the log says of who went through.

# shellcheck disable=SC2034 # scenes use what is set here
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

gate=$TK_ROOT/libexec/twokey/twokey-gate
doors=(login sshd su sudo)
# Nobody but a test needs to be quick: this guest is slow.
patient=60

# --- stacks -------------------------------------------------------------------

# stack SERVICE SECONDS <<LINES: /etc/pam.d/SERVICE, with MODULE for the module
# in an auth line and OURS elsewhere.  pam_back undoes it.
stack() {
	[ -f "/vm/pam.$1" ] || cp -p "/etc/pam.d/$1" "/vm/pam.$1"
	sed "s|MODULE|$TK_ROOT/lib/security/pam_twokey.so timeout=$2|
		s|OURS|$TK_ROOT/lib/security/pam_twokey.so|" >"/etc/pam.d/$1"
}

# Root by two keys; others as Debian has it.  Ours stands behind pam_loginuid,
# which makes the ids that auditd knows a session by.
stack_of_login() {
	stack login "$1" <<-'STACK'
		auth     requisite  pam_nologin.so
		auth     required   MODULE users=root
		auth     [success=2 default=ignore] pam_succeed_if.so uid = 0 quiet
		@include common-auth
		account  required   OURS users=root
		@include common-account
		session  required   pam_loginuid.so
		session  required   OURS users=root
		@include common-session
	STACK
}

stack_of_sshd() {
	stack sshd "$1" <<-'STACK'
		auth     required   MODULE users=root
		auth     [success=2 default=ignore] pam_succeed_if.so uid = 0 quiet
		@include common-auth
		account  required   pam_nologin.so
		account  required   OURS users=root
		@include common-account
		session  required   pam_loginuid.so
		session  required   OURS users=root
		@include common-session-noninteractive
	STACK
}

stack_of_su() {
	stack su "$1" <<-'STACK'
		auth     sufficient pam_rootok.so
		auth     required   MODULE users=root
		auth     [success=2 default=ignore] pam_succeed_if.so uid = 0 quiet
		@include common-auth
		account  [success=1 default=ignore] pam_rootok.so
		account  required   OURS users=root
		@include common-account
		session  required   OURS users=root
		@include common-session
	STACK
}

# sudo authenticates the caller, so no users= here.
stack_of_sudo() {
	local service
	for service in sudo sudo-i; do
		stack "$service" "$1" <<-'STACK'
			auth     required   MODULE
			account  [success=1 default=ignore] pam_rootok.so
			account  required   OURS
			@include common-account
			session  required   OURS
			@include common-session-noninteractive
		STACK
	done
}

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
	# One try: three of them would be three ceremonies.
	printf 'Defaults passwd_tries=1\n' >/etc/sudoers.d/twokey
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
