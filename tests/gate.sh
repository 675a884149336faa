#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/gate.sh as its users call it, in user space: the statuses, one line for
# what it cannot do, and a witness for a tree with a bug, also when the disk is
# full. KERNEL is a tree that holds. Guests are in tests/guest/gate.sh.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
top=$PWD
gate=$top/scripts/gate.sh

# seeded NAME SED-SCRIPT: a tree with an edited kernel/seccomp.c
seeded()
{
	sed "$2" "$tree/kernel/seccomp.c" >"$tmp/$1.c"
	if cmp -s "$tmp/$1.c" "$tree/kernel/seccomp.c"; then
		echo "Bail out! the edit for $1 changes nothing"
		exit 2
	fi
	"$top/scripts/overlay-tree.sh" "$tree" "$tmp/$1" \
		kernel/seccomp.c="$tmp/$1.c" || exit 2
}

seeded jge 's/op_res = reg_value >= k;/op_res = reg_value > k;/'
seeded stack 's/^\tfilter->prev = current->seccomp.filter;$//
	s/^\tcurrent->seccomp.filter = filter;$/filter->prev = current->seccomp.filter; &/'
seeded same 's/op_res = reg_value >= k;/op_res = !(reg_value < k);/'
seeded lost 's/op_res = !!(reg_value & k);/return false;/'
seeded syntax 's/op_res = reg_value >= k;/op_res = reg_value >=;/'
seeded gone 's/seccomp_is_const_allow/seccomp_is_const/'
cd "$tmp" || exit 2

"$gate" --kernel "$tree" --user-only --seconds 3 >out 2>err
result $? "the tree as it is: holds"
grep -q '^subject  *linux-' out && grep -q '^findings  *UNSOUND 0' out &&
	tail -n 1 out | grep -qx holds
result $? "it says what was compared"
grep -qE '^replayed  *[1-9]' out
result $? "corpus and real filters were replayed"
grep -q '^not run  *guests: --user-only' out
result $? "what was not run is named"
[ ! -e bitproof-findings ]
result $? "nothing is left where nothing was found"

for bug in jge stack; do
	start=$SECONDS
	"$gate" --kernel "$tmp/$bug" --user-only --seconds 10 >out 2>err
	[ $? -eq 1 ]
	result $? "$bug: a finding, status 1"
	[ $((SECONDS - start)) -le 20 ]
	result $? "$bug: at once"
	grep -q '^UNSOUND at ' out && grep -q ';; filter' out &&
		grep -qE '^nr +[0-9]' out && grep -qE 'expected +[A-Z]' out &&
		grep -qE 'seen +ALLOW' out
	result $? "$bug: a witness with both verdicts"
	rerun=$(sed -n 's/^ *rerun  *//p' out)
	$rerun >again 2>&1
	[ $? -eq 1 ] && grep -q '^UNSOUND at ' again
	result $? "$bug: the line that reruns it does"
	raw=${rerun##* }
	[ -s "$raw" ] && [ -s "${raw%.raw}.bpf" ]
	result $? "$bug: saved as raw input and as text"
	rm -rf bitproof-findings
done

"$gate" --kernel "$tmp/same" --user-only --seconds 3 >out 2>err
result $? "an equivalent change: holds"
"$gate" --kernel "$tmp/lost" --user-only --seconds 3 >out 2>err
result $? "a slower kernel is not an unsafe one"
grep -qE 'LOST [1-9]' out
result $? "and what it lost is counted"

"$gate" --kernel "$tmp/syntax" --seconds 1 >out 2>err
[ $? -eq 2 ] && ! grep -v '^gate: ' err | sed 1d | grep -q . && grep -q 'does not build for .*seccomp.c:[0-9]*' err
result $? "a tree that does not compile: 2, and where"
"$gate" --kernel "$tmp/gone" --seconds 1 >out 2>err
[ $? -eq 2 ] && grep -q 'seccomp.c: no function seccomp_is_const_allow' err
result $? "a function that is gone: 2, and which"
"$gate" --bisect --kernel "$tmp/gone" --seconds 1 >out 2>err
[ $? -eq 125 ]
result $? "for bisect: 125"

mkdir -p old/kernel
: >old/kernel/seccomp.c
printf 'VERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 1\n' >old/Makefile
expect 4 'skipped: Linux 5.10.1 has no bitmap' "before 5.11: skipped" \
	"$gate" --kernel old
expect 125 'skipped' "for bisect: 125" "$gate" --bisect --kernel old
expect 2 'is no kernel tree' "not a tree" "$gate" --kernel /tmp
expect 125 'is no kernel tree' "for bisect: 125" \
	"$gate" --kernel /tmp --bisect
expect 2 "takes a number, not '1x'" "an impossible number" \
	"$gate" --seconds 1x
expect 2 'needs a value' "a missing value" "$gate" --seed
expect 2 "not 'vax'" "an arch without guests" "$gate" --arch arm64,vax
expect 2 'names nothing' "no arch" "$gate" --arch ,
expect 2 'nothing to do' "neither part" "$gate" --user-only --guests-only
expect 2 'one of them' "a tree and an image" \
	"$gate" --kernel "$tree" --kernel-image /dev/null
expect 2 "can't read absent" "nothing to replay" "$gate" --replay absent
expect 2 'unknown option' "an unknown option" "$gate" --frob

# No room for files at all: what a full disk looks like to the driver.
evi=$top/build/trees/$(echo "$tmp/jge" | sha256sum | cut -c1-16)/emu_vs_interp
(
	trap '' XFSZ
	ulimit -f 0
	exec "$evi" --seconds 10 --findings full 2>&1
) | cat >out
[ "${PIPESTATUS[0]}" -eq 1 ]
result $? "a full disk while a finding is written: still status 1"
grep -q 'File too large' out && grep -q '^UNSOUND at ' out &&
	grep -q 'not saved' out
result $? "it says so, and prints the finding"
tap_done
