#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: gate.sh [--kernel TREE] [--arch LIST] [OPTION...]
#	 gate.sh --kernel-image IMAGE... [OPTION...]
#
# Does the kernel tree hold the property? First in user space: takes the functions
# that decide and use the bitmap out of TREE (default: Debian's
# linux-source-6.12), and compares them with the reference, on the corpus, on
# filters of real programs, then on generated stacks; and once more by the
# page-straddling probe alone, which has an eighth of the seconds, at most 5. Then
# in guests: builds TREE for each arch, boots it, and compares the running kernel
# in the same way. Works from any directory. docs/gate.1 is its manual, with all
# options:
#
#	--arch LIST --seconds N --guest-seconds N --seed N --user-only --guests-only
#	--replay PATH --findings DIR --keep-going --strict --bisect
#	--ktap --json FILE --report DIR --show FILE
#
# Exit status: 0 the property holds for what was compared; 1 a finding; 2 could
# not run or not decide; 4 skipped: the tree has no bitmap (before 5.11).
#
# What is done is left as records in a directory, from which
# scripts/gate-results.py makes all that is told of it:
#
#	user.records	by emu_vs_interp
#	straddle.records	by it too, with --straddle
#	guest-NN.records	by guests.sh
#	picture.records, picture.txt	the bitmaps of one stack, and that
#	text		with --ktap: what would have been on standard output
#	gate.records	by this script:
#
#	bitproof-options at=SECONDS seed=N seconds=N guest_seconds=N strict=0|1
#		keep_going=0|1
#	bitproof-archs names=LIST	of guests
#	bitproof-tree release=N path=PATH, bitproof-image path=PATH
#	bitproof-user outcome=NAME why=TEXT	that of the user-space part
#	bitproof-straddle outcome=NAME why=TEXT	that of the probe, in that part
#	bitproof-absent name=NAME why=TEXT	what that part can't do
#	bitproof-skip outcome=NAME why=TEXT	that of guests that were not begun
#	bitproof-end at=SECONDS status=N why=TEXT

set -eu -o pipefail

top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
# shellcheck source-path=SCRIPTDIR source=gate-needs.sh
. "$top/scripts/gate-needs.sh"

tree='' images=() archs='x86_64 arm64 s390x'
seconds=45 guest_seconds=30 seed=1
replay='' findings=bitproof-findings show=''
bisect='' keep_going='' strict='' ktap='' json='' report=''
user=1 guests=1
run=''

say() { echo "gate: $*" >&2; }
record() { [ -z "$run" ] || echo "bitproof-$*" >>"$run/gate.records"; }

record_archs()
{
	local list

	# shellcheck disable=SC2086
	list=$(printf ',%s' $archs)
	record "archs names=${list#,}"
}

# results: all that was asked for; false if something of it can't be had.
results()
{
	local options=()

	[ -n "$ktap$json$report" ] || return 0
	command -v python3 >/dev/null || { echo "gate.sh: python3 is missing: no results" >&2; return 1; }
	[ -z "$ktap" ] || options+=(--ktap)
	[ -z "$json" ] || options+=(--json "$json")
	[ -z "$report" ] || options+=(--page "$report/index.html")
	"$top/scripts/gate-results.py" "${options[@]}" "$run" >&5
}

# finish STATUS [WHY]
finish()
{
	local status=$1

	if [ -n "$run" ]; then
		record "end at=$EPOCHSECONDS status=$status why=${2:-}"
		results || [ "$status" -ne 0 ] || status=2
	fi
	[ -z "$bisect" ] || case $status in 2 | 4) status=125 ;; esac
	exit "$status"
}

die()
{
	echo "gate.sh: $*" >&2
	finish 2 "$*"
}

skip()
{
	echo "gate.sh: skipped: $*" >&2
	record "user outcome=skipped why=$*"
	record "skip outcome=skipped why=$*"
	finish 4 "$*"
}

number()
{
	case $2 in
	'' | *[!0-9]*) die "$1 takes a number, not '$2'" ;;
	esac
}

