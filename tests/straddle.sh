#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The page-straddling probe alone decides about the kernel's functions and our own
# emulator: corpus, and generated stacks. tests/kernel_straddle.c has what it must
# find.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
evi=${O:-build}/emu_vs_interp

# holds SUBJECT ARG...: status 0, and that it probed.
holds()
{
	subject=$1
	shift
	"$evi" --straddle --subject "$subject" --findings "$tmp/findings" "$@" \
		>"$tmp/stdout" 2>&1
	status=$?
	grep -E '^probes +[1-9][0-9]* .* [1-9][0-9]* of them without' "$tmp/stdout" >"$tmp/probes" &&
		[ $status -eq 0 ] && [ "$(tail -n 1 "$tmp/stdout")" = holds ]
	result $? "$subject: $*"
	sed 's/^/# /' "$tmp/probes"
	[ $status -eq 0 ] || sed 's/^/# /' "$tmp/stdout" | head -n 40
}

holds kernel corpus
holds kernel --filters 4000
holds self-seed --filters 500
holds self-linux --filters 500
holds self-full --filters 500 corpus
expect 2 'nothing to do' "no work" "$evi" --straddle
tap_done
