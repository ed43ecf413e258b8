#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Keys that say other things of themselves, and keys that cannot be enrolled.

# shellcheck source=tests/cli/quirks.bash
. "${BATS_TEST_DIRNAME}/quirks.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" && quirky "${saying[@]}"
}
setup() { cd "$BATS_FILE_TMPDIR" || return 1; }

@test "each kind of key opens the vault" {
	each_opens "${saying[@]}"
}

@test "what cannot be enrolled, and why" {
	local profile
	people=("${refused[@]}")
	for profile in "${refused[@]}"; do
		"$SK" new "$profile.key" --pin "pin-$profile" --profile "$profile"
		tk "$profile.key" -- enroll "$profile" --timeout 4 >"$profile.words" 2>&1 && return 1
		[ $? = 5 ] && [ ! -e "$profile.bundle" ]
	done
	grep -q "twokey: This security key has no credProtect extension, so its PIN would protect nothing." ctap20.words
	grep -q "twokey: This security key has no hmac-secret extension, which twokey needs to seal an identity." no-hmac.words
	grep -q "u2f-only: passed by. u2f-only does not speak FIDO2 (U2F alone is not enough)." u2f-only.words
	grep -q "twokey: No FIDO2 security key is plugged in." u2f-only.words
}

@test "every profile that softkey knows is tried here" {
	"$SK" profiles | cut -d' ' -f1 | sort >known
	printf '%s\n' "${finding[@]}" "${saying[@]}" "${refused[@]}" | sort | diff known -
}
