#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The software key, proven by programs that know nothing of it.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

export SOFTKEY=$TK_BUILD/tools/softkey/softkey
file() { bats --tap "$1"; }

tap_need bats
tap_each "$TK_JOBS" file "$TK_TOP"/tests/softkey/*.bats
tap_done
