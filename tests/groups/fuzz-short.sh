#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Every libFuzzer harness: first its corpus, then a short run under ASan and
# UBSan (tools/fuzz NAME SECONDS is for long ones).
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

seconds=15
[ "$TK_SLOW" = 1 ] || seconds=5

fuzz() {
	local dir=$TK_TOP/build/fuzz found
	found=$(mktemp -d "$TK_WORK/found.XXXXXX") && mkdir "$found/corpus" || return 1
	echo 1..2
	if "$dir/fuzz_$1" -runs=0 "$TK_TOP/tests/fuzz/corpus/$1" >&2; then
		echo "ok 1 - corpus"
	else
		echo "not ok 1 - corpus"
	fi
	if "$dir/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$found/" "$found/corpus" \
		"$TK_TOP/tests/fuzz/corpus/$1" >&2; then
		echo "ok 2 - $seconds s"
	else
		echo "not ok 2 - $seconds s"
		for file in "$found"/*-*; do
			[ ! -f "$file" ] || { echo "$file:" && base64 "$file"; } >&2
		done
	fi
}

tap_need clang
if tap_run "harnesses build" "$TK_TOP/tools/fuzz" --build; then
	mapfile -t names < <("$TK_TOP/tools/fuzz" --list)
	tap_each "$TK_JOBS" fuzz "${names[@]}"
fi
tap_done
