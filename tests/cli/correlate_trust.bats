#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What AWS vouches for of a trail, and what nobody does.

# shellcheck source=tests/cli/correlate.bash
. "${BATS_TEST_DIRNAME}/correlate.bash"

setup_file() { trail_vault; }
setup() { trail_begin; }

# What the log has of an entry's members, a line each.
told() { entries | jq -c "select(.type == \"root.activity\") | [$1]"; }

@test "a file that nobody has signed raises alarms, and explains nothing for good" {
	trail t/a.json.gz <<-X
		signin $A 60 id=in-1
		act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1
		failed $A 30
		assume $B 10 key=ASIACENTRAL
		signin $B 60 id=in-b
	X
	run -7 correlate 200000 t
	has "$A  explained"
	[ "$(grep -c "from a file that nobody has signed: no proof, and not recorded" <<<"$output")" = 3 ]
	[ "$(grep -c "from a file that nobody has signed$" <<<"$output")" = 1 ]
	[ "$(told .event,.verdict,.vouched)" = '["in-b","unexplained",false]' ]
	[ "$(entries | jq -c 'select(.type == "root.records") | [.ids, .vouched]')" = '[["in-b"],false]' ]
	run -7 "$TWOKEY" status --conf twokey.conf
	hasnt "signed in with"
	correlate 200000 --json --dry t >out || [ $? = 7 ]
	jq -e '[.findings[] | .vouched] == [false, false, false, false]' out
	# Once AWS vouches for it, all of it is told, and once.
	sign
	for status in 7 0; do
		run -$status correlate 200000 --keys keys.json t
		hasnt "nobody has signed"
		[ "$(told .vouched,.verdict | sort | uniq -c | xargs)" = \
			'1 [false,unexplained] 1 [true,central] 1 [true,explained] 1 [true,failed sign-in] 1 [true,unexplained]' ]
	done
	run -7 "$TWOKEY" status --conf twokey.conf
	has "proven       signed in with, by CloudTrail's event in-1"
	run -0 "$TWOKEY" log verify --conf twokey.conf
	has "everything holds"
	run -0 /usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
}

@test "what AWS has signed takes the place of what a file says under the same eventID" {
	mkdir u
	trail u/a.json <<<"central $A 60 key=ASIACENTRAL id=in-1"
	trail t/z.json <<<"signin $A 5000 id=in-1"
	run -0 correlate 20000 u
	[ "$(entries | wc -l)" = 0 ]
	sign
	for order in "u t" "t u"; do
		# shellcheck disable=SC2086
		run -7 correlate 20000 --dry --keys keys.json $order
		has "$A  UNEXPLAINED"
		hasnt "$A  central"
	done
	run -7 correlate 20000 --keys keys.json u t
	[ "$(told .event,.verdict,.vouched)" = '["in-1","unexplained",true]' ]
	# An alarm that a file has raised hides no later one of that name.
	trail u/a.json <<<"signin $B 60 id=in-2"
	run -7 correlate 20000 u
	trail t/z.json <<<"signin $A 5100 id=in-2"
	sign
	run -7 correlate 20000 --keys keys.json t
	[ "$(told .event,.account,.vouched | tail -1)" = "[\"in-2\",\"$A\",true]" ]
}

@test "no file that nobody has signed explains a session that AWS tells of" {
	mkdir u
	trail u/copy.json <<<"signin $A 60 id=in-1"
	trail t/act.json <<<"act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1"
	sign
	run -0 correlate 4000 --keys keys.json t u
	has "$A  pending"
	has "its sign-in stands in a file alone that nobody has signed"
	run -7 correlate 20000 --keys keys.json t u
	has "$A  UNEXPLAINED"
	# Nor takes one a release away from a sign-in that AWS tells of.
	trail t/in.json <<<"signin $A 120 id=real"
	sign
	run -0 correlate 20000 --keys keys.json t/in.json u t
	[ "$(grep -c "$A  explained" <<<"$output")" = 1 ]
	[ "$(told .event,.verdict | grep '"real"')" = '["real","explained"]' ]
	# A signed file in another place than its name says is judged by its bytes.
	cp t/in.json "u/$(basename t/act.json)"
	run -6 correlate 20000 --keys keys.json t u
	has "u/act.json: a digest names another hash: it was changed"
}

# Four files under digests, and one that no digest names.
digested() {
	local i
	for i in 1 2 3 4; do trail t/f$i.json.gz <<<"signin $A $((i * 10)) id=in-$i"; done
	/usr/bin/python3 "$TK_TOP/tests/lib/digests.py" t $((base - 1800)) t/f?.json.gz
	trail t/f9.json.gz <<<"other $A 5"
	mv t/keys.json .
}
verified() {
	local want=$1
	shift
	run -"$want" correlate $hours --dry --keys keys.json "$@" t
}

