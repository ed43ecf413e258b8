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
	has "  eu-west-1 of history: "
	has "  us-east-1 of history: "
	has "NOT READ: all other regions and times"
	# Seven questions where root signs in, two elsewhere; all that came more than once counts once.
	[ "$(calls cloudtrail.LookupEvents | wc -l)" = 9 ]
	[ "$(calls cloudtrail.LookupEvents | jq -r '.LookupAttributes[0].AttributeValue' | sort -u | wc -l)" = 7 ]
	[ "$(entries | wc -l)" = 2 ]
	# The next time it goes on from six hours before.
	run -0 correlate --lookup
	[ "$(calls cloudtrail.LookupEvents | tail -1 | jq .StartTime)" = $((base + LATER - 6 * 3600)) ]
	[ "$(entries | wc -l)" = 2 ]
}

# trail_name SECONDS: of a file that was delivered so long after the release.
trail_name() { printf '%s_CloudTrail_us-east-1_%s_bbbbbbbbbbbbbb%02d.json.gz' $A "$(date -u +%Y%m%dT%H%MZ -d "@$((base + $1))")" "$2"; }

# The trail in t, signed, as a bucket; and what the filter makes of it.
bucket() {
	sign_trail t "$((base - 1800))"
	aws ". + $(python3 "$TK_TOP/tests/lib/bucket.py" t keys.json) | ${1:-.}"
}

@test "a trail's bucket: what was delivered since" {
	local day name
	day=$(date -u +%Y/%m/%d -d "@$base") name=$(date -u +%Y%m%dT%H%MZ -d "@$((base + 300))")
	records t.json.gz <<<"signin $A 60 id=in-1"
	records o.json.gz <<<"signin $A 61 id=old"
	gunzip t.json.gz o.json.gz
	aws '{"objects": {"acme-trail": {
		"p/AWSLogs/'$A'/CloudTrail/eu-west-1/2020/01/01/'$A'_CloudTrail_eu-west-1_20200101T0000Z_aaaaaaaaaaaaaaaa.json.gz": {"text": "no trail"},
		"p/AWSLogs/'$A'/CloudTrail/us-east-1/'"$day"'/'$A'_CloudTrail_us-east-1_20200101T0000Z_aaaaaaaaaaaaaaaa.json.gz": {"file": "o.json"},
		"p/AWSLogs/'$A'/CloudTrail/us-east-1/'"$day"'/'$A"_CloudTrail_us-east-1_${name}"'_bbbbbbbbbbbbbbbb.json.gz": {"file": "t.json"},
		"p/AWSLogs/'$A'/CloudTrail/us-west-2/'"$day"'/'$A"_CloudTrail_us-west-2_${name}"'_cccccccccccccccc.json.gz": {"text": "{\"Records\":[{]}"}
	}}} + .'
	run -7 correlate --since 24 s3://acme-trail/p/
	has "$A  explained"
	has "us-west-2_${name}_cccccccccccccccc.json.gz: at byte 13: a bracket closes one of another kind"
	has "read: 2 files, 1 records; NOT READ: 1 file from a fault on"
	has "verified: 0 digests, 0 files; NOT VERIFIED: 2 files"
	[ "$(calls s3.GetObject | wc -l)" = 2 ]
	# No digest vouches for it.
	has "from a file that nobody has signed: no proof, and not recorded"
	[ "$(entries | wc -l)" = 0 ]
}

