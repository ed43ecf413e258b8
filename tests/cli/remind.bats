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

@test "two hosts, a quarter, each killed again and again at some step: all is told, by one, nothing twice" {
	local t n=1
	channels "$(program)"
	second
	base=$(date +%s -d "$("$TWOKEY" log show --host bastion2 --conf twokey.conf --json |
		jq -rs 'map(select(.type == "released"))[-1].time')")
	run -0 remind 10
	CONF=twokey2.conf run -0 remind 10
	for t in $((12 * HOUR + 600)) $((DAY + 600)) $((2 * DAY)) $((3 * DAY)) $((4 * DAY)) $((5 * DAY)) $((11 * DAY)); do
		for more in 0 3600; do
			killed $n remind $((t + more))
			CONF=twokey2.conf killed $((n + 7)) remind $((t + more + 5))
			n=$((n % 40 + 3))
		done
		remind $((t + 7200)) && CONF=twokey2.conf remind $((t + 7205))
	done
	tk -o new alice.key bob.key -- rotate prod --show --force-stdout
	tk alice.key bob.key -- rotate prod --confirm
	for t in 12 40 60 61 68 89; do
		remind $((t * DAY)) && CONF=twokey2.conf remind $((t * DAY + 5))
	done
	cat got got2 >all
	jq -cs 'unique_by(.id) | .[]' all >once
	[ "$(steps once)" = "9 drill due, 1 due soon, 6 overdue, 4 escalated" ]
	# One host alone has each of them; a kill between the program and the note of it is seen by the tries.
	[ -z "$(jq -r '"\(.id) \(.try)"' all | sort | uniq -d)" ]
	[ -z "$(jq -r '"\(.id) \(.host)"' all | sort -u | cut -d' ' -f1 | uniq -d)" ]
	[ "$(jq -s 'map(select(.try == 1)) | length' all)" -gt $(($(wc -l <once) - 8)) ]
	[ "$(wc -l <got2)" -gt 0 ]
	run -0 "$TWOKEY" log verify --conf twokey.conf
	has "everything holds"
}

@test "what the log has that is new is told once: request, approvals, release, rotation, an unexplained sign-in" {
	channels "$(program)"
	run -0 remind 10
	[ ! -s got ]
	tk -o new alice.key bob.key -- rotate prod --show --force-stdout
	run -4 tk alice.key -- unseal prod --reason "one alone" --ticket T-1 --timeout 1
	tk alice.key bob.key -- rotate prod --confirm
	python3 "$TK_TOP/tests/lib/trail.py" t.jsonl "$base" <<<"signin 111122223333 -9000 id=in-1"
	run at_time $((base + 2 * HOUR)) "$TWOKEY" correlate --conf twokey.conf t.jsonl
	run -0 remind $((2 * HOUR + 1))
	[ "$(jq -r .event got | sort | uniq -c | xargs)" = "5 approval 1 denied 1 released 3 request 1 rotated 1 unexplained" ]
	run -0 jq -r 'select(.event == "unexplained") | .level, .command, .lines[0]' got
	has "alarm"
	has "twokey runbook unexplained-use"
	has "root of 111122223333: UNEXPLAINED: sign-in"
	# What an approval and a release answer.
	[ "$(jq -r 'select(.event == "released") | .lines[1]' got)" = \
		"$(id -un) asks to unseal prod version 2, because \"rotation of prod\"" ]
	run -0 jq -r 'select(.event == "denied") | .lines[]' got
	has "denied: Not enough approvals"
	has 'because "one alone", ticket T-1'
	run -0 remind $((2 * HOUR + 2))
	[ "$(wc -l <got)" = 12 ]
	# Each of them names its record.
	[ "$(jq -r 'select(.event != "unexplained") | .record' got | sort -u)" = prod ]
	[ -z "$(twice got)" ]
	# Nothing of the secret, nowhere.
	not grep -rqF -f new got state store
}

