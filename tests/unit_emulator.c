// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three levels of the emulator by literal cases, each level against the
 * next one and against full execution, and the set oracle against the merged
 * level.
 */
#include <string.h>

#include "checker.h"
#include "emulator.h"
#include "generate.h"
#include "insns.h"
#include "ref_interp.h"
#include "set_oracle.h"
#include "tap.h"
#include "witness.h"

#define NATIVE 0xc000003e
#define COMPAT 0x40000003

#define CONST(k, pc)   { EMU_CONSTANT, k, pc }
#define LOAD(pc)       { EMU_LOAD, 0, pc }
#define UNKNOWN(pc)    { EMU_INSN, 0, pc }
#define RETURNS(pc)    { EMU_RET_UNKNOWN, 0, pc }
#define DIFFERS(pc)    { EMU_RET_DIFFERS, 0, pc }
#define ALLOWS(pc)     CONST(0x7fff0000, pc)
#define DENIES(pc)     CONST(DENIED, pc)
#define ALL(r)	       { r, r, r }
#define ONLY_FULL(n, r) { n, n, r }

static struct emu_scratch scratch;
static struct set_scratch set_scratch;
static struct witness_scratch witness_scratch;
static struct machine machines[INPUT_PLATFORMS];
static struct sock_filter insns[INPUT_MAX_INSNS];

