# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The whole story as root, with the configuration of a plain installation.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

opens() {
	keep 0 words types -o shown -- twokey unseal r --reason "the story" --show --force-stdout &&
		[ "$(cat shown)" = "$secret" ]
}
told() { twokey log show | tee log && grep -q "the story" log; }

tap_run "alice and bob enrol, make a vault, seal a record" vault_ready
tap_run "both open it" opens
tap_run "the log tells of it" told
tap_run "the log is whole" twokey log verify
tap_done
