#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# CloudTrail's records against releases.

# shellcheck source=tests/cli/correlate.bash
. "${BATS_TEST_DIRNAME}/correlate.bash"

setup_file() { trail_vault; }
setup() { trail_begin; }

@test "a sign-in with its session is explained by the release before it" {
	trail t/a.json.gz <<-X
		signin $A 60 id=in-1
		act $A 90 session=60 source=ec2 name=DescribeInstances
		act $A 95 session=60 source=iam name=CreateUser write=yes
		act $A 120 session=62 source=iam name=AttachUserPolicy write=yes region=eu-west-1
		act $A 130 source=billingconsole name=GetAccountPlan
		other $B 50
	X
	sign
	run -0 correlate $hours --keys keys.json t
	has "$A  explained"
	hasnt "nobody has signed"
	has "sign-in from 192.0.2.10, with a second factor"
	has "by prod: version 1 opened by alice, carol, entry "
	has "ticket INC-4711"
	has "4 acts until "
	has "2 of them change something: iam 2"
	has "read: 1 file, 6 records"
	run -0 entries
	[ "$(jq -r .type <<<"$output" | sort | uniq -c | xargs)" = "1 root.activity 1 root.records" ]
	[ "$(jq -r 'select(.type == "root.records").gzip' <<<"$output" | base64 -d | gunzip | wc -l)" = 5 ]
	[ "$(jq -r 'select(.type == "root.records").gzip' <<<"$output" | base64 -d | gunzip |
		jq -r .eventID | head -1)" = in-1 ]
	run -0 "$TWOKEY" log show --conf twokey.conf "$(jq -r 'select(.type == "root.activity").release.seq' <<<"$output")"
	has " asks to unseal prod version 1, because \"a test\", ticket INC-4711"
	has "released by alice, carol"
	has "root of $A: explained by entry "
	has ": sign-in at "
	has ", 4 acts until "
	run -7 "$TWOKEY" status --conf twokey.conf
	has "proven       signed in with, by CloudTrail's event in-1"
	run -0 "$TWOKEY" log verify --conf twokey.conf
	has "everything holds"
	run -0 /usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
	hasnt "unknown type"
}

@test "what is known is not counted twice, and one release never explains two sign-ins" {
	trail t/a.json.gz <<-X
		signin $A 60 id=in-1
		act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1
	X
	cp t/a.json.gz t/b.json.gz
	sign
	run -0 correlate $hours --keys keys.json t
	has "2 of root's twice"
	# What the log has is not twice here.
	run -0 correlate $hours --keys keys.json t/a.json.gz
	hasnt "twice"
	[ "$(entries | wc -l)" = 2 ]
	# A day later there is one more act of the session, and a second sign-in.
	trail t2.json <<-X
		act $A 600 session=60 source=s3 name=DeleteBucket write=yes
		signin $A 1200 id=in-2
	X
	run -7 correlate $hours t2.json
	has "UNEXPLAINED"
}

@test "reasons for an alarm" {
	trail t/a.jsonl <<-X
		signin $A 60 mfa=No
		signin $B 60
		signin $A 120 id=good
		signin $A 900 id=second
		signin $A 960 id=elsewhere from=203.0.113.9
		act $B 7000 key=AKIAIOSFODNN7EXAMPLE source=sts name=GetCallerIdentity
		act $A 5000 session=4999 source=ec2 name=DescribeVpcs
		recovery $A 86000
		key $A 86060 session=86050
	X
	run -7 correlate 200000 t
	for why in "no second factor was given" "nobody opened the vault for it" \
		"its release has explained another sign-in already" \
		"it came from another address than the sign-in that its release explains" \
		"it used an access key of root's own" "the sign-in of its session was not read"; do has "$why"; done
	has "8 uses of root are not explained."
	has "twokey runbook unexplained-use"
	[ "$(grep -c '  explained' <<<"$output")" = 1 ]
}

