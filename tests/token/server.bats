#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# twokey-token is started once and forks: who ends with whom, and what comes of it
# when one of them dies.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/token/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

# What execve was called with, and how often; where leaks are looked for, strace is in
# the way of that.
STRACE='ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:detect_leaks=0} strace -f -qq -s 200 -o trace'
started() { grep -c 'execve("[^"]*/twokey-token"' trace; }

@test "started once, a process for each listing and device, none a zombie" {
	run -0 with a.key "$STRACE"' -e trace=execve,clone $T -l -p 5 list secret:cred close info close list info \
		"sh:ps -o stat= --ppid \$(pgrep -P \$PPID -x twokey-token) | sed s/^/state:/" 5<<<1234'
	has "device"
	has "signature=good"
	[ "$(grep -c '^info' <<<"$output")" = 2 ]
	has "state:S"
	hasnt "state:Z"
	[ "$(started)" = 1 ]
	# five listings, three openings, and one to three that waited
	local server
	server=$(sed -n 's/^\([0-9]*\) *execve("[^"]*\/twokey-token".*/\1/p' trace)
	[[ $(grep -c "^$server .*clone.*SIGCHLD" trace) == @(9|10|11) ]]
	no_helper_left
}

@test "the server: filtered, mute, with its client's socket and nothing else, its helpers' memory locked anew" {
	run -0 with a.key 'ctl a.key button wait
		$T -p 5 secret:cred 5<<<1234 & pid=$!
		await a.key; s=$(server_of $pid) h=$(helper_of $pid)
		grep -E "^(Seccomp|Seccomp_filters|NoNewPrivs):" /proc/$s/status | tr "\t\n" "  "; echo
		ls /proc/$s/fd | tr "\n" " "; readlink /proc/$s/fd/{0,1,2} | sort | uniq -c
		ls /proc/$s/task | wc -l | sed "s/^/threads /"
		sed -n "s/^VmLck:[[:blank:]]*//p" /proc/$h/status
		[ "$(ps -o pgid= -p $h)" = "$(ps -o pgid= -p $s)" ]
		ctl a.key button press; wait $pid'
	has "NoNewPrivs: 1 Seccomp: 2 Seccomp_filters: 1"
	has "0 1 2 3 "
	has " 3 /dev/null"
	has "threads 1"
	[[ $output =~ $'\n'[1-9][0-9]*" kB" ]]
	has "signature=good"
}

# killed SERVER: with all that it has forked.  Those that wait end with it, but not at once: until
# then one might still take a request.
KILLED='killed() {
	local p all="$1 $(pgrep -P "$1")"
	kill -9 "$1"
	for p in $all; do
		while [ -n "$(ls "/proc/$p/fd" 2>/dev/null)" ]; do sleep 0.02; done
	done
}
'

@test "the server killed: its helpers end too, and the next call starts another" {
	run with a.key "$KILLED"'ctl a.key button wait
		$T -k -p 5 secret:cred "sh:$SK ctl a.key button auto; until [ -e ended ]; do sleep 0.02; done" \
			list secret:cred close info 5<<<1234 & pid=$!
		await a.key; killed $(server_of $pid); touch ended; wait $pid || :'
	has "a made twokey-token end unexpectedly."
	has "device"
	has "signature=good"
	has "info firmware="
	no_helper_left
}

@test "the server killed while nothing runs: nobody notices" {
	local what
	printf '%s killed "$(pgrep -P "$1" -x twokey-token)"\n' "$KILLED" >kill.bash
	for what in list info; do
		run -0 with a.key '$T -l list "sh:bash kill.bash \$PPID" '$what
		hasnt error
		no_helper_left
	done
}

@test "no fork: a new server, once; then a sentence" {
	[ "${TK_UNDER:-}" != sanitizers ] || skip "a sanitizer's own clone would fail"
	run with a.key "$STRACE"' -e trace=execve,clone -e inject=clone:error=EAGAIN $T -k list "sh:true" info'
	has "$HELPER cannot be started: Resource temporarily unavailable"
	[ "$(started)" = 3 ]
	no_helper_left
}

@test "while nobody asks, three wait; they are taken before another is made" {
	run -0 with a.key '$T list "sh:s=\$(pgrep -P \$PPID -x twokey-token); until [ \$(pgrep -c -P \$s) = 4 ]; do sleep 0.05; done" info'
	has "info firmware="
	no_helper_left
}

@test "however slowly a process begins, one that is forked for the first listing opens no key" {
	run -0 with a.key "$STRACE"' -e trace=prctl -e inject=prctl:delay_enter=100000 $T -l -p 5 list secret:cred 5<<<1234'
	has "signature=good"
	no_helper_left
}

