#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# The installed twokey with software keys on a terminal.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

export TK_CLI_PEOPLE=$TK_WORK/people
file() {
	case $1 in
	*.bats) bats --tap "$1" ;;
	*) "$1" ;;
	esac
}

tap_need bats python3 jq oathtool tmux faketime
if tap_run "seven people enrol their keys" people_make "$TK_CLI_PEOPLE"; then
	# Much of it is waiting: twice as many at a time as there are processors.
	tap_each $((2 * TK_JOBS)) file "$TK_TOP"/tests/cli/tamper.sh "$TK_TOP"/tests/cli/*.bats
fi
tap_done
