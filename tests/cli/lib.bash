# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# For the bats files here: seven people with enrolled keys, vaults of theirs,
# and the installed twokey on a terminal with keys plugged in.

[ -z "${BATS_VERSION:-}" ] || bats_require_minimum_version 1.5.0

: "${TK_TOP:?}" "${TK_BUILD:?}" "${TK_ROOT:?}"
export SK=$TK_BUILD/tools/softkey/softkey TWOKEY=$TK_ROOT/bin/twokey TERM=xterm
export DRIVE=$TK_TOP/tests/lib/drive.py PYTHONDONTWRITEBYTECODE=1 NO_COLOR=1
people=(alice bob carol dave erin frank grace)

# Everybody's key and bundle, and a second key of alice's in both.bundle; made
# once for all files when the group runs them, once a file else.
people_make() { # FOLDER
	(
		mkdir -p "$1" && cd "$1" || exit 1
		for who in "${people[@]}"; do
			"$SK" new "$who.key" --pin "pin-$who" >/dev/null || exit 1
			tk "$who.key" -- enroll "$who" >"$who.log" 2>&1 &
		done
		wait
		"$SK" new alice-2.key --pin pin-alice && "$SK" new stranger.key --pin pin-nobody || exit 1
		TK_WRAP=(sh -c '"$SK" ctl alice-2.key unplug; exec "$@"' sh)
		tk -a 'Now the new key=!$SK ctl alice.key unplug; $SK ctl alice-2.key replug' \
			-a 'Plug in the security key of alice .*key-1=!$SK ctl alice.key replug' \
			alice.key alice-2.key -- \
			enroll alice --add-to alice.bundle --out both.bundle >both.log 2>&1
	)
}

# For setup_file: the people, and how long to wait where nobody will come.
file_begin() {
	export PEOPLE=${TK_CLI_PEOPLE:-$BATS_FILE_TMPDIR/people} WAIT=2 AT_ONCE=12
	[ -z "${TK_UNDER:-}" ] || WAIT=8
	[ -d "$PEOPLE" ] || people_make "$PEOPLE"
}

