#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guests.sh --kernel TREE [OPTION...] ARCH...
#	 guests.sh [OPTION...] IMAGE...
#
# Compares booted kernels with the reference, side by side as the processors
# allow: those that build-kernel.sh makes of TREE for each ARCH, or images as
# they are. /init of each guest is harness/emu_vs_kernel.c.
#
#	--seconds N	in each guest, default 30
#	--seed N	of the generated stacks
#	--files PATH	inputs that each guest begins with, a file or directory;
#			may be repeated
#	--replay PATH	these inputs only, and nothing generated
#	--findings DIR	default ./bitproof-findings
#	--strict	a LOST is a finding
#	--keep-going	no finding ends anything
#	--guided DIR	kernels with KCOV (kernel/kcov.config, kcov-ARCH.config): stacks
#			are made from those that made the kernel run something new.
#			DIR gets these, as DIR/kept/HASH.raw, and the lines that were
#			run, as DIR/ARCH.lines and for lcov DIR/ARCH.info
#	--share N	of a hundred stacks so many are made so (75); 0: only look
#	--records DIR	leave what was done there, for gate-results.py
#
# The first finding ends it: its input is on disk, synced, before the other guests
# are stopped; then it is made small. A guest that could not run ends nothing.
#
# Standard output: the findings, and for each guest and mode of execution a line
# that says what was compared. Exit status: 0 all hold; 1 a finding; 2 one could
# not run or decide: then a line on standard error for each that says why.
#
# BITPROOF_STALL: seconds after which a guest that says nothing hangs (100).

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
# shellcheck source-path=SCRIPTDIR source=pause.sh
. "${BASH_SOURCE[0]%/*}/pause.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

tree='' seconds=30 seed=1 findings=bitproof-findings replay='' files=() strict='' keep_going='' records='' guided='' share=75
while [ $# -gt 0 ]; do
	case $1 in
	--strict)     strict=$1; shift; continue ;;
	--keep-going) keep_going=$1; shift; continue ;;
	--*) ;;
	*) break ;;
	esac
	[ $# -ge 2 ] || die "$1 needs a value"
	case $1 in
	--kernel)   tree=$2 ;;
	--seconds)  seconds=$2 ;;
	--seed)	    seed=$2 ;;
	--files)    files+=("$2") ;;
	--replay)   replay=$2 ;;
	--findings) findings=$2 ;;
	--guided)   guided=$2 ;;
	--share)    share=$2 ;;
	--records)  records=$2 ;;
	*)	    die "unknown option '$1'" ;;
	esac
	shift 2
done
[ $# -gt 0 ] || die "no guest is named"
[ -z "$replay" ] || files=("$replay")

# Of guest I: what it is called, its arch, and its image if it has one already.
name=() arch=() image=()
for guest; do
	if [ -n "$tree" ]; then
		arch+=("$guest") image+=('') name+=("$guest")
	else
		row=$("$top/scripts/qemu-run.sh" --arch-of "$guest") || exit 2
		arch+=("$row") image+=("$guest") name+=("$row ${guest##*/}")
	fi
done
# shellcheck source-path=SCRIPTDIR source=guests-progress.sh
. "$top/scripts/guests-progress.sh"
# shellcheck source-path=SCRIPTDIR source=guests-findings.sh
. "$top/scripts/guests-findings.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/bitproof-guests.XXXXXX") || die "no temporary directory"

# ---- one guest, in the background -------------------------------------------

phase() { printf '%s\t%s\n' "$1" "$EPOCHSECONDS" >"$dir/phase"; }

# slot KIND N: wait for one of the N that there are, and keep it while descriptor 6
# is open.
slot()
{
	local i

	while :; do
		for ((i = 0; i < $2; i++)); do
			exec 6>"$work/slot-$1-$i"
			! flock -n 6 || return 0
		done
		pause 1
	done
}

