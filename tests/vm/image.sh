#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the Debian that tests/vm boots, once, and prints the folder it lies in:
# disk.img (ext4), vmlinuz, and packages, the versions in it.  Nothing of twokey
# is in it: guest/start unpacks that from a second disk.  The folder is kept in
# the user's cache, under a name that stands for this script, what is in guest/
# and the machine's sources of packages.
set -eu -o pipefail

PATH=$PATH:/usr/sbin:/sbin	# where mke2fs is, for ordinary users too
here=$(cd "$(dirname "$0")" && pwd)
suite=bookworm
packages=(
	systemd systemd-sysv dbus udev kmod	# starts, journal, /dev
	login passwd sudo libpam-runtime libpam-modules libpam-systemd
	openssh-server openssh-client auditd procps python3
	libfido2-1 libcbor0.8 libjson-c5 libseccomp2 libssl3 libudev1 libcrypt1 libpam0g libaudit1
	libdeflate0 zlib1g
	fido2-tools pamtester			# opinions that are not ours
)

die() {
	printf 'image.sh: %s\n' "$1" >&2
	exit 1
}

# The machine's sources, as they stand: where apt-get works, this does.
shopt -s nullglob
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
	[ ! -s "$file" ] || sources+=("$file")
done
[ ${#sources[@]} -gt 0 ] || die "apt has no sources of packages"
shopt -u nullglob

# How it gets there: proxies and the like.  Names and passwords stay where they
# are, and what indexes there are is for the new system to say.
apt_settings() {
	apt-config dump | grep '^Acquire::' | grep -v '^Acquire::\(IndexTargets\|CompressionTypes\)' || true
	printf 'Dir::Etc::netrc "/etc/apt/auth.conf";\nDir::Etc::netrcparts "/etc/apt/auth.conf.d";\n'
}

key() {
	{
		cat "$0" "${sources[@]}"
		find "$here/guest" -type f | sort | xargs cat
	} | sha256sum | cut -c1-16
}

# The kernel's own package wants an initramfs, which nothing here needs (nvme
# and ext4 are built in): its files alone go in.  Runs as a hook.
kernel() { # ROOTFS
	local name root=$1
	name=$(APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-cache depends --important linux-image-cloud-amd64 |
		sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$name" ] || die "there is no kernel among the packages"
	cd "$root/tmp"
	APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download "$name"
	dpkg-deb -x "$name"_*.deb kernel
	# What a guest without network, screen or other disks never loads.
	rm -rf kernel/lib/modules/*/kernel/{drivers/{net,gpu,scsi,infiniband,md,nvdimm},net,sound}
	mv kernel/lib/modules "$root/usr/lib/modules"
	mv kernel/boot/vmlinuz-* "$root/boot/vmlinuz"
	rm -rf kernel "$name"_*.deb
	chroot "$root" depmod "${name#linux-image-}"
	printf '%s\n' "$name" >>"$root/etc/packages"
}

settings() { # ROOTFS
	local root=$1 unit
	printf 'guest\n' >"$root/etc/hostname"
	printf '127.0.0.1 localhost guest\n::1 localhost\n' >"$root/etc/hosts"
	printf '/dev/nvme0n1 / ext4 rw,noatime 0 0\n' >"$root/etc/fstab"
	printf 'uhid\nhid-generic\nvirtio_console\n' >"$root/etc/modules-load.d/twokey.conf"
	install -m 0755 "$root/tmp/guest/start" "$root/usr/local/sbin/twokey-vm"
	install -m 0644 "$root/tmp/guest/twokey-vm.service" "$root/etc/systemd/system/twokey-vm.service"
	chroot "$root" systemctl -q enable twokey-vm.service serial-getty@ttyS1.service
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer getty@tty1.service serial-getty@ttyS0.service; do
		chroot "$root" systemctl -q mask "$unit"
	done
	# The journal keeps everything, on disk, as a bastion's would.
	mkdir -p "$root/var/log/journal" "$root/etc/systemd/journald.conf.d"
	printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n' \
		>"$root/etc/systemd/journald.conf.d/twokey.conf"
}

# In the new system's /tmp are this script and guest/: who makes it need not be
# able to read them where they lie.
hook() { # ROOTFS
	dpkg-query --admindir="$1/var/lib/dpkg" -W >"$1/etc/packages"
	settings "$1"
	kernel "$1"
	rm -rf "$1/tmp/image.sh" "$1/tmp/guest"
}

# An image of what is in the folder or comes as an archive on standard input;
# sparse: what is not written takes no room.  /dev is the kernel's to fill.
image() { # FOLDER ROOTFS|-
	local root=$2
	if [ "$root" = - ]; then
		root=$1/rootfs
		mkdir "$root"
		tar -xpf - --numeric-owner --exclude='./dev/*' -C "$root"
	fi
	mv "$root/boot/vmlinuz" "$1/vmlinuz"
	mv "$root/etc/packages" "$1/packages"
	mke2fs -q -t ext4 -O ^has_journal -d "$root" "$1/disk.img" 1500M >&2
	rm -rf "$root"
}

make() { # FOLDER
	local out=$1 list debian
	list=$(printf '%s,' "${packages[@]}")
	apt_settings >"$out/apt.conf"
	debian=(mmdebstrap --variant=minbase --include="${list%,}"
		--aptopt="$out/apt.conf" --dpkgopt='path-exclude=/usr/share/man/*'
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*'
		--customize-hook="copy-in '$here/image.sh' '$here/guest' /tmp"
		--customize-hook='bash "$1/tmp/image.sh" --hook "$1"')
	if [ "$(id -u)" = 0 ]; then
		"${debian[@]}" --mode=root --format=directory "$suite" "$out/rootfs" "${sources[@]}" >&2
		image "$out" "$out/rootfs"
	else
		# Root of a namespace, with the ids that /etc/subuid grants; those can not
		# enter a temporary folder of this user's.
		TMPDIR=/tmp "${debian[@]}" --mode=unshare --format=tar "$suite" - "${sources[@]}" |
			unshare --user --map-root-user --map-auto bash "$here/image.sh" --image "$out" -
	fi
	rm -f "$out/apt.conf"
}

case ${1:-} in
--hook)
	hook "$2"
	exit
	;;
--image)
	image "$2" "$3"
	exit
	;;
esac

cache=${XDG_CACHE_HOME:-$HOME/.cache}/twokey-tests
final=$cache/vm-$(key)
if [ ! -f "$final/disk.img" ]; then
	mkdir -p "$cache"
	exec 9>"$cache/vm.lock"
	flock 9
	if [ ! -f "$final/disk.img" ]; then
		work=$(mktemp -d "$cache/new.XXXXXX")
		trap 'rm -rf "$work"' EXIT
		make "$work"
		mv "$work" "$final"
		# Another tree may be using another one: what nobody used for a week goes.
		find "$cache" -maxdepth 1 \( -name 'vm-*' -o -name 'new.*' \) -type d -mtime +7 -exec rm -rf {} +
	fi
fi
touch "$final"
printf '%s\n' "$final"
