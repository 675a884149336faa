#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: build-kernel.sh --arch ARCH --kernel TREE [--out DIR] [--config FILE]...
#
# Builds a small kernel for guests from TREE, as kernel/common.config and
# kernel/ARCH.config say, and prints the path of its image. ARCH is one of the
# rows of arch_row() below. The module of kernel/module is built for it, and is
# put beside the image, as IMAGE.ko; if that can't be done it is not there, and
# a line says why: guests do without it, and their summaries say so. The whole
# configuration is there too, as IMAGE.config.
#
#	--out DIR	put the image there, as DIR/ARCH
#	--config FILE	one more fragment, such as kernel/kcov.config; may be
#			repeated. With KCOV there is IMAGE.vmlinux too, for its symbols
#	--if-built	bring a kernel up to date that has been built before, but
#			don't begin one: status 4
#	--check		only look whether TREE and the tools are there
#
# TREE is never written to. What is built stays in $XDG_CACHE_HOME/bitproof/kernels
# (~/.cache), in a place for each tree, arch, configuration and compiler, so that
# a second build compiles what was edited in between. A tree that overlay-tree.sh
# made shares the place of the tree below it: only the files that it replaces,
# and what includes them, are compiled.
#
# How: make runs in a directory "obj" inside a mirror of TREE that consists of
# links. Kbuild then names all files relative to it, so objects know nothing of
# where TREE is. In the mirror, a file that an overlay replaces is a copy, made
# anew only when its content changes: its time stamp is when it changed here. So is a
# file of TREE that is another than in the last build and has an older date, which make
# would pass over. The images of the last $KEEP builds are kept, each under a hash of all
# that it was made of: make is not run for what has been built before.
#
# Progress goes to standard error, in a pipe as one line in 30 s. Exit status: 0,
# or 2 if there is no image, or it lacks an option of the fragments; 4 see above.

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
# shellcheck source-path=SCRIPTDIR source=pause.sh
. "${BASH_SOURCE[0]%/*}/pause.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

arch_row()
{
	# ARCH	kernel's	compiler		make target	image
	case $1 in
	x86_64)	echo "x86_64	x86_64-linux-gnu-	vmlinux		vmlinux" ;;
	arm64)	echo "arm64	aarch64-linux-gnu-	Image		arch/arm64/boot/Image" ;;
	s390x)	echo "s390	s390x-linux-gnu-	bzImage		arch/s390/boot/bzImage" ;;
	*)	return 1 ;;
	esac
}

KEEP=12
usage="usage: build-kernel.sh --arch x86_64|arm64|s390x --kernel TREE [--out DIR] [--config FILE]... [--if-built] [--check]"
arch='' tree='' out='' fragments=() if_built='' check=''
while [ $# -gt 0 ]; do
	case $1 in
	--if-built) if_built=1; shift; continue ;;
	--check) check=1; shift; continue ;;
	esac
	[ $# -ge 2 ] || die "$usage"
	case $1 in
	--arch)	  arch=$2 ;;
	--kernel) tree=$2 ;;
	--out)	  out=$2 ;;
	--config) fragments+=("$2") ;;
	*)	  die "$usage" ;;
	esac
	shift 2
done
if [ -z "$arch" ] || [ -z "$tree" ]; then
	die "$usage"
fi
row=$(arch_row "$arch") || die "no such arch: $arch"
read -r karch cross target image <<<"$row"
fragments=("$top/kernel/common.config" "$top/kernel/$arch.config" "${fragments[@]}")
for fragment in "${fragments[@]}"; do
	[ -r "$fragment" ] || die "can't read $fragment"
done

if [ ! -f "$tree/Kbuild" ] || [ ! -f "$tree/kernel/seccomp.c" ]; then
	die "$tree is no kernel tree"
fi
tree=$(cd "$tree" && pwd -P)
# Kbuild refuses these too: their generated headers would be found first.
for dirt in .config include/config "arch/$karch/include/generated"; do
	[ ! -e "$tree/$dirt" ] ||
		die "$tree has been built in ($dirt): 'make mrproper' there, or give a clean worktree of it"
done

# The machine's own compiler goes by its plain name.
[ "${cross%%-*}" != "$(uname -m)" ] || cross=
missing=
for tool in make flex bison bc "${cross}gcc" "${cross}ld"; do
	command -v "$tool" >/dev/null || missing+=" $tool"
done
[ -z "$missing" ] || die "missing:$missing; scripts/setup.sh guest has them"
[ -z "$check" ] || exit 0

# ---- where it is built ------------------------------------------------------

