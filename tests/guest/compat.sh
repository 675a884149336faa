#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Compat tasks in guests: a kernel that has CONFIG_COMPAT executes the runner, and
# stacks are attached and calls are made by it; of one that has not, the summary
# says so. Kernels of KERNEL (default: Debian's 6.12) for each of ARCHS; those
# that have not been built before are built only with GUESTS=1.

cd "${0%/*}/../.." || exit 2
. tests/lib/tap.sh
. tests/lib/guests.sh
O=${O:-build}
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# count PATTERN: the number that the first group of it is, in the result.
count() { sed -nE "s/$1/\\1/p" "$tmp/result" | head -n 1; }

compat()
{
	local kconfig

	programs emu_vs_kernel
	scripts/qemu-run.sh --arch "$arch" --kernel "$image" --jit 0 \
		--init "$O/guest/emu_vs_kernel-$arch" --timeout 600 \
		--result "$tmp/result" -- --stacks 150 >"$tmp/stderr" 2>&1
	result $? "$arch: holds"
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	grep -E '^(paths|not run)' "$tmp/result" | sed 's/^/# /'

	# In 7.x s390 has it no more.
	case $arch in
	x86_64)	kconfig=arch/x86/Kconfig ;;
	s390x)	kconfig=arch/s390/Kconfig ;;
	*)	kconfig=arch/$arch/Kconfig ;;
	esac
	if ! grep -qE '^(menu)?config COMPAT$' "$tree/$kconfig"; then
		grep -qE '^not run .* compat \(the runner: .*: Exec format error\)' \
			"$tmp/result"
		result $? "$arch: has no compat, and it is said"
		return
	fi
	[ "$(count '^stacks .* ([0-9]+) by compat tasks.*')" -gt 5 ]
	result $? "$arch: stacks attached by compat tasks"
	[ "$(count '^paths .* compat ([0-9]+).*')" -gt 300 ]
	result $? "$arch: calls made by compat tasks"
	[ "$arch" = x86_64 ] || return 0
	[ "$(count '^paths .* vsyscall ([0-9]+).*')" -gt 30 ]
	result $? "$arch: calls by way of the vdso"
}
for_each_arch compat
tap_done
