// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reference interpreter: every opcode by literal operands and results. The
 * batch interpreter: what that one says, on any number of lanes.
 */
#include <string.h>

#include "batch.h"
#include "checker.h"
#include "emulator.h"
#include "generate.h"
#include "insns.h"
#include "ref_interp.h"
#include "tap.h"
#include "witness.h"

static struct batch_data data;
static struct batch_run run;
static struct batch_scratch scratch; /* zero, as it has to be */
static struct machine machine;
static struct sock_filter insns[INPUT_MAX_INSNS];

static const struct sd call = { {
	0x00000007, 0xc000003e, 0x20202020, 0x30303030, 0x40404040, 0x50505050,
	0x60606060, 0x70707070, 0x80808080, 0x90909090, 0xa0a0a0a0, 0xb0b0b0b0,
	0xc0c0c0c0, 0xd0d0d0d0, 0xe0e0e0e0, 0xffffffff,
} };

static bool executed[0x100]; /* codes that a case below ended up with */

static bool runs_to(const struct sock_filter *prog, u32 len, u32 ret, u32 reads,
		    u32 pc)
{
	struct filter f = { prog, len };
	struct run got = ref_interp(&f, &call);
	u32 i, lane = 300;

	for (i = 0; i < len; i++)
		executed[prog[i].code & 0xff] = true;
	if (filter_check(&f) || got.ret != ret || got.reads != reads ||
	    got.pc != pc) {
		diag("0x%08x, read 0x%x, ended at %u", got.ret, got.reads,
		     got.pc);
		return false;
	}

	for (i = 0; i < SD_WORDS; i++)
		data.w[i][lane] = call.w[i];
	batch_first(&f, &data, BATCH_LANES, &run, &scratch);
	if (run.ret[lane] != ret || !(run.seen[pc] & BATCH_REACHED)) {
		diag("batch: 0x%08x", run.ret[lane]);
		return false;
	}
	for (i = 0; i < SD_WORDS; i++) {
		if (nrset_has(&run.reads[i], lane) != (reads >> i & 1)) {
			diag("batch: word %u", i);
			return false;
		}
	}
	return true;
}

static const struct {
	const char *what;
	struct sock_filter insns[10];
	u32 len;
	u32 ret, reads, pc;
} cases[] = {
	{ "ret k", { RET(0x12345678) }, 1, 0x12345678, 0, 0 },
	{ "ret a, a starts as 0", { RET_A }, 1, 0, 0, 0 },
	{ "x starts as 0", { LDI(5), TXA, RET_A }, 3, 0, 0, 2 },
	{ "ld len", { LD_LEN, RET_A }, 2, 64, 0, 1 },
	{ "ld len, whatever k",
	  { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 9), RET_A }, 2, 64, 0, 1 },
	{ "ldx len", { LDX_LEN, TXA, RET_A }, 3, 64, 0, 2 },
	{ "ld #k", { LDI(0xffffffff), RET_A }, 2, 0xffffffff, 0, 1 },
	{ "ldx #k leaves a", { LDI(1), LDXI(2), RET_A }, 3, 1, 0, 2 },
	{ "ldx #k", { LDXI(0x80000000), TXA, RET_A }, 3, 0x80000000, 0, 2 },
	{ "tax", { LDI(3), TAX, LDI(4), TXA, RET_A }, 5, 3, 0, 4 },
	{ "tax leaves a", { LDI(3), TAX, RET_A }, 3, 3, 0, 2 },
	{ "txa leaves x", { LDXI(3), TXA, LDI(9), TXA, RET_A }, 5, 3, 0, 4 },
	{ "st and ld", { LDI(6), ST(0), LDI(0), LDM(0), RET_A }, 5, 6, 0, 4 },
	{ "stx and ldx",
	  { LDXI(6), STX(15), LDXI(0), LDXM(15), TXA, RET_A }, 6, 6, 0, 5 },
	{ "st and ldx", { LDI(6), ST(7), LDXM(7), LDI(0), TXA, RET_A }, 6, 6, 0,
	  5 },
	{ "stx and ld", { LDXI(6), STX(7), LDM(7), RET_A }, 4, 6, 0, 3 },
	{ "cells are apart",
	  { LDI(1), ST(0), LDI(2), ST(1), LDI(3), ST(15), LDM(1), RET_A }, 8, 2,
	  0, 7 },
	{ "a store leaves a and x",
	  { LDI(1), LDXI(2), ST(0), STX(1), ALUX(ADD), RET_A }, 6, 3, 0, 5 },
	{ "ja 0", { JA(0), RET(1) }, 2, 1, 0, 1 },
	{ "ja 2", { JA(2), RET(1), RET(2), RET(3) }, 4, 3, 0, 3 },
	{ "ja, jt and jf ignored",
	  { BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RET(1), RET(2) }, 3, 2, 0, 2 },
	{ "div by an x of 0 ends with 0",
	  { LDI(5), ALUX(DIV), RET(1) }, 3, 0, 0, 1 },
	{ "div by an x of 0, what was read before",
	  { LD_ARG0, ALUX(DIV), LD_NR, RET_A }, 4, 0, 0x10, 1 },
	{ "0 divided by an x of 0", { ALUX(DIV), RET(1) }, 2, 0, 0, 0 },
	{ "all that is read counts",
	  { LD(0), LD(8), LD(60), LDI(1), RET_A }, 5, 1, 0x8005, 4 },
	{ "what is jumped over does not",
	  { LD(4), JA(1), LD(8), RET_A }, 4, 0xc000003e, 2, 3 },
	{ "fields that mean nothing",
	  { BPF_JUMP(BPF_LD | BPF_IMM, 1, 255, 255),
	    BPF_STMT(BPF_ALU | BPF_NEG, 77),
	    BPF_JUMP(BPF_RET | BPF_A, 99, 1, 1) }, 3, -1u, 0, 2 },
};

