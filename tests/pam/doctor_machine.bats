#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# twokey doctor --pam: sshd, rescue mode, what is installed, and who looks.

# shellcheck source=tests/pam/doctor.bash
. "${BATS_TEST_DIRNAME}/doctor.bash"

@test "sshd: each setting that keys need, and those that are worth a word" {
	what=sshd
	sshd() { # FINDING TEXT LINE [MEND]: with LINE at the top
		setup
		sed -i "1 i $3" /etc/ssh/sshd_config
		run doctor
		found "$1" sshd "$2" "Write \`${4:-}"
	}
	sshd BAD "It does not ask PAM, and so asks for no keys." "UsePAM no" "UsePAM yes\` at the top of /etc/ssh/sshd_config, then: systemctl reload ssh"
	sshd BAD "It asks no questions (KbdInteractiveAuthentication no), so nobody can be asked for keys." "KbdInteractiveAuthentication no"
	sshd BAD "It ends a login after 109 s, before the keys have had their time." "LoginGraceTime 109" "LoginGraceTime 110\`"
	sshd BAD "It ends a login after fewer than 3 tries, which a client's own keys use up." "MaxAuthTries 2"
	sshd note "Root cannot come in by two keys (PermitRootLogin no)." "PermitRootLogin no"
	sshd note "Root cannot come in by two keys (PermitRootLogin forced-commands-only)." "PermitRootLogin forced-commands-only"
	sshd note "Passwords are asked for, and refused where keys are needed." "PasswordAuthentication yes"
	[ "$status" = 0 ]
	setup
	sed -i '1 i LoginGraceTime 110\nMaxAuthTries 3' /etc/ssh/sshd_config
	run -0 doctor
	put sshd "s|^auth required $MODULE|& timeout=101|"
	hole "It ends a login after 110 s, before the keys have had their time."
	put sshd "s|timeout=101|timeout=40|"
	sed -i 's/LoginGraceTime 110/LoginGraceTime 59/' /etc/ssh/sshd_config
	hole "It ends a login after 59 s, before the keys have had their time." "Write \`LoginGraceTime 60\`"
	sed -i 's/LoginGraceTime 59/LoginGraceTime 0/' /etc/ssh/sshd_config
	run -0 doctor
	printf 'Match User root\nMaxAuthTries 1\n' >>/etc/ssh/sshd_config
	sed -i '/^MaxAuthTries 3/d' /etc/ssh/sshd_config
	hole "It ends a login after fewer than 3 tries, which a client's own keys use up."
	echo "Nonsense yes" >>/etc/ssh/sshd_config
	hole "/usr/sbin/sshd -T does not tell its configuration (exit status 255)." "Run it as root, and mend what it says: /usr/sbin/sshd -T >/dev/null"
}

@test "sshd: keys of ssh with no account line of the module; no sshd at all" {
	put sshd "\|^account required $MODULE|d"
	run -7 doctor
	found BAD sshd "Public keys, GSSAPI or trusted hosts let in without the two keys, as account asks no pam_twokey.so." \
		"Write the account line that stands under pam sshd above."
	sed -i '1 i PubkeyAuthentication no' /etc/ssh/sshd_config
	run -7 doctor
	hasnt "Public keys"
	sed -i '1 i HostbasedAuthentication yes' /etc/ssh/sshd_config
	run -7 doctor
	has "Public keys, GSSAPI or trusted hosts"
	setup
	run -0 unshare --mount sh -c 'mount -t tmpfs none /usr/sbin && exec "$TWOKEY" doctor --pam'
	found note sshd "/usr/sbin/sshd is not here: no configuration of it was looked at."
}

@test "login: the time that it gives" {
	what=login
	login() { sed -i "s/^LOGIN_TIMEOUT.*/$1/" /etc/login.defs; }
	login "LOGIN_TIMEOUT 109"
	hole "It ends a login after 109 s (LOGIN_TIMEOUT), before the keys have had their time." \
		"Write \`LOGIN_TIMEOUT 110\` in /etc/login.defs, in the place of the line that is there."
	put login "s|^auth required $MODULE|& timeout=99|"
	run -0 doctor
	put login "s|timeout=99|timeout=10|"
	login "LOGIN_TIMEOUT 19"
	hole "It ends a login after 19 s (LOGIN_TIMEOUT), before the keys have had their time." "Write \`LOGIN_TIMEOUT 20\`"
	login "LOGIN_TIMEOUT\t0"
	run -0 doctor
	put login "s|timeout=10|timeout=51|"
	login "# LOGIN_TIMEOUT 120"
	hole "It ends a login after 60 s (LOGIN_TIMEOUT), before the keys have had their time."
	rm /etc/login.defs
	hole "It ends a login after 60 s (LOGIN_TIMEOUT), before the keys have had their time."
	put login "s|timeout=51|timeout=50|"
	run -0 doctor
}

