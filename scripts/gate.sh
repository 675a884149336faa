#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: gate.sh [--kernel TREE] [--arch LIST] [OPTION...]
#	 gate.sh --kernel-image IMAGE... [OPTION...]
#
# Does the kernel tree hold the property? First in user space: takes the functions
# that decide and use the bitmap out of TREE (default: Debian's
# linux-source-6.12), and compares them with the reference, on the corpus, on
# filters of real programs, then on generated stacks. Then in guests: builds TREE
# for each arch, boots it, and compares the running kernel in the same way. Sets
# up what it needs first. Works from any directory.
#
# The second form boots images as they are, and looks at nothing else. One without
# seccomp_cache is compared by its verdicts only, and that is said.
#
#	--arch LIST	guests; default x86_64,arm64,s390x
#	--seconds N	of generated stacks in user space, on all processors (45)
#	--guest-seconds N	in each guest (30)
#	--user-only	no guests
#	--guests-only	guests only
#	--replay PATH	guests only, and only the inputs of this file or directory
#	--seed N	of the generated stacks
#	--findings DIR	where findings go, default ./bitproof-findings
#	--bisect	for git bisect run: statuses 2 and 4 become 125
#
# Stops at the first finding. docs/gate.md says what each line means.
#
# Exit status: 0 the property holds for what was compared; 1 a finding, shrunk
# and with the line that reruns it; 2 could not run or not decide; 4 skipped:
# the tree has no bitmap (before 5.11).

set -eu -o pipefail

top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tree=
images=()
archs='x86_64 arm64 s390x'
seconds=45
guest_seconds=30
seed=1
replay=
findings=bitproof-findings
bisect=
user=1
guests=1

finish()
{
	local status=$1

	[ -z "$bisect" ] || case $status in 2 | 4) status=125 ;; esac
	exit "$status"
}

die()
{
	echo "gate.sh: $*" >&2
	finish 2
}

say() { echo "gate: $*" >&2; }

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
	--kernel | --kernel-image | --arch | --seconds | --guest-seconds | \
	--seed | --replay | --findings)
		[ $# -ge 2 ] || die "$1 needs a value" ;;
	*) die "unknown option '$1'; its head says which there are" ;;
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
[ -z "$replay" ] || [ -r "$replay" ] || die "can't read $replay"
[ -z "$replay" ] || user=
if [ ${#images[@]} -gt 0 ]; then
	[ -z "$tree" ] || die "--kernel and --kernel-image: one of them"
	[ -n "$guests" ] || die "--kernel-image is booted: not with --user-only"
	user=
fi

# filters: sets $real to a directory of filters that real programs attach.
real=
filters()
{
	[ -z "$real" ] || return 0
	say "filters of real programs"
	"$top/scripts/setup.sh" capture || finish 2
	real=$("$top/scripts/capture-filters.sh") || finish 2
}

# run_guests ARG...: the last part, with what guests.sh is to boot.
run_guests()
{
	local status=0 files=(--replay "$replay") what="$replay"

	"$top/scripts/setup.sh" build guest || finish 2
	if [ -z "$replay" ]; then
		filters
		files=(--files "$top/corpus" --files "$real")
		what="corpus, real filters and generated stacks, $guest_seconds s"
	fi
	say "comparing in each guest: $what"
	"$top/scripts/guests.sh" --seconds "$guest_seconds" --seed "$seed" \
		--findings "$findings" "${files[@]}" "$@" || status=$?
	finish "$status"
}

if [ ${#images[@]} -gt 0 ]; then
	echo 'not run     user space: images are given, not a tree'
	run_guests "${images[@]}"
fi

# release TREE: "6.12.117", from the tree's own Makefile.
release()
{
	sed -n 's/^VERSION = *//p; s/^PATCHLEVEL = */./p; s/^SUBLEVEL = */./p' \
		"$1/Makefile" | head -n 3 | tr -d '\n'
}

"$top/scripts/setup.sh" build || finish 2
if [ -z "$tree" ]; then
	tree=$("$top/scripts/fetch-kernel.sh" 6.12) || finish 2
fi
if [ ! -f "$tree/Makefile" ] || [ ! -f "$tree/kernel/seccomp.c" ]; then
	die "$tree is no kernel tree"
fi
tree=$(cd "$tree" && pwd -P)
version=$(release "$tree")
major=${version%%.*} minor=${version#*.} minor=${minor%%.*}
case $major$minor in
'' | *[!0-9]*) die "$tree/Makefile names no release" ;;
esac
if [ "$major" -lt 5 ] || { [ "$major" -eq 5 ] && [ "$minor" -lt 11 ]; }; then
	echo "gate.sh: skipped: Linux $version has no bitmap, 5.11 is the first" >&2
	finish 4
fi
say "Linux $version in $tree"

if [ -z "$user" ]; then
	echo 'not run     user space: --guests-only'
	# shellcheck disable=SC2086
	run_guests --kernel "$tree" $archs
fi

# Each tree has a place of its own, so that trees can take turns.
out=build/trees/$(echo "$tree" | sha256sum | cut -c1-16)
evi=$top/$out/emu_vs_interp
mkdir -p "$top/$out" || finish 2
say "building its functions"
exec 9>"$top/build/lock"
flock 9
make -s -C "$top" -j"$(nproc)" KERNEL="$tree" TREE_O="$out" \
	"$out/emu_vs_interp" >"$top/$out/log" 2>&1 || {
	die "nothing was compared: $(grep -v '^make' "$top/$out/log" | head -n 1) (all of it: $top/$out/log)"
}
exec 9>&-

filters
[ -n "$guests" ] || echo 'not run     guests: --user-only'
say "comparing: corpus, real filters, then $seconds s of generated stacks"
"$evi" --seconds "$seconds" --seed "$seed" --jobs "$(nproc)" \
	--findings "$findings" "$top/corpus" "$real" || {
	[ $? -ne 1 ] || finish 1
	finish 2
}

[ -n "$guests" ] || finish 0
# shellcheck disable=SC2086
run_guests --kernel "$tree" $archs
