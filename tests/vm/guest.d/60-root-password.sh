# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Root's own password: sealed before it is set, opened by two keys for a console
# that has no use for keys, and replaced once somebody knew it.
# shellcheck source=tests/vm/doors.sh
. /vm/doors.sh

# A password is another way in at the console here: whoever has no key at hand answers
# with Enter.
stacks() {
	stack passwd 0 passwd chpasswd && doors_shut "$patient" su sudo sshd &&
		stack login-without-usb "$patient" login
}

shadow_is() {
	python3 -W ignore -c 'import crypt, spwd, sys; h = spwd.getspnam("root").sp_pwdp
sys.exit(crypt.crypt(sys.argv[1], h) != h)' "$1"
}
hash_of_root() { getent shadow root | cut -d: -f2; }
# opened: by two keys, into the file `password`.
opened() {
	types -o password -- twokey unseal linux-guest --reason "a console without USB" --show \
		--force-stdout && printf '%s\n' "$(cat password)" >>/vm/passwords
}
rotated=(record.sealed rotation.confirmed)

with_chpasswd() {
	local from
	from=$(entries)
	echo 'seal-me-2-please' >>/vm/passwords
	chpasswd <<<'root:seal-me-2-please' && shadow_is 'seal-me-2-please' || return 1
	entries "$from" = "${rotated[@]}" &&
		[ "$(entries "$from" record.sealed record candidate kind)" = "linux-guest true linux-root" ] &&
		[ "$(entries "$from" rotation.confirmed record by)" = "linux-guest shadow" ]
}

# Carol, as root by two keys: a new password, a look at it, and away.
with_passwd() {
	local from before
	from=$(entries)
	echo 'typed-by-carol-3' >>/vm/passwords
	keep 0 in_shell ssh_as carol "${people_say[@]}" -a 'ew password: =typed-by-carol-3' \
		-a "root@guest.*# =passwd||getent shadow root >hash||$TK_ROOT/bin/twokey unseal linux-guest --reason \"is it there\" --show --force-stdout||exit" \
		-- 'cd /vm/work/60-root-password && su' || return 1
	shows in_shell 'passwd: password updated successfully' '^typed-by-carol-3$' || return 1
	entries "$from" = ceremony.requested ceremony.approved ceremony.approved login.granted session.opened \
		"${rotated[@]}" ceremony.requested ceremony.approved ceremony.approved released session.closed \
		"${rotated[@]}" || return 1
	before=$(cut -d: -f2 hash)
	[ "$(entries "$from" record.sealed/1 record fields.0.known_to)" = 'linux-guest ["carol"]' ] &&
		[ "$before" != "$(hash_of_root)" ] && ! shadow_is 'typed-by-carol-3'
}
status_is() { keep "$1" status twokey status --record linux-guest; }

# Two people open it elsewhere; at the console nobody has a key.
at_console() {
	local from password before
	opened && shadow_is "$(cat password)" && status_is 7 && unplug alice bob || return 1
	from=$(entries) before=$(hash_of_root) password=$(sed 's/\\/\\\\/g; s/=/\\x3d/g' password)
	through_login 0 by_password -a 'Reason for this login.*: =' -a "Password: =$password" &&
		shows by_password "$inside" || return 1
	entries "$from" = login.attempts session.opened session.closed "${rotated[@]}" &&
		[ "$(entries "$from" session.opened service login)" = "login null" ] &&
		[ "$before" != "$(hash_of_root)" ] && ! shadow_is "$(cat password)"
}
wrong_at_console() {
	local from
	from=$(entries)
	through_login 0 by_wrong -a 'Reason for this login.*: =' -a 'Password: =not-the-password' &&
		shows by_wrong 'Login incorrect' && nobody_inside by_wrong && entries "$from" =
}

# --- the timer ----------------------------------------------------------------

# The clock steps; what systemd itself does at such a time is not ours.
step() { date -s "$1" && sleep 1; }
upkeep() { keep "$1" upkeep "$gate" upkeep; }
unit=$TK_ROOT/lib/systemd/system/twokey-upkeep

past_deadline() {
	local from before
	plug alice bob && opened && from=$(entries) before=$(hash_of_root) || return 1
	upkeep 0 && entries "$from" = && step '+61 min' || return 1
	upkeep 0 && entries "$from" = "${rotated[@]}" && [ "$before" != "$(hash_of_root)" ] &&
		upkeep 0 && entries "$from" = "${rotated[@]}" && status_is 0
}
# As it is installed, with its sandbox, by systemd's own clock.
by_timer() {
	local from rc=0
	opened && from=$(entries) || return 1
	cp "$unit".{service,timer} /run/systemd/system || return 1
	case $TK_ROOT/ in
	/tmp/* | /var/tmp/*)	# where no installation is, the sandbox hides the gate itself
		mkdir -p /run/systemd/system/twokey-upkeep.service.d
		printf '[Service]\nPrivateTmp=no\n' >/run/systemd/system/twokey-upkeep.service.d/tmp.conf
		;;
	esac
	systemctl daemon-reload && systemctl start twokey-upkeep.timer && step '+61 min' || return 1
	entries "$from" = "${rotated[@]}" || rc=1
	systemctl stop twokey-upkeep.timer
	systemctl status --no-pager twokey-upkeep.service
	systemctl --quiet is-failed twokey-upkeep.service && rc=1
	status_is 0 && ! shadow_is "$(cat password)" && return "$rc"
}
once_an_hour() {
	local from before rc=0
	opened && from=$(entries) before=$(hash_of_root) && step '+61 min' || return 1
	mount --bind /bin/false /usr/sbin/chpasswd || return 1
	upkeep 1 && grep -q 'chpasswd could not set the password' upkeep || rc=1
	upkeep 0 || rc=1
	entries "$from" = record.sealed || rc=1
	umount /usr/sbin/chpasswd
	step '+50 min' && upkeep 0 && entries "$from" = record.sealed && [ "$before" = "$(hash_of_root)" ] || rc=1
	step '+11 min' && upkeep 0 && entries "$from" = record.sealed "${rotated[@]}" || rc=1
	[ "$before" != "$(hash_of_root)" ] && [ "$rc" = 0 ]
}

tap_run "a vault, and both keys" vault_ready
tap_run "people, and sshd" town
tap_run "twokey seals root's password; the console takes it too" stacks
tap_run "carol logs in" carol_stays
tap_run "chpasswd: sealed, set, confirmed" with_chpasswd
tap_run "passwd in a root shell: the same, opened by two, and another one after the session" with_passwd
tap_run "nothing is due" status_is 0
tap_run "a wrong password at the console, without keys" wrong_at_console
tap_run "the password at the console, without keys; another one after that session" at_console
tap_run "nothing is due then" status_is 0
tap_run "past its deadline it is replaced, once" past_deadline
if [ -f "$unit.timer" ]; then
	tap_run "by systemd's timer" by_timer
else
	tap_skip "by systemd's timer" "this build installs no twokey-upkeep.timer"
fi
tap_run "when chpasswd can not: said, and tried again after an hour" once_an_hour
tap_run "the log is whole" log_whole
doors_back
tap_done