@test "what is no alarm: central sessions, failed sign-ins, what may come yet" {
	trail t/a.lookup.json <<-X
		assume $B 10 key=ASIACENTRAL
		central $B 20 key=ASIACENTRAL
		failed $A 30 from=198.51.100.1
		failed $A 40 from=198.51.100.2
		signin $B 100
	X
	sign
	run -0 correlate 400 --keys keys.json t
	has "$B  central"
	has "2 failed sign-ins on that day"
	has "$B  pending"
	has "prod version 1 was opened by alice, carol"
	run -0 entries
	[ "$(jq -r .verdict <<<"$output" | grep -v null)" = central ]
	# Two days on the day of failures is over, and what could have come has.
	run -7 correlate 200000 --keys keys.json t
	run -0 entries
	[ "$(jq -r 'select(.verdict != null).verdict' <<<"$output" | sort | xargs)" = "central failed sign-in unexplained" ]
	run -0 correlate 200000 --keys keys.json t
	[ "$(entries | wc -l)" = 5 ]
}

@test "broken files are told and passed by" {
	trail t/good.json.gz <<<"signin $A 60"
	printf 'act %s 70 session=60 source=iam name=CreateUser write=yes\n' $A | trail t/cut.json.gz
	truncate -s -20 t/cut.json.gz
	printf '{"Records":[{"userIdentity":{"type":"Root"}]}' >t/nested.json
	printf '{"Records":[{"userIdentity":{"type":"Root"},"eventSource":"x"}]}' >t/members.json
	: >t/empty.json
	printf 'signin\0\377' >t/noise.json
	head -c 3000000 /dev/zero | gzip >t/bomb.json.gz
	run -7 correlate $hours t
	for file in cut.json.gz nested.json empty.json noise.json bomb.json.gz members.json; do has "t/$file: "; done
	has "NOT READ: 5 files"
	has "5 files and 1 record could not be read: what root did there is not known."
	has "$A  explained"
	run -1 correlate $hours nowhere
	has "nowhere cannot be read: "
	has "hint: Name a trail's file, or a folder "
}

@test "what whoever acts as root puts into a record hides nothing, nor speaks for us" {
	python3 - $A "$base" <<-'X'
		import json, sys, time
		def deep(n):
		    return {"a": deep(n - 1)} if n else {}
		def record(i, **more):
		    return {"eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(sys.argv[2]) + 5000)),
		            "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventID": i, "awsRegion": "us-east-1",
		            "userIdentity": {"type": "Root", "accountId": sys.argv[1]}, **more}
		with open("t/values.json", "w") as f:
		    json.dump({"Records": [record("values", requestParameters={"a": list(range(10)) * 12000})]}, f, separators=(",", ":"))
		with open("t/words.json", "w") as f:
		    json.dump({"Records": [record("words\n", eventSource="\33]0;x\a", eventName="\33[2J\n  explained",
		                                  sourceIPAddress="\u202e", userAgent="\ud800\u0000" + "x" * 60000)]}, f)
		with open("t/deep.json", "w") as f:
		    json.dump({"Records": [record("deep", requestParameters=deep(90)), record("behind")]}, f)
	X
	run -7 correlate $hours --dry t/values.json
	has "event values"
	run -7 correlate $hours --dry t/words.json
	has '\x1B]0;x\x07 \x1B[2J\x0A  explained'
	[ "$(grep -c '  explained' <<<"$output")" = 1 ]
	! grep -q "$(printf '\033')" <<<"$output" || return 1
	run -7 correlate $hours --dry t/deep.json
	has "1 file and 0 records could not be read"
}

@test "what links lead to is read" {
	mkdir real t/day
	trail real/a.json.gz <<<"signin $B 60 id=in-b"
	trail t/day/b.json.gz <<<"other $A 50"
	ln -s ../real t/link
	ln -s .. t/day/loop
	ln -s t all
	run -7 correlate $hours --dry all
	has "$B  UNEXPLAINED"
	has "read: 2 files, 2 records"
	ln -s nowhere t/c.json
	run correlate $hours --dry all
	[ "$status" != 0 ]
	has "t/c.json cannot be read" || has "all/c.json cannot be read"
}

