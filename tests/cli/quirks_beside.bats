#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A key that does not say whose it is, or hangs, or is in other hands, beside
# those that are meant: nobody is locked out by it.

# shellcheck source=tests/cli/quirks.bash
. "${BATS_TEST_DIRNAME}/quirks.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" && quirky one-secret always-uv || return 1
	cp -a "$PEOPLE/stranger.key" .
	"$SK" new odd.key --pin pin-odd --quirk preflight=refused --quirk unknown-cred=touch-first
	"$SK" new hidden.key --pin pin-hidden --profile always-uv
}

setup() {
	people=(bob one-secret always-uv)
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

unseal() { # TK WORDS... -- OPTION...
	local -a words=()
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	tk "${words[@]}" -- unseal r --reason "a test" --show --force-stdout "$@"
}

# The key of one-secret is plugged in once the others had their turn.
meant_last() {
	TK_WRAP=(sh -c '"$SK" ctl one-secret.key unplug; exec "$@"' sh)
	last=(-a '.2/2. Plug in a key of =!$SK ctl one-secret.key replug||!true')
}

@test "a foreign key where any key may be the one: Enter alone passes it by" {
	meant_last
	run -0 unseal "${last[@]}" -a 'PIN of the stranger.*: =' stranger.key one-secret.key bob.key --
	has "PIN of the stranger (8 tries left; Enter alone passes it by):"
	has "stranger: passed by. No PIN was given for it. If it is meant, unplug it, plug it in again, and give its PIN."
	has "one-secret approved"
	has "the secret"
}

@test "foreign keys that are given their PIN and touched" {
	meant_last
	run -0 unseal "${last[@]}" -a 'PIN of the odd.*: =pin-odd' -a 'PIN of the hidden.*: =pin-hidden' \
		odd.key hidden.key one-secret.key bob.key --
	has "hidden: passed by. hidden holds none of the credentials asked for. Use the key that was enrolled."
	has "odd: passed by. odd holds none of the credentials asked for. Use the key that was enrolled."
	has "the secret"
}

@test "a foreign key where it can be told: passed by without a word from anybody" {
	mkdir quiet && cd quiet || return 1
	cp -a "$PEOPLE"/stranger.key .
	cp -a ../hidden.key .
	people+=(alice)
	vault "2 of (alice, bob)" alice bob
	printf 'the secret' | "$TWOKEY" seal r --conf twokey.conf --kind generic --field value=@-
	run -0 unseal stranger.key alice.key bob.key --
	has "the secret"
	hasnt "PIN of the"
}

@test "a key in the hands of another program is looked at again" {
	cat >hold.sh <<-'X'
		"$SK" ctl always-uv.key button wait
		"$SK" ctl bob.key unplug
		python3 "$DRIVE" -t 150 -a 'PIN .*: =pin-always-uv' -- "$TWOKEY" enroll eve >eve.log 2>&1 &
		echo $! >holder
		"$SK" ctl always-uv.key await 60000 || exit 99
		"$SK" ctl bob.key replug
		exec "$@"
	X
	TK_WRAP=(sh hold.sh)
	run -0 unseal -t 150 -a 'always-uv: passed by=!kill $(cat holder); $SK ctl always-uv.key button auto' \
		always-uv.key bob.key -- --timeout 120
	has "always-uv: passed by. always-uv does not answer: it was unplugged, or another program keeps it busy."
	has "always-uv approved"
	has "the secret"
}

@test "a key that hangs costs a look now and then" {
	# Mute for its first opening and some more; then it answers.
	TK_WRAP=(sh -c '"$SK" ctl one-secret.key fault mute 9999; exec "$@"' sh)
	run -0 unseal -a 'one-secret: passed by=!$SK ctl one-secret.key fault mute 0' one-secret.key \
		bob.key -- --timeout 50
	has "one-secret: passed by."
	has "one-secret approved"
	has "the secret"
}

@test "nobody answers the PIN question: the wait ends, and the terminal is as it was" {
	TK_WRAP=(sh -c 'stty -g >tty.before; "$@"; r=$?; stty -g >tty.after; exit $r' sh)
	people=() SECONDS=0
	run -4 unseal bob.key -- --timeout 2
	has "bob: passed by. No answer was typed in time. Try again, and have the answer at hand."
	has "twokey: Not enough approvals: 0 came"
	cmp tty.before tty.after
	run -4 tk bob.key -- enroll eve --timeout 2
	has "twokey: No answer was typed in time."
	has "hint: Try again, and have the answer at hand."
	[ ! -e eve.bundle ]
	cmp tty.before tty.after
	[ "$SECONDS" -lt 30 ]
}
