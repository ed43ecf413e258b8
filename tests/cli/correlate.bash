# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For bats files about trail files against releases: a vault whose record prod was opened once.

# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

# shellcheck disable=SC2034 # the files use them
A=111122223333 B=444455556666

# For setup_file.
trail_vault() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf 'the secret' >s
	vault "2 of (alice, bob, carol)" alice bob carol || return 1
	"$TWOKEY" seal prod --conf twokey.conf --account $A --email root@example.com --field password=@s &&
		"$TWOKEY" seal other --conf twokey.conf --kind generic --field value=@s &&
		open_it --ticket INC-4711 && opened >base
}

# For setup: a copy of it here, and a folder t.
trail_begin() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	base=$(cat base)
	mkdir t
}

open_it() {
	tk alice.key carol.key -- unseal prod --reason "a test" --show --force-stdout "$@" >/dev/null
}
# When the last release was, in seconds.
opened() {
	date +%s -d "$("$TWOKEY" log show --conf twokey.conf --json |
		jq -rs 'map(select(.type == "released"))[-1].time')"
}

trail() { python3 "$TK_TOP/tests/lib/trail.py" "$1" "${2:-$base}"; }
# correlate SECONDS...: so long after the release.
correlate() {
	local later=$1
	shift
	at_time "$((base + later))" "$TWOKEY" correlate --conf twokey.conf "$@"
}
# What is in t, as AWS signs it.
sign() { sign_trail t $((base - 1800)); }
# shellcheck disable=SC2034
hours=7200
entries() { "$TWOKEY" log show --conf twokey.conf --json | jq -c 'select(.type | test("^root|^release\\."))'; }
