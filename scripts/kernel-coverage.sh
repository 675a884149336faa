#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: kernel-coverage.sh TREE [CASES...]
#
# How much of the kernel's own functions the shipped corpus reaches: lines and
# branches of seccomp_is_const_allow(), of the preparation and the lookup of the
# bitmap, and of the checkers, as they stand in TREE. They are compiled with clang's
# coverage in ${O:-build}/kcov for all platforms, and each of CASES (corpus) is
# replayed.
#
# tests/kernel-uncovered.txt gives a reason for what is not reached. Exit status: 0
# all that is not reached is listed there; 1 something is not, or a reason has
# become needless; 2 could not run.

set -eu -o pipefail
cd "${BASH_SOURCE[0]%/*}/.."

die() { echo "kernel-coverage.sh: $*" >&2; exit 2; }

out=${O:-build}/kcov
[ $# -ge 1 ] || die "usage: kernel-coverage.sh TREE [CASES...]"
tree=$(cd "$1" 2>/dev/null && pwd -P) || die "no directory $1"
shift
[ $# -gt 0 ] || set -- corpus
# shellcheck source-path=SCRIPTDIR source=llvm.sh
. scripts/llvm.sh

mkdir -p "$out" || die "can't make $out"
rm -f "$out"/*.profraw
make -s -j"$(nproc)" O="$out" TREE_O="$out" CC="$clang" OPT=-O1 MARCH= SAN= KERNEL="$tree" \
	COV='-fprofile-instr-generate -fcoverage-mapping' \
	EXTRA=-fprofile-instr-generate "$out/emu_vs_interp" >"$out/log" 2>&1 ||
	die "does not build: $(grep -m 1 -E 'error:|Error' "$out/log")"
# A worker ends by itself, so that its counters are written.
LLVM_PROFILE_FILE="$out/%p.profraw" "$out/emu_vs_interp" --findings "$out/findings" \
	"$@" >"$out/log" 2>&1 || die "$* does not hold: $out/log"
"$profdata" merge -sparse -o "$out/all" "$out"/*.profraw 2>"$out/log" ||
	die "llvm-profdata failed: $(head -n 1 "$out/log")"
for format in lcov text; do
	"$cov" export -format="$format" -skip-expansions -skip-functions \
		-instr-profile="$out/all" "$out/emu_vs_interp" "$out/subject/extracted.h" \
		>"$out/$format" 2>"$out/log" || die "llvm-cov failed: $(head -n 1 "$out/log")"
done
python3 scripts/kernel-coverage.py "$out/subject/extracted.h" "$out/lcov" "$out/text" \
	"${UNCOVERED:-tests/kernel-uncovered.txt}"