static void test_cases(void)
{
	bool good = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ok(runs_to(cases[i].insns, cases[i].len, cases[i].ret,
			   cases[i].reads, cases[i].pc), "%s", cases[i].what);

	for (i = 0; i < SD_WORDS; i++) {
		const struct sock_filter prog[] = { LD(4 * i), RET_A };

		good &= runs_to(prog, 2, call.w[i], 1u << i, 1);
	}
	ok(good, "ld [k] of each of the 16 words");
}

/* a op b is result; with k == b and with x == b. */
static const struct {
	u16 op;
	const char *name;
	u32 a, b, result;
} alus[] = {
	{ BPF_ADD, "add", 1, 2, 3 },
	{ BPF_ADD, "add", 0xffffffff, 1, 0 },
	{ BPF_ADD, "add", 0x80000000, 0x80000000, 0 },
	{ BPF_SUB, "sub", 3, 2, 1 },
	{ BPF_SUB, "sub", 0, 1, 0xffffffff },
	{ BPF_SUB, "sub", 0x80000000, 1, 0x7fffffff },
	{ BPF_MUL, "mul", 3, 5, 15 },
	{ BPF_MUL, "mul", 0xffffffff, 0xffffffff, 1 },
	{ BPF_MUL, "mul", 0x10000, 0x10000, 0 },
	{ BPF_MUL, "mul", 0x80000000, 3, 0x80000000 },
	{ BPF_DIV, "div", 7, 2, 3 },
	{ BPF_DIV, "div", 0xffffffff, 0xffffffff, 1 },
	{ BPF_DIV, "div", 0xfffffffe, 0xffffffff, 0 },
	{ BPF_DIV, "div", 0x80000000, 2, 0x40000000 },
	{ BPF_DIV, "div", 0x80000000, 0xffffffff, 0 },
	{ BPF_DIV, "div", 0, 5, 0 },
	{ BPF_AND, "and", 0xff00ff00, 0x0ff00ff0, 0x0f000f00 },
	{ BPF_AND, "and", 0xffffffff, 0, 0 },
	{ BPF_OR, "or", 0xff00ff00, 0x0ff00ff0, 0xfff0fff0 },
	{ BPF_OR, "or", 0x80000000, 1, 0x80000001 },
	{ BPF_XOR, "xor", 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0 },
	{ BPF_XOR, "xor", 0xffffffff, 0xffffffff, 0 },
	{ BPF_LSH, "lsh", 1, 0, 1 },
	{ BPF_LSH, "lsh", 1, 31, 0x80000000 },
	{ BPF_LSH, "lsh", 0xffffffff, 4, 0xfffffff0 },
	{ BPF_RSH, "rsh", 0x80000000, 0, 0x80000000 },
	{ BPF_RSH, "rsh", 0x80000000, 31, 1 },
	{ BPF_RSH, "rsh", 0xffffffff, 4, 0x0fffffff },
	/* by x only: a k of 32 is refused */
	{ BPF_LSH, "lsh", 1, 32, 1 },
	{ BPF_LSH, "lsh", 1, 33, 2 },
	{ BPF_LSH, "lsh", 1, 0xffffffff, 0x80000000 },
	{ BPF_LSH, "lsh", 3, 0x80000000, 3 },
	{ BPF_RSH, "rsh", 0x80000000, 32, 0x80000000 },
	{ BPF_RSH, "rsh", 0x80000000, 63, 1 },
	{ BPF_RSH, "rsh", 0x80000000, 64, 0x80000000 },
	{ BPF_RSH, "rsh", 0x80000000, 0xffffffff, 1 },
};

