#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# CloudTrail's history, a trail's bucket and a queue, at a double of AWS that checks each
# signature and each request's shape (tests/aws/double.py).

# shellcheck source=tests/cli/aws.bash
. "${BATS_TEST_DIRNAME}/aws.bash"

QUEUE=https://sqs.us-east-1.amazonaws.com/111122223333/root

setup_file() { aws_vault; }
setup() { aws_begin; }
teardown() { aws_end; }


@test "the event history: root's events of every region asked for, each once" {
	records e.jsonl <<-X
		signin $A 60 id=in-1
		act $A 90 session=60 source=iam name=CreateUser write=yes
	X
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	run -0 correlate --lookup --region eu-west-1
	has "$A  explained"
	has "1 act until "
	has "history of: the region of sign-ins, eu-west-1; NOT READ: all other regions"
	# Seven questions where root signs in, two elsewhere; all that came more than once counts once.
	[ "$(calls cloudtrail.LookupEvents | wc -l)" = 9 ]
	[ "$(calls cloudtrail.LookupEvents | jq -r '.LookupAttributes[0].AttributeValue' | sort -u | wc -l)" = 7 ]
	[ "$(entries | wc -l)" = 2 ]
	# The next time it goes on from six hours before.
	run -0 correlate --lookup
	[ "$(calls cloudtrail.LookupEvents | tail -1 | jq .StartTime)" = $((base + LATER - 6 * 3600)) ]
	[ "$(entries | wc -l)" = 2 ]
}

@test "a trail's bucket: what was delivered since, and no digest" {
	local day name
	day=$(date -u +%Y/%m/%d -d "@$base") name=$(date -u +%Y%m%dT%H%MZ -d "@$((base + 300))")
	records t.json.gz <<<"signin $A 60 id=in-1"
	records o.json.gz <<<"signin $A 61 id=old"
	gunzip t.json.gz o.json.gz
	aws '{"objects": {"acme-trail": {
		"p/AWSLogs/'$A'/CloudTrail-Digest/us-east-1/'"$day"'/x.json.gz": {"text": "{}"},
		"p/AWSLogs/'$A'/CloudTrail/eu-west-1/2020/01/01/'$A'_CloudTrail_eu-west-1_20200101T0000Z_aaaaaaaaaaaaaaaa.json.gz": {"text": "no trail"},
		"p/AWSLogs/'$A'/CloudTrail/us-east-1/'"$day"'/'$A'_CloudTrail_us-east-1_20200101T0000Z_aaaaaaaaaaaaaaaa.json.gz": {"file": "o.json"},
		"p/AWSLogs/'$A'/CloudTrail/us-east-1/'"$day"'/'$A"_CloudTrail_us-east-1_${name}"'_bbbbbbbbbbbbbbbb.json.gz": {"file": "t.json"},
		"p/AWSLogs/'$A'/CloudTrail/us-west-2/'"$day"'/'$A"_CloudTrail_us-west-2_${name}"'_cccccccccccccccc.json.gz": {"text": "{\"Records\":[{]}"}
	}}} + .'
	run -0 correlate --since 24 s3://acme-trail/p/
	has "$A  explained"
	has "us-west-2_${name}_cccccccccccccccc.json.gz: at byte 13: a bracket closes one of another kind"
	has "read: 2 files, 1 records; NOT READ: 1 file from a fault on"
	[ "$(calls s3.GetObject | wc -l)" = 2 ]
	[ "$(entries | wc -l)" = 2 ]
}

@test "a queue: a message goes once what it says is durable, or kept" {
	records e.jsonl <<-X
		signin $A 60 id=in-1
		signin 444455556666 $((LATER - 60)) id=too-new
	X
	aws "$(jq -cs '{answers: {"sqs.ReceiveMessage": [{json: {Messages: [.[] | {MessageId: "m", ReceiptHandle: ("r-" + .eventID),
		MD5OfBody: "", Body: ({"detail-type": "AWS Console Sign In via CloudTrail", detail: .} | tojson)}]}}, {json: {}}]}}' e.jsonl) + ."
	run -0 correlate --queue $QUEUE
	has "$A  explained"
	has "444455556666  pending"
	[ "$(calls sqs.DeleteMessage | jq -r .ReceiptHandle | xargs)" = "r-in-1 r-too-new" ]
	[ "$(entries | wc -l)" = 2 ]
	# What could not be judged was kept: an hour later nothing explains it.
	LATER=$((LATER + 3600))
	run -7 correlate --dry --queue $QUEUE --since 1 || :
	printf '{"Records":[]}' | run -7 correlate -
	has "444455556666  UNEXPLAINED"
	[ ! -e state/waiting.jsonl ]
	[ "$(entries | wc -l)" = 4 ]
}

@test "what AWS refuses is said, and no source is moved on" {
	aws '{"answers": {"cloudtrail.LookupEvents": [{"error": "AccessDeniedException", "message": "not authorized", "status": 400}]}} + .'
	run correlate --lookup
	[ "$status" != 0 ]
	has "cloudtrail:LookupEvents"
	[ ! -e state/correlate.json ]
	sed -i s/AKIDEXAMPLE/AKIDNOBODY/ credentials
	run correlate --lookup
	[ "$status" != 0 ]
	! grep -r "wJalrXUtnFEMI" aws/requests.jsonl store state || return 1
}

@test "root's own access key is no watcher" {
	aws '{"keys": {"AKIDEXAMPLE": {"secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "arn": "arn:aws:iam::'$A':root"}}} + .'
	run -3 correlate --lookup
	has "root"
}

@test "nothing to read from is a word" {
	run -2 correlate
	has "Nothing is named that could be read."
	run -2 correlate s3:///x
	has "is no bucket"
	run -2 correlate --since 0 --lookup
}

@test "watch: an alarm once, killed and started anew nothing twice, SIGTERM ends it" {
	local round pid
	LATER=0
	base=$(($(date +%s) - 5000))
	records e.jsonl <<<"signin 444455556666 0 id=alarm"
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	for round in kill term; do
		"$TWOKEY" watch --conf twokey.conf --lookup --every 10 2>watch.$round 3>&- &
		pid=$!
		for ((i = 0; i < 300; i++)); do
			if [ "$(calls cloudtrail.LookupEvents | wc -l)" -ge 7 ] && [ -e state/correlate.json ]; then break; fi
			sleep 0.1
		done
		rm -f aws/requests.jsonl state/correlate.json
		if [ $round = kill ]; then kill -9 $pid; else kill $pid; fi
		wait $pid || [ $round = kill ]
	done
	[ "$(cat watch.kill watch.term | grep -c "ALARM: root of 444455556666  UNEXPLAINED")" = 1 ]
	[ "$(entries | wc -l)" = 2 ]
}
