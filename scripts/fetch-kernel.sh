#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: fetch-kernel.sh [6.12 | 6.1 | newest]
#
# Prints the path of an unpacked kernel tree, as Debian's linux-source packages
# have it. What is missing is fetched first (about 150 MB; 1.5 to 1.8 GB unpacked):
#
#	6.1, 6.12	from an installed package, the machine's own apt, or
#			the Debian releases that have it
#	newest		the highest that later suites of Debian have
#
# Trees live in $XDG_CACHE_HOME/bitproof/src (~/.cache), one for each package
# version. A release that is there is printed without a look at the network,
# even if there is a newer package by now: remove src/RELEASE, which is a link,
# to have it looked up again.
#
# Progress goes to standard error. Exit status: 0, or 2 if there is no tree.

set -eEu -o pipefail

release=${1:-6.12}
src=${XDG_CACHE_HOME:-${HOME:-}/.cache}/bitproof/src

# Called for every make: nothing before this may take time.
if [ $# -le 1 ] && [ -f "$src/$release/Kbuild" ]; then
	readlink -f "$src/$release"
	exit
fi

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"

# Where each release is looked for when the machine's own apt doesn't have it.
case $#:$release in
[01]:6.1) suites='bookworm bookworm-security' ;;
[01]:6.12) suites='bookworm-security trixie trixie-security' ;;
[01]:newest) suites='sid trixie-backports' ;;
*) die "usage: fetch-kernel.sh [6.12 | 6.1 | newest]" ;;
esac

for tool in apt-get dpkg-deb xz flock; do
	command -v $tool >/dev/null ||
		die "$tool is missing: it takes trees from Debian packages; set KERNEL= to a tree of your own"
done

lock_cache src
mkdir -p "$src"
# Another run may have fetched it while this one waited.
if [ -f "$src/$release/Kbuild" ]; then
	readlink -f "$src/$release"
	exit
fi
rm -rf "$src"/.tmp.*	# of runs that were killed: this one has the lock
tmp=$(mktemp -d "$src/.tmp.XXXXXX")
trap 'rm -rf "$tmp"; apt_private_end' EXIT
trap 'exit 2' ERR HUP INT TERM

# unpack PACKAGE VERSION: a stream of the .tar.xz becomes the tree. Where it is
# called, set -e has no effect.
unpack()
{
	local tree=$src/linux-source-$2 log

	if [ ! -f "$tree/Kbuild" ]; then
		note "unpacking $1 $2"
		log=$({ mkdir "$tmp/tree" && xz -T0 -dc |
			tar -x --strip-components=1 -C "$tmp/tree"; } 2>&1) ||
			die "can't unpack $1 $2: $(head -n 1 <<<"$log")"
		[ -f "$tmp/tree/Kbuild" ] || die "$1 $2 has no kernel tree"
		rm -rf "$tree" && mv -T "$tmp/tree" "$tree" || exit 2
	fi
	# The link is what says that all is there, so it comes last.
	ln -s "${tree##*/}" "$tmp/link" &&
		mv -T "$tmp/link" "$src/$release" || exit 2
	echo "$tree"
}

package=linux-source-$release
archive=/usr/src/$package.tar.xz
if [ -r "$archive" ] &&
   version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) &&
   [ -n "$version" ]; then
	need_room 2000 "$src"
	unpack "$package" "$version" <"$archive"
	exit
fi

# fetch: from the apt in use now, and exit; returns if there is no package (0),
# or if it can't be downloaded (1).
fetch()
{
	local version size deb

	version=$(deb_version "$package")
	[ -n "$version" ] || return 0
	if [ -f "$src/linux-source-$version/Kbuild" ]; then
		unpack "$package" "$version" </dev/null
		exit
	fi
	size=$(deb_size "$package" "$version")
	need_room $((2000 + size)) "$src"
	note "downloading $package $version, $size MB"
	deb=$(deb_download "$package" "$version" "$tmp") || return 1
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO "./usr/src/$package.tar.xz" 2>/dev/null |
		unpack "$package" "$version"
	exit
}

# Lists of the machine may be missing, or older than what its mirror still has.
[ "$release" = newest ] || fetch || true
# shellcheck disable=SC2086
apt_private "kernel-$release" $suites
[ "$release" != newest ] ||
	package=$(apt_cache pkgnames linux-source- |
		grep -E '^linux-source-[0-9]+\.[0-9]+$' | sort -V | tail -n 1) ||
	die "no linux-source package in $suites"
fetch || exit 2
die "no package $package in $suites"
