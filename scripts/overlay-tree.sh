#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: overlay-tree.sh TREE NEWTREE FILE=REPLACEMENT...
#
# Makes NEWTREE, which looks like TREE except that each FILE (a path inside it)
# is a copy of REPLACEMENT. Only the directories on the way to a FILE are real;
# all else is links into TREE, so it takes milliseconds and no room. Meant for a
# kernel tree with a changed kernel/seccomp.c.
#
# A path that leaves a linked directory by ".." arrives in TREE: a FILE is
# replaced for who names it through NEWTREE.
#
# Exit status: 0; 2 if NEWTREE could not be made, and then there is none.

set -eEu
shopt -s dotglob nullglob

die() { echo "overlay-tree.sh: $*" >&2; exit 2; }

[ $# -ge 3 ] || die "usage: overlay-tree.sh TREE NEWTREE FILE=REPLACEMENT..."
[ -d "$1" ] || die "no directory $1"
tree=$(cd "$1" && pwd -P)
new=$2
if [ -e "$new" ] || [ -L "$new" ]; then
	die "$new exists"
fi
shift 2

for pair; do
	file=${pair%%=*}
	case $pair in
	*=*) ;;
	*) die "'$pair' is not FILE=REPLACEMENT" ;;
	esac
	case /$file/ in
	*//* | */./* | */../*) die "'$file' is not a plain path inside the tree" ;;
	esac
	[ -f "$tree/$file" ] || die "$tree has no file $file"
	# Also a pipe, as in FILE=<(sed ...).
	if [ -d "${pair#*=}" ] || [ ! -r "${pair#*=}" ]; then
		die "can't read ${pair#*=}"
	fi
done

tmp=$(mktemp -d "${new%/}.XXXXXX" 2>/dev/null) || die "can't make $new"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' ERR HUP INT TERM
chmod 755 "$tmp"

# links DIR: fills a directory of NEWTREE with links to what TREE has there.
links()
{
	local entries=("$tree$1"/*)

	ln -s -t "$tmp$1" -- "${entries[@]}"
}

links ""
for pair; do
	rest=${pair%%=*}
	dir=
	# From the top down: nothing is removed or written before the
	# directory that it is in is known to be real, so TREE stays as it is.
	while [ "$rest" != "${rest#*/}" ]; do
		dir+=/${rest%%/*}
		rest=${rest#*/}
		if [ -L "$tmp$dir" ]; then
			rm "$tmp$dir"
			mkdir "$tmp$dir"
			links "$dir"
		fi
	done
	rm "$tmp$dir/$rest"
	cp "${pair#*=}" "$tmp$dir/$rest"
done

mv -T "$tmp" "$new" || die "can't make $new"
