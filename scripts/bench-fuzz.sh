#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: bench-fuzz.sh TARGET SEEDS
#
# How many inputs a second of processor time the libFuzzer target TARGET runs,
# its own mutations and libFuzzer's work included, from the raw inputs in the
# directory SEEDS on: of any length, as the target is shipped, and no longer than
# 64 instructions. Nothing is written there.
#
# Exit status: 0 measured, whether the aim is met or not; 2 could not run.

set -eu -o pipefail

runs=200000
aim=40000

die() { echo "bench-fuzz.sh: $*" >&2; exit 2; }

[ $# -eq 2 ] || die "usage: bench-fuzz.sh TARGET SEEDS"
[ -x "$1" ] || die "$1: no such program"
[ -d "$2" ] || die "$2: no such directory"
target=$1
seeds=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# measure MAX_LEN WHICH
measure()
{
	local list

	list=$(find "$seeds" -name '*.raw' -size -"$(($1 + 1))"c | sort | paste -s -d ,)
	[ -n "$list" ] || die "$seeds: no raw inputs"
	TIMEFORMAT='%U %S'
	{ time "$target" -seed=1 -runs=$runs -max_len="$1" -print_funcs=0 \
		-seed_inputs="$list" -artifact_prefix="$tmp/" >/dev/null 2>"$tmp/log"
	} 2>"$tmp/time" || die "$target: $(tail -n 1 "$tmp/log")"

	awk -v runs=$runs -v aim=$aim -v which="$2" '{
		rate = runs / ($1 + $2)
		printf "the libFuzzer target, %s: %.0f inputs a second", which, rate
		printf ", target %d %s\n", aim, (rate >= aim ? "met" : "NOT met")
	}' "$tmp/time"
}

# Options as in harness/emu_vs_interp.options.
measure "$(sed -n 's/^max_len = //p' "${BASH_SOURCE[0]%/*}/../harness/emu_vs_interp.options")" \
	"any length"
measure 520 "up to 64 instructions" # INPUT_HEADER and 64 records
