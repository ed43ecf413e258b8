#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs shellcheck over every shell script and bats file of a tree.
set -u
tree=${1:?usage: shell.sh TREE}
here=$(dirname "$0")
mapfile -t scripts < <(python3 - "$tree" "$here" <<'PY'
import sys
sys.path.insert(0, sys.argv[2])
import common
for p in common.files(sys.argv[1]):
    if p.endswith(".bats") or common.is_shell(sys.argv[1], p):
        print(p)
PY
)
[ ${#scripts[@]} -gt 0 ] || { echo "$tree: no shell scripts found" && exit 1; }
cd "$tree" && shellcheck -x -P SCRIPTDIR -P . "${scripts[@]}"
