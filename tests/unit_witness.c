// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness search on filters that hide what they refuse behind compares
 * that no random argument passes, and on filters that refuse nothing.
 */
#include <string.h>

#include "checker.h"
#include "insns.h"
#include "stack.h"
#include "tap.h"
#include "witness.h"

#define TRIES 512 /* as compare() has it */
#define SEEDS 20

static struct witness_scratch scratch;

#define ARG(n)	  LD(16 + 8 * (n))
#define ARG_HI(n) LD(20 + 8 * (n))
#define NE(k, to) JMP(JEQ, k, 0, to) /* to is counted as a jump's is */

static const struct {
	const char *what;
	bool there;
	struct sock_filter insns[24];
	u32 len;
} cases[] = {
	{ "nothing to find", false, { ALLOW }, 1 },
	{ "nothing read", false,
	  { LD_NR, JMP(JEQ, 1, 0, 1), DENY, ALLOW }, 4 },
	{ "both ways allow", false, { ARG(0), NE(0x1234, 0), ALLOW }, 3 },
	{ "a denial that nothing reaches", false,
	  { ARG(0), ALU(AND, 6), JMP(JEQ, 1, 0, 1), DENY, ALLOW }, 5 },
	{ "no square is 2 modulo 4", false,
	  { ARG(0), TAX, ALUX(MUL), ALU(AND, 3), NE(2, 1), DENY, ALLOW }, 7 },

	{ "denied without a condition", true, { DENY }, 1 },
	{ "data of an ALLOW is no denial", false, { RET(0x7fff0001) }, 1 },
	{ "low word", true, { ARG(0), NE(0x12345678, 1), DENY, ALLOW }, 4 },
	{ "high word", true, { ARG_HI(5), NE(0x12345678, 1), DENY, ALLOW },
	  4 },
	{ "instruction pointer", true,
	  { LD(8), NE(0xdeadbeef, 1), DENY, ALLOW }, 4 },
	{ "both words", true,
	  { ARG_HI(2), NE(0x7fff1234, 3), ARG(2), NE(0x89abcdef, 1), DENY,
	    ALLOW }, 6 },
	{ "denied but for one value", true,
	  { ARG(0), NE(5, 1), ALLOW, DENY }, 4 },
	{ "masked", true,
	  { ARG(1), ALU(AND, 0xfffe0000), NE(0x5a5a0000, 1), DENY, ALLOW }, 5 },
	{ "one bit clear of 32 set", true,
	  { ARG(1), ALU(XOR, -1u), JMP(JEQ, 0x40, 0, 1), DENY, ALLOW }, 5 },
	{ "jset of all bits but no other", true,
	  { ARG(0), JMP(JSET, 0xffff0000, 2, 0), JMP(JSET, 0x8000, 0, 1), DENY,
	    ALLOW }, 5 },
	{ "jset of one bit", true,
	  { ARG(3), ALU(AND, 0x80000001), JMP(JEQ, 0x80000000, 0, 1), DENY,
	    ALLOW }, 5 },
	{ "a range of two", true,
	  { ARG(0), JMP(JGE, 0xabcdef00, 0, 2), JMP(JGE, 0xabcdef02, 1, 0),
	    DENY, ALLOW }, 5 },
	{ "above all but one", true,
	  { ARG(0), JMP(JGT, 0xfffffffe, 0, 1), DENY, ALLOW }, 4 },
	{ "below all but one", true,
	  { ARG(0), JMP(JGE, 1, 1, 0), DENY, ALLOW }, 4 },
	{ "six arguments, twelve words", true,
	  { ARG(0), NE(0x10000001, 21), ARG(1), NE(0x20000002, 19), ARG(2),
	    NE(0x30000003, 17), ARG(3), NE(0x40000004, 15), ARG(4),
	    NE(0x50000005, 13), ARG(5), NE(0x60000006, 11), ARG_HI(0),
	    NE(0x70000007, 9), ARG_HI(1), NE(0x80000008, 7), ARG_HI(2),
	    NE(0x90000009, 5), ARG_HI(3), NE(0xa000000a, 3), LD(12),
	    NE(0xb000000b, 1), DENY, ALLOW }, 24 },

	/* operations that have to be undone */
	{ "add", true,
	  { ARG(0), ALU(ADD, 0x11111111), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "sub", true,
	  { ARG(0), ALU(SUB, 0x11111111), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "xor", true,
	  { ARG(0), ALU(XOR, 0x11111111), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "or", true,
	  { ARG(0), ALU(OR, 0xff), NE(0x123456ff, 1), DENY, ALLOW }, 5 },
	{ "mul by an odd number", true,
	  { ARG(0), ALU(MUL, 12345), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "mul by an odd number of 32 bits", true,
	  { ARG(0), ALU(MUL, 0x89abcdef), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "mul by an even number", true,
	  { ARG(0), ALU(MUL, 6), NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "mul by 0", false,
	  { ARG(0), ALU(MUL, 0), NE(1, 1), DENY, ALLOW }, 5 },
	{ "div", true,
	  { ARG(0), ALU(DIV, 1000), NE(0x12345, 1), DENY, ALLOW }, 5 },
	{ "lsh", true,
	  { ARG(0), ALU(LSH, 8), NE(0x34567800, 1), DENY, ALLOW }, 5 },
	{ "lsh by 0", true,
	  { ARG(0), ALU(LSH, 0), NE(0x34567800, 1), DENY, ALLOW }, 5 },
	{ "rsh", true,
	  { ARG(0), ALU(RSH, 4), NE(0x1234567, 1), DENY, ALLOW }, 5 },
	/* what an operation does not look at must stay as the first test has it */
	{ "and, the other half was tested before", true,
	  { ARG(0), ALU(AND, 0xff), NE(0x55, 4), ARG(0), ALU(AND, 0xff00),
	    NE(0x3400, 1), DENY, ALLOW }, 8 },
	{ "or, what it hides was tested before", true,
	  { ARG(0), ALU(AND, 0xff), NE(0x55, 4), ARG(0), ALU(OR, 0xff),
	    NE(0x123456ff, 1), DENY, ALLOW }, 8 },
	{ "lsh, what it drops was tested before", true,
	  { ARG(0), ALU(AND, 0xff000000), NE(0x55000000, 4), ARG(0),
	    ALU(LSH, 8), NE(0x34567800, 1), DENY, ALLOW }, 8 },
	{ "rsh, what it drops was tested before", true,
	  { ARG(0), ALU(AND, 0xff), NE(0x55, 4), ARG(0), ALU(RSH, 8),
	    NE(0x123456, 1), DENY, ALLOW }, 8 },
	{ "neg", true, { ARG(0), NEG, NE(0x12345678, 1), DENY, ALLOW }, 5 },
	{ "four of them", true,
	  { ARG(0), ALU(ADD, 3), ALU(XOR, 0xff00ff00), NEG, ALU(SUB, 7),
	    NE(0x12345678, 1), DENY, ALLOW }, 8 },
	{ "five are too many, but the first compare is easy", true,
	  { ARG(0), ALU(ADD, 1), ALU(ADD, 1), ALU(ADD, 1), ALU(ADD, 1),
	    ALU(ADD, 1), JMP(JGT, 0x7fffffff, 0, 1), DENY, ALLOW }, 9 },

	/* through X, M[] and more than one word */
	{ "compared with x", true,
	  { LDXI(0x12345678), ARG(0), JMPX(JEQ, 0, 1), DENY, ALLOW }, 5 },
	{ "x is the argument", true,
	  { ARG(0), TAX, LDI(0x12345678), JMPX(JEQ, 0, 1), DENY, ALLOW }, 6 },
	{ "a constant above an argument in x", true,
	  { ARG(0), TAX, LDI(1), JMPX(JGT, 0, 1), DENY, ALLOW }, 6 },
	{ "two arguments equal", true,
	  { ARG(0), TAX, ARG(1), JMPX(JEQ, 0, 1), DENY, ALLOW }, 6 },
	{ "two arguments differ by 7", true,
	  { ARG(0), ALU(ADD, 7), TAX, ARG(1), JMPX(JEQ, 0, 1), DENY, ALLOW },
	  7 },
	{ "an argument added to another", true,
	  { ARG(0), TAX, ARG(1), JMP(JEQ, 0x77777777, 0, 3), ALUX(ADD),
	    JMP(JGE, 0x80000000, 0, 1), DENY, ALLOW }, 8 },
	{ "operand in x", true,
	  { LDXI(5), ARG(0), ALUX(MUL), NE(0x12345678, 1), DENY, ALLOW }, 6 },
	{ "shifted by x", true,
	  { LDXI(36), ARG(0), ALUX(RSH), NE(0x1234567, 1), DENY, ALLOW }, 6 },
	{ "shifted by x the other way", true,
	  { LDXI(36), ARG(0), ALUX(LSH), NE(0x23456780, 1), DENY, ALLOW }, 6 },
	{ "through a cell", true,
	  { ARG(0), ST(2), LDI(0), LDM(2), NE(0x12345678, 1), DENY, ALLOW },
	  7 },
	{ "through a cell into x", true,
	  { ARG(0), ALU(XOR, 3), ST(2), LDXM(2), TXA, NE(0x12345678, 1), DENY,
	    ALLOW }, 8 },
	{ "from x into a cell", true,
	  { ARG(0), TAX, STX(9), LDI(0), LDM(9), NE(0x12345678, 1), DENY,
	    ALLOW }, 8 },
	{ "len", true,
	  { LDX_LEN, ARG(0), ALUX(ADD), NE(0x12345678, 1), DENY, ALLOW }, 6 },
	{ "len in a", false,
	  { LD_LEN, NE(64, 1), ALLOW, DENY }, 4 },
	{ "returned itself", true, { ARG(0), RET_A }, 2 },
	{ "returned, made to ALLOW by a constant", false,
	  { ARG(0), ALU(AND, 0), ALU(OR, 0x7fff0000), RET_A }, 4 },
	{ "division by an argument of 0", true,
	  { ARG(0), TAX, LDI(1), ALUX(DIV), ALLOW }, 5 },
	{ "over a ja", true,
	  { ARG(0), JA(1), DENY, NE(0x12345678, 1), DENY, ALLOW }, 6 },
};

static bool search(const struct stack *s, struct sd *sd, u32 tries, u64 seed)
{
	struct rng r = { seed };

	return witness_search(s, sd, tries, &r, &scratch);
}

/* With any seed, from arguments of 0 or any. */
static void test_cases(void)
{
	u32 i, seed;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { cases[i].insns, cases[i].len };
		struct stack s = { 1, { f } };
		u32 found = 0, wrong = filter_check(&f) != 0;

		for (seed = 0; seed < SEEDS; seed++) {
			struct sd start = { { 7, 0xc000003e } };
			struct rng r = { seed };
			struct sd sd;

			if (seed % 2)
				witness_fill(&s, &start, &r);
			sd = start;
			if (!search(&s, &sd, TRIES, seed))
				continue;
			found++;
			wrong += sd.w[SD_NR] != 7 ||
				 sd.w[SD_ARCH] != 0xc000003e ||
				 stack_run(&s, &sd).ret == SECCOMP_RET_ALLOW;
		}
		ok(!wrong && found == (cases[i].there ? SEEDS : 0),
		   "%s: %s with %u of %u seeds", cases[i].what,
		   cases[i].there ? "found" : "not there, found", found,
		   SEEDS);
	}
}

/* What nr and arch decide is theirs: only arguments are searched. */
static void test_kept(void)
{
	static const struct sock_filter prog[] = {
		LD_NR, NE(7, 1), DENY, LD_ARCH, NE(0, 1), DENY, ALLOW,
	};
	struct stack s = { 1, { { prog, ARRAY_SIZE(prog) } } };
	struct sd sd = { { 8, 0xc000003e } };

	ok(!search(&s, &sd, TRIES, 1), "no other number or arch is tried");
	sd.w[SD_NR] = 7;
	ok(search(&s, &sd, 1, 1), "one try for what is denied at once");
	ok(!search(&s, &sd, 0, 1), "none for none");
}

/* Any filter of the stack may be the one. */
static void test_stacks(void)
{
	static const struct sock_filter all[] = { ALLOW };
	static const struct sock_filter hides[] = {
		ARG(0), NE(0x12345678, 3), ARG(1), NE(0x9abcdef0, 1), DENY,
		ALLOW,
	};
	struct filter a = { all, 1 }, h = { hides, ARRAY_SIZE(hides) };
	struct stack s = { STACK_MAX_FILTERS, { a, a, a, a, a, a, a, a } };
	u32 i, found = 0;

	for (i = 0; i < STACK_MAX_FILTERS; i++) {
		struct sd sd = { { 7, 0xc000003e } };

		s.filter[i] = h;
		found += search(&s, &sd, TRIES, i) && sd.w[4] == 0x12345678 &&
			 sd.w[6] == 0x9abcdef0;
		s.filter[i] = a;
	}
	ok(found == STACK_MAX_FILTERS, "in each place of a stack");
}

/* More compares than are kept, more branches than the queue has room for. */
static void test_long(void)
{
	static struct sock_filter prog[2 + 2 * 200];
	struct stack s = { 1, { { prog, ARRAY_SIZE(prog) } } };
	struct sd sd = { { 7, 0xc000003e } };
	u32 i;

	prog[0] = (struct sock_filter)ARG(0);
	for (i = 0; i < 200; i++) {
		prog[1 + 2 * i] = (struct sock_filter)NE(0x1000 * i + 77, 1);
		prog[2 + 2 * i] = (struct sock_filter)ALLOW;
	}
	prog[ARRAY_SIZE(prog) - 1] = (struct sock_filter)ALLOW;
	ok(!filter_check(&s.filter[0]) && !search(&s, &sd, 20000, 1),
	   "a list of 200 that allows all");
	for (i = 150; i < 200; i++)
		prog[2 + 2 * i] = (struct sock_filter)DENY;
	ok(search(&s, &sd, TRIES, 1), "a list of 200 that denies the last 50");
}

/* A tree over argument 0. Returns how many instructions it wrote. */
static u32 tree(struct sock_filter *insns, u32 from, u32 span, u32 depth)
{
	u32 left;

	if (!depth) {
		insns[0] = (struct sock_filter)ALLOW;
		return 1;
	}
	left = tree(insns + 2, from, span / 2, depth - 1);
	insns[0] = (struct sock_filter)JMP(JGE, from + span / 2, 0, 1);
	insns[1] = (struct sock_filter)JA(left);
	return 2 + left + tree(insns + 2 + left, from + span / 2, span / 2,
			       depth - 1);
}

/* So many ways that the queue of those still to be followed gets full. */
static void test_tree(void)
{
	static struct sock_filter prog[FILTER_MAX_INSNS];
	struct stack s = { 1, { { prog, 0 } } };
	struct sd sd = { { 7, 0xc000003e } };
	u32 leaf = 0, pc;

	prog[0] = (struct sock_filter)ARG(0);
	s.filter[0].len = 1 + tree(prog + 1, 0, 1u << 31, 9);
	ok(!filter_check(&s.filter[0]) && !search(&s, &sd, 5000, 1),
	   "a tree of 512 leaves that allow all");
	for (pc = 0; pc < s.filter[0].len && leaf < 300; pc++)
		leaf += prog[pc].code == (BPF_RET | BPF_K);
	prog[pc - 1] = (struct sock_filter)DENY;
	ok(search(&s, &sd, 5000, 1) && sd.w[4] >> 22 == 299,
	   "a tree that denies one of 512");
}

static void test_fill(void)
{
	static const struct sock_filter prog[] = {
		ARG(0), NE(0x5eed1234, 0), ALLOW,
	};
	static const struct sock_filter none[] = { ALLOW };
	struct stack s = { 1, { { prog, ARRAY_SIZE(prog) } } };
	struct stack n = { 1, { { none, ARRAY_SIZE(none) } } };
	u32 i, word, equal = 0, next = 0, small = 0;
	struct rng r = { 1 };
	struct sd sd;

	for (i = 0; i < 100; i++) {
		sd.w[SD_NR] = 7;
		sd.w[SD_ARCH] = 8;
		witness_fill(&s, &sd, &r);
		for (word = SD_IP; word < SD_WORDS; word++) {
			equal += sd.w[word] == 0x5eed1234;
			next += sd.w[word] - 0x5eed1233 < 3;
			small += sd.w[word] < 8;
		}
	}
	ok(sd.w[SD_NR] == 7 && sd.w[SD_ARCH] == 8 && equal > 50 &&
		   next > equal + 50 && small > 50,
	   "arguments: constants of the filter, their neighbours, small ones");
	witness_fill(&n, &sd, &r);
	ok(sd.w[SD_NR] == 7, "a filter without compares");
}

int main(void)
{
	test_cases();
	test_kept();
	test_stacks();
	test_long();
	test_tree();
	test_fill();
	return tap_done();
}
