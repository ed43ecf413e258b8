#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What people do with a vault, day by day.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

seed=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ	# RFC 6238's, in base32
password='correct-Horse-8 "quoted" \ battery'

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault "2 of (alice, bob)" alice bob
	printf '%s' "$password" >password
	printf 'otpauth://totp/acme:root?secret=%s&issuer=acme' "$seed" >uri
	two seal prod --account 111122223333 --email root@example.com --field password=@password \
		--field totp=@uri --no-code-check
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
}

two() { "$TWOKEY" "$@" --conf twokey.conf; }

# open OPTION...: what unseal writes to standard output.
open() {
	tk -o out alice.key bob.key -- unseal prod --reason "a test" --show --force-stdout "$@" >words 2>&1 ||
		{ cat words && return 1; }
	cat out
}

@test "codes are those of oathtool: SHA-1, SHA-256, SHA-512; 6, 8 digits; 30, 60 s" {
	local hash digits period name before after code
	for hash in SHA1 SHA256 SHA512; do
		for digits in 6 8; do
			for period in 30 60; do
				name=code-${hash,,}-$digits-$period
				printf 'otpauth://totp/%s?secret=%s&algorithm=%s&digits=%s&period=%s' "$name" \
					"$seed" "$hash" "$digits" "$period" >u
				two seal "$name" --account 111122223333 --email a@example.com --field totp=@u \
					--no-code-check
				want=(oathtool "--totp=$hash" -b -d "$digits" -s "${period}s" "$seed")
				before=$("${want[@]}")
				tk -o out alice.key bob.key -- unseal "$name" --reason codes --show --force-stdout
				after=$("${want[@]}")
				code=$(cat out)
				[ "$code" = "$before" ] || [ "$code" = "$after" ] ||
					{ echo "$name: $code, oathtool: $before, $after" && return 1; }
			done
		done
	done
	run -0 two log verify
}

@test "fields: all, some, as code, seed or value; text and JSON; codes expose nothing" {
	[[ $(open --field totp) =~ ^[0-9]{6}$ ]]
	[[ $(open --field totp=code --json) =~ ^'{"totp":"'[0-9]{6}'"}'$ ]]
	run -7 two status
	hasnt "exposed"
	[ "$(open --field password)" = "$password" ]
	[ "$(open --field password --json | jq -r .password)" = "$password" ]
	run -7 --separate-stderr two status --json
	[ "$(jq -c '[.records[0].fields[] | {name, state}]' <<<"$output")" = \
		'[{"name":"password","state":"exposed"},{"name":"totp","state":"known"}]' ] || { echo "$output" && false; }
	uri="otpauth://totp/acme:root?secret=$seed&algorithm=SHA1&digits=6&period=30"
	[ "$(open --field totp=seed)" = "$uri" ]
	[ "$(open --field totp=seed --field password)" = "$uri"$'\n'"$password" ]
	[ "$(open | head -n 1)" = "$password" ]
	[ "$(jq -r '.statement.deliver[0].fields | map(.name + "=" + .as) | join(" ")' \
		< <(grep requested store/log/bastion1.jsonl | tail -n 1))" = "password=value totp=code" ]
}

@test "fields, versions and candidates that are not there: said before anything is asked" {
	cp store/log/bastion1.jsonl log.before
	run -2 two unseal prod --reason x --show --force-stdout --field password=code
	has "twokey: Only the field totp can be opened as a code; password is a value."
	run -2 two unseal prod --reason x --show --force-stdout --field totp --field totp=seed
	has "twokey: --field totp is given twice."
	run -1 two unseal prod --reason x --show --force-stdout --field pin
	has "twokey: Record prod has no field pin."
	run -1 two unseal prod --reason x --show --force-stdout --candidate
	has "twokey: Record prod has no candidate."
	run -1 two unseal prod --reason x --show --force-stdout --version 2
	has "twokey: Record prod has no such version."
	run -1 two unseal proof --reason x --show --force-stdout
	has "twokey: There is no record proof in this vault."
	has "hint: \`twokey status\` lists all records."
	cmp store/log/bastion1.jsonl log.before
}

