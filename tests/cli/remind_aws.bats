#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Reminders to SNS and EventBridge, at a double of AWS (tests/aws/double.py).

# shellcheck source=tests/cli/aws.bash
. "${BATS_TEST_DIRNAME}/aws.bash"
# shellcheck source=tests/cli/remind.bash
. "${BATS_TEST_DIRNAME}/remind.bash"

TOPIC=arn:aws:sns:eu-central-1:111122223333:twokey

setup_file() { aws_vault; }
setup() {
	aws_begin
	LATER=$((3 * DAY + 10))
}
teardown() { aws_end; }
bus='{"channel": "eventbridge", "bus": "default"}'

# form CALL: the words of a call's form, one a line.
form() { calls "$1" | tr '&' '\n' | python3 -c 'import sys, urllib.parse
sys.stdout.write(urllib.parse.unquote_plus(sys.stdin.read()))'; }

@test "SNS gets text and attributes, in the topic's region; EventBridge an event; each once" {
	aws '.'
	channels "{\"channel\": \"sns\", \"topic\": \"$TOPIC\"}" "$bus"
	run -0 remind $LATER
	run -0 remind $LATER
	[ "$(calls sns.Publish | wc -l)" = 1 ]
	[ "$(jq -r 'select(.call == "sns.Publish").region' aws/requests.jsonl)" = eu-central-1 ]
	run -0 form sns.Publish
	has "Subject=twokey acme: password of prod is overdue since"
	has "TopicArn=$TOPIC"
	has "Do this:  twokey rotate prod"
	has "MessageAttributes.entry.2.Value.StringValue=overdue"
	has "MessageAttributes.entry.3.Value.StringValue=alarm"
	hasnt "MessageDeduplicationId"
	run -0 jq -c '.Entries[0] | [.Source, .DetailType, .EventBusName, (.Detail | fromjson | .type, .event, .record, .escalated)]' \
		<<<"$(calls events.PutEvents)"
	[ "$output" = '["twokey","twokey overdue","default","twokey-notice-v1","overdue","prod",true]' ]
}

@test "a FIFO topic leaves repetitions out by their id; an event that is not taken is kept" {
	aws '{"answers": {"events.PutEvents": [{"json": {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}}, {}],
		"sns.Publish": [{"error": "NotFound", "status": 404, "message": "no such topic"}, {}]}} + .'
	channels "{\"channel\": \"sns\", \"topic\": \"$TOPIC.fifo\"}" "$bus"
	run -8 --separate-stderr remind $LATER --json
	[ "$(jq -r '.channels[1].why' <<<"$output")" = "EventBridge does not take the event: InternalFailure." ]
	[[ $(jq -r '.channels[0].why' <<<"$output") == *"no such topic"* ]]
	run -0 remind $((LATER + 100))
	id=$(calls events.PutEvents | tail -1 | jq -r '.Entries[0].Detail | fromjson | .id')
	[ "$(form sns.Publish | grep -c "^MessageDeduplicationId=$id$")" = 2 ]
	run -0 form sns.Publish
	has "MessageGroupId=twokey"
}
