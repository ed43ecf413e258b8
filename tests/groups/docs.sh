#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Man pages: well formed, true to the program, and their examples run.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

# mandoc's status is that of the worst finding; 2 is a warning.
clean() { mandoc -T lint -W warning "$1"; }

tap_need mandoc python3
for page in "$TK_TOP"/docs/man/*; do
	tap_run "${page##*/} is well formed" clean "$page"
done
rc=0
python3 "$TK_TOP/tests/docs/man.py" "$TK_ROOT/bin/twokey" "$TK_BUILD/tools/softkey/softkey" \
	"$TK_TOP/docs/man" >"$TK_WORK/man.tap" || rc=$?
tap_import pages "$TK_WORK/man.tap" "$rc"
tap_done