@test "on the alternate screen, and nothing of it in the scrollback" {
	local mux=(tmux -S "$PWD/mux" -f /dev/null)
	cat >look <<-'S'
		until tmux -S mux capture-pane -p | grep -q "Press Enter"; do :; done
		tmux -S mux capture-pane -p >shown
	S
	cat >inside <<-'S'
		. "$LIB"
		tk -a 'Press Enter when done=!timeout 20 sh look||' alice.key bob.key -- \
			unseal prod --reason screen --field password --field totp
		echo "status $?"
		tmux -S mux wait-for -S over
		exec cat
	S
	export LIB=$BATS_TEST_DIRNAME/lib.bash
	"${mux[@]}" new-session -d -x 80 -y 24 "bash -c '. ./inside' 2>errors"
	timeout 60 "${mux[@]}" wait-for over
	"${mux[@]}" capture-pane -p -S - -E - >after
	"${mux[@]}" kill-server
	grep -qF "$password" shown
	grep -q "root@example.com" shown
	grep -Eq 'totp +[0-9]{6}   next [0-9]{6}   [0-9]+ s left' shown || { cat shown && false; }
	grep -q "status 0" after || { cat after errors && false; }
	grep -q "recorded as entry" after
	not grep -qF "correct-Horse" after
	not grep -qE "next [0-9]{6}" after
}

@test "on the clipboard: one field after the other, and cleared" {
	unset DISPLAY WAYLAND_DISPLAY
	run -0 tk -a 'is on the clipboard=' alice.key bob.key -- unseal prod --reason clip --clip \
		--field password --field totp=seed
	one=$(printf '%s' "$password" | base64 -w 0)
	has $'\e]52;c;'"$one"$'\a'
	has $'\e]52;c;IA==\a\e]52;c;!\a'
	hasnt "correct-Horse"
	hasnt "$seed"
	# Set, cleared, set, cleared.
	[ "$(grep -o $'\e]52;c;[A-Za-z0-9+/=!]*' <<<"$output" | cut -c 8- | sed 's/.\{20,\}/secret/' | tr '\n' ' ')" = \
		"secret IA== ! secret IA== ! " ]
}

@test "to a program: each field on a descriptor of its own, nothing in its environment" {
	cat >prog <<-'P'
		import os, sys
		a, b = (int(os.environ["TWOKEY_FD_" + n]) for n in ("PASSWORD", "TOTP"))
		fds = {int(n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)}
		assert fds == {0, 1, 2, a, b}, fds
		for name, fd in (("password", a), ("totp", b)):
		    with open(fd, "rb") as f, open("got." + name, "wb") as out:
		        out.write(f.read())
		for who in ("self", str(os.getppid())):
		    for what in ("environ", "cmdline"):
		        with open(f"/proc/{who}/{what}", "rb") as f, open("got.seen", "ab") as out:
		            out.write(f.read().replace(b"\0", b"\n"))
		print("args:", *sys.argv[1:])
		print("read:", input())
	P
	run -0 tk -a 'args: one two=from the terminal' alice.key bob.key -- unseal prod --reason exec \
		--field password --field totp=seed --exec -- python3 prog one two
	has "args: one two"
	has "read: from the terminal"
	[ "$(cat got.password)" = "$password" ]
	grep -q "secret=$seed" got.totp
	grep -q "TWOKEY_FD_PASSWORD" got.seen
	not grep -q -e "correct-Horse" -e "$seed" got.seen
	hasnt "correct-Horse"
	run -1 tk alice.key bob.key -- unseal prod --reason exec --field totp --exec -- sh -c 'exit 5'
	has "twokey: The program ended with status 5."
	run -1 tk alice.key bob.key -- unseal prod --reason exec --field totp --exec -- /nonexistent
	has '/nonexistent'
	has 'is no program that can be run.'
}

