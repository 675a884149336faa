#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The driver on bad input: one line, the right status, and under sanitizers no
# crash. Uses $O/emu_vs_interp and, if it was built, $O/asan/emu_vs_interp.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
O=${O:-build}

# bytes N: that many zeroes
bytes()
{
	head -c "$1" /dev/zero
}

record='\006\000\000\000\000\000\377\177' # ret #ALLOW
bytes 0 >"$tmp/empty"
bytes 7 >"$tmp/short"
{ bytes 8; printf '%b' "$record"; bytes 3; } >"$tmp/truncated"
{ bytes 8; for _ in 1 2 3 4 5 6 7 8; do
	printf '%b' "$record\377\377\000\000\000\000\000\000"
done; printf '%b' "$record"; } >"$tmp/nine"
{ bytes 8; bytes $((8 * 4098)); } >"$tmp/long"
bytes 3000000 >"$tmp/huge"
printf 'ld [0]\nfrobnicate #1\n' >"$tmp/junk.bpf"
printf ';; platform vax\nret #0\n' >"$tmp/vax.bpf"
printf ';; cached x86_64 none\nret #0x7fff0000\n' >"$tmp/wrong.bpf"
{ bytes 8; printf '%b' "$record"; } >"$tmp/good"
mkdir "$tmp/nothing"

run()
{
	evi=$1
	expect 2 'empty: 0 bytes' "$2: empty file" "$evi" "$tmp/empty"
	expect 2 'short: 7 bytes' "$2: less than a header" "$evi" "$tmp/short"
	expect 2 'cut short' "$2: truncated record" "$evi" "$tmp/truncated"
	expect 2 'more than 8 filters' "$2: nine filters" "$evi" "$tmp/nine"
	expect 2 '4097 instructions' "$2: 4098 instructions" "$evi" "$tmp/long"
	expect 2 'huge' "$2: larger than any input" "$evi" "$tmp/huge"
	expect 2 'absent: No such file' "$2: no file" "$evi" "$tmp/absent"
	expect 2 'junk.bpf:2: ' "$2: text that is no filter" "$evi" \
		"$tmp/junk.bpf"
	expect 2 'vax.bpf:1: ' "$2: unknown platform in a case" "$evi" \
		"$tmp/vax.bpf"
	expect 2 'nothing was compared' "$2: empty directory" "$evi" \
		"$tmp/nothing"
	expect 2 'nothing to do' "$2: no work" "$evi"
	expect 2 'impossible value' "$2: seconds that are none" "$evi" \
		--seconds -5
	expect 2 'impossible value 4294967296' "$2: more tries than are counted" \
		"$evi" --shrink 4294967296 --seconds 1
	expect 2 'impossible value' "$2: no such subject" "$evi" --subject me
	expect 2 'impossible value' "$2: no such platform" "$evi" \
		--platform pdp11 --seconds 1
	expect 2 'impossible value' "$2: no jobs" "$evi" --jobs 0 --seconds 1
	expect 2 'unknown or incomplete' "$2: unknown option" "$evi" --frob
	expect 2 'unknown or incomplete' "$2: option without value" "$evi" \
		--seconds

	"$evi" "$tmp/good" >"$tmp/stdout" 2>&1
	result $? "$2: a good file holds"
	"$evi" "$tmp/wrong.bpf" >"$tmp/stdout" 2>&1
	[ $? -eq 1 ] && grep -q 'DIVERGENT at case' "$tmp/stdout"
	result $? "$2: a case with a wrong expectation is a finding"

	crashes=0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		head -c $((8 * (i * 7 + 1))) /dev/urandom >"$tmp/random"
		"$evi" --findings "$tmp/findings" "$tmp/random" \
			>"$tmp/stdout" 2>&1
		case $? in
		0) ;;
		2) grep -qE 'nothing was compared|more than' "$tmp/stdout" ||
			crashes=$((crashes + 1)) ;;
		*) crashes=$((crashes + 1)) ;;
		esac
	done
	result "$crashes" "$2: random files hold or are refused"
}

if [ "$(id -u)" -ne 0 ]; then # root reads everything
	: >"$tmp/closed"
	chmod 0 "$tmp/closed"
	expect 2 'closed: Permission denied' "unreadable file" \
		"$O/emu_vs_interp" "$tmp/closed"
fi
run "$O/emu_vs_interp" plain
if [ -x "$O/asan/emu_vs_interp" ]; then
	run "$O/asan/emu_vs_interp" sanitized
fi
tap_done
