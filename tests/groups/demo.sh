#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo tells its whole story, in under three minutes.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

story() {
	"$TK_TOP/tools/demo" >"$TK_WORK/demo.out"
	local rc=$?
	cat "$TK_WORK/demo.out"
	[ "$rc" = 0 ] && [ "$(tail -n 1 "$TK_WORK/demo.out")" = "demo: ok" ]
}

tap_run "the demo ends well" story
tap_done