static void test_alu(void)
{
	static const u32 negs[][2] = {
		{ 0, 0 },
		{ 1, 0xffffffff },
		{ 0xffffffff, 1 },
		{ 0x80000000, 0x80000000 },
		{ 0x7fffffff, 0x80000001 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(alus); i++) {
		const struct sock_filter by_k[] = {
			LDI(alus[i].a),
			BPF_STMT(BPF_ALU | alus[i].op | BPF_K, alus[i].b),
			RET_A,
		};
		/* k means nothing here. */
		const struct sock_filter by_x[] = {
			LDXI(alus[i].b), LDI(alus[i].a),
			BPF_STMT(BPF_ALU | alus[i].op | BPF_X, 0x55),
			RET_A,
		};
		bool shift = alus[i].op == BPF_LSH || alus[i].op == BPF_RSH;
		bool good = runs_to(by_x, 4, alus[i].result, 0, 3);

		if (!shift || alus[i].b < 32)
			good &= runs_to(by_k, 3, alus[i].result, 0, 2);
		ok(good, "0x%x %s 0x%x is 0x%x", alus[i].a, alus[i].name,
		   alus[i].b, alus[i].result);
	}
	for (i = 0; i < ARRAY_SIZE(negs); i++) {
		const struct sock_filter prog[] = { LDI(negs[i][0]), NEG,
						    RET_A };

		ok(runs_to(prog, 3, negs[i][1], 0, 2), "neg 0x%x is 0x%x",
		   negs[i][0], negs[i][1]);
	}
}

/* As compiled code for s390 has it: six bits of X. */
static void test_wide_shifts(void)
{
	static const struct {
		u16 op;
		u32 a, b, result;
	} shifts[] = {
		{ BPF_LSH, 1, 31, 0x80000000 },
		{ BPF_LSH, 0xffffffff, 32, 0 },
		{ BPF_LSH, 149, 48, 0 },
		{ BPF_LSH, 0xffffffff, 63, 0 },
		{ BPF_LSH, 3, 64, 3 },
		{ BPF_LSH, 3, 0xffffffc1, 6 },
		{ BPF_RSH, 0x80000000, 31, 1 },
		{ BPF_RSH, 0xffffffff, 32, 0 },
		{ BPF_RSH, 0xffffffff, 63, 0 },
		{ BPF_RSH, 0x80000000, 64, 0x80000000 },
		{ BPF_RSH, 0x80000000, 0x80000041, 0x40000000 },
	};
	static struct emu_scratch emu;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(shifts); i++) {
		const struct sock_filter prog[] = {
			LDXI(shifts[i].b), LDI(shifts[i].a),
			BPF_STMT(BPF_ALU | shifts[i].op | BPF_X, 0), RET_A,
		};
		struct filter f = { prog, 4, .wide_shifts = true };
		struct emu_result e = emulate_full(&f, 0, 0, &emu);

		batch_first(&f, &data, BATCH_LANES, &run, &scratch);
		ok(ref_interp(&f, &call).ret == shifts[i].result &&
			   run.ret[0] == shifts[i].result &&
			   run.ret[BATCH_LANES - 1] == shifts[i].result &&
			   e.reason == EMU_CONSTANT &&
			   e.ret == shifts[i].result,
		   "0x%x %s 0x%x is 0x%x with six bits", shifts[i].a,
		   shifts[i].op == BPF_LSH ? "lsh" : "rsh", shifts[i].b,
		   shifts[i].result);
	}
}

