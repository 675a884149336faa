#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzz targets: quiet on a tree that holds, and a finding that replays in the
# standalone driver on one with a seeded bug. What the smaller targets find is in
# tests/mutants.sh. KERNEL is a tree that holds.

for program in clang afl-fuzz afl-clang-fast afl-showmap; do
	command -v $program >/dev/null && continue
	echo "Bail out! $program is missing: scripts/setup.sh test fuzz"
	exit 2
done

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
O=${O:-build}
bug=$tmp/bug

export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
export AFL_CUSTOM_MUTATOR_ONLY=1
export AFL_CUSTOM_MUTATOR_LIBRARY=$O/afl/mutator.so
export BITPROOF_FINDINGS=$tmp/findings
unset MAKEFLAGS MAKELEVEL MFLAGS SAN CC

# build KERNEL ARG...
build()
{
	timeout 300 make -s -j2 O="$O" KERNEL="$1" "${@:2}" >"$tmp/make" 2>&1 && return
	sed 's/^/# /' "$tmp/make" | tail -n 5
	echo "Bail out! make $* failed"
	exit 2
}

# libfuzzer PROGRAM NAME OPTION... DIR...: the output is in NAME.out
libfuzzer()
{
	timeout 60 "$1" -seed=1 -max_len=4096 -artifact_prefix="$tmp/$2." \
		"${@:3}" >"$tmp/$2.out" 2>&1
}

# afl PROGRAM NAME SECONDS SEEDS: the output is in NAME/default
afl()
{
	timeout $(($3 + 30)) afl-fuzz -s 1 -t 5000 -V "$3" -i "$4" \
		-o "$tmp/$2" -- "$1" >"$tmp/$2.out" 2>&1
}

# stat NAME KEY: what afl-fuzz says of itself
stat() { sed -n "s/^$2 *: //p" "$tmp/$1/default/fuzzer_stats"; }

# feedback STATE NAME: the sum of features when libFuzzer was in this state
feedback() { sed -n "s/.*$1.* ft: \([0-9]*\) .*/\1/p" "$tmp/$2.out"; }

# raw NAME <TEXT: the text as an input
raw() { "$O/bitproof-asm" -o "$tmp/$1" /dev/stdin; }

build "$tree" all seeds fuzz afl

# ---- a tree that holds

# The first directory that a fuzzer is given is the one that it writes to.
mkdir "$tmp/corpus" "$tmp/new" "$tmp/empty"
before=$(ls corpus "$O/seeds")
libfuzzer "$O/fuzz/emu_vs_interp" fuzz -max_total_time=5 \
	-dict=dict/bitproof.dict -print_final_stats=1 "$tmp/corpus" "$O/seeds"
result $? "libFuzzer: no finding in a tree that holds"
sed -n 's/^stat::average_exec_per_sec: */# libFuzzer: inputs a second: /p' \
	"$tmp/fuzz.out"
[ "$(feedback DONE fuzz)" -gt "$(feedback INITED fuzz)" ]
result $? "libFuzzer: what it covers grows"
libfuzzer "$O/fuzz/emu_vs_interp" none -runs=2000 "$tmp/empty"
result $? "libFuzzer: starts without seeds"
BITPROOF_NO_MUTATOR=1 libfuzzer "$O/fuzz/emu_vs_interp" blind -runs=20000 \
	-dict=dict/bitproof.dict "$tmp/new" "$O/seeds" && grep -q EraseBytes "$tmp/blind.out"
result $? "libFuzzer: with its own mutations"
BITPROOF_SUBJECT=self-linux libfuzzer "$O/fuzz/emu_vs_interp" self -runs=2000 \
	"$tmp/new" "$O/seeds"
result $? "libFuzzer: another subject"

mkdir "$tmp/stacks"
libfuzzer "$O/fuzz/emu_vs_interp_stacked" stacked -runs=3000 "$tmp/stacks" \
	"$tmp/new" "$O/seeds"
