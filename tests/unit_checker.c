// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is attached and what is refused, every rule on both sides of its
 * boundary, and the length after conversion.
 */
#include <errno.h>

#include "checker.h"
#include "insns.h"
#include "stack.h"
#include "tap.h"

static struct sock_filter insns[FILTER_MAX_INSNS + 1];

/* As numbers: the list must not come from the macros that the checker uses. */
static const u16 accepted[] = {
	0x20, 0x80, 0x81, 0x00, 0x01, 0x60, 0x61, 0x02, 0x03, 0x07, 0x87,
	0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x54, 0x5c, 0x44,
	0x4c, 0xa4, 0xac, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0x05, 0x15, 0x1d,
	0x35, 0x3d, 0x25, 0x2d, 0x45, 0x4d, 0x06, 0x16,
};

static bool is_accepted(u32 code)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		if (accepted[i] == code)
			return true;
	}
	return false;
}

/* All 65536, with an operand that suits any that is accepted. */
static void test_codes(void)
{
	u32 code, wrong = 0, branches = 0, unlike = 0;

	for (code = 0; code <= 0xffff; code++) {
		const struct sock_filter prog[] = {
			BPF_STMT(BPF_ST, 4), { code, 0, 0, 4 }, ALLOW, ALLOW,
			ALLOW, ALLOW, ALLOW,
		};
		const struct filter f = { prog, ARRAY_SIZE(prog) };

		wrong += !filter_check(&f) != is_accepted(code);
		unlike += code_allowed(code) != is_accepted(code);
		if (code_branches(code)) {
			branches++;
			wrong += !is_accepted(code) || (code & 7) != BPF_JMP;
		}
	}
	ok(ARRAY_SIZE(accepted) == 41 && !wrong && !unlike,
	   "of 65536 opcodes 41 are accepted");
	ok(branches == 8, "8 of them are conditional jumps");
}

#define GOOD 0
#define BAD  (-EINVAL)

