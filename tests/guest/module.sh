#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel/module in guests: calls do not act, the bits that it copies are those of
# seccomp_cache, one that lies is noticed, and without one a guest does the rest
# and says so. For kernels of KERNEL (default: Debian's 6.12) of ARCHS that have
# been built; GUESTS=1 builds them.

cd "${0%/*}/../.." || exit 2
. tests/lib/tap.sh
. tests/lib/guests.sh
O=${O:-build}
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# guest INIT ARG...: boots $image; results in $tmp/result.
guest()
{
	local init=$1

	shift
	scripts/qemu-run.sh --arch "$arch" --kernel "$image" --init "$O/guest/$init-$arch" \
		--result "$tmp/result" --console "$tmp/console" --timeout 600 \
		-- "$@" 2>"$tmp/stderr"
}

# there FILE PATTERN NAME
there()
{
	grep -qE "$2" "$tmp/$1"
	result $? "$3"
}

python=$PWD/kernel/module/private.py
mkdir -p "$tmp/tree/kernel"
sed 's/^struct seccomp_filter {/struct seccomp_thing {/' "$tree/kernel/seccomp.c" \
	>"$tmp/tree/kernel/seccomp.c"
expect 2 'no struct seccomp_filter' "a tree without the struct" \
	"$python" "$tmp/tree" "$tmp/private.h"

module()
{
	local ko

	[ -s "$image.ko" ]
	result $? "$arch: a module beside the image"
	programs emu_vs_kernel module_init module_lies

	guest module_init
	result $? "$arch: calls do not act"
	sed -n "s/^\(not ok\) /# $arch: &/p" "$tmp/result"
	[ "$(grep -c '^ok ' "$tmp/result")" -ge 9 ]
	result $? "$arch: all of them were tried"

	guest emu_vs_kernel --stacks 300
	result $? "$arch: holds, with it"
	there result '^bits .* as text for [1-9][0-9]* stacks, by the module for [1-9][0-9]* filters' \
		"$arch: bits were read both ways"
	there result '^calls .* [1-9][0-9]* allowed and kept from acting' \
		"$arch: calls were kept from acting"
	! grep -q '^not run .*numbers-that-act' "$tmp/result"
	result $? "$arch: nothing is said to be left out for it"

	guest module_lies --stacks 300
	[ $? -eq 2 ]
	result $? "$arch: a lying module is no finding, and no pass"
	there result 'bits that the module copied are not those of seccomp_cache' \
		"$arch: it is named"

	# The same image, without its module and with something else.
	ln -sf "$image" "$tmp/$arch"
	image=$tmp/$arch
	for ko in none broken; do
		rm -f "$image.ko"
		[ $ko = none ] || head -c 4096 /dev/zero >"$image.ko"
		guest emu_vs_kernel --stacks 100
		result $? "$arch: holds, module $ko"
		there result '^not run .*numbers-that-act \(no module: .*(No such file|Exec format)' \
			"$arch: and says so"
		there result '^calls .* 0 allowed and kept from acting' \
			"$arch: calls are harmless ones"
	done
}
for_each_arch module
tap_done
