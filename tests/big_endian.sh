#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The unit tests on a big-endian machine: built for s390x, run by qemu-user. The
# generator must make the same inputs there from the same seeds.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
O=${O:-build}

for tool in s390x-linux-gnu-gcc qemu-s390x; do
	command -v $tool >/dev/null && continue
	echo "Bail out! no $tool: scripts/setup.sh test installs it"
	exit 2
done

be=$tmp/build
make -s -j"$(nproc)" O="$be" CC=s390x-linux-gnu-gcc MARCH=-static unit \
	>"$tmp/log" 2>&1
status=$?
[ $status -eq 0 ] || sed 's/^/# /' "$tmp/log" | head -n 5
result $status "the unit tests build for s390x"

for test in "$be"/tests/unit_*[!.d]; do
	[ -x "$test" ] || continue
	# Compiles programs for the kernel that runs here; no such emulation.
	[ "${test##*/}" != unit_reproducer ] || continue
	qemu-s390x "$test" >"$tmp/out" 2>&1
	status=$?
	[ $status -eq 0 ] || grep -v '^ok' "$tmp/out" | sed 's/^/# /' | head -n 5
	result $status "$(basename "$test"): $(grep -c '^ok' "$tmp/out") results"
done

here=$("$O/tests/unit_generate" | grep digest)
there=$(qemu-s390x "$be/tests/unit_generate" | grep digest)
[ -n "$here" ] && [ "$here" = "$there" ]
result $? "a seed means the same on both"
tap_done
