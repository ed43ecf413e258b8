# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Logins on a machine whose clock steps or whose disk is read-only; and what the
# journal and auditd keep of all that was before.
# shellcheck source=tests/vm/doors.sh
. /vm/doors.sh

# By su, as the quickest door; the ids of a session are 50-pam's.
through() { # STATUS FILE [DRIVE OPTION...]
	local want=$1 file=$2
	shift 2
	keep "$want" "$file" types_as carol "$@" "${people_say[@]}" -- su -c /vm/bin/me
}
gets_in() { # NAME
	local from
	from=$(entries)
	through 0 "$1" && shows "$1" "$inside" && entries "$from" = "${granted[@]}"
}

# --- the clock ----------------------------------------------------------------

stepped() { date -s "$1" && gets_in "$2"; }
noted() { log_whole && grep -E 'stepped back by (8639|8640)[0-9]{4,} ms' verified; }

# While the second PIN is awaited a day goes by.
meanwhile() {
	local from rc=0
	from=$(entries)
	through 1 meanwhile -a 'approved at=!date -s "+1 day"' && nobody_inside meanwhile &&
		shows meanwhile 'The request expired' 'Log in again' && entries "$from" = "${denied[@]}" || rc=1
	entries "$from" ceremony.denied time code text || rc=1
	date -s '-1 day' && return "$rc"
}

# --- the disk -----------------------------------------------------------------

read_only() {
	local rc=0 from
	from=$(entries)
	mount --bind /var/lib/twokey /var/lib/twokey && mount -o remount,bind,ro /var/lib/twokey || return 1
	through 1 read_only && shows read_only 'Read-only file system' && nobody_inside read_only || rc=1
	umount /var/lib/twokey
	entries "$from" = && return "$rc"
}

# --- what is written down -----------------------------------------------------

# No PIN, and no password that was ever root's: neither as the journal shows it
# nor in any file beneath /var/log.
no_secret() {
	local word rc=0
	journalctl --sync
	journalctl -q --no-pager -b -o export >everything
	printf '%s\n' pin-alice pin-bob pw-of-root "$secret" >words
	[ ! -f /vm/passwords ] || cat /vm/passwords >>words
	while read -r word; do
		! grep -qaF -e "$word" everything || { echo "in the journal: $word" && rc=1; }
		! grep -rqaF -e "$word" /var/log || { echo "in /var/log: $word" && rc=1; }
	done <words
	wc -lc words everything
	# The search itself can find something.
	grep -qaF 'twokey-gate' everything && return "$rc"
}

tap_run "a vault, and both keys" vault_ready
tap_run "people, and sshd" town
tap_run "two keys stand before su" doors_shut "$patient" su
tap_run "the clock is a day behind: a login as ever" stepped '-1 day' behind
tap_run "it is right again" stepped '+1 day' right
tap_run "a day ahead" stepped '+1 day' ahead
tap_run "and right" stepped '-1 day' right_again
tap_run "log verify notes the steps, and all of it holds" noted
tap_run "a day goes by while a PIN is awaited: refused, and said" meanwhile
tap_run "and all of it holds still" log_whole
tap_run "a read-only disk: refused, with a sentence" read_only
tap_run "and once it can be written, root gets in" gets_in writable
tap_run "the log is whole" log_whole
tap_run "no PIN and no password is in the journal or beneath /var/log" no_secret
doors_back
tap_done