result $? "libFuzzer: stacks: no finding"
least=8
for file in "$tmp"/stacks/*; do
	n=$("$O/bitproof-asm" -d "$file" | grep -c '^;; filter')
	[ "$n" -ge "$least" ] || least=$n
done
[ "$least" -eq 2 ]
result $? "libFuzzer: stacks: only stacks are inputs, of as little as two"
for name in checker set_oracle text; do
	libfuzzer "$O/fuzz/fuzz_$name" $name -runs=5000 -max_len=1024 \
		-dict=dict/bitproof.dict "$tmp/new" "$O/seeds"
	result $? "libFuzzer: $name: no finding"
done
libfuzzer "$O/fuzz/fuzz_text" texts -runs=5000 -max_len=1024 \
	-dict=dict/text.dict "$tmp/new" corpus
result $? "libFuzzer: case files, and what is nearly one: no finding"

afl "$O/afl/emu_vs_interp" afl 5 "$O/seeds" &&
	[ "$(stat afl execs_done)" -gt 500 ] &&
	[ "$(stat afl saved_crashes)" -eq 0 ]
result $? "AFL++: no finding in a tree that holds"
echo "# AFL++: inputs a second: $(stat afl execs_per_sec)"
[ "$(stat afl stability)" = 100.00% ]
result $? "AFL++: the same input has the same coverage"

# ---- coverage of the interpreted filter

mkdir "$tmp/ops"
for op in add sub; do
	printf 'ld [16]\n%s #1\nret a\n' $op | raw ops/$op
done
timeout 10 afl-showmap -q -i "$tmp/ops" -o "$tmp/maps" -- \
	"$O/afl/emu_vs_interp" >"$tmp/out" 2>&1
[ -s "$tmp/maps/add" ] && ! cmp -s "$tmp/maps/add" "$tmp/maps/sub"
result $? "AFL++: its map tells filters apart"

# ---- trimming

mkdir "$tmp/padded"
{
	printf 'ld [0]\njeq #1, deny\nret #0x7fff0000\n'
	yes 'xor #1' | head -n 120
	echo 'deny: ret #0x50001'
} | raw padded/one
afl "$O/afl/emu_vs_interp" trim 3 "$tmp/padded"
trimmed=$(echo "$tmp"/trim/default/queue/id:000000*)
size=$(wc -c <"$trimmed")
echo "# trimmed from $(wc -c <"$tmp/padded/one") to $size bytes"
[ "$size" -lt 600 ] && "$O/emu_vs_interp" "$trimmed" >"$tmp/out" 2>&1
result $? "AFL++: padding is trimmed, and what is left is a filter"

# ---- a seeded bug

sed 's/op_res = reg_value >= k;/op_res = reg_value > k;/' \
	"$tree/kernel/seccomp.c" >"$tmp/seccomp.c"
if cmp -s "$tmp/seccomp.c" "$tree/kernel/seccomp.c"; then
	echo "Bail out! the edit changes nothing"
	exit 2
fi
scripts/overlay-tree.sh "$tree" "$tmp/tree" kernel/seccomp.c="$tmp/seccomp.c" ||
	exit 2
build "$tmp/tree" TREE_O="$bug" FUZZERS=emu_vs_interp all fuzz afl
mkdir "$tmp/one"
echo 'ret #0x7fff0000' | raw one/allow

# replays FILE...: one that fails the property in the standalone driver
replays()
{
	"$bug/emu_vs_interp" --findings "$tmp/findings" "$1" >"$tmp/out" 2>&1
	[ $? -eq 1 ] && grep -q '^UNSOUND' "$tmp/out"
}

start=$SECONDS
libfuzzer "$bug/fuzz/emu_vs_interp" bug -max_total_time=20 "$tmp/one"
[ $? -eq 77 ] && grep -q '^UNSOUND' "$tmp/bug.out"
result $? "libFuzzer: JGE taken for JGT is found, in $((SECONDS - start)) s"
replays "$tmp"/bug.crash-*
result $? "libFuzzer: its artifact replays in the standalone driver"

start=$SECONDS
AFL_BENCH_UNTIL_CRASH=1 afl "$bug/afl/emu_vs_interp" aflbug 20 "$tmp/one"
[ "$(stat aflbug saved_crashes)" -gt 0 ]
result $? "AFL++: JGE taken for JGT is found, in $((SECONDS - start)) s"
replays "$tmp"/aflbug/default/crashes/id*
result $? "AFL++: its crash replays in the standalone driver"

# ---- merging what fuzzers have kept

merge() { scripts/corpus-merge.py --target "$bug/fuzz/emu_vs_interp" "$@" >"$tmp/out" 2>&1; }
# Of the queue: one that fails, a copy and what a smaller one has too, no input, a case
# and notes; and what nothing in corpus/ has.
mkdir -p "$tmp/queues/one" "$tmp/queues/two"
raw queues/one/fails <<-CASE
	ld [0]
	jge #5, deny
	ret #0x7fff0000
	deny: ret #0x50001
CASE
# deep N: eight filters of N + 1 instructions
deep()
{
	for _ in 1 2 3 4 5 6 7 8; do
		printf ';; filter\n'
		yes 'xor x' | head -n "$1"
		echo 'ret #0x7fff0000'
	done
}
deep 40 | tee "$tmp/queues/two/copy.bpf" | raw queues/one/new
deep 45 | raw queues/two/larger
cp "$tmp/one/allow" "$tmp/queues/two/known"
printf x >"$tmp/queues/two/short"
echo 'about these' >"$tmp/queues/README.txt"
merge "$tmp/merged" "$tmp/queues"
result $? "merging: inputs that fail don't stop it"
sed 's/^/# /' "$tmp/out"
grep -q '^5 different files, 1 added to .*, 1 fail$' "$tmp/out"
result $? "merging: what is new is added once, what fails is not"
merged=$(echo "$tmp/merged"/*.bpf)
"$O/bitproof-asm" -o "$tmp/again" "$merged" && cmp -s "$tmp/again" "$tmp/queues/one/new" &&
	grep -q '^;; what ' "$merged"
result $? "merging: the smallest of those that show the same, as a case"
merge "$tmp/merged" "$tmp/queues" && grep -q ' 0 added' "$tmp/out" &&
	[ "$(ls "$tmp/merged")" = "${merged##*/}" ]
