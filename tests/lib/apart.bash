# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# "${apart[@]}" COMMAND runs it in a mount namespace of its own, as root there.
# In a plain chroot mounts cannot be made private unless its root is a mount
# point: mount --bind DIR DIR before chroot DIR.
# shellcheck disable=SC2034 # for who sources this
apart=(unshare --mount)
[ "$(id -u)" = 0 ] || apart=(unshare --user --map-root-user --mount)
