#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Rules that machines can hold: layers, sizes, texts, headers, the installed
# programs' hardening, and that each of these lints can fail.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

tap_need python3 shellcheck readelf bats
for lint in layers size text headers fragments readme groups words; do
	tap_run "$lint" python3 "$TK_TOP/tests/lint/$lint.py" "$TK_TOP"
done
tap_run shell "$TK_TOP/tests/lint/shell.sh" "$TK_TOP"
tap_run frames "$TK_TOP/tests/lint/frames.sh" "$TK_TOP" "$TK_BUILD" "$TK_WORK"
tap_run symbols python3 "$TK_TOP/tests/lint/symbols.py" "$TK_BUILD"
tap_run hardening python3 "$TK_TOP/tests/lint/hardening.py" "$TK_ROOT"
rc=0
python3 "$TK_TOP/tests/lint/selftest.py" >"$TK_WORK/self.tap" || rc=$?
tap_import "lints can fail" "$TK_WORK/self.tap" "$rc"
rc=0
bats --tap "$TK_TOP/tests/lint/runner.bats" >"$TK_WORK/runner.tap" || rc=$?
tap_import "the runner is strict" "$TK_WORK/runner.tap" "$rc"
tap_done
