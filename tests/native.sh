#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# emu_vs_kernel on the kernel that runs here: it holds, everything that can be
# counted was, and with a reference that lies each observer says so. Uses
# $O/emu_vs_kernel and $O/lies/emu_vs_kernel.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
O=${O:-build}
evk=$O/emu_vs_kernel
lies=$O/lies/emu_vs_kernel

if [ ! -d /proc/sys/kernel/seccomp ]; then
	echo '1..0 # SKIP this kernel has no seccomp filters'
	exit 0
fi

# count LINE WORD: the number after WORD in that line of the summary
count()
{
	sed -n "s/^$1 .*[ (]$2 \([0-9]*\).*/\1/p" "$tmp/out"
}

"$evk" --stacks 400 --findings "$tmp/findings" corpus >"$tmp/out" 2>"$tmp/err"
result $? 'the kernel that runs here holds'
[ ! -s "$tmp/err" ]
result $? 'silent in a pipe'
tail -n 1 "$tmp/out" | grep -qE \
	'^bitproof-trailer status=0 stacks=[1-9][0-9]* bits=[0-9]+ calls=[1-9][0-9]* findings=0 traced='
result $? 'the last line is the trailer'
for kind in KILL_PROCESS KILL_THREAD TRAP ERRNO USER_NOTIF TRACE LOG ALLOW \
	'unknown actions' 'errno clamped'; do
	[ "$(count verdicts "$kind")" -gt 0 ]
	result $? "seen: $kind"
done
for path in $(sed -n 's/^paths *//p' "$tmp/out" | sed 's/ [0-9]*\( \|$\)/ /g'); do
	[ "$(count paths "$path")" -gt 0 ]
	result $? "entered: $path"
done
cp "$tmp/out" "$tmp/holds"
expect 2 'guided is for guests' 'not guided by the kernel that runs here' \
	"$evk" --guided 75 --stacks 1
expect 2 'impossible value 4294967296' 'more tries than are counted' \
	"$evk" --shrink 4294967296 --stacks 1
expect 2 'impossible value 101' 'more than all stacks' "$evk" --guided 101 --stacks 1
grep -qE '^paths .* compat |^not run .* compat \(the runner: .*\)' "$tmp/out"
result $? 'compat is entered, or named with the reason'

# scenario NAME EVENT...: all stacks are in it, and each event happened; or it
# is named, with a reason, where it can't be run.
scenario()
{
	name=$1
	shift
	"$evk" --stacks 400 --scenario "$name" --findings "$tmp/findings" \
		corpus >"$tmp/out" 2>"$tmp/err"
	result $? "$name: holds"
	why=$(sed -n "s/^not run .* $name (\([^)]*\)).*/\1/p" "$tmp/out")
	if [ -n "$why" ]; then
		result 0 "$name: is named as not run # SKIP $why"
		return
	fi
	for event; do
		[ "$(count "$name" "$event")" -gt 0 ]
		result $? "$name: $event"
	done
	[ "$(sed -n "s/.* $name=\([0-9]*\) .*/\1/p" "$tmp/out")" -gt 400 ]
	result $? "$name: is in the trailer"
}

scenario traced stops changed skipped
scenario listened notified unheard continued busy flags
scenario audited log-records other-records silent
scenario synced filters diverged
scenario forked children grown
"$evk" --stacks 100 --scenario traced >"$tmp/out" 2>"$tmp/err"
grep -qE '^not run .* forked' "$tmp/out"
result $? 'a scenario that was not run is named'

# lie NAME PATTERN...: a run with it fails, and its report has the lines
lie()
{
	name=$1
	shift
	BITPROOF_LIE=$name "$lies" --stacks 4000 --shrink 20 $options \
		--findings "$tmp/findings" corpus >"$tmp/out" 2>"$tmp/err"
	bad=$?
	[ "$bad" -eq 1 ] && bad=0 || bad=1
	for pattern; do
		grep -qE "$pattern" "$tmp/out" || bad=1
	done
	tail -n 1 "$tmp/out" | grep -q '^bitproof-trailer status=1 ' || bad=1
	[ "$bad" -eq 0 ] || sed 's/^/# /' "$tmp/out" "$tmp/err" | tail -n 30
	result "$bad" "found: $name"
}

