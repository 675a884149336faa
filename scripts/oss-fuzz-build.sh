#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: oss-fuzz-build.sh
#
# The fuzz targets for OSS-Fuzz, ClusterFuzzLite and what else speaks their
# contract: CC, CXX, CFLAGS, LIB_FUZZING_ENGINE, FUZZING_ENGINE and SANITIZER say
# how to build, $WORK is for objects, and the targets go to $OUT, each with seeds,
# dictionary and options.
#
#	KERNEL		a tree; default: the newest /usr/src/linux-source-*,
#			unpacked to $WORK/linux
#	FUZZERS		only these targets
#
# Exit status: 0; 2 could not.

set -eu -o pipefail
cd "${BASH_SOURCE[0]%/*}/.."

die() { echo "oss-fuzz-build.sh: $*" >&2; exit 2; }

for variable in CC CXX CFLAGS LIB_FUZZING_ENGINE OUT WORK; do
	[ -n "${!variable:-}" ] || die "$variable is not set"
done
engine=${FUZZING_ENGINE:-libfuzzer}
sanitizer=${SANITIZER:-address}

# kernel: the path of a tree
kernel()
{
	local archive

	archive=$(find /usr/src -name 'linux-source-*.tar.*' -type f | sort -V |
		tail -n 1)
	[ -n "$archive" ] || die "no /usr/src/linux-source-*.tar.*: set KERNEL"
	if [ ! -f "$WORK/linux/Kbuild" ]; then
		mkdir -p "$WORK/linux"
		tar -C "$WORK/linux" --strip-components=1 -xf "$archive" ||
			die "can't unpack $archive"
	fi
	echo "$WORK/linux"
}

tree=${KERNEL:-$(kernel)}

# Coverage is for what is under test only, see harness/feedback.c. libFuzzer and
# AFL++ get flags; honggfuzz what the contract has for it.
plain='' coverage=''
for flag in $CFLAGS; do
	case $flag in
	-fsanitize=fuzzer-no-link | -fsanitize-coverage=*)
		coverage+=" $flag" ;;
	*)	plain+=" $flag" ;;
	esac
done
cc=$CC
case $engine:$sanitizer in
*:coverage | none:*) coverage='' ;;
libfuzzer:*) coverage=-fsanitize-coverage=inline-bool-flag,pc-table ;;
afl:*)	# Its compiler instruments all that it compiles; linking is enough.
	coverage=-fsanitize-coverage=inline-bool-flag,pc-table
	cc=clang ;;
esac

objects=$WORK/bitproof-$engine-$sanitizer
mkdir -p "$OUT" "$objects"
make -s -j"$(nproc)" O="$objects" LINKED_O="$OUT" KERNEL="$tree" CC="$cc" \
	SAN= OPT= MARCH= WARN= EXTRA="$plain -fPIC -DFUZZER" COV="$coverage" \
	LINK_FUZZER="$CXX" LIB_FUZZER="$LIB_FUZZING_ENGINE" \
	${FUZZERS:+FUZZERS="$FUZZERS"} fuzzers || die "make failed"

# A tool that runs now needs neither sanitizer nor engine.
tools=$WORK/bitproof-tools
make -s -j"$(nproc)" O="$tools" CC="${cc##*/}" SAN= MARCH= WARN= seeds ||
	die "make seeds failed"
seeds=$tools/seeds

# seeds_of TARGET: their paths
seeds_of()
{
	case $1 in
	emu_vs_interp_stacked)
		for file in "$seeds"/*.raw; do
			[ "$("$tools/bitproof-asm" -d "$file" | grep -c '^;; filter')" -lt 2 ] ||
				echo "$file"
		done ;;
	fuzz_text)
		# Names are what the archive knows them by: those of folders clash.
		printf '%s\n' corpus/*.bpf "$seeds"/*.raw ;;
	*)	printf '%s\n' "$seeds"/*.raw ;;
	esac
}

for target in ${FUZZERS:-$(make -s targets)}; do
	rm -f "$OUT/${target}_seed_corpus.zip"
	mapfile -t files < <(seeds_of "$target")
	python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" "${files[@]}" ||
		die "can't write the seeds of $target"
	sed "s/bitproof\\.dict/$target.dict/" harness/emu_vs_interp.options \
		>"$OUT/$target.options"
	cp dict/bitproof.dict "$OUT/$target.dict"
	[ "$target" != fuzz_text ] || cat dict/text.dict >>"$OUT/$target.dict"
done