static const struct {
	const char *what;
	int ret;
	u32 len;
	struct sock_filter insns[10];
} cases[] = {
	{ "ret k", GOOD, 1, { ALLOW } },
	{ "ret a", GOOD, 1, { RET_A } },
	{ "ret x", BAD, 1, { BPF_STMT(BPF_RET | BPF_X, 0) } },

	/* loads of seccomp_data: whole words of 64 bytes */
	{ "ld [0]", GOOD, 2, { LD(0), RET_A } },
	{ "ld [1]", BAD, 2, { LD(1), RET_A } },
	{ "ld [2]", BAD, 2, { LD(2), RET_A } },
	{ "ld [3]", BAD, 2, { LD(3), RET_A } },
	{ "ld [4]", GOOD, 2, { LD(4), RET_A } },
	{ "ld [60]", GOOD, 2, { LD(60), RET_A } },
	{ "ld [61]", BAD, 2, { LD(61), RET_A } },
	{ "ld [64]", BAD, 2, { LD(64), RET_A } },
	{ "ld [0x7ffffffc]", BAD, 2, { LD(0x7ffffffc), RET_A } },
	{ "ld of SKF_AD_OFF", BAD, 2, { LD(SKF_AD_OFF), RET_A } },
	{ "ld of SKF_NET_OFF", BAD, 2, { LD(SKF_NET_OFF), RET_A } },
	{ "ld of SKF_LL_OFF", BAD, 2, { LD(SKF_LL_OFF), RET_A } },
	{ "ld [0xfffffffc]", BAD, 2, { LD(0xfffffffc), RET_A } },
	{ "ldh [0]", BAD, 2,
	  { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET_A } },
	{ "ldb [0]", BAD, 2,
	  { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RET_A } },
	{ "ld [x + 0]", BAD, 2,
	  { BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET_A } },
	{ "ldx 4*([0]&0xf)", BAD, 2,
	  { BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), RET_A } },
	{ "ldx [0], the kernel's own opcode", BAD, 2,
	  { BPF_STMT(BPF_LDX | BPF_W | BPF_ABS, 0), RET_A } },
	{ "ld len, whatever k", GOOD, 2,
	  { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, -1u), RET_A } },
	{ "ldx len, whatever k", GOOD, 2,
	  { BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, -1u), RET_A } },

	/* operands of the ALU */
	{ "div #1", GOOD, 2, { ALU(DIV, 1), RET_A } },
	{ "div #0", BAD, 2, { ALU(DIV, 0), RET_A } },
	{ "div x, whatever k", GOOD, 2, { ALUX(DIV), RET_A } },
	{ "lsh #0", GOOD, 2, { ALU(LSH, 0), RET_A } },
	{ "lsh #31", GOOD, 2, { ALU(LSH, 31), RET_A } },
	{ "lsh #32", BAD, 2, { ALU(LSH, 32), RET_A } },
	{ "lsh #0xffffffff", BAD, 2, { ALU(LSH, -1u), RET_A } },
	{ "rsh #31", GOOD, 2, { ALU(RSH, 31), RET_A } },
	{ "rsh #32", BAD, 2, { ALU(RSH, 32), RET_A } },
	{ "lsh x, whatever k", GOOD, 2,
	  { BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 32), RET_A } },
	{ "rsh x, whatever k", GOOD, 2,
	  { BPF_STMT(BPF_ALU | BPF_RSH | BPF_X, 32), RET_A } },
	{ "mod #3", BAD, 2, { ALU(MOD, 3), RET_A } },
	{ "mod x", BAD, 2, { ALUX(MOD), RET_A } },
	{ "neg with the X bit", BAD, 2,
	  { BPF_STMT(BPF_ALU | BPF_NEG | BPF_X, 0), RET_A } },

	/* M[] */
	{ "st M[15]", GOOD, 2, { ST(15), ALLOW } },
	{ "st M[16]", BAD, 2, { ST(16), ALLOW } },
	{ "stx M[15]", GOOD, 2, { STX(15), ALLOW } },
	{ "stx M[16]", BAD, 2, { STX(16), ALLOW } },
	{ "stx M[0xffffffff]", BAD, 2, { STX(-1u), ALLOW } },
	{ "ld M[15] after st", GOOD, 3, { ST(15), LDM(15), RET_A } },
	{ "ldx M[15] after stx", GOOD, 3, { STX(15), LDXM(15), RET_A } },
	{ "ld M[16]", BAD, 3, { ST(0), LDM(16), RET_A } },
	{ "ldx M[16]", BAD, 3, { ST(0), LDXM(16), RET_A } },
	{ "ld M[0] before st", BAD, 3, { LDM(0), ST(0), RET_A } },
	{ "ldx M[0], nothing stored", BAD, 2, { LDXM(0), ALLOW } },
	{ "ld M[1], M[0] stored", BAD, 3, { ST(0), LDM(1), RET_A } },
	{ "stored when the jump is taken only", BAD, 5,
	  { JMP(JEQ, 0, 0, 1), ST(3), LDM(3), RET_A, ALLOW } },
	{ "stored when the jump is not taken only", BAD, 4,
	  { JMP(JEQ, 0, 1, 0), ST(3), LDM(3), RET_A } },
	{ "stored on both ways", GOOD, 6,
	  { JMP(JEQ, 0, 0, 2), ST(3), JA(1), STX(3), LDM(3), RET_A } },
	{ "two cells on two ways", BAD, 6,
	  { JMP(JEQ, 0, 0, 2), ST(3), JA(1), ST(4), LDM(3), RET_A } },
	{ "stored before a jump that meets one without", BAD, 7,
	  { JMP(JEQ, 0, 0, 2), ST(3), JA(2), LD_NR, JMP(JEQ, 1, 0, 0), LDM(3),
	    RET_A } },
	{ "stored, and jumped over nothing", GOOD, 4,
	  { ST(3), JA(0), LDM(3), RET_A } },
	{ "not stored, behind ja 0", BAD, 3, { JA(0), LDM(3), RET_A } },
	{ "behind a ja that nothing jumps into", GOOD, 4,
	  { JA(2), LDM(3), RET_A, ALLOW } },
	{ "behind a branch that no way leads from", GOOD, 5,
	  { JMP(JEQ, 0, 2, 2), LDM(3), RET_A, ALLOW, ALLOW } },
	/* a return does not end the kernel's walk */
	{ "behind a return, not stored", BAD, 3, { ALLOW, LDM(3), RET_A } },
	{ "behind a return, stored", GOOD, 4, { ST(3), ALLOW, LDM(3), RET_A } },
	{ "a store behind a return counts", GOOD, 4,
	  { ALLOW, ST(3), LDM(3), RET_A } },
	{ "unreachable store does not help a jump over it", BAD, 5,
	  { JMP(JEQ, 0, 0, 2), ALLOW, ST(3), LDM(3), RET_A } },

	/* jumps */
	{ "jt to the last", GOOD, 3, { JMP(JEQ, 0, 1, 0), ALLOW, DENY } },
	{ "jf to the last", GOOD, 3, { JMP(JEQ, 0, 0, 1), ALLOW, DENY } },
	{ "jt behind the last", BAD, 3, { JMP(JEQ, 0, 2, 0), ALLOW, DENY } },
	{ "jf behind the last", BAD, 3, { JMP(JEQ, 0, 0, 2), ALLOW, DENY } },
	{ "jt 255 of 3", BAD, 3, { JMP(JEQ, 0, 255, 0), ALLOW, DENY } },
	{ "jeq x, jt behind", BAD, 3, { JMPX(JEQ, 2, 0), ALLOW, DENY } },
	{ "jgt, jf behind", BAD, 3, { JMP(JGT, 0, 0, 2), ALLOW, DENY } },
	{ "jgt x, jf behind", BAD, 3, { JMPX(JGT, 0, 2), ALLOW, DENY } },
	{ "jge, jt behind", BAD, 3, { JMP(JGE, 0, 2, 0), ALLOW, DENY } },
	{ "jge x, jt behind", BAD, 3, { JMPX(JGE, 2, 0), ALLOW, DENY } },
	{ "jset, jf behind", BAD, 3, { JMP(JSET, 0, 0, 2), ALLOW, DENY } },
	{ "jset x, jf behind", BAD, 3, { JMPX(JSET, 0, 2), ALLOW, DENY } },
	{ "ja to the last", GOOD, 3, { JA(1), ALLOW, DENY } },
	{ "ja behind the last", BAD, 3, { JA(2), ALLOW, DENY } },
	{ "ja that wraps to itself", BAD, 2, { JA(-1u), ALLOW } },
	{ "ja that wraps to the start", BAD, 3, { LD_NR, JA(-2u), ALLOW } },
	{ "ja 0x80000000", BAD, 2, { JA(0x80000000), ALLOW } },
	{ "ja, whatever jt and jf", GOOD, 2,
	  { BPF_JUMP(BPF_JMP | BPF_JA, 0, 255, 255), ALLOW } },
	{ "jump out of unreachable code", BAD, 3,
	  { ALLOW, JMP(JEQ, 0, 1, 0), ALLOW } },

	/* the end */
	{ "ld at the end", BAD, 2, { ALLOW, LD_NR } },
	{ "ja at the end", BAD, 2, { ALLOW, JA(0) } },
	{ "jeq at the end", BAD, 2, { ALLOW, JMP(JEQ, 0, 0, 0) } },
	{ "st at the end", BAD, 2, { ALLOW, ST(0) } },
	{ "unreachable return at the end", GOOD, 2, { ALLOW, DENY } },
	{ "no return but the last", GOOD, 4, { LD_NR, TAX, TXA, RET_A } },
	{ "bad code behind a return", BAD, 3,
	  { ALLOW, ALU(MOD, 3), ALLOW } },
};

