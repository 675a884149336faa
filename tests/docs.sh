#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual and the script know the same options; links of pages lead somewhere.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning docs/gate.1 >"$tmp/lint"
	result $? "gate.1: mandoc has nothing to say"
	sed 's/^/# /' "$tmp/lint"
	mandoc -T ascii docs/gate.1 | col -b | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u >"$tmp/manual"
	# What its loop over arguments accepts.
	sed -n '/^while \[ \$# -gt 0 \]/,/^done/p' scripts/gate.sh | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u >"$tmp/script"
	[ -s "$tmp/script" ] && diff "$tmp/script" "$tmp/manual" >"$tmp/diff"
	result $? "gate.1 and gate.sh know the same options"
	sed 's/^/# /' "$tmp/diff"
else
	result 0 "gate.1 # SKIP mandoc is missing: scripts/setup.sh test"
fi

for page in README.md docs/*.md; do
	bad=0
	while IFS= read -r link; do
		case $link in http* | \#*) continue ;; esac
		[ -e "$(dirname "$page")/${link%%#*}" ] || {
			echo "# $page: $link"
			bad=1
		}
	done < <(grep -oE '\]\([^)]+\)' "$page" | sed 's/^](//;s/)$//')
	result $bad "$page: its links lead somewhere"
done
tap_done
