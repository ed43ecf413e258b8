#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Each thing that doctor looks at, well and not well, and what it says mends it.
# The trouble is real, or one that the kernel is made to tell of.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault "2 of (alice, bob)" alice bob
	printf secret | "$TWOKEY" seal r --kind generic --field value=@- --conf twokey.conf
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	# shellcheck source=tests/lib/apart.bash
	. "$TK_TOP/tests/lib/apart.bash"
}

two() { "$TWOKEY" "$@" --conf twokey.conf; }

# found FINDING WHAT TEXT [MEND]: this line is in the output, and what stands under it.
found() {
	local line
	line=$(printf '%-4s  %-14s %s' "$1" "$2" "$3")
	has "$line"
	[ $# -lt 4 ] || has "$line"$'\n'"                     mend: $4"
}

@test "all is well: a key with a PIN, the vault, the host, the disk; it ends with 0" {
	run -0 tk alice.key -- doctor
	output=${output//$'\r'/}
	found ok memory "Secrets can be locked into memory."
	found ok key "alice: FIDO2 with hmac-secret and credProtect."
	found ok "key PIN" "alice: a PIN is set."
	found ok configuration "twokey.conf; store $PWD/store, state $PWD/state, host bastion1."
	found ok vault "Vault acme, policy 1, 2 holders."
	found ok host "This machine is host bastion1."
	found ok logs "Every entry of every host's log leads to the head that was seen."
	found ok disk "The store's disk has room."
	found ok reserve "Space is kept for ceremonies on a full disk."
	hasnt BAD
	run -0 two doctor
	found note keys "No security key is plugged in, so none was looked at."
}

@test "keys: no PIN, another make, U2F alone" {
	"$SK" new nopin.key && "$SK" new old.key --profile ctap20 --pin 1234 && "$SK" new u2f.key --profile u2f-only
	TK_WRAP=(sh -c 'printf %s "$SOFTKEY_DIR" >dir; exec "$@"' sh)
	run -7 tk nopin.key old.key u2f.key -- doctor
	output=${output//$'\r'/}
	found BAD "key PIN" "nopin: no PIN is set, so it cannot tell who touches it." "fido2-token -S $(cat dir)/nopin"
	found BAD key "old: it lacks credProtect, which twokey needs: enrol a key of another model." "twokey enroll HOLDER"
	found BAD key "u2f does not speak FIDO2 (U2F alone is not enough)." "Use a FIDO2 key"
	has "twokey: 3 things need mending."
	has "hint: Do what stands behind \`mend:\`, then run \`twokey doctor\` again."
	run -7 tk -o out nopin.key -- doctor --json
	[ "$(jq -r '.[] | select(.finding == "BAD") | .what' out)" = "key PIN" ]
	[[ $(jq -r '.[] | select(.finding == "BAD") | .mend' out) = "fido2-token -S "* ]]
}

@test "keys: few tries left, brought back by the command named; a PIN that is blocked" {
	"$SK" new few.key --pin 1234
	for _ in 1 2; do
		run -5 tk -a 'PIN for .*: =0000' -a 'Type .yes. to go on: =yes' few.key -- enroll zoe --timeout 1
	done
	TK_WRAP=(sh -c '"$@" --json | jq -r ".[] | select(.what == \"key PIN\") | .finding, .text, .mend" >said
		sh -c "$(tail -n 1 said)" && "$@" --json | jq -r ".[] | select(.what == \"key PIN\") | .text"' sh)
	run -0 tk -a 'Enter PIN.*: =1234' few.key -- doctor
	[ "$(head -n 2 said)" = "note
few: only 2 PIN tries are left; the right PIN brings all of them back." ]
	[[ $(tail -n 1 said) = "fido2-token -I -c "* ]]
	has "few: a PIN is set."
	unset TK_WRAP
	for _ in 1 2 3; do
		run -5 tk -a 'PIN for .*: =0000' -a 'Type .yes. to go on: =yes' few.key -- enroll zoe --timeout 1
	done
	TK_WRAP=(sh -c 'printf %s "$SOFTKEY_DIR" >dir; exec "$@"' sh)
	run -7 tk few.key -- doctor
	output=${output//$'\r'/}
	found BAD "key PIN" "few: its PIN is blocked for good. A reset frees the key, and destroys the share that it holds." \
		"fido2-token -R $(cat dir)/few"
}

@test "keys: one that may not be opened, and a helper that is not there" {
	# A device as the kernel shows one, seen here alone, that nobody may open:
	# root without the right to pass by modes is as anybody else.
	mkdir -p class/hidraw/hidraw7/device old
	printf '\x06\xd0\xf1\x09\x01' >class/hidraw/hidraw7/device/report_descriptor
	printf 'HID_NAME=Yubico YubiKey\n' >class/hidraw/hidraw7/device/uevent
	run -7 "${apart[@]}" sh -c 'set -e
		mount --rbind /dev old && mount -t tmpfs none /dev
		for f in null zero random urandom; do : >/dev/$f && mount --bind old/$f /dev/$f; done
		: >/dev/hidraw7 && chmod 0 /dev/hidraw7 && mount --bind class /sys/class
		exec setpriv --bounding-set=-dac_override,-dac_read_search "$TWOKEY" doctor --conf twokey.conf'
	found BAD key "Yubico YubiKey is plugged in, but you may not open it." \
		"Run as root, log in at this machine's own screen, or let a group in by a udev rule, as root: echo 'SUBSYSTEM==\"hidraw\", "
	has ">/etc/udev/rules.d/75-keys.rules && udevadm control --reload && udevadm trigger -s hidraw"
	run -7 "${apart[@]}" sh -c 'mount -t tmpfs none "$TK_ROOT/libexec/twokey" && "$TWOKEY" doctor --conf twokey.conf'
	found BAD keys "$TK_ROOT/libexec/twokey/twokey-token cannot be started: No such file or directory" \
		"It is a part of twokey: install it anew with \`make install\`."
	found ok vault "Vault acme, policy 1, 2 holders."
}

@test "the machine: a clock that is not synchronised, little memory to lock" {
	kernel() { # says what to adjtimex
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:detect_leaks=0} strace -f -qq -o trace \
			-e "inject=adjtimex,clock_adjtime:$1" "$TWOKEY" doctor --conf twokey.conf
		grep -q adjtime trace
	}
	run -0 kernel retval=0
	found ok clock "The clock is synchronised."
	run -0 kernel retval=5
	found note clock "The clock is not synchronised: times in the log and TOTP codes may be off." \
		"timedatectl set-ntp true"
	run -0 kernel error=EPERM
	found note clock "The kernel does not tell whether the clock is synchronised."
	run -0 prlimit --memlock=524288 "$TWOKEY" doctor --conf twokey.conf
	found note memory "Only 512 KiB can be locked into memory; large imports will be refused." "ulimit -l 8192"
}

@test "a disk almost full, and no room for the reserve; room for both mends it" {
	rm -f store/log/.reserve state/.reserve
	run -0 "${apart[@]}" sh -c 'set -e
		cp -a store state "$BATS_TEST_TMPDIR" && mount -t tmpfs -o size=2m,mode=700 none . && cd "$PWD"
		mv "$BATS_TEST_TMPDIR/store" "$BATS_TEST_TMPDIR/state" .
		printf "{ \"store\": \"%s/store\", \"state\": \"%s/state\", \"host\": \"bastion1\" }" "$PWD" "$PWD" >c
		"$TWOKEY" doctor --conf c && exit 1
		"$TWOKEY" doctor --conf c --json | jq -r ".[] | select(.what == \"disk\") | .mend" >mend
		sh mend
		mount -o remount,size=200m .
		"$TWOKEY" doctor --conf c'
	found BAD disk "The store's disk has less than 64 MiB left: remove what can go." \
		"du -xam \"\$(df --output=target '$PWD/store' | tail -n 1)\" | sort -n | tail -n 20"
	found BAD reserve "The space kept for ceremonies on a full disk is not full (0 of 1024 KiB, 256 of 256 KiB): remove what can go." \
		"du -xam"
	has $'\t'"$PWD/store/log/bastion1.jsonl"
	found ok disk "The store's disk has room."
	found ok reserve "Space is kept for ceremonies on a full disk."
}

@test "files: a mode, the configuration, the vault, a log; the command named mends what it can" {
	chmod 0755 state
	run -7 two doctor
	found BAD vault "$PWD/state can be read by others (mode 0755)." "Close it: chmod go= '$PWD/state'"
	sh -c "$(sed -n 's/.*mend: Close it: //p' <<<"$output")"
	run -0 two doctor
	printf '{ "hots": "bastion1" }' >twokey.conf
	run -7 two doctor
	found BAD configuration 'twokey.conf, line 1, column 3: unknown key "hots".' \
		"Edit it: \${EDITOR:-vi} 'twokey.conf' (\`man twokey.conf\` says what goes in)."
	hasnt "vault  "
	conf_here
	mv state gone
	run -7 two doctor
	found BAD vault "This machine has no private state at $PWD/state." '`twokey init` makes a vault; `twokey host add --vault ID` joins one, whose id `twokey log verify` on another host prints.'
	mv gone state
	mv state/host.key .
	run -0 two doctor
	found note host "This machine is no host of the vault: it can verify, not seal or open." \
		"twokey host add --vault $(jq -r .vault state/pin.json)"
	mv host.key state
	rm -r state/index && sed -i '1s/"seq":0/"seq":7/' store/log/bastion1.jsonl
	run -7 two doctor
	found BAD logs "The log of bastion1 does not lead to the root that its head names." \
		'"twokey log verify" tells what was changed.'
	sed -i '2,$ d' store/log/bastion1.jsonl
	run -7 two doctor
	found BAD vault "The log of bastion1 is shorter ("
	has "mend: Bring the newer log back, and find out who put an older one there."
}