@test "a sign-in that comes late does not take the release of one that the log has as explained" {
	trail t/a.json.gz <<<"signin $A 120 id=in-late"
	sign
	run -0 correlate $hours --keys keys.json t
	trail t/b.json.gz <<<"signin $A 60 id=in-early from=203.0.113.9"
	sign
	run -7 correlate $hours --keys keys.json t
	has "1 use of root is not explained"
	[ "$(entries | jq -r 'select(.type == "root.activity") | .event + " " + .verdict' | xargs)" = "in-late explained in-early unexplained" ]
}

@test "an alarm is one once: later runs show it, name its entry, and end well" {
	trail t/a.json.gz <<-X
		signin $B 60 id=in-b
		act $B 4000 key=AKIAIOSFODNN7EXAMPLE source=sts name=GetCallerIdentity id=key-1
	X
	sign
	run -7 correlate $hours --dry --keys keys.json t
	hasnt "told before"
	run -7 correlate $hours --keys keys.json t
	hasnt "told before"
	has "2 uses of root are not explained."
	run -0 correlate $hours --keys keys.json t
	for id in in-b key-1; do
		has "told before: entry $(entries | jq -r "select(.event == \"$id\").seq") of bastion1's log"
	done
	correlate $hours --json --keys keys.json t >out
	[ "$(jq -c '.findings | map([.event, .new, .entry.host, .entry.seq])' out)" = \
		"$(entries | jq -cs 'map(select(.type == "root.activity")) | map([.event, false, .host, .seq])')" ]
	# The sign-in alone stands in each later run.
	printf '{"Records":[]}' | run -0 correlate $hours -
	has "$B  UNEXPLAINED"
	has "told before: entry "
	# What comes new to it is new.
	trail t2.json <<<"act $B 90 session=60 source=iam name=CreateUser write=yes"
	run -7 correlate $hours t2.json
	hasnt "told before"
	has "1 use of root is not explained."
	run -0 correlate $hours t2.json
}

@test "of two sign-ins within seconds a session hangs on the one that it names" {
	trail t/a.json.gz <<-X
		signin $A 60 id=in-1
		signin $A 63 id=in-2 from=203.0.113.9
		act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1
		act $A 91 session=63 source=iam name=DeleteUser write=yes id=act-2 from=203.0.113.9
		signin $B 60 id=in-3
		signin $B 60 id=in-4 from=203.0.113.9
		act $B 90 session=60 source=iam name=CreateUser write=yes id=act-3
		act $B 91 session=60 source=iam name=DeleteUser write=yes id=act-4 from=203.0.113.9
	X
	correlate $hours --json --dry t >out || [ $? = 7 ]
	[ "$(jq -c '.findings | map([.event, .verdict, .events, .writes])' out)" = \
		'[["in-1","explained",2,1],["in-2","unexplained",2,1],["in-3","unexplained",2,1],["in-4","unexplained",2,1]]' ]
}

@test "a release explains one password recovery" {
	trail t/a.json.gz <<-X
		recovery $A 60 id=asked-1
		recovered $A 120 id=set-1
		recovery $A 180 id=asked-2
		recovered $A 240 id=no outcome=Failure
	X
	sign
	run -0 correlate $hours --keys keys.json t
	mkdir u
	trail u/b.json.gz <<<"recovered $A 100 id=set-2 from=203.0.113.9"
	sign_trail u
	run -7 correlate $hours --keys keys.json u
	has "its release has explained another password recovery already"
	[ "$(grep -c UNEXPLAINED <<<"$output")" = 1 ]
	[ "$(entries | jq -r 'select(.verdict == "unexplained").event')" = set-2 ]
	run -0 correlate $hours --keys keys.json u
	has "told before: entry "
}

@test "words that say nothing here are refused" {
	run -2 correlate $hours --since 5 t
	has "--since goes with AWS's sources"
	for queue in foo https://sqs.us-east-1.amazonaws.com/root sqs:111122223333/root; do
		run -2 correlate $hours --queue $queue
		has "\"$queue\" is no queue: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME."
	done
}

