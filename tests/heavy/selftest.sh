#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The exported selftest where 'make test' does not take it: built and installed in a
# 6.12 and in the newest tree, natively and for other machines, booted in guests, and
# on a kernel with bugs, which it must name. 'make test-selftest'.

set -u
cd "${BASH_SOURCE[0]%/*}/../.." || exit 1
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
selftests=tools/testing/selftests

# Not as a part of our own make, whose O= is another thing to kselftest.
kmake() { env -u O -u MAKELEVEL -u MAKEFLAGS -u MFLAGS make -s "$@"; }

# ARCH	kernel's	compiler
archs="x86_64	x86_64	x86_64-linux-gnu-
arm64	arm64	aarch64-linux-gnu-
s390x	s390	s390x-linux-gnu-"

# install_in TREE NAME: $tmp/NAME-ARCH/seccomp_bitmap/seccomp_bitmap for all of them.
install_in()
{
	local arch karch cross

	scripts/overlay-tree.sh "$1" "$tmp/$2" \
		$selftests/Makefile="$1/$selftests/Makefile" \
		$selftests/kvm/Makefile="$1/$selftests/kvm/Makefile" || exit 2
	make -s export-selftest DEST="$tmp/$2" >"$tmp/log" 2>&1
	result $? "$2: it is exported"
	while read -r arch karch cross; do
		kmake -C "$tmp/$2/$selftests" TARGETS=seccomp_bitmap \
			ARCH="$karch" CROSS_COMPILE="$cross" O="$tmp/o-$2-$arch" \
			USERCFLAGS=-Werror USERLDFLAGS=-static \
			INSTALL_PATH="$tmp/$2-$arch" install >"$tmp/log" 2>&1 &&
			[ -x "$tmp/$2-$arch/seccomp_bitmap/seccomp_bitmap" ] &&
			grep -q '^seccomp_bitmap:seccomp_bitmap$' "$tmp/$2-$arch/kselftest-list.txt"
		result $? "$2: install for $arch"
		grep -m 3 -E 'error|warning' "$tmp/log" | sed 's/^/# /'
	done <<<"$archs"
}

# straddle_in TREE NAME: the page-straddling probe, beside the KVM selftests of the
# tree that install_in has made. With headers as scripts/build-selftest.sh has them:
# 'make headers' takes longer than all the rest.
straddle_in()
{
	local arch karch cross include

	while read -r arch karch cross; do
		include=$(scripts/build-selftest.sh --arch "$arch" --kernel "$1") &&
			kmake -C "$tmp/$2/$selftests" TARGETS=kvm/straddle \
				ARCH="$karch" CROSS_COMPILE="$cross" O="$tmp/o-$2-$arch" \
				LINUX_HDR_PATH="$1/include/uapi" \
				KHDR_INCLUDES="-isystem ${include%/*}/include" \
				EXTRA_CFLAGS="-D__EXPORTED_HEADERS__ -D__user= -D'__packed=__attribute__((packed))'" \
				INSTALL_PATH="$tmp/$2-$arch" install >"$tmp/log" 2>&1 &&
			[ -x "$tmp/$2-$arch/kvm/straddle/straddle_probe" ] &&
			grep -q '^kvm/straddle:straddle_probe$' "$tmp/$2-$arch/kselftest-list.txt"
		result $? "$2: the page-straddling probe for $arch"
		grep -m 3 -E 'error|warning' "$tmp/log" | sed 's/^/# /'
	done <<<"$archs"
}

tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
newest=$(scripts/fetch-kernel.sh newest) || exit 2
install_in "$tree" tree
install_in "$newest" newest
straddle_in "$tree" tree
straddle_in "$newest" newest

# The kernel's own way to run it, on the kernel that runs here.
for name in tree newest; do
	kmake -C "$tmp/$name/$selftests" TARGETS=seccomp_bitmap run_tests \
		>"$tmp/ktap" 2>&1
	grep -q '^ok 1 selftests: seccomp_bitmap: seccomp_bitmap$' "$tmp/ktap"
	result $? "$name: run_tests passes here"
done

# boot ARCH IMAGE: its output in $tmp/ktap, without the trailer; sets $status.
boot()
{
	"$3gcc" -static -O2 -Wall -o "$tmp/init-$1" tests/guest/selftest_init.c || exit 2
	status=0
	scripts/qemu-run.sh --arch "$1" --kernel "$2" --init "$tmp/init-$1" \
		--file selftest="$tmp/tree-$1/seccomp_bitmap/seccomp_bitmap" \
		--timeout 900 --result "$tmp/result" 2>"$tmp/stderr" || status=$?
	grep -v '^bitproof-trailer ' "$tmp/result" >"$tmp/ktap"
	sed 's/^/# /' "$tmp/stderr"
}

while read -r arch karch cross; do
	image=$(scripts/build-kernel.sh --arch "$arch" --kernel "$tree" 2>"$tmp/stderr") || {
		echo "# $(tail -n 1 "$tmp/stderr")"
		result 1 "$arch: its kernel builds"
		continue
	}
	boot "$arch" "$image" "$cross" </dev/null
	result "$status" "$arch: it passes in a guest"
	counts=$(tests/lib/ktap.py "$tree" "$tmp/ktap")
	result $? "$arch: says the kernel's parser: $counts"
	prove -e cat "$tmp/ktap" >/dev/null
	result $? "$arch: says prove"
	! grep '# SKIP' "$tmp/ktap" | grep -q 'seccomp_cache'
	result $? "$arch: the bits were compared"
done <<<"$archs"

# Three bugs in one kernel, each of which some cases show and others do not.
sed 's/op_res = reg_value >= k;/op_res = reg_value > k;/
	s/ACTION_ONLY(cur_ret) < ACTION_ONLY(ret)/ACTION_ONLY(cur_ret) <= ACTION_ONLY(ret)/
	s/if (data > MAX_ERRNO)/if (data > MAX_ERRNO + 1)/' \
	"$tree/kernel/seccomp.c" >"$tmp/seccomp.c"
[ "$(diff "$tree/kernel/seccomp.c" "$tmp/seccomp.c" | grep -c '^>')" -eq 3 ] || {
	echo "Bail out! the edits do not fit this tree"
	exit 2
}
scripts/overlay-tree.sh "$tree" "$tmp/bad" kernel/seccomp.c="$tmp/seccomp.c" || exit 2
image=$(scripts/build-kernel.sh --arch x86_64 --kernel "$tmp/bad" 2>"$tmp/stderr") || {
	echo "Bail out! $(tail -n 1 "$tmp/stderr")"
	exit 2
}
boot x86_64 "$image" x86_64-linux-gnu-
result $((status != 1)) "a kernel with three bugs fails"
sed 's/^/# /' <(grep '^not ok' "$tmp/ktap")
while read -r test what; do
	grep -q "^not ok [0-9]* bitmap.$test\$" "$tmp/ktap"
	result $? "$what: $test"
done <<'END'
jge_boundary.bits	the emulator's >= is >
order_tie.verdicts	the older filter wins a tie
errno_clamp.verdicts	an errno of 4096 is let through
END
for test in jgt_boundary.bits enosys_above.bits stack_two.bits order_kill.verdicts; do
	grep -q "^ok [0-9]* bitmap.$test\$" "$tmp/ktap"
	result $? "what has none of these bugs passes: $test"
done
! tests/lib/ktap.py "$tree" "$tmp/ktap" >/dev/null
result $? "and the kernel's parser counts failures"
tap_done
