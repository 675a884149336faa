# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For guests.sh: one line that says what each guest does just now. On a terminal
# it is rewritten each second, else there is a new one every 10 seconds.
#
# shellcheck disable=SC2154	# guests.sh has them

every=10 clear=
[ ! -t 2 ] || every=1 clear=$'\r\e[K'
told_at=$SECONDS

# value KEY LINE: of "KEY=VALUE" among the words of LINE.
value()
{
	case " $2" in
	*" $1="*) set -- "${2##*" $1="}"; echo "${1%% *}" ;;
	*) echo 0 ;;
	esac
}

# at I: what it does, and how long it takes yet.
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

progress()
{
	local i line=

	[ $((SECONDS - told_at)) -ge $every ] || return 0
	told_at=$SECONDS
	for i in "${!name[@]}"; do
		line+="${line:+ | }${name[i]}: $(at "$i")"
	done
	printf %s "${clear}guests: $line" >&2
	[ -n "$clear" ] || echo >&2
}