# run I: all that one guest takes. It ends with the guest's status.
run()
{
	local kernel=${image[$1]} options=() paths=() config=() n=0 path

	if [ -n "$guided" ]; then
		config=(--config "$top/kernel/kcov.config")
		path=$top/kernel/kcov-${arch[$1]}.config
		[ ! -e "$path" ] || config+=(--config "$path")
	fi
	if [ -z "$kernel" ]; then
		# Each takes all processors, except while it is configured and linked:
		# then another goes on.
		phase 'waits to be built'
		slot building 2
		phase building
		kernel=$("$top/scripts/build-kernel.sh" --arch "${arch[$1]}" \
			--kernel "$tree" --out "$work/kernels" "${config[@]}" 2>"$dir/log" 6>&-) ||
			return 2
	fi
	echo "$kernel" >"$dir/kernel"
	for path in "${files[@]}"; do
		n=$((n + 1))
		paths+=("in$n-${path##*/}")
		options+=(--file "in$n-${path##*/}=$path")
	done
	[ -z "$keep_going" ] || paths=(--keep-going "${paths[@]}")
	[ -z "$strict" ] || paths=(--strict "${paths[@]}")
	[ -z "$guided" ] || paths=(--guided "$share" "${paths[@]}")
	[ -n "$replay" ] || paths=(--seconds "$seconds" "${paths[@]}")
	phase 'waits for a processor'
	slot running "$(nproc)"
	phase running
	"$top/scripts/qemu-run.sh" --arch "${arch[$1]}" --kernel "$kernel" \
		--init "$top/build/guest/emu_vs_kernel-${arch[$1]}" \
		--result "$dir/result" --console "$dir/console" \
		--timeout $((seconds * 3 + 300)) --stall "${BITPROOF_STALL:-100}" "${options[@]}" \
		-- --seed "$seed" "${paths[@]}" 2>>"$dir/log"
}

start()
{
	dir=$work/guest-$1
	mkdir "$dir"
	(
		status=0
		run "$1" </dev/null || status=$?
		echo "$status" >"$dir/status.new"
		mv "$dir/status.new" "$dir/status"
	) &
	pid[$1]=$!
}

# Each is in a process group of its own, so that it ends as a whole.
pid=() stopped=()
stop() # I...
{
	local i

	for i; do
		[ ! -e "$work/guest-$i/status" ] || continue
		stopped[i]=1
		kill -TERM -- "-${pid[i]}" || true
		wait "${pid[i]}" || true
	done 2>/dev/null
}

# ---- the summary ------------------------------------------------------------

# said I: what the guest, or what ran it, said last.
said()
{
	local dir=$work/guest-$1

	if ! tail -n 1 "$dir/result" 2>/dev/null | grep -aq '^bitproof-trailer '; then
		tail -n 1 "$dir/log" 2>/dev/null
	else
		grep -am 1 '^emu_vs_kernel: ' "$dir/result" ||
			echo "a verdict could not be decided"
	fi
}

# The kernel of a tree was built with seccomp_cache: without it the bits, which
# are what matters, were not compared. Of an image, that is only told.
no_bits() { grep -aq '^not run .* bits ' "$work/guest-$1/result" 2>/dev/null; }

