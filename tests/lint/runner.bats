#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The counting of tests is shown to be strict: nothing passes by saying nothing.

bats_require_minimum_version 1.5.0

setup() {
	TK_WORK=$BATS_TEST_TMPDIR
	# shellcheck source=tests/lib/tap.sh
	. "$BATS_TEST_DIRNAME/../lib/tap.sh"
}

# given LINE...: the TAP of a test program, in the file $given.
given() {
	given=$BATS_TEST_TMPDIR/given
	printf '%s\n' "$@" >"$given"
}

@test "results are taken over, skips with their reason" {
	given 1..3 "ok 1 - a" "not ok 2 - b" "ok 3 - c # skip no key"
	run tap_import x "$given" 1
	[ "$output" = "ok 1 - x: a
not ok 2 - x: b
ok 3 - x: c # SKIP no key" ]
}

@test "a program that says nothing fails" {
	given ""
	run --separate-stderr tap_import x "$given" 0
	[[ $output == "not ok 1 - x: 0 of 0"* ]]
}

@test "a program that plans nothing fails" {
	given "ok 1 - a"
	run tap_import x "$given" 0
	[[ $output == *"not ok 2 - x: 1 of 0"* ]]
}

@test "a program that ends early fails" {
	given 1..2 "ok 1 - a"
	run tap_import x "$given" 0
	[[ $output == *"not ok 2 - x: 1 of 2 tests reported"* ]]
}

@test "a status that no failed test explains fails" {
	given 1..1 "ok 1 - a"
	run tap_import x "$given" 99
	[[ $output == *"not ok 2 - x: exit status 99"* ]]
}

@test "bailing out fails" {
	given 1..1 "ok 1 - a" "Bail out! no disk"
	run tap_import x "$given" 0
	[[ $output == *"not ok 2 - x: Bail out! no disk"* ]]
}

@test "cmocka's skips need a reason" {
	given 1..2 "skip: no locked memory" "not ok 1 # SKIP a" "not ok 2 # SKIP b"
	run tap_import x "$given" 0
	[ "$output" = "ok 1 - x: a # SKIP no locked memory
not ok 2 - x: b: skipped without a reason" ]
}

@test "a missing tool fails" {
	run tap_need bash no-such-tool-here
	[ "$output" = "not ok 1 - no-such-tool-here is installed" ]
}

@test "tap_each keeps order and notices a crash" {
	# shellcheck disable=SC2317 # called by tap_each
	each() {
		echo 1..1
		[ "$1" != b ] || kill -9 "$BASHPID"
		echo "ok 1 - fine"
	}
	run --separate-stderr tap_each 3 each a b c
	[ "$output" = "ok 1 - a: fine
not ok 2 - b: 0 of 1 tests reported, exit status 125
ok 3 - c: fine" ]
}

# One made-up group under the real runner, in a copy without a build.
group() { # SCRIPT LINE...
	local top=$BATS_TEST_TMPDIR/top
	mkdir -p "$top/tools" "$top/tests/groups"
	cp "$BATS_TEST_DIRNAME/../../tools/check" "$top/tools/"
	printf '%s\n' 'tk_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)' \
		'say() { :; }' 'die() { echo "$1"; exit 1; }' 'need_packages() { :; }' 'build_tree() { :; }' 'build_tests() { :; }' \
		>"$top/tools/lib.sh"
	printf 'one always 2\ntwo slow 2\n' >"$top/tests/groups/list"
	printf '%s\n' '#!/bin/bash' "$@" >"$top/tests/groups/one.sh"
	printf '%s\n' '#!/bin/bash' 'echo 1..1; echo "ok 1 - slow one"' >"$top/tests/groups/two.sh"
	chmod +x "$top/tests/groups/"*.sh
	run "$top/tools/check"
	last=${lines[${#lines[@]} - 1]}
}

@test "check: passes, skips with reasons, slow groups are skipped and counted" {
	CI='' group 'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b # SKIP no key"'
	[ "$status" = 0 ]
	[ "$last" = "1 passed, 0 failed, 2 skipped" ]
	[[ $output == *"skipped: b: no key"* ]]
	[[ $output == *"two"*"skipped: a slow group"* ]]
}

@test "check: CI runs slow groups" {
	CI=true group 'echo 1..1; echo "ok 1 - a"'
	[ "$last" = "2 passed, 0 failed, 0 skipped" ]
}

@test "check: a failed test fails" {
	CI='' group 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 - b"'
	[ "$status" = 1 ]
	[ "$last" = "1 passed, 1 failed, 1 skipped" ]
}

@test "check: a group that plans more than it runs fails" {
	CI='' group 'echo 1..3; echo "ok 1 - a"'
	[ "$last" = "1 passed, 1 failed, 1 skipped" ]
}

@test "check: a group that says nothing fails" {
	CI='' group 'exit 0'
	[ "$status" = 1 ]
	[ "$last" = "0 passed, 1 failed, 1 skipped" ]
}

@test "check: a group that ends with an error fails" {
	CI='' group 'echo 1..1; echo "ok 1 - a"; exit 3'
	[ "$last" = "1 passed, 1 failed, 1 skipped" ]
}

@test "check: a group that takes too long is ended and fails" {
	CI='' group 'echo 1..1; echo "ok 1 - a"; exec sleep 60'
	[ "$last" = "1 passed, 1 failed, 1 skipped" ]
	[[ $output == *"ended within 2 s"* ]]
}

@test "check: an unknown group is a mistake" {
	CI='' group 'exit 0'
	run "$BATS_TEST_TMPDIR/top/tools/check" --group three
	[ "$status" = 1 ]
	[[ $output == *"there is no group three"* ]]
}

@test "a source tree that is configured itself: said, with what to do" {
	local top=$BATS_TEST_TMPDIR/in-tree
	mkdir -p "$top/tools" "$top/build"
	cp "$BATS_TEST_DIRNAME/../../tools/lib.sh" "$top/tools/"
	touch "$top/config.status"
	run bash -c '. "$1/tools/lib.sh"; build_tree check' - "$top"
	[ "$status" = 1 ]
	[[ $output == *"hint: make -C $top distclean"* ]]
}
