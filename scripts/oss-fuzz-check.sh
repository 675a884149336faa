#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: oss-fuzz-check.sh [--engines LIST] [--sanitizers LIST] [--targets LIST]
#	 oss-fuzz-check.sh --out DIR --engine ENGINE --sanitizer SANITIZER
#
# Runs the contract of OSS-Fuzz without its containers: ci/oss-fuzz/build.sh with
# the variables that its images set, for each engine (libfuzzer afl honggfuzz) and
# sanitizer (address undefined memory, and coverage with libfuzzer), then what
# OSS-Fuzz looks at before it takes a build. The second form only looks, at a
# build that is in DIR. For each target, in a folder that it was not built in:
#
#	instrumented	it was linked with the engine, which counts its edges
#	sanitizer	calls of this sanitizer's runtime, and none of others
#	starts		four runs without seeds, as the engine does them; with coverage
#			a merge of the seeds, which is what makes the report
#	seeds		there are some, all are inputs, none is a crash
#	writes		nothing new where it lies, which is also its working
#			directory and its home
#
# honggfuzz is not in Debian: HONGGFUZZ is a folder where it was built. With
# OSS_FUZZ_RUNNER=DIR, infra/base-images/base-runner of an OSS-Fuzz checkout, its
# own test_all.py is run as well.
#
# Exit status: 0 all that ran passed, what was not run is said; 1 a check failed;
# 2 could not run.

set -eu -o pipefail
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
cd "$top"

die() { echo "oss-fuzz-check.sh: $*" >&2; exit 2; }

engines='libfuzzer afl honggfuzz'
sanitizers='address undefined memory coverage'
targets=$(make -s targets)
given='' engine='' sanitizer=''
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || die "$1 needs a value"
	case $1 in
	--engines) engines=${2//,/ } ;;
	--sanitizers) sanitizers=${2//,/ } ;;
	--targets) targets=${2//,/ } ;;
	--out) given=$2 ;;
	--engine) engine=$2 ;;
	--sanitizer) sanitizer=$2 ;;
	*) die "unknown option '$1'" ;;
	esac
	shift 2
done
for tool in clang clang++ nm objdump python3; do
	command -v $tool >/dev/null || die "$tool is missing: scripts/setup.sh test fuzz"
done

# Least calls into the runtime of the sanitizer that it was built with, and most
# into that of another: OSS-Fuzz's own limits. What the engine itself has of these
# comes on top: OSS-Fuzz has engines other than libFuzzer with AddressSanitizer only.
#		own	address	memory	undefined
limits()
{
	case $1 in
	address)	echo "1000 - 3 200" ;;
	memory)		echo "1000 0 - 200" ;;
	undefined)	echo "168 0 3 -" ;;
	*)		echo "0 0 3 200" ;;
	esac
}

flags()
{
	case $1 in
	address) echo '-fsanitize=address -fsanitize-address-use-after-scope' ;;
	undefined)
		local list=array-bounds,bool,builtin,enum,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,signed-integer-overflow,unreachable,vla-bound
		echo "-fsanitize=$list,unsigned-integer-overflow -fno-sanitize-recover=$list" ;;
	memory) echo '-fsanitize=memory -fsanitize-memory-track-origins' ;;
	coverage) echo '-fprofile-instr-generate -fcoverage-mapping' ;;
	esac
}

# What $engine links to each target: libraries, or an option of the compiler.
library()
{
	local lib

	case $engine in
	afl)
		lib=$(find /usr/lib /usr/local/lib -name libAFLDriver.a 2>/dev/null | head -n 1)
		[ -n "$lib" ] || die "no libAFLDriver.a (Debian package afl++)"
		echo "$lib" ;;
	honggfuzz) echo "$HONGGFUZZ/libhfuzz/libhfuzz.a $HONGGFUZZ/libhfcommon/libhfcommon.a" ;;
	*) echo -fsanitize=fuzzer ;;
	esac
}

