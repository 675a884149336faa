#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/mutants.py: a few seeded bugs of each kind are found, equivalent ones
# raise no alarm, and what is wrong with the table is said.
#
# usage: mutants.sh [TREE]: see tests/lib/tree.sh

set -u
cd "${BASH_SOURCE[0]%/*}/.." || exit 1

# shellcheck source=tests/lib/tree.sh
. tests/lib/tree.sh

tap_said=$tmp/out

mutants()
{
	scripts/mutants.py --kernel "$tree" --seconds 2 "$@" >"$tmp/out" 2>&1
	status=$?
}

# One of each kind that the generator shows at once, two that must stay quiet.
names="emu-arg0-known emu-jge-signed prep-prev-ignored rare-compat-nr-0
	look-x32-stripped stack-first-denial chk-div-0 conv-k-sign-extended
	exec-alu-x-64-bit arch-x86-swapped own-cache-newest-only
	own-exception-336 same-negative-by-size more-allow-by-action
	target-checker-cell target-set-jset-bits target-text-extra
	target-text-remark"
# shellcheck disable=SC2086 # a list of words
mutants --only $names
for name in $names; do
	ok "$name" grep -q "^ok .* $name " "$tmp/out"
done
ok "status 0: all as expected" test $status -eq 0
ok "the counts come last" \
	test "$(tail -n 1 "$tmp/out")" = "18 passed, 0 failed"

# seed NAME EXPECT OLD NEW: one edit of our own emulator, which builds fast.
seed()
{
	printf '%s\n' "$1 $2" "	src/emulator.c: emulate_linux" \
		"	- $3" "	+ $4" >>"$tmp/table"
}

seed nowhere DIVERGENT 'reg_value ^= k;' ''
seed everywhere DIVERGENT 'break;' ''
seed broken DIVERGENT 'reg_value &= k;' 'no_such_name;'
seed loud none 'reg_value &= k;' ''
mutants --table "$tmp/table"
ok "an edit that matches nothing is an error" \
	grep -q "^FAILED.* nowhere .*matches 0 times" "$tmp/out"
ok "one that matches several times is, too" \
	grep -q "^FAILED.* everywhere .*matches [1-9][0-9]* times" "$tmp/out"
ok "so is one that does not compile" \
	grep -q "^FAILED.* broken .*no_such_name" "$tmp/out"
ok "a bug that was to be quiet is not as expected" \
	grep -q "^FAILED.* loud .*DIVERGENT.* expected none" "$tmp/out"
ok "status 1" test $status -eq 1

seed wrong WRONG 'reg_value &= k;' ''
mutants --table "$tmp/table"
ok "a class that there is not" grep -q "no class WRONG" "$tmp/out"
ok "is status 2" test $status -eq 2
mutants --only no-such-mutant
ok "so is a mutant that there is not" test $status -eq 2

tap_done
