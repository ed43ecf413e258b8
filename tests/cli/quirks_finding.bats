#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Keys that are hard to find in a list of credentials longer than most of them take.

# shellcheck source=tests/cli/quirks.bash
. "${BATS_TEST_DIRNAME}/quirks.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" && quirky "${finding[@]}"
}
setup() { cd "$BATS_FILE_TMPDIR" || return 1; }

@test "each kind of key that is hard to find opens the vault" {
	each_opens "${finding[@]}"
	# Those that do not say who they are before they are touched, and the others.
	local profile
	for profile in always-uv preflight-broken one-secret; do
		grep -q "$profile: it does not say whose it is before it is touched" "at-$profile/words"
		grep -q "PIN of the $profile (8 tries left; Enter alone passes it by):" "at-$profile/words"
	done
	for profile in protect3-pin list8 list20 list-absent touch-first; do
		grep -q "$profile: $profile's key \"key-1\"" "at-$profile/words"
	done
	not grep -q "PIN .*fingerprint" at-fingerprint/words
	[ "$(jq -r '.tokens[0].protection' v/one-secret.bundle)" = 3 ]
	[ "$(jq -r '.tokens[0].protection' v/always-uv.bundle)" = 2 ]
}

@test "a list too long for a key that does not tell: one touch for each part of it" {
	people=(bob "${finding[@]}")
	copy_vault v parts && cd parts || return 1
	TK_WRAP=(sh -c '"$SK" ctl touch-first.key quirk max-creds=8
		"$SK" ctl touch-first.key quirk preflight=refused; exec "$@"' sh)
	run -0 tk touch-first.key bob.key -- unseal r --reason "in parts" --show --force-stdout
	has "touch-first: it does not say whose it is before it is touched"
	has "touch-first approved"
	has "the secret"
}

@test "a key that gains a finger is still opened; where the finger fails, the PIN does" {
	people=(bob "${finding[@]}")
	local key
	copy_vault v finger && cd finger || return 1
	for key in uv-change fingerprint; do
		TK_WRAP=(sh -c "\"\$SK\" ctl $key.key fingerprint enrol; exec \"\$@\"" sh)
		run -0 tk $key.key bob.key -- unseal r --reason "a finger" --show --force-stdout
		has "$key approved"
		hasnt "PIN for $key"
		has "the secret"
		TK_WRAP=(sh -c "\"\$SK\" ctl $key.key fingerprint enrol
			\"\$SK\" ctl $key.key fingerprint fail; exec \"\$@\"" sh)
		run -0 tk $key.key bob.key -- unseal r --reason "a wet finger" --show --force-stdout
		has "$key did not recognise the finger."
		has "PIN for $key's \"key-1\" (8 tries left):"
		hasnt "Wrong PIN"
		has "the secret"
	done
}
