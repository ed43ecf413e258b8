#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Man pages: well formed, true to the program, and their examples run.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

# mandoc's status is that of the worst finding; 2 is a warning.
clean() { mandoc -T lint -W warning "$1"; }
# On a terminal of 80 columns a line of a stack or an example is one line.
fits() { ! mandoc -T ascii -O width=78 "$1" | sed 's/.\x08//g' | grep -E '.{81}'; }

tap_need mandoc python3
for page in "$TK_TOP"/docs/man/*; do
	tap_run "${page##*/} is well formed" clean "$page"
	tap_run "${page##*/} fits 80 columns" fits "$page"
done
rc=0
python3 "$TK_TOP/tests/docs/man.py" "$TK_ROOT/bin/twokey" "$TK_BUILD/tools/softkey/softkey" \
	"$TK_TOP/docs/man" >"$TK_WORK/man.tap" || rc=$?
tap_import pages "$TK_WORK/man.tap" "$rc"
tap_done
