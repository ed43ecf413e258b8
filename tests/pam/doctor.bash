# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the files that try `twokey doctor --pam`: a machine where all is well.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

# put SERVICE SED_WORDS: the lines of the module, by a sed command, into Debian's own.
put() { sed -i "$2" "/etc/pam.d/$1"; }
three() { printf '%s required %s%s\\n' auth "$MODULE" "$1" account "$MODULE" "$1" session "$MODULE" "$1"; }
rootok="account [success=1 default=ignore] pam_rootok.so"

good_stacks() {
	local service
	sed -i 's/ nullok//' /etc/pam.d/common-auth
	sed -i "s|pam_unix.so|& use_authtok|; 0,/^password/s||password required $MODULE\\n&|" /etc/pam.d/common-password
	cp /usr/lib/pam.d/polkit-1 /etc/pam.d/polkit-1 2>/dev/null ||
		printf '@include common-%s\n' auth account session >/etc/pam.d/polkit-1
	for service in login sshd other; do put "$service" "1 i $(three " users=root")"; done
	for service in sudo sudo-i polkit-1; do
		put "$service" "1 i $(printf "auth required %s\n" "$MODULE")"
		put "$service" "1 i $rootok\\naccount required $MODULE\\nsession required $MODULE"
	done
	put polkit-1 '/pam_rootok/d'
	put su "/^auth.*pam_rootok.so/a auth required $MODULE users=root\\n$rootok\\naccount required $MODULE users=root\\nsession required $MODULE users=root"
	sed -i '/^LOGIN_TIMEOUT/d' /etc/login.defs
	printf 'LOGIN_TIMEOUT\t120\n' >>/etc/login.defs
	printf '%s\n' 'UsePAM yes' 'KbdInteractiveAuthentication yes' 'PasswordAuthentication no' 'PermitRootLogin yes' >/etc/ssh/sshd_config
}

setup_file() {
	vault_make
	cp -a /etc/pam.d "$BATS_FILE_TMPDIR/debian"
	good_stacks
	cp -a /etc/pam.d /etc/ssh /etc/shadow /etc/login.defs "$BATS_FILE_TMPDIR"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	rm -rf /etc/pam.d /etc/ssh /etc/systemd/system/{rescue,emergency}.service.d
	cp -a "$BATS_FILE_TMPDIR/pam.d" "$BATS_FILE_TMPDIR/ssh" "$BATS_FILE_TMPDIR/shadow" \
		"$BATS_FILE_TMPDIR/login.defs" /etc
}

doctor() { "$TWOKEY" doctor --pam "$@"; }

# found FINDING WHAT TEXT [MEND]: this line is in the output, and what stands under it.
found() {
	local line
	line=$(printf '%-4s  %-14s %s' "$1" "$2" "$3")
	has "$line"
	[ $# -lt 4 ] || has "$line"$'\n'"                     mend: $4"
}

# hole TEXT [MEND] of `what`, and nothing else is bad.
# shellcheck disable=SC2154 # tests set what
hole() {
	run -7 doctor
	found BAD "$what" "$@"
	[ "$(grep -c ^BAD <<<"$output")" = 1 ] || { printf '%s\n' "$output"; return 1; }
}
line_of() { grep -n -m1 -- "$2" "/etc/pam.d/$1" | cut -d: -f1; }
