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
# Left out: 2016 (programs given as '...' words are meant so), 2030, 2031 (bats
# runs tests in subshells), 2012, 2013, 2119, 2120 (taste).
cd "$tree" && shellcheck -e SC2016,SC2030,SC2031,SC2012,SC2013,SC2119,SC2120 -x -P SCRIPTDIR -P . "${scripts[@]}"
