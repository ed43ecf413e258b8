# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Reminders in systemd's journal, their fields read back by journalctl.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

begins() {
	printf '{ "notify": [{ "channel": "journal" }] }\n' >conf && chmod 0600 conf &&
		twokey remind --conf conf
}
asks() {
	unplug alice bob && keep 4 words types -- twokey unseal r --reason "for the journal" --timeout 1 &&
		twokey remind --conf conf
}
fields() {
	journalctl --sync
	journalctl -q -b -o json MESSAGE_ID=6f3d3a1c0c5e4b7c9a0f5d1f6a7e2b48 >entries
	python3 - entries <<'END'
import json
import re
import sys

entries = {e["TWOKEY_EVENT"]: e for e in map(json.loads, open(sys.argv[1], encoding="utf-8"))}
print(json.dumps(entries, indent=1))
assert sorted(entries) == ["denied", "request"], sorted(entries)
asked, denied = entries["request"], entries["denied"]
for e in asked, denied:
    assert re.fullmatch("[0-9a-f]{64}", e["TWOKEY_ID"]) and re.fullmatch("[0-9a-f]{64}", e["TWOKEY_VAULT"])
    assert e["SYSLOG_IDENTIFIER"] == "twokey" and e["SYSLOG_FACILITY"] == "10"
    assert e["TWOKEY_RECORD"] == "r" and e["TWOKEY_HOST"] and e["TWOKEY_TIME"] and e["TWOKEY_TRY"] == "1"
    # What the journal itself knows of the sender; the name only if that was still there when it looked.
    assert e["_UID"] == "0" and e.get("_COMM", "twokey") == "twokey" and e["_TRANSPORT"] == "journal"
    lines = e["TWOKEY_TEXT"].split("\n")
    assert len(lines) > 6 and "— twokey/" + e["TWOKEY_VAULT"] + "/" + e["TWOKEY_HOST"] in e["TWOKEY_TEXT"]
assert asked["TWOKEY_ID"] != denied["TWOKEY_ID"]
assert asked["PRIORITY"] == "6" and denied["PRIORITY"] == "4"
assert asked["MESSAGE"].startswith("twokey acme: ") and "for the journal" in asked["TWOKEY_TEXT"]
assert "denied: " in denied["MESSAGE"]
END
}

tap_run "a vault" vault_ready
tap_run "reminders to the journal begin" begins
tap_run "somebody asks, and nobody approves" asks
tap_run "journalctl reads each field back" fields
tap_done
