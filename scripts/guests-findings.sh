# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For guests.sh: what guests find, from their results to folders on this side.
# A guest says a finding twice: as it was met (bitproof-found), and when it is
# small, after its text (bitproof-finding). tools/bitproof-finding.c writes.
#
# shellcheck disable=SC2154,SC2034	# guests.sh has them

# Of guest I: how many were met and how many told; folder[I,N] of the Nth.
declare -A met=() told=() folder=()

# nth KEY N FILE: the Nth line of that kind that is whole: "end" is the mark.
nth()
{
	grep -a "^$1 .* end\$" "$3" 2>/dev/null | sed -n "$2{p;q}"
}

# meet I: saves what guest I has found since. True if there was something.
meet()
{
	local line n any=1

	while n=$((${met[$1]:-0} + 1)) &&
		line=$(nth bitproof-found $n "$work/guest-$1/result") &&
		[ -n "$line" ]; do
		met[$1]=$n any=0
		folder[$1,$n]=$("$top/build/bitproof-finding" --begin "$findings" <<<"$line" 2>"$work/log") || {
			folder[$1,$n]=
			note "the finding is not saved: $(head -n 1 "$work/log")"
		}
	done
	return $any
}

# text I N: that of the Nth finding, with what it is about as its last line.
text()
{
	tr -d '\0' <"$work/guest-$1/result" | awk -v want="$2" '
		/^[A-Z]+ at [a-z]+: / { text = ""; inside = 1 }
		inside { text = text $0 "\n" }
		/^bitproof-finding .* end$/ {
			inside = 0
			if (++n == want)
				printf "%s", text
		}'
}

# All that decides what seccomp does, of a whole configuration.
config_lines()
{
	[ -r "$1" ] || { echo "  config    not known: an image as it is"; return; }
	sed -nE 's/^CONFIG_(SECCOMP|SECCOMP_FILTER|SECCOMP_CACHE_DEBUG|BPF_JIT|BPF_JIT_ALWAYS_ON|COMPAT|IA32_EMULATION|X86_X32_ABI|AUDITSYSCALL|UPROBES|GENERIC_ENTRY|SMP)=.*/  config    &/p' "$1"
}

rerun() # I
{
	local kernel="--kernel-image ${image[$1]}"

	[ -z "$tree" ] || kernel="--kernel $tree --arch ${arch[$1]}"
	echo "$top/scripts/gate.sh --guests-only $kernel${strict:+ $strict} --replay"
}

# tell_one I N: prints the Nth finding, and fills its folder.
tell_one()
{
	local line class place whole

	whole=$(text "$1" "$2")
	if [ -z "$whole" ]; then
		# No verdicts, so there is nothing that a program could show.
		line=$(nth bitproof-found "$2" "$work/guest-$1/result")
		class=$(value class "$line") place=$(value where "$line")
		whole="$class at $place: ${name[$1]}: the guest ended before it could say more
bitproof-finding class=UNPROVEN where=$place kernel=${name[$1]// /-} raw=$(value raw "$line") end"
	else
		line=$(grep -a '^bitproof-finding ' <<<"$whole")
		class=$(value class "$line") place=$(value where "$line")
	fi
	echo "bitproof-finding class=$class where=$place platform=${arch[$1]} cause=$(value cause "$line") folder=${folder[$1,$2]}" \
		>>"$work/guest-$1/told"
	echo
	{
		config_lines "$(cat "$work/guest-$1/kernel").config"
		echo "$whole"
	} | awk '
		# The configuration comes last, before what is for the tool.
		/^  config    / { config = config $0 "\n"; next }
		/^bitproof-finding / { printf "%s", config }
		{ print }' |
		"$top/build/bitproof-finding" --tell "${folder[$1,$2]}" "$(rerun "$1")" 2>"$work/log" ||
		cat "$work/log" >&2
	[ "$class" = UNPROVEN ] || found_any=1
}

# tell I: what has become small since, or all that was met if guest I is at its
# end.
tell()
{
	local n

	while n=$((${told[$1]:-0} + 1)) && [ $n -le "${met[$1]:-0}" ]; do
		[ -e "$work/guest-$1/status" ] || [ -n "${stopped[$1]:-}" ] ||
			[ -n "$(nth bitproof-finding $n "$work/guest-$1/result")" ] ||
			return 0
		printf %s "$clear" >&2
		tell_one "$1" $n
		told[$1]=$n
	done
}
