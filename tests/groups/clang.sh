#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The other compiler: clang builds everything without a warning, and the unit
# tests pass with its code too.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tools/lib.sh
. "$TK_TOP/tools/lib.sh"

tap_need clang
rc=0
if tap_run "clang builds and installs" build_tree clang CC=clang --enable-werror &&
	tap_run "clang builds the tests" build_tests clang; then
	TK_BUILD=$TK_TOP/build/clang TK_SLOW=0 "$TK_TOP/tests/groups/unit.sh" >"$TK_WORK/unit.tap" || rc=$?
	tap_import unit "$TK_WORK/unit.tap" "$rc"
fi
tap_done
