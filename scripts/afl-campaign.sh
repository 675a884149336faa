#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: afl-campaign.sh [OPTION...] [DIR]
#
# An AFL++ campaign of one target, with one instance for each processor:
#
#	HOST-main	the main instance, which keeps the corpus of all hosts
#	HOST-cmplog	also logs what is compared, and puts it into inputs
#	HOST-san	with AddressSanitizer and UBSan: what others find again
#	HOST-N		secondaries, each with another power schedule; every
#			fourth lets AFL++ change bytes too
#
# They start in this order until there are --jobs of them. All but those use only
# the mutator of src/mutate.h, which also trims. DIR (bitproof-afl) holds all: what
# is there is resumed. docs/fuzzing.md tells how two hosts share what they find.
#
#	--target NAME	one of 'make targets' (emu_vs_interp)
#	--jobs N	instances (one for each processor)
#	--seconds N	stop then; without it on Ctrl-C
#	--host NAME	for names of instances (this machine's own)
#	--sync DIR	a folder that hosts share: each puts its queues there every
#			minute, under its name, and takes those of others
#	--take DIR	what other fuzzers keep there, such as bitproof-guided/kept: the
#			main instance takes it, while it runs too; may be repeated
#	--kernel TREE	what is fuzzed (Debian's linux-source-6.12)
#	--interval N	seconds between two lines of statistics (10)
#
# A line of statistics goes to standard error and to DIR/statistics; at the end
# DIR/plot.svg draws them. Inputs that fail are in DIR/failures, to be replayed by
# emu_vs_interp. What the campaign begins with is run before it: afl-fuzz passes over
# what fails there.
#
# Exit status: 0 nothing was found; 1 something was; 2 could not run, or nothing ran.

set -eu -o pipefail
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

die() { echo "afl-campaign.sh: $*" >&2; exit 2; }

target=emu_vs_interp jobs=$(nproc) seconds='' host=$(hostname -s 2>/dev/null || echo host)
sync='' take=() tree='' interval=10 dir=bitproof-afl
while [ $# -gt 0 ]; do
	case $1 in
	--*)	[ $# -ge 2 ] || die "$1 needs a value" ;;
	*)	[ $# -eq 1 ] || die "one folder, not $*"
		dir=$1
		shift
		continue ;;
	esac
	case $1 in
	--jobs | --seconds | --interval)
		case $2 in
		'' | 0 | *[!0-9]*) die "$1 takes a number, not '$2'" ;;
		esac ;;
	esac
	case $1 in
	--target) target=$2 ;;
	--jobs) jobs=$2 ;;
	--seconds) seconds=$2 ;;
	--host) host=$2 ;;
	--sync) sync=$2 ;;
	--take)
		[ -d "$2" ] || die "no folder $2"
		take+=(-F "$(cd "$2" && pwd -P)") ;;
	--kernel) tree=$2 ;;
	--interval) interval=$2 ;;
	*) die "unknown option '$1'; its head says which there are" ;;
	esac
	shift 2
done
for tool in afl-fuzz afl-clang-fast clang; do
	command -v $tool >/dev/null || die "$tool is missing: scripts/setup.sh build test fuzz"
done
case " $(make -s -C "$top" targets) " in
*" $target "*) ;;
*) die "no target $target; 'make targets' names them" ;;
esac
case $host in
'' | *[!A-Za-z0-9_]*) die "--host takes letters, digits and _, not '$host'" ;;
esac
[ -z "$sync" ] || [ -d "$sync" ] || die "no folder $sync"

tree=${tree:-$("$top/scripts/fetch-kernel.sh" 6.12)} || exit 2
tree=$(cd "$tree" 2>/dev/null && pwd -P) || die "no tree $tree"
mkdir -p "$dir/failures" || exit 2
dir=$(cd "$dir" && pwd -P)
if [ -n "$(find "$dir" -maxdepth 2 -name fuzzer_stats -print -quit)" ] &&
   [ "$(cat "$dir/campaign" 2>/dev/null)" != "$target $tree" ]; then
	die "$dir is of another campaign: $(cat "$dir/campaign" 2>/dev/null)"
fi
echo "$target $tree" >"$dir/campaign"

# Another place for each tree, so that campaigns don't disturb one another.
out=build/afl-trees/$(sha256sum <<<"$tree" | cut -c1-16)
build()
{
	make -s -C "$top" -j"$(nproc)" KERNEL="$tree" TREE_O="$out" FUZZERS="$target" \
		"$@" >"$dir/build.log" 2>&1 ||
		die "make $*: $(grep -v '^make' "$dir/build.log" | head -n 1) (all of it: $dir/build.log)"
}
echo "afl-campaign.sh: building" >&2
build afl seeds
[ "$jobs" -lt 3 ] || build SAN=address,undefined afl
program=$top/$out/afl/$target
sanitized=$top/$out/afl-asan/$target
# A program that is replaced would end those that run.
[ -x "$program" ] || die "no $program"

seeds=$dir/seeds
if [ ! -d "$seeds" ]; then
	cp -a "$top/build/seeds" "$seeds.new" && mv "$seeds.new" "$seeds"
fi

# keep FILE...: inputs that fail, each once
keep()
{
	local file

	for file; do
		[ ! -f "$file" ] ||
			cp -n "$file" "$dir/failures/$(sha256sum <"$file" | cut -c1-16).raw"
	done
}

# passes PROGRAM FILE...: in one process, in so many seconds
passes() { BITPROOF_FINDINGS='' timeout 120 "$@" >/dev/null 2>&1; }

# replay PROGRAM FILE...: keep those that fail
replay()
{
	local file

	passes "$@" && return
	for file in "${@:2}"; do
		passes "$1" "$file" || keep "$file"
	done
}