static void test_cases(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { cases[i].insns, cases[i].len };

		ok(filter_check(&f) == cases[i].ret, "%s: %s", cases[i].what,
		   cases[i].ret ? "refused" : "accepted");
	}
}

static void fill(struct sock_filter insn, u32 len)
{
	u32 pc;

	for (pc = 0; pc < len; pc++)
		insns[pc] = insn;
}

static void test_lengths(void)
{
	static const struct {
		u32 len;
		int ret;
	} lens[] = {
		{ 0, BAD },    { 1, GOOD },	{ 4095, GOOD },	 { 4096, GOOD },
		{ 4097, BAD }, { 0xffff, BAD }, { 0x10001, BAD }, { -1u, BAD },
	};
	struct filter f = { insns, 0 };
	u32 i;

	fill((struct sock_filter)ALLOW, FILTER_MAX_INSNS + 1);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		f.len = lens[i].len;
		ok(filter_check(&f) == lens[i].ret, "%u instructions: %s",
		   f.len, lens[i].ret ? "refused" : "accepted");
	}

	f.len = FILTER_MAX_INSNS;
	insns[0] = (struct sock_filter)JA(4094);
	ok(filter_check(&f) == GOOD, "ja over all of 4096");
	insns[0] = (struct sock_filter)JA(4095);
	ok(filter_check(&f) == BAD, "ja behind the last of 4096");
	insns[0] = (struct sock_filter)JMP(JEQ, 0, 255, 255);
	ok(filter_check(&f) == GOOD, "jt and jf of 255");
	f.len = 257;
	ok(filter_check(&f) == GOOD, "jt and jf of 255 to the last");
	f.len = 256;
	ok(filter_check(&f) == BAD, "jt and jf of 255 behind the last");
}

