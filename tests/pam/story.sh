#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: story.sh   (in world.sh, for tools/demo)
# An ordinary user becomes root by su: not with one key, but with two.
set -eu -o pipefail
# shellcheck source=tests/pam/lib.bash
. "$TK_TOP/tests/pam/lib.bash"

BATS_FILE_TMPDIR=$(mktemp -d "$TK_WORK/story.XXXXXX")
trap 'unplug alice bob carol; rm -rf "$BATS_FILE_TMPDIR"' EXIT
vault_make >"$BATS_FILE_TMPDIR/words" 2>&1 || { cat "$BATS_FILE_TMPDIR/words" >&2 && exit 1; }
stack su <<'STACK'
auth     required   MODULE timeout=10
account  required   MODULE
session  required   MODULE
STACK

as_eve() { # STATUS KEY...
	local want=$1 rc=0
	shift
	printf '\n$ su -c id      (plugged in: %s)\n' "$*"
	plug "$@"
	typed -a "Reason for this login.*: =the mail queue is stuck" -a "press Enter.*: =" -- setpriv --reuid=4711 --regid=4711 --clear-groups su -c id || rc=$?
	unplug "$@"
	[ "$rc" = "$want" ] || { echo "su ended with status $rc, not $want" >&2 && exit 1; }
}

as_eve 1 alice
as_eve 0 alice bob
printf '\n$ twokey log show\n'
"$TWOKEY" log show
