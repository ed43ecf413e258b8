#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# tools/bench works: every figure is there, and is a number above zero.  What
# the figures are is for tools/bench itself, on a machine that does nothing else.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

names=(unseal_overhead_ms_1 unseal_overhead_ms_1000 unseal_flatness unseal_peak_mib
	unseal_peak_token_mib seal_records_per_s seal_ratio_fsync log_verify_entries_per_s
	log_verify_ratio_ecdsa log_verify_plain_entries_per_s log_verify_ratio_sha256
	correlate_s decompress_s correlate_ratio_decompress correlate_peak_mib jq_s correlate_million_events_s)
groups=(unseal seal verify correlate)
# Logins are root's.
if [ "$(id -u)" = 0 ]; then
	groups+=(login)
	names+=(login_ms login_ratio_pam_u2f login_alone_ratio_pam_u2f login_memory_kib login_memory_ratio_pam_u2f)
fi

measured() {
	"$TK_TOP/tools/bench" --quick --tree "$TK_BUILD" "${groups[@]}" >"$TK_WORK/figures"
	local rc=$?
	cat "$TK_WORK/figures"
	return "$rc"
}

figure() {
	jq -es --arg name "$1" 'map(select(.name == $name)) | length == 1 and .[0].value > 0 and
		(.[0].unit | length > 0)' "$TK_WORK/figures"
}

as_documented() {
	jq -r .name "$TK_WORK/figures" | sort >"$TK_WORK/have"
	printf '%s\n' "${names[@]}" | sort | diff - "$TK_WORK/have"
}

tap_need jq openssl
tap_run "tools/bench --quick ends well" measured
for name in "${names[@]}"; do
	tap_run "$name is a number above zero" figure "$name"
done
tap_run "no other figure is printed" as_documented
tap_done
