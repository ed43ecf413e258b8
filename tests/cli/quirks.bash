# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For quirks*.bats: vaults whose holders' keys differ as makers' do.  A holder
# is called like the profile of the key (softkey profiles).

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

# shellcheck disable=SC2034 # the files that source this use them
{
# What matters where a key is looked for and asked, ...
finding=(always-uv preflight-broken pick-last list8 list20 list-absent touch-first one-secret
	protect3-pin fingerprint uv-change hmac-uncreated hmac-noup hmac-noup-invalid user-timeout
	stray-cancel)
# ... what matters in what it says of itself and signs, ...
saying=(default ctap21pre protect-ignored self-attestation no-attestation foreign-attestation es256
	protocol1 protocol2 pin-to-create counter-credential counter-volatile counter-zero small-user
	sticky-block eucleak eucleak-fixed u2f-off)
# ... and what cannot be enrolled.
refused=(ctap20 no-hmac u2f-only)
}

# quirky PROFILE...: a vault here of bob and a holder of each profile, any two of
# whom open `r`.
quirky() {
	people=(bob "$@")
	local profile
	local -a keys=(bob.key) options=(--holder bob.bundle)
	cp -a "$PEOPLE"/bob.{key,bundle} .
	for profile; do
		"$SK" new "$profile.key" --pin "pin-$profile" --profile "$profile" || return 1
		tk "$profile.key" -- enroll "$profile" >"$profile.log" 2>&1 3>&- &
		keys+=("$profile.key") options+=(--holder "$profile.bundle")
	done
	wait
	conf_here
	tk "${keys[@]}" -- init acme "${options[@]}" \
		--quorum "2 of ($(printf '%s, ' "${people[@]}" | sed 's/, $//'))" >init.log 2>&1 ||
		{ cat init.log && return 1; }
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@-
}

# each_opens PROFILE...: the vault opens with the key of each, and bob's.
each_opens() {
	local profile bad=0
	people=(bob "$@")
	for profile; do
		while [ "$(jobs -rp | wc -l)" -ge 4 ]; do wait -n || bad=1; done
		one_opens "$profile" 3>&- &
	done
	for ((; $(jobs -rp | wc -l) > 0; )); do wait -n || bad=1; done
	for profile; do [ -e "at-$profile/out" ] || bad=1; done
	[ "$bad" = 0 ]
}

one_opens() {
	copy_vault v "at-$1" && cd "at-$1" || return 1
	if ! tk -o out "$1.key" bob.key -- unseal r --reason "a key like $1" --show --force-stdout \
		--timeout 60 >words 2>&1 || [ "$(cat out)" != "the secret" ] ||
		! grep -q "$1 approved" words || ! "$TWOKEY" log verify --conf twokey.conf 2>>words; then
		printf '%s:\n' "$1"
		cat words
		return 1
	fi
}