/* By which the constant-action emulator must know the others. */
static void test_wide_others(void)
{
	static const struct {
		u16 op;
		u32 result;
	} others[] = {
		{ BPF_ADD, 1032 }, { BPF_SUB, 968 },  { BPF_MUL, 32000 },
		{ BPF_DIV, 31 },   { BPF_OR, 1000 },  { BPF_AND, 32 },
		{ BPF_XOR, 968 },
	};
	static struct emu_scratch emu;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		const struct sock_filter prog[] = {
			LDXI(32), LDI(1000),
			BPF_STMT(BPF_ALU | others[i].op | BPF_X, 0), RET_A,
		};
		struct filter f = { prog, 4, .wide_shifts = true };
		struct emu_result e = emulate_full(&f, 0, 0, &emu);

		ok(e.reason == EMU_CONSTANT && e.ret == others[i].result,
		   "op 0x%x of 1000 and an X of 32 is known to be %u",
		   others[i].op, others[i].result);
	}
}

/* Does a op b jump? */
static const struct {
	u16 op;
	const char *name;
	u32 a, b;
	bool jumps;
} jumps[] = {
	{ BPF_JEQ, "jeq", 0, 0, true },
	{ BPF_JEQ, "jeq", 1, 0, false },
	{ BPF_JEQ, "jeq", 0x80000000, 0x80000000, true },
	{ BPF_JEQ, "jeq", 0xffffffff, 0x7fffffff, false },
	{ BPF_JGE, "jge", 5, 4, true },
	{ BPF_JGE, "jge", 5, 5, true },
	{ BPF_JGE, "jge", 5, 6, false },
	{ BPF_JGE, "jge", 0, 0, true },
	{ BPF_JGE, "jge", 0x80000000, 0x7fffffff, true },
	{ BPF_JGE, "jge", 0x7fffffff, 0x80000000, false },
	{ BPF_JGE, "jge", 0xffffffff, 0xffffffff, true },
	{ BPF_JGT, "jgt", 5, 4, true },
	{ BPF_JGT, "jgt", 5, 5, false },
	{ BPF_JGT, "jgt", 5, 6, false },
	{ BPF_JGT, "jgt", 0x80000000, 0x7fffffff, true },
	{ BPF_JGT, "jgt", 0x7fffffff, 0x80000000, false },
	{ BPF_JGT, "jgt", 0xffffffff, 0xfffffffe, true },
	{ BPF_JSET, "jset", 5, 4, true },
	{ BPF_JSET, "jset", 5, 2, false },
	{ BPF_JSET, "jset", 5, 7, true },
	{ BPF_JSET, "jset", 0xffffffff, 0, false },
	{ BPF_JSET, "jset", 0x80000000, 0x80000000, true },
};

static void test_jumps(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		u32 ret = jumps[i].jumps ? 3 : 2, pc = jumps[i].jumps ? 5 : 4;
		const struct sock_filter by_k[] = {
			LDI(jumps[i].a), LDI(jumps[i].a),
			BPF_JUMP(BPF_JMP | jumps[i].op | BPF_K, jumps[i].b, 2,
				 1),
			RET(1), RET(2), RET(3),
		};
		const struct sock_filter by_x[] = {
			LDXI(jumps[i].b), LDI(jumps[i].a),
			BPF_JUMP(BPF_JMP | jumps[i].op | BPF_X, 0x55, 2, 1),
			RET(1), RET(2), RET(3),
		};
		bool good = runs_to(by_k, 6, ret, 0, pc) &&
			    runs_to(by_x, 6, ret, 0, pc);

		good &= run.seen[2] ==
			(BATCH_REACHED |
			 (jumps[i].jumps ? BATCH_JUMPED : BATCH_NOT_JUMPED));
		ok(good, "0x%x %s 0x%x jumps%s", jumps[i].a, jumps[i].name,
		   jumps[i].b, jumps[i].jumps ? "" : " not");
	}
}

