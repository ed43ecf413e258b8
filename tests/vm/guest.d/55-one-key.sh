# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# One key is not enough at any of root's doors, and neither is what sshd takes
# for a login without asking PAM.
# shellcheck source=tests/vm/doors.sh
. /vm/doors.sh

refused_with() { # DOOR: the status of its program
	case $1 in
	login) echo 0 ;;
	sshd) echo 255 ;;
	*) echo 1 ;;
	esac
}

# Bob's key is not there, and whoever has alice's answers with Enter.
one_key() { # DOOR
	local from
	from=$(entries)
	"through_$1" "$(refused_with "$1")" "$1.out" -a 'press Enter.*: =' && kept_out "$from" "$1.out" &&
		shows "$1.out" '\[2/2\] Plug in a key of bob, then press Enter \([0-9]+ s left\): '
}

public_key() {
	local from rc=0
	from=$(entries)
	ssh-keygen -q -t ed25519 -N '' -f id && mkdir -p "$HOME"/.ssh &&
		cp id.pub "$HOME"/.ssh/authorized_keys || return 1
	sed -i 's/^PubkeyAuthentication no/PubkeyAuthentication yes/' /etc/ssh/sshd_config.d/twokey.conf
	systemctl reload ssh
	keep 255 by_key types -- ssh -i id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o PreferredAuthentications=publickey root@127.0.0.1 /vm/bin/me || rc=1
	sshd_open
	rm -f "$HOME"/.ssh/authorized_keys
	[ "$rc" = 0 ] && nobody_inside by_key && entries "$from" =
}

alice_alone() { plug alice && unplug bob && doors_shut 10; }
refused_in_journal() { # REGEX...
	local want
	journal_since "$begin" SYSLOG_FACILITY=10 | tee journal
	for want; do grep -E "$want" journal || { echo "missing: $want" && return 1; }; done
	! grep -E 'login granted|session opened: ' journal
}

begin=$(moment)
tap_run "a vault, and both keys" vault_ready
tap_run "people, and sshd" town
tap_run "alice comes alone; ten seconds are enough to refuse" alice_alone
tap_run "carol logs in" carol_stays
for door in "${doors[@]}"; do tap_run "one key does not open $door" one_key "$door"; done
tap_run "a public key of root's is refused by the account line" public_key
tap_run "authpriv has the refusals" refused_in_journal 'auth refused: login for root' \
	'auth refused: sshd for root from "127.0.0.1"' 'auth refused: su for root' \
	'auth refused: sudo-i for carol' 'pam_twokey\(sshd:account\): root was let in by something else'
tap_run "bob is back" plug bob
tap_run "the log is whole" log_whole
doors_back
tap_done
