#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzing of a booted kernel that is guided by KCOV: what it learns, keeps and says.
# Builds kernels for $ARCH (x86_64), with KCOV and without. KERNEL is a tree.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
unset MAKEFLAGS MAKELEVEL MFLAGS
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
arch=${ARCH:-x86_64}
init=build/guest/emu_vs_kernel-$arch

make -s build/emu_vs_interp build/bitproof-asm KERNEL="$tree" || exit 2
# To begin with: a small input as other fuzzers have it, one that makes the emulator run
# more than there is room for, two for other platforms, and bytes that are none.
mkdir "$tmp/seeds"
for other in x86_64 arm64 s390x; do
	[ $other = "$arch" ] || build/bitproof-asm -o "$tmp/seeds/$other" /dev/stdin <<-CASE || exit 2
		;; platform $other
		ret #0x7fff0000
	CASE
done
build/bitproof-asm -o "$tmp/seeds/small" /dev/stdin <<-CASE || exit 2
	;; platform $arch
	ld [0]
	jeq #1, deny
	ret #0x7fff0000
	deny: ret #0x50001
CASE
{
	echo ";; platform $arch"
	echo 'ld [0]'
	yes 'and #0xffff' | head -n 4000
	echo 'ret #0x7fff0000'
} | build/bitproof-asm -o "$tmp/seeds/large" /dev/stdin || exit 2
printf 'cut short' >"$tmp/seeds/none"

scripts/guests.sh --kernel "$tree" --guided "$tmp/out" --findings "$tmp/findings" \
	--seconds 60 --files "$tmp/seeds" "$arch" >"$tmp/said" 2>"$tmp/err"
result $? "a kernel with KCOV holds"
sed 's/^/# /' "$tmp/said"
tail -n 3 "$tmp/err" | sed 's/^/# /'

line=$(grep '^guided ' "$tmp/said")
read -r stacks blocks kept saturated others none < <(sed -E \
	's/^guided +([0-9]+) stacks ran ([0-9]+) blocks.*; ([0-9]+) stacks are kept; .* of ([0-9]+) was.*; ([0-9]+) files are for other.*, ([0-9]+) are no.*/\1 \2 \3 \4 \5 \6/' \
	<<<"$line")
[ "$stacks" -gt 100 ] && [ "$blocks" -gt 100 ]
result $? "what stacks run is seen"
[ "$saturated" -ge 1 ] && [ "$saturated" -lt "$stacks" ]
result $? "what there was no room for is told"
[ "$others" -eq 2 ] && [ "$none" -eq 1 ]
result $? "inputs for others and bytes that are none are passed over, and counted"
[ "$kept" -gt 10 ] && [ "$(find "$tmp/out/kept" -name '*.raw' | wc -l)" -gt 10 ]
result $? "what was new is kept, as inputs"
build/emu_vs_interp --findings "$tmp/findings" "$tmp/out/kept" >"$tmp/log" 2>&1
result $? "which the driver takes"
grep -q "^DA:" "$tmp/out/$arch.info" &&
	grep -q '^kernel/seccomp.c: [0-9]* of [0-9]* lines' "$tmp/out/$arch.lines" &&
	grep -q '^net/core/filter.c: [0-9]* of [0-9]* lines' "$tmp/out/$arch.lines"
result $? "lines of both files are reported"
# What decides has to be there, inlined or not.
grep -E '^  (seccomp_(attach|set_mode|prepare|run|cache|check|is_const)|bpf_(check|convert)|check_load)' \
	"$tmp/out/$arch.lines" >"$tmp/functions"
sed 's/^/# /' "$tmp/functions"
[ "$(wc -l <"$tmp/functions")" -ge 4 ]
result $? "the functions that decide were entered"

plain=$(scripts/build-kernel.sh --arch "$arch" --kernel "$tree" 2>"$tmp/err") || exit 2
scripts/qemu-run.sh --arch "$arch" --kernel "$plain" --init "$init" -- --guided 75 --stacks 5 \
	>"$tmp/log" 2>"$tmp/err"
[ $? -eq 2 ] && grep -q -- '--guided: this kernel has no KCOV' "$tmp/log"
result $? "a kernel without KCOV can't be guided by, and says so"
tap_done
