#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A root password past its deadline is replaced by the timer; here the deadline
# is the moment at which somebody knew it.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	vault_ruled '{ "rotation_hours": { "aws-root": 24, "generic": 24, "linux-root": 0 } }'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	password_known
}
teardown() {
	unplug alice bob carol
	! mountpoint -q /usr/sbin/chpasswd || umount /usr/sbin/chpasswd
	cp shadow.before /etc/shadow
}

@test "past its deadline, by the timer, once" {
	run -0 "$GATE" upkeep
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed rotation.confirmed" ]
	run ! shadow_is 'known to many'
	run -0 opened
	shadow_is "$(cat password)"
	# From paper, on any keyboard: as pam_twokey(8) shows it.
	[[ $(cat password) =~ ^([a-hjkmnp-x2-9]{4}\.){6}[a-hjkmnp-x2-9]{4}$ ]]
	all_well
}

@test "chpasswd that cannot: said, and not tried again every minute" {
	mount --bind /bin/false /usr/sbin/chpasswd
	run -1 "$GATE" upkeep
	has "chpasswd could not set the password"
	run -0 "$GATE" upkeep
	umount /usr/sbin/chpasswd
	run -0 "$GATE" upkeep
	shadow_is 'known to many'
	[ "$(entries)" = "record.sealed rotation.confirmed record.sealed" ]
	run -0 opened
	[ "$(cat password)" = "known to many" ]
	all_well
}

@test "another host says that every version to come was opened: replaced once an hour at most" {
	local v zeros
	zeros=$(printf '0%.0s' {1..64})
	second_host
	for v in {1..9}; do
		printf '{"type":"released","time":"2099-01-01T00:00:00.000Z","statement":"%s","record":"linux-bastion1",
			"version":%s,"digest":"%s","fields":[{"as":"value","name":"password"}],"holders":["alice"],
			"due":"2020-01-01T00:00:00.000Z"}' "$zeros" "$v" "$zeros" | tr -d '\n\t' && echo
	done | second_says
	for v in 1 2 3; do run -0 "$GATE" upkeep; done
	[ "$(entry record.sealed .version)" = 2 ]
	for v in 1 2 3; do after 3700 run -0 "$GATE" upkeep; done
	[ "$(entry record.sealed .version)" = 3 ]
	run -0 opened
	shadow_is "$(cat password)"
}

@test "what else was sealed under its name before this was a host is not replaced with it" {
	printf x | "$TWOKEY" seal linux-bastion2 --kind generic --field value=@-
	second_host
	cp /etc/twokey/twokey.conf conf.before
	cp twokey2.conf /etc/twokey/twokey.conf
	chpasswd <<<'root:known to many'
	run -0 "$GATE" upkeep
	after 90000 run -0 "$GATE" upkeep
	cp conf.before /etc/twokey/twokey.conf
	[ "$(jq -r 'select(.type == "record.sealed").version' /var/lib/twokey/store/log/bastion2.jsonl | xargs)" = "2 3" ]
}

# Before every call that changes a file of the vault, and at moments in between:
# chpasswd's work is a process of its own.
@test "killed at any moment: the password in force can always be opened" {
	[ "$(uname -m)" = x86_64 ] || skip "tests/fault/trace.py knows the system calls of x86-64 only"
	local points v found how step=9
	[ "${TK_SLOW:-0}" = 0 ] || step=1	# ./tools/check --slow
	trace() { python3 "$TK_TOP/tests/fault/trace.py" "$1" points /var/lib/twokey -- "$GATE" upkeep; }
	run -0 trace count
	points=$(wc -l <points)
	[ "$points" -gt 40 ]
	for how in $(seq 1 "$step" "$points") t0.02 t0.04 t0.06 t0.08 t0.1 t0.12 t0.14 t0.16 t0.2; do
		vault_fresh
		chpasswd <<<'root:known to many'
		case $how in
		t*) timeout -s KILL "${how#t}" "$GATE" upkeep || : ;;
		*) run -137 trace "kill=$how" ;;
		esac
		found=0
		for ((v = $(entry record.sealed .version); v > 0; v--)); do
			run -0 opened --version "$v"
			! shadow_is "$(cat password)" || { found=1 && break; }
		done
		[ "$found" = 1 ]
		all_well
	done
}
