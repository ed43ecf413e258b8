# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For bats files against the double of AWS (tests/aws/double.py): a vault whose record prod was
# opened once, and twokey at a time of its own.

A=111122223333
LATER=7200

# For setup_file: the vault in v, and v/base: when it was opened. seal's further words follow.
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

# For setup: a copy of the vault here.
aws_begin() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	base=$(cat base)
	mkdir aws
	# As root the network's helper is nobody, and reads the certificates in here.
	chmod a+x . .. ../.. ../../.. 2>/dev/null || :
	printf '[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n' \
		>credentials
	chmod 0600 credentials
}

aws_end() {
	[ -z "${double:-}" ] || kill "$double"
}

# aws JQ-FILTER: the double, with {"clock"} and what the filter makes of it.
aws() {
	jq -n --argjson later "$LATER" "{\"clock\": \$later} | $1" >scenario.json
	rm -f aws/hold aws/url
	mkfifo aws/hold
	PYTHONWARNINGS=ignore /usr/bin/python3 "$TK_TOP/tests/aws/double.py" aws scenario.json <>aws/hold 3>&- &
	double=$!
	for ((i = 0; i < 100; i++)); do
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
# Not by faketime's wrapper, which fails where a killed one of the same process id left its semaphore.
# shellcheck disable=SC2016 # the loader's $LIB
later() {
	LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME="@$(date '+%F %T' -d "@$((base + LATER))")" \
		"$TWOKEY" "$1" --conf twokey.conf "${@:2}"
}
calls() { jq -r "select(.call == \"$1\").body" aws/requests.jsonl; }
