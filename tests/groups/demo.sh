#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo tells its whole story, in under three minutes once it is built.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tools/lib.sh
. "$TK_TOP/tools/lib.sh"

story() {
	SECONDS=0
	"$TK_TOP/tools/demo" >"$TK_WORK/demo.out"
	local rc=$?
	cat "$TK_WORK/demo.out"
	[ "$rc" = 0 ] && [ "$(tail -n 1 "$TK_WORK/demo.out")" = "demo: ok" ]
}

in_time() {
	echo "the story took $SECONDS s"
	[ "$SECONDS" -lt 180 ]
}

if tap_run "the demo builds" build_tree demo; then
	tap_run "the demo ends well" story
	tap_run "the demo ends within three minutes" in_time
fi
tap_done
