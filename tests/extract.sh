#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# subjects/build.sh on changed trees: what it must take along, and that all
# that it can't build is one line and status 2.
#
# usage: extract.sh [TREE]: see tests/lib/tree.sh

set -u
cd "${BASH_SOURCE[0]%/*}/.." || exit 1
top=$PWD

# shellcheck source=tests/lib/tree.sh
. tests/lib/tree.sh
cd "$tmp" || exit 1

# Nothing here runs, so don't optimize it.
export CFLAGS=-O0

tap_said=err

# build TREE: leaves status, err and out/.
build()
{
	rm -rf out
	"$top/subjects/build.sh" "$1" out 2>err
	status=$?
}

# changed FILE SED: makes the tree "new", with this edit of one file.
changed()
{
	rm -rf new replacement
	sed -E "$2" "$tree/$1" >replacement
	! cmp -s "$tree/$1" replacement || echo "# '$2' changes nothing in $1"
	"$top/scripts/overlay-tree.sh" "$tree" new "$1=replacement"
}

# builds NAME FILE SED
builds()
{
	changed "$2" "$3"
	build new
	ok "$1: builds" [ "$status" = 0 ]
	ok "$1: says nothing" [ ! -s err ]
}

# refuses NAME PATTERN FILE SED
refuses()
{
	changed "$3" "$4"
	build new
	refused "$1" "$2"
}

refused()
{
	ok "$1: status 2" [ "$status" = 2 ]
	ok "$1: one line" [ "$(wc -l <err)" = 1 ]
	ok "$1: it names the cause" grep -qE "$2" err
	ok "$1: nothing is left" \
		[ -z "$(ls out/subject-*.o out/release 2>/dev/null)" ]
}

seccomp=kernel/seccomp.c
emulator='/^static bool seccomp_is_const_allow/'

build "$tree"
ok "the tree: builds" [ "$status" = 0 ]
ok "the tree: says nothing" [ ! -s err ]
for platform in x86_64 arm64 s390x; do
	ok "the tree: $platform" [ -s out/subject-$platform.o ]
done
ok "the tree: release" grep -qE '^[0-9]+\.[0-9]+' out/release

# What is about the text of a function is the same for all platforms.
export PLATFORMS=x86_64
builds "a new helper" $seccomp \
	"${emulator}i static bool helper(u32 k)\n{\n\treturn k == SECCOMP_RET_ALLOW;\n}\n
	s/return k == SECCOMP_RET_ALLOW/return helper(k)/"
ok "a new helper: is taken along" grep -q 'bool helper(u32 k)' out/extracted.h

builds "a helper behind a macro, under a condition" $seccomp \
	"${emulator}i #define HELP 1\n#ifdef HELP\n#define helper(k) helped(k)\nstatic bool helped(u32 k);\n#endif\n
	s/^static void seccomp_cache_prepare_bitmap/static bool helped(u32 k)\n{\n\treturn k == SECCOMP_RET_ALLOW;\n}\n\n&/
	s/return k == SECCOMP_RET_ALLOW/return helper(k)/"

builds "a table" $seccomp \
	"${emulator}i static const struct known {\n\tu32 k;\n} known[] = { { SECCOMP_RET_ALLOW } };\n
	s/return k == SECCOMP_RET_ALLOW/return k == known[0].k/"

builds "a field of the filter" $seccomp \
	's/^\tbool wait_killable_recv;/&\n\tu32 another;/'

builds "another function with the same condition" $seccomp \
	"/^static int seccomp_check_filter/i #ifdef CONFIG_OTHER\nstatic int other(void)\n{\n#else\nstatic int other(int i)\n{\n#endif\n\treturn 0;\n}\n"

builds "a name that the harness has too" $seccomp \
	"${emulator}i enum emu_level { EMU_LINUX };\nstruct emu_state {\n\tu32 a, x;\n};\n
	s/unsigned int reg_value = 0;/&\n\tstruct emu_state st = { 0 };\n\treg_value += st.a;/"

