#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Our assembler against the kernel's own, in TAP.
#
#	BPF_ASM=PATH		the kernel's, see scripts/build-bpf-asm.sh
#	BITPROOF_ASM=PATH	ours
#	CORPUS=DIRECTORY	case files, default "corpus"
#
# Both must accept the same programs and turn them into the same bytes.

if [ -z "$BPF_ASM" ]; then
	echo "1..0 # SKIP BPF_ASM does not name the kernel's bpf_asm"
	exit 0
fi
if [ ! -x "$BPF_ASM" ] || [ ! -x "$BITPROOF_ASM" ]; then
	echo "Bail out! BPF_ASM and BITPROOF_ASM must name programs"
	exit 2
fi

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

count=0
failed=0

# result STATUS NAME
result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - $2"
	fi
}

# alike A B
alike()
{
	cmp "$1" "$2" >"$tmp/where" && return 0
	sed 's/^/# /' "$tmp/where"
	return 1
}

# same FILE [BYTES]: do both say the same, in both formats? BYTES becomes what the
# kernel's makes of it, and $kernel its status.
same()
{
	bytes=${2:-$tmp/kernel}
	"$BPF_ASM" "$1" >"$bytes" 2>"$tmp/said"
	kernel=$?
	"$BITPROOF_ASM" "$1" >"$tmp/ours" 2>"$tmp/error"
	ours=$?
	if [ $kernel -ne 0 ]; then
		[ $ours -eq 2 ] && [ "$(wc -l <"$tmp/error")" -eq 1 ] &&
			return 0
		echo "# $1: refused by bpf_asm, $ours from ours"
		return 1
	fi
	if [ $ours -ne 0 ]; then
		sed 's/^/# /' "$tmp/error"
		return 1
	fi
	alike "$bytes" "$tmp/ours" || return 1
	"$BPF_ASM" -c "$1" >"$tmp/kernel.c"
	"$BITPROOF_ASM" -c "$1" >"$tmp/ours.c"
	cmp -s "$tmp/kernel.c" "$tmp/ours.c"
}

# Every form of the language.
cat >"$tmp/syntax.bpf" <<'END'
; to the end of the line ; and further
/* block * comment
 over lines **x */
# a line that begins like this
one:	ld [0] ; x
	ld [x + 4] ld [%x + 5] ld [x+0] ld #0xfF ld len ld #len
	ld M[3] ld m[ 4 ]
	LD TYPE ld #proto ldh #poff ldb ifidx ld #nla ld #nlan ld mark ld queue
	ld hatype ld rxhash ld cpu ld vlan_tci ld vlan_pr ld vlan_avail
	ld #vlan_tpid ld #rand ldh type ldb #type
	ldh [12] ldh [x + 0x1] ldh [%x + 1] ldb [%x+0] ldb [x + 3] ldb [4]
	ldi 5 ldi #6 ldxi 7 ldxi #8 ldx #9 ldx len ldx #len ldx M[15]
	ldxb 4*([14]&0xf) ldx 4 * ( [ 14 ] & 017 )
	st M[0] stx M[15]
	jmp two ja two
	jeq #1,two,thr jeq x,two,thr jeq %x,two,thr
	jeq #-1,two jeq x,two jeq %x,two
	jneq #1,two jne #0b101,two jneq x,two jne x,two jneq %x,two jne %x,two
	jlt #077,two jlt x,two jlt %x,two jle #00,two jle x,two jle %x,two
	jgt #1,two,thr jgt x,two,thr jgt %x,two,thr
	jgt #1,two jgt x,two jgt %x,two
	jge #1,two,thr jge x,two,thr jge %x,two,thr
	jge #1,two jge x,two jge %x,two
	jset #1,two,thr jset x,two,thr jset %x,two,thr
	jset #1,two jset x,two jset %x,two
two:	add #99999999999999999999 sub #-99999999999999999999
	mul #0xffffffffffffffffffffff div #+5 mod #0x123456789 neg
	and #0b11111111111111111111111111111111111111111111111111111111111111111
	or #0777777777777777777777777777 xor #8 lsh #1 rsh #2
	add x sub x mul x div x mod x and x or x xor x lsh x rsh x
	add %x sub %x mul %x div %x mod %x and %x or %x xor %x lsh %x rsh %x
thr:	ret a ret %a ret x ret %x ret #0x7fff0000 tax txa
	ret #12one:jmp one
one:	ld
#len
	ld
