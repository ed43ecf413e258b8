#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# twokey doctor --pam: a machine where all is well, and each hole in one like it.

# shellcheck source=tests/pam/doctor.bash
. "${BATS_TEST_DIRNAME}/doctor.bash"

@test "all is well" {
	run -0 doctor
	found ok module "$MODULE is installed, and root's alone to change."
	found ok gate "$GATE is installed, and root's alone to change."
	found ok vault "Vault acme: logins need quorum default, and are recorded by host bastion1."
	for what in login sshd su su-l sudo sudo-i polkit-1 other; do
		found ok "pam $what" "Nobody gets in as root without the keys."
	done
	found ok "pam common-password" "A new password of root is sealed before it is set."
	found ok sshd "It leaves logins to PAM, and gives them the time that keys need."
	found ok rescue "Rescue mode asks for root's password."
	hasnt BAD
	hasnt note
	doctor --json | jq -e 'length > 12 and all(.finding == "ok")'
}

@test "the module is missing: in auth, account, session; each service" {
	what="pam login"
	put login "\|^auth required $MODULE|d"
	hole "auth asks no pam_twokey.so: nobody is asked for keys." \
		"Write \`auth     [success=done ignore=ignore default=die] $MODULE users=root\` above the line that includes common-auth of /etc/pam.d/login."
	setup
	put login "\|^account required $MODULE|d"
	hole "account asks no pam_twokey.so: what lets root in without the keys is not refused." \
		"Write \`account  requisite  $MODULE users=root\` above the line that includes common-account of /etc/pam.d/login."
	setup
	put login "\|^session required $MODULE|d"
	hole "session asks no pam_twokey.so: sessions of root are not recorded." \
		"Write \`session  required   $MODULE users=root\` below the line of pam_loginuid.so of /etc/pam.d/login."
	setup
	what="pam su"
	put su "\|^auth required $MODULE|d"
	hole "auth asks no pam_twokey.so: nobody is asked for keys." \
		"Write \`auth     [success=done ignore=ignore default=die] $MODULE users=root\` above the line that includes common-auth of /etc/pam.d/su."
	put su '/@include common-auth/s/.*/auth required pam_unix.so/'
	hole "auth asks no pam_twokey.so: nobody is asked for keys." \
		"Write \`auth     [success=done ignore=ignore default=die] $MODULE users=root\` below the line of pam_rootok.so of /etc/pam.d/su."
}

@test "Debian's own stacks: what is proposed are lines of the manual, and mends all of it" {
	rm -r /etc/pam.d
	cp -a "$BATS_FILE_TMPDIR/debian" /etc/pam.d
	[ -e /usr/lib/pam.d/polkit-1 ] || cp "$BATS_FILE_TMPDIR/pam.d/polkit-1" /etc/pam.d/
	run -7 doctor
	python3 "$TK_TOP/tests/pam/mend.py" <<<"$output" >written || { cat written; return 1; }
	while read -r service line; do
		[ "$service" != sudo-i ] || service=sudo
		manual "$PAGE" "$service" >page
		grep -qxF -- "${line/"$MODULE"/pam_twokey.so}" page || { echo "$service: $line"; return 1; }
	done <written
	[ "$(cut -d' ' -f1 written | sort | uniq -c | xargs)" = "1 common-password 3 login 3 other 2 polkit-1 3 sshd 4 su 4 sudo 4 sudo-i" ]
	sh -c "$(sed -n 's/.*mend: \(sed .*\)/\1/p' <<<"$output")"
	run -0 doctor
	hasnt BAD
	hasnt note
}

@test "services of other desktops are looked at where they are, and what lets nobody in is well" {
	for what in gdm-password lightdm sddm xdm cockpit; do
		printf 'auth required pam_unix.so\naccount required pam_deny.so\nsession required pam_deny.so\n' >"/etc/pam.d/$what"
		what="pam $what" hole "auth asks no pam_twokey.so: nobody is asked for keys."
		setup
	done
	printf '%s required pam_deny.so\n' auth account password session >/etc/pam.d/other
	run -0 doctor
	found ok "pam other" "It lets nobody in."
	# Where login has no line of a type, libpam takes that of other.
	printf '@include common-account\n@include common-session\n' >/etc/pam.d/login
	run -0 doctor
	found ok "pam login" "It lets nobody in."
	rm /etc/pam.d/other
	run -0 doctor
	printf '%s required pam_permit.so\n' auth account session >/etc/pam.d/other
	run -7 doctor
	found BAD "pam login" "auth asks no pam_twokey.so: nobody is asked for keys." \
		"Write \`auth     [success=done ignore=ignore default=die] $MODULE users=root\` above the other auth lines of /etc/pam.d/other."
}

@test "no stacks at all" {
	what=pam
	rm /etc/pam.d/{login,sshd,su,su-l,sudo,sudo-i,other,polkit-1}
	sed -i '1 i PubkeyAuthentication no' /etc/ssh/sshd_config
	mkdir none
	run -7 unshare --mount sh -c 'mount --bind none /usr/lib/pam.d; exec "$TWOKEY" doctor --pam'
	found BAD pam "No PAM stack of a login could be read; /etc/pam.conf is not looked at."
}