/* nr 7 and arch NATIVE. What each level answers: seed, linux, full. */
static const struct {
	const char *what;
	struct sock_filter insns[10];
	u32 len;
	struct emu_result want[EMU_LEVELS];
} cases[] = {
	{ "ret k", { ALLOW }, 1, ALL(ALLOWS(0)) },
	{ "ret k, another action", { DENY }, 1, ALL(DENIES(0)) },
	{ "ret k with data", { RET(0x7fff0001) }, 1,
	  ALL(CONST(0x7fff0001, 0)) },
	{ "nr is loaded", { LD_NR, JMP(JEQ, 7, 0, 1), ALLOW, DENY }, 4,
	  ALL(ALLOWS(2)) },
	{ "arch is loaded", { LD_ARCH, JMP(JEQ, NATIVE, 0, 1), ALLOW, DENY }, 4,
	  ALL(ALLOWS(2)) },
	{ "the last load counts",
	  { LD_NR, LD_ARCH, JMP(JEQ, 7, 0, 1), ALLOW, DENY }, 5,
	  ALL(DENIES(4)) },
	{ "a starts as 0", { JMP(JEQ, 0, 0, 1), ALLOW, DENY }, 3,
	  ALL(ALLOWS(1)) },
	{ "ja", { JA(1), DENY, ALLOW }, 3, ALL(ALLOWS(2)) },
	{ "jge, equal", { LD_NR, JMP(JGE, 7, 0, 1), ALLOW, DENY }, 4,
	  ALL(ALLOWS(2)) },
	{ "jge, above", { LD_NR, JMP(JGE, 8, 0, 1), ALLOW, DENY }, 4,
	  ALL(DENIES(3)) },
	{ "jge is unsigned",
	  { LD_ARCH, JMP(JGE, 0x7fffffff, 0, 1), ALLOW, DENY }, 4,
	  ALL(ALLOWS(2)) },
	{ "jgt, equal", { LD_NR, JMP(JGT, 7, 0, 1), ALLOW, DENY }, 4,
	  ALL(DENIES(3)) },
	{ "jgt, below", { LD_NR, JMP(JGT, 6, 0, 1), ALLOW, DENY }, 4,
	  ALL(ALLOWS(2)) },
	{ "jset, one bit", { LD_NR, JMP(JSET, 4, 0, 1), ALLOW, DENY }, 4,
	  { UNKNOWN(1), ALLOWS(2), ALLOWS(2) } },
	{ "jset, no bit", { LD_NR, JMP(JSET, 8, 0, 1), ALLOW, DENY }, 4,
	  { UNKNOWN(1), DENIES(3), DENIES(3) } },
	{ "and", { LD_NR, ALU(AND, 6), JMP(JEQ, 6, 0, 1), ALLOW, DENY }, 5,
	  { UNKNOWN(1), ALLOWS(3), ALLOWS(3) } },
	{ "and twice",
	  { LD_NR, ALU(AND, 6), ALU(AND, 3), JMP(JEQ, 2, 0, 1), ALLOW, DENY },
	  6, { UNKNOWN(1), ALLOWS(4), ALLOWS(4) } },
	{ "jt and jf are not signed",
	  { LD_NR, JMP(JEQ, 7, 2, 0), ALLOW, DENY, RET(0) }, 5,
	  ALL(CONST(0, 4)) },
	{ "fields that mean nothing",
	  { BPF_JUMP(BPF_LD | BPF_W | BPF_ABS, 0, 255, 255),
	    BPF_JUMP(BPF_RET | BPF_K, 0x7fff0000, 255, 255) }, 2,
	  ALL(ALLOWS(1)) },

	/* the set oracle must not take one for the other where they meet */
	{ "arch on one way, nr & the same value on the other",
	  { LD_NR, JMP(JEQ, 7, 0, 2), LD_ARCH, JA(1), ALU(AND, NATIVE),
	    JMP(JEQ, NATIVE, 0, 1), ALLOW, DENY }, 8, ALL(ALLOWS(6)) },

	/* loads of anything else */
	{ "an argument", { LD_ARG0, ALLOW }, 2,
	  ONLY_FULL(LOAD(0), ALLOWS(1)) },
	{ "the instruction pointer", { LD(8), ALLOW }, 2,
	  ONLY_FULL(LOAD(0), ALLOWS(1)) },
	{ "the last word, tested", { LD(60), JMP(JEQ, 0, 0, 1), ALLOW, DENY },
	  4, ONLY_FULL(LOAD(0), DIFFERS(3)) },
	{ "an argument that decides, behind nr",
	  { LD_NR, JMP(JEQ, 7, 0, 2), LD_ARG0, JMP(JEQ, 1, 0, 1), ALLOW,
	    DENY }, 6, ONLY_FULL(LOAD(2), DIFFERS(5)) },
	{ "an argument on another number's way",
	  { LD_NR, JMP(JEQ, 8, 0, 2), LD_ARG0, JMP(JEQ, 1, 0, 1), ALLOW,
	    DENY }, 6, ALL(ALLOWS(4)) },
	{ "an argument returned", { LD_ARG0, RET_A }, 2,
	  ONLY_FULL(LOAD(0), RETURNS(1)) },
	{ "an argument overwritten",
	  { LD_ARG0, LD_NR, JMP(JEQ, 7, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(LOAD(0), ALLOWS(3)) },

	/* what only the full level knows */
	{ "ld len", { LD_LEN, JMP(JEQ, 64, 0, 1), ALLOW, DENY }, 4,
	  ONLY_FULL(UNKNOWN(0), ALLOWS(2)) },
	{ "ldx len", { LDX_LEN, TXA, JMP(JEQ, 64, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(UNKNOWN(0), ALLOWS(3)) },
	{ "ld #k, ret a", { LDI(0x7fff0000), RET_A }, 2,
	  ONLY_FULL(UNKNOWN(0), ALLOWS(1)) },
	{ "ret a of the initial 0", { RET_A }, 1,
	  ONLY_FULL(UNKNOWN(0), CONST(0, 0)) },
	{ "nr returned", { LD_NR, RET_A }, 2,
	  ONLY_FULL(UNKNOWN(1), CONST(7, 1)) },
	{ "ldx #k, jeq x",
	  { LDXI(7), LD_NR, JMPX(JEQ, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(UNKNOWN(0), ALLOWS(3)) },
	{ "jgt x", { LDXI(6), LD_NR, JMPX(JGT, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(UNKNOWN(0), ALLOWS(3)) },
	{ "st and ld",
	  { LD_NR, ST(3), LDI(0), LDM(3), JMP(JEQ, 7, 0, 1), ALLOW, DENY }, 7,
	  ONLY_FULL(UNKNOWN(1), ALLOWS(5)) },
	{ "stx and ldx",
	  { LDXI(5), STX(15), LDXI(0), LDXM(15), TXA, JMP(JEQ, 5, 0, 1),
	    ALLOW, DENY }, 8, ONLY_FULL(UNKNOWN(0), ALLOWS(6)) },
	{ "tax and txa",
	  { LD_NR, TAX, LDI(0), TXA, JMP(JEQ, 7, 0, 1), ALLOW, DENY }, 7,
	  ONLY_FULL(UNKNOWN(1), ALLOWS(5)) },
	{ "add", { LD_NR, ALU(ADD, -7u), JMP(JEQ, 0, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(UNKNOWN(1), ALLOWS(3)) },
	{ "neg", { LD_NR, NEG, JMP(JEQ, -7u, 0, 1), ALLOW, DENY }, 5,
	  ONLY_FULL(UNKNOWN(1), ALLOWS(3)) },
	{ "neg of an argument", { LD_ARG0, NEG, RET_A }, 3,
	  ONLY_FULL(LOAD(0), RETURNS(2)) },
	{ "div by x", { LDXI(7), LD_NR, ALUX(DIV), RET_A }, 4,
	  ONLY_FULL(UNKNOWN(0), CONST(1, 3)) },
	{ "div by an x of 0 is a return of 0", { LD_NR, ALUX(DIV), ALLOW }, 3,
	  ONLY_FULL(UNKNOWN(1), CONST(0, 1)) },
	{ "div by an argument may return 0",
	  { LD_ARG0, TAX, ALUX(DIV), ALLOW }, 4,
	  ONLY_FULL(LOAD(0), DIFFERS(3)) },
	{ "div by an argument, 0 in any case",
	  { LD_ARG0, TAX, LDI(0), ALUX(DIV), RET_A }, 5,
	  ONLY_FULL(LOAD(0), CONST(0, 4)) },
	{ "div by an argument behind another return",
	  { LD_ARG0, JMP(JEQ, 1, 0, 1), ALLOW, TAX, ALUX(DIV), ALLOW }, 6,
	  ONLY_FULL(LOAD(0), DIFFERS(4)) },

	/* zero absorbs */
	{ "an argument and 0", { LD_ARG0, ALU(AND, 0), RET_A }, 3,
	  ONLY_FULL(LOAD(0), CONST(0, 2)) },
	{ "an argument times 0", { LD_ARG0, ALU(MUL, 0), RET_A }, 3,
	  ONLY_FULL(LOAD(0), CONST(0, 2)) },
	{ "0 times an argument", { LD_ARG0, TAX, LDI(0), ALUX(MUL), RET_A }, 5,
	  ONLY_FULL(LOAD(0), CONST(0, 4)) },
	{ "0 shifted by an argument",
	  { LD_ARG0, TAX, LDI(0), ALUX(LSH), ALUX(RSH), RET_A }, 6,
	  ONLY_FULL(LOAD(0), CONST(0, 5)) },
	{ "1 shifted by an argument",
	  { LD_ARG0, TAX, LDI(1), ALUX(LSH), RET_A }, 5,
	  ONLY_FULL(LOAD(0), RETURNS(4)) },
	{ "an argument or 0", { LD_ARG0, ALU(OR, 0), RET_A }, 3,
	  ONLY_FULL(LOAD(0), RETURNS(2)) },

	/* compares that hold for every a */
	{ "jge #0", { LD_ARG0, JMP(JGE, 0, 0, 1), ALLOW, DENY }, 4,
	  ONLY_FULL(LOAD(0), ALLOWS(2)) },
	{ "jge #1", { LD_ARG0, JMP(JGE, 1, 0, 1), ALLOW, DENY }, 4,
	  ONLY_FULL(LOAD(0), DIFFERS(3)) },
	{ "jset #0", { LD_ARG0, JMP(JSET, 0, 0, 1), DENY, ALLOW }, 4,
	  ONLY_FULL(LOAD(0), ALLOWS(3)) },
	{ "jgt #0xffffffff", { LD_ARG0, JMP(JGT, -1u, 0, 1), DENY, ALLOW }, 4,
	  ONLY_FULL(LOAD(0), ALLOWS(3)) },
	{ "jgt #0xfffffffe", { LD_ARG0, JMP(JGT, -2u, 0, 1), DENY, ALLOW }, 4,
	  ONLY_FULL(LOAD(0), DIFFERS(3)) },
	{ "0 above an argument",
	  { LD_ARG0, TAX, LDI(0), JMPX(JGT, 0, 1), DENY, ALLOW }, 6,
	  ONLY_FULL(LOAD(0), ALLOWS(5)) },
	{ "0 and an argument",
	  { LD_ARG0, TAX, LDI(0), JMPX(JSET, 0, 1), DENY, ALLOW }, 6,
	  ONLY_FULL(LOAD(0), ALLOWS(5)) },
	{ "0xffffffff not below an argument",
	  { LD_ARG0, TAX, LDI(-1u), JMPX(JGE, 0, 1), ALLOW, DENY }, 6,
	  ONLY_FULL(LOAD(0), ALLOWS(4)) },
	{ "0 equal to an argument",
	  { LD_ARG0, TAX, LDI(0), JMPX(JEQ, 0, 1), DENY, ALLOW }, 6,
	  ONLY_FULL(LOAD(0), DIFFERS(5)) },

	/* joins */
	{ "two ways, one value",
	  { LD_ARG0, JMP(JEQ, 1, 0, 1), ALLOW, ALLOW }, 4,
	  ONLY_FULL(LOAD(0), ALLOWS(3)) },
	{ "two ways, data differs",
	  { LD_ARG0, JMP(JEQ, 1, 0, 1), ALLOW, RET(0x7fff0001) }, 4,
	  ONLY_FULL(LOAD(0), DIFFERS(3)) },
	{ "a cell that is equal on both ways",
	  { LD_ARG0, JMP(JEQ, 1, 0, 2), LDI(5), JA(1), LDI(5), RET_A }, 6,
	  ONLY_FULL(LOAD(0), CONST(5, 5)) },
	{ "a cell that differs",
	  { LD_ARG0, JMP(JEQ, 1, 0, 2), LDI(5), JA(1), LDI(6), RET_A }, 6,
	  ONLY_FULL(LOAD(0), RETURNS(5)) },
	{ "known on one way only",
	  { LD_ARG0, JMP(JEQ, 1, 0, 1), LDI(5), RET_A }, 4,
	  ONLY_FULL(LOAD(0), RETURNS(3)) },
	/* equal in what is stored behind "not known" is not yet known */
	{ "unknown on both ways",
	  { LD_ARG0, JMP(JEQ, 1, 0, 1), LD(20), RET_A }, 4,
	  ONLY_FULL(LOAD(0), RETURNS(3)) },
	{ "a return that nothing reaches", { LD_ARG0, JA(1), DENY, ALLOW }, 4,
	  ONLY_FULL(LOAD(0), ALLOWS(3)) },
};

static bool same(struct emu_result a, struct emu_result b)
{
	return a.reason == b.reason && a.ret == b.ret && a.pc == b.pc;
}

static void test_cases(void)
{
	u32 i, level;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { cases[i].insns, cases[i].len };
		bool good = !filter_check(&f);

		for (level = 0; level < EMU_LEVELS; level++) {
			struct emu_result r =
				emulate(level, &f, NATIVE, 7, &scratch);

			if (same(r, cases[i].want[level]))
				continue;
			diag("%s: %s, 0x%x at %u", emu_level_name(level),
			     emu_reason_name(r.reason), r.ret, r.pc);
			good = false;
		}
		ok(good, "%s", cases[i].what);
	}
}

/* Which numbers and archs a filter is constant for. */
static void test_numbers(void)
{
	static const struct sock_filter prog[] = {
		LD_ARCH, JMP(JEQ, NATIVE, 0, 4), LD_NR, JMP(JEQ, 3, 1, 0),
		ALLOW, LD_ARG0, DENY,
	};
	static const struct {
		u32 arch, nr;
		struct emu_result want;
	} calls[] = {
		{ NATIVE, 2, ALLOWS(4) },    { NATIVE, 3, LOAD(5) },
		{ NATIVE, -1u, ALLOWS(4) },  { COMPAT, 2, DENIES(6) },
		{ COMPAT, 3, DENIES(6) },    { 0, 0, DENIES(6) },
		{ NATIVE, 0x40000003, ALLOWS(4) },
	};
	struct filter f = { prog, ARRAY_SIZE(prog) };
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		good &= same(emulate_linux(&f, calls[i].arch, calls[i].nr),
			     calls[i].want);
	ok(good, "nr and arch are those of the call");
}

static void test_allows(void)
{
	static const struct {
		struct emu_result r;
		bool allows;
	} results[] = {
		{ ALLOWS(0), true },
		{ CONST(0x7fff0001, 0), false },
		{ CONST(0x7ffc0000, 0), false },
		{ DENIES(0), false },
		{ { EMU_LOAD, 0x7fff0000, 0 }, false },
	};
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(results); i++)
		good &= emu_allows(&results[i].r) == results[i].allows;
	ok(good, "a bit is for exactly ALLOW, and constant");
}

/* No valid filter gets behind its end: not even then a constant. */
static void test_ends(void)
{
	static const struct sock_filter prog[] = { LD_NR };
	struct filter f = { prog, 1 };

	ok(emulate_seed(&f, NATIVE, 7).reason == EMU_INSN &&
		   emulate_linux(&f, NATIVE, 7).reason == EMU_INSN,
	   "without a return there is no constant");
}

static void test_names(void)
{
	u32 i, k, good = 0;

	for (i = 0; i < EMU_REASONS; i++) {
		for (k = 0; k < i; k++)
			good += strcmp(emu_reason_name(i),
				       emu_reason_name(k)) != 0;
	}
	ok(good == EMU_REASONS * (EMU_REASONS - 1) / 2,
	   "every reason has a name of its own");
	ok(!strcmp(emu_level_name(EMU_SEED), "seed") &&
		   !strcmp(emu_level_name(EMU_LINUX), "linux") &&
		   !strcmp(emu_level_name(EMU_FULL), "full"),
	   "names of the levels");
}

static struct filter any_filter(struct rng *r, u32 i, u32 max)
{
	struct filter f = { insns, 0 };

	f.len = generate_filter(r, &machines[i % INPUT_PLATFORMS],
				i / INPUT_PLATFORMS % SHAPE_NEAR_MISS, insns,
				1 + rng_below(r, max));
	return f;
}

static u32 any_arch(struct rng *r, u32 i)
{
	const struct machine *m = &machines[i % INPUT_PLATFORMS];
	u32 pick = rng_below(r, 8);

	return pick == 7 ? rng_u32(r) : m->table[pick % 2].abi->audit_arch;
}

/* Levels that disagree: the lower one is constant and the upper is not it. */
static void test_levels(void)
{
	u32 constants[EMU_LEVELS] = { 0 };
	struct rng r = { 1 };
	u32 i, n, below = 0;

	for (i = 0; i < 30000; i++) {
		struct filter f = any_filter(&r, i, 60);
		u32 arch = any_arch(&r, i);

		for (n = 0; n < 8; n++) {
			u32 nr = rng_below(&r, 470);
			struct emu_result e[EMU_LEVELS];
			u32 level;

			for (level = 0; level < EMU_LEVELS; level++) {
				e[level] = emulate(level, &f, arch, nr,
						   &scratch);
				constants[level] +=
					e[level].reason == EMU_CONSTANT;
			}
			for (level = 0; level + 1 < EMU_LEVELS; level++)
				below += e[level].reason == EMU_CONSTANT &&
					 (e[level + 1].reason != EMU_CONSTANT ||
					  e[level + 1].ret != e[level].ret);
		}
	}
	ok(!below && constants[EMU_SEED] > 10000 &&
		   constants[EMU_SEED] < constants[EMU_LINUX] &&
		   constants[EMU_LINUX] < constants[EMU_FULL],
	   "each level has the constants of the one below: %u, %u, %u of %u",
	   constants[EMU_SEED], constants[EMU_LINUX], constants[EMU_FULL],
	   8 * i);
}

/* What the full level calls constant is what every execution returns. */
static void test_executions(void)
{
	struct rng r = { 2 };
	u32 i, n, constants = 0, runs = 0, read = 0, wrong = 0;

	for (i = 0; i < 60000; i++) {
		struct filter f = any_filter(&r, i, 60);
		struct stack s = { 1, { f } };
		struct sd sd = { { rng_below(&r, 470), any_arch(&r, i) } };
		struct emu_result e;

		e = emulate_full(&f, sd.w[SD_ARCH], sd.w[SD_NR], &scratch);
		if (e.reason != EMU_CONSTANT)
			continue;
		constants++;
		for (n = 0; n < 8; n++) {
			struct run run;

			witness_fill(&s, &sd, &r);
			run = ref_interp(&f, &sd);
			wrong += run.ret != e.ret;
			read += (run.reads & ~SD_CONST_WORDS) != 0;
			runs++;
		}
		/* Calls that are made to go another way than ALLOW. */
		if (e.ret == SECCOMP_RET_ALLOW)
			wrong += witness_search(&s, &sd, 32, &r,
						&witness_scratch);
	}
	ok(!wrong && constants > 10000 && read > 1000,
	   "%u full constants in %u executions, %u of which read arguments",
	   constants, runs, read);
}

static bool oracle_agrees(const struct filter *f, u32 arch, u32 nrs)
{
	struct set_result got;
	u32 nr;

	set_oracle(f, arch, nrs, &got, &set_scratch);
	for (nr = 0; nr < NR_MAX; nr++) {
		struct emu_result e = emulate_linux(f, arch, nr);
		bool constant = nr < nrs && e.reason == EMU_CONSTANT;
		bool allow = nr < nrs && emu_allows(&e);

		if (nrset_has(&got.constant, nr) == constant &&
		    nrset_has(&got.allow, nr) == allow)
			continue;
		diag("arch %x, nr %u of %u: %s, 0x%x", arch, nr, nrs,
		     emu_reason_name(e.reason), e.ret);
		return false;
	}
	return true;
}

static void test_set_oracle(void)
{
	static const u32 sizes[] = {
		1, 2, 63, 64, 65, 335, 336, 463, 511, 512,
	};
	struct rng r = { 3 };
	u32 i, k, compared = 0, good = 0;

	for (i = 0; i < 8000; i++) {
		struct filter f = any_filter(&r, i, i % 50 ? 60 : 600);
		u32 nrs = sizes[i % ARRAY_SIZE(sizes)];

		compared++;
		good += oracle_agrees(&f, any_arch(&r, i), nrs);
	}
	ok(good == compared && compared,
	   "set oracle and merged level agree on %u filters, 512 numbers each",
	   compared);

	for (i = 0, good = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { cases[i].insns, cases[i].len };

		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			good += oracle_agrees(&f, NATIVE, sizes[k]);
	}
	ok(good == ARRAY_SIZE(cases) * ARRAY_SIZE(sizes),
	   "and on the cases above, for tables of each size");
}

/* Every compare of nr & mask with k, next to where the sets end. */
static void test_set_compares(void)
{
	static const u32 masks[] = {
		-1u, 0, 1, 0x1ff, 0xff, 0x1fe, 0x100, 0xaa, 0x8000000f,
		0xfffffe00, 0x3ff,
	};
	static const u32 ks[] = {
		0, 1, 2, 0xff, 0x100, 0x1fe, 0x1ff, 0x200, 0x7fffffff,
		0x80000000, -2u, -1u, 0xaa, 0x55, 0x8000000f,
	};
	static const u16 ops[] = { BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET };
	u32 m, k, o, good = 0, all = 0;

	for (m = 0; m < ARRAY_SIZE(masks); m++) {
		for (k = 0; k < ARRAY_SIZE(ks); k++) {
			for (o = 0; o < ARRAY_SIZE(ops); o++) {
				const struct sock_filter prog[] = {
					LD_NR,
					ALU(AND, masks[m]),
					BPF_JUMP(BPF_JMP | ops[o] | BPF_K,
						 ks[k], 0, 1),
					ALLOW,
					DENY,
				};
				struct filter f = { prog, ARRAY_SIZE(prog) };

				all++;
				good += oracle_agrees(&f, NATIVE, NR_MAX);
			}
		}
	}
	ok(good == all, "sets of nr & mask against a constant: %u compares",
	   all);
}

#define NODES (NR_MAX - 1)

/* Where node @i of a binary tree stands, or the leaf that comes after them. */
static u32 node_pc(u32 i)
{
	return i < NODES ? 1 + 3 * i : 1 + 3 * NODES + 2 * (i - NODES);
}

/*
 * A tree with a leaf for each number, level by level: all numbers wait at once,
 * each in a group of its own, and are compared once more.
 */
static void test_set_groups(void)
{
	struct filter f = { insns, node_pc(2 * NODES + 1) };
	u32 i;

	insns[0] = (struct sock_filter)LD_NR;
	for (i = 0; i < 2 * NODES + 1; i++) {
		struct sock_filter *insn = &insns[node_pc(i)];
		u32 pc = node_pc(i), bit = 31 - __builtin_clz(i + 1);

		if (i >= NODES) {
			insn[0] = (struct sock_filter)JMP(JGE, 600, 0, 0);
			insn[1] = i % 3 ? (struct sock_filter)ALLOW
					: (struct sock_filter)DENY;
			continue;
		}
		insn[0] = (struct sock_filter)JMP(JSET, 1 << bit, 0, 1);
		insn[1] = (struct sock_filter)JA(node_pc(2 * i + 1) - pc - 2);
		insn[2] = (struct sock_filter)JA(node_pc(2 * i + 2) - pc - 3);
	}
	ok(!filter_check(&f) && oracle_agrees(&f, NATIVE, NR_MAX),
	   "as many sets as there are numbers");
}

/* Thousands of compares one after another, none of which divides a set. */
static void test_set_reuse(void)
{
	static const struct sock_filter compares[] = {
		JMP(JGT, 0x1ff, 0, 0),
		JMP(JSET, 0x80000000, 0, 0),
		JMP(JGE, 0, 0, 0),
		JMP(JEQ, 600, 0, 0),
		ALU(AND, 0x1ff),
	};
	struct filter f = { insns, FILTER_MAX_INSNS };
	u32 pc;

	insns[0] = (struct sock_filter)LD_NR;
	for (pc = 1; pc < f.len; pc++)
		insns[pc] = compares[pc % ARRAY_SIZE(compares)];
	insns[f.len - 3] = (struct sock_filter)JMP(JGE, 100, 0, 1);
	insns[f.len - 2] = (struct sock_filter)ALLOW;
	insns[f.len - 1] = (struct sock_filter)DENY;
	ok(!filter_check(&f) && oracle_agrees(&f, NATIVE, NR_MAX),
	   "%u compares of one set", f.len - 4);
}

/* Two returns, and an argument that decides which. */
static void test_full_allows(void)
{
	static const struct {
		u32 one, other;
		bool allows;
	} row[] = {
		{ SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, true },
		{ SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW | 1, true },
		{ SECCOMP_RET_ALLOW | 2, SECCOMP_RET_ALLOW | 1, true },
		{ SECCOMP_RET_ALLOW, SECCOMP_RET_LOG, false },
		{ SECCOMP_RET_LOG, SECCOMP_RET_ALLOW | 1, false },
		{ SECCOMP_RET_LOG, SECCOMP_RET_LOG, false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct sock_filter by_argument[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
			JMP(JEQ, 7, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, row[i].one),
			BPF_STMT(BPF_RET | BPF_K, row[i].other),
		};
		struct filter f = { by_argument, ARRAY_SIZE(by_argument) };

		ok(full_allows(&f, NATIVE, 1, &scratch) == row[i].allows,
		   "0x%x or 0x%x: %s", row[i].one, row[i].other,
		   row[i].allows ? "both allow" : "not both allow");
	}
}

int main(void)
{
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++)
		machine_init(&machines[i], &platforms[i], KERNEL_RELEASE(6, 12),
			     463, 463);
	test_cases();
	test_numbers();
	test_allows();
	test_ends();
	test_names();
	test_full_allows();
	test_levels();
	test_executions();
	test_set_oracle();
	test_set_compares();
	test_set_groups();
	test_set_reuse();
	return tap_done();
}
