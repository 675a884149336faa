#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Scenarios and execution modes in guests: all that a kernel has happen and hold,
# and what only a guest can see is seen, as a reference that lies about it is
# found out: audit records, bits of other tasks, the length of filters whose
# constants are hidden. For kernels of KERNEL (default: Debian's 6.12) of ARCHS
# that have been built; GUESTS=1 builds them.

cd "${0%/*}/../.." || exit 2
. tests/lib/tap.sh
. tests/lib/guests.sh
O=${O:-build}
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

# guest INIT ARG...: boots $image; results in $tmp/result.
guest()
{
	local init=$1

	shift
	scripts/qemu-run.sh --arch "$arch" --kernel "$image" \
		--init "$O/guest/$init-$arch" --file lies="$tmp/lies" \
		--file long.bpf="$tmp/long.bpf" --result "$tmp/result" \
		--console "$tmp/console" --timeout 900 -- "$@" 2>"$tmp/stderr"
}

# lie NAME PATTERN: run "run" was told that lie: it is found, and has such a line.
lie()
{
	grep -qx "bitproof-run $1" "$tmp/run-$run" &&
		grep -q '^bitproof-trailer status=1 ' "$tmp/run-$run" &&
		grep -qE "$2" "$tmp/run-$run"
	result $? "$arch: found: $1"
	run=$((run + 1))
}

# Three filters that a stack has room for only if no constant is hidden.
long()
{
	local j

	echo ";; platform $arch"
	for _ in 1 2 3; do
		echo ';; filter'
		for ((j = 0; j < 4000; j++)); do echo '	add #1'; done
		echo '	ret #0x7fff0000'
	done
}

# Modes in which the constants of the three are hidden, and in which they are not.
long_modes='jit=0,harden=0,unprivileged jit=1,harden=1,privileged
	jit=1,harden=1,unprivileged jit=1,harden=2,privileged'
audit_lies='none sig arch nr compat ip code flag actions'

# lies: the runs of tests/guest/lies_init.c, in the order in which they are looked at.
lies()
{
	local mode name found='--mode jit=0,harden=0,privileged --shrink 5 --stacks 1000'

	for mode in $long_modes; do
		echo "none --mode $mode /long.bpf"
	done
	echo 'blinded --mode jit=1,harden=2,privileged --shrink 5 /long.bpf'
	for name in $audit_lies; do
		echo "audit-$name $found --scenario audited"
	done
	echo "scenario-bits $found --scenario synced"
	echo "scenario-bits $found --scenario forked"
}

scenarios()
{
	local mode name refused run=1

	programs emu_vs_kernel lies

	long >"$tmp/long.bpf"
	lies >"$tmp/lies"
	guest emu_vs_kernel --stacks 2000
	result $? "$arch: holds"
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	grep -E '^(traced|listened|audited|synced|forked|not run) ' "$tmp/result" | sed 's/^/# /'
	[ "$(grep -cE '^mode .*stacks [1-9]' "$tmp/result")" -eq 8 ]
	result $? "$arch: eight modes"
	# No number of s390x skips a call.
	! sed 's/ traced:skipped//' "$tmp/result" |
		grep -qE '^not run .*(traced|listened|audited|synced|forked|jit=)'
	result $? "$arch: no scenario, event or mode is left out"

	rm -f "$tmp"/run-* # of the last arch
	guest lies
	result $? "$arch: a guest of many runs"
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	awk -v out="$tmp/run-" '/^bitproof-run / { n++ } n { print > (out n) }' "$tmp/result"
	for mode in $long_modes; do
		grep -q '^bitproof-trailer status=0 ' "$tmp/run-$run"
		result $? "$arch: long filters, $mode"
		refused=$(sed -n 's/^filters .* \([0-9]*\) refused.*/\1/p' "$tmp/run-$run")
		case $mode in
		*0,unprivileged | *1,privileged) [ "$refused" -eq 0 ] ;;
		*)				 [ "$refused" -gt 0 ] ;;
		esac
		result $? "$arch: $refused of them are refused"
		run=$((run + 1))
	done
	lie blinded '^CHECKER at attach'
	for name in $audit_lies; do
		lie "audit-$name" '^DIVERGENT at run'
	done
	lie scenario-bits '^UNSOUND at bitmap|^DIVERGENT'
	lie scenario-bits '^UNSOUND at bitmap|^DIVERGENT'
}
for_each_arch scenarios
tap_done
