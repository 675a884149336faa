#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/afl-campaign.sh: a short campaign, resumed, and what two hosts exchange.
# It fuzzes case text, which needs no kernel's functions. KERNEL is a tree.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
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
tap_done