/* What one instruction becomes; every filter begins with three more. */
static const struct {
	const char *what;
	u32 len;
	struct sock_filter insn;
} converted[] = {
	{ "ld [k]", 1, LD(60) },
	{ "ld len", 1, LD_LEN },
	{ "ldx len", 1, LDX_LEN },
	{ "ld #k", 1, LDI(-1u) },
	{ "ldx #k", 1, LDXI(-1u) },
	{ "ld M[k]", 1, LDM(0) },
	{ "ldx M[k]", 1, LDXM(0) },
	{ "st", 1, ST(0) },
	{ "stx", 1, STX(0) },
	{ "tax", 1, TAX },
	{ "txa", 1, TXA },
	{ "add #k", 1, ALU(ADD, -1u) },
	{ "add x", 1, ALUX(ADD) },
	{ "div #k", 1, ALU(DIV, 7) },
	{ "div x", 5, ALUX(DIV) },
	{ "neg", 1, NEG },
	{ "ja", 1, JA(0) },
	{ "ret #k", 2, ALLOW },
	{ "ret a", 1, RET_A },
	{ "jeq, jt only", 1, JMP(JEQ, 1, 1, 0) },
	{ "jeq, jf only", 1, JMP(JEQ, 1, 0, 1) },
	{ "jeq, neither", 1, JMP(JEQ, 1, 0, 0) },
	{ "jeq, both", 2, JMP(JEQ, 1, 1, 1) },
	{ "jgt, jf only", 1, JMP(JGT, 1, 0, 1) },
	{ "jge, jf only", 1, JMP(JGE, 1, 0, 1) },
	{ "jge, both", 2, JMP(JGE, 1, 1, 2) },
	/* there is no inverse of a jset */
	{ "jset, jt only", 1, JMP(JSET, 1, 1, 0) },
	{ "jset, jf only", 2, JMP(JSET, 1, 0, 1) },
	{ "jset, both", 2, JMP(JSET, 1, 1, 1) },
	{ "jset x, jf only", 2, JMPX(JSET, 0, 1) },
	/* an immediate is signed */
	{ "jeq #0x7fffffff", 1, JMP(JEQ, 0x7fffffff, 1, 0) },
	{ "jeq #0x80000000", 2, JMP(JEQ, 0x80000000, 1, 0) },
	{ "jeq #0xffffffff, both", 3, JMP(JEQ, -1u, 1, 1) },
	{ "jset #0x80000000, jf only", 3, JMP(JSET, 0x80000000, 0, 1) },
	{ "jeq x, k ignored", 1,
	  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, -1u, 1, 0) },
	{ "jeq x, both", 2, JMPX(JEQ, 1, 1) },
};

static void test_converted(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(converted); i++) {
		struct sock_filter prog[] = {
			ST(0), converted[i].insn, ALLOW, ALLOW, ALLOW,
		};
		struct filter f = { prog, ARRAY_SIZE(prog) };

		ok(!filter_check(&f) &&
			   filter_converted_len(&f) ==
				   3 + 1 + converted[i].len + 3 * 2,
		   "%s becomes %u", converted[i].what, converted[i].len);
	}

	insns[0] = (struct sock_filter)RET_A;
	ok(filter_converted_len(&(struct filter){ insns, 1 }) == 4,
	   "ret a alone becomes 4");
	fill((struct sock_filter)ALUX(DIV), FILTER_MAX_INSNS - 1);
	insns[FILTER_MAX_INSNS - 1] = (struct sock_filter)ALLOW;
	ok(filter_converted_len(&(struct filter){ insns, FILTER_MAX_INSNS }) ==
		   20480,
	   "the longest becomes 20480");
}

