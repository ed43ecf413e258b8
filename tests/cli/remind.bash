# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For bats files about reminders: a vault with a record that was opened, and channels.

# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

HOUR=3600 DAY=86400

# For setup_file: a vault in v with record prod, which only CloudTrail's or holders' word and a new
# secret that nobody typed put in order, and v/base: when it was opened.  Drills are due after 60 days.
remind_vault() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf '{ "drill_days": 60 }' >rules
	vault "2 of (alice, bob, carol)" alice bob carol -- --rules rules || return 1
	"$TWOKEY" seal prod --conf twokey.conf --account 111122223333 --email root@example.com --new --no-totp &&
		tk alice.key carol.key -- unseal prod --reason "a test" --ticket INC-4711 --show --force-stdout >/dev/null &&
		date +%s -d "$("$TWOKEY" log show --conf twokey.conf --json |
			jq -rs 'map(select(.type == "released"))[-1].time')" >base
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

# remind SECONDS [ARGUMENT...]: so long after the release.
remind() {
	at_time "$((base + $1))" "$TWOKEY" remind --conf "${CONF:-twokey.conf}" "${@:2}"
}
# What was given: event and step of each reminder, and what of it is named.
told() { jq -r 'select(.event | test("due|overdue")) | "\(.event): \(.lines[0])"' "${1:-got}"; }