/* jt and jf reach as far as they say, JA farther. */
static void test_distances(void)
{
	static struct sock_filter prog[FILTER_MAX_INSNS];
	u32 pc;

	for (pc = 0; pc < FILTER_MAX_INSNS; pc++)
		prog[pc] = (struct sock_filter)RET(pc);
	prog[0] = (struct sock_filter)JMP(JEQ, 0, 255, 0);
	ok(runs_to(prog, 257, 256, 0, 256), "jt 255");
	prog[0] = (struct sock_filter)JMP(JEQ, 1, 0, 255);
	ok(runs_to(prog, 257, 256, 0, 256), "jf 255");
	prog[0] = (struct sock_filter)JA(4094);
	ok(runs_to(prog, 4096, 4095, 0, 4095), "ja 4094");
}

/* Each lane goes its own way. */
static void test_seen(void)
{
	static const struct sock_filter prog[] = {
		LD_NR, JMP(JEQ, 3, 0, 1), ALLOW, JA(1), DENY, JMP(JGE, 0, 0, 1),
		RET(1), RET(2),
	};
	static const u8 seen[] = {
		BATCH_REACHED,
		BATCH_REACHED | BATCH_JUMPED | BATCH_NOT_JUMPED,
		BATCH_REACHED,
		BATCH_REACHED,
		0,
		BATCH_REACHED | BATCH_JUMPED,
		BATCH_REACHED,
		0,
	};
	struct filter f = { prog, ARRAY_SIZE(prog) };
	struct sd sd;
	u32 i;

	for (i = 0; i < BATCH_LANES; i++)
		data.w[SD_NR][i] = i;
	batch_first(&f, &data, BATCH_LANES, &run, &scratch);
	ok(run.ret[3] == SECCOMP_RET_ALLOW && run.ret[2] == 1 &&
		   run.ret[511] == 1 && !memcmp(run.seen, seen, sizeof(seen)),
	   "what batch has seen of each instruction");
	batch_first(&f, &data, 3, &run, &scratch);
	ok(!(run.seen[1] & BATCH_JUMPED) && !run.seen[2],
	   "lane 3 is not one of the first 3");

	for (i = 0; i < SD_WORDS; i++)
		data.w[i][511] = i + 1;
	sd = batch_sd(&data, 511);
	for (i = 0; i < SD_WORDS && sd.w[i] == i + 1; i++)
		;
	ok(i == SD_WORDS, "batch_sd has the lane's words");
}

static void test_opcodes(void)
{
	u32 code, n = 0, missing = 0;

	for (code = 0; code < ARRAY_SIZE(executed); code++) {
		n += code_allowed(code);
		missing += code_allowed(code) && !executed[code];
	}
	ok(n == 41 && !missing, "all 41 opcodes are in the cases above");
}

/* Not accepted, so nobody may run them; but if, then closed. */
static void test_invalid(void)
{
	static const struct sock_filter code[] = { ALU(MOD, 3), ALLOW };
	static const struct sock_filter end[] = { LD_NR };
	static const struct sock_filter out[] = { JA(7), ALLOW };

	ok(ref_interp(&(struct filter){ code, 2 }, &call).ret ==
			   SECCOMP_RET_KILL_PROCESS &&
		   ref_interp(&(struct filter){ end, 1 }, &call).ret ==
			   SECCOMP_RET_KILL_PROCESS &&
		   ref_interp(&(struct filter){ out, 2 }, &call).ret ==
			   SECCOMP_RET_KILL_PROCESS,
	   "what is not a filter kills the process");
}

static bool scratch_is_clean(void)
{
	u32 pc;

	for (pc = 0; pc < FILTER_MAX_INSNS; pc++) {
		if (!nrset_empty(&scratch.live[pc]))
			return false;
	}
	return true;
}

/* Some of 512: in all words of the set or in few, many of a word or one. */
static struct nrset some_lanes(struct rng *r)
{
	struct nrset s = { 0 };
	u32 i;

	nrset_add(&s, rng_below(r, BATCH_LANES));
	for (i = rng_below(r, NRSET_WORDS + 1); i < NRSET_WORDS; i++)
		s.w[i] |= rng_next(r) & (rng_below(r, 4) ? rng_next(r) : ~0ull);
	return s;
}

#define NOT_RUN 0x12345678

