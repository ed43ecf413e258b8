#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Boots a machine from image.sh's folder with PAYLOAD, a tar archive, as its
# second disk, and waits for its end.  In the folder OUT: console (the kernel's
# and systemd's words), results (TAP), log, files.  What the guest writes to its
# disk is thrown away.
set -u
[ $# = 4 ] || { echo "usage: boot.sh IMAGE PAYLOAD OUT SECONDS" >&2 && exit 2; }
image=$1 payload=$2 out=$3 limit=$4
cd "$out" || exit 1

# No network at all: clients run inside.  Never KVM: it is not everywhere, and
# what it does there differs.
# shellcheck disable=SC2054 # the commas are QEMU's
machine=(-accel tcg,thread=multi,tb-size=512 -cpu max -M q35 -smp 2 -m 1024 -nodefaults
	-no-user-config -display none -no-reboot -snapshot -nic none
	-kernel "$image/vmlinuz"
	-append "root=/dev/nvme0n1 rw console=ttyS0 panic=-1 quiet systemd.show_status=auto"
	-drive "file=$image/disk.img,if=none,id=system,format=raw"
	-device nvme,drive=system,serial=system
	-drive "file=$payload,if=none,id=build,format=raw"
	-device nvme,drive=build,serial=build
	-device virtio-rng-pci
	-chardev file,id=console,path=console -serial chardev:console
	-device virtio-serial-pci)

# A cable between the guest's ttyS1, where a getty waits, and its
# /dev/virtio-ports/cable, where a test types.
# shellcheck disable=SC2054 # here too
machine+=(-chardev socket,id=near,path=cable,server=on,wait=off -serial chardev:near
	-chardev socket,id=far,path=cable -device virtserialport,chardev=far,name=cable)

for port in results log files; do
	machine+=(-chardev "file,id=$port,path=$port" -device "virtserialport,chardev=$port,name=$port")
done

rc=0
# In this script's process group, so that what ends the group ends QEMU.
timeout --foreground -k 10 "$limit" qemu-system-x86_64 "${machine[@]}" </dev/null || rc=$?
# The end that is meant: run.sh said its last word, and the power went off.
[ "$rc" != 0 ] || [ "$(tail -n 1 results)" != over ] || exit 0
case $rc in
124 | 137) echo "boot.sh: the guest did not end within $limit s" >&2 ;;
*) echo "boot.sh: the guest ended before its tests did; QEMU's status is $rc" >&2 ;;
esac
exit 1
