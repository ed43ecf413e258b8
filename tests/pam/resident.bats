#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A gate that was loaded before the login, as twokey-gate.socket has it: the same calls, the
# same words, who calls by the kernel's word; and what happens where it is gone, deaf or
# somebody else's.

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	cp /etc/shadow shadow.before
	stack su <<'STACK'
auth     required   MODULE timeout=10
account  required   MODULE
session  required   MODULE
STACK
	mkdir d
	printf '%s required '"$MODULE"'\n' auth account session >d/t
	printf 'password requisite %s users=root\npassword required pam_unix.so use_authtok yescrypt\n' "$MODULE" >>d/t
	plug alice bob
}
teardown() {
	unplug alice bob carol
	pkill -KILL -f "^$GATE" || :
	rm -rf /run/twokey
	cp shadow.before /etc/shadow
}

SOCKET=/run/twokey/gate
EVE=(setpriv --reuid=4711 --regid=4711 --clear-groups)
PINS=(-a 'Reason=the tests' -a "alice=pin-alice" -a "bob=pin-bob" -a '[Pp]assword=a new one 9')
pam() { "$PAMCALL" "${PINS[@]}" d t root "$@"; }
spare() { pgrep -f "^$GATE spare"; }
# A gate waits, and twokey-token beside it.
waits() { [ "$(spare | wc -l)" = 1 ] && pgrep -P "$(spare)" >/dev/null; }
resident() {
	"$TK_TOP/tests/pam/listen.py" $SOCKET "$GATE" resident 2>/dev/null 3>&- 4>&- &
	until_true waits
}
# A gate that the module starts forks itself away from what was started.
started() { pgrep -f "^$GATE\$"; }
# used OLD: the spare of before has served a call: another one waits.
another() { waits && [ "$(spare)" != "$1" ]; }
used() { until_true another "$1"; }

@test "all calls, and nothing is started for them" {
	resident
	first=$(spare)
	run -0 strace -f -qq -e trace=execve,vfork,fork,clone,clone3 -o trace "$PAMCALL" "${PINS[@]}" \
		d t root auth account open children close password children
	for what in auth account open close password; do has "$what PAM_SUCCESS"; done
	[ "$(grep -c '^children none$' <<<"$output")" = 2 ]
	[ "$(grep -c . trace)" = 1 ]
	[ "$(entries)" = "ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed record.sealed rotation.confirmed" ] ||
		{ until_true grep -q rotation.confirmed /var/lib/twokey/store/log/bastion1.jsonl; entries; }
	used "$first"
	shadow_is "a new one 9"
	all_well
}

@test "who calls: the kernel's word for it" {
	resident
	first=$(spare)
	run -0 typed -- "${EVE[@]}" su -c 'id -u'
	[[ $output == *$'\n0'* ]]
	used "$first"
	resident_said=$(entry ceremony.requested '.statement.requester | del(.tty)')
	rm $SOCKET
	run -0 typed -- "${EVE[@]}" su -c 'id -u'
	[ "$(entry ceremony.requested '.statement.requester | del(.tty)')" = "$resident_said" ]
	echo "$resident_said" && [[ $resident_said == *eve* ]]
}

@test "no dead entry is left to a caller who adopts and never waits" {
	resident
	cat >adopt.py <<'PY'
import ctypes, glob, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
subprocess.run(sys.argv[1:], check=False)
dead = 0
for stat in glob.glob("/proc/[0-9]*/stat"):
    try:
        fields = open(stat).read().rpartition(")")[2].split()
    except OSError:
        continue
    dead += fields[0] == "Z" and int(fields[1]) == os.getpid()
print("dead:", dead)
PY
	key alice button ignore
	run -0 "${EVE[@]}" /usr/bin/python3 -c "$(cat adopt.py)" su -c id </dev/null
	has "dead: 0"
}

