#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: build-selftest.sh --arch ARCH --kernel TREE
#
# Builds harness/straddle_probe.c with the framework of TREE's own KVM selftests, by
# selftest/kvm/Makefile, and prints the path of the binary, which is static. ARCH is
# x86_64, arm64 or s390x. TREE is neither written to nor copied.
#
# Exit status: 0, or 2 after one line that says why there is no binary.

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

usage="usage: build-selftest.sh --arch x86_64|arm64|s390x --kernel TREE"
arch='' tree=''
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || die "$usage"
	case $1 in
	--arch)	  arch=$2 ;;
	--kernel) tree=$2 ;;
	*)	  die "$usage" ;;
	esac
	shift 2
done
[ -n "$tree" ] || die "$usage"
#	 kernel's	compiler
case $arch in
x86_64)	row="x86	x86_64-linux-gnu-" ;;
arm64)	row="arm64	aarch64-linux-gnu-" ;;
s390x)	row="s390	s390x-linux-gnu-" ;;
*)	die "no such arch: $arch" ;;
esac
read -r karch cross <<<"$row"
[ -f "$tree/tools/testing/selftests/kvm/Makefile" ] ||
	die "$tree has no KVM selftests"
tree=$(cd "$tree" && pwd -P)
for tool in make awk "${cross}gcc"; do
	command -v "$tool" >/dev/null ||
		die "$tool is missing: scripts/setup.sh guest"
done

out=$top/build/kvm/$arch-$(sha256sum <<<"$tree" | cut -c1-12)
mkdir -p "$out/include/asm" || die "can't make $out"
exec 8>"$out/lock"
flock 8

# The tree's headers for user space as they are in it, and not installed: that
# takes longer than all the rest. The C library has what would be generated. What
# installing takes out is <linux/compiler.h>, which among tests is that of tools.
uapi=$tree/include/uapi
rm -f "$out"/include/asm/*
for header in "$tree/arch/$karch/include/uapi/asm"/*.h; do
	name=${header##*/}
	case $name in unistd*) continue ;; esac
	sed 's@^#include <linux/compiler.h>@@' "$header" >"$out/include/asm/$name"
	touch -r "$header" "$out/include/asm/$name"
done
flags="-D__EXPORTED_HEADERS__ -D__user= -D'__packed=__attribute__((packed))'"

env -i PATH="$PATH" LC_ALL=C make -C "$top/harness" -f "$top/selftest/kvm/Makefile" \
	-j"$(nproc)" ARCH="$karch" CROSS_COMPILE="$cross" OUTPUT="$out" \
	KVM="$tree/tools/testing/selftests/kvm" BITPROOF="$top/src" \
	LINUX_HDR_PATH="$uapi" KHDR_INCLUDES="-isystem $out/include" \
	EXTRA_CFLAGS="$flags" LDLIBS=-static </dev/null >"$out/log" 2>&1 8>&- ||
	die "$arch: the KVM selftest does not build: $(grep -m 1 -E 'error: |undefined reference|\*\*\*' "$out/log" || tail -n 1 "$out/log") (all of it: $out/log)"
echo "$out/straddle_probe"