result $? "merging: once more adds nothing"
merge --known '' "$tmp/all" "$tmp/queues" && grep -q ' 2 added' "$tmp/out"
result $? "merging: with nothing known, what is simple is added too"
expect 2 "nowhere: No such file" "merging: a folder that there is not" \
	scripts/corpus-merge.py "$tmp/merged" "$tmp/nowhere"
mkdir "$tmp/nothing"
expect 2 "no inputs" "merging: a folder with nothing in it" \
	scripts/corpus-merge.py --target "$O/fuzz/emu_vs_interp" "$tmp/merged" "$tmp/nothing"
expect 2 "no-program: No such file" "merging: a program that there is not" \
	scripts/corpus-merge.py --target "$tmp/no-program" "$tmp/merged" "$tmp/queues"
echo 'frobnicate' >"$tmp/queues/bad.bpf"
expect 2 "queues: bad.bpf:[0-9]+: " "merging: a case that is none" \
	scripts/corpus-merge.py --target "$O/fuzz/emu_vs_interp" "$tmp/merged" "$tmp/queues"

# ---- inputs that are none, with sanitizers

build "$tree" SAN=address,undefined FUZZERS="emu_vs_interp fuzz_text" fuzz
: >"$tmp/0"
printf x >"$tmp/1"
head -c 300 "$O/emu_vs_interp" >"$tmp/300"
head -c 200000 "$O/emu_vs_interp" >"$tmp/200000"
libfuzzer "$O/fuzz-asan/emu_vs_interp" asan "$tmp/0" "$tmp/1" "$tmp/300" \
	"$tmp/200000"
result $? "sanitizers: files that are no input"
libfuzzer "$O/fuzz-asan/emu_vs_interp" asan -runs=2000 "$tmp/new" "$O/seeds"
result $? "sanitizers: the mutator, from seeds"
BITPROOF_NO_MUTATOR=1 libfuzzer "$O/fuzz-asan/emu_vs_interp" asan -runs=2000 \
	"$tmp/empty"
result $? "sanitizers: any bytes"
libfuzzer "$O/fuzz-asan/fuzz_text" asan -runs=2000 -dict=dict/text.dict "$tmp/new" corpus
result $? "sanitizers: any text"
[ "$(ls corpus "$O/seeds")" = "$before" ]
result $? "nothing was left among the seeds"

tap_done
