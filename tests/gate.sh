#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/gate.sh as its users call it, in user space: the statuses, one line for
# what it cannot do, and a witness for a tree with a bug, also when the disk is
# full; what programs read of it, and a history that git bisects with it. KERNEL is
# a tree that holds. Guests are in tests/guest/gate.sh and tests/heavy/gate.sh.

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
seeded extra '/^static bool seccomp_is_const_allow/,/^}/s/^\t\tcase BPF_JMP | BPF_JA:$/\t\tcase BPF_ALU | BPF_OR | BPF_K: reg_value |= k; break;\n&/'
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
grep -qE '^probes  *[1-9][0-9]* over straddled data, [1-9]' out && grep -c '^findings ' out | grep -qx 2
result $? "the page-straddling probe was run too"
grep -q '^not run  *guests: --user-only' out && grep -q '^not run  *the page-straddling probe as KVM' out
result $? "what was not run is named"
[ ! -e bitproof-findings ]
result $? "nothing is left where nothing was found"

running() { pgrep -f 'emu_vs_interp --seed 4711 ' >/dev/null; }
"$gate" --kernel "$tree" --user-only --seconds 300 --seed 4711 >out 2>err &
for _ in $(seq 300); do
	running && break
	sleep 0.1
done
running && kill $! && ! wait $! && ! running
result $? "it is told to end: all of it does, at once"

# ---- what programs read ------------------------------------------------------

# reads FILE PATTERN: the kernel's own parser says this of it
reads()
{
	python3 -B "$top/tests/ktap.py" "$tree" "$1" >parsed || return
	sed 's/^/# /' parsed
	grep -qE "$2" parsed
}

"$gate" --kernel "$tmp/same" --user-only --seconds 3 --ktap --json same.json --report page >same.ktap 2>err
result $? "an equivalent change: holds"
[ "$(head -n 1 same.ktap)" = 'KTAP version 1' ] && [ "$(sed -n 2p same.ktap)" = 1..3 ]
result $? "KTAP: the version, and one result for each arch"
reads same.ktap '^SUCCESS passed=[1-9][0-9]+ failed=0 skipped=6 crashed=0 errors=0$'
result $? "the kernel's parser: success, without an error, guests and KVM skipped"
prove --exec cat same.ktap >/dev/null
result $? "so says prove"
grep -qx '    ok [0-9]* corpus/tree' same.ktap && grep -qx '  ok 2 guest # SKIP --user-only' same.ktap
result $? "each case has its result, and what was not run its reason"

