#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: bench-guest.sh [--build] [ARCH]...
#
# How fast guests compare, against attach, read and calls alone in the same
# guest: emu_vs_kernel --bench as init of KERNEL's (default: Debian's 6.12)
# kernels for each ARCH (all three), with the JIT off and on. Kernels that have
# not been built are named and left out, without --build.
#
# Exit status: 0; 2 if a guest could not run.

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

if_built=--if-built
[ "${1:-}" != --build ] || { if_built=; shift; }
[ $# -gt 0 ] || set -- x86_64 arm64 s390x
tree=${KERNEL:-$("$top/scripts/fetch-kernel.sh" 6.12)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

status=0
for arch; do
	image=$("$top/scripts/build-kernel.sh" --arch "$arch" --kernel "$tree" \
		${if_built:+"$if_built"}) || {
		[ $? -eq 4 ] || status=2
		continue
	}
	make -s -C "$top" "build/guest/emu_vs_kernel-$arch"
	for jit in 0 1; do
		mode=jit=$jit,harden=0,privileged
		"$top/scripts/qemu-run.sh" --arch "$arch" --kernel "$image" \
			--init "$top/build/guest/emu_vs_kernel-$arch" \
			--timeout 300 --result "$tmp/result" \
			-- --bench --mode $mode 2>"$tmp/stderr" || {
			cat "$tmp/stderr" >&2
			status=2
			continue
		}
		echo "guest $arch, $mode"
		sed -n 's/^bench  */	/p' "$tmp/result"
	done
done
exit "$status"