/* Returns the number of lanes on which the two differ. */
static u32 lanes_differ(const struct filter *f, const struct nrset *lanes)
{
	u32 lane, word, differ = 0;

	for (lane = 0; lane < BATCH_LANES; lane++)
		run.ret[lane] = NOT_RUN;
	batch_interp(f, &data, lanes, &run, &scratch);
	for (lane = 0; lane < BATCH_LANES; lane++) {
		struct sd sd = batch_sd(&data, lane);
		struct run r = ref_interp(f, &sd);
		u32 reads = 0;

		for (word = 0; word < SD_WORDS; word++)
			reads |= (u32)nrset_has(&run.reads[word], lane) << word;
		if (nrset_has(lanes, lane))
			differ += r.ret != run.ret[lane] || r.reads != reads ||
				  !(run.seen[r.pc] & BATCH_REACHED);
		else
			differ += run.ret[lane] != NOT_RUN || reads;
	}
	return differ;
}

static void fill_lanes(const struct filter *f, struct rng *r)
{
	struct stack s = { 1, { *f } };
	u32 lane, word;

	for (lane = 0; lane < BATCH_LANES; lane++) {
		struct sd sd;

		witness_fill(&s, &sd, r);
		sd.w[SD_NR] = rng_below(r, 8) ? rng_below(r, 470) : rng_u32(r);
		sd.w[SD_ARCH] = machine.table[lane % 2].abi->audit_arch;
		for (word = 0; word < SD_WORDS; word++)
			data.w[word][lane] = sd.w[word];
	}
}

static void test_batch(void)
{
	enum shape shape;

	for (shape = 0; shape < SHAPE_NEAR_MISS; shape++) {
		struct rng r = { 100 + shape };
		u32 i, filters = 0, lanes = 0, differ = 0;

		for (i = 0; i < BATCH_LANES; i++) {
			struct filter f = { insns, 0, i % 2 };
			struct nrset some = i & 2 ? some_lanes(&r) :
						    nrset_below(i + 1);

			f.len = generate_filter(&r, &machine, shape, insns,
						1 + rng_below(&r, i % 64 ?
								 80 : 1000));
			fill_lanes(&f, &r);
			differ += lanes_differ(&f, &some);
			lanes += nrset_count(&some);
			filters++;
		}
		ok(!differ && scratch_is_clean(),
		   "%s: %u filters, 1 to 512 lanes or some, %u executions",
		   shape_name(shape), filters, lanes);
	}
}

/* M[], X, division and shifts, where lanes wait at other instructions. */
static void test_batch_joins(void)
{
	static const struct sock_filter prog[] = {
		LD_NR, ST(1), TAX, LD_ARG0, STX(2), JMPX(JGT, 3, 0),
		ALUX(LSH), ST(1), JA(3), NEG, TAX, STX(2),
		LDM(2), ALU(AND, 0x1f), TAX, LDM(1), ALUX(RSH), ST(3), LD(20),
		ALU(AND, 7), TAX, LDM(3), ALUX(DIV), RET_A,
	};
	struct filter f = { prog, ARRAY_SIZE(prog) };
	struct rng r = { 7 };
	u32 i, differ = 0, zero = 0;

	for (i = 0; i < 200; i++) {
		struct nrset some;
		u32 lane, word;

		for (lane = 0; lane < BATCH_LANES; lane++) {
			for (word = 0; word < SD_WORDS; word++)
				data.w[word][lane] =
					rng_u32(&r) >> rng_below(&r, 32);
		}
		some = i % 2 ? some_lanes(&r) :
			       nrset_below(1 + rng_below(&r, BATCH_LANES));
		nrset_add(&some, 0);
		differ += lanes_differ(&f, &some);
		zero += run.ret[0] == 0;
	}
	ok(!filter_check(&f) && !differ && zero && zero < i,
	   "lanes that part and meet again, some divide by 0");
}

int main(void)
{
	machine_init(&machine, &platforms[0], KERNEL_RELEASE(6, 12), 463, 463);
	test_cases();
	test_alu();
	test_wide_shifts();
	test_wide_others();
	test_jumps();
	test_distances();
	test_seen();
	test_opcodes();
	test_invalid();
	test_batch();
	test_batch_joins();
	return tap_done();
}
