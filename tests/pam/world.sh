#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: world.sh COMMAND...   (in a mount namespace of its own: tests/lib/apart.bash)
# Runs COMMAND on a machine that looks like this one, with /etc, /run, /var/lib
# and /dev/log of its own: privileged programs ignore LD_PRELOAD, and must, so
# that software keys reach them by /etc/ld.so.preload and /run/softkey.
set -eu -o pipefail
: "${TK_TOP:?}" "${TK_BUILD:?}" "${TK_ROOT:?}" "${TK_WORK:?}"

world=$(mktemp -d "$TK_WORK/world.XXXXXX")
trap 'rm -rf "$world"' EXIT
mkdir "$world/etc"
cp -a /etc/. "$world/etc/"
mount --bind "$world/etc" /etc
mount -t tmpfs -o mode=755 none /run
mount -t tmpfs -o mode=755 none /var/lib
mkdir -p /run/softkey /run/sshd /var/lib/twokey /var/lib/pam /etc/twokey
# Nobody else's accounts are touched: these files are copies.
grep -q '^eve:' /etc/passwd || printf 'eve:x:4711:4711::/run:/bin/bash\n' >>/etc/passwd
grep -q '^eve:' /etc/group || printf 'eve:x:4711:\n' >>/etc/group
grep -q '^sshd:' /etc/passwd || printf 'sshd:x:4712:65534::/run/sshd:/usr/sbin/nologin\n' >>/etc/passwd
sed -i '/^root:/d; /^eve:/d' /etc/shadow
for who in root eve; do
	printf '%s:%s:19000:0:99999:7:::\n' "$who" \
		"$(python3 -W ignore -c 'import crypt, sys; print(crypt.crypt(sys.argv[1], crypt.mksalt(crypt.METHOD_SHA512)))' "$who-password")"
done >>/etc/shadow
printf '{ "host": "bastion1" }\n' >/etc/twokey/twokey.conf
chmod 0600 /etc/twokey/twokey.conf
printf '%s\n' "$TK_BUILD/tools/softkey/.libs/libsoftkey.so" >/etc/ld.so.preload
# Processes too are its own: what a test kills by name is no other test's.
unshare --pid --fork --kill-child --mount-proc -- "$@"
