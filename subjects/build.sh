#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh TREE OUTDIR - build the kernel's functions as subjects
#
# Makes OUTDIR/subject-PLATFORM.o for each platform and OUTDIR/release. CC and
# CFLAGS come from the environment, and PLATFORMS, if not all shall be made anew. The commands' output is in OUTDIR/log; an
# error is one line on stderr and status 2. What is there is left alone if
# nothing that went into it has another content now.

platforms=${PLATFORMS:-x86_64 arm64 s390x}

die()
{
	echo "subjects: $*" >&2
	exit 2
}

[ $# -eq 2 ] || die "usage: build.sh TREE OUTDIR"
tree=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
src=$here/../src

: "${CC:=gcc}"
: "${CFLAGS=-O2 -g}"

# The caller's warnings are for the caller's code. As Kbuild: no strict
# aliasing, overflow wraps.
flags="-std=gnu11 -fms-extensions -fno-strict-aliasing -fwrapv
	-Wno-error -Wno-all -Wno-extra -Wno-missing-prototypes
	-Wno-strict-prototypes -Werror=implicit-function-declaration
	-D__EXPORTED_HEADERS__"

# Where the compiler can do it, locals start as a pattern: a bug that reads what
# nobody set does the same in every run. No jump tables, as Kbuild on x86_64: the
# emulator is a fifth faster so. Blocks in the order that copies least, and ends
# of cases that are not shared: fewer jumps are taken, another tenth. Nor "rep
# stos" for the 256 bytes that the converter clears for each instruction.
for flag in -ftrivial-auto-var-init=pattern -fno-jump-tables \
	-freorder-blocks-algorithm=simple -fno-crossjumping \
	-mmemset-strategy=vector_loop:-1:noalign; do
	if $CC -Werror $flag -fsyntax-only -x c /dev/null 2>/dev/null; then
		flags="$flags $flag"
	fi
done

# From inside the tree, so that the names in #line lead a debugger there.
compile()
{
	cd "$tree" || exit
	# shellcheck disable=SC2086 # lists of words
	$CC $CFLAGS $flags -DPLATFORM="$1" -iquote "$src" -I "$out/$1" \
		-I "$out" -isystem "$tree/include/uapi" \
		-MD -MF "$out/$1.dep" -c "$here/kernel.c" \
		-o "$out/subject-$1.o" >"$out/log.$1" 2>&1
}

# What the log of a platform says first.
report()
{
	why=$(grep -m 1 -E 'error:|undefined' "$out/log.$1" ||
	      head -n 1 "$out/log.$1")
	why=$(echo "${why:-$CC failed}" | sed 's/ \[-W[^]]*\]$//')
	die "$tree does not build for $1: $why"
}

# Everything that the compiler read, by content and not by date: a file that was
# put in place of another may be the older one.
fingerprint()
{
	{
		echo "$CC $CFLAGS $flags $tree $platforms"
		$CC --version
		cat "$here/build.sh" "$out/release"
		for p in $platforms; do
			[ -f "$out/subject-$p.o" ] || echo "no $p"
			sed 's/^[^ ]*://; s/\\$//' "$out/$p.dep"
		done | tr ' ' '\n' | sort -u | xargs cat
	} 2>&1 | sha256sum
}

if [ ! -f "$tree/Makefile" ] || [ ! -f "$tree/kernel/seccomp.c" ]; then
	die "$tree is no kernel tree"
fi
tree=$(cd "$tree" && pwd) || exit 2
mkdir -p "$out" || die "cannot make $out"
out=$(cd "$out" && pwd) || exit 2
# All or nothing; release is there only if the objects are.
trap '[ $? -eq 0 ] || rm -f "$out"/subject-*.o "$out/release"' EXIT
mv -f "$out/release" "$out/built" 2>/dev/null
rm -f "$out"/log* "$out/extracted.h"
for p in $platforms; do
	rm -rf "${out:?}/$p" # of another tree, perhaps
done

python3 "$here/machine.py" "$tree" "$out" || exit 2
python3 "$here/extract.py" "$tree" "$out" || exit 2

if [ -f "$out/built" ] &&
	[ "$(fingerprint)" = "$(cat "$out/fingerprint" 2>/dev/null)" ]; then
	mv -f "$out/built" "$out/release" # with its old date
	exit 0
fi
for p in $platforms; do
	rm -f "$out/subject-$p.o" "$out/$p.dep"
done
rm -f "$out/built"

jobs=
for p in $platforms; do
	compile "$p" &
	jobs="$jobs $p:$!"
done

failed=
for job in $jobs; do
	wait "${job#*:}" || failed="$failed ${job%%:*}"
done
cat "$out"/log.* >"$out/log"
for p in $failed; do
	report "$p"
done
rm -f "$out"/log.*
fingerprint >"$out/fingerprint"
