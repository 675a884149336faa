#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: setup.sh [--check] [GROUP...]
#
# Installs what is missing of the Debian packages that the groups below need;
# without a GROUP, of all of them. Not root, or with --check, it prints the one
# command that would.
#
# Exit status: 0 all is there; 2 something is missing and was not installed.

set -eu

# One row a group. @ stands for the version of the clang that Debian's "clang"
# means: 14 in bookworm, 19 in trixie.
packages()
{
	case $1 in
	build)	 echo 'gcc libc6-dev make python3 perl flex bison xz-utils'
		 # The 32-bit program in emu_vs_kernel; gcc has the others.
		 [ "$(uname -m)" != aarch64 ] || echo gcc-arm-linux-gnueabihf ;;
	test)	 echo 'clang libclang-rt-@-dev llvm libpcap-dev libseccomp-dev
		gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user rsync
		git mandoc python3-jsonschema' ;;
	fuzz)	 echo 'afl++' ;;
	guest)	 echo 'gcc libc6-dev make python3 flex bison bc libelf-dev
			gcc-aarch64-linux-gnu libc6-dev-arm64-cross
			gcc-arm-linux-gnueabihf
			gcc-s390x-linux-gnu libc6-dev-s390x-cross
			qemu-system-x86 qemu-system-arm qemu-system-misc' ;;
	capture) echo 'gcc libc6-dev libseccomp-dev util-linux xz-utils' ;;
	*)	 return 1 ;;
	esac
}
groups='build test fuzz capture guest'

die() { echo "setup.sh: $*" >&2; exit 2; }

check=
[ "${1:-}" != --check ] || { check=1; shift; }
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $groups

want=
for group; do
	want+=" $(packages "$group")" ||
		die "usage: setup.sh [--check] [GROUP...], of: $groups"
done
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	die "not a Debian system: install what these packages have:$want"
fi

update() { apt-get -q update >&2 || die "apt-get update failed"; }

# Before the first update, a fresh machine knows nothing of clang.
clang_version()
{
	{ dpkg-query -W -f 'Depends: ${Depends}\n' clang ||
		apt-cache show clang; } 2>/dev/null |
		sed -n 's/^Depends:.*\<clang-\([0-9]\+\).*/\1/p' | head -n 1
}

# resolve: $want with @ filled in; fails if that takes an update.
resolve()
{
	local version

	case $want in
	*@*)	version=$(clang_version)
		[ -n "$version" ] || return 1
		want=${want//@/$version} ;;
	esac
}

root=
[ "$(id -u)" != 0 ] || [ -n "$check" ] || root=1
updated=
if ! resolve; then
	if [ -n "$root" ]; then
		update
		updated=1
	fi
	resolve || die "no package clang in apt's lists: run 'apt-get update' as root"
fi

# shellcheck disable=SC2086,SC2016
missing=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $want 2>/dev/null |
	awk -v want="$want" '
		$1 == "installed" { there[$2] = 1 }
		END {
			n = split(want, name, " ")
			for (i = 1; i <= n; i++)
				if (!(name[i] in there)) {
					there[name[i]] = 1
					printf " %s", name[i]
				}
		}')
[ -n "$missing" ] || exit 0

install="apt-get -q -y -o Dpkg::Use-Pty=0 --no-install-recommends install"
[ -n "$root" ] || die "missing; as root: apt-get update && $install$missing"

export DEBIAN_FRONTEND=noninteractive
echo "setup.sh: installing$missing" >&2
# The lists may be absent or stale: one update mends both.
# shellcheck disable=SC2086
$install $missing >&2 && exit
[ -z "$updated" ] || die "can't install$missing"
update
# shellcheck disable=SC2086
$install $missing >&2 || die "can't install$missing"
