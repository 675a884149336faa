#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: export-selftest.sh TREE
#
# Puts two tests into the selftests of the kernel tree TREE, tools/testing/selftests:
#
#	seccomp_bitmap	selftest/, with the regression corpus as a header
#	kvm/straddle	selftest/kvm/, with the page-straddling probe
#
# Nothing else of TREE is touched. What was there under these names is replaced if it
# is an older export. The directories are printed.
#
# Exit status: 0, or 2 and one line on standard error.

set -eu -o pipefail

die() { echo "export-selftest.sh: $*" >&2; exit 2; }

[ $# -eq 1 ] || die "usage: export-selftest.sh TREE"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tests=$1/tools/testing/selftests
bitmap=$tests/seccomp_bitmap
straddle=$tests/kvm/straddle

[ -f "$tests/lib.mk" ] || die "$1 is no kernel tree: it has no tools/testing/selftests/lib.mk"
[ -f "$tests/kvm/Makefile" ] || die "$1 has no KVM selftests"
[ ! -L "$tests/kvm" ] || die "$tests/kvm is a link: what it leads to stays as it is"

# place DIR MARK FILE...: copies of them there; an older export has MARK.
place()
{
	local dir=$1 mark=$2 log
	shift 2

	if [ -e "$dir" ] && [ ! -e "$dir/$mark" ]; then
		die "$dir is there, and is no export"
	fi
	log=$({ mkdir -p "$dir" && cp "$@" "$dir/" && chmod 644 "${@/#*\//$dir/}"; } 2>&1) ||
		die "can't write $dir: $(head -n 1 <<<"$log")"
}

export=$top/${O:-build}/export-corpus
[ -x "$export" ] || die "$export is not built: make export-selftest DEST=$1"
tmp=$(mktemp -d) || die "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
"$export" "$top"/corpus/regress/*.bpf >"$tmp/corpus.h" || exit 2

place "$bitmap" corpus.h "$top/selftest"/{.gitignore,Makefile,config,settings,seccomp_bitmap.c} \
	"$tmp/corpus.h"
place "$straddle" bitproof "$top/selftest/kvm"/{.gitignore,Makefile,config,settings} \
	"$top/harness"/{straddle_probe.c,straddle_guest.h,cli.h}
place "$straddle/bitproof" straddle.h "$top/src"/*.[ch]
printf '%s\n' "$bitmap" "$straddle"
