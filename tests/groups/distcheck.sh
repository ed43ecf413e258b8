#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# make distcheck: the tarball builds out of tree from read-only sources, its
# tests pass, and install, uninstall and distclean leave nothing behind.  And
# the tarball holds every file of the repository.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"
# shellcheck source=tools/lib.sh
. "$TK_TOP/tools/lib.sh"

same_files() {
	python3 - "$TK_TOP" "$1" <<'PY'
import sys
import tarfile
sys.path.insert(0, sys.argv[1] + "/tests/lint")
import common
with tarfile.open(sys.argv[2]) as tar:
    packed = {m.name.split("/", 1)[1] for m in tar if not m.isdir()}
missing = [p for p in common.files(sys.argv[1])
           if p not in packed and p != ".gitignore" and not p.startswith((".ci/", ".github/"))]
print("\n".join("not in the tarball: " + p for p in missing))
sys.exit(1 if missing else 0)
PY
}

dir=$TK_TOP/build/dist
tap_need xz
rm -f "$dir"/twokey-*.tar.xz
if tap_run configure configure_tree dist; then
	tap_run "make distcheck" env -u TK_TOP -u TK_BUILD -u TK_ROOT -u TK_SLOW \
		make -C "$dir" -j"$(nproc)" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror
	tap_run "the tarball is complete" same_files "$dir"/twokey-*.tar.xz
fi
tap_done