# below TREE: the tree that an overlay stands on, if it is one.
below()
{
	local name link

	for name in Kbuild Kconfig COPYING README; do
		link=$(readlink "$1/$name") || continue
		case $link in /*/"$name") echo "${link%/*}"; return ;; esac
	done
	return 1
}

# What overlays replace, by path; the uppermost counts.
declare -A replaced=()
base=$tree
while next=$(below "$base"); do
	while IFS= read -r file; do
		[ -n "${replaced[$file]:-}" ] || replaced[$file]=$base/$file
	done < <(cd "$base" && find . -path ./.git -prune -o -type f -printf '%P\n')
	base=$next
done

# wanted: the options of all fragments; the last that names one decides. Lines
# "# make: NAME=VALUE" are for the make that builds it.
wanted()
{
	cat "${fragments[@]}" | awk -F= '
		/^CONFIG_/ { line[$1] = $0 }
		/^# (optional|formerly|make):/ { line[$0] = $0 }
		END { for (name in line) print line[name] }' | LC_ALL=C sort
}

# The inode tells a tree from another that is unpacked in its place.
key=$({
	echo "$base" "$(stat -c %d:%i "$base")" "$arch"
	"${cross}gcc" --version
	wanted
} | sha256sum | cut -c1-12)
place=$CACHE/kernels/$arch-$key
obj=$place/src/obj
if [ -n "$if_built" ] && [ ! -s "$obj/$image" ]; then
	note "$arch: not built yet"
	exit 4
fi
mkdir -p "$obj" 2>/dev/null || die "can't make $obj"
case $place in
*[[:space:]:]*) die "make can't build in a path with a space or a colon: $place" ;;
esac
exec 8>"$place/lock"
flock -n 8 || { note "$arch: waiting for another build"; flock 8; }
need_room 500 "$place"

# What was made from trees that are gone goes too.
echo "$base" >"$place/tree"
for file in "$CACHE"/kernels/*/tree "$place"/image-*/tree; do
	if [ ! -s "$file" ] || [ -d "$(cat "$file")" ]; then
		continue
	fi
	# Not from under a build: that one holds the lock.
	(
		flock -n 7 || exit 0
		rm -rf "${file%/tree}"
	) 7>>"${file%/tree}/lock"
done

# ---- what it is made of -----------------------------------------------------

files=$place/files

# made_of: a hash of that. The tree's files by names, dates and sizes, which stay in
# $files.new; those that overlays replace by content; the compiler has the place.
made_of()
{
	local file

	find -L "$base" -path "$base/.git" -prune -o -type f -printf '%P\t%T@\t%s\n' \
		>"$files.new" 2>/dev/null || true
	{
		cat "$files.new" "$top/scripts/build-kernel.sh" "$top"/kernel/module/*
		wanted
		for file in "${!replaced[@]}"; do
			echo "$file $(sha256sum <"${replaced[$file]}")"
		done | LC_ALL=C sort
	} | sha256sum | cut -c1-16
}

# ---- the mirror -------------------------------------------------------------

# links DIR: fill a directory of the mirror with links to what the tree has.
links()
{
	local entry name dir=$place/src$1

	for entry in "$dir"/* "$dir"/.[!.]*; do
		# What the tree has no more.
		[ ! -L "$entry" ] || [ -e "$entry" ] || rm -f "$entry"
	done
	for entry in "$base$1"/* "$base$1"/.[!.]*; do
		name=${entry##*/}
		[ "$name" != .git ] || continue
		[ -e "$dir/$name" ] || [ ! -e "$entry" ] || ln -s "$entry" "$dir/$name"
	done
}

# own DIR: make it, and those above it, directories of the mirror itself.
own()
{
	local dir='' part IFS=/

	for part in $1; do
		dir+=/$part
		[ -L "$place/src$dir" ] || continue
		rm "$place/src$dir"
		mkdir "$place/src$dir"
		links "$dir"
	done
}

# same FILE SOURCE: the mirror's FILE is a copy of SOURCE, older than now only
# if it was so before.
same()
{
	local copy=$place/src/$1

	if [ ! -L "$copy" ] && cmp -s "$2" "$copy"; then
		return
	fi
	# A directory may be new; and under another name first: what is there may be
	# a link into the tree.
	mkdir -p "${copy%/*}"
	cp "$2" "$place/copy" && touch "$place/copy" && mv "$place/copy" "$copy"
}

# redated: files that are others than in $files, which is of when a build last began, and
# no younger than that.
redated()
{
	comm -13 <(LC_ALL=C sort "$files") <(LC_ALL=C sort "$files.new") |
		awk -F '\t' -v began="$(stat -c %.Y "$place/began")" '$2 <= began { print $1 }'
}

# mirror: it becomes what the tree is now.
mirror()
{
	local dir file names

	links ''
	while IFS= read -r dir; do
		links "/$dir"
	done < <(cd "$place/src" && find . -mindepth 1 -path ./obj -prune -o -type d -printf '%P\n')
	if [ -e "$files" ] && ! cmp -s "$files" "$files.new"; then
		mapfile -t names < <(redated)
		if [ ${#names[@]} -gt 1000 ]; then
			note "$arch: ${#names[@]} files of $base are others, of old dates: all is built anew"
			rm -rf "$obj"
			mkdir "$obj"
			names=()
		fi
		for file in "${names[@]}"; do
			[ "$file" = "${file%/*}" ] || own "${file%/*}"
			[ ! -L "$place/src/$file" ] || same "$file" "$base/$file"
		done
	fi
	# Copies that were made for another overlay become what they are in this one.
	while IFS= read -r file; do
		[ -z "${replaced[$file]:-}" ] || continue
		if [ -e "$base/$file" ]; then
			same "$file" "$base/$file"
		else
			rm "$place/src/$file"
		fi
	done < <(cd "$place/src" && find . -path ./obj -prune -o -type f -printf '%P\n')
	for file in "${!replaced[@]}"; do
		[ "$file" = "${file%/*}" ] || own "${file%/*}"
		same "$file" "${replaced[$file]}"
	done
}

# ---- configuration and build ------------------------------------------------

# Nothing of the caller's environment: it may be a make with other ideas of O=
# and CC=.
kmake=(env -i PATH="$PATH" LC_ALL=C
	make -C "$place/src" O=obj ARCH="$karch" CROSS_COMPILE="$cross"
	KBUILD_BUILD_USER=bitproof KBUILD_BUILD_HOST=bitproof
	KBUILD_BUILD_TIMESTAMP=@0 LOCALVERSION=
	KCONFIG_ALLCONFIG="$place/wanted")
module=$place/module
while IFS= read -r variable; do
	kmake+=("$variable")
done < <(wanted | sed -n 's/^# make: //p')

# failed WHAT LOG: the compiler's line, else the first that tells of an error.
failed()
{
	local line

	line=$(grep -m 1 -E 'error: |undefined reference' "$2" ||
		grep -m 1 -E '\*\*\*|[Ee]rror' "$2" || tail -n 1 "$2")
	die "$arch: $1: ${line#"$place/src/"} (all of it: $2)"
}

# configured: no Kconfig file has changed since .config was made.
configured()
{
	local list=$obj/include/config/auto.conf.cmd file known=

	while IFS= read -r file; do
		known=$place/src/$file
		[ -e "$known" ] || return 1
		[ ! "$known" -nt "$obj/.config" ] || return 1
	done < <(sed -n 's/^\t\(.*Kconfig[^ ]*\).*/\1/p' "$list" 2>/dev/null)
	[ -n "$known" ] && [ -s "$obj/.config" ]
}

configure()
{
	configured ||
		"${kmake[@]}" allnoconfig </dev/null >"$place/config.log" 2>&1 8>&- ||
		failed "no configuration" "$place/config.log"
}

# An option that is asked for and not there makes the kernel useless or, worse,
# tests less than it seems to. The fragments list those that may be missing:
# "# optional: OPTION..." is told of, "# formerly: OPTION..." is not, since
# another line of theirs asks for the same.
check_config() # FILE
{
	local line name missing='' optional=' ' formerly=' '
	local -A has=()

	while IFS= read -r line; do
		[[ $line != CONFIG_* ]] || has[${line%%=*}]=$line
	done <"$1"
	absent=
	# The two lists sort before the options.
	while IFS= read -r line; do
		name=${line%%=*}
		case $line in
		'# optional:'*) optional+="${line#*:} " ;;
		'# formerly:'*) formerly+="${line#*:} " ;;
		CONFIG_*=n) [ -z "${has[$name]:-}" ] || missing+=" $line" ;;
		CONFIG_*)
			[ "${has[$name]:-}" != "$line" ] || continue
			case $optional in *" $name "*) absent+=" $name"; continue ;; esac
			case $formerly in *" $name "*) ;; *) missing+=" $line" ;; esac ;;
		esac
	done < <(wanted)
	[ -z "$missing" ] || die "$arch: this tree's configuration can't be had with$missing"
}

