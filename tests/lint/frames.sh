#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# usage: frames.sh TOP BUILD WORK
# No function of what runs inside of others' logins keeps 2 KiB on the stack.
set -eu -o pipefail
top=$1 build=$2 work=$3
rc=0
for file in "$top"/pam/*.c "$top"/src/gate/*.c; do
	gcc -std=c11 -D_GNU_SOURCE -O2 -fstack-usage "-I$build" "-I$top/src" -DTWOKEY_GATE='"/x"' -DTWOKEY_HELPER_DIR='"/x"' \
		-c "$file" -o "$work/frame.o"
	awk '$2 >= 2048 { print $1 ": a frame of " $2 " bytes"; n++ } END { exit n > 0 }' "$work/frame.su" || rc=1
done
exit "$rc"