# a longer line than a token
	[0]
	RET	#0
END
"$BPF_ASM" "$tmp/syntax.bpf" >/dev/null && same "$tmp/syntax.bpf"
result $? "every form of the language"

# One program a line that neither accepts.
cat >"$tmp/refused" <<'END'
L1: L2: ret #1
L1:
L: ret a
ret 1
ret [0]
ld x
ld [x+4]
ld [y + 4]
add a
add [0]
st [0]
ldx [0]
ldx 4
ldxb 3*([14]&0xf)
ldxb 4*([14]&7)
ldh #4
ldb M[0]
ldi [0]
ld #08
ld #-0
ld #0x
ld # type
jeq #1
jeq 1, L1 L1: ret a
jeq #1, L1, L1, L1 L1: ret a
jne #1, L1, L1 L1: ret a
jset %a, L1 L1: ret a
ja L1
ja #1
add: ret a
type: ret a
L1: ret a jeq #1, L1
ja L1 l1: ret a
ret #1 /* not ended
ret #1 /***/
ret #1 @
ret a,
ret a :
END
refused=0
while IFS= read -r line; do
	printf '%s\n' "$line" >"$tmp/line"
	if "$BPF_ASM" "$tmp/line" >/dev/null 2>&1 || ! same "$tmp/line"; then
		echo "# $line"
		refused=1
	fi
done <"$tmp/refused"
result $refused "what neither accepts"

# Case files that do without the additions to the language.
for f in "${CORPUS:-corpus}"/*.bpf "${CORPUS:-corpus}"/*/*.bpf; do
	[ -r "$f" ] || continue
	grep -q -e '\.insn' -e '; *!' "$f" && continue
	same "$f"
	result $? "$f"
done

# made N: programs from every template of the language, as text_print() writes them,
# $tmp/made-1.bpf to $tmp/made-N.bpf.
made()
{
	awk -v seeds="$1" -v to="$tmp/made-" '
	function number() {
		return sprintf("%.0f", int(rand() * 2 ^ int(rand() * 33)))
	}
	function label(i) {
		i += 1 + int(rand() * (len - 1 - i))
		return "L" (i < len ? i : len - 1)
	}
	function program(file) {
		len = 2 + int(rand() * rand() * 250)
		for (i = 0; i < len; i++) {
			operand = rand() < 0.3 ? "x" : "#" number()
			what = rand()
			if (i == len - 1) {
				s = "ret #" number()
			} else if (what < 0.4) {
				s = other[1 + int(rand() * loads)]
				sub(/N/, number(), s)
			} else if (what < 0.6) {
				s = alu[1 + int(rand() * alus)] " " operand
			} else if (what < 0.65) {
				s = "ja L" int(rand() * len)
			} else {
				n = 1 + int(rand() * jumps)
				s = jump[n] " " operand ", " label(i)
				if (n <= 4 && rand() < 0.6)
					s = s ", " label(i)
			}
			print "L" i ": " s >file
		}
		close(file)
	}
	BEGIN {
		loads = split("ld [N]|ldh [N]|ldb [N]|ld [x + N]|ldh [x + N]|" \
			"ldb [x + N]|ld M[N]|ldx M[N]|st M[N]|stx M[N]|ld #N|" \
			"ldx #N|ld len|ldx len|ldxb 4*([N]&0xf)|ld #type|" \
			"tax|txa|neg|ret #N|ret a|ret x", other, "|")
		alus = split("add sub mul div mod and or xor lsh rsh", alu)
		jumps = split("jeq jgt jge jset jne jlt jle", jump)
		for (seed = 1; seed <= seeds; seed++) {
			srand(seed)
			program(to seed ".bpf")
		}
	}'
}

differ=0
seed=0
made 300
while [ $seed -lt 300 ]; do
	seed=$((seed + 1))
	text=$tmp/made-$seed.bpf
	same "$text" "$tmp/made" && [ $kernel -eq 0 ] &&
		"$BITPROOF_ASM" -o "$tmp/raw" "$text" &&
		"$BITPROOF_ASM" -d "$tmp/raw" >"$tmp/printed.bpf" &&
		same "$tmp/printed.bpf" && [ $kernel -eq 0 ] &&
		cmp -s "$tmp/made" "$tmp/kernel" && continue
	echo "# seed $seed: $(head -n 1 "$tmp/said")"
	differ=1
done
result $differ "$seed programs, as written and as printed"

echo "1..$count"
[ $failed -eq 0 ]