@test "passwords: not sealed, sealed too late, another one set" {
	what="pam common-password"
	put common-password "\|$MODULE|d"
	hole "password asks no pam_twokey.so: a new password of root is not sealed." \
		"Write \`password requisite  $MODULE users=root\` above the line of pam_unix.so of /etc/pam.d/common-password."
	put common-password 's/ use_authtok//'
	hole "password asks no pam_twokey.so: a new password of root is not sealed." \
		"Write \`password requisite  $MODULE users=root\` above the line of pam_unix.so of /etc/pam.d/common-password, and behind pam_unix.so there the word use_authtok: it then sets what was sealed, and asks for nothing itself."
	setup
	put common-password "\|$MODULE|d"
	printf 'password required %s\n' "$MODULE" >>/etc/pam.d/common-password
	hole "/etc/pam.d/common-password, line $(line_of common-password '^password.*pam_unix'): pam_unix.so sets a password before it is sealed." \
		"Put the line of pam_twokey.so above that of pam_unix.so."
	setup
	put common-password 's/ use_authtok//'
	hole "/etc/pam.d/common-password, line $(line_of common-password '^password.*pam_unix'): pam_unix.so may set another password than the one that is sealed."
	sh -c "$(sed -n 's/.*mend: \(sed .*\)/\1/p' <<<"$output")"
	run -0 doctor
	what="pam passwd"
	printf 'password required pam_unix.so\n' >/etc/pam.d/passwd
	hole "password asks no pam_twokey.so: a new password of root is not sealed."
}

@test "the control of the module lets a refusal pass" {
	what="pam login"
	for control in optional sufficient '[success=ok default=ignore]' '[success=ok auth_err=ignore default=die]' \
		'[default=ok]' '[success=done authinfo_unavail=1 default=bad]'; do
		setup
		put login "s|^auth required $MODULE|auth $control $MODULE|"
		hole "/etc/pam.d/login, line 1: the control of pam_twokey.so lets its refusal pass." \
			"Write \`[success=done ignore=ignore default=die]\` in the place of its control."
	done
	for control in requisite ReQuired '[success=ok ignore=ignore default=die]' '[default=bad success=done]'; do
		setup
		put login "s|^auth required $MODULE|auth $control $MODULE|"
		run -0 doctor
	done
}

@test "another module leads around it" {
	what="pam login"
	around() { # LINE...: above auth
		setup
		printf '%s\n' "$@" | cat - "$BATS_FILE_TMPDIR/pam.d/login" >/etc/pam.d/login
	}
	around "auth sufficient pam_succeed_if.so uid = 0"
	hole "/etc/pam.d/login, line 1: pam_succeed_if.so can lead auth past pam_twokey.so." \
		"Put the auth line of pam_twokey.so above that line, or take that line out."
	around "auth [success=1 default=ignore] pam_localuser.so"
	hole "/etc/pam.d/login, line 1: pam_localuser.so can"
	around "auth sufficient pam_rootok.so"
	hole "/etc/pam.d/login, line 1: pam_rootok.so can"
	# shellcheck disable=SC1003 # a line that is continued
	around 'auth [success=ok \' ' default=2] /lib/pam_x.so' "auth optional pam_deny.so"
	hole "/etc/pam.d/login, line 1: /lib/pam_x.so can"
	around "account [new_authtok_reqd=done default=ignore] pam_unix.so"
	hole "/etc/pam.d/login, line 1: pam_unix.so can lead account past"
	# A refusal by an expired password, which the module's own does not replace.
	around "account [success=ok default=bad] pam_unix.so"
	hole "/etc/pam.d/login, line 1: pam_unix.so can lead account past"
	around "account required pam_unix.so"
	run -0 doctor
	around "session include first"
	echo "session sufficient pam_permit.so" >/etc/pam.d/first
	hole "/etc/pam.d/first, line 1: pam_permit.so can lead session past"
	around
	echo "auth [default=reset] pam_echo.so" >>/etc/pam.d/common-auth
	run -7 doctor
	found BAD "pam login" "/etc/pam.d/common-auth, line $(line_of common-auth reset): pam_echo.so can lead auth past"
	# What ends a substack ends no more than that.
	around "auth substack first"
	echo "auth sufficient pam_permit.so" >/etc/pam.d/first
	run -0 doctor
	sed -i 1s/substack/include/ /etc/pam.d/login
	hole "/etc/pam.d/first, line 1: pam_permit.so can"
}

@test "su and sudo let root be; with another control, or elsewhere, that is a hole" {
	put sudo "s|^auth required $MODULE|auth sufficient pam_rootok.so\\n&|"
	what="pam sudo" hole "/etc/pam.d/sudo, line $(line_of sudo '^auth sufficient'): pam_rootok.so can lead auth past"
	setup
	put sshd "1 i $rootok"
	what="pam sshd" hole "/etc/pam.d/sshd, line 1: pam_rootok.so can lead account past"
	setup
	put su 's/success=1/success=1 user_unknown=1/'
	run -7 doctor
	found BAD "pam su" "/etc/pam.d/su, line $(line_of su user_unknown=1): pam_rootok.so can lead account past"
}

