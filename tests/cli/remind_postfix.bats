#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Reminders by mail, to Debian's own mail server (postfix.sh).

# shellcheck source=tests/cli/remind.bash
. "${BATS_TEST_DIRNAME}/remind.bash"
# shellcheck source=tests/lib/apart.bash
. "$TK_TOP/tests/lib/apart.bash"
# shellcheck source=tests/lib/unpack.bash
. "$TK_TOP/tests/lib/unpack.bash"

setup_file() {
	unpack "$BATS_FILE_TMPDIR/packages" postfix sasl2-bin
	remind_vault
}
setup() {
	remind_begin
	reachable
	mkdir post
	chmod 0755 post
	mkfifo post/in
	# All of the server's users, where somebody else than root runs this.
	[ "$(id -u)" = 0 ] || apart+=(--map-auto)
	exec 7<>post/in
	# Whatever ends this ends all of the server.
	"${apart[@]}" --net --pid --fork --kill-child --mount-proc "$TK_TOP/tests/cli/postfix.sh" "$PWD/post" "$BATS_FILE_TMPDIR/packages" <&7 >post/out 2>&1 3>&- &
	post=$!
	waits post/ready
	printf 'mail-password\n' >mail-secret
	chmod 0600 mail-secret
	trust ca-server
}
teardown() {
	printf 'end\n' >&7
	wait "$post" || :
	cat post/out post/log
}

waits() {
	for ((i = 0; i < 1800; i++)); do
		[ ! -e "$1" ] || return 0
		kill -0 "$post"
		sleep 0.1
	done
	return 1
}
trust() {
	jq --arg ca "$PWD/post/$1.pem" '. + {ca_bundle: $ca}' twokey.conf >c
	chmod 0600 c
	mv c twokey.conf
}
# server stop|start
server() {
	rm -f post/did
	printf '%s\n' "$1" >&7
	waits post/did
}
mail() { # NAME URL
	printf '{"channel": "mail", "name": "%s", "url": "%s", "from": "twokey@host.example.com", "to": "a@example.com", "escalate": "boss@example.com", "user": "twokey", "secret": "%s/mail-secret"}' "$1" "$2" "$PWD"
}
# there SECONDS [ARGUMENT...]: remind, so long after the release, where the server is.
there() {
	local -a TRACE=(nsenter --target "$post" --net)
	[ "$(id -u)" = 0 ] || TRACE+=(--user --preserve-credentials)
	remind "$@"
}
fails() { jq -r ".channels[] | select(.name == \"$1\") | .why" <<<"$output"; }
# arrived NUMBER: so many mails lie in the box.
arrived() {
	for ((i = 0; i < 600; i++)); do
		[ "$(find post/maildir/new -type f 2>/dev/null | wc -l)" != "$1" ] || return 0
		sleep 0.1
	done
	find post/maildir
	return 1
}
# Each mail of the box as JSON, the oldest first.
mails() {
	/usr/bin/python3 - post/maildir <<'END'
import email.policy
import json
import mailbox
import sys

box = mailbox.Maildir(sys.argv[1], factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
for m in sorted(box, key=lambda m: m["Date"].datetime):
    print(json.dumps({"id": m["Message-ID"], "subject": m["Subject"], "event": m["X-Twokey-Event"],
                      "secure": "with ESMTPSA id" in m["Received"], "for": m["Delivered-To"],
                      "text": m.get_content()}))
END
}

@test "STARTTLS and TLS, logged in: a mail in the box has facts, command and checkpoint, and comes to more people later" {
	channels "$(mail starttls smtp://127.0.0.1:587)" "$(mail tls smtps://127.0.0.1:465)"
	run -0 there $((DAY + 10))
	has "1 reminder written, 2 messages sent, 0 wait."
	arrived 2
	run -0 there $((3 * DAY + 10))
	# Two people by two ways.
	arrived 6
	mails >all
	[ "$(jq -s 'map(.id) | unique | length' all)" = 2 ]
	[ "$(jq -s 'all(.secure and .event == "overdue")' all)" = true ]
	[ "$(jq -r .for all | sort | uniq -c | xargs)" = "4 a@example.com 2 boss@example.com" ]
	run -0 jq -rs '.[0] | .subject, .text' all
	has "twokey acme: password of prod is overdue since $(date -u +%FT%H:%MZ -d "@$((base + DAY))")"
	has "Do this:  twokey rotate prod"
	has "The next reminder comes at"
	has "— twokey/$(jq -r .vault state/pin.json)/bastion1 "
	# The checkpoint is the log's own, whole: it verifies as it stands in the mail.
	jq -rs '.[-1].text' all | grep -qF "$(tail -n 1 store/log/bastion1.checkpoint)"
}

@test "a wrong password, wrong certificates, no server: kept, told, and delivered once all is well" {
	channels "$(mail right smtp://127.0.0.1:587)" "$(mail stranger smtp://127.0.0.1:589)"
	printf 'wrong\n' >mail-secret
	run -8 --separate-stderr there $((DAY + 10)) --json
	[ "$(fails right)" = "127.0.0.1 does not take the mail: SMTP reply 535, the user or the password is wrong." ]
	[[ $(fails stranger) == "127.0.0.1 does not prove that it is 127.0.0.1: "* ]]
	[ "$(jq .waiting <<<"$output")" = 1 ]
	printf 'mail-password\n' >mail-secret
	trust ca-other
	channels "$(mail right smtp://127.0.0.1:588)"
	run -8 --separate-stderr there $((DAY + 200)) --json
	[[ $(fails right) == "127.0.0.1 does not prove that it is 127.0.0.1: "* ]]
	[ ! -e post/maildir/new ] || arrived 0
	trust ca-server
	channels "$(mail right smtp://127.0.0.1:587)"
	server stop
	run -8 --separate-stderr there $((DAY + 1000)) --json
	[[ $(fails right) == "There is no connection to 127.0.0.1: "* ]]
	run -7 at_time $((base + DAY + 1001)) "$TWOKEY" status --conf twokey.conf
	has "channel right has failed 3 times: There is no connection to 127.0.0.1"
	server start
	run -0 there $((DAY + 2000))
	has "1 message sent, 0 wait."
	arrived 1
	[ "$(mails | jq -r .text | grep -c 'This is try 4: it may have come before')" = 1 ]
}
