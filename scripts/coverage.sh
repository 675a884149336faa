#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: coverage.sh [TREE]
#
# How much of src/ the tests reach: lines and branches of each file, and what
# nothing reaches. Builds the test programs with clang's coverage in
# ${O:-build}/cov and runs them. TREE is the kernel whose functions they need;
# default: what the Makefile takes.
#
# tests/uncovered.txt gives a reason for what is not reached. Exit status: 0
# all that is not reached is listed there; 1 something is not, or a reason has
# become needless; 2 could not run.

set -u
die() { echo "coverage.sh: $*" >&2; exit 2; }

cd "$(dirname "$0")/.." || exit 2
out=${O:-build}/cov
# shellcheck source-path=SCRIPTDIR source=llvm.sh
. scripts/llvm.sh

# -O1: at -O0 the tests take minutes.
mkdir -p "$out" || die "can't make $out"
rm -rf "$out/tests" "$out/profile"
names=(tests/*.c)
names=("${names[@]#tests/}")
names=("${names[@]%.c}")
make -s -j"$(nproc)" O="$out" TREE_O="$out" CC="$clang" OPT=-O1 MARCH= SAN= \
	EXTRA='-fprofile-instr-generate -fcoverage-mapping' \
	${1:+KERNEL="$1"} "${names[@]/#/$out/tests/}" >"$out/log" 2>&1 ||
	die "the tests do not build: $(grep -m 1 -E 'error:|Error' "$out/log")"

mkdir -p "$out/profile"
objects=()
for name in "${names[@]}"; do
	if ! LLVM_PROFILE_FILE=$out/profile/$name-%p.profraw \
		KERNEL=${1:-} PROGRAMS=60000 \
		"$out/tests/$name" >"$out/profile/$name.tap" 2>&1; then
		die "$name fails: $(grep -m 1 '^not ok' "$out/profile/$name.tap")"
	fi
	objects+=(-object "$out/tests/$name")
done

"$profdata" merge -sparse -o "$out/profile/all" "$out"/profile/*.profraw ||
	die "llvm-profdata failed"
export_as()
{
	"$cov" export "-format=$1" -skip-expansions -skip-functions \
		-instr-profile="$out/profile/all" "${objects[@]:1}" src \
		>"$out/$1" 2>"$out/log" ||
		die "llvm-cov failed: $(head -n 1 "$out/log")"
}
export_as lcov
export_as text
python3 scripts/coverage-report.py "$out/lcov" "$out/text" tests/uncovered.txt
