#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# In the guest: runs the scenes in guest.d in their order, each under a time
# limit, and sends their TAP out between the lines `scene NAME` and `end NAME
# STATUS`.
set -u
# shellcheck disable=SC1091 # written by tests/groups/vm.sh
. /vm/settings

ports=/dev/virtio-ports
for ((i = 0; i < 100; i++)); do
	[ ! -e "$ports/files" ] || break
	sleep 0.1
done
exec >"$ports/results" 2>"$ports/log"

export PATH=$TK_ROOT/bin:$TK_ROOT/sbin:/vm/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root USER=root LOGNAME=root TERM=xterm NO_COLOR=1 LC_ALL=C.UTF-8
export TK_ROOT PYTHONDONTWRITEBYTECODE=1
# A session of logind's is enough; a whole systemd more for each user who comes
# and goes would be half of the time that a login takes here.
ln -s /dev/null /run/systemd/system/user@.service && systemctl daemon-reload
printf '# up after %s s: %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$(uname -r)"
for scene in /vm/guest.d/*.sh; do
	name=$(basename "$scene" .sh) rc=0
	read -r begin _ </proc/uptime	# scenes set the clock
	printf 'scene %s\n' "$name"
	printf '== %s\n' "$name" >&2
	# What a scene leaves behind, such as a key plugged in, is the next one's
	# to use; its work folder is its own.
	mkdir -p "/vm/work/$name"
	cd "/vm/work/$name" || exit 1
	timeout -k 5 "$SCENE_SECONDS" bash "$scene" </dev/null || rc=$?
	read -r end _ </proc/uptime
	printf '# %s took %d s\n' "$name" $((${end%.*} - ${begin%.*}))
	printf 'end %s %d\n' "$name" "$rc"
done
echo over
printf '== the journal\n' >&2
journalctl -b -q --no-pager -o short-monotonic _TRANSPORT=syslog + _TRANSPORT=journal + \
	_TRANSPORT=stdout | tail -n 400 >&2