@test "the command is that of the field: an MFA seed is rotated with --mfa" {
	printf GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ >seed
	"$TWOKEY" seal other --account 444455556666 --email other@example.com --new --field totp=@seed \
		--no-code-check --conf twokey.conf
	channels "$(program)"
	run -0 remind 60
	tk alice.key bob.key -- unseal other --field totp=seed --reason "a test" --ticket INC-4711 --show --force-stdout
	tk alice.key bob.key -- unseal other --field totp --reason "a test" --ticket INC-4711 --show --force-stdout
	run -0 remind $((13 * HOUR))
	[ "$(jq -r 'select(.record == "other" and (.event | test("released|due soon"))) | "\(.event) \(.command)"' got)" = \
		"$(printf '%s\n' "released twokey rotate other --mfa" "released null" "due soon twokey rotate other --mfa")" ]
}

@test "a channel that fails is tried again, later and later, and reported; others go on" {
	printf 3 >fail
	cp take other && sed -i 's/fail/none/; s/got/got-2/' other
	channels "$(program)" "{\"channel\": \"program\", \"name\": \"other\", \"program\": \"$PWD/other\"}"
	at=$(whole $((13 * HOUR)))
	run -8 remind "$at"
	has "twokey: The channel program fails: The program $PWD/take ended with status 3."
	has "hint: 1 message waits for it; \`twokey remind\` tries again from $(date -u +%FT%H:%MZ -d "@$((base + at + 60))") on, \`twokey remind --now\` at once."
	[ "$(told got-2 | wc -l)" = 1 ]
	run -8 remind $((at + 30)) --json
	[ "$(jq -c '[.sent, .failed, .waiting, .channels[0].fails]' <<<"$output")" = "[0,0,1,1]" ]
	run -8 remind $((at + 100)) --json
	[ "$(jq -c '[.sent, .failed, .waiting, .channels[0].fails]' <<<"$output")" = "[0,1,1,2]" ]
	[ "$(date +%s -d "$(jq -r '.channels[0].next' <<<"$output")")" -le $((base + at + 100 + 150)) ]
	run at_time $((base + at + 110)) "$TWOKEY" status --conf twokey.conf
	has "channel program has failed 2 times: The program $PWD/take ended with status 3.  - 1 message waits"
	run at_time $((base + at + 110)) "$TWOKEY" doctor --conf twokey.conf
	has "BAD"
	has "The channel program fails: The program $PWD/take ended with status 3."
	has "mend: what it names; then twokey remind --now"
	run -0 at_time $((base + 2 * DAY)) "$TWOKEY" status --conf twokey.conf --format prometheus
	has 'twokey_field_overdue{record="prod",field="password"} 1'
	has 'twokey_channel_fails{channel="program"} 2'
	has 'twokey_channel_waiting{channel="other"} 0'
	[ "$(grep -c '^twokey_token_stale{.*} 0$' <<<"$output")" = 3 ]
	# Each line is a comment or a sample.
	not grep -Evq '^# (HELP|TYPE) twokey_[a-z_]+ .+$|^twokey_[a-z_]+\{([a-z]+="[a-z0-9.-]+",?)+\} [0-9.-]+$' <<<"$output"
	run -2 "$TWOKEY" status --conf twokey.conf --format prometheus --json
	rm fail
	run -0 remind $((at + 300))
	[ "$(jq -c '[.event, .try]' got)" = '["due soon",3]' ]
	run -0 remind $((at + 301)) --json
	[ "$(jq -c '[.sent, .failed, .waiting, .channels[0].fails]' <<<"$output")" = "[0,0,0,0]" ]
	chmod g+w take
	run -8 remind $((DAY + 10))
	has "The program $PWD/take can be changed by others."
}

