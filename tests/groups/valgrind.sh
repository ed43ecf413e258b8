#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The unit tests and a story of the installed programs under valgrind: no invalid
# access, no use of undefined bytes, nothing lost at the end.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

strictly=(valgrind --leak-check=full '--show-leak-kinds=definite,indirect'
	'--errors-for-leak-kinds=definite,indirect' --num-callers=24)

unit() {
	cd "$TK_BUILD" && srcdir=$TK_TOP CMOCKA_MESSAGE_OUTPUT=TAP TK_UNDER=valgrind TK_SLOW=0 \
		"${strictly[@]}" -q --error-exitcode=99 "./$1"
}

# Helpers too.  What valgrind sees goes to LOGS, one a process, as nobody asks
# for a helper's exit status.
story() { # LOGS
	# shellcheck disable=SC2016 # for sh
	local -a TK_WRAP=(sh -c 'LD_PRELOAD=$LD_PRELOAD:$0 exec "$@"' "$TK_WORK/no_filter.so"
		"${strictly[@]}" --trace-children=yes --log-file="$1/%p")
	local who PEOPLE=$TK_WORK/story
	mkdir "$1" "$PEOPLE" && cd "$PEOPLE" || return 1
	for who in alice bob; do
		"$SK" new "$who.key" --pin "pin-$who" && tk -t 200 "$who.key" -- enroll "$who" || return 1
	done
	printf 'correct horse' >password
	vault '2 of (alice, bob)' alice bob &&
		tk -- seal prod --account 111122223333 --email a@example.com --no-totp \
			--field password=@password &&
		tk -t 200 -o out alice.key bob.key -- unseal prod --reason story --show --force-stdout &&
		[ "$(cat out)" = 'correct horse' ] && tk -- log verify
}

# Every process of the program told of itself to the end, and nothing bad.
clean() { # LOGS PROGRAM AT-LEAST
	local log seen=0 bad=0
	for log in "$1"/*; do
		grep -q "Command: $2" "$log" || continue
		seen=$((seen + 1))
		grep -q 'ERROR SUMMARY: 0 errors' "$log" || { bad=1 && cat "$log"; }
	done
	printf '%d processes\n' "$seen"
	[ "$bad" = 0 ] && [ "$seen" -ge "$3" ]
}

tap_need valgrind python3
logs=$TK_WORK/logs
if tap_run "the filter is left out" "${CC:-cc}" -shared -fPIC -o "$TK_WORK/no_filter.so" \
	"$TK_TOP/tests/token/no_filter.c" && tap_run "enroll, init, seal, unseal, log verify" story "$logs"; then
	tap_run "twokey under valgrind" clean "$logs" "$TWOKEY" 6
	tap_run "twokey-token under valgrind" clean "$logs" "$TK_ROOT/libexec/twokey/twokey-token" 6
fi
mapfile -t programs < <(make -s -C "$TK_BUILD" print-tests)
tap_each "$TK_JOBS" unit "${programs[@]}"
tap_done
