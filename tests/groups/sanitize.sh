#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The unit, command line, token and AWS tests once more, built with ASan and UBSan.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tools/lib.sh
. "$TK_TOP/tools/lib.sh"

# Programs that a test preloads softkey's library into meet ASan late.
export ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1 TK_UNDER=sanitizers

if tap_run "sanitized tree builds" build_tree sanitize --enable-sanitizers --enable-werror &&
	tap_run "sanitized tests build" build_tests sanitize; then
	for group in unit cli token aws; do
		rc=0
		[ -x "$TK_TOP/tests/groups/$group.sh" ] || continue
		# Every set of holders and every bit are for the groups themselves.
		TK_SLOW=0 TK_BUILD=$TK_TOP/build/sanitize TK_ROOT=$TK_TOP/build/sanitize/root \
			"$TK_TOP/tests/groups/$group.sh" >"$TK_WORK/$group.tap" || rc=$?
		tap_import "$group" "$TK_WORK/$group.tap" "$rc"
	done
fi
tap_done
