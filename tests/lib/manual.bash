# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# manual PAGE NAME: the block of pam_twokey(8) behind .\" stack NAME; a name without
# one is a failure.
manual() {
	awk -v want=".\\\\\" stack $2" '$0 == want { on = 1; next } on && /^\.Ed/ { exit }
		on && !/^\.Bd/ { print }' "$1" | grep . ||
		{ printf 'pam_twokey(8) has no stack %s\n' "$2" >&2; return 1; }
}
