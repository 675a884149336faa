#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/triage.py on a folder with planted findings and crashes, inputs that hold,
# and bytes that are none. KERNEL is a tree.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
O=${O:-build}
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS SAN CC

# A tree with three bugs: JGE taken for JGT, a JSET that is deadly, and a checker
# that refuses the last jump there may be.
sed 's/op_res = reg_value >= k;/op_res = reg_value > k;/
	s/op_res = !!(reg_value & k);/__builtin_trap();/' \
	"$tree/kernel/seccomp.c" >"$tmp/seccomp.c"
sed 's/ftest->k >= (unsigned int)(flen - pc - 1)/ftest->k + 1 >= (unsigned int)(flen - pc - 1)/' \
	"$tree/net/core/filter.c" >"$tmp/filter.c"
scripts/overlay-tree.sh "$tree" "$tmp/tree" kernel/seccomp.c="$tmp/seccomp.c" \
	net/core/filter.c="$tmp/filter.c" || exit 2
if ! make -s -j2 O="$O" OPT=-O1 KERNEL="$tmp/tree" TREE_O="$tmp/bug" \
		"$tmp/bug/emu_vs_interp" >"$tmp/log" 2>&1 ||
	! make -s -j2 O="$O" KERNEL="$tree" "$O/emu_vs_interp" "$O/bitproof-asm" >"$tmp/log" 2>&1; then
	echo "Bail out! $(tail -n 1 "$tmp/log")"
	exit 2
fi
bug=$tmp/bug/emu_vs_interp

mkdir -p "$tmp/in/queue"
raw() { "$O/bitproof-asm" -o "$tmp/in/$1" /dev/stdin; }

# Of each bug two witnesses, with other constants and with more around them.
raw id:000001,src:0 <<-CASE
	ld [0]
	jge #1, deny
	ret #0x7fff0000
	deny: ret #0x50001
CASE
raw queue/id:000002,src:1 <<-CASE
	;; platform arm64
	ld [4]
	jeq #0x40000003, deny
	ld [0]
	jge #64, deny
	ret #0x7fff0000
	deny: ret #0x80000000
CASE
raw crash-1234 <<-CASE
	ld [0]
	jset #4, deny
	ret #0x7fff0000
	deny: ret #0x80000000
CASE
raw crash-5678 <<-CASE
	ld [4]
	jset #0x80, deny
	ld [0]
	ret #0x7fff0000
	deny: ret #0x50001
CASE
for i in 1 5; do
	raw "slow-unit-$i" <<-CASE
		ja last
		ret #$i
		last: ret #0x7fff0000
	CASE
done
# None of the bugs.
raw good <<<'ret #0x7fff0000'
printf x >"$tmp/in/short"
head -c 21 /dev/zero >"$tmp/in/cut"
echo 'not an input' >"$tmp/in/README.txt"

scripts/triage.py --program "$bug" "$tmp/in" "$tmp/out" >"$tmp/said" 2>&1
[ $? -eq 1 ]
result $? "status 1: there are findings"
sed 's/^/# /' "$tmp/said" "$tmp/out/summary"
folders=("$tmp"/out/*/)
[ ${#folders[@]} -eq 3 ] && [ -d "$(echo "$tmp"/out/UNSOUND-bitmap-*)" ] &&
	[ -d "$(echo "$tmp"/out/CRASH-*)" ] && [ -d "$(echo "$tmp"/out/CHECKER-attach-*)" ]
result $? "one folder for each of the three bugs"
[ "$(grep -cE ': (UNSOUND at bitmap|CRASH at [a-z]+|CHECKER at attach), ' "$tmp/out/summary")" -eq 6 ]
result $? "each file's finding is listed"
grep -q '^good: holds$' "$tmp/out/summary"
result $? "what holds is said to hold"
grep -q '^short: not replayed: 1 bytes' "$tmp/out/summary" &&
	grep -q '^cut: not replayed: 21 bytes' "$tmp/out/summary"
result $? "what is no input is said to be none"
! grep -q README "$tmp/out/summary"
result $? "notes are not replayed"
grep -q '^9 files, 6 findings of 3 causes, 2 not decided' <(sed 's/.*\r//' "$tmp/said")
result $? "the last line counts all"

for folder in "${folders[@]}"; do
	name=${folder%/}
	name=${name##*/}
	[ -s "$folder/input.raw" ] && [ -s "$folder/found.raw" ] &&
		grep -q "^  rerun .* $tmp/out/$name/input.raw" "$folder/finding.txt"
	result $? "$name: input, text, and how it is met again"
	grep -q '^;; what FILL IN' "$folder/draft.bpf"
	result $? "$name: what has to be filled in is said"
	"$bug" --findings "$tmp/again" "$folder/draft.bpf" >"$tmp/log" 2>&1
	[ $? -eq 1 ] && grep -q "^${name%%-*} at" "$tmp/log"
	result $? "$name: the draft fails where the bug is"
	"$O/emu_vs_interp" --findings "$tmp/again" "$folder/draft.bpf" >"$tmp/log" 2>&1
	result $? "$name: the draft holds where it is not"
done
# The hint is a directive as it stands, but for what comes of the call.
sed 's/^; ;; verdict \(.*\) VERDICT$/;; verdict \1 KILL_PROCESS/' \
	"$tmp"/out/UNSOUND-*/draft.bpf >"$tmp/filled.bpf"
grep -qE '^;; verdict [a-z0-9_]+ nr=[0-9]+ -> KILL_PROCESS' "$tmp/filled.bpf" &&
	"$O/emu_vs_interp" --findings "$tmp/again" "$tmp/filled.bpf" >"$tmp/log" 2>&1
result $? "UNSOUND: with its verdict filled in it holds where the bug is not"
sed 's/-> KILL_PROCESS/-> ALLOW/' "$tmp/filled.bpf" >"$tmp/wrong.bpf"
"$O/emu_vs_interp" --findings "$tmp/again" "$tmp/wrong.bpf" >"$tmp/log" 2>&1
[ $? -eq 1 ]
result $? "UNSOUND: with another verdict it fails there"

mkdir "$tmp/fine" "$tmp/unread" "$tmp/empty"
cp "$tmp/in/good" "$tmp/fine"
cp "$tmp/in/short" "$tmp/unread"
scripts/triage.py --program "$bug" "$tmp/fine" "$tmp/out2" >"$tmp/said" 2>&1
result $? "status 0: all hold"
scripts/triage.py --program "$bug" "$tmp/unread" "$tmp/out3" >"$tmp/said" 2>&1
[ $? -eq 2 ]
result $? "status 2: nothing was found, but something was not replayed"
expect 2 "is there already" "an old result is not touched" \
	scripts/triage.py --program "$bug" "$tmp/in" "$tmp/out"
expect 2 "nowhere: No such file" "a folder that there is not" \
	scripts/triage.py --program "$bug" "$tmp/nowhere" "$tmp/out4"
expect 2 "no inputs" "a folder with nothing in it" \
	scripts/triage.py --program "$bug" "$tmp/empty" "$tmp/out5"
expect 2 "no-program: No such file" "a program that there is not" \
	scripts/triage.py --program "$tmp/no-program" "$tmp/in" "$tmp/out6"
tap_done