@test "journal and syslog get fields; events choose; a dry run and a host without channels write nothing" {
	/usr/bin/python3 -c '
import os, socket
socks = []
for name in ("journal", "log"):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(name)
    socks.append((name, s))
os.mkdir("ready")
for name, s in socks:
    s.settimeout(60)
    open(name + ".got", "wb").write(s.recv(65536))
' &
	for ((i = 0; i < 400; i++)); do
		[ ! -d ready ] || break
		sleep 0.05
	done
	[ -d ready ]
	cp store/log/bastion1.jsonl before
	run -0 remind $((DAY + 10))
	has "No channel is configured"
	has "new    reminded, step 2: password of prod is overdue since"
	channels "{\"channel\": \"journal\", \"socket\": \"$PWD/journal\", \"events\": \"overdue\"}" \
		"{\"channel\": \"syslog\", \"socket\": \"$PWD/log\", \"events\": \"overdue unexplained\"}"
	run -0 remind $((DAY + 10)) --dry
	cmp before store/log/bastion1.jsonl
	run -0 remind $((13 * HOUR))
	cmp before store/log/bastion1.jsonl
	run -0 remind $((DAY + 10))
	has "1 reminder written, 2 messages sent"
	wait
	run -0 cat journal.got log.got
	has "MESSAGE=twokey acme: password of prod is overdue since"
	has "PRIORITY=4"
	has "TWOKEY_EVENT=overdue"
	has "TWOKEY_COMMAND=twokey rotate prod"
	has "<84>"
	has "[notice event=\"overdue\" record=\"prod\" host=\"bastion1\" id="
}

@test "a log that does not hold is told, once a day" {
	channels "$(program)"
	run -0 remind 10
	sed -i 's/INC-4711/INC-4712/' store/log/bastion1.jsonl
	run -6 remind $((2 * HOUR))
	[ "$(jq -r '.event, .level, .command' got | xargs)" = "tampered alarm twokey log verify" ]
	run -6 remind $((3 * HOUR))
	[ "$(wc -l <got)" = 1 ]
	run -6 remind $((27 * HOUR))
	[ "$(wc -l <got)" = 2 ]
}

@test "a configuration that cannot be meant is refused, with the line" {
	bad() {
		printf '{ "store": "%s/store", "state": "%s/state", "host": "bastion1",\n"notify": %s }\n' "$PWD" "$PWD" "$1" >twokey.conf
		run -2 remind 10
		has "twokey.conf, line 2, column "
		has "$2"
	}
	bad '[{ "channel": "pigeon" }]' '"channel" is one of mail, webhook'
	bad '[{ "program": "/bin/true" }]' '"channel" is missing'
	bad '[{ "channel": "program" }]' 'a channel of kind program needs "program".'
	bad '[{ "channel": "program", "program": "true" }]' '"program" needs an absolute path.'
	bad '[{ "channel": "journal", "url": "https://x" }]' 'a channel of kind journal has no "url".'
	bad '[{ "channel": "journal" }, { "channel": "journal" }]' 'two channels are named journal'
	bad '[{ "channel": "journal", "events": "soon" }]' '"events" needs names of events'
	bad '[{ "channel": "journal", "color": "red" }]' 'unknown key "color"'
	bad '[{ "channel": "webhook", "url": "http://example.com/" }]' '"url" needs an address, https://'
	bad '[{ "channel": "mail", "url": "https://x", "from": "a@b", "to": "c@d" }]' '"url" needs smtps://'
	bad '[{ "channel": "mail", "url": "smtp://x", "from": "A <a@b>", "to": "c@d" }]' 'need addresses'
	bad '[{ "channel": "mail", "url": "smtp://x", "from": "a@b", "to": "c" }]' 'need addresses'
	bad '[{ "channel": "mail", "url": "smtp://x", "from": "a@b", "to": "c@d", "user": "u" }]' '"user" and "secret" go together'
	bad '[{ "channel": "webhook", "url": "https://x", "style": "gothic" }]' '"style" is one of plain, slack'
	bad '[{ "channel": "sns", "topic": "arn:aws:sns:eu-west-1:1111:t" }]' '"topic" needs an ARN: arn:aws:sns:'
	bad '[{ "channel": "sns", "topic": "arn:aws:sqs:eu-west-1:111122223333:t" }]' '"topic" needs an ARN'
	bad '[{ "channel": "sns", "topic": "arn:aws:sns:eu-west-1:111122223333:" }]' '"topic" needs an ARN'
	bad '[{ "channel": "sns", "topic": "mine" }]' '"topic" needs an ARN'
	bad '[{ "channel": "eventbridge", "bus": "arn:aws:events:eu-west-1:1:event-bus/x" }]' '"bus" needs a name, or an ARN'
	bad '[{ "channel": "journal" }' 'expected'
}

