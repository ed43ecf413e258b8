#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The installed twokey-token against software keys.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

file() { bats --tap "$1"; }

tap_need bats strace
tap_each "$TK_JOBS" file "$TK_TOP"/tests/token/*.bats
tap_done