# build OUT: as the image base-builder would, $engine and $sanitizer
build()
{
	local cc=clang cxx=clang++ lib cover=-fsanitize=fuzzer-no-link

	lib=$(library)

	mkdir -p "$1" build/oss-fuzz/src
	ln -sfn "$top" build/oss-fuzz/src/bitproof
	case $engine in
	afl)	cc=afl-clang-fast cxx=afl-clang-fast++ cover=
		cp "$(command -v afl-fuzz)" "$1/"
		: >"$1/afl_options.txt" ;;
	honggfuzz)
		cover=-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp
		cp "$HONGGFUZZ/honggfuzz" "$1/" ;;
	esac
	[ "$sanitizer" != coverage ] || cover=
	env -i PATH="$PATH" HOME="${HOME:-/}" ${XDG_CACHE_HOME:+XDG_CACHE_HOME="$XDG_CACHE_HOME"} \
		SRC="$top/build/oss-fuzz/src" WORK="$top/build/oss-fuzz/work" OUT="$1" \
		KERNEL="$tree" FUZZERS="$targets" AFL_QUIET=1 \
		FUZZING_ENGINE="$engine" SANITIZER="$sanitizer" ARCHITECTURE=x86_64 \
		CC=$cc CXX=$cxx LIB_FUZZING_ENGINE="$lib" \
		CFLAGS="-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION $(flags "$sanitizer") $cover" \
		bash -eu ci/oss-fuzz/build.sh >"$1.log" 2>&1 ||
		die "$engine, $sanitizer: the build failed: $(grep -vE '^make|^$' "$1.log" | head -n 1) (all of it: $1.log)"
}

bad=0
wrong()
{
	bad=1
	echo "FAILED $engine $sanitizer $1: $2"
}

# calls FILE RUNTIME: from how many places
calls() { grep -cE "call.*<$2" "$1" || true; }

# A target of nothing but the engine, without a sanitizer.
bare()
{
	local cc=clang++

	[ "$engine" != afl ] || cc=afl-clang-fast++
	# shellcheck disable=SC2046 # may be two
	if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }' |
		AFL_QUIET=1 $cc -x c++ -O1 - -x none $(library) -o "$tmp/bare" ||
	   ! objdump -d "$tmp/bare" >"$tmp/bare.code"; then
		die "no target of $engine alone"
	fi
}

check_sanitizer()
{
	local -A most
	local least other count limit

	objdump -d "$1" >"$tmp/code"
	read -r least "most[address]" "most[memory]" "most[undefined]" \
		<<<"$(limits "$sanitizer")"
	# With other engines OSS-Fuzz can't tell either.
	[ "$sanitizer" != undefined ] || [ "$engine" = libfuzzer ] || least=0
	for other in address memory undefined; do
		count=$(calls "$tmp/code" "__${runtime[$other]}")
		if [ "$other" = "$sanitizer" ]; then
			[ "$count" -ge "$least" ] ||
				wrong "$2" "$count calls of the sanitizer's runtime, not $least: not compiled with it"
			continue
		fi
		limit=${most[$other]}
		[ "$engine" = libfuzzer ] ||
			limit=$((limit + $(calls "$tmp/bare.code" "__${runtime[$other]}")))
		if [ "$count" -gt "$limit" ]; then
			wrong "$2" "$count calls of the runtime for $other: compiled with another sanitizer"
		fi
	done
}

# run NAME ARG...: the target as a service would: from its folder, HOME elsewhere
run()
{
	local name=$1

	shift
	(cd "$moved" && HOME=$moved TMPDIR=$tmp LLVM_PROFILE_FILE="$tmp/%p.profraw" \
		UBSAN_OPTIONS=silence_unsigned_overflow=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 \
		AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
		ASAN_OPTIONS="$asan_options" MSAN_OPTIONS=symbolize=0:exit_code=86 \
		timeout 120 "$@") >"$tmp/$name.log" 2>&1 </dev/null
}

first() { grep -vE '^(INFO|$)' "$tmp/$1.log" | head -n 1; }

