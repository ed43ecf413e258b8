# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What demo, check, bench and fuzz share: packages, configure, building.
# Source it; it defines functions and tk_top, and does nothing else.

tk_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
	exit 1
}

# package_names GROUP...: the packages of these groups of packages.txt.
package_names() {
	local group
	for group; do
		awk -v g="$group" '$1 == g { print $2 }' "$tk_top/tools/packages.txt"
	done
}

missing_packages() {
	local name
	for name; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
			printf '%s\n' "$name"
	done
}

# need_packages GROUP...: installs what is missing, or prints the command that
# does and fails.
need_packages() {
	local -a names missing as_root=()
	mapfile -t names < <(package_names "$@")
	if ! command -v dpkg-query >/dev/null; then
		say "note: this is no Debian system; needed are what Debian calls ${names[*]}"
		return 0
	fi
	mapfile -t missing < <(missing_packages "${names[@]}")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		as_root=(sudo)
		command -v sudo >/dev/null || die "packages are missing: ${missing[*]}" \
			"as root: apt-get install --no-install-recommends ${missing[*]}"
	fi
	say "installing ${#missing[@]} Debian packages: ${missing[*]}"
	install_packages "${missing[@]}" || die "the packages could not be installed" \
		"see above, then: ${as_root[*]} apt-get install --no-install-recommends ${missing[*]}"
}

# install_packages NAME...; as_root is need_packages's.
install_packages() {
	local log rc=0
	local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q
		-o DPkg::Lock::Timeout=300)
	log=$(mktemp) || return 1
	{
		"${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"
	} >"$log" 2>&1 </dev/null || rc=$?
	[ "$rc" = 0 ] || tail -n 30 "$log" >&2
	rm -f "$log"
	return "$rc"
}

# with_log LOG WHAT COMMAND...: runs COMMAND quietly; shows the end of its
# output when it fails.
with_log() {
	local log=$1 what=$2
	shift 2
	if "$@" >>"$log" 2>&1 </dev/null; then
		return 0
	fi
	say "$what failed; the end of $log:"
	tail -n 40 "$log" >&2
	return 1
}

# Makes configure where it is missing or older than what it is made from.
# A lock, since groups of tests may come here at the same time.
make_configure() {
	(
		cd "$tk_top" && exec 9>build/.configure.lock || exit 1
		flock 9 || exit 1
		if [ -x configure ] && [ -f Makefile.in ] && [ -z "$(find configure.ac Makefile.am m4 \
			src pam systemd tests tools docs \( -name '*.mk' -o -name '*.ac' -o -name '*.am' -o \
			-name hardening.m4 \) -newer Makefile.in -print -quit)" ]; then
			exit 0
		fi
		rm -f "$tk_top/build/configure.log"
		with_log "$tk_top/build/configure.log" autoreconf autoreconf -fi
	)
}

# configure_tree NAME [CONFIGURE ARGUMENT...]: configures in build/NAME with
# prefix build/NAME/root, anew when the arguments changed.  Output goes to
# build/NAME/build.log.
configure_tree() {
	local dir=$tk_top/build/$1 args
	shift
	args="--prefix=$dir/root $*"
	# make would find the objects of that one, and configure refuses.
	if [ -e "$tk_top/config.status" ]; then
		say "the source tree itself is configured, so nothing can be built in build/"
		say "hint: make -C $tk_top distclean"
		return 1
	fi
	mkdir -p "$dir" || return 1
	make_configure || return 1
	: >"$dir/build.log"
	[ ! -x "$dir/config.status" ] || [ "$tk_top/configure" -nt "$dir/config.status" ] ||
		[ "$args" != "$(cat "$dir/.args" 2>/dev/null)" ] || return 0
	rm -f "$dir/.args"
	(
		cd "$dir" || exit 1
		with_log build.log configure "$tk_top/configure" "--prefix=$dir/root" "$@"
	) || return 1
	printf '%s\n' "$args" >"$dir/.args"
}

# build_tree NAME [CONFIGURE ARGUMENT...]: configures, makes all, and installs
# under build/NAME/root (helpers are found by the paths compiled in).
build_tree() {
	local dir=$tk_top/build/$1
	configure_tree "$@" || return 1
	with_log "$dir/build.log" make make -C "$dir" -j"$(nproc)" all || return 1
	with_log "$dir/build.log" "make install" make -C "$dir" install
}

# build_tests NAME: the test programs in build/NAME, none run.
build_tests() {
	with_log "$tk_top/build/$1/build.log" "building the tests" \
		make -C "$tk_top/build/$1" -j"$(nproc)" check TESTS=
}