@test "a client that was killed with -9 leaves neither server nor helper" {
	run -0 with a.key '$T -l list sleep:5000 & pid=$!
		for i in {1..300}; do s=$(server_of $pid) && break; sleep 0.1; done
		kill -9 $pid
		for i in {1..300}; do [ -e /proc/$s ] || break; sleep 0.1; done
		[ -e /proc/$s ] || echo ended'
	has ended
	run -0 with a.key 'ctl a.key fault hang
		$T -t 30000 -p 5 secret:cred 5<<<1234 & pid=$!
		until helper_of $pid >/dev/null; do sleep 0.05; done
		sleep 0.5; s=$(server_of $pid); kill -9 $pid
		for i in {1..300}; do [ -e /proc/$s ] || break; sleep 0.1; done
		[ -e /proc/$s ] || echo ended'
	has ended
	no_helper_left
}

# ask BYTES [FIRST]: sends the server BYTES with a socket; prints what comes there
# first, whether with a pidfd, and how the server ends; FIRST goes to the helper.
ask() {
	python3 -W ignore - "$HELPER" "$@" <<'PY'
import array, os, socket, subprocess, sys
ours, theirs = socket.socketpair()
ours.settimeout(20)
def become():
    os.dup2(theirs.fileno(), 100)
    os.dup2(100, 3)
    os.closerange(4, 200)
server = subprocess.Popen([sys.argv[1]], preexec_fn=become, close_fds=False)
theirs.close()
mine, its = socket.socketpair()
mine.settimeout(20)
ours.sendmsg([bytes.fromhex(sys.argv[2])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [its.fileno()]))])
its.close()
data, rights, _, _ = mine.recvmsg(1, 64)
print("first", data.hex() or "end", len(rights))
if len(sys.argv) > 3:
    mine.sendall(bytes.fromhex(sys.argv[3]))
    mine.shutdown(socket.SHUT_WR)
    print("answer", mine.recv(4096).hex() or "end")
mine.close()
ours.close()
print("server", server.wait(20))
PY
}

# What the client sent: openings and pre-flights (token_proto.h).
opened() { grep -c 'sendto([0-9]*, "\\1\\2' trace; }
sought() { grep -c 'sendto([0-9]*, "\\1\\4' trace; }

@test "opened ahead with a pre-flight: asked once, taken for the same ids, whatever comes between" {
	local trace="$STRACE -e trace=sendto"
	run -0 with a.key "$trace"' $T ahead:cred preflight:cred info'
	has "preflight has 0"
	[ "$(opened) $(sought)" = "1 1" ]
	run -0 with a.key "$trace"' $T ahead:x*2,cred preflight:x*2,cred preflight:cred'
	has "preflight has 2"
	has "preflight has 0"
	[ "$(opened) $(sought)" = "1 2" ]
	run -0 with a.key "$trace"' $T ahead:cred preflight:x*2'
	has "preflight has-not"
	[ "$(opened) $(sought)" = "1 2" ]
	run -0 with a.key "$trace"' $T -p 5 ahead:cred info secret:cred preflight:cred 5<<<1234'
	has "signature=good"
	has "preflight has 0"
	# More than any key surely takes are asked for when the key has said what it takes.
	run -0 with a.key "$trace"' $T ahead:x*9,cred preflight:x*9,cred'
	has "preflight has 9"
	no_helper_left
}

@test "the first key, once a listing is through; the listing is told all the same" {
	run -0 with a.key "$STRACE -e trace=sendto,write"' $T -l first:cred list preflight:cred'
	has device
	has "preflight has 0"
	[ "$(opened) $(sought)" = "1 1" ]
	# ... and the opening comes before the listing is asked for.
	[[ $(grep -e '"\\1\\2' -e '"device' trace | head -n 1) == *sendto* ]]
	run -0 "$T" -l first:cred list
	[ "$output" = "" ]
}

@test "opened ahead, and then its helper is killed, or the key is gone" {
	cat >kill.sh <<'SH'
for p in $(pgrep -P "$(pgrep -P "$1" -x twokey-token)" -x twokey-token); do
	case $(readlink "/proc/$p/fd/4") in socket:*) kill -9 "$p" && exit ;; esac
done
exit 1
SH
	run -0 with a.key '$T ahead:cred "sh:until sh kill.sh \$PPID; do sleep 0.05; done" preflight:cred'
	has "preflight has 0"
	run with a.key '$T ahead:cred "sh:$SK ctl a.key quit" sleep:500 preflight:cred'
	[ "$status" -ne 0 ]
	has error
	no_helper_left
}

@test "what the server is asked: a kind of helper and a socket, or it ends" {
	run -0 ask 01
	[ "$output" = $'first 00 1\nserver 0' ]
	run -0 ask 02
	[ "$output" = $'first 00 1\nserver 0' ]
	for kind in 00 03 ff; do
		run -0 ask $kind
		[ "$output" = $'first end 0\nserver 0' ]
	done
}

@test "a helper serves the kind that it was forked for" {
	run -0 ask 01 000000020101
	has "answer 0000"
	for wrong in "02 000000020101" "01 000000020102" "01 000000020103" "01 00000002" "01 ffffffff"; do
		# shellcheck disable=SC2086
		run -0 ask $wrong
		has "answer end"
		has "server 0"
	done
}
