# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# A real device that goes away while its touch is awaited, and one that comes.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

unseal() { # FILE STATUS REASON [DRIVE OPTION...] -- [TWOKEY OPTION...]
	local file=$1 want=$2 reason=$3
	local -a rules=()
	shift 3
	while [ "$1" != -- ]; do
		rules+=("$1" "$2")
		shift 2
	done
	shift
	keep "$want" "$file" types "${rules[@]}" -- twokey unseal r --reason "$reason" --show \
		--force-stdout "$@"
}

for_good() { pulled_out unseal gone 4 "pulled out" -- --timeout 15; }
says_so() { grep -q "passed by.*not plugged in any more" gone; }
next_try() { plug alice && unseal again 0 "the next try" -- && grep -q "$secret" again; }
back_again() {
	pulled_out unseal back 0 "pulled out and back" \
		-a 'not plugged in any more=!/vm/do plug alice' -- && grep -q "$secret" back
}
late() {
	unplug alice bob && unseal late 0 "both come late" \
		-a 'Plug in a key of alice or=!/vm/do plug bob||!true' \
		-a 'Plug in a key of alice *\.=!/vm/do plug alice||!true' -- && grep -q "$secret" late
}

tap_run "both keys are there" vault_ready
tap_run "pulled out while it blinks" for_good
tap_run "the program says so" says_so
tap_run "the next try works" next_try
tap_run "pulled out and plugged in again: the same ceremony goes on" back_again
tap_run "keys that are plugged in one by one, when asked for" late
tap_run "the log is whole" twokey log verify
tap_done
