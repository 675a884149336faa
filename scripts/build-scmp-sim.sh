#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds libseccomp's own BPF simulator, an interpreter to compare ours with.
#
#	scripts/build-scmp-sim.sh OUT
#
# Debian's packages have the library but not this tool; its source package has
# it. That one is downloaded through a private apt root, in the version that the
# machine's Debian has, checked by apt and kept in the cache. OUT is left alone
# if it is there. Exit status: 0 built, 2 could not.

set -u
# shellcheck source=scripts/debs.sh
. "$(dirname "$0")/debs.sh"

[ $# -eq 1 ] || die "usage: build-scmp-sim.sh OUT"
out=$1
[ ! -x "$out" ] || exit 0

suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
[ -n "$suite" ] || die "/etc/os-release does not say which Debian this is"

# fetch DIR: the source of libseccomp, through a private apt root.
fetch()
{
	local root=$CACHE/apt/scmp-sim uri
	local -a options

	uri=$(debian_mirror)
	[ -n "$uri" ] || die "no Debian mirror in the machine's apt sources"
	mkdir -p "$root/lists/partial" "$root/archives/partial" "$1/src" ||
		die "can't write to $root"
	: >"$root/status"
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" \
		>"$root/sources.list"
	options=(
		-o APT::Sandbox::User=root
		-o Dir::Etc::SourceList="$root/sources.list"
		-o Dir::Etc::SourceParts=-
		-o Dir::State="$root"
		-o Dir::State::status="$root/status"
		-o Dir::Cache="$root"
		-o APT::Update::Post-Invoke-Success::=
		-o Acquire::Check-Valid-Until=false
		-o Acquire::Retries=2
	)
	if ! { apt-get -q "${options[@]}" update &&
		cd "$1" &&
		apt-get -q "${options[@]}" source --download-only libseccomp
	} >"$root/log" 2>&1; then
		die "can't download the source of libseccomp: $(sed -n 's/^E: //p' "$root/log" | head -n 1)"
	fi
	tar -xf "$1"/libseccomp_*.orig.tar.[gx]z --strip-components=1 -C "$1/src" ||
		die "can't unpack the source of libseccomp"
	: >"$1/src/configure.h" # which its configure would write: not needed
}

lock_cache scmp-sim
src=$CACHE/src/libseccomp-$suite
if [ ! -f "$src/tools/scmp_bpf_sim.c" ]; then
	tmp=$(mktemp -d) || die "no temporary directory"
	trap 'rm -rf "$tmp"' EXIT
	(fetch "$tmp") || exit
	[ -f "$tmp/src/tools/scmp_bpf_sim.c" ] ||
		die "the source of libseccomp has no tools/scmp_bpf_sim.c"
	mkdir -p "$CACHE/src" || die "can't write to $CACHE"
	rm -rf "$src"
	mv "$tmp/src" "$src" || die "can't write to $CACHE/src"
fi

mkdir -p "$(dirname "$out")" || die "$out: no directory for it"
${CC:-cc} -O2 -w -I"$src" -I"$src/include" -I"$src/tools" -o "$out.new" \
	"$src/tools/scmp_bpf_sim.c" "$src/tools/util.c" ||
	die "the simulator of libseccomp does not build"
mv "$out.new" "$out"
