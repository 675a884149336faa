#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/guided-results.py on a program that plays a guest: its files have the names
# of the kernel's, and it tells what it has run as emu_vs_kernel does.
# tests/heavy/guided.sh has a real one.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
results=$PWD/scripts/guided-results.py
mkdir -p "$tmp/kernel" "$tmp/net/core"
cd "$tmp" || exit 2

cat >kernel/seccomp.c <<'SOURCE'
int entered(int x)
{
	if (x > 1)
		return x + 2;
	return x - 3;
}

int never(int x)
{
	return x * 5;
}
SOURCE
cat >net/core/filter.c <<'SOURCE'
int other(int x)
{
	return x + 1;
}
SOURCE
# Not instrumented, as the rest of a kernel.
cat >guest.c <<'SOURCE'
#include <stdio.h>
int entered(int), never(int), other(int);
static unsigned long told[1000], n;

void __sanitizer_cov_trace_pc(void)
{
	told[n++] = (unsigned long)__builtin_return_address(0);
}

int main(int argc, char **argv)
{
	unsigned long i;

	entered(argc);
	for (i = 0; i < n; i++)
		printf("bitproof-blocks %lx\n", told[i]);
	printf("bitproof-kept new=3 raw=00000000000000000600000000000000 end\n");
	if (argc < 3)
		printf("bitproof-guided stacks=1\n");
	return !never(0) - 1 + !other(-1) - 1;
}
SOURCE
if ! gcc -g -O0 -no-pie -fsanitize-coverage=trace-pc -c kernel/seccomp.c -o seccomp.o ||
	! gcc -g -O0 -no-pie -fsanitize-coverage=trace-pc -c net/core/filter.c -o filter.o ||
	! gcc -g -O0 -no-pie guest.c seccomp.o filter.o -o guest; then
	echo "Bail out! the stand-in does not build"
	exit 2
fi
./guest >small
./guest x >large
./guest x y >half

"$results" --kept kept --lcov info guest small >lines
result $? "a result is read"
sed 's/^/# /' lines
grep -q '^kernel/seccomp.c: [0-9]* of [0-9]* lines, 1 of 2 functions$' lines &&
	grep -q '^net/core/filter.c: 0 of [0-9]* lines, 0 of 1 functions$' lines
result $? "files, with the functions that were entered"
grep -qE '^  entered +[0-9]+ of +[0-9]+   not: 4$' lines && ! grep -q never lines
result $? "the line of a branch that was not taken is named"
grep -q '^DA:3,1$' info && grep -q '^DA:4,0$' info && grep -q '^DA:5,1$' info &&
	[ "$(grep -c '^SF:' info)" -eq 2 ]
result $? "the same for lcov"
[ "$(od -An -tx1 kept/*.raw | tr -d ' \n')" = 00000000000000000600000000000000 ]
result $? "what was kept is there as an input"
"$results" guest small large >lines && grep -qE '^  entered +[0-9]+ of +[0-9]+$' lines
result $? "what two have run is taken together"

expect 2 "half: no result of --guided, or half of one" "a result that is cut short" \
	"$results" --kept cut guest half
[ -n "$(ls cut)" ]
result $? "what was kept until then is there"
sed 's/blocks .*/blocks 1234/' small >strange
expect 2 "guest: nothing is told at 0x1234" "a result of another kernel" \
	"$results" guest strange
gcc -g -no-pie -x c - -o plain <<<'int main(void) { return 0; }'
expect 2 "plain: nothing in it is instrumented" "a kernel without KCOV" \
	"$results" plain small
expect 2 "nowhere: No such file" "a result that there is not" "$results" guest nowhere
expect 2 "no-objdump: No such file" "tools that there are not" \
	"$results" --cross "$tmp/no-" guest small
tap_done
