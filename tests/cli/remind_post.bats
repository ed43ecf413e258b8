#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Reminders by mail and webhook, to real servers on this machine (post.py).

# shellcheck source=tests/cli/remind.bash
. "${BATS_TEST_DIRNAME}/remind.bash"

setup_file() { remind_vault; }
setup() {
	remind_begin
	reachable
	mkdir post
	chmod 0755 post
	mkfifo post/hold
	/usr/bin/python3 "$TK_TOP/tests/cli/post.py" post <>post/hold 3>&- &
	post=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -s post/ports.json ] || break
		sleep 0.1
	done
	printf 'mail-password\n' >mail-secret
	printf 'hook-key\n' >hook-secret
	chmod 0600 mail-secret hook-secret
	jq --arg here "$PWD" '. + {ca_bundle: ($here + "/post/ca-server.pem")}' twokey.conf >c
	chmod 0600 c
	mv c twokey.conf
}
teardown() { kill "$post"; }

port() { jq -r ".$1" post/ports.json; }
# mail [MEMBER...]: over STARTTLS, logged in.
mail() {
	local more
	printf -v more ', %s' "$@"
	printf '{"channel": "mail", "url": "smtp://127.0.0.1:%s", "from": "twokey@host.example.com", "to": "a@example.com, b@example.com", "user": "twokey", "secret": "%s/mail-secret"%s}' \
		"$(port mail)" "$PWD" "${1:+$more}"
}
hook() { # STYLE [URL]
	printf '{"channel": "webhook", "name": "%s", "style": "%s", "url": "%s", "secret": "%s/hook-secret"}' \
		"$1" "$1" "${2:-https://127.0.0.1:$(port hook)/$1}" "$PWD"
}
fails() { jq -r ".channels[] | select(.name == \"$1\") | .why" <<<"$output"; }

