# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the bats files here, which run inside of world.sh: a vault of alice and
# bob in /var/lib/twokey, their keys in /run/softkey, stacks in /etc/pam.d.

[ -z "${BATS_VERSION:-}" ] || bats_require_minimum_version 1.5.0

: "${TK_TOP:?}" "${TK_BUILD:?}" "${TK_ROOT:?}"
export SK=$TK_BUILD/tools/softkey/softkey TWOKEY=$TK_ROOT/bin/twokey TERM=xterm NO_COLOR=1
export DRIVE=$TK_TOP/tests/lib/drive.py PYTHONDONTWRITEBYTECODE=1
export GATE=$TK_ROOT/libexec/twokey/twokey-gate MODULE=$TK_ROOT/lib/security/pam_twokey.so
export PAMCALL=$TK_BUILD/tests/pam/pamcall
export PAGE=$TK_TOP/docs/man/pam_twokey.8
# shellcheck source=tests/lib/manual.bash
. "$TK_TOP/tests/lib/manual.bash"

# plug NAME..., unplug NAME...: into this machine, for any program.
plug() {
	local who
	for who; do "$SK" serve "$KEYS/$who.key" --mode 0666 --background >/dev/null || return 1; done
}
unplug() {
	local who
	for who; do
		[ ! -S "$KEYS/$who.key/control" ] || "$SK" ctl "$KEYS/$who.key" quit || :
	done
}
# A fault, a button: key NAME WORD...
key() {
	local who=$1
	shift
	"$SK" ctl "$KEYS/$who.key" "$@"
}

# typed [-a RULE]... -- COMMAND...: on a terminal; people know their PINs and
# have a reason.
typed() {
	local -a rules=()
	while [ "$1" != -- ]; do rules+=("$1") && shift; done
	shift
	python3 "$DRIVE" -t 60 "${rules[@]}" -a "Reason for this login.*: =the tests" \
		-a "PIN for alice's.*: =pin-alice" -a "PIN for bob's.*: =pin-bob" \
		-a "PIN for carol's.*: =pin-carol" -- "$@"
}

# For setup_file: keys, and a vault to be copied for each test.  Words go to init.
vault_make() {
	export KEYS=$BATS_FILE_TMPDIR/keys VAULT=$BATS_FILE_TMPDIR/vault
	local who holders=()
	rm -rf /var/lib/twokey
	mkdir "$KEYS" && cd "$KEYS" || return 1
	for who in alice bob carol; do
		"$SK" new "$who.key" --pin "pin-$who" >/dev/null && plug "$who" || return 1
		typed -a "PIN.*: =pin-$who" -- "$TWOKEY" enroll "$who" || return 1
		unplug "$who"
		holders+=(--holder "$who.bundle")
	done
	plug alice bob carol
	typed -- "$TWOKEY" init acme "${holders[@]}" --quorum "2 of (alice, bob, carol)" "$@" ||
		return 1
	unplug alice bob carol
	cp -a /var/lib/twokey "$VAULT"
}

vault_fresh() {
	rm -rf /var/lib/twokey
	cp -a "$VAULT" /var/lib/twokey
}

# until_true COMMAND...: at most half a minute.
until_true() {
	local i
	for ((i = 0; i < 600; i++)); do
		if "$@"; then return 0; fi
		sleep 0.05
	done
	return 1
}

# stack SERVICE <<LINES: with MODULE for the module's path.
stack() { sed "s|MODULE|$MODULE|" >"/etc/pam.d/$1"; }

# install_stack NAME SERVICE...: the stack NAME of pam_twokey(8).
install_stack() {
	local name=$1 service
	shift
	for service; do
		manual "$PAGE" "$name" >stack.text || return 1
		sed "s|pam_twokey\.so|$MODULE|" stack.text >"/etc/pam.d/$service"
	done
}

# Does root's entry in /etc/shadow hold this password?
shadow_is() {
	python3 -W ignore -c 'import crypt, spwd, sys; h = spwd.getspnam("root").sp_pwdp
sys.exit(crypt.crypt(sys.argv[1], h) != h)' "$1"
}
# opened WORD...: what root's record gives to two keys, into the file `password`.
opened() {
	python3 "$DRIVE" -t 60 -o password -a "PIN for alice's.*: =pin-alice" -a "PIN for bob's.*: =pin-bob" \
		-- "$TWOKEY" unseal linux-bastion1 --reason "the tests" --field password --show --force-stdout "$@"
}

# second_host: bastion2, another host of the vault, with its state in ./state2; rogue.py then
# says on second_says's input what it says.
second_host() {
	printf '{ "host": "bastion2", "state": "%s/state2" }\n' "$PWD" >twokey2.conf
	chmod 0600 twokey2.conf
	typed -- "$TWOKEY" host add --vault "$(jq -r .vault /var/lib/twokey/state/pin.json)" --conf twokey2.conf
}
second_says() { "$TK_TOP/tests/cli/rogue.py" /var/lib/twokey/store "$PWD/state2" bastion2; }

# For setup_file: a vault with these rules (JSON).
vault_ruled() {
	printf '%s' "$1" >"$BATS_FILE_TMPDIR/rules" && vault_make --rules "$BATS_FILE_TMPDIR/rules"
}
# For setup: keys plugged in, and a root password that somebody typed into chpasswd;
# the file shadow.before brings the old one back.
password_known() {
	cp /etc/shadow shadow.before
	stack chpasswd <<'STACK'
password requisite MODULE users=root
password required  pam_unix.so use_authtok yescrypt
STACK
	plug alice bob
	chpasswd <<<'root:known to many'
}

# after SECONDS COMMAND...: on a clock that was stepped, for programs with an empty
# environment too.
after() {
	local rc=0 lib
	for lib in /usr/lib/*/faketime/libfaketime.so.1; do [ -e "$lib" ] || return 1; done
	cp /etc/ld.so.preload preload.saved
	printf '+%ds\n' "$1" >/etc/faketimerc
	printf '%s\n' "$lib" >>/etc/ld.so.preload
	shift
	"$@" || rc=$?
	cp preload.saved /etc/ld.so.preload
	rm /etc/faketimerc
	return "$rc"
}

# The types of the log's entries from the first one on that is not set-up.
entries() { jq -r .type "/var/lib/twokey/store/log/bastion1.jsonl" | tail -n +3 | paste -sd' '; }
# entry TYPE FILTER: of the last entry of that type.
entry() { jq -rs "map(select(.type == \"$1\")) | last | $2" /var/lib/twokey/store/log/bastion1.jsonl; }

has() { # shellcheck disable=SC2154 # bats sets output
	[[ $output == *"$1"* ]] || { printf 'missing: %s\n%s\n' "$1" "$output"; return 1; }
}
hasnt() {
	[[ $output != *"$1"* ]] || { printf 'present: %s\n%s\n' "$1" "$output"; return 1; }
}
# The log holds.
all_well() {
	"$TWOKEY" log verify >verify.out 2>&1 || { cat verify.out; return 1; }
}
