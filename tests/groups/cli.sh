#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The command line: the installed programs against software keys.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

# Seven people enrol once for all files; a file that finds them missing makes
# its own.
people() (
	bats_require_minimum_version() { :; }
	# shellcheck source=tests/cli/lib.bash
	. "$TK_TOP/tests/cli/lib.bash"
	people_make "$TK_WORK/people"
)

file() { TK_CLI_PEOPLE=$TK_WORK/people bats --tap "$1"; }

tap_need bats python3
tap_run "people enrol" people
tap_each "$TK_JOBS" file "$TK_TOP"/tests/cli/*.bats
tap_done
