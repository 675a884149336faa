# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of a kernel tree, "NAME.sh [TREE]": it is the argument, or KERNEL of the
# environment; without one they are skipped. Source it: it sets $tree and $tmp, a
# directory that is removed at the end, and has all of tap.sh.

tree=${1:-${KERNEL:-}}
if [ -z "$tree" ]; then
	echo "1..0 # SKIP no kernel tree given"
	exit 0
fi
tree=$(cd "$tree" && pwd) || exit 1
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
