#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 'make export-selftest': what it puts into a kernel tree builds there without a
# warning, passes on the kernel that runs here, and is read by the kernel's own
# KTAP parser. Guests and cross builds are in tests/heavy/selftest.sh.
#
# usage: selftest.sh [TREE]: see tests/lib/tree.sh

set -u
cd "${BASH_SOURCE[0]%/*}/.." || exit 1

# shellcheck source=tests/lib/tree.sh
. tests/lib/tree.sh
selftests=tools/testing/selftests

# Not as a part of our own make, whose O= is another thing to kselftest.
kmake() { env -u O -u MAKELEVEL -u MAKEFLAGS -u MFLAGS make -s "$@"; }

make -s build/export-corpus >"$tmp/log" 2>&1 || {
	echo "Bail out! $(head -n 1 "$tmp/log")"
	exit 2
}
# Its own selftests directory, so that the tree below stays as it is.
scripts/overlay-tree.sh "$tree" "$tmp/tree" \
	$selftests/Makefile="$tree/$selftests/Makefile" \
	$selftests/kvm/Makefile="$tree/$selftests/kvm/Makefile" || exit 2

make -s export-selftest DEST="$tmp/tree" >"$tmp/out" 2>&1
result $? "it is exported"
dir=$tmp/tree/$selftests/seccomp_bitmap
[ "$(grep -c '^CORPUS_CASE' "$dir/corpus.h")" -eq "$(find corpus/regress -name '*.bpf' | wc -l)" ]
result $? "with each case of the corpus"
make -s export-selftest DEST="$tmp/tree" >"$tmp/out" 2>&1
result $? "a second export takes its place"
cmp -s "$dir/../kvm/straddle/straddle_probe.c" harness/straddle_probe.c &&
	[ -s "$dir/../kvm/straddle/bitproof/emulator.c" ]
result $? "the page-straddling probe is among the KVM selftests"
[ ! -e "$tree/$selftests/seccomp_bitmap" ] && [ ! -e "$tree/$selftests/kvm/straddle" ]
result $? "nothing else was touched"

expect 2 'no kernel tree' "no kernel tree: one line, status 2" \
	scripts/export-selftest.sh "$tmp"
other=$tmp/other/$selftests
mkdir -p "$other/seccomp_bitmap" "$other/kvm"
touch "$other/lib.mk" "$other/kvm/Makefile"
expect 2 'seccomp_bitmap is there, and is no export' "what somebody else has put there stays" \
	scripts/export-selftest.sh "$tmp/other"
rmdir "$other/seccomp_bitmap"
mkdir "$other/kvm/straddle"
expect 2 'kvm/straddle is there, and is no export' "beside KVM selftests, too" \
	scripts/export-selftest.sh "$tmp/other"
mv "$other/kvm" "$tmp/elsewhere"
ln -s "$tmp/elsewhere" "$other/kvm"
expect 2 'kvm is a link' "what is only linked to is not written to" \
	scripts/export-selftest.sh "$tmp/other"

kmake -C "$tmp/tree/$selftests" TARGETS=seccomp_bitmap \
	USERCFLAGS='-Wextra -Wno-unused-parameter -Werror' >"$tmp/out" 2>&1
result $? "it builds in the tree, without a warning"
sed 's/^/# /' "$tmp/out" | grep -v '  CC  '

(cd "$dir" && ./seccomp_bitmap) >"$tmp/ktap" 2>&1
result $? "it passes on the kernel that runs here"
grep -a '^not ok' "$tmp/ktap" | sed 's/^/# /' | head -n 20
counts=$(tests/lib/ktap.py "$tree" "$tmp/ktap")
result $? "the kernel's own parser says so too"
echo "# $counts"
prove -e cat "$tmp/ktap" >/dev/null
result $? "and prove"
! grep -a '# SKIP' "$tmp/ktap" | grep -vq '# SKIP .'
result $? "each skip has a reason"
grep -ao '# SKIP.*' "$tmp/ktap" | sort | uniq -c | sed 's/^/# /'

# A parser that always says yes would not see this.
sed 's/^ok \(.*deny_one.verdicts\)/not ok \1/' "$tmp/ktap" >"$tmp/failed"
! tests/lib/ktap.py "$tree" "$tmp/failed" >/dev/null
result $? "a failure is seen as one"

# A case that says something else about this kernel fails: here by the expected
# errno of the first filter.
sed -i 's/^\t\t{ deny_one_0, 0 },/\t\t{ deny_one_0, EINVAL },/
	s/^\(\t\t  SECCOMP_RET_ERRNO\), 1 },/\1, 2 },/' "$dir/corpus.h"
kmake -C "$tmp/tree/$selftests" TARGETS=seccomp_bitmap >"$tmp/out" 2>&1
"$dir/seccomp_bitmap" -r bitmap.deny_one.verdicts >"$tmp/ktap" 2>&1
[ $? -eq 1 ] && grep -aq '^not ok 1 bitmap.deny_one.verdicts' "$tmp/ktap"
result $? "a wrong expectation fails"
grep -aq 'attaching filter 0' "$tmp/ktap" && grep -aq 'call 419(' "$tmp/ktap"
result $? "and says which filter and which call"
tap_done
