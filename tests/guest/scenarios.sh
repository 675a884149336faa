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

# guest INIT ARG...: boots $image with the file $lie; results in $tmp/result.
guest()
{
	local init=$1

	shift
	scripts/qemu-run.sh --arch "$arch" --kernel "$image" \
		--init "$O/guest/$init-$arch" --file lie="$tmp/lie" \
		--file long.bpf="$tmp/long.bpf" --result "$tmp/result" \
		--console "$tmp/console" --timeout 900 -- "$@" 2>"$tmp/stderr"
}

# lie NAME PATTERN ARG...: it is found, and the result has such a line.
lie()
{
	local name=$1 pattern=$2 status

	shift 2
	echo "$name" >"$tmp/lie"
	guest lies --mode jit=0,harden=0,privileged --shrink 5 --stacks 1000 "$@"
	status=$?
	[ $status -eq 1 ] && grep -qE "$pattern" "$tmp/result"
	result $? "$arch: found: $name"
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

scenarios()
{
	local mode name refused

	programs emu_vs_kernel lies

	long >"$tmp/long.bpf"
	echo none >"$tmp/lie"
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

	for mode in jit=0,harden=0,unprivileged jit=1,harden=1,privileged \
		jit=1,harden=1,unprivileged jit=1,harden=2,privileged; do
		guest lies --mode $mode /long.bpf
		result $? "$arch: long filters, $mode"
		refused=$(sed -n 's/^filters .* \([0-9]*\) refused.*/\1/p' "$tmp/result")
		case $mode in
		*0,unprivileged | *1,privileged) [ "$refused" -eq 0 ] ;;
		*)				 [ "$refused" -gt 0 ] ;;
		esac
		result $? "$arch: $refused of them are refused"
	done
	echo blinded >"$tmp/lie"
	guest lies --mode jit=1,harden=2,privileged --shrink 5 /long.bpf
	[ $? -eq 1 ] && grep -q '^CHECKER at attach' "$tmp/result"
	result $? "$arch: found: blinded"

	for name in none sig arch nr compat ip code flag actions; do
		lie audit-$name '^DIVERGENT at run' --scenario audited
	done
	lie scenario-bits '^UNSOUND at bitmap|^DIVERGENT' --scenario synced
	lie scenario-bits '^UNSOUND at bitmap|^DIVERGENT' --scenario forked
}
for_each_arch scenarios
tap_done