# judge I: sets $outcome and $why, and what the exit status will be.
found_any='' could_not=''
judge()
{
	local status

	why=
	status=$(cat "$work/guest-$1/status" 2>/dev/null) || status=
	outcome=undecided
	if grep -qsv ' class=UNPROVEN ' "$work/guest-$1/told"; then
		outcome=fails
	elif [ -n "${stopped[$1]:-}" ] && [ -z "${met[$1]:-}" ]; then
		outcome=stopped
		why="a finding in another guest"
		return
	elif [ "$status" = 1 ]; then
		outcome=fails
		found_any=1
		why=$(said "$1")
	elif [ "$status" != 0 ]; then
		could_not=1
		why=$(said "$1")
	elif [ -n "$tree" ] && no_bits "$1"; then
		could_not=1
		why="this kernel has no seccomp_cache: no bit was compared"
	else
		outcome=holds
		! no_bits "$1" || why="no seccomp_cache: compared by verdicts only"
		why+=$(sed -n 's/.*: status 0; //p' "$work/guest-$1/log")
	fi
	why=${why#*.sh: }
	why=${why#"${arch[$1]}"[:,] }
	[ -z "$why" ] || note "${name[$1]}: $why"
}

# record I: what gate-results.py reads of one guest.
record()
{
	local file kind

	file=$(printf '%s/guest-%02d.records' "$records" "$1")
	judge "$1"
	{
		echo "bitproof-guest arch=${arch[$1]} outcome=$outcome name=${name[$1]}"
		echo "bitproof-why why=$why"
		for kind in paths 'not run'; do
			sed -n "s/^$kind  */bitproof-line key=${kind/ /-} text=/p" "$work/guest-$1/result" || true
		done
		grep -aE '^bitproof-(mode|scenario|case|absent|progress|trailer) ' "$work/guest-$1/result" || true
		cat "$work/guest-$1/told" || true
	} 2>/dev/null >"$file"
}

# ---- all of them ------------------------------------------------------------

mkdir -p "$top/build" || die "can't make $top/build"
mapfile -t inits < <(printf 'build/guest/emu_vs_kernel-%s\n' "${arch[@]}" | sort -u)
exec 9>"$top/build/lock"
flock 9
make -s -C "$top" "${inits[@]}" build/bitproof-finding >"$work/log" 2>&1 ||
	die "the harness for guests does not build: $(grep -m 1 -E 'error|No such' "$work/log" ||
		head -n 1 "$work/log")"
exec 9>&-
trap 'stop "${!pid[@]}"; rm -rf "$work"; exit 2' HUP INT TERM
set -m
for i in "${!name[@]}"; do
	start "$i"
done
set +m

ended()
{
	local i

	for i in "${!name[@]}"; do
		[ -e "$work/guest-$i/status" ] || [ -n "${stopped[i]:-}" ] || return 1
	done
}

# look: what is found is saved; the first finding stops the other guests.
found='' deadline=
look()
{
	local i other

	for i in "${!name[@]}"; do
		! meet "$i" || [ -n "$keep_going$found" ] || {
			found=$i deadline=$((SECONDS + 120))
			for other in "${!name[@]}"; do
				[ "$other" = "$found" ] || stop "$other"
			done
		}
		tell "$i"
	done
}

looked=-1
while ! ended; do
	pause 0.3
	[ $SECONDS != $looked ] || continue
	looked=$SECONDS
	look
	progress
	[ -z "$deadline" ] || [ $SECONDS -lt "$deadline" ] || stop "$found"
done
look
printf %s "$clear" >&2

# guided_results I: what it kept, and what it ran, in short here.
guided_results()
{
	local dir=$work/guest-$1 out=$guided/${arch[$1]} cross

	[ -e "$dir/result" ] || return 0
	cross=$(make -s -C "$top" cross-"${arch[$1]}")
	if ! "$top/scripts/guided-results.py" --cross "$cross" --kept "$guided/kept" \
		--lcov "$out.info" "$(cat "$dir/kernel").vmlinux" "$dir/result" >"$out.lines"; then
		could_not=1
		return
	fi
	grep -a '^guided ' "$dir/result"
	grep '^[^ ]' "$out.lines"
}
if [ -n "$guided" ]; then
	mkdir -p "$guided" || die "can't make $guided"
	for i in "${!name[@]}"; do
		guided_results "$i"
	done
fi

[ -n "$records" ] || { records=$work/records; mkdir "$records"; }
for i in "${!name[@]}"; do
	record "$i"
done
"$top/scripts/gate-results.py" --text "$records"
# Consoles that a line tells of are kept, with all that was beside them.
if [ -z "$could_not" ] && ! compgen -G "$work/guest-*/console.first" >/dev/null; then
	rm -rf "$work"
fi
if [ -n "$found_any" ]; then
	echo FAILS
	exit 1
elif [ -n "$could_not" ]; then
	echo 'could not run or decide'
	exit 2
fi
echo holds