@test "versions: a new one that nobody knows ends the exposure, the old one still opens" {
	open --field password >/dev/null
	run -7 two status
	has "password     exposed since"
	has "totp         known to"
	two seal prod --next --new --field totp=@uri --no-code-check
	run -7 two status
	has "password     sealed, known to nobody"
	has "totp         known to"
	hasnt "exposed"
	run -0 two seal prod --next --new --no-totp
	has "The new version has no totp, as version 2 had, which still opens with --version 2."
	has "hint: The new password is set nowhere yet: open it with \`twokey unseal prod --reason TEXT\`"
	run -0 two status
	has "prod  aws-root, version 3"
	[ "$(open --version 1 --field password)" = "$password" ]
	new=$(open --field password)
	[ ${#new} = 32 ]
	[ "$new" != "$password" ]
	# An old version that is opened once more is not what stands at the service.
	run -7 two status
	has "1 field is due for rotation."
	run -0 two log verify
}

@test "status of one record: no other's fields, no keys, an exit status of its own" {
	two seal quiet --account 111122223333 --email root@example.com --new --no-totp
	run -7 two status --record prod
	has "prod  aws-root"
	hasnt "quiet"
	hasnt "last proven"
	run -0 two status --record quiet
	has "quiet  aws-root"
	hasnt "prod"
	run -7 --separate-stderr two status --record prod --json
	[ "$(jq -c '[[.records[].name], .tokens, .due]' <<<"$output")" = '[["prod"],[],2]' ]
	run -0 --separate-stderr two status --record quiet --json
	[ "$(jq -c '[[.records[].name], .tokens, .due]' <<<"$output")" = '[["quiet"],[],0]' ]
	for form in "" --json; do
		run -1 two status --record qui $form
		[ "$output" = "twokey: There is no record qui in this vault.
hint: \`twokey status\` lists all records." ]
	done
}

@test "the log: one ceremony, a proof, an archive that verifies without any configuration" {
	open --field password >/dev/null
	last=$(($(wc -l <store/log/bastion1.jsonl) - 1))
	run -0 two log show "$last"
	[ "$(wc -l <<<"$output")" = 4 ]
	has 'asks to unseal prod version 1, because "a test"'
	has "alice approves"
	has "bob approves"
	has "password released by alice, bob; rotate by"
	run -0 two log show --record prod --json
	[ "$(jq -r .type <<<"$output" | tr '\n' ' ')" = \
		"record.sealed ceremony.requested ceremony.approved ceremony.approved released " ]
	run -1 two log show 999
	has "twokey: The log of bastion1 has no entry 999."
	run -1 two log show --record nope
	has "twokey: The log of bastion1 has nothing about a record nope."
	run -0 two log export --from $((last + 1))
	[ -z "$output" ]
	run -1 two log export --from 999
	has "twokey: The log of bastion1 has no entry 999: it holds $((last + 1))."
	for entry in $(seq 0 "$last"); do
		two log prove "$entry" >proof
		run -0 two log prove --check proof
		has "Entry $entry is in the log of bastion1"
	done
	jq -c '.entry.type = "drill.passed"' proof >forged
	run -6 two log prove --check forged
	has "twokey: A proof does not lead to the root."
	has "hint: "
	two log export --all --out all.tar
	two log export --out lines
	cmp lines store/log/bastion1.jsonl
	two log export --from 3 | cmp - <(tail -n +4 store/log/bastion1.jsonl)
	run -1 two log export --all --out all.tar
	has "twokey: all.tar exists already; it was left as it is."
	has "hint: Name another file with --out."
	mkdir elsewhere && cd elsewhere || return 1
	run -0 env -i HOME="$PWD" "$TWOKEY" log verify --archive ../all.tar
	has "everything holds"
	has "outside memory used: none"
	mkdir copy && tar -xf ../all.tar -C copy
	run -0 env -i HOME="$PWD" "$TWOKEY" log verify --store copy
	sed 's/a test/b test/' ../all.tar >forged.tar
	run -6 env -i HOME="$PWD" "$TWOKEY" log verify --archive forged.tar
	head -c 5000 ../all.tar >cut.tar
	run -1 env -i HOME="$PWD" "$TWOKEY" log verify --archive cut.tar
	has "twokey: This is no archive of twokey: it ends too early"
	has "hint: "
}

@test "fifty accounts at once, from CSV and from JSON: one checkpoint each" {
	python3 - "$seed" <<-'P'
		import csv, json, sys
		seed = sys.argv[1]
		def rows(tag, base):
		    for i in range(50):
		        yield {"name": f"{tag}-{i:02}", "account": str(base + i), "email": f"root+{i}@example.com",
		               "password": f'p,"{i}" Wort-äö', "totp": seed if i % 2 else
		               f"otpauth://totp/x?secret={seed}&digits=8&period=60", "phone_controller": "ops"}
		with open("a.csv", "w", newline="") as f:
		    w = csv.DictWriter(f, ["name", "account", "email", "password", "totp", "phone_controller"])
		    w.writeheader()
		    w.writerows(rows("csv", 100000000000))
		with open("a.json", "w") as f:
		    json.dump(list(rows("json", 200000000000)), f)
	P
	for form in csv json; do
		# Where leaks are looked for, strace is in the way of that.
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:detect_leaks=0} strace -f -qq -e trace=rename,renameat,renameat2 -o "trace.$form" \
			"$TWOKEY" seal --import "a.$form" --conf twokey.conf 2>words
		grep -q "Sealed 50 records." words
		grep -q "a.$form still holds them in clear: destroy it." words
		[ "$(grep -c 'bastion1.checkpoint"' "trace.$form")" = 1 ]
		for i in 07 44; do
			tk -o out alice.key bob.key -- unseal "$form-$i" --reason import --show --force-stdout --json
			[ "$(jq -r .password out)" = "p,\"$((10#$i))\" Wort-äö" ]
			case $i in
			07) [[ $(jq -r .totp out) =~ ^[0-9]{6}$ ]] ;;
			44) [[ $(jq -r .totp out) =~ ^[0-9]{8}$ ]] ;;
			esac
		done
	done
	[ "$(two status --json | jq '.records | length')" = 101 ]
	run -0 two log verify
	has "101 records, 101 shares documents"
}

@test "the password typed twice, the seed proven by two codes" {
	oathtool --totp -b -w 1 "$seed" >codes
	{ sed -n 1p codes && sed -n 2p codes; } >both
	typed=(-a 'root password .*: =other one||Pass-w0rd!' -a 'once more: =not the same||Pass-w0rd!')
	run -0 tk "${typed[@]}" -a "MFA seed.*: =$seed" -- seal typed --account 444455556666 \
		--email r@example.com --codes @both
	has "The two differ. Again:"
	has "knows the password: it is due for rotation"
	hasnt "Pass-w0rd!"
	hasnt "$seed"
	tk -o out alice.key bob.key -- unseal typed --reason typed --field password --show --force-stdout
	[ "$(cat out)" = "Pass-w0rd!" ]
	# Typed codes, too: the one of now and the one after it.
	run -0 tk "${typed[@]}" -a "MFA seed.*: =$seed" -a "code it shows now: =$(sed -n 1p codes)" \
		-a "the next code.*: =$(sed -n 2p codes)" -- seal typed2 --account 444455556667 --email r@example.com
	# A seed with one character off is caught: nothing is sealed.
	snap_all >before
	run -3 tk "${typed[@]}" -a "MFA seed.*: =${seed/NBV/NBW}" -- seal typed3 --account 444455556668 \
		--email r@example.com --codes @both
	has "twokey: That code is not one of this MFA seed's: nothing was sealed."
	has "hint: Check the seed and this machine's clock, then seal again."
	run -3 tk "${typed[@]}" -a "MFA seed.*: =$seed" -a "code it shows now: =000000" -- seal typed3 \
		--account 444455556668 --email r@example.com
	{ sed -n 1p codes && sed -n 1p codes; } >twice
	run -3 tk "${typed[@]}" -a "MFA seed.*: =$seed" -- seal typed3 --account 444455556668 \
		--email r@example.com --codes @twice
	has "twokey: Those are not two codes that follow one another: nothing was sealed."
	has "hint: Give the code shown now, then the one that takes its place; --no-code-check does without."
	sed -n 1p codes >alone
	run -2 tk "${typed[@]}" -a "MFA seed.*: =$seed" -- seal typed3 --account 444455556668 \
		--email r@example.com --codes @alone
	has "twokey: --codes takes two codes."
	has "hint: "
	snap_all | diff before -
}

@test "nothing secret is in the store, the state or the process list" {
	open --field password --field totp=seed >/dev/null
	not grep -rqF -e "correct-Horse" -e "$seed" store state
	not grep -rqF -e "pin-alice" -e "pin-bob" store state
}
