#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A vault with several ceremonies, two policies and two hosts; then every change
# that tamper.py knows.  A bit of every byte in slow mode; TK_ALL_BITS=1 by hand:
# every bit, an hour of processes (tests/unit/log_flips flips them all in one).
# shellcheck source=tests/cli/lib.bash
. "${0%/*}/lib.bash"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
PEOPLE=${TK_CLI_PEOPLE:-$work/people}
[ -d "$PEOPLE" ] || people_make "$PEOPLE"
mkdir "$work/v" && cd "$work/v" || exit 1
{
	vault_with_history && second_host
} >&2 || {
	echo "Bail out! no vault"
	exit 1
}
stride=16
[ "$TK_SLOW" = 0 ] || stride=1
[ -z "${TK_UNDER:-}" ] || stride=211
python3 "$TK_TOP/tests/cli/tamper.py" "$TWOKEY" store bastion1 "$work" --stride "$stride" \
	--jobs "${TK_JOBS:-2}" ${TK_ALL_BITS:+--all-bits}
