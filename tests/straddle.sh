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

# All that qemu-run.sh looks at of an image and an init.
{ head -c 65544 /dev/zero; printf S390EP; } >"$tmp/s390x"
printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\026' >"$tmp/init"
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

# ---- filters as code of the C compiler ----------------------------------------

native=${O:-build}/straddle_native
cc=${CC:-cc}

# compiled WHAT STATUS CC ARG...: status, and the last line that goes with it.
compiled()
{
	what=$1 wanted=$2 compiler=$3 last=holds
	shift 3
	[ "$wanted" -eq 0 ] || last=FAILS
	CC=$compiler "$native" --findings "$tmp/native" "$@" >"$tmp/stdout" 2>&1
	[ $? -eq "$wanted" ] && [ "$(tail -n 1 "$tmp/stdout")" = $last ]
	result $? "compiled: $what"
}

compiled "corpus and generated stacks" 0 "$cc" --stacks 100 corpus
grep -E '^probes +[1-9][0-9]* .* [1-9][0-9]* of them without' "$tmp/stdout" | sed 's/^/# /'
compiled "each word loaded twice" 0 "$cc -DALSO=w" --stacks 20
for wrong in "the other half of each word:-DWORD=(w^1):execute" \
	"an access more:-DALSO=15:access"; do
	flag=${wrong#*:} where=${wrong##*:}
	flag=${flag%:*}
	compiled "${wrong%%:*}: found" 1 "$cc $flag" --stacks 64
	folder=$(echo "$tmp/native/DIVERGENT-$where-"*)
	[ -s "$folder/finding.txt" ] && [ -s "$folder/case.bpf" ]
	result $? "compiled: ${wrong%%:*}: has a folder"
	rerun=$(sed -n 's/^  rerun  *//p' "$folder/finding.txt")
	sh -c "$rerun --findings $tmp/again" >"$tmp/stdout" 2>&1
	[ $? -eq 1 ]
	result $? "compiled: ${wrong%%:*}: the line that reruns it does"
	compiled "${wrong%%:*}: nothing in it for others" 0 "$cc" "$folder/input.raw"
done
expect 2 "no code of filters from 'false'" "compiled: a compiler that fails" \
	env CC=false "$native" --stacks 3
expect 2 'nothing to do' "compiled: no work" "$native"
expect 2 "$tmp/absent: No such file" "compiled: no such file" "$native" "$tmp/absent"
head -c 21 "$folder/input.raw" >"$tmp/cut.raw"
expect 2 'cut.raw: 21 bytes are no input' "compiled: a file that is cut short" \
	"$native" "$tmp/cut.raw"

# ---- guests, without a boot --------------------------------------------------

guests=scripts/straddle.sh
expect 2 'no such arch: vax' "guests: an unknown arch" $guests vax
expect 2 "unknown option '--absent'" "guests: an unknown option" $guests --absent 1
expect 2 "'many' is not a number" "guests: probes that are no number" $guests --probes many
expect 2 "can't read $tmp/absent" "guests: no such file" $guests --files "$tmp/absent"
expect 2 "has no KVM selftests" "guests: no tree" \
	scripts/build-selftest.sh --arch arm64 --kernel "$tmp"
expect 2 'no KVM guests on s390x' "guests: what QEMU can't do" \
	scripts/qemu-run.sh --nested --arch s390x --kernel "$tmp/s390x" --init "$tmp/init"
foreign=arm64
[ "$(uname -m)" != aarch64 ] || foreign=x86_64
$guests --here $foreign >"$tmp/stdout" 2>&1
[ $? -eq 4 ] &&
	grep -q "^not run     straddle: $foreign: no /dev/kvm of this arch" "$tmp/stdout"
result $? "guests: --here says what was not run"
tap_done
