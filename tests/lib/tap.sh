# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the scripts in tests/groups: results in TAP on stdout (descriptor 3 while
# a test runs), everything else on stderr, which is the group's log.

tap_count=0

tap_result() { # WORD NAME [DIRECTIVE]
	tap_count=$((tap_count + 1))
	printf '%s %d - %s%s\n' "$1" "$tap_count" "${2//#/}" "${3:+ # $3}"
}

tap_ok() { tap_result ok "$1"; }
tap_not_ok() { tap_result 'not ok' "$1"; }
tap_skip() { tap_result ok "$1" "SKIP $2"; }

# tap_run NAME COMMAND...: one test, passed when COMMAND succeeds.
tap_run() {
	local name=$1 rc=0
	shift
	printf '== %s: %s\n' "$name" "$*" >&2
	"$@" >&2 </dev/null || rc=$?
	if [ "$rc" = 0 ]; then
		tap_ok "$name"
	else
		printf '== %s: exit status %d\n' "$name" "$rc" >&2
		tap_not_ok "$name"
	fi
	return "$rc"
}

# tap_need TOOL...: a missing tool is a failure, not a skip.
tap_need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || tap_not_ok "$tool is installed"
	done
}

# tap_import LABEL FILE STATUS: takes over another program's TAP, one or more
# plans in a file.  Fewer results than planned, none at all, or a status that
# no failed test explains is a failure of its own.  cmocka's skips carry no
# reason: the test prints "skip: REASON" before it calls skip().
tap_import() {
	local label=$1 file=$2 status=$3 line seen=0 bad=0 plan=0 rest reason=''
	while IFS= read -r line; do
		case $line in
		'1..'*)
			rest=${line#1..}
			plan=$((plan + ${rest%%[!0-9]*}))
			;;
		'ok '*' # '[sS][kK][iI][pP]*)
			seen=$((seen + 1))
			rest=${line##*# }
			tap_skip "$label: $(tap_title "${line%% # *}")" "${rest#* }"
			;;
		'skip: '*) reason=${line#skip: } ;;
		'not ok '*' # SKIP '*)
			seen=$((seen + 1)) rest="$label: ${line##*# SKIP }"
			if [ -n "$reason" ]; then
				tap_skip "$rest" "$reason"
			else
				bad=$((bad + 1)) && tap_not_ok "$rest: skipped without a reason"
			fi
			reason=''
			;;
		'ok '*) seen=$((seen + 1)) && tap_ok "$label: $(tap_title "$line")" ;;
		'not ok '*)
			seen=$((seen + 1)) bad=$((bad + 1))
			tap_not_ok "$label: $(tap_title "${line#not }")"
			;;
		'Bail out!'*) bad=$((bad + 1)) && tap_not_ok "$label: $line" ;;
		*) printf '%s: %s\n' "$label" "$line" >&2 ;;
		esac
	done <"$file"
	if [ "$seen" = 0 ] || [ "$seen" -lt "$plan" ] || [ "$plan" = 0 ]; then
		tap_not_ok "$label: $seen of $plan tests reported, exit status $status"
	elif [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		tap_not_ok "$label: exit status $status"
	fi
}

# "ok 12 - some name" -> "some name"
tap_title() {
	local t=${1#ok }
	t=${t#[0-9]*[!0-9]}
	printf '%s' "${t#- }"
}

# tap_each JOBS FUNCTION ITEM...: runs `FUNCTION ITEM`, which prints TAP, for
# each item, JOBS at a time, and takes over the results in order, as they come.
tap_each() {
	local jobs=$1 fn=$2 item i=0 next=0 dir
	shift 2
	dir=$(mktemp -d "$TK_WORK/each.XXXXXX") || return 1
	for item; do
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
			wait -n
			tap_each_ready "$@"
		done
		(
			rc=0
			"$fn" "$item" >"$dir/$i.tap" 2>"$dir/$i.log" </dev/null || rc=$?
			printf '%s\n' "$rc" >"$dir/$i.part" && mv "$dir/$i.part" "$dir/$i.rc"
		) &
		i=$((i + 1))
	done
	while [ -n "$(jobs -rp)" ]; do
		wait -n
		tap_each_ready "$@"
	done
	# What was killed left no status.
	for ((i = next; i < $#; i++)); do
		[ -f "$dir/$i.rc" ] || echo 125 >"$dir/$i.rc"
	done
	tap_each_ready "$@"
}

# The results that are there, from tap_each's `next` on, in its `dir`.
tap_each_ready() {
	local item
	while [ "$next" -lt $# ] && [ -f "$dir/$next.rc" ]; do
		item=${*:next+1:1}
		printf '== %s\n' "$item" >&2
		cat "$dir/$next.log" >&2
		tap_import "$(basename "$item")" "$dir/$next.tap" "$(cat "$dir/$next.rc")"
		next=$((next + 1))
	done
}

tap_done() { printf '1..%d\n' "$tap_count"; }
