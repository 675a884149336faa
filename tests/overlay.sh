#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/overlay-tree.sh: what it makes, that the tree below stays as it is,
# and that bad usage is one line and status 2.

set -eu
cd "${BASH_SOURCE[0]%/*}/.."
overlay=$PWD/scripts/overlay-tree.sh

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
cd "$tmp"

# refuses NAME ARG...: one line, status 2, nothing left behind.
refuses()
{
	local name=$1 status=0 before
	shift
	before=$(ls -A)
	"$overlay" "$@" 2>err >out || status=$?
	rm -f out
	ok "$name: status 2" [ "$status" = 2 ]
	ok "$name: one line" [ "$(wc -l <err)" = 1 ]
	rm err
	ok "$name: nothing is left" [ "$(ls -A)" = "$before" ]
}

mkdir -p 'tree/a/b/c' 'tree/a/with space' tree/.hidden tree/empty
for file in top .dot a/one a/two a/b/three a/b/c/four 'a/with space/five' \
	    .hidden/six; do
	echo "$file" >"tree/$file"
done
ln -s ../top tree/a/link
cp -a tree before
echo new >new
echo 'with = and space' >'other new'

"$overlay" tree over top=new a/b/c/four=new 'a/with space/five=other new' a/one=new
ok "a file at the top" cmp -s over/top new
ok "a file three levels down" cmp -s over/a/b/c/four new
ok "a name with a space" cmp -s 'over/a/with space/five' 'other new'
ok "a file in a directory that is real already" cmp -s over/a/one new
ok "the rest of those directories" cmp -s over/a/b/three tree/a/b/three
ok "a relative link in them" cmp -s over/a/link tree/top
ok "hidden entries" cmp -s over/.hidden/six tree/.hidden/six
ok "replacements are files" [ ! -L over/a/b/c/four ]
ok "other entries are links" [ -L over/.hidden ]
ok "same names" [ "$(cd over && find -L . | sort)" = "$(cd tree && find -L . | sort)" ]
ok "the tree is as before" diff -r tree before
rm over/a/b/c/four over/top
ok "also when the overlay is changed" diff -r tree before

"$overlay" tree over2 a/b/three=<(echo piped)
ok "a pipe as replacement" [ "$(cat over2/a/b/three)" = piped ]
"$overlay" tree over3 top=new top='other new'
ok "a file named twice: the last counts" cmp -s over3/top 'other new'
"$overlay" over2 over4 a/b/c/four=new
ok "an overlay of an overlay: its file" cmp -s over4/a/b/c/four new
ok "an overlay of an overlay: the file below" [ "$(cat over4/a/b/three)" = piped ]
ok "an overlay of an overlay: the overlay below" [ "$(cat over2/a/b/c/four)" = a/b/c/four ]
ok "an overlay of an overlay: the tree below" diff -r tree before

refuses "no argument"
refuses "no file" tree new1
refuses "no tree" absent new1 top=new
refuses "existing" tree over top=new
refuses "no equals sign" tree new1 top
refuses "no such file" tree new1 a/absent=new
refuses "a directory" tree new1 a/b=new
refuses "no replacement" tree new1 top=absent
refuses "a replacement that is a directory" tree new1 top=tree
refuses "out of the tree" tree new1 a/../../new=new
refuses "an absolute path" tree new1 "$tmp/tree/top=new"
refuses "no place" tree absent/new1 top=new
ok "refusals change nothing" diff -r tree before

tap_done
