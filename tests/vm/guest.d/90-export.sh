# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What an auditor takes along; verified outside, by tests/groups/vm.sh.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

tap_run "a vault" vault_ready
tap_run "an archive is made" twokey log export --all --out acme.tar
tap_run "and handed out" send acme.tar acme.tar
tap_run "with the vault's id" send vault.json /var/lib/twokey/state/pin.json
tap_done
