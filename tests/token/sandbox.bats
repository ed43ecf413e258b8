#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What the helper may do, what it shows, and that it never stays behind.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/token/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

@test "both threads run under the filters, without new privileges, while a touch is awaited" {
	run -0 with a.key 'ctl a.key button wait
		$T -p 5 secret:cred 5<<<1234 & pid=$!
		await a.key; h=$(helper_of $pid)
		for task in /proc/$h/task/*; do
			grep -E "^(Seccomp|Seccomp_filters|NoNewPrivs):" $task/status
		done
		ls /proc/$h/task | wc -l | sed "s/^/threads /"
		ls /proc/$h/fd | wc -l | sed "s/^/fds /"
		readlink /proc/$h/fd/{0,1,2} | sort | uniq -c
		ctl a.key button press; wait $pid'
	has "threads 2"
	[ "$(grep -c '^Seccomp:.2' <<<"$output")" = 2 ]
	[ "$(grep -c '^Seccomp_filters:.3' <<<"$output")" = 2 ]
	[ "$(grep -c '^NoNewPrivs:.1' <<<"$output")" = 2 ]
	has "fds 5"
	has " 3 /dev/null"
	has "signature=good"
}

@test "the filter is there before a key has said anything" {
	run -0 with a.key 'ctl a.key fault mute 999
		$T -o 30000 info & pid=$!
		filtered() { grep -sh "^Seccomp_filters:.3" /proc/$(helper_of $pid)/task/*/status; }
		for i in {1..600}; do [ "$(filtered | wc -l)" = 2 ] && break; sleep 0.05; done
		filtered; kill $pid'
	[ "$(grep -c '^Seccomp_filters:.3' <<<"$output")" = 2 ]
	no_helper_left
}

@test "FIDO_DEBUG in the environment does not reach libfido2" {
	# LeakSanitizer does not work under strace.
	run -0 with a.key 'FIDO_DEBUG=1 ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 \
		strace -f -qq -e trace=write -o trace $T list info'
	has "device "
	has "info firmware="
	hasnt fido_
	run cat trace
	has "write(4,"
	hasnt "write(2,"
}

@test "nothing secret in arguments or environment" {
	"$SK" new z.key --pin zebra-4711
	on z.key "$T" -p 5 make:c 5<<<zebra-4711
	run -0 with z.key 'ctl z.key button wait
		$T -p 5 secret:c 5<<<zebra-4711 & pid=$!
		await z.key; h=$(helper_of $pid)
		tr "\0" " " </proc/$h/cmdline; echo
		if cat /proc/$h/environ >env; then grep -c zebra env || true; fi
		ctl z.key button press; wait $pid'
	has "$HELPER "
	hasnt zebra
}

@test "after the filter: no file, socket, program or process, traced" {
	[ "${TK_UNDER:-}" != sanitizers ] || skip "a sanitizer makes system calls of its own"
	run -0 with a.key 'strace -f -qq -o trace $T -p 5 make:x preflight:x,cred secret:x secrets:x touch \
		5<<<1234'
	has "touched"
	# no byte to or from the device before that, and nothing elsewhere than to it and the client
	run -0 awk '/ flock\(/ { opened[$1] = 1 }
		/FILTER_FLAG_TSYNC.*[{]len=/ { filtered[$1] = 1 }
		/ (read|write)\([45],/ && $1 in opened { n++; if (!($1 in filtered)) print "too early: " $0 }
		/ (write|sendto)\(/ && !/ (write\(4|sendto\(3),/ && $1 in filtered { print "elsewhere: " $0 }
		/ flock\(/ && !/ flock\(4,/ && $1 in filtered { print "elsewhere: " $0 }
		END { print (n > 20 ? "talked" : "silent") }' trace
	echo "$output"
	[ "$output" = talked ]
	# the helper that served, from its last filter on, both threads
	run -0 awk '
		/FILTER_FLAG_TSYNC.*[{]len=/ { helper[$1] = 1 }
		match($0, /parent_tid=.[0-9]+/) { thread[substr($0, RSTART + 12, RLENGTH - 12)] = $1 }
		(($1 in helper) || (thread[$1] in helper)) && !/SECCOMP_SET_MODE/ {
			sub(/\(.*/, "", $2); if ($2 !~ /^(<|\+|-|[.])/) n[$2]++ }
		END { for (c in n) print c, n[c] }' trace
	echo "$output"
	has "exit_group"
	has "poll"
	run -0 awk '{ print $1 }' <<<"$output"
	while read -r call; do
		case $call in
		getpid | read | write | recvfrom | sendto | poll | ppoll | futex | brk | mmap | munmap | mprotect | \
			madvise | mlock | mlock2 | munlock | mremap | getrandom | clock_gettime | close | alarm | \
			clock_nanosleep | flock | restart_syscall | exit_group | exit | rt_sigprocmask) ;;
		*) printf 'unexpected: %s\n' "$call" && return 1 ;;
		esac
	done <<<"$output"
}

@test "the client killed with -9: the helper ends and the key stops blinking" {
	run -0 with a.key 'ctl a.key button ignore
		$T -t 30000 -p 5 secret:cred 5<<<1234 & pid=$!
		await a.key; h=$(helper_of $pid); kill -9 $pid
		for i in {1..300}; do [ -e /proc/$h ] || break; sleep 0.1; done
		[ ! -e /proc/$h ] && echo ended
		ctl a.key info'
	has ended
	has '"blinking":false'
}

@test "the client killed with -9 while the key hangs: the helper ends too" {
	run -0 with a.key 'ctl a.key fault hang
		$T -t 30000 -p 5 secret:cred 5<<<1234 & pid=$!
		until h=$(helper_of $pid); do sleep 0.05; done; sleep 0.5; kill -9 $pid
		for i in {1..300}; do [ -e /proc/$h ] || break; sleep 0.1; done
		[ ! -e /proc/$h ] && echo ended'
	has ended
}

@test "the helper killed: a sentence, and the next call works" {
	run with a.key 'ctl a.key button wait
		$T -k -p 5 secret:cred "sh:$SK ctl a.key button auto" secret:cred 5<<<1234 & pid=$!
		await a.key; kill -9 $(helper_of $pid); wait $pid || true'
	has "a made twokey-token end unexpectedly."
	has "signature=good"
}

@test "the helper by itself is of no use" {
	run -2 "$HELPER" </dev/null
	has "started by twokey"
}

@test "no libfido2 in the client" {
	run -0 ldd "$T"
	hasnt fido2
	run -0 ldd "$HELPER"
	has libfido2
	has libseccomp
}