@test "as JSON, and without a log" {
	trail t/a.json <<<"signin $A 60 id=in-1"
	correlate $hours --json --dry t >out
	[ "$(jq -r '.findings[0] | .verdict, .event, .mfa, .release.ticket' out | xargs)" = "explained in-1 yes INC-4711" ]
	[ "$(jq -r '.releases[0].state' out)" = used ]
	[ "$(entries | wc -l)" = 0 ]
	correlate $hours --json --dry - <t/a.json | jq -e '.read.records == 1'
}

@test "which regions and times were read is said, and what was not" {
	local region
	for region in eu-west-1 eu-west-2 eu-west-3 eu-north-1 sa-east-1; do
		trail t/${A}_CloudTrail_${region}_20261123T0935Z_aaaaaaaaaaaaaaaa.json.gz <<<"other $A 5"
	done
	trail t/${A}_CloudTrail_eu-west-1_20261123T0955Z_aaaaaaaaaaaaaaab.json.gz <<<"other $A 6"
	trail t/${A}_CloudTrail_eu-west-1_20261123T1205Z_aaaaaaaaaaaaaaaa.json.gz <<<"other $A 7"
	trail t/${B}_CloudTrail_eu-west-1_20261124T0005Z_aaaaaaaaaaaaaaaa.json.gz <<<"other $B 7"
	run -0 correlate $hours --dry t
	has "  eu-west-1 of files: 2026-11-23 09:00:00Z to 2026-11-24 01:00:00Z, 2 hours without a file"
	has "  and 1 more (--json)"
	has "NOT READ: all other regions and times, even us-east-1 where root's sign-ins stand"
	correlate $hours --dry --json t >out
	jq -e '.read.spans | length == 6 and .[1].without == [{from: "2026-11-23T10:00:00.000Z", to: "2026-11-23T12:00:00.000Z"}] and
		.[1].files == 3 and .[1].account == "'$A'"' out
	trail t/x.json <<<"other $A 5"
	run -0 correlate $hours --dry t
	has "  1 file under a name of its own: read, but of which regions and times is not known"
	hasnt "even us-east-1"
}

@test "records of real accounts" {
	local trails=$BATS_TEST_DIRNAME/trails
	run -7 correlate $hours --dry "$trails/root-mfa-2017.json"
	has "811596193553  UNEXPLAINED     2017-02-18 19:20:48Z  sign-in from 255.253.125.115, with a second factor"
	run -7 correlate $hours --dry "$trails/lookup-root-2020.json"
	has "338612595803  UNEXPLAINED     2020-01-09 05:37:09Z  glue GetTags from 165.225.104.109"
	run -7 correlate $hours --dry "$trails/aws-guide.jsonl"
	has "mfa enabled from 192.0.2.0"
	has "1 failed sign-in on that day"
	has "10 records, 1 of root's twice"
	run -0 correlate $hours --dry "$trails/kms-and-signin.jsonl.gz"
	has "read: 1 file, 243 records"
}

@test "a file larger than memory may hold, and records in it that are too long" {
	python3 - <<-'X'
		import gzip, json
		filler = json.dumps({"a": "x" * 3000, "b": [1, {"c": None}]})
		with gzip.open("t/big.json.gz", "wt", compresslevel=1) as f:
		    f.write('{"Records":[')
		    for i in range(30000):
		        f.write(filler + ",")
		    f.write('{"eventTime":"2020-01-01T00:00:00Z","eventSource":"iam.amazonaws.com","eventName":"ListUsers",'
		            '"eventID":"in-the-end","awsRegion":"us-east-1","userIdentity":{"type":"Root","accountId":"111122223333"}}')
		    f.write("]}")
		with open("t/long.json", "w") as f:
		    f.write('{"Records":[{"a":"' + "y" * 1100000 + '"}]}')
	X
	run -7 correlate $hours --dry t
	has "event in-the-end"
	has "t/long.json: at byte 12: a record is too long"
	# A sanitizer's own map of memory is larger.
	local limit=(prlimit --as=1000000000)
	[ -z "${TK_UNDER:-}" ] || limit=()
	"${limit[@]}" "$TWOKEY" correlate --conf twokey.conf --dry --json t/big.json.gz >out || [ $? = 7 ]
	jq -e '.read.records == 30001' out
}