# Its parameters are void pointers.
builds "bitmaps at once" $seccomp \
	's/bitmap_copy\(bitmap, bitmap_prev, bitmap_size\);/bitmap_fill(bitmap, bitmap_size);\n\t\tbitmap_and(bitmap, bitmap, bitmap_prev, bitmap_size);\n\t\tfor_each_clear_bit(nr, bitmap, bitmap_size)\n\t\t\tset_bit(nr, bitmap);/'

builds "a preparation with one more argument" $seccomp \
	's/^static void seccomp_cache_prepare\(struct seccomp_filter \*sfilter/&, unsigned int flags/
	s/^\tseccomp_cache_prepare\(filter/&, flags/'

builds "an option that may be" $seccomp \
	's/return k == SECCOMP_RET_ALLOW/return k == SECCOMP_RET_ALLOW \&\& (IS_ENABLED(CONFIG_SECCOMP_FILTER) || IS_ENABLED(CONFIG_OTHER))/'

changed $seccomp 's/^#include <linux\/refcount.h>/&\n#include "seccomp_known.h"/
	s/return k == SECCOMP_RET_ALLOW/return seccomp_known(k)/'
cat >new/kernel/seccomp_known.h <<'END'
static inline bool seccomp_known(u32 k)
{
	return k == SECCOMP_RET_ALLOW;
}
END
build new
ok "a header beside it: builds" [ "$status" = 0 ]
ok "a header beside it: says nothing" [ ! -s err ]

refuses "a missing function" \
	"^extract: .*/new/$seccomp: no function seccomp_is_const_allow$" \
	$seccomp "$emulator,/^}/d"

refuses "a renamed function" \
	"^extract: .*/new/$seccomp: no function seccomp_is_const_allow$" \
	$seccomp 's/\bseccomp_is_const_allow\b/&ed/'

refuses "a macro instead of a function" \
	"^extract: .*/new/$seccomp:[0-9]+: seccomp_is_const_allow is a macro, not a function$" \
	$seccomp "$emulator,/^}/c #define seccomp_is_const_allow(fprog, sd) false"

refuses "a prototype only" \
	"^extract: .*/new/$seccomp: no function seccomp_is_const_allow$" \
	$seccomp "$emulator,/^}/c static bool seccomp_is_const_allow(struct sock_fprog_kern *fprog, struct seccomp_data *sd);"

refuses "a head under a condition" \
	"^extract: .*/new/$seccomp:[0-9]+: seccomp_is_const_allow is cut by a conditional$" \
	$seccomp "$emulator{s/^/#ifdef A\nstatic int seccomp_is_const_allow(int a,\n#else\n/;s/,\$/,\n#endif/}"

refuses "a brace too few" \
	"^extract: .*/new/$seccomp:[0-9]+: unbalanced definition$" \
	$seccomp "$emulator,/^}/s/^}//"

refuses "a brace too many" \
	"^extract: .*/new/$seccomp:[0-9]+: unbalanced }$" \
	$seccomp "$emulator,/^}/s/^}/}\n}/"

refuses "a syntax error" \
	"^subjects: .*/new does not build for x86_64: $seccomp:[0-9]+:[0-9]+: error: " \
	$seccomp "$emulator,/^}/s/bool op_res;/bool op_res/"
ok "a syntax error: the log is kept" grep -q error: out/log

refuses "a call of something unknown" \
	"^subjects: .*/new does not build for x86_64: $seccomp:[0-9]+:[0-9]+: error: .*unheard_of" \
	$seccomp 's/return k == SECCOMP_RET_ALLOW/return unheard_of(k)/'

unset PLATFORMS
refuses "an error for one platform only" \
	"^subjects: .*/new does not build for arm64: .*asm/seccomp.h.* error: " \
	arch/arm64/include/asm/seccomp.h 's/^#define SECCOMP_ARCH_NATIVE\>/#error &/'

refuses "a tree without a release" \
	"^machine: .*/new: not a kernel tree: no PATCHLEVEL in Makefile$" \
	Makefile '/^PATCHLEVEL/d'

rm -rf new
mkdir new
build new
refused "an empty directory" '^subjects: .*new is no kernel tree$'
build nowhere
refused "no directory" '^subjects: nowhere is no kernel tree$'

tap_done
