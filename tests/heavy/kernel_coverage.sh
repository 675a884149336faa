#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/kernel-coverage.sh: the corpus reaches all that has no reason, and what
# fewer cases don't reach is told, as are reasons that are missing or needless.
# KERNEL is a tree.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS SAN CC

# told STATUS PATTERN NAME [CASES...]
told()
{
	scripts/kernel-coverage.sh "$tree" "${@:4}" >"$tmp/out" 2>&1
	[ $? -eq "$1" ] && grep -qE "$2" "$tmp/out"
	bad=$?
	[ $bad -eq 0 ] || sed 's/^/# /' "$tmp/out" | tail -n 8
	result $bad "$3"
}

told 0 '^seccomp_cache_prepare_bitmap .*100.0 %.*100.0 %' "the corpus reaches all that has no reason"

# Cases without JSET.
mkdir "$tmp/fewer"
grep -L jset corpus/*.bpf |
	xargs cp -t "$tmp/fewer"
told 1 'seccomp.c:[0-9]+: never executed, no reason: op_res = !!' "a jump that no case has is told" \
	"$tmp/fewer"

sed '/unknown jump/d; /jumps that it has/d' tests/kernel-uncovered.txt >"$tmp/reasons"
export UNCOVERED=$tmp/reasons
told 1 'no reason: break; default:' "a reason that is missing"
{
	cat tests/kernel-uncovered.txt
	printf 'bpf_check_classic: return 0;\n\tNever.\n'
} >"$tmp/reasons"
told 1 'is covered or gone: bpf_check_classic: return 0;' "a reason that is not needed"
tap_done
