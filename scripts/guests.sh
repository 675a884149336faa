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
#
# The first finding ends it: its input is on disk, synced, before the other guests
# are stopped; then it is made small. A guest that could not run ends nothing.
#
# Standard output: the finding, and for each guest and mode of execution a line
# that says what was compared. Exit status: 0 all hold; 1 a finding; 2 one could
# not run or decide: then a line on standard error for each that says why.
#
# BITPROOF_STALL: seconds after which a guest that says nothing hangs (100).

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

tree='' seconds=30 seed=1 findings=bitproof-findings replay='' files=()
while [ $# -gt 0 ]; do
	case $1 in --*) ;; *) break ;; esac
	[ $# -ge 2 ] || die "$1 needs a value"
	case $1 in
	--kernel)   tree=$2 ;;
	--seconds)  seconds=$2 ;;
	--seed)	    seed=$2 ;;
	--files)    files+=("$2") ;;
	--replay)   replay=$2 ;;
	--findings) findings=$2 ;;
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
work=$(mktemp -d "${TMPDIR:-/tmp}/bitproof-guests.XXXXXX") || die "no temporary directory"

# ---- one guest, in the background -------------------------------------------

phase() { printf '%s\t%s\n' "$1" "$EPOCHSECONDS" >"$dir/phase"; }

# slot: wait for a processor, and keep it while this process lives.
slot()
{
	local i

	while :; do
		for ((i = 0; i < $(nproc); i++)); do
			exec 6>"$work/slot-$i"
			! flock -n 6 || return 0
		done
		sleep 0.3
	done
}

# run I: all that one guest takes. It ends with the guest's status.
run()
{
	local kernel=${image[$1]} options=() paths=() n=0 path

	if [ -z "$kernel" ]; then
		# One at a time: each takes all processors.
		phase 'waits to be built'
		exec 7>"$work/building"
		flock 7
		phase building
		kernel=$("$top/scripts/build-kernel.sh" --arch "${arch[$1]}" \
			--kernel "$tree" --out "$work/kernels" 2>"$dir/log" 7>&-) || return 2
		exec 7>&-
	fi
	for path in "${files[@]}"; do
		n=$((n + 1))
		paths+=("in$n-${path##*/}")
		options+=(--file "in$n-${path##*/}=$path")
	done
	[ -n "$replay" ] || paths=(--seconds "$seconds" "${paths[@]}")
	phase 'waits for a processor'
	slot
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

# ---- progress ---------------------------------------------------------------

# value KEY LINE: of "KEY=VALUE" among the words of LINE.
value()
{
	case " $2" in
	*" $1="*) set -- "${2##*"$1="}"; echo "${1%% *}" ;;
	*) echo 0 ;;
	esac
}

# at I: what it does just now, and how long it takes yet.
at()
{
	local dir=$work/guest-$1 what since line='' left

	[ ! -e "$dir/status" ] || { echo "ended"; return; }
	IFS=$'\t' read -r what since 2>/dev/null <"$dir/phase" || { echo starts; return; }
	case $what in
	building)
		line=$(sed -n 's/.*: \([0-9].* objects\),.*/, \1/p' "$dir/log" | tail -n 1) ;;
	running)
		line=$(grep -a '^bitproof-progress .*rate=[0-9]*$' "$dir/result" 2>/dev/null |
			tail -n 1) || true
		if [ -n "$line" ]; then
			left=$((seconds - $(value seconds "$line")))
			echo "$(value mode "$line"), $(value rate "$line") filters/s${replay:-, $((left > 0 ? left : 0)) s left}"
			return
		fi ;;
	esac
	echo "$what$line, $((EPOCHSECONDS - since)) s"
}

every=10 clear=
[ ! -t 2 ] || every=1 clear=$'\r\e[K'
told=$SECONDS
progress()
{
	local i line=

	[ $((SECONDS - told)) -ge $every ] || return 0
	told=$SECONDS
	for i in "${!name[@]}"; do
		line+="${line:+ | }${name[i]}: $(at "$i")"
	done
	printf %s "${clear}guests: $line" >&2
	[ -n "$clear" ] || echo >&2
}

# ---- findings ---------------------------------------------------------------

# save HEX NAME: the input as raw bytes and as text, both synced.
# shellcheck disable=SC2001
save()
{
	local path=$findings/$2 log

	log=$({ mkdir -p "$findings" &&
		printf %b "$(sed 's/../\\x&/g' <<<"$1")" >"$path.raw.new" &&
		sync "$path.raw.new" && mv "$path.raw.new" "$path.raw" &&
		"$top/build/bitproof-asm" -d "$path.raw" >"$path.bpf" &&
		sync "$path.bpf" "$findings"; } 2>&1) && return
	note "the finding is not saved: $(head -n 1 <<<"$log")"
	return 1
}