# Without edges nothing of one input is of interest, and libFuzzer ends with an error.
check_merge()
{
	[ -d "$tmp/seeds" ] || return 0 # told by check_seeds()
	mkdir -p "$tmp/merged-$1"
	if ! run "$1" "./$1" -merge=1 -timeout=100 "$tmp/merged-$1" "$tmp/seeds" ||
	   ! grep -q 'MERGE-OUTER: successful' "$tmp/$1.log"; then
		wrong "$1" "does not merge its seeds: $(first "$1")"
	fi
}

check_engine()
{
	local name=$1 edges

	case $engine in
	libfuzzer)
		if [ "$sanitizer" = coverage ]; then
			check_merge "$name"
			return
		fi
		if ! run "$name" "./$name" -seed=1337 -runs=4 ||
		   ! grep -q 'Done 4 runs' "$tmp/$name.log"; then
			wrong "$name" "does not start: $(first "$name")"
			return
		fi
		edges=$(sed -nE 's/^INFO: Loaded [0-9]+ modules? +\(([0-9]+) .*/\1/p' "$tmp/$name.log")
		[ "${edges:-0}" -ge 100 ] ||
			wrong "$name" "${edges:-0} edges, not 100: not instrumented" ;;
	afl)
		mkdir -p "$tmp/one"
		echo input >"$tmp/one/input"
		run "$name" ./afl-fuzz -V 2 -t 5000+ -i "$tmp/one" -o "$tmp/afl-$name" \
			-x "$moved/$name.dict" -- "./$name" || true
		grep -q 'All set and ready to roll' "$tmp/$name.log" ||
			wrong "$name" "afl-fuzz does not start: $(tail -n 3 "$tmp/$name.log" | head -n 1)" ;;
	honggfuzz)
		mkdir -p "$tmp/hf-$name"
		echo input >"$tmp/hf-$name/input"
		run "$name" ./honggfuzz -n 1 --run_time 4 --exit_upon_crash -v -z -P \
			-R "$tmp/$name.report" -W "$tmp" -f "$tmp/hf-$name" -- "./$name" || true
		grep -qE '^Sz:[0-9]+ Tm:[0-9]+' "$tmp/$name.log" ||
			wrong "$name" "honggfuzz does not start: $(first "$name")" ;;
	esac
}

check_seeds()
{
	local name=$1 count read file

	rm -rf "$tmp/seeds"
	if ! python3 -m zipfile -e "$moved/${name}_seed_corpus.zip" "$tmp/seeds" 2>/dev/null; then
		wrong "$name" "no seed corpus"
		return
	fi
	for file in dict options; do
		[ -s "$moved/$name.$file" ] || wrong "$name" "no $name.$file"
	done
	count=$(find "$tmp/seeds" -type f | wc -l)
	[ "$engine" = libfuzzer ] || return 0
	if ! run "$name" env BITPROOF_COUNT=1 "./$name" -runs=0 -dict="$name.dict" "$tmp/seeds"; then
		wrong "$name" "a seed is a crash: $(first "$name")"
		return
	fi
	read=$(sed -n 's/^bitproof: \([0-9]*\) inputs$/\1/p' "$tmp/$name.log")
	# libFuzzer may run some of them twice, and always the empty one.
	if [ "$count" -eq 0 ] || [ "${read:-0}" -lt "$count" ]; then
		wrong "$name" "${read:-0} of $count seeds are inputs"
	fi
}

# Coverage builds are for a report: there must be something in it.
check_profile()
{
	find "$tmp" -name '*.profraw' -size +0 | grep -q . ||
		wrong "$1" "no profile was written"
}

declare -A runtime=([address]=asan [memory]=msan [undefined]=ubsan)

