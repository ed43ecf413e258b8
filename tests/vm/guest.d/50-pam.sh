# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Root behind two keys: at the serial console, by ssh, by su, by sudo.
# shellcheck source=tests/vm/doors.sh
. /vm/doors.sh

declare -A where=(
	[login]='login root /dev/ttyS1 '
	[sshd]='sshd root ssh 127\.0\.0\.1'
	[su]='su root /dev/pts/[0-9]+ '
	[sudo]='sudo-i root /dev/pts/[0-9]+ '
)
two_keys() { # DOOR
	local from
	from=$(entries)
	"through_$1" 0 "$1.in" && entries "$from" through "$1.in" "${where[$1]}"
}
# Alice's key is pulled out when it blinks for a login by su.
out_and_back() {
	local from
	from=$(entries)
	plug alice && pulled_out through_su 0 back -a 'not plugged in any more=!/vm/do plug alice' \
		-a 'press Enter.*: =' && shows back 'passed by.*not plugged in any more' "$inside" &&
		entries "$from" = "${granted[@]}"
}
out_for_good() {
	local from
	from=$(entries)
	plug alice && doors_shut 40 su && pulled_out through_su 1 gone -a 'press Enter.*: =' &&
		shows gone 'passed by.*not plugged in any more' && kept_out "$from" gone &&
		entries "$from" ceremony.denied code text
}

# The session that our log names is the one that auditd knows.
in_audit() { # DOOR PROGRAM TYPE...
	local door=$1 program=$2 session type
	shift 2
	session=$(me "$door.in" | cut -d' ' -f3) && [ -n "$session" ] || return 1
	ausearch --input-logs -i -m USER_START,USER_LOGIN --session "$session" | tee audit
	for type; do grep -E "^type=$type .*exe=$program .*res=success" audit || return 1; done
}
in_journal() { # REGEX...
	local want
	journal_since "$begin" SYSLOG_FACILITY=10 -t twokey-gate | tee journal
	for want; do grep -E "$want" journal || { echo "missing: $want" && return 1; }; done
}

# As it is installed: from here on a gate waits for every login, in all scenes.
unit=$TK_ROOT/lib/systemd/system/twokey-gate
by_socket() {
	cp "$unit".{service,socket} /run/systemd/system && systemctl daemon-reload &&
		systemctl start twokey-gate.socket && [ "$(stat -c '%U %a' /run/twokey/gate)" = "root 600" ]
}
waits() { systemctl --quiet is-active twokey-gate.service && pgrep -f "twokey-gate spare"; }
# Who wrote the grants: processes of the unit's.  On a machine as slow as this one the next
# one may not be there within the module's second, and the module starts its own.
granted_by() { journal_since "$begin" -t twokey-gate "$@" | grep -c 'login granted'; }
waited() {
	printf '%s of %s\n' "$(granted_by _SYSTEMD_UNIT=twokey-gate.service)" "$(granted_by)"
	[ "$(granted_by)" -ge 5 ] && [ "$(granted_by _SYSTEMD_UNIT=twokey-gate.service)" -ge 3 ]
}

begin=$(moment)
tap_run "a socket at which a gate waits" by_socket
tap_run "a vault, and both keys" vault_ready
tap_run "people, and sshd" town
tap_run "two keys stand before all doors" doors_shut "$patient"
tap_run "carol logs in, without" carol_stays
for door in "${doors[@]}"; do tap_run "two keys open $door" two_keys "$door"; done
tap_run "alice's key pulled out and plugged in again: the login goes on" out_and_back
tap_run "pulled out for good: refused" out_for_good
tap_run "a gate waits" waits
tap_run "such gates have served" waited
tap_run "auditd knows login's session" in_audit login /usr/bin/login USER_START USER_LOGIN
tap_run "and sshd's" in_audit sshd /usr/sbin/sshd USER_START USER_LOGIN
tap_run "and carol's, for su" in_audit su /usr/bin/su USER_START
tap_run "and for sudo" in_audit sudo /usr/bin/sudo USER_START
tap_run "authpriv has grants, sessions and the refusal" in_journal \
	'login granted: login for root from "" on "/dev/ttyS1"' \
	'session opened: sshd for root from "127.0.0.1" on "ssh", entry [0-9]+, granted by two keys' \
	'session closed: sudo-i for root, entry [0-9]+, [0-9]+ s' \
	'auth refused: su for root .*Not enough approvals'
tap_run "the log is whole" log_whole
tap_run "alice is back" plug alice
doors_back
tap_done
