#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What AWS has handed over, or would, and could not be read, judged or kept: it is said, and not lost.

# shellcheck source=tests/cli/aws.bash
. "${BATS_TEST_DIRNAME}/aws.bash"

B=444455556666
QUEUE=https://sqs.us-east-1.amazonaws.com/111122223333/root
KEY=arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555

setup_file() { aws_vault; }
setup() { aws_begin; }
teardown() { aws_end; }

# queue: the lines of the standard input, each a message's body, in a queue; their receipts are r-1, r-2, ...
queue() {
	aws "{answers: {\"sqs.ReceiveMessage\": [{json: {Messages: $(jq -cR '{MessageId: "m", ReceiptHandle: "r-\(input_line_number)",
		MD5OfBody: "", Body: .}' | jq -cs .)}}, {json: {}}]}} + ."
}
# flood: this record twenty times, with 900 KB each, in answers of five messages.
flood() {
	aws "$(cat in.jsonl) as \$in | {answers: {\"sqs.ReceiveMessage\": ([range(4) | . as \$i | {json: {Messages: [range(5) | . as \$k |
		{MessageId: \"m\", ReceiptHandle: \"r-\(\$i)-\(\$k)\", MD5OfBody: \"\", Body: ({detail: (\$in | .eventID = \"big-\(\$i)-\(\$k)\" |
		.requestParameters = {x: (\"x\" * 900000)})} | tojson)}]}}] + [{json: {}}])}} + ."
}
settled() { calls sqs.DeleteMessage | jq -r .ReceiptHandle | xargs; }

@test "a flood of what cannot be judged yet: what finds no room stays in the queue, and is said" {
	records in.jsonl <<<"signin $B $((LATER - 60))"
	flood
	run -0 correlate --queue $QUEUE
	has "2 of root's records that cannot be judged yet find no room in this machine's state: they stay with AWS, and this run's messages in the queue, and are read again."
	[ -z "$(settled)" ]
	[ "$(wc -l <state/waiting.jsonl)" = 18 ]
	# Once they are judged, all go.
	LATER=$((LATER + 3600))
	flood
	run -7 correlate --queue $QUEUE
	has "20 uses of root are not explained."
	hasnt "find no room"
	[ "$(settled | wc -w)" = 20 ]
	[ ! -e state/waiting.jsonl ]
}

@test "a message that is no record, or wrapped too deeply, is a fault and stays in the queue" {
	local deep i
	records in.jsonl <<<"signin $A 60 id=in-1"
	deep=$(jq -c . in.jsonl)
	for ((i = 0; i < 5; i++)); do deep="{\"detail\":$deep}"; done
	{
		jq -c '{detail: .}' in.jsonl
		echo "$deep"
		echo '{"detail":{"state":"running"}}'
		echo '{"Service":"Amazon S3","Event":"s3:TestEvent"}'
		echo '7'
	} | queue
	run -7 correlate --queue $QUEUE
	has "$A  explained"
	has "the queue: 1 of its records was not read: it is wrapped too deeply"
	[ "$(grep -c "the queue: 1 of its records was not read: it is no record of CloudTrail's, and holds none" <<<"$output")" = 2 ]
	has "the queue: 1 of its records was not read: it is neither an object nor an array"
	has "0 files and 4 records could not be read"
	[ "$(settled)" = r-1 ]
	# The same of a file.
	records t.json.gz <<<"signin $A 60 id=in-1"
	printf '{"mine":{"type":"Root"}}\n' >other.json
	run -7 correlate other.json
	has "other.json: 1 of its records was not read: it is no record of CloudTrail's, and holds none"
	run -0 correlate - <<<'{"Records":[]}'
}

@test "what an earlier run kept and cannot be read now is a fault, and is set aside" {
	printf 'no record\n' >state/waiting.jsonl
	chmod 0600 state/waiting.jsonl
	run -7 correlate --dry - <<<'{"Records":[]}'
	has "state/waiting.jsonl: "
	has "1 file and 0 records could not be read"
	run -7 correlate - <<<'{"Records":[]}'
	[ "$(cat state/waiting.jsonl.1)" = "no record" ]
	[ ! -e state/waiting.jsonl ]
	run -0 correlate - <<<'{"Records":[]}'
}

@test "a cursor that is malformed is set aside, once, and the sources are read anew" {
	records e.jsonl <<<"signin $A 60 id=in-1"
	aws "$(jq -cs '{events: .}' e.jsonl) + ."
	for text in '{' '{"type":"x"}'; do
		printf '%s' "$text" >state/correlate.json
		chmod 0600 state/correlate.json
		run -0 correlate --lookup
		has "correlate.json"
		has "So AWS's sources are read from their begin, and it will be kept under another name."
		since=$(($(calls cloudtrail.LookupEvents | tail -1 | jq .StartTime) - base - LATER + 90 * 86400))
		((since >= 0 && since < 60))
		jq -e '.sources["lookup/home"]' state/correlate.json
		run -0 correlate --lookup
		hasnt "correlate.json"
	done
	[ "$(cat state/correlate.json.1)" = '{' ]
	[ "$(cat state/correlate.json.2)" = '{"type":"x"}' ]
}

# Three trail files and their digests as a bucket, the second of them of an account that nothing explains.
three() {
	local i who
	rm -rf t
	mkdir t
	for i in 1 2 3; do
		who=$B
		[ $i = 2 ] || who=$A
		records "t/${A}_CloudTrail_us-east-1_$(date -u +%Y%m%dT%H%MZ -d "@$((base + 300 * i))")_bbbbbbbbbbbbbb0$i.json.gz" \
			<<<"other $who $((i * 60))"
	done
	records t/x.json.gz <<<"signin $B 60 id=alarm"
	mv t/x.json.gz "$(find t -name '*02.json.gz')"
}
bucket() {
	sign_trail t "$((base - 1800))"
	aws ". + $(python3 "$TK_TOP/tests/lib/bucket.py" t keys.json) | ${1:-.}"
}

@test "an object that S3 does not give is said, and the others are read" {
	local fault third
	three
	third=$(basename "$(find t -name '*01.json.gz')")
	for fault in '{error: "InvalidObjectState", status: 403, message: "archived"}' '{error: "AccessDenied", status: 403}' \
		'{error: "NoSuchKey", status: 404}' '{fault: "huge"}'; do
		# Four digests come first.
		rm -f state/correlate.json
		bucket ".answers[\"s3.GetObject\"] = [{}, {}, {}, {}, $fault, {}]"
		run -7 correlate --since 24 --dry s3://acme-trail/p/
		has "$third: "
		has "$B  UNEXPLAINED"
		has "NOT READ: 1 file from a fault on"
		has "verified: 4 digests, 2 files"
		# It is there: nobody has taken it away.
		hasnt "it is not here"
		[ "$(calls s3.GetObject | wc -l)" = 7 ]
	done
	run -7 correlate --since 24 s3://acme-trail/p/
	jq -e '.sources["s3://acme-trail/p/"]' state/correlate.json
}

@test "a digest that S3 does not give is said, and is not missing" {
	three
	bucket '.answers["s3.GetObject"] = [{}, {error: "InvalidObjectState", status: 403}, {}]'
	run -7 correlate --since 24 --dry s3://acme-trail/p/
	has "InvalidObjectState"
	has "$B  UNEXPLAINED"
	hasnt "it is not here"
	has "NOT READ: 1 file from a fault on"
	has "verified: 3 digests, 2 files; NOT VERIFIED: 1 file"
}

@test "where no object may be read, that is the bucket's fault" {
	local i
	mkdir t
	for ((i = 10; i < 35; i++)); do
		records "t/${A}_CloudTrail_us-east-1_$(date -u +%Y%m%dT%H%MZ -d "@$((base + 300))")_bbbbbbbbbbbbbb$i.json.gz" <<<"other $A 1"
	done
	bucket '.answers["s3.GetObject"] = [{error: "AccessDenied", status: 403}] | .objects["acme-trail"] |= with_entries(select(.value.meta == null))'
	run -8 correlate --since 24 s3://acme-trail/p/
	has "AWS does not allow s3:GetObject with this key"
	[ "$(calls s3.GetObject | wc -l)" = 20 ]
	[ ! -e state/correlate.json ]
}

@test "a prefix without a trail, and a trail that has ended, are said" {
	three
	bucket
	run -1 correlate --since 24 s3://acme-trail/q/
	has "There are no trail files in s3://acme-trail/q/."
	[ ! -e state/correlate.json ]
	LATER=$((10 * 86400))
	bucket
	run -1 correlate --since 24 s3://acme-trail/p/
	has "In s3://acme-trail/p/ no trail file was delivered since "
	[ ! -e state/correlate.json ]
	run -7 correlate --since 480 s3://acme-trail/p/
	has "$B  UNEXPLAINED"
}

@test "a clock that is not AWS's is said, and no source moves on by it" {
	local ahead
	records e.jsonl <<<"signin $A 60 id=in-1"
	for ahead in 21600 -600; do
		aws "$(jq -cs '{events: .}' e.jsonl) + {now: (\$now - ($ahead))}"
		run -7 correlate --lookup
		has "This machine's clock is $((${ahead#-} / 60)) minutes $([ $ahead -lt 0 ] && echo behind || echo ahead of) AWS's"
		has "$A  explained"
		[ ! -e state/correlate.json ]
	done
	aws "$(jq -cs '{events: .}' e.jsonl) + {now: (\$now - 60)}"
	run -0 correlate --lookup
	hasnt "clock"
}

@test "a witness's key is asked about once, though two fields have it" {
	aws .
	LATER=0 run -0 "$TWOKEY" seal two --conf twokey.conf --kind generic --field a=@s --field b=@s --witness $KEY
	tk alice.key bob.key -- unseal two --reason "a test" --show --force-stdout >/dev/null
	base=$(date +%s)
	LATER=1300
	aws .
	run -7 correlate --lookup --dry
	[ "$(calls cloudtrail.LookupEvents | grep -c Decrypt)" = 1 ]
	[ "$(calls cloudtrail.LookupEvents | grep -c ReEncrypt)" = 1 ]
}

@test "watch: a SIGTERM just before it waits is not slept away" {
	local pid
	mkdir t
	records t/a.json.gz <<<"other $A 1"
	# The signal comes when it has made up its mind to wait, and before it does.
	${CC:-cc} -shared -fPIC -o late.so -x c - <<-C
		#define _GNU_SOURCE
		#include <poll.h>
		#include <signal.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int ppoll(struct pollfd *p, nfds_t n, const struct timespec *t, const sigset_t *mask)
		{
			struct timespec left = { t != NULL ? t->tv_sec : 0, t != NULL ? t->tv_nsec : 0 };
			if (n == 0)
				raise(SIGTERM);
			return (int)syscall(SYS_ppoll, p, n, t != NULL ? &left : NULL, mask, 8);
		}
		int poll(struct pollfd *p, nfds_t n, int ms)
		{
			struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
			return ppoll(p, n, ms >= 0 ? &t : NULL, NULL);
		}
	C
	LD_PRELOAD=$PWD/late.so "$TWOKEY" watch --conf twokey.conf --every 3600 t 2>watch.log 3>&- &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		kill -0 $pid 2>/dev/null || break
		sleep 0.1
	done
	! kill -0 $pid 2>/dev/null || { kill -9 $pid; return 1; }
	wait $pid
}

@test "killed amid the entry of an alarm: what it left does not count as told" {
	local log=store/log/bastion1.jsonl end
	records t.json.gz <<<"act $B 4000 key=AKIAIOSFODNN7EXAMPLE source=sts name=GetCallerIdentity id=key-1"
	copy_vault "$PWD" "$BATS_TEST_TMPDIR/other"
	(cd "$BATS_TEST_TMPDIR/other" && run -7 correlate t.json.gz)
	end=$(grep -ab '"type":"root.activity"' "$BATS_TEST_TMPDIR/other/$log" | tail -1 | cut -d: -f1)
	# The file ends where its line begins, and so does the command, before it can take the rest back.
	run at_time "$((base + LATER))" prlimit --fsize=$((end + 20)) strace -f -qq -o trace -P "$PWD/$log" -e trace=pwrite64 \
		-e inject=pwrite64:signal=KILL:when=2 "$TWOKEY" correlate --conf twokey.conf t.json.gz
	[ "$(stat -c %s "$log")" = $((end + 20)) ]
	run -7 correlate t.json.gz
	has "1 use of root is not explained."
	hasnt "told before"
	[ "$(entries | jq -r 'select(.type == "root.activity").event')" = key-1 ]
	run -0 correlate t.json.gz
	has "told before: entry "
	run -0 "$TWOKEY" log verify --conf twokey.conf
}