@test "what is due stands in a file for logins, until it is done" {
	channels "{\"channel\": \"motd\", \"file\": \"$PWD/motd.d/twokey\"}" "$(program)"
	run -0 remind 10
	[ ! -s motd.d/twokey ]
	run -0 remind $((DAY + 10))
	run -0 remind $((DAY + 20))
	[ "$(cat motd.d/twokey)" = "twokey acme: password of prod is overdue since $(date -u +%FT%H:%MZ -d "@$((base + DAY))"); twokey rotate prod" ]
	[ "$(stat -c %a motd.d/twokey)" = 644 ]
	tk -o new alice.key bob.key -- rotate prod --show --force-stdout
	tk alice.key bob.key -- rotate prod --confirm
	run -0 remind $((DAY + 30))
	[ ! -s motd.d/twokey ]
}

@test "killed before each change of a file, then run again here and on another host: told once" {
	local n=0 most=40 step=3
	channels "$(program)"
	second
	base=$(date +%s -d "$("$TWOKEY" log show --host bastion2 --conf twokey.conf --json |
		jq -rs 'map(select(.type == "released"))[-1].time')")
	remind 10 && CONF=twokey2.conf remind 10
	: >got
	: >got2
	cp -a . ../clean
	[ "$TK_SLOW" = 0 ] || step=1
	while [ "$most" -ge "$((n += step))" ]; do
		find . -mindepth 1 -delete
		cp -a ../clean/. .
		killed $n remind $((DAY + 10))
		most=$(jq -s 'map(.n) | if (map(select(. >= '"$n"')) | length) > 0 then max + '$step' else 0 end' points)
		CONF=twokey2.conf remind $((DAY + 20))
		remind $((DAY + 90))
		CONF=twokey2.conf remind $((DAY + 100))
		echo "point $n: $(jq -c '[.host, .try]' got got2 | xargs)"
		# Twice only where the kill came between the program's end and the note of it.
		[ "$(jq -r .id got got2 | sort -u | wc -l)" = 1 ]
		[ "$(jq -r .try got got2 | sort | xargs)" = 1 ] || [ "$(jq -r .try got | xargs)" = 2 ] ||
			[ "$(jq -r .try got | xargs)" = "1 2" ]
	done
	[ $n -gt 20 ]
}

@test "the rule told: nothing is released before a channel outside of the logs has taken a message" {
	mkdir ../told && cd ../told
	printf '{ "record_first": ["local", "told"] }' >rules
	vault "2 of (alice, bob, carol)" alice bob carol -- --rules rules
	"$TWOKEY" seal prod --conf twokey.conf --account 111122223333 --email root@example.com --new --no-totp
	unseal() { tk -o out alice.key bob.key -- unseal prod --reason "a test" --show --force-stdout; }
	run -3 unseal
	has "twokey: The policy wants people told before a release, and no channel of this host can."
	hasnt "Plug in"
	sed "s|$BATS_TEST_TMPDIR/v|$PWD|g" ../v/take >take
	chmod 0755 take
	channels '{"channel": "journal", "socket": "/nowhere"}' "$(program)"
	printf 3 >fail
	run -8 unseal
	has "twokey: Nobody could be told, so nothing was released: The program $PWD/take ended with status 3."
	[ ! -s out ]
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "denied: Nobody could be told"
	hasnt "released by"
	rm fail
	run -0 unseal
	has "told by program before the release"
	[ "$(wc -l <out)" = 1 ]
	[ "$(jq -r '.event, .lines[]' got)" = "releasing
prod version 1 is about to be released, approved by alice, bob
$(id -un) asks to unseal prod version 1, because \"a test\"" ]
	not grep -qF -f out got
	run -0 "$TWOKEY" log verify --conf twokey.conf
	run -0 /usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
}
