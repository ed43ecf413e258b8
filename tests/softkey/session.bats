#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# softkey's own command line: plug, serve, ctl; and the checks written in Python.

bats_require_minimum_version 1.5.0
load softkey.bash

setup() {
	softkey_setup
	# shellcheck source=tests/lib/apart.bash
	. "$TK_TOP/tests/lib/apart.bash"
}

teardown() {
	# after a failure; a test that passes has ended its own
	local k
	for k in "$BATS_TEST_TMPDIR"/*.key; do
		[ ! -S "$k/control" ] || "$SOFTKEY" ctl "$k" quit || :
	done
}

@test "plug passes on status, arguments, stdin, terminal, and leaves nothing behind" {
	key alice
	run plug alice -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
	run plug alice -- sh -c 'kill -KILL $$'
	[ "$status" -eq 137 ]
	run -127 plug alice -- /nonexistent
	[ "$(echo hello | plug alice -- cat)" = hello ]
	run plug alice -- sh -c 'for a; do echo "<$a>"; done' sh "a b" "" c
	[ "$output" = $'<a b>\n<>\n<c>' ]
	run answer "say" yes -- "$SOFTKEY" plug alice.key -- sh -c 'test -t 0 && read -p "say" x </dev/tty; test "$x" = yes'
	[ "$status" -eq 0 ]
	dir=$(plug alice -- sh -c 'test -S "$SOFTKEY_DIR/alice" && echo "$SOFTKEY_DIR"')
	[ -n "$dir" ] && [ ! -e "$dir" ]
	[ ! -e alice.key/control ]
}

@test "plug forwards SIGTERM and SIGINT, and waits for what COMMAND makes of them" {
	key alice
	for s in TERM INT; do
		mkfifo up
		# a shell ignores SIGINT in what it starts with &
		env --default-signal=INT "$SOFTKEY" plug alice.key -- /usr/bin/python3 -c '
import signal, sys
signal.signal(getattr(signal, "SIG" + sys.argv[1]), lambda *_: sys.exit(3))
signal.alarm(20)
open("up", "w").close()
signal.pause()' $s &
		read -r _ <up || :
		kill -s $s $!
		status=0
		wait $! || status=$?
		[ "$status" -eq 3 ]
		rm up
	done
}

@test "Ctrl-C at the terminal reaches COMMAND, which can still use its keys" {
	key alice
	cat >command.py <<-'E'
		import signal, subprocess, sys
		signal.alarm(20)
		try:
		    print("ready", flush=True)
		    signal.pause()
		except KeyboardInterrupt:
		    out = subprocess.run(["fido2-token", "-L"], stdout=subprocess.PIPE, check=True).stdout
		    sys.exit(3 if b"/alice:" in out else 4)
	E
	cat >terminal.exp <<-'E'
		set timeout 20
		spawn $env(SOFTKEY) plug alice.key -- /usr/bin/python3 command.py
		expect "ready"
		send "\003"
		expect eof
		lassign [wait] pid id failed status
		exit $status
	E
	run expect terminal.exp
	[ "$status" -eq 3 ]
}

@test "an empty environment: keys in /run/softkey, if that is root's alone" {
	key alice
	preload=$(plug_library)
	export preload
	run "${apart[@]}" bash -euo pipefail -c '
		mount -t tmpfs -o mode=755 none /run
		mkdir -m 755 /run/softkey
		"$SOFTKEY" serve alice.key --mode 0666 --background >pid
		[ "$(stat -c %a /run/softkey/alice)" = 666 ]
		env -i LD_PRELOAD="$preload" fido2-token -L
		chmod 777 /run/softkey
		echo "then $(env -i LD_PRELOAD="$preload" fido2-token -L)."
		"$SOFTKEY" ctl alice.key quit'
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == /run/softkey/alice:* ]]
	[ "${lines[1]}" = "then ." ]
}

@test "the harness for hostile input builds and finds nothing in a short run" {
	dir=$(realpath "$HERE/../../tools/softkey")
	mapfile -t sources < <(find "$dir" -name '*.c' ! -name main.c ! -name preload.c ! -name 'cmd_*.c')
	clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I"$dir" \
		-o fuzz_ctap "$HERE/fuzz_ctap.c" "${sources[@]}" -lcrypto
	mkdir corpus
	./fuzz_ctap -runs=5000 -seed=1 -max_len=1000 corpus 2>log || { tail -40 log; false; }
	[ "$(find corpus -type f | wc -l)" -gt 20 ]
}

@test "new refuses what is there, plug what is missing or plugged in already" {
	key alice
	run key alice
	[ "$status" -eq 1 ]
	[ "$(ls)" = alice.key ]
	run plug nobody -- true
	[ "$status" -eq 1 ]
	[[ $output == *"nobody.key"* ]]
	run plug alice alice -- true
	[ "$status" -eq 1 ]
	[[ $output == *"already plugged in"* ]]
	run "$SOFTKEY" ctl alice.key stats
	[ "$status" -eq 1 ]
	[[ $output == *"not plugged in"* ]]
	run "$SOFTKEY" nonsense
	[ "$status" -eq 2 ]
}

@test "keys come and go in a running session: unplug, replug, serve" {
	key alice && key bob
	run with alice <<-'E'
		lines() { fido2-token -L | wc -l; }
		[ "$(lines)" = 1 ]
		pid=$("$SOFTKEY" serve bob.key --background)
		[ "$(lines)" = 2 ]
		"$SOFTKEY" ctl alice.key unplug
		[ "$(lines)" = 1 ]
		no fido2-token -I "$DEV"
		"$SOFTKEY" ctl alice.key replug
		[ "$(lines)" = 2 ]
		fido2-token -I "$DEV" >/dev/null
		"$SOFTKEY" ctl bob.key quit
		[ "$(lines)" = 1 ]
	E
	[ "$status" -eq 0 ]
}

@test "a killed softkey leaves a socket that is no key, and can be served again" {
	key alice
	mkdir dir
	export SOFTKEY_DIR=$PWD/dir
	pid=$("$SOFTKEY" serve alice.key --background)
	preload=$(plug_library)
	[ "$(LD_PRELOAD=$preload fido2-token -L | wc -l)" -eq 1 ]
	kill -KILL "$pid"
	timeout 20 tail -s 0.05 --pid="$pid" -f /dev/null
	[ -S dir/alice ]
	[ -z "$(LD_PRELOAD=$preload fido2-token -L)" ]
	"$SOFTKEY" serve alice.key --background >pid
	[ "$(LD_PRELOAD=$preload fido2-token -L | wc -l)" -eq 1 ]
	"$SOFTKEY" ctl alice.key quit
}

@test "a path longer than a socket address" {
	deep=$(printf 'd%.0s' {1..120})
	mkdir "$deep"
	"$SOFTKEY" new "$deep/alice.key"
	TMPDIR=$PWD/$deep run "$SOFTKEY" plug "$deep/alice.key" -- sh -c 'fido2-token -I "$SOFTKEY_DIR/alice" && "$SOFTKEY" ctl "$0" stats' "$deep/alice.key"
	[ "$status" -eq 0 ]
	[[ $output == *'"operations":'* ]]
}

@test "a program sandboxed to ppoll, read and write on its open key" {
	key alice
	cc -o sandboxed "$HERE/sandboxed.c" -lfido2 -lseccomp
	run with alice <<-'E'
		./sandboxed "$DEV"
	E
	[ "$status" -eq 0 ]
}

@test "press answers the next blink, await returns at it" {
	key alice --quirk touch-timeout=20000
	run with alice <<-'E'
		"$SOFTKEY" ctl alice.key button wait
		"$SOFTKEY" ctl alice.key button press &
		cred_in | fido2-cred -M -o cred "$DEV"
		wait
		cred_in | fido2-cred -M -o cred2 "$DEV" &
		"$SOFTKEY" ctl alice.key await
		"$SOFTKEY" ctl alice.key info | has '"blinking":true'
		"$SOFTKEY" ctl alice.key button press
		wait
		test -s cred2
		no "$SOFTKEY" ctl alice.key button press 10
		"$SOFTKEY" ctl alice.key stats | has '"touches":2,'
	E
	[ "$status" -eq 0 ]
}

checks() {
	local failed=0 name
	for name in $(sed -n 's/^def check_\([a-z0-9_]*\).*/\1/p' "$HERE/$1"); do
		echo "== $name"
		timeout 60 /usr/bin/python3 "$HERE/$1" "$name" || failed=1
	done
	return $failed
}

@test "the faithful key, by python3-fido2" {
	run checks check_base.py
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"== uhid"* ]]
}

@test "every profile and quirk, by python3-fido2" {
	run checks check_quirks.py
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"== misc"* ]]
}

@test "every fault, by python3-fido2" {
	run checks check_faults.py
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"== unplug"* ]]
}