# check OUT: all targets of a build
check()
{
	local file name count=0 new

	tmp=$(mktemp -d /tmp/oss-fuzz.XXXXXX)
	moved=$tmp/not-out
	cp -a "$1" "$moved"
	mv "$1" "$1.moved" # a path that was built in must not work
	asan_options=detect_leaks=1
	[ "$engine" != afl ] || asan_options=abort_on_error=1:symbolize=0:detect_leaks=0:detect_odr_violation=0
	[ "$engine" = libfuzzer ] || bare
	touch "$tmp/start"
	for file in "$moved"/*; do
		name=${file##*/}
		if [ ! -f "$file" ] || [ ! -x "$file" ] ||
		   ! grep -q LLVMFuzzerTestOneInput "$file"; then
			continue
		fi
		count=$((count + 1))
		[ ! -t 2 ] || printf '\r%s %s: %s\e[K' "$engine" "$sanitizer" "$name" >&2
		[ "$sanitizer" = coverage ] || check_sanitizer "$file" "$name"
		check_seeds "$name" # which a merge needs
		check_engine "$name"
		[ "$sanitizer" != coverage ] || check_profile "$name"
	done
	[ ! -t 2 ] || printf '\r\e[K' >&2
	new=$(find "$moved" -newer "$tmp/start" -type f | head -n 1)
	[ -z "$new" ] || wrong all "was written outside /tmp: ${new##*/}"
	[ "$count" -gt 0 ] || wrong all "no fuzz target"
	mv "$1.moved" "$1"
	rm -rf "$tmp"
	if [ "$bad" -eq 0 ]; then
		echo "ok     $engine $sanitizer: $count targets"
	fi
}

# theirs OUT: with OSS-Fuzz's scripts, which move it to /tmp/not-out and back
theirs()
{
	local bin

	bin=$(mktemp -d)
	# It sets a limit of this machine.
	printf '#!/bin/sh\n' >"$bin/sysctl"
	chmod +x "$bin/sysctl"
	if ! PATH=$bin:$OSS_FUZZ_RUNNER:$PATH OUT="$1" FUZZING_LANGUAGE=c \
		FUZZING_ENGINE=$engine SANITIZER=$sanitizer ARCHITECTURE=x86_64 HELPER=True \
		RUN_FUZZER_MODE=batch AFL_FUZZER_ARGS='-m none' ASAN_OPTIONS='' MSAN_OPTIONS='' \
		UBSAN_OPTIONS=silence_unsigned_overflow=1 \
		FUZZER_ARGS='-rss_limit_mb=2560 -timeout=25' \
		python3 "$OSS_FUZZ_RUNNER/test_all.py" >"$1.theirs" 2>&1; then
		wrong all "test_all.py of OSS-Fuzz: $(grep -m 1 -E 'BAD BUILD|ERROR' "$1.theirs") (all of it: $1.theirs)"
	else
		echo "ok     $engine $sanitizer: test_all.py of OSS-Fuzz"
	fi
	rm -rf "$bin"
}

status=0
if [ -n "$given" ]; then
	[ -d "$given" ] || die "no directory $given"
	check "$(cd "$given" && pwd -P)"
	exit "$bad"
fi

tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
for engine in $engines; do
	case $engine in
	libfuzzer) ;;
	afl) command -v afl-clang-fast >/dev/null || die "no afl-clang-fast: scripts/setup.sh fuzz" ;;
	honggfuzz)
		if [ ! -x "${HONGGFUZZ:-/nonexistent}/honggfuzz" ]; then
			echo "not run honggfuzz: HONGGFUZZ is no folder where it was built"
			continue
		fi ;;
	*) die "no engine $engine" ;;
	esac
	for sanitizer in $sanitizers; do
		flags "$sanitizer" | grep -q . || die "no sanitizer $sanitizer"
		[ "$engine:$sanitizer" = "${engine/libfuzzer/}:coverage" ] && continue
		out=$top/build/oss-fuzz/$engine-$sanitizer
		bad=0
		build "$out"
		check "$out"
		[ -z "${OSS_FUZZ_RUNNER:-}" ] || [ "$sanitizer" = coverage ] || theirs "$out"
		[ "$bad" -eq 0 ] || status=1
	done
done
exit $status
