#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The installed program and the independent readers, each on what the other
# wrote.  The keys' secrets come from fido2-assert, which knows nothing of twokey.

# shellcheck source=tests/cli/lib.bash
. "${BATS_TEST_DIRNAME}/../cli/lib.bash"

setup_file() {
	file_begin
	export ORACLE=$BATS_TEST_DIRNAME/oracle.py
	mkdir "$BATS_FILE_TMPDIR/v" && cd "$BATS_FILE_TMPDIR/v" || return 1
	vault_with_history
	second_host
}

setup() {
	copy_vault "$BATS_FILE_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	cd "$BATS_TEST_TMPDIR/v" || return 1
	cp "$BATS_FILE_TMPDIR/v/twokey2.conf" . && sed -i "s|$BATS_FILE_TMPDIR|$BATS_TEST_TMPDIR|g" twokey2.conf
}

oracle() { /usr/bin/python3 "$ORACLE" "$@"; }

# The hmac-secret output of a holder's token, PIN given, in hexadecimal.
output() { # HOLDER
	{
		head -c 32 /dev/urandom | base64
		echo twokey:
		jq -r --arg who "$1" '.holders[] | select(.name == $who).tokens[0].credential' store/policies/1.json
		jq -r --arg who "$1" '.holders[] | select(.name == $who).tokens[0].salt' store/policies/1.json
	} >ask
	python3 "$DRIVE" -a "PIN for.*: =pin-$1" -- "$SK" plug "$1.key" -- \
		sh -c 'fido2-assert -G -h -v -i ask -o answer "$(fido2-token -L | cut -d: -f1)"' >fido2.log 2>&1 || { cat fido2.log >&2 && return 1; }
	tail -n 1 answer | base64 -d | od -An -v -tx1 | tr -d ' \n'
}

@test "the reader in Python finds the store and both hosts' states sound" {
	oracle verify store >report || { cat report && false; }
	[ "$(jq -c '[.ok, .notes, (.policies | length), (.logs | keys)]' report)" = \
		'[true,[],2,["bastion1","bastion2"]]' ] || { cat report && false; }
	oracle verify store --state state --host bastion1 >report
	oracle verify store --state state2 --host bastion2 >report
	# And says what twokey says.
	"$TWOKEY" log verify --store store --json >mine
	[ "$(jq -r .vault report)" = "$(jq -r .vault mine)" ]
	[ "$(jq -r .logs.bastion1.root report)" = "$(jq -r '.logs[] | select(.host == "bastion1").root' mine)" ]
	for who in alice bob carol; do
		[ "$(oracle fingerprint $who.bundle)" = "$(jq -r ".holders.$who" report)" ]
		grep -qF "$(jq -r ".holders.$who" report)" "$PEOPLE/$who.log"
	done
}