# --bisect says how all errors end, also those of other options.
for arg; do
	[ "$arg" != --bisect ] || bisect=1
done
while [ $# -gt 0 ]; do
	case $1 in
	--bisect) shift; continue ;;
	--user-only) guests=; shift; continue ;;
	--guests-only) user=; shift; continue ;;
	--keep-going) keep_going=$1; shift; continue ;;
	--strict) strict=$1; shift; continue ;;
	--ktap) ktap=1; shift; continue ;;
	--kernel | --kernel-image | --arch | --seconds | --guest-seconds | \
	--seed | --replay | --findings | --json | --report | --show)
		[ $# -ge 2 ] || die "$1 needs a value" ;;
	*) die "unknown option '$1'; docs/gate.1 says which there are" ;;
	esac
	case $1 in
	--kernel) tree=$2 ;;
	--kernel-image) images+=("$2") ;;
	--replay) replay=$2 ;;
	--seconds) number "$1" "$2"; seconds=$2 ;;
	--seed) number "$1" "$2"; seed=$2 ;;
	--findings) findings=$2 ;;
	--guest-seconds) number "$1" "$2"; guest_seconds=$2 ;;
	--arch) archs=${2//,/ } ;;
	--json) json=$2 ;;
	--report) report=$2 ;;
	--show) show=$2 ;;
	esac
	shift 2
done
for arch in $archs; do
	case $arch in
	x86_64 | arm64 | s390x) ;;
	*) die "--arch knows x86_64, arm64 and s390x, not '$arch'" ;;
	esac
done

[ -n "${archs// /}" ] || die "--arch names nothing"
[ -n "$user$guests" ] || die "neither user space nor guests: nothing to do"
[ -z "$replay" ] || user=
if [ ${#images[@]} -gt 0 ]; then
	[ -z "$tree" ] || die "--kernel and --kernel-image: one of them"
	[ -n "$guests" ] || die "--kernel-image is booted: not with --user-only"
	user=
fi

# part COMMAND...: with its status. In the background, since only so a signal ends
# both of them at once.
part=
part()
{
	local status=0

	"$@" </dev/null &
	part=$!
	wait $part || status=$?
	part=
	return $status
}

run=$(mktemp -d "${TMPDIR:-/tmp}/bitproof-gate.XXXXXX") || die "no temporary directory"
trap 'rm -rf "$run"' EXIT
trap '[ -z "$part" ] || { kill $part; wait $part; }; exit 2' HUP INT TERM
exec 5>&1
[ -z "$ktap" ] || exec >"$run/text"
record "options at=$EPOCHSECONDS seed=$seed seconds=$seconds guest_seconds=$guest_seconds strict=$((${#strict} > 0)) keep_going=$((${#keep_going} > 0))"
record_archs
needs

# filters: sets $real to a directory of filters that real programs attach.
real=
filters()
{
	[ -z "$real" ] || return 0
	say "filters of real programs"
	real=$("$top/scripts/capture-filters.sh") ||
		finish 2 "filters of real programs can't be had"
}

# Each tree has a place of its own, so that trees can take turns.
evi=
build_user()
{
	local out

	out=build/trees/$(echo "$tree" | sha256sum | cut -c1-16)
	evi=$top/$out/emu_vs_interp
	mkdir -p "$top/$out" || finish 2 "can't make $top/$out"
	say "building its functions"
	exec 9>"$top/build/lock"
	flock 9
	make -s -C "$top" -j"$(nproc)" KERNEL="$tree" TREE_O="$out" \
		"$out/emu_vs_interp" build/bitproof-asm >"$top/$out/log" 2>&1 || {
		die "nothing was compared: $(grep -v '^make' "$top/$out/log" | head -n 1) (all of it: $top/$out/log)"
	}
	exec 9>&-
}

# compare KIND OPTION...: sets $user_status, unless that is worse already.
user_status=0
compare()
{
	local kind=$1 status=0
	shift

	# shellcheck disable=SC2086
	part "$evi" --seed "$seed" --jobs "$(nproc)" --findings "$findings" $strict $keep_going \
		--records "$run/$kind.records" "$@" "$top/corpus" "$real" || status=$?
	case $status in
	0) record "$kind outcome=holds why=" ;;
	1) record "$kind outcome=fails why="
	   user_status=1 ;;
	*) record "$kind outcome=undecided why=emu_vs_interp could not run or decide"
	   [ $user_status -eq 1 ] || user_status=2 ;;
	esac
}