@test "a trail's bucket: AWS's digests vouch for what is in it" {
	local f1 f2
	mkdir t
	f1=$(trail_name 300 1) f2=$(trail_name 4000 2)
	records "t/$f1" <<<"signin $A 60 id=in-1"
	records "t/$f2" <<<"act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1"
	bucket
	run -0 correlate --since 24 s3://acme-trail/p/
	has "$A  explained"
	hasnt "nobody has signed"
	# With its signature beside it, the newest digest is verified too.
	has "verified: 3 digests, 2 files"
	hasnt "NOT VERIFIED"
	[ "$(calls cloudtrail.ListPublicKeys | wc -l)" = 1 ]
	[ "$(entries | wc -l)" = 2 ]
	[ "$(entries | jq -c .vouched | xargs)" = "true true" ]
	# Those who write to the bucket: an hour is gone, with its digest.
	rm -f state/correlate.json
	bucket '(.objects["acme-trail"] |= with_entries(select(.value.file | endswith("'"$f2"'") | not))) |
		.objects["acme-trail"] |= (([to_entries[] | select(.key | contains("Digest"))][1].key) as $gone | delpaths([[$gone]]))'
	run -6 correlate --since 24 s3://acme-trail/p/
	has "a digest names it as the one before it, but it is not here"
	rm -f state/correlate.json
	bucket 'del(.objects["acme-trail"][] | select(.file | endswith("'"$f1"'")))'
	run -6 correlate --since 24 s3://acme-trail/p/
	has "$f1: a digest names it, but it is not here"
	records x.gz <<<"central $A 60 key=ASIACENTRAL id=in-1"
	bucket '(.objects["acme-trail"][] | select(.file | endswith("'"$f1"'"))).file = "x.gz"'
	run -6 correlate --since 24 s3://acme-trail/p/
	has "$f1: a digest names another hash: it was changed"
	bucket '(.objects["acme-trail"][] | select(.meta)).meta.signature |= "00" + .[2:]'
	run -6 correlate --since 24 s3://acme-trail/p/
	has "its signature does not hold"
}

@test "a trail's bucket: without AWS's keys nothing is proven, and all the same read" {
	mkdir t
	records "t/$(trail_name 300 1)" <<<"signin $A 60 id=in-1"
	bucket '.answers["cloudtrail.ListPublicKeys"] = [{"error": "AccessDeniedException", "message": "not authorized", "status": 400}]'
	run -0 correlate --since 24 s3://acme-trail/p/
	has "cloudtrail:ListPublicKeys"
	has "verified: 0 digests, 0 files; NOT VERIFIED: 1 file, 2 digests without a known signature"
	has "$A  explained"
	has "from a file that nobody has signed"
	[ "$(entries | wc -l)" = 0 ]
	# The keys may come from a file instead.
	bucket
	run -0 correlate --since 24 --keys keys.json s3://acme-trail/p/
	hasnt "nobody has signed"
	[ "$(calls cloudtrail.ListPublicKeys | wc -l)" = 0 ]
	[ "$(entries | wc -l)" = 2 ]
}

@test "a trail's bucket: a store that begins its list anew each time is no endless one" {
	mkdir t
	records "t/$(trail_name 300 1)" <<<"signin $A 60 id=in-1"
	bucket '.starts = false'
	run at_time $((base + LATER)) timeout 60 "$TWOKEY" correlate --conf twokey.conf --since 24 s3://acme-trail/p/
	has "its keys are not in order"
	[ "$status" != 124 ]
}

@test "a trail's bucket: no key that others put there makes the list endless" {
	mkdir t
	records "t/$(trail_name 300 1)" <<<"signin $A 60 id=in-1"
	bucket '.objects["acme-trail"]["p/AWSLogs/'$A'/CloudTrail-Digest/\u00e9.json.gz"] = {"text": "x"} |
		.objects["acme-trail"]["p/AWSLogs/'$A'/CloudTrail-Insight/\u00e9.json.gz"] = {"text": "x"}'
	run at_time $((base + LATER)) timeout 60 "$TWOKEY" correlate --conf twokey.conf --since 24 s3://acme-trail/p/
	[ "$status" = 0 ]
	has "$A  explained"
	has "verified: 2 digests, 1 file"
}

@test "a trail's bucket: its prefix may be named as CloudTrail's own folders are" {
	mkdir t
	records "t/$(trail_name 300 1)" <<<"signin 444455556666 60 id=in-1"
	bucket '.objects["acme-trail"] |= with_entries(.key |= sub("^p/"; "logs/CloudTrail/"))'
	run -7 correlate --since 24 s3://acme-trail/logs/CloudTrail/
	has "444455556666  UNEXPLAINED"
}