rerun() # I NAME
{
	local kernel="--kernel-image ${image[$1]}"

	[ -z "$tree" ] || kernel="--kernel $tree --arch ${arch[$1]}"
	echo "  rerun     $top/scripts/gate.sh --guests-only $kernel --replay $findings/$2.raw"
}

# met I: saves a finding as the guest met it, before it is made small.
met()
{
	local line

	# "end" is the mark of a line that is whole.
	line=$(grep -am 1 '^bitproof-found .* raw=[0-9a-f]* end$' \
		"$work/guest-$1/result" 2>/dev/null) || return 1
	class=$(value class "$line")
	saved=$class-kernel-${arch[$1]}-$(value seed "$line")
	hex=$(value raw "$line")
	save "$hex" "$saved" || saved=
}

# tell I: the finding that was met, with the small form of its input if the
# guest lived to say so.
tell()
{
	local text small

	text=$(tr -d '\0' <"$work/guest-$1/result" | awk '
		/^[A-Z]+ at [a-z]+: / { text = ""; inside = 1 }
		inside { text = text $0 "\n" }
		/^ *raw +[0-9a-f]+$/ { whole = text; inside = 0 }
		END { printf "%s", whole }')
	small=$(sed -n 's/^ *raw  *//p' <<<"$text")
	if [ -z "$small" ]; then
		text="$class on ${name[$1]}: the guest ended before it could say more"
		small=$hex
	fi
	echo
	sed '/^ *raw /d' <<<"$text"
	if [ -n "$saved" ] && save "$small" "$saved"; then
		rerun "$1" "$saved"
	else
		printf '  not saved\n  raw       %s\n' "$small"
	fi
	echo
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

# judge I: sets $outcome, and what the exit status will be.
failed='' could_not=''
judge()
{
	local status why=

	status=$(cat "$work/guest-$1/status" 2>/dev/null) || status=
	outcome="could not run or decide"
	if [ "$found" = "$1" ] && [ "$class" != UNPROVEN ]; then
		outcome=FAILS
		failed=1
	elif [ -n "${stopped[$1]:-}" ]; then
		outcome="stopped, no result"
	elif [ "$status" = 1 ]; then
		outcome=FAILS
		failed=1
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
	[ -z "$why" ] || note "${name[$1]}: ${why#"${arch[$1]}"[:,] }"
}

summary() # I
{
	local result=$work/guest-$1/result

	judge "$1"
	if ! grep -aq '^bitproof-mode ' "$result" 2>/dev/null; then
		echo "guest       ${name[$1]}: $outcome"
		return
	fi
	awk -v name="${name[$1]}" -v outcome="$outcome" '
		function row(key, text) { printf "%-12s%s: %s\n", key, name, text }
		/^bitproof-mode / {
			sub(/^name=/, "", $2)
			sub(/^kernel=/, "", $3)
			text = $3 ", " $2 ": "
			if ($4 == "stacks=0") {
				row("guest", text "not run")
				next
			}
			text = text outcome ":"
			for (i = 4; i <= NF; i++) {
				split($i, p, "=")
				if (p[1] == "UNSOUND")
					text = text "; findings:"
				text = text (i <= 6 ? " " p[2] " " p[1] (i < 6 ? "," : ":") : \
					" " p[1] " " p[2])
			}
			row("guest", text)
		}
		/^(paths|not run) / {
			key = /^paths/ ? "paths" : "not run"
			sub("^" key " *", "")
			value[key] = $0
		}
		END {
			row("paths", value["paths"])
			row("not run", value["not run"])
		}' "$result"
}

# ---- all of them ------------------------------------------------------------

mkdir -p "$top/build" || die "can't make $top/build"
mapfile -t inits < <(printf 'build/guest/emu_vs_kernel-%s\n' "${arch[@]}" | sort -u)
exec 9>"$top/build/lock"
flock 9
make -s -C "$top" "${inits[@]}" build/bitproof-asm >"$work/log" 2>&1 ||
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

# look: the first finding is saved, then the other guests are stopped.
found='' deadline=
look()
{
	local i other

	for i in "${!name[@]}"; do
		if [ -n "$found" ] || ! met "$i"; then
			continue
		fi
		found=$i deadline=$((SECONDS + 120))
		for other in "${!name[@]}"; do
			[ "$other" = "$found" ] || stop "$other"
		done
	done
}

while ! ended; do
	look
	progress
	[ -z "$deadline" ] || [ $SECONDS -lt "$deadline" ] || stop "$found"
	sleep 0.3
done
look
printf %s "$clear" >&2
[ -z "$found" ] || tell "$found"
for i in "${!name[@]}"; do
	summary "$i"
done

if [ -n "$failed" ]; then
	rm -rf "$work"
	echo FAILS
	exit 1
elif [ -n "$could_not" ]; then
	echo 'could not run or decide'
	exit 2
fi
rm -rf "$work"
echo holds
