#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The unit tests under valgrind: no invalid access, no use of undefined bytes,
# nothing lost at the end.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

unit() {
	cd "$TK_BUILD" && srcdir=$TK_TOP CMOCKA_MESSAGE_OUTPUT=TAP TK_UNDER=valgrind \
		valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
		--num-callers=24 "./$1"
}

tap_need valgrind
mapfile -t programs < <(make -s -C "$TK_BUILD" print-tests)
tap_each "$TK_JOBS" unit "${programs[@]}"
tap_done