mapfile -d '' -t begins < <(find "$seeds" "$dir/$host"-*/queue -type f \
	! -path '*/.state/*' -print0 2>/dev/null)
for ((i = 0; i < ${#begins[@]}; i += 500)); do
	replay "$program" "${begins[@]:i:500}"
	[ "$jobs" -lt 3 ] || replay "$sanitized" "${begins[@]:i:500}"
done

export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1
export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_IMPORT_FIRST=1
export AFL_CUSTOM_MUTATOR_LIBRARY=$top/$out/afl/mutator.so
unset BITPROOF_FINDINGS

pids=()
# start NAME PROGRAM ARG...: one instance
start()
{
	local name=$1 what=$2 resume

	shift 2
	resume=$seeds
	# One that never began, since all its seeds failed, has none.
	[ ! -f "$dir/$name/fuzzer_stats" ] || resume=-
	# Its own process group: an interrupt is ours to pass on, once.
	setsid afl-fuzz -i "$resume" -o "$dir" -t 2000+ -m none \
		${seconds:+-V "$seconds"} "$@" -x "$top/dict/bitproof.dict" -- "$what" \
		>"$dir/$name.log" 2>&1 </dev/null &
	pids+=($!)
}

only() { AFL_CUSTOM_MUTATOR_ONLY=1 start "$@"; }

schedules=(fast explore coe exploit rare seek lin quad)
for ((i = 0; i < jobs; i++)); do
	case $i in
	0) only "$host-main" "$program" -M "$host-main" "${take[@]}" ;;
	1) start "$host-cmplog" "$program" -S "$host-cmplog" -c 0 -l 2 ;;
	2) only "$host-san" "$sanitized" -S "$host-san" ;;
	*)	schedule=${schedules[i % ${#schedules[@]}]}
		if [ $((i % 4)) -eq 3 ]; then
			start "$host-$i" "$program" -S "$host-$i" -p "$schedule"
		else
			only "$host-$i" "$program" -S "$host-$i" -p "$schedule"
		fi ;;
	esac
done

stop()
{
	trap '' INT TERM
	for pid in "${pids[@]}"; do
		kill -INT "$pid" 2>/dev/null || true
	done
}
trap stop INT TERM EXIT

running()
{
	local pid

	for pid in "${pids[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 0
	done
	return 1
}

# exchange: afl-fuzz takes what stands beside it under another name.
exchange()
{
	local other

	[ -n "$sync" ] || return 0
	mkdir -p "$sync/$host"
	for other in "$dir/$host"-*/; do
		[ -d "${other}queue" ] || continue
		mkdir -p "$sync/$host/$(basename "$other")"
		cp -ru "${other}queue" "$sync/$host/$(basename "$other")/" 2>/dev/null || true
	done
	for other in "$sync"/*/*/; do
		[ "$(basename "$(dirname "$other")")" != "$host" ] || continue
		mkdir -p "$dir/$(basename "$other")"
		cp -ru "${other}queue" "$dir/$(basename "$other")/" 2>/dev/null || true
	done
}

# Of all instances of this host: seconds, executions, executions a second, paths,
# edges of the best one, crashes, hangs.
statistics()
{
	local files=("$dir/$host"-*/fuzzer_stats)

	[ -f "${files[0]}" ] || return 0
	awk -v t="$1" -F ' *: *' '
		{ sub(/ +$/, "", $1) }
		$1 == "execs_done" { execs += $2 }
		$1 == "run_time" && $2 > time { time = $2 }
		$1 == "corpus_count" && $2 > paths { paths = $2 }
		$1 == "edges_found" && $2 > edges { edges = $2 }
		$1 == "saved_crashes" { crashes += $2 }
		$1 == "saved_hangs" { hangs += $2 }
		END { print t, execs + 0, int(execs / (time ? time : 1)), paths + 0, edges + 0,
			crashes + 0, hangs + 0 }' "${files[@]}"
}

report()
{
	local line

	line=$(statistics "$1")
	[ -n "$line" ] || return 0
	echo "$line" >>"$dir/statistics"
	awk '{ printf "%d s: %d inputs, %d/s, %d kept, %d edges, %d crashes, %d hangs\n",
		$1, $2, $3, $4, $5, $6, $7 }' <<<"$line" >&2
}

# Seconds of earlier runs count on.
touch "$dir/statistics"
before=$(tail -n 1 "$dir/statistics" | cut -d' ' -f1)
before=${before:-0}
SECONDS=0
last=0 exchanged=0
while running; do
	sleep 1
	if [ $((SECONDS - last)) -ge "$interval" ]; then
		last=$SECONDS
		report $((before + SECONDS))
	fi
	if [ $((SECONDS - exchanged)) -ge 60 ]; then
		exchanged=$SECONDS
		exchange
	fi
done
wait || true
trap - EXIT
exchange
report $((before + SECONDS))
keep "$dir/$host"-*/crashes/id* "$dir/$host"-*/hangs/id*
found=$(find "$dir/failures" -type f | wc -l)
plot=''
if [ -s "$dir/statistics" ]; then
	python3 "$top/scripts/plot.py" "$dir/statistics" "$dir/plot.svg" || exit 2
	plot="; $dir/plot.svg"
elif [ "$found" -eq 0 ]; then
	die "nothing ran: $(grep -hE 'ABORT|Error' "$dir"/*.log |
		head -n 1 | sed 's/\x1b\[[0-9;]*m//g')"
fi
echo "$found failures, in $dir/failures$plot"
[ "$found" -eq 0 ] || exit 1
[ "$(tail -n 1 "$dir/statistics" | cut -d' ' -f2)" -gt 0 ] || die "no input was run"
