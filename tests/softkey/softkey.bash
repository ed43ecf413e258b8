# SPDX-License-Identifier: BSD-2-Clause
# Helpers of softkey.bats. SOFTKEY names the program under test.

softkey_setup() {
	SOFTKEY=$(realpath "${SOFTKEY:-$BATS_TEST_DIRNAME/../../tools/softkey/softkey}")
	export SOFTKEY
	export HERE=$BATS_TEST_DIRNAME PYTHONDONTWRITEBYTECODE=1
	cd "$BATS_TEST_TMPDIR" || return
}

# key NAME [OPTION...]: makes NAME.key
key() {
	local name=$1
	shift
	"$SOFTKEY" new "$name.key" "$@"
}

# plug NAME... -- COMMAND...
plug() {
	local keys=()
	while [ "$1" != -- ]; do
		keys+=("$1.key")
		shift
	done
	"$SOFTKEY" plug "${keys[@]}" "$@"
}

# with NAME... <<SCRIPT: a bash script that sees the keys; $DEV is the first one's path
with() {
	cat >script.bash
	plug "$@" -- bash -euo pipefail -c 'DEV=$(fido2-token -L | sed -n "1s/: .*//p"); . ./script.bash'
}

# answer PROMPT REPLY... -- COMMAND...: answers prompts on a terminal, in their order; exits with
# COMMAND's status, 97 if a prompt did not come
answer() {
	expect -f "$HERE/answer.exp" -- "$@"
}
export -f answer

# no COMMAND...: COMMAND must refuse, by itself: not by a signal, a missing program or a missing prompt.
# (errexit overlooks a failing "! command".)
no() {
	local s=0
	"$@" || s=$?
	[ "$s" -gt 0 ] && { [ "$s" -lt 97 ] || [ "$s" -eq 255 ]; } # 255 is ssh-keygen's
}
export -f no

# ... | has GLOB: stdin, all of it, matches. (grep -q leaves early, and pipefail blames the writer.)
has() {
	[[ $(cat) == *$1* ]]
}
export -f has

random() {
	head -c "${1:-32}" /dev/urandom | base64 -w0
	echo
}
export -f random

# cred_in: challenge, RP, user name, user id, as fido2-cred -M reads them
cred_in() {
	random && echo rp.example && echo alice && random
}
export -f cred_in

# assert_in CRED: the same for fido2-assert -G, with a salt
assert_in() {
	random && echo rp.example && sed -n 5p "$1" && echo "${SALT:-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}"
}
export -f assert_in

# where plug finds libsoftkey.so
plug_library() {
	local dir
	dir=$(dirname "$SOFTKEY")
	ls "$dir/libsoftkey.so" "$dir/.libs/libsoftkey.so" 2>/dev/null | head -1
}
