#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Each cmocka program of `make check`, counted by its test cases.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

unit() {
	cd "$TK_BUILD" && srcdir=$TK_TOP CMOCKA_MESSAGE_OUTPUT=TAP "./$1"
}

mapfile -t programs < <(make -s -C "$TK_BUILD" print-tests)
tap_each "$TK_JOBS" unit "${programs[@]}"
tap_done
