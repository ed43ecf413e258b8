#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: login.sh ROUNDS   (in tests/pam/world.sh)
# Logs in with two keys by pam_twokey - by a gate that was loaded before, as the unit
# twokey-gate.socket has it, and by one that the module starts - and with one by pam_u2f, in
# turn; prints a JSON line a round: milliseconds, and KiB that the application grew by.
set -eu -o pipefail
# shellcheck source=tests/pam/lib.bash
BATS_VERSION='' . "$TK_TOP/tests/pam/lib.bash"

BATS_FILE_TMPDIR=$(mktemp -d "$TK_WORK/login.XXXXXX")
trap 'unplug alice bob carol; rm -rf "$BATS_FILE_TMPDIR"' EXIT
vault_make >&2
cd "$BATS_FILE_TMPDIR"
mkdir d
# alice is the first in both ways, and pam_u2f must look at one key only to find her.
plug alice
python3 "$DRIVE" -a "PIN.*: =pin-alice" -o authfile -- pamu2fcfg -u root -o pam://test -i pam://test -N >&2
plug bob
printf 'auth required %s\n' "$MODULE" >d/two
printf 'auth required pam_u2f.so authfile=%s origin=pam://test appid=pam://test pinverification=1 cue\n' \
	"$PWD/authfile" >d/one

measure() { # SERVICE
	"$PAMCALL" -m -a 'Reason=the bench' -a "alice=pin-alice" -a "bob=pin-bob" -a 'PIN=pin-alice' \
		"$PWD/d" "$1" root auth >out
	grep -q '^auth PAM_SUCCESS$' out || { cat out >&2; return 1; }
	sed -n 's/^measured \(.*\) ms \(.*\) KiB$/{"ms":\1,"kib":\2}/p' out
}

# One waits, with nothing else to do, as it does between two logins of people.
resident() { "$TK_TOP/tests/pam/listen.py" /run/twokey/gate "$GATE" resident & }
settled() { until_true pgrep -f "$GATE spare" >/dev/null && sleep 0.1; }
alone() { mv /run/twokey/gate /run/twokey/away && measure two && mv /run/twokey/away /run/twokey/gate; }

resident
trap 'kill %1; unplug alice bob carol; rm -rf "$BATS_FILE_TMPDIR"' EXIT
settled && measure one >/dev/null && measure two >/dev/null
for ((i = 0; i < $1; i++)); do
	one=$(measure one)
	alone=$(alone)
	settled
	printf '{"one":%s,"two":%s,"alone":%s}\n' "$one" "$(measure two)" "$alone"
	sleep 0.3
done