BITPROOF_LIE=none "$lies" --stacks 100 >"$tmp/out" 2>"$tmp/err"
result $? 'without a lie: holds'
run='^DIVERGENT at run: linux-' options=
lie allow "$run" 'expected  ALLOW' '^  seen  '
lie log "$run" 'expected  LOG'
lie errno "$run" 'expected  ERRNO' '  seen      returns -'
lie errno-zero "$run" 'expected  ERRNO\(0\)' 'seen      returns 0'
lie errno-clamp "$run" 'expected  ERRNO\(4095\)' 'seen      returns -4095'
lie trace "$run" 'expected  TRACE' 'seen      returns -38'
lie user-notif "$run" 'expected  USER_NOTIF' 'seen      returns -38'
for field in code errno nr arch addr; do
	lie trap-$field "$run" 'expected  TRAP' 'seen      SIGSYS code=1 '
done
lie kill-thread "$run" 'expected  KILL_THREAD' \
	'seen      the thread is killed, the other one lives'
lie kill-process "$run" 'expected  KILL_PROCESS' \
	'seen      the process is killed'
lie kill-unknown "$run" 'seen      the process is killed'
lie ip "$run"
lie nr "$run"
lie arch "$run"
lie words "$run"
lie accepts '^CHECKER at attach' 'expected  accepted' 'seen      E(INVAL|NOMEM)'
lie refuses '^CHECKER at attach' 'expected  EINVAL' 'seen      accepted'
lie attach-errno '^CHECKER at attach' 'expected  EPERM'
if grep -q '^paths .* compat [1-9]' "$tmp/holds"; then
	for field in value nr ip missing; do
		lie compat-$field "$run" '^  entry     (compat|vsyscall)'
	done
	lie compat-refuses '^CHECKER at attach' 'seen      EINVAL'
	lie compat-dies "$run" '^  entry     (compat|vsyscall)' \
		'seen      the process is killed'
fi
lie bits-extra '^UNSOUND at bitmap' 'seen      ALLOW'

if ! grep -qE '^not run .* traced \(' "$tmp/out"; then
	options='--scenario traced'
	lie trace-no-stop "$run" '  seen      stops 1 times'
	lie trace-stop "$run" '  expected  stops 1 times'
	lie trace-message "$run" '  expected  stops 1 times'
	lie trace-data "$run" '  expected  stops 1 times'
	lie trace-change "$run" '  expected  stops 1 times'
	lie trace-skip "$run" '  expected  stops 1 times'
	options='--scenario listened'
	lie notif-error "$run" '  expected  notifies 1 times'
	lie notif-value "$run" '  expected  notifies 1 times'
	lie notif-continue "$run" '  expected  notifies 1 times'
	lie notif-match "$run" '  expected  notifies 1 times'
	lie notif-pid "$run" '  expected  notifies 1 times'
	lie notif-data "$run" '  expected  notifies 1 times'
	lie second-listener '^CHECKER at attach'
	lie listener-fd '^CHECKER at attach'
	options='--scenario synced'
	lie synced-call "$run" 'entry .*, synced'
	lie sync-tid '^CHECKER at attach'
	lie sync-esrch '^CHECKER at attach'
	options='--scenario forked'
	lie forked-call "$run" 'entry .*, forked' 'rerun .* --scenario forked '
	options=
fi

