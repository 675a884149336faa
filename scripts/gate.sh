#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: gate.sh [--kernel TREE] [--user-only] [--seconds N] [--seed N]
#		 [--arch LIST] [--guest-seconds N] [--findings DIR] [--bisect]
#
# Does the kernel tree hold the property? Takes the functions that decide and
# use the bitmap out of TREE (default: Debian's linux-source-6.12), and compares
# them with the reference: first on the corpus and on filters of real programs,
# then on generated stacks for N seconds (default 60) on all processors. Sets up
# what it needs first. Works from any directory.
#
#	--arch LIST	after that, build TREE for each of x86_64,arm64,s390x
#			that is named, boot it and compare the running kernel.
#			Default: none
#	--guest-seconds N	in each guest, default 30
#	--user-only	no guests, also if --arch names some
#	--findings DIR	where findings go, default ./bitproof-findings
#	--bisect	for git bisect run: statuses 2 and 4 become 125
#
# Exit status: 0 the property holds for what was compared; 1 a finding, shrunk
# and with the line that reruns it; 2 could not run or not decide; 4 skipped:
# the tree has no bitmap (before 5.11).

set -eu -o pipefail

top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tree=
seconds=60
seed=1
findings=bitproof-findings
bisect=
archs=
guest_seconds=30
user_only=

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
	--user-only) user_only=1; shift; continue ;;
	--kernel | --seconds | --seed | --findings | --arch | --guest-seconds)
		[ $# -ge 2 ] || die "$1 needs a value" ;;
	*) die "unknown option '$1'; its head says which there are" ;;
	esac
	case $1 in
	--kernel) tree=$2 ;;
	--seconds) number "$1" "$2"; seconds=$2 ;;
	--seed) number "$1" "$2"; seed=$2 ;;
	--findings) findings=$2 ;;
	--guest-seconds) number "$1" "$2"; guest_seconds=$2 ;;
	--arch) archs=${2//,/ } ;;
	esac
	shift 2
done
[ -z "$user_only" ] || archs=
for arch in $archs; do
	case $arch in
	x86_64 | arm64 | s390x) ;;
	*) die "--arch knows x86_64, arm64 and s390x, not '$arch'" ;;
	esac
done

# release TREE: "6.12.117", from the tree's own Makefile.
release()
{
	sed -n 's/^VERSION = *//p; s/^PATCHLEVEL = */./p; s/^SUBLEVEL = */./p' \
		"$1/Makefile" | head -n 3 | tr -d '\n'
}

"$top/scripts/setup.sh" build capture || finish 2
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

# Each tree has a place of its own, so that trees can take turns.
out=build/trees/$(echo "$tree" | sha256sum | cut -c1-16)
evi=$top/$out/emu_vs_interp
mkdir -p "$top/$out" || finish 2
say "building its functions"
exec 9>"$top/build/lock"
flock 9
make -s -C "$top" -j"$(nproc)" KERNEL="$tree" TREE_O="$out" \
	"$out/emu_vs_interp" >"$top/$out/log" 2>&1 || {
	grep -v '^make' "$top/$out/log" | head -n 1 >&2
	die "no comparison was made; the log is $top/$out/log"
}
flock -u 9

say "filters of real programs"
real=$("$top/scripts/capture-filters.sh") || finish 2

[ -n "$archs" ] || say "no guests are run: --arch names those to boot"
say "comparing: corpus, real filters, then $seconds s of generated stacks"
status=0
"$evi" --seconds "$seconds" --seed "$seed" --jobs "$(nproc)" \
	--findings "$findings" "$top/corpus" "$real" 9>&- || status=$?
case $status in
0) ;;
1) finish 1 ;;
*) finish 2 ;;
esac

# guest ARCH: the same comparison inside the booted kernel.
guest()
{
	local arch=$1 image init result=$top/$out/result-$1

	say "$arch: building the kernel"
	image=$("$top/scripts/build-kernel.sh" --arch "$arch" \
		--kernel "$tree") || return 2
	init=build/guest/emu_vs_kernel-$arch
	make -s -C "$top" "$init" >&2 || return 2
	say "$arch: comparing in the guest for $guest_seconds s"
	rm -f "$result"
	status=0
	"$top/scripts/qemu-run.sh" --arch "$arch" --kernel "$image" \
		--init "$top/$init" --result "$result" \
		--timeout $((guest_seconds * 3 + 120)) \
		-- --seconds "$guest_seconds" --seed "$seed" || status=$?
	echo
	echo "guest       $arch"
	[ ! -f "$result" ] || grep -v '^bitproof-trailer' "$result"
	return "$status"
}

[ -z "$archs" ] || "$top/scripts/setup.sh" guest || finish 2
for arch in $archs; do
	guest "$arch" || case $? in
	1) finish 1 ;;
	*) finish 2 ;;
	esac
done
finish 0