@test "a mail, over STARTTLS and logged in: facts, command, checkpoint, one Message-ID a step; more people when it escalates" {
	channels "$(mail '"escalate": "boss@example.com"')"
	run -0 remind $((DAY + 10))
	run -0 remind $((3 * DAY + 10))
	[ "$(jq -c '[.to, .tls, .user != null, .event, .headers]' post/mails.jsonl)" = \
		'[["a@example.com","b@example.com"],true,true,"overdue",0]
[["a@example.com","b@example.com","boss@example.com"],true,true,"overdue",0]' ]
	[ "$(jq -r .id post/mails.jsonl | sort -u | wc -l)" = 2 ]
	grep -Eqx '<[0-9a-f]{64}@bastion1.twokey>' <<<"$(jq -r .id post/mails.jsonl | head -1)"
	run -0 jq -r 'select(.to | length == 2) | .subject, .text' post/mails.jsonl
	has "twokey acme: password of prod is overdue since"
	has "Do this:  twokey rotate prod"
	has "The next reminder comes at"
	has "— twokey/$(jq -r .vault state/pin.json)/bastion1 "
}

@test "a webhook is signed; Slack and Teams get their forms; nothing twice" {
	channels "$(hook plain)" "$(hook slack)" "$(hook teams)"
	run -0 remind $((DAY + 10))
	run -0 remind $((DAY + 20))
	[ "$(jq -s length post/hooks.jsonl)" = 3 ]
	[ "$(jq -r '"\(.path) \(.signed) \(.seconds)"' post/hooks.jsonl | sort | xargs)" = \
		"/plain true $((base + DAY + 10)) /slack true $((base + DAY + 10)) /teams true $((base + DAY + 10))" ]
	[ "$(jq -r .id post/hooks.jsonl | sort -u)" = "$(jq -r 'select(.path == "/plain").body.id' post/hooks.jsonl)" ]
	[ "$(jq -r 'select(.path == "/plain").body | [.type, .event, .record, .command, .try] | map(tostring) | join(", ")' post/hooks.jsonl)" = \
		"twokey-notice-v1, overdue, prod, twokey rotate prod, 1" ]
	run -0 jq -r 'select(.path == "/slack").body.text' post/hooks.jsonl
	has "password of prod is overdue since"
	has "Do this:  twokey rotate prod"
	run -0 jq -r 'select(.path == "/teams").body.attachments[0].content.body[].inlines[0].text' post/hooks.jsonl
	has "password of prod is overdue since"
}

@test "servers that refuse, drop, cannot prove who they are, or are not there: kept, said, sent when they can" {
	channels "$(mail)" "$(hook plain)" \
		"$(hook slack "https://127.0.0.1:1/x")"
	printf 'refuse' >post/mode
	run -8 --separate-stderr remind $((DAY + 10)) --json
	[ "$(fails mail)" = "127.0.0.1 does not take the mail: SMTP reply 550." ]
	[ "$(fails plain)" = "127.0.0.1 does not take the message: HTTP status 500." ]
	[[ $(fails slack) == "There is no connection to 127.0.0.1: "* ]]
	printf 'drop' >post/mode
	printf 'wrong\n' >mail-secret
	run -8 --separate-stderr remind $((DAY + 200)) --json
	[ "$(fails mail)" = "127.0.0.1 does not take the mail: SMTP reply 535, the user or the password is wrong." ]
	[ "$(fails plain)" = "127.0.0.1 ended the connection amid its answer." ]
	rm post/mode
	mv post/ca-server.pem post/ca
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=other -out post/ca-server.pem 2>/dev/null
	chmod 0644 post/ca-server.pem
	run -8 --separate-stderr remind $((DAY + 2000)) --json
	[[ $(fails mail) == "127.0.0.1 does not prove that it is 127.0.0.1: "* ]]
	[[ $(fails plain) == "127.0.0.1 does not prove that it is 127.0.0.1: "* ]]
	mv post/ca post/ca-server.pem
	printf 'mail-password' >mail-secret
	run -8 --separate-stderr remind $((DAY + 7200)) --json
	[ -z "$(jq -r '.channels[] | select(.name != "slack") | select(.fails > 0)' <<<"$output")" ]
	[ "$(jq -s length post/mails.jsonl)" = 1 ]
	[ "$(jq -c '[.signed, .body.try]' post/hooks.jsonl)" = "[true,4]" ]
	# A password that others may read is not used.
	chmod 0644 mail-secret
	run -8 --separate-stderr remind $((2 * DAY + 10)) --json
	[[ $(fails mail) == *mail-secret* ]]
}

@test "a mail without TLS stays on this machine, where nobody logs in" {
	channels "{\"channel\": \"mail\", \"url\": \"smtp://127.0.0.1:$(port plain)\", \"from\": \"t@host\", \"to\": \"a@example.com\"}"
	run -0 remind $((DAY + 10))
	[ "$(jq -c '[.tls, .user]' post/mails.jsonl)" = "[false,null]" ]
	channels "{\"channel\": \"mail\", \"url\": \"smtp://127.0.0.1:$(port plain)\", \"from\": \"t@host\", \"to\": \"a@example.com\", \"user\": \"twokey\", \"secret\": \"$PWD/mail-secret\"}"
	run -8 remind $((2 * DAY + 10))
	has "does not prove that it is"
}

@test "servers that are slow: given up after half a minute, kept, and sent again with the same number" {
	[ "$TK_SLOW" = 1 ] || skip "a slow part; run ./tools/check --slow"
	channels "$(mail)" "$(hook plain)"
	printf 'slow' >post/mode
	run -8 --separate-stderr remind $((DAY + 10)) --json
	[[ $(fails mail) == "127.0.0.1 did not answer in time: "* ]]
	[[ $(fails plain) == "127.0.0.1 did not answer in time: "* ]]
	rm post/mode
	# They took it all the same, later: what came twice has one number.
	sleep 15
	run -0 remind $((DAY + 100))
	[ "$(jq -r .id post/mails.jsonl | sort | uniq -c | awk '{ print $1 }')" = 2 ]
	[ "$(jq -r .id post/hooks.jsonl | sort | uniq -c | awk '{ print $1 }')" = 2 ]
	[ "$(jq -r .body.try post/hooks.jsonl | xargs)" = "1 2" ]
}
