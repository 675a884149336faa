#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/build-kernel.sh builds what has changed, all of it and no more. On a tree of
# a few files, whose "kernel" is a copy of kernel/seccomp.c.

cd "${0%/*}/.." || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
unset MAKEFLAGS MAKELEVEL MFLAGS
export XDG_CACHE_HOME=$tmp/cache

tree=$tmp/tree
mkdir -p "$tree/kernel" "$tree/init"
touch "$tree/Kbuild" "$tree/Kconfig" "$tree/COPYING" "$tree/README" "$tree/init/main.c"
cat >"$tree/Makefile" <<-MAKE
	.RECIPEPREFIX = >
	\$(shell echo >>$tmp/runs)
	vmlinux: \$(O)/vmlinux
	\$(O)/vmlinux: kernel/seccomp.c
	> @echo '  CC      kernel/seccomp.o'
	> @[ ! -x $tmp/meanwhile ] || $tmp/meanwhile
	> @! grep -q broken \$< || { echo '\$<:1:1: error: broken'; false; }
	> @cp \$< \$@
	allnoconfig:
	> @grep -v '=n\$\$' \$(KCONFIG_ALLCONFIG) >\$(O)/.config
	modules_prepare:
	.PHONY: vmlinux allnoconfig modules_prepare
MAKE
write() { echo "$1" >"$tree/kernel/seccomp.c"; }
runs() { wc -l <"$tmp/runs"; }

# built TREE: "image" is what it printed, "said" what it said
built()
{
	image=$(scripts/build-kernel.sh --arch x86_64 --kernel "$1" 2>"$tmp/said")
	status=$?
	[ $status -eq 0 ]
}
# makes TREE CONTENT
makes() { built "$1" && [ "$(cat "$image")" = "$2" ]; }
# keeps TREE CONTENT: without any make
keeps()
{
	local before

	before=$(runs)
	makes "$@" && [ "$(runs)" -eq "$before" ]
}

write one
makes "$tree" one
result $? "a first build"
grep -q 'x86_64: no module: ' "$tmp/said"
result $? "that there can be no module is said"
keeps "$tree" one
result $? "nothing has changed: nothing is made"
grep -q 'x86_64: no module: ' "$tmp/said"
result $? "that there is no module is said again"
write two
makes "$tree" two
result $? "an edit"
# Another content while it is compiled: that is not taken for the first one.
write first
cat >"$tmp/meanwhile" <<-SCRIPT
	#!/bin/sh
	cp -p "$tree/kernel/seccomp.c" "$tmp/was"
	echo while >"$tree/kernel/seccomp.c"
SCRIPT
chmod +x "$tmp/meanwhile"
makes "$tree" while && grep -q 'has changed during the build' "$tmp/said"
result $? "a tree that changes during the build"
rm "$tmp/meanwhile"
cp -p "$tmp/was" "$tree/kernel/seccomp.c"
makes "$tree" first
result $? "and is what it was again"
echo old >"$tmp/old"
touch -d 2001-01-01 "$tmp/old"
cp -p "$tmp/old" "$tree/kernel/seccomp.c"
makes "$tree" old
result $? "a file of an old date in place of another"
keeps "$tree" old
result $? "and no more than once"
write newer
makes "$tree" newer
result $? "that is edited again"
touch "$tree/init/main.c"
makes "$tree" newer && keeps "$tree" newer
result $? "a file with another date"
cp -al "$tree" "$tmp/linked" && rm -rf "$tmp/linked"
keeps "$tree" newer
result $? "a copy of links changes nothing"

scripts/overlay-tree.sh "$tree" "$tmp/overlay" kernel/seccomp.c="$tmp/old"
makes "$tmp/overlay" old
result $? "an overlay"
keeps "$tmp/overlay" old
result $? "nothing has changed in it"
keeps "$tree" newer
result $? "the tree below it, which was built before"
keeps "$tmp/overlay" old
result $? "the overlay again"
echo odd | cat - "$tmp/old" | head -c 4 >"$tmp/odd"
touch -r "$tmp/overlay/kernel/seccomp.c" "$tmp/odd"
cp -p "$tmp/odd" "$tmp/overlay/kernel/seccomp.c"
makes "$tmp/overlay" odd
result $? "its file is another, of the same date and size"
keeps "$tree" newer
result $? "and the tree below it is what it was"

kept=$(echo "$tmp"/cache/bitproof/kernels/*/kept)
mkdir "$kept"/{1..20}
touch -d 2001-01-01 "$kept"/{1..20}
write more
makes "$tree" more && [ "$(find "$kept" -mindepth 1 -maxdepth 1 | wc -l)" -eq 12 ] && keeps "$tree" more
result $? "twelve images are kept, the last ones"

write broken
! built "$tree" && [ $status -eq 2 ] && grep -q 'kernel/seccomp.c:1:1: error: broken' "$tmp/said"
result $? "what does not build"
! built "$tree" && [ $status -eq 2 ] && [ -z "$image" ]
result $? "does not build a second time either"
cp -p "$tmp/old" "$tree/kernel/seccomp.c"
makes "$tree" old
result $? "what did before it"

for i in $(seq 1200); do
	echo "$i" >"$tree/init/$i.c"
done
makes "$tree" old
touch -d 2002-02-02 "$tree"/init/*.c
write new
touch -d 2002-02-02 "$tree/kernel/seccomp.c"
makes "$tree" new && grep -q 'all is built anew' "$tmp/said"
result $? "a tree of other dates is built anew"
keeps "$tree" new
result $? "once"
tap_done
