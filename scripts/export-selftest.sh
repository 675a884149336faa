#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: export-selftest.sh TREE
#
# Puts selftest/, with the regression corpus as a header, into the kernel tree TREE
# as tools/testing/selftests/seccomp_bitmap. Nothing else of TREE is touched. What
# was there under that name is replaced if it is an older export.
#
# Exit status: 0, or 2 and one line on standard error.

set -eu -o pipefail

die() { echo "export-selftest.sh: $*" >&2; exit 2; }

[ $# -eq 1 ] || die "usage: export-selftest.sh TREE"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tests=$1/tools/testing/selftests
dir=$tests/seccomp_bitmap
files=(.gitignore Makefile config settings seccomp_bitmap.c)

[ -f "$tests/lib.mk" ] || die "$1 is no kernel tree: it has no tools/testing/selftests/lib.mk"
if [ -e "$dir" ] && [ ! -f "$dir/corpus.h" ]; then
	die "$dir is there, and is no export"
fi
export=$top/${O:-build}/export-corpus
[ -x "$export" ] || die "$export is not built: make export-selftest DEST=$1"

header=$(mktemp) || die "no temporary file"
trap 'rm -f "$header"' EXIT
"$export" "$top"/corpus/regress/*.bpf >"$header" || exit 2
log=$({ mkdir -p "$dir" && cp "${files[@]/#/$top/selftest/}" "$dir/" &&
	cp "$header" "$dir/corpus.h" && chmod 644 "$dir"/*; } 2>&1) ||
	die "can't write $dir: $(head -n 1 <<<"$log")"
echo "$dir"
