#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Words that are not as they should be, typed or in files to import: a sentence,
# the next step, the exit code, and nothing changed.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/lib.bash"

setup_file() {
	file_begin
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	printf secret >s
	printf '{ "reason": "^[A-Z]+-[0-9]+: .{5}", "ticket": "^T-[0-9]+" }' >rules
	vault "2 of (alice, bob)" alice bob -- --rules rules
	"$TWOKEY" seal r --kind generic --field value=@s --conf twokey.conf
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	snap_all >before
}

# no STATUS TEXT TWOKEY-WORD...: it ends so, says that and a next step, and
# nothing changed.
no() {
	local want=$1 text=$2
	shift 2
	run timeout 30 "$TWOKEY" "$@" --conf twokey.conf </dev/null
	[ "$status" = "$want" ] || { printf 'status %s, not %s: %s\n%s\n' "$status" "$want" "$*" "$output" && return 1; }
	has "twokey: $text"
	has "hint: "
	snap_all | diff before -
}

@test "commands and options" {
	run -0 "$TWOKEY" help unseal
	has "usage: twokey unseal RECORD --reason TEXT [--ticket TEXT] "
	run -0 "$TWOKEY" help aws-setup
	has "usage: twokey aws-setup --role ARN ["
	no 2 'There is no command `frobnicate`.' frobnicate
	no 2 'There is no command `log frob`.' log frob
	no 2 '`twokey seal` has no option --bogus.' seal x --kind generic --field a=@s --bogus
	no 2 '`twokey status` has no option --bogus.' status --bogus=1
	no 2 '--format takes one of prometheus|nagios, not `xml`.' status --format xml
	no 2 '--region goes with --lookup.' correlate --region eu-west-1 s
	no 2 '`twokey watch` reads again and again, and the standard input only once.' watch -
	no 2 '`twokey seal` does not know what to do with `y`.' seal x y --kind generic --field a=@s
	no 2 '--length needs a value' seal x --kind generic --field a=@s --length
	no 2 '--reason was given twice.' unseal r --reason x --reason y
	no 2 '--timeout takes a whole number from 1 to 3600, not `0`.' unseal r --reason x --timeout 0
	no 2 '--timeout takes a whole number from 1 to 3600, not `1x`.' unseal r --reason x --timeout 1x
	no 2 '--seconds takes a whole number from 5 to 600, not `1`.' unseal r --reason x --seconds 1
	no 2 '--version takes a whole number from 1 to' unseal r --reason x --version -1
	no 2 '"abc" is no entry' log show abc
	no 1 'The checkpoint of bastion1 covers 3 entries; there is no entry 99 in it.' log prove 99
	no 2 '--archive and --store exclude each other.' log verify --archive x --store y
	no 2 '--all needs --out FILE.' log export --all
	has 'hint: `twokey help log export` says more.'
	no 1 'There is no record nope in this vault.' status --record nope
	no 2 '"Alice" is no name for a holder' enroll Alice
	no 2 '"../x" is no name for a record' seal ../x --kind generic --field a=@s
	run -0 "$TWOKEY" help
	run -0 "$TWOKEY" help log verify
	run -0 "$TWOKEY" version
}

@test "secrets: never on the command line, never by accident on standard output" {
	no 2 'A secret never goes on the command line, where others can read it.' \
		seal x --kind generic --field password=foo
	has 'Use --field password to be asked, --field password=@FILE, or =@- for standard input.'
	no 2 'A secret never goes' seal x --account 111122223333 --email a@b.c --field totp=GEZDGNBV
	no 2 '--json would write secrets to standard output.' unseal r --reason x --json
	no 2 '--force-stdout goes with --show.' unseal r --reason x --force-stdout
	no 2 '--show, --clip and --exec exclude each other.' unseal r --reason x --show --clip
	no 2 '--exec takes a program behind --.' unseal r --reason x --exec
	no 2 '--exec takes a program behind --.' unseal r --reason x --show --force-stdout -- cat
	no 1 '/dev/null is empty.' seal x --kind generic --field a=@/dev/null
	# From standard input, once.
	printf 'from a pipe' | "$TWOKEY" seal x --kind generic --field a=@- --conf twokey.conf
	tk -o out alice.key bob.key -- unseal x --reason "AB-1: from a pipe" --ticket T-1 --show --force-stdout
	[ "$(cat out)" = "from a pipe" ]
}