# tk [-a RULE | -o FILE | -t SECONDS]... [KEY...] -- TWOKEY ARGUMENT...: runs
# twokey on a terminal of its own (tests/lib/drive.py) with these keys plugged
# in; people know their PINs.  With a configuration, if there is one here.
tk() {
	local -a drive=(-t 60) keys=() plug=() conf=() pins=() words=()
	local who
	while [ "$1" != -- ]; do
		case $1 in
		-?)
			drive+=("$1" "$2")
			shift
			;;
		*) keys+=("$1") ;;
		esac
		shift
	done
	shift
	for who in "${people[@]}"; do pins+=(-a "PIN (for $who's|of the $who ).*: =pin-$who"); done
	[ ${#keys[@]} = 0 ] || plug=("$SK" plug "${keys[@]}" --)
	[ ! -e twokey.conf ] || conf=(--conf twokey.conf)
	words=("$1")
	case $1 in log | host) words+=("$2") ;; esac
	shift ${#words[@]}
	# shellcheck disable=SC2154 # TK_WRAP: a command that runs twokey
	python3 "$DRIVE" "${drive[@]}" "${pins[@]}" -- "${plug[@]}" ${TK_WRAP:+"${TK_WRAP[@]}"} \
		"$TWOKEY" "${words[@]}" "${conf[@]}" "$@"
}

# vault QUORUM HOLDER... [-- INIT OPTION...]: a vault of these holders here.
vault() {
	local quorum=$1 who
	local -a keys=() options=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		[ -e "$1.key" ] || cp -a "$PEOPLE/$1.key" "$PEOPLE/$1.bundle" .
		keys+=("$1.key") options+=(--holder "$1.bundle")
		shift
	done
	[ $# = 0 ] || shift
	conf_here
	tk "${keys[@]}" -- init acme "${options[@]}" --quorum "$quorum" "$@"
}

conf_here() {
	printf '{ "store": "%s/store", "state": "%s/state", "host": "bastion1" }\n' "$PWD" "$PWD" \
		>twokey.conf
	chmod 0600 twokey.conf
}

# A copy of the vault (and the keys) in folder $1, as folder $2.
copy_vault() {
	mkdir -p "$2"
	cp -a "$1"/. "$2"
	(cd "$2" && conf_here)
}

# at_time SECONDS COMMAND...: with a clock that begins then.  Not by faketime's wrapper, which fails
# where a killed one of the same process id left its semaphore.
# shellcheck disable=SC2016 # the loader's $LIB
at_time() {
	LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME="@$(date '+%F %T' -d "@$1")" "${@:2}"
}

# A command that must fail, as a simple command: bats sees no failure behind `!`
# or in front of `&&`.
not() { ! "$@"; }

has() { # shellcheck disable=SC2154 # bats sets output
	[[ $output == *"$1"* ]] || { printf 'missing: %s\n%s\n' "$1" "$output"; return 1; }
}
hasnt() {
	[[ $output != *"$1"* ]] || { printf 'present: %s\n%s\n' "$1" "$output"; return 1; }
}

# Store and state in lines: names, kinds, modes, owners, contents; but for what
# each ceremony adds to (log and head) and the cache.
snap() {
	find store state ! -path 'state/index*' ! -path 'state/head.json' ! -path 'state/written.json' \
		! -path 'state/counters.json' ! -path 'store/log/bastion1.*' \
		-printf '%p %y %m %U %l ' -a \( -type f -exec sha256sum {} \; -o -printf '\n' \) | sort
}

# Everything, for what must not change anything at all.
snap_all() {
	find store state -printf '%p %y %m %U %l ' -a \( -type f -exec sha256sum {} \; -o -printf '\n' \) |
		grep -v '^state/index' | sort
}

# A vault here with two records, one of two versions, that was opened, refused
# and given up; everybody's secret is the word `secret`.
vault_with_history() {
	printf secret >s
	vault "2 of (alice, bob, carol)" alice bob carol || return 1
	local seal=("$TWOKEY" seal --conf twokey.conf)
	"${seal[@]}" prod --account 111122223333 --email root@example.com --field password=@s &&
		"${seal[@]}" other --kind generic --field a=@s --field b=@s --attribute for=tests &&
		tk alice.key bob.key -- unseal prod --reason "the first" --show --force-stdout &&
		tk alice.key carol.key -- unseal other --reason "the second" --ticket T-2 --show --force-stdout &&
		"${seal[@]}" prod --next --new --no-totp || return 1
	tk alice.key -- unseal prod --reason "one alone" --timeout 1 || [ $? = 4 ] || return 1
	tk -a 'PIN for bob.*: =^C' bob.key -- unseal prod --reason "given up" || [ $? = 1 ] || return 1
	tk bob.key carol.key -- unseal prod --reason "the third" --task iam-restore --show --force-stdout
}

# A second host of the vault here, with a state of its own and this store.
second_host() {
	printf '{ "store": "%s/store", "state": "%s/state2", "host": "bastion2" }\n' "$PWD" "$PWD" \
		>twokey2.conf
	chmod 0600 twokey2.conf
	cp twokey.conf twokey1.conf && cp twokey2.conf twokey.conf
	tk alice.key bob.key -- host add --vault "$(jq -r .vault state/pin.json)" &&
		tk alice.key bob.key -- unseal prod --reason "from the second host" --show --force-stdout
	local rc=$?
	cp twokey1.conf twokey.conf
	return $rc
}

# sign_trail FOLDER [SECONDS]: digests of the trail files in it, an hour each from then on, as AWS signs
# them; AWS's keys go to keys.json.
sign_trail() {
	rm -rf "$1/CloudTrail-Digest"
	/usr/bin/python3 "$TK_TOP/tests/lib/digests.py" "$1" "${2:-$(date +%s)}" "$1"/*.json* && mv "$1/keys.json" .
}
