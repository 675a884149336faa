#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: bench-fuzz.sh TARGET SEEDS
#
# How many inputs a second of processor time the libFuzzer target TARGET runs,
# its own mutations and libFuzzer's work included, from the raw inputs in the
# directory SEEDS on. Nothing is written there.
#
# Exit status: 0 measured, whether the aim is met or not; 2 could not run.

set -eu -o pipefail

runs=200000
aim=40000

die() { echo "bench-fuzz.sh: $*" >&2; exit 2; }

[ $# -eq 2 ] || die "usage: bench-fuzz.sh TARGET SEEDS"
[ -x "$1" ] || die "$1: no such program"
seeds=$(find "$2" -name '*.raw' | sort | paste -s -d ,)
[ -n "$seeds" ] || die "$2: no raw inputs"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Options as in harness/emu_vs_interp.options.
most=$(sed -n 's/^max_len = //p' "${BASH_SOURCE[0]%/*}/../harness/emu_vs_interp.options")
TIMEFORMAT='%U %S'
{ time "$1" -seed=1 -runs=$runs -max_len="$most" -print_funcs=0 \
	-seed_inputs="$seeds" -artifact_prefix="$tmp/" >/dev/null 2>"$tmp/log"; } 2>"$tmp/time" ||
	die "$1: $(tail -n 1 "$tmp/log")"

awk -v runs=$runs -v aim=$aim '{
	rate = runs / ($1 + $2)
	printf "the libFuzzer target: %.0f inputs a second", rate
	printf ", target %d %s\n", aim, (rate >= aim ? "met" : "NOT met")
}' "$tmp/time"