@test "reasons and tickets: what the policy wants, and nothing that hides" {
	local mean
	for mean in $'a\nb' $'a\tb' $'a\e[31mb' $'a\u202eb' $'a\u200bb' $'a\u2066b' $'a\u2028b' $'a\ufeffb' \
		$'a\xffb' $'a\xc0\x80b' $'\x7f' $'\u0085'; do
		no 2 'The reason has a control or hidden character, or is no UTF-8.' unseal r --show \
			--force-stdout --reason "AB-12: why not$mean" --ticket T-1
		no 2 'The ticket has a control or hidden character, or is no UTF-8.' unseal r --show \
			--force-stdout --reason "AB-12: why not" --ticket "T-1$mean"
	done
	no 2 'The reason is longer than 512 bytes.' unseal r --show --force-stdout --ticket T-1 \
		--reason "AB-12: $(head -c 600 /dev/zero | tr '\0' x)"
	no 2 'A reason is needed: holders see it and sign it.' unseal r --show --force-stdout
	no 3 'The policy asks for a reason.' unseal r --show --force-stdout --reason '' --ticket T-1
	no 3 'The reason is not of the form that the policy asks for.' unseal r --show --force-stdout \
		--reason 'just so' --ticket T-1
	has "hint: It must match: ^[A-Z]+-[0-9]+: .{5}"
	no 3 'The ticket is not of the form that the policy asks for.' unseal r --show --force-stdout \
		--reason 'AB-12: because' --ticket 1
	no 3 'The policy asks for a ticket.' unseal r --show --force-stdout --reason 'AB-12: because'
	has "hint: It must match: ^T-[0-9]+"
	no 2 'There is no task "nope".' unseal r --reason x --task nope
	# What is shown of a name cannot move the cursor.
	no 1 'There is no record r\x1B[2J in this vault.' unseal $'r\e[2J' --show --force-stdout --reason 'AB-12: because' --ticket T-1
	hasnt $'\e[2J'
	run -0 tk alice.key bob.key -- unseal r --reason 'AB-12: because – ünïcödé' --ticket T-1 --show --force-stdout
}

@test "records: names, kinds, attributes, versions" {
	no 1 'Record r exists already (version 1).' seal r --kind generic --field a=@s
	has "hint: Add --next to seal a new version of it."
	no 1 'There is no record "nn".' seal nn --next --field a=@s
	no 2 '--kind takes one of aws-root|linux-root|generic, not `martian`.' seal x --kind martian --field a=@s
	no 2 'A record of kind linux-root needs --host.' seal x --kind linux-root --new
	no 2 'The attribute account must be 12 digits.' seal x --account 12 --email a@b --field password=@s
	no 2 '--partition takes one of aws|aws-cn|aws-us-gov, not `mars`.' seal x --account 111122223333 --email a@b --field password=@s --partition mars
	no 2 '--attribute takes NAME=TEXT' seal x --kind generic --field a=@s --attribute a
	no 2 'The attribute a is no clean text of at most 512 bytes.' seal x --kind generic --field a=@s \
		--attribute $'a=c\e[31m'
	no 2 'There is no field to seal.' seal x --kind generic
	no 2 'The field a is given twice.' seal x --kind generic --field a=@s --field a=@s
	no 2 '"A b" is no name for a field.' seal x --kind generic --field 'A b=@s'
	no 2 'A record of kind aws-root has no field pin.' seal x --account 111122223333 --email a@b --field pin=@s
	no 2 '--new and --field password exclude each other.' seal x --account 111122223333 --email a@b \
		--new --field password=@s
	no 2 '--length takes a whole number from 8 to 128' seal x --new --no-totp --length 3 --account 111122223333 --email a@b.c
	no 2 'There is no quorum nobody.' seal x --kind generic --field a=@s --quorum nobody
	no 1 './missing cannot be opened' init acme --holder missing --holder alice.bundle
	no 1 '/nonexistent cannot be opened' seal x --kind generic --field a=@/nonexistent
	head -c 70000 /dev/zero | tr '\0' x >long
	no 1 'long is longer than the 65535 bytes allowed.' seal x --kind generic --field a=@long
}

