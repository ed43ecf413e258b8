#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# src/net and src/aws: against a double of AWS that checks every signature and shape, and
# against a real S3.
# shellcheck source=tests/lib/tap.sh disable=SC2153
. "$TK_TOP/tests/lib/tap.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

file() { /usr/bin/python3 "$1"; }

tap_need /usr/bin/python3 ps radosgw ceph-mon ceph-osd
# As root the network's helper is nobody, and reads certificates in here.
chmod a+x "$TK_WORK" "$TK_WORK/.."
# Much of it is waiting.
tap_each $((2 * TK_JOBS)) file "$TK_TOP"/tests/aws/test_*.py
tap_done
