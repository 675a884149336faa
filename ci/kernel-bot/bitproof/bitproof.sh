#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The gate as a patch test of a netdev-style bot (NIPA): copy this folder into its
# tests/patch/. It is started in the tree with the patch at HEAD, gives its one
# line to the descriptor DESC_FD, and all else to standard output. A patch that
# touches nothing the bitmap depends on is not compared.
#
#	BITPROOF	a checkout of bitproof (default: /opt/bitproof)
#	BITPROOF_ARGS	for its scripts/gate.sh (default: --user-only --seconds 30)
#
# Exit status, the bot's: 0 success, 250 a warning, anything else a failure.

set -u
gate=${BITPROOF:-/opt/bitproof}/scripts/gate.sh
describe() { echo "$*" >&"${DESC_FD:-1}"; }

if ! files=$(git show --pretty= --name-only HEAD); then
	describe "bitproof: no git tree"
	exit 250
fi
if ! grep -qE '^(kernel/seccomp\.c|net/core/filter\.c|kernel/bpf/(core|verifier)\.c|include/linux/(seccomp|filter|bpf)\.h|include/uapi/linux/(seccomp|filter|bpf_common)\.h|arch/(x86|arm64|s390)/(include/asm/(seccomp|syscall)\.h|entry/|net/|kernel/(entry|syscall)))' <<<"$files"; then
	describe "bitproof: the patch touches nothing that seccomp's bitmaps depend on"
	exit 0
fi
if [ ! -x "$gate" ]; then
	describe "bitproof: no $gate"
	exit 250
fi
# shellcheck disable=SC2086
"$gate" --kernel "$PWD" ${BITPROOF_ARGS:---user-only --seconds 30} 2>&1
status=$?
case $status in
0)	describe "bitproof: seccomp's cached verdicts hold" ;;
1)	describe "bitproof: a finding: a verdict of seccomp's bitmap or checker is wrong" ;;
4)	describe "bitproof: skipped, the tree has no bitmap"
	status=0 ;;
*)	describe "bitproof: could not run or decide (status $status)"
	status=250 ;;
esac
exit $status
