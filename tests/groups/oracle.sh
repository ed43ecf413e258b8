#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The independent readers of the formats: the Python one held against RFC
# vectors and against every kind of tampering; and they and the program on what
# the other wrote.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

oracle() {
	case $1 in
	*.bats) bats --tap "$1" ;;
	*) /usr/bin/python3 "$TK_TOP/tests/lib/unittest_tap.py" "$1" ;;
	esac
}

tap_need bats jq fido2-assert go
tap_each "$TK_JOBS" oracle "$TK_TOP"/tests/oracle/interop.bats "$TK_TOP"/tests/oracle/test_*.py
tap_done
