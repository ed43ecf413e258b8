#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Whether the ways to tell people work: tried by hand, examined by doctor, watched by a monitor.

# shellcheck source=tests/cli/remind.bash
. "${BATS_TEST_DIRNAME}/remind.bash"

setup_file() { remind_vault; }
setup() { remind_begin; }

# other NAME: a program that fails while the file none is there, as a channel.
other() {
	sed 's/\/fail/\/none/g; s/\/got/\/got-2/' take >"$1"
	chmod 0755 "$1"
	printf '{"channel": "program", "name": "%s", "program": "%s/%s"}' "$1" "$PWD" "$1"
}
# nagios SECONDS: the line, when so much time has passed since the release.
nagios() { at_time "$((base + $1))" "$TWOKEY" status --conf twokey.conf --format nagios; }

@test "each channel that fails is named; a mended one is tried at once by --now, and by its time else" {
	channels "$(program)" "$(other other)" "$(other third)"
	printf 3 >fail
	printf 4 >none
	at=$(whole $((13 * HOUR)))
	run -8 remind "$at"
	has "The channel program fails: The program $PWD/take ended with status 3."
	has "The channel other fails: The program $PWD/other ended with status 4."
	has "The channel third fails: The program $PWD/third ended with status 4."
	has "hint: 3 messages wait for them; \`twokey remind\` tries again from $(date -u +%FT%H:%MZ -d "@$((base + at + 60))") on, \`twokey remind --now\` at once."
	rm fail none
	run -8 remind $((at + 1))
	[ ! -s got ]
	run -0 remind $((at + 2)) --now
	has "0 reminders written, 3 messages sent, 0 wait."
	[ "$(jq -c '[.event, .try]' got)" = '["due soon",2]' ]
	[ "$(wc -l <got-2)" = 2 ]
	run -2 remind $((13 * HOUR)) --now --dry
}

@test "a run that fails is one failure of its channel, however many messages wait" {
	channels "$(program)"
	run -0 remind 10 --dry
	has "Nothing is to be reminded of."
	run -0 remind 10
	tk alice.key bob.key -- unseal prod --reason "a test" --show --force-stdout >/dev/null
	printf 3 >fail
	run -8 --separate-stderr remind $HOUR --json
	[ "$(jq -c '[.failed > 1, .waiting > 1, .channels[0].fails]' <<<"$output")" = "[true,true,1]" ]
	run -8 --separate-stderr remind $((HOUR + 61)) --json
	[ "$(jq -c '[.failed > 1, .channels[0].fails]' <<<"$output")" = "[true,2]" ]
}

