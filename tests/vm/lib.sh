# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the scenes in guest.d: keys that come and go, a vault, people who type,
# and what the system wrote down of it.  Results: tap.sh, as in tests/groups.

# shellcheck source=tests/lib/tap.sh
. /vm/tap.sh

keys=/vm/keys people=(alice bob)

# --- keys ---------------------------------------------------------------------

# hidraw_of NAME: the /dev/hidraw of a key that is plugged in.
hidraw_of() {
	local dir
	for dir in /sys/class/hidraw/hidraw*; do
		if grep -qx "HID_NAME=softkey $1" "$dir/device/uevent" 2>/dev/null; then
			printf '/dev/%s\n' "${dir##*/}"
			return 0
		fi
	done
	return 1
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

hidraw_there() {
	local path
	path=$(hidraw_of "$1") && [ -c "$path" ]
}
hidraw_gone() { ! hidraw_of "$1" >/dev/null; }

# plug NAME...: each person's key, made at first, with the PIN pin-NAME.
plug() {
	local name
	mkdir -p "$keys/pid"
	for name; do
		hidraw_gone "$name" || continue
		[ -d "$keys/$name.key" ] || softkey new "$keys/$name.key" --pin "pin-$name" >&2 || return 1
		softkey serve "$keys/$name.key" --uhid /dev/uhid --background >"$keys/pid/$name" &&
			wait_for 20 hidraw_there "$name" || return 1
	done
	# Rules of udev too have had their say about it.
	udevadm settle -t 20
}

# unplug NAME...: pulled out, whatever is going on.
unplug() {
	local name
	for name; do
		hidraw_gone "$name" && continue
		kill "$(cat "$keys/pid/$name")" && wait_for 20 hidraw_gone "$name" || return 1
	done
}

# key NAME REQUEST...: softkey's ctl, for buttons and faults.
key() {
	local name=$1
	shift
	softkey ctl "$keys/$name.key" "$@"
}

# pulled_out COMMAND...: alice pulls her key out when it blinks.
pulled_out() {
	local rc=0 pid
	key alice button wait || return 1
	(key alice await 60000 && unplug alice) &
	pid=$!
	"$@" || rc=$?
	wait "$pid" && return "$rc"
}

# --- people -------------------------------------------------------------------

# types [DRIVE OPTION...] -- COMMAND...: on a terminal of its own; the rules are
# drive.py's, and people know the PINs of their keys.  A rule's `!WORDS` runs
# /bin/sh; `!/vm/do unplug alice` calls what is here.
types() {
	local -a rules=()
	local who
	while [ "$1" != -- ]; do
		rules+=("$1" "$2")
		shift 2
	done
	shift
	for who in "${people[@]}"; do rules+=(-a "PIN (for $who's|of the .*$who).*: =pin-$who"); done
	python3 /vm/drive.py -t "${TYPES_SECONDS:-60}" "${rules[@]}" -- "$@"
}

# The same at the serial console; ends when UNTIL, a regular expression, is read.
types_at_console() { # UNTIL [DRIVE OPTION...]
	local until=$1
	shift
	types "$@" -- python3 /vm/cable.py /dev/virtio-ports/cable "$until"
}

# types_as USER [DRIVE OPTION...] -- COMMAND...: the terminal of an ordinary user.
types_as() {
	local user=$1
	local -a rules=()
	shift
	while [ "$1" != -- ]; do
		rules+=("$1" "$2")
		shift 2
	done
	shift
	types "${rules[@]}" -- runuser -u "$user" -- "$@"
}

# ssh_as USER [DRIVE OPTION...] -- COMMAND...: keyboard-interactive, and a terminal.
# Such a session has a login uid, as one of types_as has not.
ssh_as() {
	local user=$1
	local -a rules=()
	shift
	while [ "$1" != -- ]; do
		rules+=("$1" "$2")
		shift 2
	done
	shift
	types "${rules[@]}" -- ssh -tt -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o PreferredAuthentications=keyboard-interactive -o NumberOfPasswordPrompts=1 \
		"$user@127.0.0.1" "$@"
}

# person NAME PASSWORD: an ordinary user who may use sudo.
person() {
	id "$1" >/dev/null 2>&1 || useradd -m -s /bin/bash -G sudo "$1" || return 1
	printf '%s:%s\n' "$1" "$2" | chpasswd
}

# sshd_open: root may come in, by keyboard-interactive alone.
sshd_open() {
	printf '%s\n' 'PermitRootLogin yes' 'KbdInteractiveAuthentication yes' \
		'PasswordAuthentication no' 'PubkeyAuthentication no' >/etc/ssh/sshd_config.d/twokey.conf
	systemctl reload ssh
}

# pam_first SERVICE LINE: puts LINE in front of all of /etc/pam.d/SERVICE;
# pam_back SERVICE: as it was.  A module of this build is known by its path:
# $TK_ROOT/lib/security/...
pam_first() {
	[ -f "/vm/pam.$1" ] || cp -p "/etc/pam.d/$1" "/vm/pam.$1"
	sed -i "1i $2" "/etc/pam.d/$1"
}
pam_back() { cp -p "/vm/pam.$1" "/etc/pam.d/$1"; }

# --- what was written down ----------------------------------------------------

# A moment for journal_since and audit_since.
moment() { date +%s; }

# journal_since MOMENT [JOURNALCTL ARGUMENT...]: what went to auth and authpriv.
journal_since() {
	local since=$1
	shift
	journalctl --sync
	journalctl -q --no-pager -o short --since "@$since" SYSLOG_FACILITY=4 SYSLOG_FACILITY=10 "$@"
}

# audit_since MOMENT [AUSEARCH ARGUMENT...]: records of auditd, names for numbers.
audit_since() {
	local since=$1
	shift
	ausearch --input-logs -i -ts "$(date -d "@$since" +%x)" "$(date -d "@$since" +%X)" "$@"
}

# --- a vault ------------------------------------------------------------------

secret='correct-Horse-8-battery'

# enrolled NAME...: their bundles in $keys, made at first.
enrolled() {
	local who
	for who; do
		[ ! -f "$keys/$who.bundle" ] || continue
		plug "$who" && (cd "$keys" && types -- twokey enroll "$who") || return 1
	done
}

# vault_ready: root's vault, `2 of (alice, bob)`, with the record r; both keys
# are plugged in.  A root password that people knew is replaced when their session
# ends, or after an hour.
vault_ready() {
	enrolled alice && unplug alice && enrolled bob && plug alice bob || return 1
	[ ! -d /var/lib/twokey/store ] || return 0
	printf '{ "rotate_after": "session", "rotation_hours": %s }\n' \
		'{ "aws-root": 24, "generic": 24, "linux-root": 1 }' >/vm/rules.json
	types -- twokey init acme --rules /vm/rules.json --holder "$keys/alice.bundle" --holder "$keys/bob.bundle" \
		--quorum "2 of (alice, bob)" &&
		printf '%s' "$secret" | twokey seal r --kind generic --field password=@-
}

# keep STATUS FILE COMMAND...: succeeds when COMMAND ends with STATUS; its output
# is kept in FILE, and shown.
keep() {
	local want=$1 file=$2 rc=0
	shift 2
	"$@" >"$file" 2>&1 || rc=$?
	cat "$file"
	[ "$rc" = "$want" ] || {
		echo "ended with status $rc, not $want"
		return 1
	}
}

# said FILE LINE...: a terminal showed each of these lines, colours and the like
# set aside.
said() {
	local file=$1 line
	shift
	for line; do
		sed 's/\x1b\[[?0-9;]*[A-Za-z]//g; s/\r//g' "$file" | grep -qxF "$line" ||
			{ echo "missing: $line" && return 1; }
	done
}

# send NAME FILE: hands a file out of the guest.
send() { printf '%s %s\n' "$1" "$(base64 -w 0 "$2")" >/dev/virtio-ports/files; }
