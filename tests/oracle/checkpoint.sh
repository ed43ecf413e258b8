#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Verifies a log and its checkpoint with Go's sumdb packages as Debian ships
# them (golang-golang-x-mod-dev); no network is asked.  Exit status 77: they
# are not installed.
# usage: checkpoint.sh LOG CHECKPOINT VKEY [PROOF]
set -eu
gocode=/usr/share/gocode
if ! command -v go >/dev/null || [ ! -d $gocode/src/golang.org/x/mod/sumdb/tlog ]; then
	echo "checkpoint.sh: golang-go and golang-golang-x-mod-dev are not installed" >&2
	exit 77
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
GO111MODULE=off GOPATH=$gocode GOFLAGS=-mod= GOPROXY=off GOCACHE=${GOCACHE:-$cache} \
	go run "$here/checkpoint.go" "$@"