@test "a test message goes to each channel at once, or to one, and leaves no trace in log and outbox" {
	channels "$(program)" "$(other other)" "{\"channel\": \"motd\", \"file\": \"$PWD/motd\"}"
	run -0 remind 10
	cp store/log/bastion1.jsonl state/notify.json ..
	run -0 --separate-stderr remind 20 --test
	[ "$output" = "sent    program
sent    other" ]
	[ "$(jq -r '.event, .level, .subject, .command, (.checkpoint | length > 3)' got | xargs)" = \
		"test info twokey acme: TEST: this channel works null true" ]
	[ "$(jq -r '.lines[1]' got)" = "Nothing has happened, and nothing is to be done." ]
	cmp got got-2
	printf 3 >fail
	run -8 remind 30 --test
	has "FAILED  program: The program $PWD/take ended with status 3."
	has "sent    other"
	has "twokey: 1 of 2 channels did not take the test message."
	run -0 remind 31 --test other
	hasnt program
	run -8 --separate-stderr remind 32 --test --json
	[ "$(jq -c 'map([.name, .sent, .why])' <<<"$output")" = \
		"[[\"program\",false,\"The program $PWD/take ended with status 3.\"],[\"other\",true,null]]" ]
	[ "$(jq -r .id got-2 | sort -u | wc -l)" = 4 ]
	cmp ../bastion1.jsonl store/log/bastion1.jsonl
	cmp ../notify.json state/notify.json
	run -1 remind 40 --test pigeon
	has "twokey: There is no channel pigeon that takes messages."
	run -1 remind 40 --test motd
	has "twokey: There is no channel motd that takes messages."
	run -2 remind 40 other
	has "The name of a channel goes with --test."
	run -2 remind 40 --test --dry
	channels "{\"channel\": \"motd\", \"file\": \"$PWD/motd\"}"
	run -2 remind 40 --test
	has "No channel that takes messages is configured."
}

@test "doctor examines programs and secrets before anything is sent" {
	doctor() { at_time $((base + 60)) "$TWOKEY" doctor --conf twokey.conf; }
	printf 'key\n' >key
	chmod 0600 key
	channels "$(program)" "{\"channel\": \"webhook\", \"url\": \"https://127.0.0.1:1/\", \"secret\": \"$PWD/key\"}"
	run -0 remind 10
	run doctor
	hasnt "cannot work"
	chmod a-x take
	chmod 0644 key
	run -7 doctor
	has "The channel program cannot work: The program $PWD/take cannot be run"
	has "The channel webhook cannot work: "
	rm take key
	run -7 doctor
	has "The channel program cannot work: The program $PWD/take cannot be run: No such file"
	has "The channel webhook cannot work: "
	has "$PWD/key"
}

@test "a monitor gets one line and its own exit status: OK, WARNING, CRITICAL, UNKNOWN" {
	channels "$(program)"
	run -0 remind 10
	run -1 --separate-stderr nagios 60
	[ "$output" = "TWOKEY WARNING - 1 field is due for rotation | due=1;0;;0 overdue=0;;0;0 stale=0;0;;0 unexplained=0;;0;0 unwitnessed=0;;0;0 failing=0;;0;0 waiting=0;;;0" ]
	[ -z "$stderr" ]
	run -2 nagios $((2 * DAY))
	[[ $output == "TWOKEY CRITICAL - 1 field is overdue for rotation | due=1;"* ]]
	printf 3 >fail
	run -8 remind $((13 * HOUR))
	run -2 nagios $((13 * HOUR + 60))
	[[ $output == "TWOKEY CRITICAL - channel program fails: The program $PWD/take ended with status 3.; 1 field is due for rotation | "*" failing=1;;0;0 waiting=1;;;0" ]]
	rm fail
	run -0 remind $((13 * HOUR + 61)) --now
	tk -o new alice.key bob.key -- rotate prod --show --force-stdout
	tk alice.key bob.key -- rotate prod --confirm
	run -0 nagios $((2 * DAY))
	[[ $output == "TWOKEY OK - nothing is due | due=0;0;;0 "* ]]
	run -1 nagios $((61 * DAY))
	[[ $output == "TWOKEY WARNING - 3 keys need a drill | "* ]]
	python3 "$TK_TOP/tests/lib/trail.py" t.jsonl "$base" <<<"signin 111122223333 -9000 id=in-1"
	run at_time $((base + 2 * HOUR)) "$TWOKEY" correlate --conf twokey.conf t.jsonl
	run -2 nagios $((3 * HOUR))
	[[ $output == "TWOKEY CRITICAL - 1 unexplained use of root | "*" unexplained=1;;0;0 "* ]]
	run at_time $((base + 3 * HOUR)) "$TWOKEY" status --conf twokey.conf
	has "root used without an explanation, last 30 days: 1  - twokey runbook unexplained-use"
	# A month is what it stays.
	run -0 nagios $((31 * DAY))
	printf '{' >state/notify.json
	run -3 nagios $((31 * DAY))
	[[ $output == "TWOKEY UNKNOWN - "*"notify.json"* ]]
	rm state/notify.json
	sed -i 's/INC-4711/INC-4712/' store/log/bastion1.jsonl
	run -2 nagios $((3 * HOUR))
	[[ $output == "TWOKEY CRITICAL - "*"bastion1"* ]]
	rm -r store
	run -3 --separate-stderr nagios $((3 * HOUR))
	[[ $output == "TWOKEY UNKNOWN - "* ]]
	[ "${#lines[@]}" = 1 ]
	run -2 "$TWOKEY" status --format nagios --json
}
