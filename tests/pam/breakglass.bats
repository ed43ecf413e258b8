#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# When the machine itself is in trouble: a recorded login, or a refusal that
# says what to do (pam_twokey(8), TROUBLE).

# shellcheck source=tests/pam/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() { vault_make; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	vault_fresh
	mkdir d
	printf '%s required '"$MODULE timeout=10"'\n' auth account session >d/t
	plug alice bob
}
teardown() {
	unplug alice bob carol
	! mountpoint -q /var/lib/twokey || umount /var/lib/twokey
}

pam() { "$PAMCALL" -a "Reason=x" -a alice=pin-alice -a bob=pin-bob "$@"; }
calls() { pam d t root auth account open close; }
granted() {
	for what in auth account open close; do has "$what PAM_SUCCESS"; done
	local all
	all=$(entries)
	[[ "${all//login.attempts /}" == *"ceremony.requested ceremony.approved ceremony.approved login.granted session.opened session.closed" ]]
	all_well
}
log=/var/lib/twokey/store/log/bastion1.jsonl

small_disk() {
	mount -t tmpfs -o size=4m,mode=755 none /var/lib/twokey
	cp -a "$VAULT"/. /var/lib/twokey
}
fill() { cat /dev/zero >/var/lib/twokey/fill 2>/dev/null || :; }

@test "a full disk: the reserve carries logins, and strangers never touch it" {
	small_disk
	run -0 "$GATE" upkeep	# as the timer did, the minute before
	run -0 "$TWOKEY" status
	fill
	kept=$(du -cB1 /var/lib/twokey/{store,state}/.reserve | tail -n 1 | cut -f 1)
	for _ in {1..20}; do "$PAMCALL" -a "Reason=" d t root auth >/dev/null; done
	[ "$(du -cB1 /var/lib/twokey/{store,state}/.reserve | tail -n 1 | cut -f 1)" = "$kept" ]
	# One holder alone, as often as that is: the reserve is for a quorum.
	unplug bob
	for _ in {1..5}; do "$PAMCALL" -a "Reason=$(printf 'x%.0s' {1..500})" -a alice=pin-alice d t root auth >/dev/null; done
	[ "$(du -cB1 /var/lib/twokey/{store,state}/.reserve | tail -n 1 | cut -f 1)" = "$kept" ]
	plug bob
	run -0 calls
	granted
	run -0 calls
	granted
}

@test "a disk without one free inode: logins go on, whoever takes what becomes free" {
	mount -t tmpfs -o size=20m,nr_inodes=200,mode=755 none /var/lib/twokey
	cp -a "$VAULT"/. /var/lib/twokey
	run -0 "$GATE" upkeep
	run -0 "$TWOKEY" status
	mkdir /var/lib/twokey/fill
	python3 -c 'import itertools
for i in itertools.count():
	try: open(f"/var/lib/twokey/fill/{i}", "w").close()
	except OSError: open("full", "w").close()' 3>&- & pid=$!
	until_true test -e full
	run -0 calls
	granted
	run -0 calls
	granted
	kill $pid
	[ "$(find /var/lib/twokey -name .spare | wc -l)" = 2 ]
	[ -z "$(find /var/lib/twokey -name '.tmp-*')" ]
}

@test "a disk that is read-only: refused, with what to do" {
	small_disk
	mount -o remount,ro /var/lib/twokey
	run -0 calls
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "open PAM_SESSION_ERR"
	has "Read-only file system"
	mount -o remount,rw /var/lib/twokey
	run -0 calls
	granted
}

@test "no network at all: nothing of it needs one" {
	run -0 unshare --net "$PAMCALL" -a "Reason=x" -a alice=pin-alice -a bob=pin-bob \
		d t root auth account open close
	granted
}

@test "a log that was changed: refused, and the command that tells what" {
	cp "$log" saved
	sed -i '$ s/"seq":1/"seq":7/' "$log"
	run -0 calls
	has "auth PAM_AUTHINFO_UNAVAIL"
	has "open PAM_SESSION_ERR"
	has "twokey log verify"
	head -n 1 saved >"$log"
	run -0 calls
	has "auth PAM_AUTHINFO_UNAVAIL"
	cat saved >"$log"
	# What was not the log's own is cut off, and said there.
	printf '{"half' >>"$log"
	run -0 calls
	has "auth PAM_SUCCESS"
	[[ "$(entries)" == *log.recovered* ]]
	all_well
}

@test "the part that talks to keys crashes: said, and the next key or try goes on" {
	key alice button wait
	calls >out 2>&1 3>&- & pid=$!
	key alice await
	pkill -9 -f "^$TK_ROOT/libexec/twokey/twokey-token"
	wait $pid || :
	run cat out
	has "auth PAM_AUTH_ERR"
	has "passed by"
	key alice button auto
	run -0 calls
	granted
	mount --bind /bin/false "$TK_ROOT/libexec/twokey/twokey-token"
	run -0 calls
	umount "$TK_ROOT/libexec/twokey/twokey-token"
	hasnt "auth PAM_SUCCESS"
}

@test "a policy that was changed in the store: refused" {
	sed -i 's/"name":"acme"/"name":"acmf"/' /var/lib/twokey/store/policies/*.json
	run -0 calls
	has "auth PAM_AUTHINFO_UNAVAIL"
	hasnt "ask"
}

@test "a lock that somebody holds: waited for, and then said" {
	python3 -c 'import fcntl, struct, time
f = open("/var/lib/twokey/state/.lock", "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
open("locked", "w").close()
time.sleep(60)' 3>&- & pid=$!
	until_true test -e locked
	run -0 pam d t root auth
	kill $pid
	hasnt "auth PAM_SUCCESS"
	has "could not be recorded"
	run -0 calls
	granted
}