# valid FILE: it is what docs/gate.schema.json says
valid()
{
	python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
		"$1" "$top/docs/gate.schema.json" 2>stderr
}
valid same.json
result $? "JSON: as its schema says"
sed 's/"result": "holds"/"result": "perhaps"/' same.json >other.json
! valid other.json && grep -q "'perhaps' is not one of" stderr
result $? "the schema refuses another word"
[ "$(python3 -c 'import json
d = json.load(open("same.json"))
print(d["result"], len(d["findings"]), d["options"]["seconds"],
      all(p["counts"]["stacks"] > 0 and p["counts"]["probes"] > 0 for p in d["parts"] if p["name"] == "user-space"))')" = 'holds 0 3 True' ]
result $? "it says what was compared"

grep -q '<title>bitproof: holds</title>' page/index.html && grep -q '<svg class="grid"' page/index.html
result $? "the page: the result, and bitmaps"
! grep -qiE '<script|https?:|src=|url\(|<link' page/index.html
result $? "nothing in it is from elsewhere, and no script"

"$gate" --kernel "$tmp/jge" --user-only --seconds 3 --ktap --json jge.json >jge.ktap 2>err
[ $? -eq 1 ]
result $? "a bug: 1 also with --ktap"
reads jge.ktap '^FAILURE passed=[0-9]+ failed=[1-9][0-9]* skipped=[0-9]+ crashed=0 errors=0$'
result $? "the kernel's parser: a failure, and no error"
awk '/^  # UNSOUND at bitmap/ { said = 1 }
	/^  (not )?ok 1 user-space/ { if (said) good = /not ok/; said = 0 }
	END { exit !good }' jge.ktap
result $? "the finding is told before its result"
valid jge.json && grep -q '"class": "UNSOUND"' jge.json
result $? "JSON: valid, with the finding"
rm -rf bitproof-findings

# ---- findings ------------------------------------------------------------------

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
	[ -s "$raw" ] && [ -s "${raw%/*}/case.bpf" ]
	result $? "$bug: saved as raw input and as text"
	rm -rf bitproof-findings
done

"$gate" --kernel "$tmp/jge" --user-only --seconds 3 --keep-going >out 2>err
[ $? -eq 1 ] && grep -qE '^findings .*, of [1-9][0-9]* causes$' out && ! grep -q 'UNSOUND 1 ' out
result $? "--keep-going: on to the end, causes counted"
# The probe alone may tell of the same one again.
[ "$(sed -n 's,^ *rerun .*/\(UNSOUND-[^/]*\)/.*,\1,p' out | sort -u)" = \
	"$(cd bitproof-findings && printf '%s\n' UNSOUND-*)" ]
result $? "a folder for each that is told"
set -- bitproof-findings/UNSOUND-bitmap-x86_64-*/
for file in found.raw input.raw case.bpf stack.c finding.txt reproducer.c; do
	[ -s "$1$file" ]
	result $? "with $file"
done
cc -Wall -Werror -c -o stack.o "$1stack.c" -Wno-unused-const-variable -Wno-unused-variable
result $? "the stack as C compiles"
if [ "$(uname -m)" = x86_64 ]; then
	cc -Wall -Werror -o reproducer "$1reproducer.c" && ./reproducer >said && tail -n 1 said | grep -q '^ok 1 - UNSOUND at bitmap, linux-'
	result $? "its reproducer compiles, and says ok of the kernel here"
else
	result 0 "its reproducer # SKIP it is for x86_64"
fi
rm -rf bitproof-findings

"$gate" --kernel "$tmp/extra" --user-only --seconds 3 >out 2>err
result $? "an emulator that knows more: holds"
grep -qE 'EXTRA [1-9]' out
result $? "and what it gained is counted"
"$gate" --kernel "$tmp/lost" --user-only --seconds 3 --strict >out 2>err
[ $? -eq 1 ] && grep -q '^LOST at bitmap: ' out && cat bitproof-findings/LOST-*/finding.txt >/dev/null
result $? "one that loses some, --strict: a finding"
rm -rf bitproof-findings
# What only the page-straddling probe sees: the value is right, the access is not.
sed 's/DST = \*(SIZE \*)(unsigned long) (SRC + insn->off);/DST = (SIZE)*(volatile u64 *)(unsigned long) (SRC + insn->off);/' \
	"$tree/kernel/bpf/core.c" >wide.c
! cmp -s wide.c "$tree/kernel/bpf/core.c" &&
	"$top/scripts/overlay-tree.sh" "$tree" "$tmp/wide" kernel/bpf/core.c="$tmp/wide.c" || exit 2
"$gate" --kernel "$tmp/wide" --user-only --seconds 1 --ktap --json wide.json >wide.ktap 2>err
[ $? -eq 1 ] && grep -q '^ *# DIVERGENT at access: ' wide.ktap
result $? "the page-straddling probe: a finding"
valid wide.json && grep -q '"where": "access"' wide.json &&
	grep -qE '^ *not ok [0-9]* page-straddling probe$' wide.ktap &&
	grep -qE '^ *ok [0-9]* generated stacks$' wide.ktap
result $? "which nothing else has found"
rerun=$(sed -n 's/^ *# *rerun  *//p' wide.ktap)
$rerun >again 2>&1
[ $? -eq 1 ] && grep -q '^DIVERGENT at access: ' again && [ "${rerun#* --straddle }" != "$rerun" ]
result $? "and its line reruns it"
rm -rf bitproof-findings

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

# ---- a history -----------------------------------------------------------------

# It holds kernel/seccomp.c; the rest of the tree is there, and not its matter.
seeded history 's/^/&/;1s/^/\/\/ 0\n/'
(
	cd history || exit
	rm -f .gitattributes .gitignore .mailmap # links, which git does not follow
	git init -q . && echo '*' >.git/info/exclude
	git config user.name test && git config user.email test@localhost
	for n in 1 2 3 4 5 6 7 8; do
		sed "1s/.*/\/\/ $n/" "$tree/kernel/seccomp.c" >kernel/seccomp.c
		case $n in
		4) cp "$tmp/syntax.c" kernel/seccomp.c ;;
		6 | 7 | 8) sed "1s/.*/\/\/ $n/" "$tmp/jge.c" >kernel/seccomp.c ;;
		esac
		git add -f kernel/seccomp.c && git commit -qm "number $n"
	done
	git bisect start HEAD HEAD~7
	git bisect run "$gate" --bisect --kernel . --user-only --seconds 2
) >out 2>err
grep -A 5 'is the first bad commit' out | grep -qx '    number 6'
result $? "git bisect: the bad commit, past one that does not compile"
grep -E 'number|Bisecting' out | sed 's/^/# /'

# ---- what can't be done --------------------------------------------------------

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
expect 2 "is no kernel tree; can't read absent; can't write in /nowhere, for --json" \
	"all that is missing in one line" \
	"$gate" --kernel /tmp --user-only --show absent --json /nowhere/x
expect 4 'skipped' "skipped, with KTAP" "$gate" --kernel old --ktap
reads stdout '^SKIPPED passed=0 failed=0 skipped=6 crashed=0 errors=0$'
result $? "the kernel's parser: skipped"
expect 2 'is no kernel tree' "not a tree, with KTAP" "$gate" --kernel /tmp --ktap
reads stdout '^FAILURE .* errors=0$'
result $? "the kernel's parser: a failure"
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
