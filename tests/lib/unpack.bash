# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# unpack FOLDER PACKAGE...: Debian's packages, unpacked there: without the services and the changes of the machine that
# installing them would bring.  What they need stands in tools/packages.txt.
unpack() {
	local dir=$1
	local -a apt=(apt-get -q -o Acquire::Retries=3)
	shift
	mkdir -p "$dir/packages" && (
		cd "$dir/packages" && exec 9>"$TK_TOP/build/.apt.lock" && flock 9 &&
			{ "${apt[@]}" download "$@" || { "${apt[@]}" update && "${apt[@]}" download "$@"; }; } &&
			for name in *.deb; do dpkg-deb -x "$name" "$dir" || exit 1; done
	)
}
