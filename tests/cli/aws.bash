# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For bats files whose commands call AWS: a double of it (tests/aws/double.py), and a vault that is
# configured for it.

# shellcheck source=tests/cli/lib.bash
. "$TK_TOP/tests/cli/lib.bash"

# shellcheck disable=SC2034 # the files use it
A=111122223333
LATER=7200

# For setup_file: a vault in v whose record prod was opened once, and v/base: when.  seal's further
# words follow.
aws_vault() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf 'the secret' >s
	vault "2 of (alice, bob, carol)" alice bob carol || return 1
	"$TWOKEY" seal prod --conf twokey.conf --account $A --email root@example.com --field password=@s "$@" &&
		tk alice.key carol.key -- unseal prod --reason "a test" --show --force-stdout >/dev/null &&
		date +%s -d "$("$TWOKEY" log show --conf twokey.conf --json |
			jq -rs 'map(select(.type == "released"))[-1].time')" >base
}

# For setup: a copy of v here.
aws_begin() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	base=$(cat base)
	# As root the network's helper is nobody, and reads the certificates in here.
	local d=$PWD end
	end=$(dirname "$(dirname "$TK_WORK")")
	while [ "$d" != "$end" ] && [ "$d" != / ]; do
		chmod a+x "$d" 2>/dev/null || :
		d=$(dirname "$d")
	done
	printf '[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n' \
		>credentials
	chmod 0600 credentials
}

aws_end() {
	[ -z "${double:-}" ] || kill "$double"
	double=
}

# aws JQ-FILTER: a new double, at the time at which `later` runs commands, with what the filter makes of {"now"}; at
# ours while LATER is 0.
aws() {
	aws_end
	rm -rf aws
	mkdir aws
	jq -n --argjson later "$LATER" --argjson now $((base + LATER)) \
		"if \$later == 0 then {} else {now: \$now} end | $1" >scenario.json
	mkfifo aws/hold
	PYTHONWARNINGS=ignore /usr/bin/python3 "$TK_TOP/tests/aws/double.py" aws scenario.json <>aws/hold 3>&- &
	double=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -s aws/url ] || break
		sleep 0.1
	done
	jq --arg url "$(cat aws/url)" --arg here "$PWD" \
		'. + {aws_region: "eu-west-1", aws_endpoint: $url, ca_bundle: ($here + "/aws/ca-server.pem"),
			aws_credentials: ($here + "/credentials")}' twokey.conf >c
	chmod 0600 c
	mv c twokey.conf
}
records() { python3 "$TK_TOP/tests/lib/trail.py" "$1" "$base"; }
later() { at_time "$((base + LATER))" "$TWOKEY" "$1" --conf twokey.conf "${@:2}"; }
correlate() { later correlate "$@"; }
entries() { "$TWOKEY" log show --conf twokey.conf --json | jq -c 'select(.type | test("^root|^release\\."))'; }
calls() { jq -r "select(.call == \"$1\").body" aws/requests.jsonl; }
