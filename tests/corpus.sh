#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/corpus-check.py: the claims of the whole corpus as far as they can be read,
# a few of them built, and that it says what is wrong with a case. The rest is 'make
# corpus-check'.
#
# usage: corpus.sh [TREE]: see tests/lib/tree.sh

set -u
cd "${BASH_SOURCE[0]%/*}/.." || exit 1

# shellcheck source=tests/lib/tree.sh
. tests/lib/tree.sh

# check STATUS NAME ARG...
check()
{
	local want=$1 name=$2 status
	shift 2
	scripts/corpus-check.py --kernel "$tree" "$@" >"$tmp/out" 2>&1
	status=$?
	[ $status -eq "$want" ] || sed 's/^/# /' "$tmp/out"
	result $((status != want)) "$name"
}

says() # PATTERN NAME
{
	grep -qE "$1" "$tmp/out" || sed 's/^/# /' "$tmp/out"
	grep -qE "$1" "$tmp/out"
	result $? "$2"
}

check 0 "each case names bugs that there are, and each class of bugs is named" --list

# An emulator's, a stack's, a checker's, one that only loses bits, one of ours.
check 0 "these cases hold, and fail with the bugs that they name" \
	jge-zero stack-three check-division and-known
says '^ok +stack-three +prep-prev-of-prev +UNSOUND at bitmap' "a row says what was seen"
says '^ok +and-known +less-no-and +LOST' "bits that are lost are seen too"
says '^ok +and-known +own-emulator-and +DIVERGENT' "and a bug of the reference"

# bad NAME LINE...: a case with these lines, in a directory of its own
bad()
{
	mkdir -p "$tmp/$1"
	printf '%s\n' ';; what a case' "${@:2}" >"$tmp/$1/$1.bpf"
}

allow='ret #0x7fff0000'
bad nothing ';; cached all all' "$allow"
check 1 "a case that names no bug" --corpus "$tmp/nothing" nothing
says '^FAILED nothing: names no bug' "is told"
bad unknown ';; catches no-such-bug' ';; cached all all' "$allow"
check 1 "a bug that there is not" --corpus "$tmp/unknown" unknown
says '^FAILED unknown: no seeded bug is called no-such-bug' "is told"
bad same ';; catches same-jge-rewritten' ';; cached all all' "$allow"
check 1 "a bug that is none" --corpus "$tmp/same" same
says '^FAILED same: same-jge-rewritten is nothing' "is told"
bad false ';; catches emu-jge-is-jgt' ';; cached all all' "$allow"
check 1 "classes of bugs that no case names" --corpus "$tmp/false" --list
says "^FAILED subjects: no case catches any bug of 'lookup'" "are told"
check 1 "a case that does not catch what it names" --corpus "$tmp/false" false
says '^FAILED false +emu-jge-is-jgt +none' "is told"
bad wrong ';; catches emu-jge-is-jgt' ';; cached all none' "$allow"
check 1 "a case that does not hold" --corpus "$tmp/wrong" wrong
says '^FAILED wrong +on the tree as it is: DIVERGENT' "is told"
check 2 "no such case" no-such-case
check 2 "no case at all" --corpus "$tmp"
tap_done
