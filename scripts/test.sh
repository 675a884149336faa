#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: test.sh
#
# 'make test': every test program built twice, plain with gcc and with sanitizers
# with clang, then the test scripts once, all through one prove, so that one line
# counts them all; tests/rules.yml says which of them run side by side. A program
# that cannot be built is a failure. The kernels of guests are built too, which takes
# its time only the first time; GUESTS= leaves them out, and the tests of guests say
# that they were skipped.

set -eu -o pipefail
cd "$(dirname "$0")/.."
# What setup.sh has installed comes first. Managers of versions put scripts there that
# look for a python3, half a second each time, and that one lacks Debian's modules.
PATH=/usr/bin:/bin:$PATH

tree=$(scripts/fetch-kernel.sh 6.12)
export KERNEL=$tree
san=address,undefined

echo "test: building, plain and with $san" >&2
make -s -j"$(nproc)" O=build tests build/scmp_bpf_sim
make -s -j"$(nproc)" O=build/asan SAN=$san CC=clang tests

export GUESTS=${GUESTS-1}
if [ -n "$GUESTS" ]; then
	for arch in x86_64 arm64 s390x; do
		# The tests will say that there is none.
		scripts/build-kernel.sh --arch $arch --kernel "$tree" >/dev/null || true
	done
fi

mapfile -t programs < <(find build/tests build/asan/tests -type f -executable |
	sort)
O=build SCMP_BPF_SIM=$PWD/build/scmp_bpf_sim BPF_ASM=build/bpf_asm BITPROOF_ASM=build/bitproof-asm \
	UBSAN_OPTIONS=print_stacktrace=1 HARNESS_RULESFILE=tests/rules.yml \
	prove --timer -j"$(nproc)" "${programs[@]}" tests/*.sh tests/guest/*.sh