@test "it opens every record, given the secrets of two keys, and not with one" {
	alice=$(output alice) carol=$(output carol)
	[ ${#alice} = 64 ] && [ ${#carol} = 64 ]
	run -0 oracle open store other --hmac "alice/key-1=$alice" --hmac "carol/key-1=$carol"
	[ "$(jq -c '.fields | map_values(.text)' <<<"$output")" = '{"a":"secret","b":"secret"}' ]
	run -0 oracle open store prod --version 1 --hmac "alice/key-1=$alice" --hmac "carol/key-1=$carol"
	[ "$(jq -r .fields.password.text <<<"$output")" = secret ]
	run -0 oracle open store prod --hmac "alice/key-1=$alice" --hmac "carol/key-1=$carol"
	[ "$(jq -r .version <<<"$output")" = 2 ]
	tk -o out alice.key bob.key -- unseal prod --reason compare --show --force-stdout
	[ "$(jq -r .fields.password.text <<<"$output")" = "$(cat out)" ]
	run -6 oracle open store other --hmac "alice/key-1=$alice"
	run -6 oracle open store other --hmac "alice/key-1=$alice" --hmac "carol/key-1=$alice"
}

@test "after a crash was recovered from, it still does" {
	printf 'half a line' >>store/log/bastion1.jsonl
	printf secret >s
	"$TWOKEY" seal more --kind generic --field a=@s --conf twokey.conf
	grep -q log.recovered store/log/bastion1.jsonl
	oracle verify store --state state --host bastion1 >report || { cat report && false; }
	alice=$(output alice) bob=$(output bob)
	run -0 oracle open store more --hmac "alice/key-1=$alice" --hmac "bob/key-1=$bob"
	[ "$(jq -r .fields.a.text <<<"$output")" = secret ]
}

@test "Go's sumdb packages take both logs, their checkpoints and proofs" {
	export GOCACHE=$BATS_FILE_TMPDIR/go
	for host in bastion1 bastion2; do
		key=$(python3 - "$host" <<-'P'
			import base64, hashlib, json, sys
			policy = json.load(open("store/policies/2.json"))
			vault = json.load(open("state/pin.json"))["vault"]
			key = next(base64.b64decode(h["key"]) for h in policy["hosts"] if h["name"] == sys.argv[1])
			name = f"twokey/{vault}/{sys.argv[1]}"
			word = hashlib.sha256(name.encode() + b"\n\x01" + key).hexdigest()[:8]
			print("+".join((name, word, base64.b64encode(b"\x01" + key).decode())))
		P
		)
		"$TWOKEY" log prove --conf twokey.conf --host "$host" 3 >proof
		sh "$BATS_TEST_DIRNAME/checkpoint.sh" "store/log/$host.jsonl" "store/log/$host.checkpoint" "$key" proof
		sed 's/"released"/"Released"/; s/alice/mallo/' "store/log/$host.jsonl" >forged
		run -1 sh "$BATS_TEST_DIRNAME/checkpoint.sh" forged "store/log/$host.checkpoint" "$key"
	done
}

@test "twokey finds sound what the reader in Python wrote, and uses it with that host's state" {
	oracle make made >/dev/null
	run -0 "$TWOKEY" log verify --store made/store
	has "everything holds"
	chmod 0700 made/state/vault-a
	printf '{ "store": "%s", "state": "%s", "host": "vault-a" }\n' "$PWD/made/store" \
		"$PWD/made/state/vault-a" >made.conf
	chmod 0600 made.conf
	run -0 "$TWOKEY" log verify --conf made.conf
	has "outside memory used: pin, own head"
	run -7 --separate-stderr "$TWOKEY" status --conf made.conf --json
	[ "$(jq -r '.records | map(.name) | join(" ")' <<<"$output")" = "aws-prod spare web1-root" ]
	run -0 "$TWOKEY" log show --conf made.conf
	has "root logged in by sshd from 192.0.2.7 with bob and carol"
	has "a session of root opened (sshd, ssh, from 192.0.2.7) on the login of entry "
	has "6 attempts without an approval (sshd root from 192.0.2.8: 3, su root: 1, others: 2)"
	has "web1-root version 2: password confirmed by the host's shadow file"
	printf secret >s
	run -0 "$TWOKEY" seal fresh --kind generic --field a=@s --conf made.conf
	run -0 "$TWOKEY" log verify --conf made.conf
	oracle verify made/store --state made/state/vault-a --host vault-a >report || { cat report && false; }
	# Both of ours take a confirmed candidate for the version in force.
	cp made.conf twokey.conf
	run -4 tk -a 'PIN of the .*: =pin-alice' alice.key -- unseal web1-root --reason "no such key" --show --force-stdout --timeout 1
	[ "$(jq -r 'select(.type == "ceremony.requested").statement.subject | select(.record == "web1-root").version' \
		made/store/log/vault-a.jsonl | tail -n 1)" = 2 ]
	run -7 --separate-stderr "$TWOKEY" status --conf made.conf --json
	[ "$(jq -r '.records[] | select(.name == "web1-root").fields[0].version' <<<"$output")" = 2 ]
	# The made keys are nobody's: a ceremony is asked for, and denied.
	run -4 tk -a 'PIN of the .*: =pin-alice' alice.key -- unseal fresh --reason "no such key" --show --force-stdout --timeout 1
	has "alice: passed by. alice holds none of the credentials asked for."
	oracle verify made/store --state made/state/vault-a --host vault-a >report || { cat report && false; }
}