# Without a look at other tasks: they have what no model is known of.
BITPROOF_LIE=bits "$lies" --scenario traced --stacks 200 >"$tmp/out" 2>"$tmp/err"
result $? 'bits as the model has them: holds'
[ "$(sed -n 's/.* bits=\([0-9]*\) .*/\1/p' "$tmp/out")" -gt 100000 ]
result $? 'and they are counted'
BITPROOF_LIE=bits-lost "$lies" --scenario traced --stacks 200 >"$tmp/out" 2>"$tmp/err"
result $? 'lost bits are no failure'
[ "$(count findings LOST)" -gt 0 ]
result $? 'but counted'

BITPROOF_LIE=errno "$lies" --stacks 4000 --findings "$tmp/again" \
	>"$tmp/out" 2>"$tmp/err"
raw=$(sed -n 's/^  rerun  *[^ ]* //p' "$tmp/out")
[ -s "$raw" ] && [ -s "${raw%/*}/case.bpf" ]
result $? 'a finding is saved, raw and as text'
BITPROOF_LIE=errno "$lies" --findings "$tmp/again" "$raw" >"$tmp/out" 2>&1
[ $? -eq 1 ]
result $? 'it shows again'
"$evk" --findings "$tmp/again" "$raw" >"$tmp/out" 2>&1
result $? 'and not without the lie'

# Calls that a case names are made. Those that end the task are several by one
# verdict, and no search finds the argument whose fourth power is that.
cat >"$tmp/named.bpf" <<'EOF'
;; what Calls that only this case knows of
;; platform all
;; verdict all nr=419 args=0x1234567712345677 -> ERRNO(77)
;; verdict all nr=420 args=0x1234567712345677 -> KILL_THREAD
;; verdict all nr=421 args=0x1234567712345677 -> KILL_THREAD
;; verdict all nr=422 -> KILL_THREAD
	ld [16]
	tax
	mul x
	tax
	mul x
	jeq #0xf9ec4fa1, args, other
args:	ld [0]
	jeq #419, errno, kill
errno:	ret #0x5004d
kill:	jeq #421, last, plain
last:	ret #0x0004d
plain:	ret #0
other:	ld [0]
	jeq #422, again, allow
again:	ret #0
allow:	ret #0x7fff0000
EOF
"${BITPROOF_ASM:-$O/bitproof-asm}" -o "$tmp/named.raw" "$tmp/named.bpf"
"$evk" "$tmp/named.bpf" >"$tmp/out" 2>"$tmp/err" &&
	grep -qE '^calls .* [1-9][0-9]* named by cases' "$tmp/out"
result $? 'calls that a case names are made'
for lie in errno-77 kill-77; do
	BITPROOF_LIE=$lie "$lies" "$tmp/named.raw" >"$tmp/out" 2>"$tmp/err"
	result $? "$lie: no other call shows it"
	BITPROOF_LIE=$lie "$lies" --findings "$tmp/again" "$tmp/named.bpf" \
		>"$tmp/out" 2>"$tmp/err"
	[ $? -eq 1 ] && grep -q "$run" "$tmp/out"
	result $? "$lie: the one that is named does"
	raw=$(sed -n 's/^  rerun  *[^ ]* //p' "$tmp/out")
	BITPROOF_LIE=$lie "$lies" --findings "$tmp/again" "$raw" >"$tmp/out" 2>&1
	[ $? -eq 1 ]
	result $? "$lie: small, it shows by others"
done

printf '%s\n' ';; what wrong' ';; platform all' ';; cached all none' 'ret #0x7fff0000' >"$tmp/wrong.bpf"
expect 2 'the reference is not what it expects: line 3' 'a case that the reference is not' \
	"$evk" "$tmp/wrong.bpf"
expect 2 'nothing to do' 'no work' "$evk"
expect 2 'impossible value' 'stacks that are none' "$evk" --stacks 0
expect 2 'unknown or incomplete' 'unknown option' "$evk" --frob
expect 2 'impossible value' 'unknown scenario' "$evk" --stacks 1 --scenario frob
expect 2 'no such mode here' 'unknown mode' "$evk" --stacks 1 --mode frob
expect 2 'No such file' 'no file' "$evk" "$tmp/absent"
tap_done