/* The same where a JIT hides constants; three more come first here too. */
static const struct {
	const char *what;
	u32 len;
	struct sock_filter insn;
} blinded[] = {
	{ "ld [k]", 1, LD(60) },
	{ "ld len", 3, LD_LEN },
	{ "ldx len", 3, LDX_LEN },
	{ "ld #k", 3, LDI(-1u) },
	{ "ld #0", 1, LDI(0) },
	{ "ldx #k", 3, LDXI(1) },
	{ "ldx #0", 1, LDXI(0) },
	{ "ldx M[k]", 1, LDM(0) },
	{ "tax", 1, TAX },
	{ "add #k", 3, ALU(ADD, 1) },
	{ "add #0", 3, ALU(ADD, 0) },
	{ "add x", 1, ALUX(ADD) },
	{ "lsh #k", 1, ALU(LSH, 3) },
	{ "rsh #k", 1, ALU(RSH, 3) },
	{ "div #k", 3, ALU(DIV, 7) },
	{ "div x", 7, ALUX(DIV) },
	{ "neg", 1, NEG },
	{ "ja", 1, JA(0) },
	{ "ret #k", 4, ALLOW },
	{ "ret #0", 2, BPF_STMT(BPF_RET | BPF_K, 0) },
	{ "ret a", 1, RET_A },
	{ "jeq, jt only", 3, JMP(JEQ, 1, 1, 0) },
	{ "jeq #0", 3, JMP(JEQ, 0, 1, 0) },
	{ "jeq, both", 4, JMP(JEQ, 1, 1, 1) },
	{ "jeq #0x80000000", 4, JMP(JEQ, 0x80000000, 1, 0) },
	{ "jset #0x80000000, jf only", 5, JMP(JSET, 0x80000000, 0, 1) },
	{ "jeq x, both", 2, JMPX(JEQ, 1, 1) },
};

static void test_blinded(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(blinded); i++) {
		struct sock_filter prog[] = {
			ST(0), blinded[i].insn, ALLOW, ALLOW, ALLOW,
		};
		struct filter f = { prog, ARRAY_SIZE(prog) };

		ok(!filter_check(&f) && filter_blinded_len(&f) ==
						3 + 1 + blinded[i].len + 3 * 4,
		   "%s becomes %u, blinded", blinded[i].what, blinded[i].len);
	}
}

/*
 * Filters of ret #k only, that is 3 + 2 * len when converted; with @odd the
 * newest begins with a load and is one shorter. Those below cost 4 more each.
 */
static const struct {
	const char *what;
	u32 below[STACK_MAX_FILTERS];
	u32 len;
	bool odd;
	int ret;
} limits[] = {
	{ "the first", { 0 }, 4096, false, GOOD },
	{ "a third of 8195", { 4096, 4096 }, 4096, false, GOOD },
	{ "a fourth of 8195", { 4096, 4096, 4096 }, 4096, false, -ENOMEM },
	{ "exactly 32768", { 4096, 4096, 4096 }, 4084, false, GOOD },
	{ "32769", { 4096, 4096, 4096 }, 4085, true, -ENOMEM },
	{ "32770", { 4096, 4096, 4096 }, 4085, false, -ENOMEM },
	{ "nothing left", { 4096, 4096, 4096, 4084 }, 1, false, -ENOMEM },
	{ "four below, 32768", { 4096, 4096, 4096, 4079 }, 2, true, GOOD },
	{ "four below, 32769", { 4096, 4096, 4096, 4079 }, 2, false, -ENOMEM },
	{ "8 filters, 32768", { 4096, 4096, 4096, 1, 1, 1, 1 }, 4066, false,
	  GOOD },
	{ "8 filters, 32769", { 4096, 4096, 4096, 1, 1, 1, 1 }, 4067, true,
	  -ENOMEM },
};

static void test_stack_limit(void)
{
	static struct sock_filter below[FILTER_MAX_INSNS];
	u32 i, pc;

	for (pc = 0; pc < FILTER_MAX_INSNS; pc++)
		below[pc] = (struct sock_filter)ALLOW;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		struct filter f = { insns, limits[i].len };
		struct stack s = { 0 };

		fill((struct sock_filter)ALLOW, f.len);
		if (limits[i].odd)
			insns[0] = (struct sock_filter)LD_NR;
		for (; limits[i].below[s.depth]; s.depth++)
			s.filter[s.depth] = (struct filter){
				below, limits[i].below[s.depth]
			};
		ok(stack_admits(&s, &f) == limits[i].ret, "stack: %s: %s",
		   limits[i].what, limits[i].ret ? "refused" : "admitted");
	}
}

int main(void)
{
	test_codes();
	test_cases();
	test_lengths();
	test_converted();
	test_blinded();
	test_stack_limit();
	return tap_done();
}