@test "rescue mode: an empty password, a locked one, a shell for anybody" {
	what=rescue
	sed -i 's/^root:[^:]*:/root::/' /etc/shadow
	hole "Root's password in /etc/shadow is empty: rescue mode, and much else, lets anybody in." "passwd root"
	for locked in '*' '!' '!$y$x'; do
		sed -i "s/^root:[^:]*:/root:$locked:/" /etc/shadow
		run -0 doctor
		found note rescue "Root has no password in /etc/shadow: sulogin will refuse everybody in rescue mode." "passwd root"
	done
	for unit in rescue emergency; do
		setup
		mkdir -p "/etc/systemd/system/$unit.service.d"
		printf '[Service]\nEnvironment=A=1 "SYSTEMD_SULOGIN_FORCE=1"\n' >"/etc/systemd/system/$unit.service.d/a.conf"
		hole "/etc/systemd/system/$unit.service.d/a.conf sets SYSTEMD_SULOGIN_FORCE: where root is locked, rescue mode gives a root shell to anybody." \
			"Take that line out: \${EDITOR:-vi} '/etc/systemd/system/$unit.service.d/a.conf', then: systemctl daemon-reload"
	done
	printf '[Service]\n#Environment=SYSTEMD_SULOGIN_FORCE=1\nEnvironment=SYSTEMD_SULOGIN_FORCE=no\n' >/etc/systemd/system/emergency.service.d/a.conf
	run -0 doctor
}

@test "the module and the gate are there, and root's alone" {
	beside() { run -7 unshare --mount sh -c "set -e; rm -rf d; cp -a '${1%/*}' d; mount --bind d '${1%/*}'; $2; exec \"\$TWOKEY\" doctor --pam"; }
	beside "$MODULE" "rm '$MODULE'"
	found BAD module "$MODULE is not there, or cannot be used: every login that asks for keys is refused." "make install"
	beside "$MODULE" "chmod g+w '$MODULE'"
	found BAD module "$MODULE belongs to user 0 (mode 0775): others than root can put something else in the place of $MODULE." \
		"chown root '$MODULE' && chmod go-w '$MODULE', and install it anew"
	beside "$MODULE" "chown eve '${MODULE%/*}'"
	found BAD module "${MODULE%/*} belongs to user 4711 (mode 0755): others than root can put something else in the place of $MODULE."
	beside "$GATE" "chmod a-x '$GATE'"
	found BAD gate "$GATE is not there, or cannot be used: every login that asks for keys is refused."
}

@test "no vault, no host; somebody who may not look" {
	mv /var/lib/twokey/state/host.key .
	what=vault
	hole "This machine is no host of vault acme, so no login can be recorded here."
	rm -r /var/lib/twokey/state
	hole "This machine has no private state at /var/lib/twokey/state."
	run -7 setpriv --reuid=4711 --regid=4711 --clear-groups "$TWOKEY" doctor --pam
	has "/etc/shadow cannot be opened: Permission denied"
	found ok "pam login" "Nobody gets in as root without the keys."
}

@test "no hash of /etc/shadow is left in its memory" {
	mkdir dumps
	for _ in {1..200}; do grep '^eve:' "$BATS_FILE_TMPDIR/shadow"; done >>/etc/shadow
	run python3 "$TK_TOP/tests/secret/dump.py" dumps all -- "$TWOKEY" doctor --pam
	found ok rescue "Rescue mode asks for root's password."
	[ -n "$(ls dumps)" ]
	hash=$(sed -n 's/^eve:\([^:]*\):.*/\1/p' "$BATS_FILE_TMPDIR/shadow" | cut -c 30-60)
	[ "${#hash}" = 31 ]
	run ! grep -rqaF "$hash" dumps
}
