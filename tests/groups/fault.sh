#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# kill -9 and a full disk at every file-changing system call, and a real disk
# filled to its last byte.  Slow runs add imports, new versions and second
# hosts, and what a power cut at each of the calls may leave.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

# Tracing a process that cannot be dumped, and mounting, need root, be it of a
# namespace of our own.
# shellcheck source=tests/lib/apart.bash
. "$TK_TOP/tests/lib/apart.bash"

sweep() {
	# shellcheck disable=SC2086 # a program and its words
	"${apart[@]}" python3 "$TK_TOP/tests/fault/"$1
}

sweeps=("kill.py seal unseal init" "full.py seal reserve" "disk.py tmpfs")
slow=("kill.py import next host rotate mfa" "full.py unseal init import next host"
	"power.py seal unseal init import host")
# A loop device is root's alone.
[ "$(id -u)" != 0 ] || slow+=("disk.py ext4")

tap_need python3 unshare
if [ "$(uname -m)" != x86_64 ]; then
	tap_skip "faults at system calls" "tests/fault/trace.py knows the system calls of x86-64 only"
elif tap_run "a namespace of its own" "${apart[@]}" true; then
	# Each of them uses all processors.
	if [ "$TK_SLOW" = 1 ]; then
		tap_each 1 sweep "${sweeps[@]}" "${slow[@]}"
	else
		tap_each 1 sweep "${sweeps[@]}"
		for part in "${slow[@]}"; do
			tap_skip "$part" "a slow part; run ./tools/check --slow"
		done
	fi
	[ "$(id -u)" = 0 ] || tap_skip "disk.py ext4" "mounting a loop device needs root"
fi
tap_done
