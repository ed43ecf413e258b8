#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Quorums against who comes: released exactly when satisfied.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { file_begin; }
setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

slow_part() { [ "${TK_SLOW:-0}" = 1 ] || skip "a slow part; run ./tools/check --slow"; }

# One set of people in a copy of the vault of their own.  The wait is short
# where nothing can come of it; on a machine so busy that not all of them had
# their turn, once more with a long one.
come() { # COPY QUORUM-SATISFIED(0|1) HOLDER...
	local dir=$1 want=$2 rc wait=50 who
	local -a keys=()
	shift 2
	for who; do keys+=("$who.key"); done
	[ "$want" = 1 ] || wait=$WAIT
	while :; do
		rc=0
		copy_vault vault "$dir" && pushd "$dir" >/dev/null || return 1
		tk -o out "${keys[@]}" -- unseal r --reason "who comes: $*" --field value \
			--show --force-stdout --timeout "$wait" >words 2>&1 || rc=$?
		if [ "$want$rc" = 04 ] && [ "$wait" != 30 ] && ! grep -q "approvals: $# came" words; then
			wait=30
			popd >/dev/null && rm -rf "$dir"
			continue
		fi
		break
	done
	if [ "$want" = 1 ]; then
		[ "$rc" = 0 ] && [ "$(cat out)" = "the secret" ] && logged released 1 && logged denied 0
	else
		[ "$rc" = 4 ] && [ ! -s out ] && logged released 0 && logged denied 1 &&
			grep -q "Not enough approvals: $# came" words && ! grep -q "the secret" words
	fi || { printf '%s: status %s, wanted %s\n' "$*" "$rc" "$want" && cat words && return 1; }
}

logged() { # TYPE COUNT: entries beyond the vault's own
	[ "$(grep -c "\"type\":\"[a-z]*[.]*$1\"" store/log/bastion1.jsonl)" = "$2" ]
}