@test "a line for certain services is a hole in those alone" {
	what="pam login"
	around() { # LINE...: above account
		setup
		printf '%s\n' "$@" | cat - "$BATS_FILE_TMPDIR/pam.d/login" >/etc/pam.d/login
	}
	around "account [success=done default=ignore] pam_succeed_if.so quiet service in cron:atd"
	run -0 doctor
	around "account [success=ignore default=done] pam_succeed_if.so quiet service notin cron:atd"
	run -0 doctor
	for words in "service in cron:login" "quiet service notin cron" "service = login" "service in cron:login uid = 0" \
		"uid = 0 service in login" "service in" "service in login use_uid" "service =~ cron"; do
		around "account sufficient pam_succeed_if.so $words"
		hole "/etc/pam.d/login, line 1: pam_succeed_if.so can lead account past"
	done
	around "account sufficient pam_succeed_if.so uid = 0 service = cron"
	run -0 doctor
}

@test "an empty password is taken; the command named mends it" {
	what="pam login"
	put common-auth 's/pam_unix.so/& nullok/'
	hole "/etc/pam.d/common-auth, line $(line_of common-auth nullok): pam_unix.so takes an empty password (nullok)."
	sh -c "$(sed -n 's/.*mend: \(sed .*\)/\1/p' <<<"$output")"
	run -0 doctor
}

@test "the words of the module" {
	what="pam login"
	for word in users users= timeout=9 'timeout=60 timeout=60' conf=x Debug; do
		setup
		put login "s|^auth required $MODULE.*|auth required $MODULE $word|"
		hole "/etc/pam.d/login, line 1: \"${word##* }\" is unknown, malformed or there twice; pam_twokey.so refuses everybody." \
			"Mend it, as pam_twokey(8) says: \${EDITOR:-vi} +1 '/etc/pam.d/login'"
	done
	for service in login sshd su; do
		setup
		put "$service" "s|^account required $MODULE.*|account required $MODULE users=eve|"
		what="pam $service" hole "/etc/pam.d/$service, line $(line_of "$service" users=eve): users=eve leaves root out." \
			"Put root into users=, or take users= out: "
	done
	setup
	put sudo "s|^auth required $MODULE|& users=root|"
	what="pam sudo" hole "/etc/pam.d/sudo, line $(line_of sudo users=): users=root asks nobody for keys, as sudo asks for the one who calls it, not for root." \
		"Take users= out: "
	put sudo "s|users=root|users=root,eve|"
	run -0 doctor
	found note "pam sudo" "/etc/pam.d/sudo, line $(line_of sudo users=): whom users=root,eve leaves out can become root by sudo without keys, where its rules let them."
}

@test "another module of that name, and one that libpam does not find" {
	what="pam login"
	cp "$MODULE" pam_twokey.so
	put login "s|^auth required $MODULE|auth required $PWD/pam_twokey.so|"
	hole "/etc/pam.d/login, line 1: $PWD/pam_twokey.so is not the module that is installed." "Write \`$MODULE\` in its place."
	setup
	put login "s|^auth required $MODULE|auth required pam_twokey.so|"
	hole "/etc/pam.d/login, line 1: libpam does not look for pam_twokey.so where it is installed, and refuses." \
		"Write \`$MODULE\` in its place."
}

@test "what libpam does not understand, and files that cannot be read" {
	what="pam login"
	broken() { setup && printf '%b' "$1" >>/etc/pam.d/login; }
	at() { wc -l </etc/pam.d/login; }
	broken 'autb required pam_permit.so\n'
	hole "/etc/pam.d/login, line $(at): its type is none of auth, account, password and session; libpam refuses where it comes to it."
	broken 'auth binding pam_permit.so\n'
	hole "/etc/pam.d/login, line $(at): its control is none that libpam knows;"
	broken 'auth required\n'
	hole "/etc/pam.d/login, line $(at): it names no module;"
	broken 'auth include nowhere\n'
	hole "/etc/pam.d/login, line $(at): there is no such file;"
	broken 'auth include login\n'
	run -7 doctor
	found BAD "pam login" "/etc/pam.d/login, line $(at): it cannot be included to its end;"
	broken "auth required pam_permit.so \\\\"
	hole "/etc/pam.d/login, line $(($(at) + 2)): it is too long, holds a NUL or continues with nothing; libpam refuses all of the service."
	setup
	chmod g+w /etc/pam.d/login
	hole "/etc/pam.d/login can be changed by others (mode 0664)." "If its content can be trusted: chmod go-w '/etc/pam.d/login'"
	setup
	mv /etc/pam.d/login /etc/login.pam
	ln -s ../login.pam /etc/pam.d/login
	run -0 doctor
	found ok "pam login" "Nobody gets in as root without the keys."
}