log=$place/log
objects() { grep -cE '^  [A-Z]+ +\S+\.o$' "$log" || true; }

build_image()
{
	local make known told every=30 clear=

	: >"$log"
	"${kmake[@]}" -j"$(nproc)" "$target" modules_prepare </dev/null >"$log" 2>&1 8>&- &
	make=$!
	# A build that is stopped leaves nothing running; the next goes on from there.
	# shellcheck disable=SC2064 # this make
	trap "kill $make || true; wait $make || true; exit 2" HUP INT TERM
	known=$(cat "$place/objects" 2>/dev/null) || known=
	told=$SECONDS
	[ ! -t 2 ] || every=1 clear=$'\r\e[K'
	while kill -0 $make 2>/dev/null; do
		pause 0.2
		if [ $((SECONDS - told)) -ge $every ]; then
			told=$SECONDS
			printf '%s' "$clear${0##*/}: $arch: $(objects)${known:+ of at most $known} objects, $((SECONDS - start)) s" >&2
			[ -n "$clear" ] || echo >&2
		fi
	done
	printf '%s' "$clear" >&2
	wait $make || failed "does not build" "$log"
	trap - HUP INT TERM
	[ -s "$obj/$image" ] || die "$arch: the build left no $image"
	count=$(objects)
	[ "${known:-0}" -ge "$count" ] || echo "$count" >"$place/objects"
}