@test "a source that was left by a clock that was ahead is read anew" {
	mkdir t
	records "t/$(trail_name 300 1)" <<<"signin 444455556666 60 id=in-1"
	bucket
	printf '{"sources":{"s3://acme-trail/p/":"%s.000Z"},"type":"twokey-correlate-v1"}' \
		"$(date -u +%Y-%m-%dT%H:%M:%S -d "@$((base + 40 * 86400))")" >state/correlate.json
	chmod 0600 state/correlate.json
	run -7 correlate s3://acme-trail/p/
	has "444455556666  UNEXPLAINED"
}

@test "failed sign-ins: a day that has its entry waits no more, and none takes the room of what waits" {
	local day=$(((base / 86400 - 1) * 86400 + 43200))
	records e.jsonl <<<"failed $A $((day - base)) id=f-1"
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	run -0 correlate --lookup
	[ "$(entries | jq -r .verdict)" = "failed sign-in" ]
	records e.jsonl <<<"failed $A $((day - base + 1)) id=f-2"
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	run -0 correlate --lookup
	[ ! -e state/waiting.jsonl ]
	[ "$(entries | wc -l)" = 1 ]
	# Today's, with more than is kept, and a sign-in behind them.
	records e.jsonl <<-X
		failed $A $((LATER - 60))
		signin 444455556666 $((LATER - 60)) id=waits
	X
	aws "$(jq -cs . e.jsonl) as [\$failed, \$in] | [range(18) | 900000] + [range(19) | pow(2; 18 - .) | floor | ., .] |
		to_entries | map(.key as \$k | .value as \$n | \$failed | .eventID = \"big-\(\$k + 100)\" | .requestParameters = {x: (\"x\" * \$n)}) |
		{now: \$now, events: (. + [\$in])}"
	run -0 correlate --lookup
	has "444455556666  pending"
	[ "$(wc -c <state/waiting.jsonl)" -gt 16000000 ]
	grep -q '"eventID": *"waits"' state/waiting.jsonl
}

@test "a queue of another account vouches for nothing" {
	aws .
	run -3 correlate --queue https://sqs.us-east-1.amazonaws.com/999922223333/root
	has "The queue https://sqs.us-east-1.amazonaws.com/999922223333/root is not of account $A"
	[ "$(calls sqs.ReceiveMessage | wc -l)" = 0 ]
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

@test "a queue: a message that cannot be read stays there" {
	records e.jsonl <<<"act $A 60 session=60 id=x"
	aws "$(jq -cs '{answers: {"sqs.ReceiveMessage": [{json: {Messages: [.[] | .eventTime = "never" | {MessageId: "m", ReceiptHandle: "r",
		MD5OfBody: "", Body: ({"detail-type": "AWS Console Sign In via CloudTrail", detail: .} | tojson)}]}}, {json: {}}]}}' e.jsonl) + ."
	run -7 correlate --queue $QUEUE
	has "the queue: 1 of its records was not read: its eventTime is none"
	has "0 files and 1 record could not be read"
	[ "$(calls sqs.DeleteMessage | wc -l)" = 0 ]
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

@test "a source that cannot be read silences no other" {
	# Without an alarm its own exit code tells.
	aws .
	run correlate s3://gone/p/ s3://gone-too/p/
	[ "$status" != 0 ] && [ "$status" != 7 ]
	has "s3:ListBucket"
	rm -f state/correlate.json
	records e.jsonl <<<"signin 444455556666 60 id=alarm"
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	run -7 correlate --lookup s3://gone/p/
	has "444455556666  UNEXPLAINED"
	has "NoSuchBucket"
	has "1 use of root is not explained"
	[ "$(entries | jq -r 'select(.type == "root.activity").event')" = alarm ]
	# It is read from where it was left, not from where the others are.
	[ "$(jq -r '.sources | keys[]' state/correlate.json)" = lookup/home ]
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
	[ "$(cat watch.kill watch.term | grep -c "ALARM: root of 444455556666  UNEXPLAINED .*factor; nobody opened the vault for it; event alarm$")" = 1 ]
	[ "$(entries | wc -l)" = 2 ]
}
