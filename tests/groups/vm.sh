#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A whole Debian in QEMU, where software keys are real devices and root's doors
# are real: the scenes of tests/vm/guest.d, or those that TK_VM_SCENES names.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

PATH=$PATH:/usr/sbin:/sbin
vm=$TK_TOP/tests/vm out=$TK_WORK/out

# The build under its own prefix, by which its programs find each other, and the
# scenes under /vm.
pack() {
	local stage=$TK_WORK/stage/vm name
	mkdir -p "$stage/guest.d" "$stage/bin" || return 1
	cp "$vm"/{run.sh,lib.sh,doors.sh,do,cable.py,entries.py} "$TK_TOP"/tests/lib/{tap.sh,manual.bash,drive.py} \
		"$TK_TOP/docs/man/pam_twokey.8" "$stage" &&
		cp "$TK_BUILD/tools/softkey/softkey" "$stage/bin" || return 1
	for name in "${scenes[@]}"; do cp "$vm/guest.d/$name.sh" "$stage/guest.d" || return 1; done
	printf 'TK_ROOT=%q\nSCENE_SECONDS=%d\n' "$TK_ROOT" 300 >"$stage/settings"
	tar -cf "$TK_WORK/payload.tar" --owner=0 --group=0 --mode=u+rw,go-w -C / "${TK_ROOT#/}" \
		-C "$TK_WORK/stage" vm
}

boots() {
	local rc=0
	mkdir -p "$out"
	"$vm/boot.sh" "$image" "$TK_WORK/payload.tar" "$out" 1400 || rc=$?
	printf '== console\n' && tr -d '\r' <"$out/console"
	printf '== log of the guest\n' && tr -d '\r' <"$out/log"
	return "$rc"
}

# One file a scene of what the guest sent.
split() {
	awk -v out="$out" '
		$1 == "scene" { file = out "/" $2 ".tap"; printf "" >file; next }
		$1 == "end" { print $3 >(out "/" $2 ".rc"); file = ""; next }
		file != "" { print >file; next }
		{ print >"/dev/stderr" }' "$out/results"
}

scene() {
	local tap=$out/$1.tap rc=125
	[ -f "$tap" ] || : >"$tap"
	[ ! -f "$out/$1.rc" ] || rc=$(cat "$out/$1.rc")
	tap_import "$1" "$tap" "$rc"
}

# received NAME: takes a file that a scene handed out.
received() { sed -n "s/^$1 //p" "$out/files" | base64 -d >"$out/$1" && [ -s "$out/$1" ]; }

# The archive is whole, and of the very vault that the guest made.
verifies() {
	local id
	received acme.tar && received vault.json &&
		"$TK_ROOT/bin/twokey" log verify --archive "$out/acme.tar" >"$out/verified" 2>&1 || return 1
	cat "$out/verified"
	id=$(sed -n 's/.*"vault":"\([0-9a-f]\{64\}\)".*/\1/p' "$out/vault.json")
	[ -n "$id" ] && grep -qx "vault $id" "$out/verified" && grep -qx "everything holds" "$out/verified"
}

# The same, by the reader that was written from docs/formats.md alone.
verifies_elsewhere() {
	mkdir -p "$out/store" && tar -xf "$out/acme.tar" -C "$out/store" &&
		/usr/bin/python3 "$TK_TOP/tests/oracle/oracle.py" verify "$out/store"
}

# covers SCENE TYPE...: entries of what SCENE did are in that archive.
covers() {
	local scene=$1 type
	shift
	case " ${scenes[*]} " in
	*" $scene "*) ;;
	*) return 0 ;;
	esac
	for type; do
		tar -xOf "$out/acme.tar" | grep -q "\"type\":\"$type\"" || { echo "missing: $type" && return 1; }
	done
}
all_covered() {
	covers 50-pam login.granted session.opened session.closed &&
		covers 55-one-key ceremony.denied &&
		covers 60-root-password record.sealed rotation.confirmed login.attempts
}

mapfile -t scenes < <(cd "$vm/guest.d" && printf '%s\n' *.sh | sed 's/\.sh$//')
[ -z "${TK_VM_SCENES:-}" ] || read -ra scenes <<<"$TK_VM_SCENES"

made() { image=$("$vm/image.sh"); }

tap_need mmdebstrap qemu-system-x86_64 mke2fs
SECONDS=0
if tap_run "a Debian to boot" made && tap_run "this build for it" pack; then
	printf '== the image took %d s\n' "$SECONDS" >&2
	tap_run "it boots, and ends when it is told to" boots
	split
	for name in "${scenes[@]}"; do scene "$name"; done
	case " ${scenes[*]} " in
	*" 90-export "*)
		tap_run "the archive that came out verifies here" verifies
		tap_run "for the independent reader too" verifies_elsewhere
		tap_run "and tells of the scenes before it" all_covered
		;;
	esac
fi
printf '== all of it took %d s\n' "$SECONDS" >&2
tap_done
