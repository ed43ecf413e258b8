#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Reminders: each step once, whatever host comes first and whatever is killed.

# shellcheck source=tests/cli/remind.bash
. "${BATS_TEST_DIRNAME}/remind.bash"

setup_file() { remind_vault; }
setup() { remind_begin; }

# steps FILE: number of messages by event, and how many of them are escalated.
steps() {
	jq -rs 'map(select(.event | test("due|overdue"))) | [group_by(.event)[] | "\(length) \(.[0].event)"] +
		["\(map(select(.escalated)) | length) escalated"] | join(", ")' "$1"
}
twice() { jq -r .id "$@" | sort | uniq -d; }

@test "a rotation is told of half a day before, when it is due, each day for a week, each week, until it is done" {
	channels "$(program)"
	run -0 remind 10
	hasnt "written"
	run -0 remind $((12 * HOUR + 60))
	has "1 reminder written, 1 message sent, 0 wait."
	run -0 jq -r '.lines[], .command, .level, .record, .try, (.checkpoint | length)' got
	has "password of prod is to be rotated by $(date -u +%FT%H:%MZ -d "@$((base + DAY))")"
	has "The next reminder comes at $(date -u +%FT%H:%MZ -d "@$((base + DAY))"), if nothing is done."
	has "twokey rotate prod"
	[ "$(jq -r '.checkpoint[0]' got)" = "twokey/$(jq -r .vault state/pin.json)/bastion1" ]
	run -0 remind $((DAY - 60))
	[ "$(wc -l <got)" = 1 ]
	# Every seven hours for four weeks.
	for ((t = DAY + 60; t < 29 * DAY; t += 25200)); do remind $t >/dev/null 2>&1; done
	# Due on day 1; days 1 to 8, then 15 and 22.
	[ "$(steps got)" = "1 due soon, 10 overdue, 8 escalated" ]
	[ -z "$(twice got)" ]
	tk -o new alice.key bob.key -- rotate prod --show --force-stdout
	run -0 remind $((29 * DAY + 60)) --json
	[ "$(jq -r '.steps[0].step' <<<"$output")" = 12 ]
	[ "$(jq -rs '.[-1] | .command' got)" = "twokey rotate prod --confirm" ]
	[[ $(jq -rs '.[-1] | .lines[1]' got) == "Version 2 is sealed, and waits for its confirmation. The next"* ]]
	tk alice.key bob.key -- rotate prod --confirm
	for t in 31 37 44 51; do remind $((t * DAY)) >/dev/null 2>&1; done
	[ "$(jq -rs 'map(select(.event == "overdue")) | length' got)" = 11 ]
	run -0 "$TWOKEY" log verify --conf twokey.conf
	has "everything holds"
	hasnt "unknown type"
	run -0 /usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
	hasnt "unknown type"
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "reminded, step 1: password of prod is to be rotated by"
}