@test "digests: what AWS has signed of a copy" {
	digested
	verified 7
	has "verified: 4 digests, 4 files; NOT VERIFIED: 1 file, 1 digest without a known signature, 0 missing before another"
	correlate $hours --dry --json --keys keys.json t >out || [ $? = 7 ]
	jq -e '.digests | .digests == 4 and .files == 4 and .uncovered == 1 and .unsigned == 1 and (.covered | length) == 1' out
	# Each link is broken once.
	gunzip -c t/f2.json.gz | sed s/192.0.2.10/192.0.2.11/ | gzip >t/x && mv t/x t/f2.json.gz
	verified 6
	has "t/f2.json.gz: a digest names another hash: it was changed"
	rm t/f3.json.gz
	verified 6
	has "AWSLogs/f3.json.gz: a digest names it, but it is not here"
	has "0 digests, 1 file changed, 1 missing."
}

@test "digests: changed, missing, signed by somebody else" {
	local dir=t/CloudTrail-Digest/us-east-1 name
	digested
	name=$(basename "$(find $dir -name '*.gz' | sort | sed -n 2p)")
	cp "$dir/$name" keep.gz
	gunzip -c keep.gz | sed 's/SHA256withRSA/SHA256withRsa/' | gzip >"$dir/$name"
	verified 6
	has "$name: the digest behind it names another hash: it was changed"
	rm "$dir/$name"
	verified 7
	# The one before it loses its signature with it.
	has "verified: 2 digests, 2 files; NOT VERIFIED: 3 files, 2 digests without a known signature, 1 missing before another"
	cp keep.gz "$dir/$name"
	jq '.PublicKeyList[0].Fingerprint = "00"' keys.json >k && mv k keys.json
	verified 6
	has "it is signed with a key that is not among AWS's public keys"
	mkdir other && /usr/bin/python3 "$TK_TOP/tests/lib/digests.py" other 0 t/f1.json.gz
	jq --slurpfile own <(zcat keep.gz) '.PublicKeyList[0].Fingerprint = $own[0].digestPublicKeyFingerprint' \
		other/keys.json >keys.json
	verified 6
	has "its signature does not hold"
	echo '{}' >keys.json
	verified 1
	has "keys.json holds no PublicKeyList."
}

@test "what a file adds to a session of AWS's is said to be the file's" {
	mkdir u
	trail t/in.json <<<"signin $A 60 id=in-1"
	trail u/acts.json <<<"act $A 90 session=60 source=iam name=CreateUser write=yes id=act-1 from=203.0.113.9"
	sign
	run -7 correlate 20000 --keys keys.json t u
	[ "$(told .event,.writes,.vouched)" = '["in-1",0,true]
["in-1",1,false]' ]
	run -0 "$TWOKEY" log verify --conf twokey.conf
	/usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
	# AWS's own word of the sign-in stays that.
	run -0 correlate 20000 --keys keys.json t/in.json
	correlate 20000 --dry --json --keys keys.json t/in.json >out
	jq -e '.findings[0].vouched' out
}

@test "a release that no sign-in followed is said to be unused in China's partition, too" {
	local i
	for i in 1 2 3 4; do
		trail t/${A}_CloudTrail_cn-north-1_20261123T0${i}35Z_aaaaaaaaaaaaaaaa.json.gz <<<"other $A $i region=cn-north-1"
	done
	REGION=cn-north-1 sign
	run -0 correlate 20000 --keys keys.json t
	has "  cn-north-1 of files: "
	hasnt "where root's sign-ins stand"
	[ "$(entries | jq -r .type)" = release.unused ]
	mkdir u
	trail u/${A}_CloudTrail_cn-northwest-1_20261123T0935Z_aaaaaaaaaaaaaaaa.json.gz <<<"other $A 1"
	run -0 correlate 20000 u
	has "NOT READ: all other regions and times, even cn-north-1 where root's sign-ins stand"
}

@test "a release that no sign-in followed is said to be unused where AWS vouches for its hours" {
	local i
	for i in 1 2 3 4; do trail t/f$i.json.gz <<<"other $A $i"; done
	run -0 correlate 20000 t
	has "no sign-in for it is among what was read: rotate it all the same"
	[ "$(entries | wc -l)" = 0 ]
	/usr/bin/python3 "$TK_TOP/tests/lib/digests.py" t $((base - 1800)) t/f?.json.gz
	mv t/keys.json .
	run -0 correlate 4000 --keys keys.json t
	[ "$(entries | wc -l)" = 0 ]
	# A sign-in that a file makes up does not hide it.
	mkdir u
	trail u/fake.json <<<"signin $A 60"
	for i in 1 2; do
		run -0 correlate 20000 --keys keys.json t u
		[ "$(entries | jq -r '.type, .release.record' | xargs)" = "release.unused prod" ]
	done
	run -0 "$TWOKEY" log show --conf twokey.conf
	has "prod version 1: no sign-in followed its release, entry "
	run -0 "$TWOKEY" log verify --conf twokey.conf
	/usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify store
}
