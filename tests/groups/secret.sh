#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Secrets: searched for in memory, files, arguments, environments and output
# of a whole story.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

TK_UID=$(id -u)
export TK_UID
# Only root, be it of a namespace of our own, sees the memory of a process that
# cannot be dumped.
as_root=()
[ "$TK_UID" = 0 ] || as_root=(unshare --user --map-root-user)

tap_need python3 fido2-assert fido2-token unshare
rc=0
"${as_root[@]}" python3 "$TK_TOP/tests/secret/secret.py" >"$TK_WORK/secret.tap" || rc=$?
tap_import secret "$TK_WORK/secret.tap" "$rc"
tap_done
