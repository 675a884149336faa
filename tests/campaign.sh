#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/afl-campaign.sh: a short campaign, resumed, and what two hosts exchange.
# It fuzzes case text, which needs no kernel's functions; and a kernel with a bug that
# the corpus shows at once. KERNEL is a tree.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp" "build/afl-trees/$(id <<<"$tmp/bug")"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
unset MAKEFLAGS MAKELEVEL MFLAGS SAN CC

campaign()
{
	scripts/afl-campaign.sh --kernel "$tree" --target fuzz_text --interval 2 "$@" \
		>"$tmp/out" 2>"$tmp/err"
	status=$?
	[ $status -eq 0 ] || sed 's/^/# /' "$tmp/err" | tail -n 3
	return $status
}
# id <WHAT: what the campaign calls a tree that it builds, or an input that fails
id() { sha256sum | cut -c1-16; }
done_by() { tail -n 1 "$1/statistics" | cut -d' ' -f2; }

expect 2 "no target nothing" "a target that there is not" \
	scripts/afl-campaign.sh --seconds 1 --target nothing "$tmp/none"
expect 2 "no folder" "a folder to share that there is not" \
	scripts/afl-campaign.sh --seconds 1 --sync "$tmp/nowhere" "$tmp/none"

mkdir "$tmp/shared"
campaign --jobs 2 --seconds 4 --host one --sync "$tmp/shared" "$tmp/one"
result $? "a campaign of two instances ends with 0"
grep -qE '^[0-9]+ s: [0-9]+ inputs, .* kept' "$tmp/err"
result $? "it says how far it is"
[ -d "$tmp/one/one-main/queue" ] && [ -d "$tmp/one/one-cmplog/queue" ]
result $? "a main instance, and one that logs compares"
grep -q '^<svg' "$tmp/one/plot.svg" && grep -q polyline "$tmp/one/plot.svg"
result $? "its plot has lines"
expect 2 "no folder" "another fuzzer's folder that there is not" \
	scripts/afl-campaign.sh --seconds 1 --take "$tmp/nowhere" "$tmp/none"
# All seeds are raw ones: text is new.
mkdir "$tmp/kept"
cp corpus/allow-list.bpf "$tmp/kept"
first=$(done_by "$tmp/one")
campaign --jobs 1 --seconds 3 --host one --take "$tmp/kept" "$tmp/one" &&
	[ "$(done_by "$tmp/one")" -gt "$first" ] &&
	grep -q '' "$tmp/one/one-main/fuzzer_stats"
result $? "a second run goes on where the first one ended"
cmp -s "$tmp/kept/allow-list.bpf" "$tmp"/one/one-main/queue/*,sync:kept_0,*
result $? "what another fuzzer has kept is taken"
campaign --jobs 1 --seconds 3 --host two --sync "$tmp/shared" "$tmp/two" &&
	[ -n "$(ls "$tmp/two/one-main/queue")" ] &&
	[ -n "$(ls "$tmp/shared/two/two-main/queue")" ]
result $? "another host takes what the first one found, and gives its own"
expect 2 "another campaign" "a folder of another campaign is not touched" \
	scripts/afl-campaign.sh --kernel "$tree" --target fuzz_set_oracle --seconds 1 "$tmp/one"

# ---- what the campaign begins with fails

sed 's/op_res = reg_value >= k;/op_res = reg_value > k;/' \
	"$tree/kernel/seccomp.c" >"$tmp/seccomp.c"
! cmp -s "$tmp/seccomp.c" "$tree/kernel/seccomp.c" &&
	scripts/overlay-tree.sh "$tree" "$tmp/bug" kernel/seccomp.c="$tmp/seccomp.c" ||
	exit 2
# failing SEED...: a campaign that begins with these
failing()
{
	mkdir -p "$tmp/bad/seeds" && cp "$@" "$tmp/bad/seeds" || exit 2
	scripts/afl-campaign.sh --kernel "$tmp/bug" --jobs 1 --seconds 1 --host bad \
		"$tmp/bad" >"$tmp/out" 2>"$tmp/err"
	[ $? -eq 1 ] && grep -q '^[1-9][0-9]* failures, in' "$tmp/out"
}
printf 'ret #0x7fff0000\n' | build/bitproof-asm -o "$tmp/allows" /dev/stdin
printf 'ld [0]\njge #5, deny\nret #0x7fff0000\ndeny: ret #0x50001\n' |
	build/bitproof-asm -o "$tmp/shows" /dev/stdin
kept=$tmp/bad/failures/$(id <"$tmp/shows").raw
failing "$tmp/shows"
result $? "a campaign whose seeds all fail has a finding"
cmp -s "$kept" "$tmp/shows"
result $? "the seed is kept"
[ ! -e "$tmp/bad/plot.svg" ] && ! grep -q plot "$tmp/out"
result $? "nothing ran, and no plot is named"
rm -f "$tmp"/bad/failures/*
failing "$tmp/allows"
result $? "one of whose seeds some fail has too"
grep -q "; $tmp/bad/plot.svg$" "$tmp/out" && [ -e "$tmp/bad/plot.svg" ]
result $? "something ran, and its plot is named"
cmp -s "$kept" "$tmp/shows" && [ ! -e "$tmp/bad/failures/$(id <"$tmp/allows").raw" ]
result $? "those that fail are kept, and no others"
tap_done