# matrix QUORUM PREDICATE-OF-HOLDERS [SUBSET...]: all subsets of "${who[@]}" or
# those given as numbers; bit i is who[i].
matrix() {
	local quorum=$1 rule=$2 i n=${#who[@]} set name want bad=0
	local -a came=()
	shift 2
	vault "$quorum" "${who[@]}" >/dev/null
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@- 2>/dev/null
	mkdir vault && mv store state ./*.key twokey.conf vault
	[ $# -gt 0 ] || for ((i = 0; i < 1 << n; i++)); do set -- "$@" "$i"; done
	for set; do
		came=()
		# One variable each, 0 or 1, for the rule.
		for ((i = 0; i < n; i++)); do
			name=${who[i]}
			printf -v "$name" %d $((set >> i & 1))
			[ "${!name}" = 0 ] || came+=("$name")
		done
		want=$((rule))
		while [ "$(jobs -rp | wc -l)" -ge "$AT_ONCE" ]; do wait -n || bad=1; done
		come "set$set" "$want" "${came[@]}" 3>&- &
	done
	for ((; $(jobs -rp | wc -l) > 0; )); do wait -n || bad=1; done
	for set; do [ -e "set$set/words" ] || bad=1; done
	[ "$bad" = 0 ]
}

@test "2 of 2, all sets" {
	who=(alice bob)
	matrix "2 of (alice, bob)" 'alice + bob == 2'
}

@test "2 of 3, all sets" {
	who=(alice bob carol)
	matrix "2 of (alice, bob, carol)" 'alice + bob + carol >= 2'
}

@test "3 of 5, all sets" {
	who=(alice bob carol dave erin)
	matrix "3 of (alice, bob, carol, dave, erin)" 'alice + bob + carol + dave + erin >= 3'
}

five_of_seven() {
	who=("${people[@]}")
	matrix "5 of (alice, bob, carol, dave, erin, frank, grace)" \
		'alice + bob + carol + dave + erin + frank + grace >= 5' "$@"
}

@test "5 of 7, some sets" {
	five_of_seven 15 120 85 23 62 113 91 31 124 109 63 126 127
}

@test "5 of 7, all sets" {
	slow_part
	five_of_seven
}

@test "one of each of two groups, all sets" {
	who=(alice bob carol dave)
	matrix "2 of (1 of (alice, bob), 1 of (carol, dave))" '(alice | bob) & (carol | dave)'
}

@test "2 of (2 of (a, b, c), 1 of (d, e)), all sets" {
	who=(alice bob carol dave erin)
	matrix "2 of (2 of (alice, bob, carol), 1 of (dave, erin))" \
		'alice + bob + carol >= 2 && (dave | erin)'
}

@test "groups in groups, and a person beside them, all sets" {
	who=("${people[@]:0:6}")
	matrix "2 of (alice, 2 of (bob, 1 of (carol, dave)), 2 of (erin, frank))" \
		'alice + (bob & (carol | dave)) + (erin & frank) >= 2'
}

@test "two keys of one person never count as two" {
	cp -a "$PEOPLE"/{alice,alice-2,bob}.key "$PEOPLE"/bob.bundle .
	cp "$PEOPLE/both.bundle" alice.bundle
	vault "2 of (alice, bob)" alice bob
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@-
	run -4 tk -o out alice.key alice-2.key -- unseal r --reason "two keys of mine" --timeout "$WAIT"
	has "alice approved"
	has "alice has approved already, and people are counted, not keys"
	has "Not enough approvals: 1 came, and at least 1 more is needed, from bob."
	[ ! -s out ]
	logged released 0
	# Either key does for her, in either order.
	for key in alice alice-2; do
		run -0 tk "$key.key" bob.key -- unseal r --reason "with $key" --show --force-stdout
		has "the secret"
	done
	run -0 "$TWOKEY" log verify --conf twokey.conf
}

@test "keys come one after the other, in any order, through one socket" {
	vault "3 of (alice, bob, carol)" alice bob carol
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@-
	TK_WRAP=(sh -c 'for k in alice bob carol; do "$SK" ctl $k.key unplug; done; exec "$@"' sh)
	run -0 tk -a '.1/3. Plug in a key of alice, bob or carol=!$SK ctl carol.key replug||!true' \
		-a 'carol approved=!$SK ctl carol.key unplug' \
		-a '.2/3. Plug in a key of alice or bob=!$SK ctl alice.key replug||!true' \
		-a 'alice approved=!$SK ctl alice.key unplug' \
		-a '.3/3. Plug in a key of bob=!$SK ctl bob.key replug||!true' \
		alice.key bob.key carol.key -- unseal r --reason "one at a time" --show --force-stdout
	has "the secret"
	# Out, seen to be out (the third line of the countdown), and in again: it is
	# looked at anew, and still is one person's.
	run -0 tk -a '.1/3. Plug in=!$SK ctl alice.key replug||!true' \
		-a 'alice approved=!$SK ctl alice.key unplug' \
		-a '.2/3. Plug in=!true||!true||!$SK ctl alice.key replug||!true' \
		-a 'alice has approved already=!$SK ctl bob.key replug; $SK ctl carol.key replug||!true' \
		alice.key bob.key carol.key -- unseal r --reason "one at a time" --show --force-stdout
	has "the secret"
}

@test "a second quorum opens only what names it" {
	vault "2 of (alice, bob)" alice bob carol -- --add-quorum "three=3 of (alice, bob, carol)"
	printf 'the secret' >s
	"$TWOKEY" seal both --conf twokey.conf --kind generic --field value=@s
	"$TWOKEY" seal all --conf twokey.conf --kind generic --field value=@s --quorum three
	run -0 tk alice.key bob.key -- unseal both --reason "two do" --show --force-stdout
	has "the secret"
	run -4 tk alice.key bob.key -- unseal all --reason "two do not" --timeout "$WAIT"
	has "from carol. Nothing was released."
	run -4 tk alice.key carol.key -- unseal both --reason "not carol" --timeout "$WAIT"
	has "carol is not in the quorum asked here"
	run -2 "$TWOKEY" seal none --conf twokey.conf --kind generic --field value=@s --quorum four
	has "four"
}
