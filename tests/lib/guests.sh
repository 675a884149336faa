# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of guests, beside tap.sh: the same for each arch, side by side, since
# most of a boot is waiting.

# for_each_arch FUNCTION
#
# Calls it for each of ARCHS (default: all three) with $arch, with $image, a kernel of
# $tree, and with a $tmp of its own; where the kernel has not been built, only
# GUESTS=1 builds it. The results come in the order of ARCHS.
for_each_arch()
{
	local arch archs=${ARCHS:-x86_64 arm64 s390x}

	for arch in $archs; do
		mkdir "$tmp/$arch"
		(
			trap - EXIT
			tmp=$tmp/$arch tap_count=0
			export TMPDIR=$tmp
			with_kernel "$1" >"$tmp/tap"
			touch "$tmp/end"
		) &
	done
	wait
	for arch in $archs; do
		while IFS= read -r line; do
			case $line in
			'ok '*)	    result 0 "${line#* - }" ;;
			'not ok '*) result 1 "${line#* - }" ;;
			*)	    echo "$line" ;;
			esac
		done <"$tmp/$arch/tap"
		[ -e "$tmp/$arch/end" ]
		result $? "$arch: to the end"
	done
}

with_kernel()
{
	local image if_built=()

	[ -n "${GUESTS:-}" ] || if_built=(--if-built)
	image=$(scripts/build-kernel.sh --arch "$arch" --kernel "$tree" \
		"${if_built[@]}" 2>"$tmp/stderr")
	case $? in
	0) "$1" ;;
	4) result 0 "$arch: a kernel # SKIP not built; GUESTS=1 builds it" ;;
	*) tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	   result 1 "$arch: a kernel" ;;
	esac
}

# programs NAME...: for guests of $arch.
programs()
{
	local names=("${@/%/-$arch}")

	flock "$O/lock" make -s O="$O" "${names[@]/#/$O/guest/}"
	result $? "$arch: programs"
}
