# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For bats files about reminders: a vault with a record that was opened, and channels.

# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

# shellcheck disable=SC2034 # the files use them
HOUR=3600 DAY=86400
TRACE=()

# For setup_file: a vault in v with record prod, which only CloudTrail's or holders' word and a new
# secret that nobody typed put in order, and v/base: when it was opened, a day before it is due.  Drills are due
# after 60 days.
remind_vault() {
	local due
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf '{ "drill_days": 60 }' >rules
	vault "2 of (alice, bob, carol)" alice bob carol -- --rules rules || return 1
	"$TWOKEY" seal prod --conf twokey.conf --account 111122223333 --email root@example.com --new --no-totp &&
		tk alice.key carol.key -- unseal prod --reason "a test" --ticket INC-4711 --show --force-stdout >/dev/null &&
		due=$("$TWOKEY" log show --conf twokey.conf --json | jq -rs 'map(select(.type == "released"))[-1].due') &&
		echo $(($(date +%s -d "$due") - DAY)) >base
}

# For setup: a copy of v here, and a program that keeps what it is given in `got`, unless `fail` says
# how it ends.
remind_begin() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	base=$(cat base)
	printf '#!/bin/sh\n[ ! -e %q/fail ] || exit "$(cat %q/fail)"\ncat >>%q/got\n' "$PWD" "$PWD" "$PWD" >take
	chmod 0755 take
	: >got
}

# As root the network's helper is nobody, and reads the certificates in here.
reachable() {
	local d=$PWD end
	end=$(dirname "$(dirname "$TK_WORK")")
	while [ "$d" != "$end" ] && [ "$d" != / ]; do
		chmod a+x "$d" 2>/dev/null || :
		d=$(dirname "$d")
	done
}

# channels JSON...: the configuration's, each an object.
channels() {
	jq --argjson list "[$(
		IFS=,
		printf '%s' "$*"
	)]" '.notify = $list' "${CONF:-twokey.conf}" >c
	chmod 0600 c
	mv c "${CONF:-twokey.conf}"
}
program() { printf '{"channel": "program", "program": "%s/take"}' "$PWD"; }

# whole SECONDS: the same or less, so that a minute begins there: what is said to the minute holds until the next.
whole() { echo $(($1 - (base + $1) % 60)); }
# remind SECONDS [ARGUMENT...]: so long after the release.
remind() {
	at_time "$((base + $1))" "${TRACE[@]}" "$TWOKEY" remind --conf "${CONF:-twokey.conf}" "${@:2}"
}
# What was given: event and step of each reminder, and what of it is named.
told() { jq -r 'select(.event | test("due|overdue")) | "\(.event): \(.lines[0])"' "${1:-got}"; }

# A second host of the vault, in twokey2.conf with a channel of its own: the program writes to got2.
second() {
	second_host >/dev/null 2>&1 || return 1
	sed 's/\/got/\/got2/; s/\/fail/\/fail2/' take >take2
	chmod 0755 take2
	: >got2
	CONF=twokey2.conf channels "$(program | sed 's/take/take2/')"
}

# killed POINT COMMAND...: with kill -9 before that one of its changes of files here, if it makes so many.
killed() {
	local n=$1
	shift
	# shellcheck source=tests/lib/apart.bash
	. "$TK_TOP/tests/lib/apart.bash"
	local -a TRACE=("${apart[@]}" python3 "$TK_TOP/tests/fault/trace.py" "kill=$n" "$PWD/points" "$PWD" --)
	local rc=0
	# Leaks are not looked for in what is traced: that traces, too.
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "$@" >killed.log 2>&1 || rc=$?
	[ $rc = 0 ] || [ $rc = 137 ] || { cat killed.log && return 1; }
}
