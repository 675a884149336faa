#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The contract of OSS-Fuzz: a build of two targets passes scripts/oss-fuzz-check.sh,
# and builds that break one of its rules don't. 'make oss-fuzz-check' has all
# targets, engines and sanitizers. KERNEL is a tree.

tmp=$(mktemp -d /tmp/oss-fuzz-test.XXXXXX) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
unset MAKEFLAGS MAKELEVEL MFLAGS SAN CC
KERNEL=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
export KERNEL

scripts/oss-fuzz-check.sh --engines libfuzzer --sanitizers address \
	--targets fuzz_text,fuzz_set_oracle >"$tmp/out" 2>&1 &&
	grep -q '^ok .*: 2 targets' "$tmp/out"
result $? "libFuzzer, AddressSanitizer: the contract holds"
sed 's/^/# /' "$tmp/out" | head -n 5

scripts/oss-fuzz-check.sh --engines libfuzzer --sanitizers coverage --targets fuzz_text \
	>"$tmp/out" 2>&1 && grep -q '^ok .*coverage: 1 target' "$tmp/out"
result $? "libFuzzer, for coverage: it merges its seeds and leaves a profile"
sed 's/^/# /' "$tmp/out" | head -n 5

# A good build, to be broken: copied, then one thing is changed.
good=build/oss-fuzz/libfuzzer-address

# breaks NAME PATTERN: the build in $tmp/NAME fails, with this line
breaks()
{
	scripts/oss-fuzz-check.sh --out "$tmp/$1" --engine libfuzzer \
		--sanitizer "${3:-address}" >"$tmp/out" 2>&1
	[ $? -eq 1 ] && grep -qE "^FAILED .*$2" "$tmp/out"
	result $? "is not accepted: $1"
}
# broken NAME: a copy of one good target
broken()
{
	mkdir "$tmp/$1"
	cp "$good"/fuzz_text* "$tmp/$1/"
}
# target NAME FLAG... <SOURCE: as fuzz_text of a broken build
target()
{
	broken "$1"
	clang -x c -O1 -fsanitize=fuzzer,address "${@:2}" - -o "$tmp/$1/fuzz_text"
}

broken "other sanitizer"
breaks "other sanitizer" "compiled with another sanitizer" undefined
broken "no seeds"
rm "$tmp/no seeds/fuzz_text_seed_corpus.zip"
breaks "no seeds" "no seed corpus"
broken "no dictionary"
rm "$tmp/no dictionary/fuzz_text.dict"
breaks "no dictionary" "no fuzz_text.dict"
broken "seeds that are none"
printf '\001' >"$tmp/x"
(cd "$tmp" && python3 -m zipfile -c "seeds that are none/fuzz_text_seed_corpus.zip" x)
breaks "seeds that are none" "seeds are inputs|a seed is a crash"
mkdir "$tmp/nothing"
breaks "nothing" "no fuzz target"

target "small" <<'SOURCE'
int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return 0; }
SOURCE
breaks "small" "0?[0-9]* edges, not 100|not compiled with it"
target "writes where it runs" <<'SOURCE'
#include <stdio.h>
int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
{
	FILE *f = fopen("left-behind", "w");
	fputs("x", f);
	return fclose(f);
}
SOURCE
breaks "writes where it runs" "written outside /tmp: left-behind"
target "dies" <<'SOURCE'
int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { __builtin_trap(); }
SOURCE
breaks "dies" "does not start"
target "bound to its place" -DPLACE="\"$tmp/bound to its place/fuzz_text.dict\"" <<'SOURCE'
#include <stdio.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const char *d, unsigned long n)
{
	FILE *f = fopen(PLACE, "r");
	if (!f)
		abort();
	return fclose(f);
}
SOURCE
breaks "bound to its place" "does not start"

expect 2 "is not set" "without the contract's variables nothing is built" \
	env -u OUT scripts/oss-fuzz-build.sh
mkdir "$tmp/projects"
expect 2 "full address" "what is submitted needs an address" \
	ci/oss-fuzz/submit.sh bitproof me@example.org "$tmp/projects"
ci/oss-fuzz/submit.sh https://example.org/bitproof me@example.org "$tmp/projects" >"$tmp/out" &&
	grep -q 'git clone --depth 1 "https://example.org/bitproof"' "$tmp/projects/bitproof/Dockerfile" &&
	! grep -rq '@[A-Z]*@' "$tmp/projects/bitproof"
result $? "what is submitted has the address everywhere"
cmp -s ci/oss-fuzz/build.sh .clusterfuzzlite/build.sh
result $? "OSS-Fuzz and ClusterFuzzLite are given the same build"
tap_done
