# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the bats files here: a key a.key with a credential `cred` in each test's
# own folder.

setup_file() {
	: "${TK_BUILD:?}" "${TK_ROOT:?}"
	export SK=$TK_BUILD/tools/softkey/softkey T=$TK_BUILD/tests/token/token_try
	export HELPER=$TK_ROOT/libexec/twokey/twokey-token
	cd "$BATS_FILE_TMPDIR" || return 1
	"$SK" new a.key --pin 1234
	on a.key "$T" -p 5 make:cred 5<<<1234
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$BATS_FILE_TMPDIR"/{a.key,cred} .
}

# on KEY... COMMAND: runs COMMAND (a program and its arguments) with keys
# plugged in.
on() {
	local -a keys=()
	while [[ $1 == *.key ]]; do
		keys+=("$1")
		shift
	done
	timeout 60 "$SK" plug "${keys[@]}" -- "$@"
}

# with KEY... SCRIPT: the same, SCRIPT is for bash, where `ctl` is at hand.
with() {
	local script=${*: -1}
	on "${@:1:$#-1}" bash -euc 'ctl() { "$SK" ctl "$@"; }
		await() { ctl "$1" await 30000; }
		server_of() { pgrep -P "$1" -x twokey-token; }
		helper_of() {	# the one that has a device open
			local p
			for p in $(pgrep -P "$(server_of "$1")" -x twokey-token); do
				[[ $(readlink /proc/$p/fd/4) != socket:* ]] || { echo $p && return; }
			done
			return 1
		}
		'"$script"
}

# shellcheck disable=SC2154 # bats sets output
has() { [[ $output == *"$1"* ]] || { printf 'missing: %s\n%s\n' "$1" "$output"; return 1; }; }
# shellcheck disable=SC2154
hasnt() { [[ $output != *"$1"* ]] || { printf 'present: %s\n%s\n' "$1" "$output"; return 1; }; }

# This test's helpers: other tests that run beside it have theirs.  What cannot
# be told counts as ours.
helpers() {
	local pid
	for pid in $(pgrep -f "^$HELPER"); do
		if [ ! -r "/proc/$pid/environ" ] ||
			grep -qzF "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" "/proc/$pid/environ" 2>/dev/null; then
			[ ! -d "/proc/$pid" ] || echo "$pid"
		fi
	done
}

no_helper_left() {
	local tries=300
	while [ $((tries--)) -gt 0 ]; do
		[ -n "$(helpers)" ] || return 0
		sleep 0.1
	done
	return 1
}