@test "nobody but root is served, whatever the socket's mode" {
	resident
	[ "$(stat -c '%U %a' $SOCKET)" = "root 600" ]
	cat >talk.py <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.settimeout(5)
try:
    s.connect(sys.argv[1])
    print("heard", s.recv(2000))
except OSError as why:
    print("failed", type(why).__name__)
PY
	run -0 "${EVE[@]}" /usr/bin/python3 -c "$(cat talk.py)" $SOCKET
	[ "$output" = "failed PermissionError" ]
	chmod 0666 $SOCKET
	first=$(spare)
	run -0 "${EVE[@]}" /usr/bin/python3 -c "$(cat talk.py)" $SOCKET
	[ "$output" = "heard b''" ]
	run -0 python3 talk.py $SOCKET
	[ "$output" = "heard b'R'" ]
	used "$first"
}

@test "nobody waits there, or somebody deaf, or not root: the module starts its own" {
	run -0 pam auth
	has "auth PAM_SUCCESS"
	# One that has been killed: its socket is still there.
	resident
	pkill -KILL -f "^$GATE"
	run -0 pam auth
	has "auth PAM_SUCCESS"
	# One that takes nothing.
	rm -f $SOCKET
	"$TK_TOP/tests/pam/listen.py" $SOCKET /bin/sleep 60 3>&- 4>&- & deaf=$!
	until_true test -S $SOCKET
	run -0 pam auth
	has "auth PAM_SUCCESS"
	kill $deaf
	# One that is not root's.
	rm -rf /run/twokey && mkdir -m 0777 /run/twokey
	cat >talks.py <<'PY'
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("/run/twokey/gate")
s.listen()
while True:
    c = s.accept()[0]
    c.send(b"R")
    c.send(b"Xgranted")
PY
	"${EVE[@]}" /usr/bin/python3 -c "$(cat talks.py)" 3>&- 4>&- & liar=$!
	until_true test -S $SOCKET
	key alice button ignore
	sed -i '/^auth/s/$/ timeout=10/' d/t
	run -0 pam auth
	hasnt "auth PAM_SUCCESS"
	kill $liar 2>/dev/null || :
}

@test "a spare or the resident that is killed: the next one, and none is left behind" {
	resident
	first=$(spare)
	kill -KILL "$first"
	used "$first"
	run -0 pam auth
	has "auth PAM_SUCCESS"
	until_true waits
	# In the middle of a login: that one goes on.
	key bob button wait
	pam auth >out 2>&1 3>&- & login=$!
	key bob await
	until_true waits
	pkill -KILL -f "^$GATE resident"
	one() { [ "$(spare | wc -l)" = 1 ]; }
	until_true one
	key bob button press
	wait $login
	grep -q '^auth PAM_SUCCESS$' out
	none() { [ -z "$(pgrep -f "^($GATE|$TK_ROOT/libexec/twokey/twokey-token)")" ]; }
	until_true none || { ps -ef && return 1; }
}

@test "ten at once are served" {
	resident
	key alice button ignore
	for ((i = 0; i < 10; i++)); do
		"$PAMCALL" -n d t root auth >"out$i" 2>&1 3>&- &
		pids[i]=$!
	done
	for p in "${pids[@]}"; do wait "$p"; done
	cat out*
	[ "$(cat out* | grep -c '^auth PAM_AUTH_ERR$')" = 10 ]
	until_true waits
}