# update FILE: it becomes FILE.new; what has not changed keeps its time.
update()
{
	if cmp -s "$1.new" "$1"; then
		rm "$1.new"
	else
		mv "$1.new" "$1"
	fi
}

# build_module: false, and one line in the log's end, if there can be none.
build_module()
{
	local file

	mkdir -p "$module"
	for file in Kbuild bitproof.c bitproof.h; do
		cp "$top/kernel/module/$file" "$module/$file.new" || return
		update "$module/$file"
	done
	"$top/kernel/module/private.py" "$place/src" "$module/private.h.new" ||
		return
	update "$module/private.h"
	# Of vmlinux alone: 'make modules' would look at all that could be one.
	cp "$obj/vmlinux.symvers" "$obj/Module.symvers.new" || return
	update "$obj/Module.symvers"
	"${kmake[@]}" M="$module" modules </dev/null
}

try_module()
{
	build_module >"$place/module.log" 2>&1 8>&- || rm -f "$module/bitproof.ko"
}

# ---- the image --------------------------------------------------------------

copy() { cp --reflink=auto "$1" "$2" || die "can't write $2"; }

# keep DIR: what was built, in DIR.
keep()
{
	rm -rf "$1"
	mkdir "$1" || die "can't make $1"
	copy "$obj/$image" "$1/image"
	copy "$obj/.config" "$1/image.config"
	copy "$place/module.log" "$1/module.log"
	[ ! -e "$module/bitproof.ko" ] || copy "$module/bitproof.ko" "$1/image.ko"
	! grep -q '^CONFIG_KCOV=y' "$obj/.config" || copy "$obj/vmlinux" "$1/image.vmlinux"
}

# build: it is in $from, under $made unless what it is made of has changed meanwhile.
build()
{
	wanted >"$place/wanted"
	mirror
	: >"$place/began"
	mv "$files.new" "$files"
	configure
	check_config "$obj/.config"
	build_image
	try_module
	keep "$kept/new"
	if [ "$(made_of)" = "$made" ]; then
		mv "$kept/new" "$from"
		return
	fi
	# The next build takes what has changed for new.
	note "$arch: $base has changed during the build"
	from=$kept/new
	LC_ALL=C comm -12 <(LC_ALL=C sort "$files") <(LC_ALL=C sort "$files.new") >"$files.same"
	mv "$files.same" "$files"
}

start=$SECONDS count=0
made=$(made_of)
kept=$place/kept from=$kept/$made
mkdir -p "$kept"
if [ -d "$from" ]; then
	touch "$from"
else
	build
	find "$kept" -mindepth 1 -maxdepth 1 -printf '%T@ %p\n' | sort -rn |
		sed "1,${KEEP}d; s/^[^ ]* //" | xargs -d '\n' rm -rf
fi
check_config "$from/image.config"
[ -z "$absent" ] || note "$arch: this tree has no$absent"

# No module is no error: one line of its log says why.
if [ ! -e "$from/image.ko" ]; then
	why=$(grep -m 1 -E 'error: |undefined!|^private: ' "$from/module.log" ||
		tail -n 1 "$from/module.log")
	note "$arch: no module: ${why#"$place/src/"} (all of it: $from/module.log)"
fi

# What is printed must stay what it is when an overlay is built next.
if [ -z "$out" ]; then
	out=$place/image-$(sha256sum <<<"$tree" | cut -c1-12)
	mkdir -p "$out"
	echo "$tree" >"$out/tree"
fi
mkdir -p "$out" 2>/dev/null || die "can't make $out"
result=$(cd "$out" && pwd -P)/$arch

# put SUFFIX: that file, or none, as the result's.
put()
{
	if [ ! -e "$from/image$1" ]; then
		rm -f "$result$1"
	elif ! cmp -s "$from/image$1" "$result$1"; then
		copy "$from/image$1" "$result$1.new"
		mv "$result$1.new" "$result$1" || die "can't write $result$1"
	fi
}

for suffix in '' .config .vmlinux .ko; do
	put "$suffix"
done
note "$arch: $count objects in $((SECONDS - start)) s"
echo "$result"