@test "MFA seeds that are none" {
	local uri said
	while IFS='|' read -r uri said; do
		printf '%s' "$uri" >u
		no 1 "$said" seal x --account 111122223333 --email a@b.c --field totp=@u --no-code-check
		hasnt "GEZDGNBV"
	done <<-'U'
		otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1|Only otpauth://totp/ URIs can be used.
		otpauth://totp/x?secret=GEZDGNBV|The TOTP seed is too short: 16 base32 characters at least.
		otpauth://totp/x|The otpauth URI holds no secret.
		otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1|The TOTP seed is not base32
		otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=7|A TOTP code has 6 or 8 digits, not 7.
		otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=0|The otpauth URI's period is no number.
		otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=MD5|The otpauth URI's algorithm is none of SHA1, SHA256, SHA512.
		otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ|The otpauth URI's secret is empty or given twice.
		otpauth://totp/%0a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ|The otpauth URI's issuer or account is too long, holds a colon
		otpauth://totp/x%?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ|The otpauth URI's label is too long or not properly percent-encoded.
		https://example.com/?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ|The TOTP seed is not base32
		GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO!!|The TOTP seed is not base32
		GEZDGNBV|The TOTP seed is too short: 16 base32 characters at least.
	U
}

@test "imports: line and column, duplicates, nothing sealed unless all is well" {
	local head='name,account,email,password,totp'
	csv() { # TEXT WORDS
		printf '%b' "$head\n$1" >a.csv
		no 1 "$2" seal --import a.csv
		hasnt "hunter2"
	}
	csv 'a,111122223333,a@b.c,hunter2\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,hunter2,,\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,hunter2,\nb,1,b@b.c,hunter2,\n' "a.csv, line 3"
	csv 'a,111122223333,a@b.c,hunter2,\nB,111122223334,b@b.c,hunter2,\n' "a.csv, line 3"
	csv 'a,111122223333,a@b.c,hunter2,\nb,111122223333,b@b.c,hunter2,\n' "a.csv, line 3"
	csv 'a,111122223333,a@b.c,hunter2,\na,111122223334,b@b.c,hunter2,\n' "a.csv, line 3"
	csv 'a,111122223333,a@b.c,,\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,hunter2,hunter2\n' "a.csv, line 2"
	csv 'a,111122223333,,hunter2,\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,"hunter2,\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,"hunter2"x,\n' "a.csv, line 2"
	csv 'a,111122223333,"a\n\n@b.c",hunter2,\n' "a.csv, line 2"
	csv 'a,111122223333,a@b.c,hunter2\xff,\nb,111122223334,b@b.c\xff,hunter2,\n' "a.csv, line"
	csv '' "a.csv"
	head='name,account,email,password,pin'
	csv 'a,111122223333,a@b.c,hunter2,1\n' "a.csv, line 1"
	head='name,account,email,password,name'
	csv 'a,111122223333,a@b.c,hunter2,a\n' "a.csv, line 1"
	head='name,account,password'
	csv 'a,111122223333,hunter2\n' "a.csv"
	printf '' >a.json
	no 1 'a.json is empty.' seal --import a.json
	for text in '{}' '[' '[{}]' '[1]' '[{"name":"a","account":"111122223333","email":"a@b.c","password":"hunter2","pin":"1"}]' \
		'[{"name":"a","account":"111122223333","email":"a@b.c","password":1}]' \
		'[{"name":"a","name":"a","account":"111122223333","email":"a@b.c","password":"hunter2"}]' \
		'[{"name":"a","account":"111122223333","email":"a@b.c","password":"hunter2"}] x'; do
		printf '%s' "$text" >a.json
		no 1 "a.json, line 1, column " seal --import a.json
		hasnt "hunter2"
	done
	# One name that is taken, behind two that are not.
	printf '%s\n' name,account,email,password a,111122223333,a@b.c,hunter2 b,111122223334,a@b.c,hunter2 \
		r,111122223335,a@b.c,hunter2 >a.csv
	no 1 'Line 4: record r exists already; nothing was sealed.' seal --import a.csv
	has "add --next"
	no 2 'Name one record to seal, or --import FILE for many.' seal x --import a.csv
	no 2 'Name one record to seal' seal
}