run_user()
{
	local probe=$((seconds / 8))

	[ $probe -le 5 ] || probe=5
	build_user
	filters
	say "comparing: corpus, real filters, then $((seconds - probe)) s of generated stacks"
	compare user --seconds $((seconds - probe))
	if [ $user_status -ne 0 ] && [ -z "$keep_going" ]; then
		echo "not run     the page-straddling probe: what came before it"
		record 'straddle outcome=stopped why=what came before it'
		return
	fi
	say "the page-straddling probe: the same, then $probe s"
	compare straddle --straddle --seconds $probe
}

# run_guests ARG...: what guests.sh is to boot. Sets $guest_status.
guest_status=0
run_guests()
{
	local files=(--replay "$replay") what="$replay"

	if [ -z "$replay" ]; then
		filters
		files=(--files "$top/corpus" --files "$real")
		what="corpus, real filters and generated stacks, $guest_seconds s"
	fi
	say "comparing in each guest: $what"
	# shellcheck disable=SC2086
	part "$top/scripts/guests.sh" --seconds "$guest_seconds" --seed "$seed" \
		--findings "$findings" --records "$run" $strict $keep_going \
		"${files[@]}" "$@" || guest_status=$?
}

# The stack that the page has a picture of: the first that was found, or one of
# the corpus that shows much.
picture()
{
	local stack=$show

	if [ -z "$json$report" ] || [ -z "$evi" ]; then
		return 0
	fi
	[ -n "$stack" ] || stack=$(sed -n 's/^bitproof-finding .* folder=\(.\)/\1/p' "$run"/*.records | head -n 1)
	[ -z "$stack" ] || [ -r "$stack" ] && [ ! -d "$stack" ] || stack=$stack/input.raw
	[ -r "$stack" ] || stack=$top/corpus/sandbox.bpf
	case $stack in
	*.bpf) grep -vE '^;; (verdict|cached|attach) ' "$stack" ;;
	*) "$top/build/bitproof-asm" -d "$stack" ;;
	esac >"$run/picture.txt" || true
	"$evi" --picture "$stack" >"$run/picture.records" || true
}

# end: what the parts have come to.
end()
{
	local status=0

	[ $((user_status | guest_status)) -eq 0 ] || status=2
	if [ $user_status -eq 1 ] || [ $guest_status -eq 1 ]; then
		status=1
	fi
	picture
	finish $status
}

if [ ${#images[@]} -gt 0 ]; then
	echo 'not run     user space: images are given, not a tree'
	record 'user outcome=not-run why=images are given, not a tree'
	run_guests "${images[@]}"
	end
fi

if [ -z "$tree" ]; then
	tree=$("$top/scripts/fetch-kernel.sh" 6.12) ||
		finish 2 "the default tree can't be had"
	need_tree
fi
say "Linux $(release "$tree") in $tree"
echo 'not run     the page-straddling probe as KVM guest code: make straddle'
record 'absent name=page-straddling-probe-in-KVM why=make straddle'
if [ -n "$user" ]; then
	[ -n "$guests" ] || {
		echo 'not run     guests: --user-only'
		record 'skip outcome=not-run why=--user-only'
	}
	run_user
	if [ -n "$guests" ] && [ -z "$keep_going" ]; then
		case $user_status in
		1) record 'skip outcome=stopped why=a finding in user space' ;;
		2) record 'skip outcome=not-run why=user space could not run or decide' ;;
		esac
		[ $user_status -eq 0 ] || guests=
	fi
else
	echo 'not run     user space: --guests-only'
	record 'user outcome=not-run why=--guests-only'
fi
if [ -n "$guests" ]; then
	# shellcheck disable=SC2086
	run_guests --kernel "$tree" $archs
fi
end