@test "not for another root folder: what is there is the business of a gate that is there" {
	resident
	mkdir root
	cat >elsewhere.sh <<'SH'
set -e
mount -t tmpfs none root
for at in /*; do
	if [ -L "$at" ]; then
		cp -a "$at" root/
	elif [ -d "$at" ]; then
		mkdir "root$at"
		mount --rbind "$at" "root$at"
	fi
done
exec chroot root /bin/sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
SH
	# Its mounts are in a namespace of its own: nothing that is removed here reaches through them.
	run -0 unshare --mount bash elsewhere.sh strace -f -qq -e trace=execve -o trace \
		"$PAMCALL" "${PINS[@]}" d t root auth
	has "auth PAM_SUCCESS"
	grep -q "execve(\"$GATE\"" trace
	until_true waits
}

@test "a spare that cannot take a call ends, and the next one does" {
	resident
	first=$(spare)
	prlimit --pid "$first" --nofile=4:4
	run -0 pam auth
	has "auth PAM_SUCCESS"
	used "$first"
}

@test "one whose unit hides the vault from it, or that talks nonsense: the module starts its own" {
	"$TK_TOP/tests/pam/listen.py" $SOCKET /usr/bin/unshare --mount /bin/sh -c \
		"mount -t tmpfs none /var/lib/twokey && exec $GATE resident" 2>/dev/null 3>&- 4>&- &
	until_true waits
	first=$(spare)
	run -0 pam auth
	has "auth PAM_SUCCESS"
	used "$first"
	all_well
	# Once somebody was asked, its word is the last one.
	pkill -KILL -f "^$GATE"
	rm -f $SOCKET
	cat >talks.py <<'PY'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("/run/twokey/gate.new")
s.listen()
os.rename("/run/twokey/gate.new", "/run/twokey/gate")
while True:
    c = s.accept()[0]
    for word in sys.argv[1:]:
        c.send(word.encode())
    c.recv(2000)
PY
	for words in "Xnonsense" "AReason X" "eunavailable"; do
		rm -f $SOCKET
		# shellcheck disable=SC2086
		python3 talks.py R $words 3>&- 4>&- & talker=$!
		until_true test -S $SOCKET
		run -0 pam auth
		if [[ $words == A* ]]; then hasnt "auth PAM_SUCCESS"; else has "auth PAM_SUCCESS"; fi
		kill $talker
	done
}

@test "one that takes its time and says nothing: no other one gets that time again" {
	cat >silent.py <<'PY'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind("/run/twokey/gate")
s.listen()
held = []
while True:
    held.append(s.accept()[0])
    held[-1].send(b"R")
PY
	mkdir -p /run/twokey
	python3 silent.py 3>&- 4>&- & silent=$!
	until_true test -S $SOCKET
	printf 'auth required %s timeout=10\n' "$MODULE" >d/t
	run -0 strace -f -qq -e trace=execve -o trace "$PAMCALL" "${PINS[@]}" d t root auth
	kill $silent
	has "auth PAM_AUTHINFO_UNAVAIL"
	run -1 grep "execve(\"$GATE\"" trace
}

@test "callers who have gone cost no gate" {
	resident
	first=$(spare)
	python3 -c 'import os, signal, socket, sys, time
os.kill(int(sys.argv[2]), signal.SIGSTOP)
for i in range(20):
    socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(sys.argv[1])
os.kill(int(sys.argv[2]), signal.SIGCONT)
time.sleep(0.5)' $SOCKET "$first"
	[ "$(spare)" = "$first" ]
	run -0 pam auth
	has "auth PAM_SUCCESS"
	used "$first"
}

@test "no more than 32 are at work: whoever else calls starts one himself" {
	resident
	cat >many.py <<'PY'
import socket, sys
held = []
for i in range(40):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(20)
    s.connect(sys.argv[1])
    if s.recv(2000) == b"R":
        for word in b"dauth", b"uroot", b"st", b"l60", b"g":
            s.send(word)
        held.append(s)
print("held", len(held), flush=True)
sys.stdin.read()
PY
	mkfifo hold
	python3 many.py $SOCKET <hold >held 3>&- & many=$!
	exec 7>hold
	until_true test -s held || until_true test -s held || until_true test -s held
	[ "$(cat held)" = "held 32" ]
	[ "$(spare | wc -l)" = 32 ]
	run -0 strace -f -qq -e trace=execve -o trace "$PAMCALL" "${PINS[@]}" d t root auth 7>&-
	has "auth PAM_SUCCESS"
	grep -q "execve(\"$GATE\"" trace
	exec 7>&-
	wait $many
	until_true waits
	first=$(spare)
	run -0 pam auth
	has "auth PAM_SUCCESS"
	used "$first"
}

@test "one that has waited draws its randomness anew" {
	resident
	strace -qq -p "$(spare)" -e trace=accept4,getrandom,exit_group -o trace 3>&- & strace=$!
	until_true grep -q TracerPid:[^0]*[1-9] "/proc/$(spare)/status"
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.recv(2000)' $SOCKET
	wait $strace
	cat trace
	awk '/accept4\(/ { taken = 1 } taken' trace | grep -q 'getrandom(.*, 32, 0) *= 32'
}

@test "what it is started with, by others" {
	run -2 "$GATE" resident
	run -2 "$GATE" spare
	run -2 "$GATE" spare </dev/null 3<&0
	run -2 "$GATE" resident more
}
