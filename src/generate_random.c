// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters without a plan: one step after the other from a mix of steps.
 *
 * An emulator gives up for every number that reaches an instruction that it
 * does not know. So the main mix of a filter is mostly clean, and the second
 * one goes behind a test that few numbers pass: the others stay constant.
 */
#include <linux/seccomp.h>

#include "generate_build.h"

enum step {
	STEP_NR,
	STEP_ARCH,
	STEP_DATA,
	STEP_TEST,
	STEP_TEST_X,
	STEP_JA,
	STEP_AND,
	STEP_RET,
	STEP_RET_A,
	STEP_IMM,
	STEP_LEN,
	STEP_ALU_K,
	STEP_ALU_X,
	STEP_STORE,
	STEP_LOAD,
	STEP_MOVE,
	STEP_GUARD,
	STEP_CHAIN,
	STEP_JOIN,
	STEP_FIELD,
	STEPS,
};

struct mix {
	u8 weight[STEPS]; /* that sum up to at most MIX_TOTAL */
	u8 bits;          /* JSET and masks in so many of 8 tests */
};

#define MIX_TOTAL 128

static const struct mix mix_clean = {
	.weight = { [STEP_NR] = 10,
		    [STEP_ARCH] = 3,
		    [STEP_TEST] = 22,
		    [STEP_JA] = 2,
		    [STEP_AND] = 4,
		    [STEP_RET] = 8,
		    [STEP_GUARD] = 10,
		    [STEP_FIELD] = 1 },
	.bits = 1,
};

static const struct mix mix_bits = {
	.weight = { [STEP_NR] = 10,
		    [STEP_ARCH] = 6,
		    [STEP_TEST] = 20,
		    [STEP_JA] = 1,
		    [STEP_AND] = 16,
		    [STEP_RET] = 6,
		    [STEP_GUARD] = 4 },
	.bits = 6,
};

static const struct mix mix_wild = {
	.weight = { [STEP_NR] = 6,
		    [STEP_ARCH] = 2,
		    [STEP_DATA] = 6,
		    [STEP_TEST] = 16,
		    [STEP_TEST_X] = 4,
		    [STEP_JA] = 2,
		    [STEP_AND] = 3,
		    [STEP_RET] = 3,
		    [STEP_RET_A] = 1,
		    [STEP_IMM] = 4,
		    [STEP_LEN] = 2,
		    [STEP_ALU_K] = 4,
		    [STEP_ALU_X] = 4,
		    [STEP_STORE] = 3,
		    [STEP_LOAD] = 3,
		    [STEP_MOVE] = 3,
		    [STEP_CHAIN] = 1,
		    [STEP_JOIN] = 1 },
	.bits = 2,
};

static const struct mix mix_arguments = {
	.weight = { [STEP_NR] = 2,
		    [STEP_DATA] = 10,
		    [STEP_TEST] = 14,
		    [STEP_AND] = 3,
		    [STEP_RET] = 5,
		    [STEP_IMM] = 1 },
	.bits = 2,
};

static const struct mix mix_memory = {
	.weight = { [STEP_NR] = 2,
		    [STEP_DATA] = 1,
		    [STEP_TEST] = 6,
		    [STEP_TEST_X] = 4,
		    [STEP_RET] = 2,
		    [STEP_RET_A] = 1,
		    [STEP_IMM] = 6,
		    [STEP_STORE] = 8,
		    [STEP_LOAD] = 8,
		    [STEP_MOVE] = 6,
		    [STEP_JOIN] = 4 },
};

static const struct mix mix_arithmetic = {
	.weight = { [STEP_NR] = 2,
		    [STEP_DATA] = 1,
		    [STEP_TEST] = 5,
		    [STEP_TEST_X] = 2,
		    [STEP_RET] = 2,
		    [STEP_RET_A] = 1,
		    [STEP_IMM] = 4,
		    [STEP_LEN] = 2,
		    [STEP_ALU_K] = 8,
		    [STEP_ALU_X] = 8,
		    [STEP_MOVE] = 3,
		    [STEP_CHAIN] = 4 },
};

/* A mix as it is drawn from: a table without branches is twice as fast. */
struct lot {
	const struct mix *mix;
	u8 step[MIX_TOTAL];
	u32 steps;
};

static void lot_init(struct lot *lot, const struct mix *mix)
{
	u32 i, n;

	lot->mix = mix;
	lot->steps = 0;
	for (i = 0; i < STEPS; i++) {
		for (n = 0; n < mix->weight[i]; n++)
			lot->step[lot->steps++] = i;
	}
}

static void step_test(struct gen *g, const struct mix *mix, u16 src)
{
	bool bits = rng_below(g->r, 8) < mix->bits;
	u16 code = bits ? BPF_JMP | BPF_JSET : pick_compare(g->r);
	u32 k = bits ? pick_mask(g->r) : pick_test(g);
	u32 jt = pick_jump(g), jf = 0;

	switch (rng_below(g->r, 8)) {
	case 0:
		jf = pick_jump(g);
		break;
	case 1:
		jf = jt;
		break;
	case 2:
	case 3:
	case 4:
		jf = jt;
		jt = 0;
		break;
	}
	emit_branch(g, code | src, k, jt, jf);
}

/*
 * A return that a jump goes round. In a long filter returns are rare, or its
 * far end would never be reached.
 */
static void step_ret(struct gen *g, const struct mix *mix)
{
	bool rare = g->len > 256 && !rng_one_in(g->r, g->len / 64);

	if ((rare || g->reach <= g->pc) && !rng_one_in(g->r, 64))
		step_test(g, mix, BPF_K);
	else if (rng_one_in(g->r, 2))
		emit_hit(g);
	else
		emit_default(g);
}

static void step_ret_a(struct gen *g, const struct mix *mix)
{
	if (g->reach <= g->pc && !rng_one_in(g->r, 16))
		step_test(g, mix, BPF_X);
	else
		emit(g, BPF_RET | BPF_A, 0);
}

static void step_ja(struct gen *g)
{
	/* In a long filter the far end is to be seen, too. */
	if (rng_one_in(g->r, g->len < 1024 ? 32 : 4))
		emit_ja(g, rng_below(g->r, gen_left(g)));
	else
		emit_ja(g, rng_below(g->r, 4) % gen_left(g));
}

static void step_imm(struct gen *g)
{
	g->a = HOLDS_OTHER;
	if (rng_one_in(g->r, 2))
		emit(g, BPF_LD | BPF_IMM, generate_constant(g->r, g->m));
	else
		emit(g, BPF_LDX | BPF_IMM,
		     rng_one_in(g->r, 2) ? rng_below(g->r, 34)
					 : generate_constant(g->r, g->m));
}

static void step_alu(struct gen *g, u16 src)
{
	u16 code = pick_alu(g->r) | src;

	g->a = HOLDS_OTHER;
	if (rng_one_in(g->r, 12))
		emit(g, BPF_ALU | BPF_NEG, 0);
	else if (src == BPF_X)
		emit(g, code, 0);
	else
		emit(g, code, pick_operand(g, code));
}

static void step_store(struct gen *g)
{
	static const u8 favourites[] = { 0, 1, 14, 15 };
	u32 k = rng_one_in(g->r, 4) ? rng_below(g->r, BPF_MEMWORDS)
				    : favourites[rng_below(g->r, 4)];

	emit_store(g, rng_one_in(g->r, 2) ? BPF_ST : BPF_STX, k);
}

/* The @n-th bit that is set in @bits, which are more than @n. */
static u32 nth_bit(u32 bits, u32 n)
{
	while (n--)
		bits &= bits - 1;
	return __builtin_ctz(bits);
}

static void step_load(struct gen *g)
{
	u32 cells = __builtin_popcount(g->stored);
	u32 k;

	if (!cells) {
		step_store(g);
		return;
	}
	k = nth_bit(g->stored, rng_below(g->r, cells));
	g->a = HOLDS_OTHER;
	emit(g, (rng_one_in(g->r, 2) ? BPF_LD : BPF_LDX) | BPF_MEM, k);
}

static void step_move(struct gen *g)
{
	if (rng_one_in(g->r, 2)) {
		emit(g, BPF_MISC | BPF_TAX, 0);
		return;
	}
	g->a = HOLDS_OTHER;
	emit(g, BPF_MISC | BPF_TXA, 0);
}

/* A return that is decisive in any mood. */
static void emit_either(struct gen *g)
{
	emit(g, BPF_RET | BPF_K, generate_action(g->r));
}

/* A jump over a field of returns, each of which says that it went wrong. */
static void step_field(struct gen *g)
{
	u32 most = gen_left(g) - 1;
	u16 code;
	u32 n;

	if (most > 16 && !(g->len > 256 && rng_one_in(g->r, 2)))
		most = 16;
	n = rng_below(g->r, most);
	if (n < 256 && rng_one_in(g->r, 2)) {
		code = pick_compare(g->r);
		emit_branch(g, code, pick_test(g), n, n);
	} else {
		emit_ja(g, n);
	}
	while (n--)
		emit_either(g);
}

/* Instructions that the merged emulator does not know. */
static const u16 odd[] = {
	BPF_LD | BPF_IMM,
	BPF_LDX | BPF_IMM,
	BPF_LD | BPF_LEN,
	BPF_LDX | BPF_LEN,
	BPF_LD | BPF_MEM,
	BPF_LDX | BPF_MEM,
	BPF_ST,
	BPF_STX,
	BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA,
	BPF_ALU | BPF_ADD | BPF_K,
	BPF_ALU | BPF_ADD | BPF_X,
	BPF_ALU | BPF_SUB | BPF_K,
	BPF_ALU | BPF_SUB | BPF_X,
	BPF_ALU | BPF_MUL | BPF_K,
	BPF_ALU | BPF_MUL | BPF_X,
	BPF_ALU | BPF_DIV | BPF_K,
	BPF_ALU | BPF_DIV | BPF_X,
	BPF_ALU | BPF_AND | BPF_X,
	BPF_ALU | BPF_OR | BPF_K,
	BPF_ALU | BPF_OR | BPF_X,
	BPF_ALU | BPF_XOR | BPF_K,
	BPF_ALU | BPF_XOR | BPF_X,
	BPF_ALU | BPF_LSH | BPF_K,
	BPF_ALU | BPF_LSH | BPF_X,
	BPF_ALU | BPF_RSH | BPF_K,
	BPF_ALU | BPF_RSH | BPF_X,
	BPF_ALU | BPF_NEG,
	BPF_JMP | BPF_JEQ | BPF_X,
	BPF_JMP | BPF_JGE | BPF_X,
	BPF_JMP | BPF_JGT | BPF_X,
	BPF_JMP | BPF_JSET | BPF_X,
	BPF_RET | BPF_A,
};

/* What gives one of them something to work on. */
static u16 partner(struct gen *g, u16 code)
{
	static const u16 set_x[] = { BPF_LDX | BPF_IMM, BPF_MISC | BPF_TAX,
				     BPF_LDX | BPF_LEN };

	switch (BPF_CLASS(code)) {
	case BPF_LD:
	case BPF_LDX:
		return rng_one_in(g->r, 2) ? BPF_ST : BPF_STX;
	case BPF_ST:
	case BPF_STX:
		return (rng_one_in(g->r, 4) ? BPF_LDX : BPF_LD) | BPF_MEM;
	case BPF_MISC:
		return BPF_MISC | (BPF_MISCOP(code) == BPF_TAX ? BPF_TXA : BPF_TAX);
	case BPF_ALU:
	case BPF_JMP:
		if (BPF_SRC(code) == BPF_X)
			return set_x[rng_below(g->r, ARRAY_SIZE(set_x))];
		/* fallthrough */
	default:
		return odd[rng_below(g->r, ARRAY_SIZE(odd))];
	}
}

/* With BPF_X, k is what must not be looked at. */
static u32 emit_odd(struct gen *g, u16 code)
{
	u32 k = 0;

	switch (BPF_CLASS(code)) {
	case BPF_ST:
	case BPF_STX:
		emit_store(g, code, rng_below(g->r, 2));
		return 0;
	case BPF_JMP:
		k = pick_test(g);
		emit_branch(g, code, k, 0, 1);
		emit_either(g);
		return k;
	case BPF_RET:
		k = pick_test(g);
		emit_branch(g, pick_compare(g->r), k, 0, 1);
		emit(g, code, 0);
		return 0;
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(code) == BPF_MEM) {
			if (!(g->stored & 3))
				emit_store(g, BPF_ST, 0);
			emit(g, code, __builtin_ctz(g->stored));
			return 0;
		}
		k = generate_constant(g->r, g->m);
		break;
	case BPF_ALU:
		k = pick_operand(g, code);
		break;
	}
	emit(g, code, k);
	return k;
}

/* What A may be now, or would be if the instruction with @k had done nothing. */
static u32 pick_result(struct gen *g, u32 k)
{
	switch (rng_below(g->r, 8)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return k;
	case 3:
		return sizeof(struct seccomp_data);
	case 4:
		return g->len;
	case 5:
		return pick_nr(g);
	default:
		return generate_constant(g->r, g->m);
	}
}

/* So many of odd[] give A, X or a cell another value; these only move one. */
#define ODD_VALUES 28
#define ODD_MOVES  10

#define PROBE_MAX 10 /* instructions that it takes at most */

/*
 * Hardly more than one kind of unknown instruction, and a test of what it did:
 * an emulator that wrongly knows one kind shows it only where no other makes it
 * give up.
 */
static void probe(struct gen *g)
{
	u16 code = odd[rng_below(g->r, ARRAY_SIZE(odd))];
	u32 k;

	if (gen_left(g) <= PROBE_MAX)
		return;
	if (!rng_one_in(g->r, 4))
		emit_nr(g);
	if (rng_one_in(g->r, 2)) {
		emit_odd(g, partner(g, code));
		if (rng_one_in(g->r, 2))
			emit_nr(g);
	}
	k = emit_odd(g, code);
	if (rng_one_in(g->r, 2))
		g->a = HOLDS_OTHER;
	k = pick_result(g, k);
	emit_branch(g, pick_compare(g->r), k, 0, 1);
	emit_either(g);
}

/* Kinds of instructions that a value goes through. */
struct kinds {
	const u16 *code;
	u32 n;
};

/* A step on its way: one of @kinds, or what all emulators know. */
static void emit_flow(struct gen *g, struct kinds kinds)
{
	switch (rng_below(g->r, 8)) {
	case 0:
		emit_nr(g);
		break;
	case 1:
		emit_word(g, pick_data_word(g->r));
		break;
	case 2:
		emit_and(g, pick_mask(g->r));
		break;
	default:
		emit_odd(g, kinds.code[rng_below(g->r, kinds.n)]);
	}
}

/*
 * Some numbers go into the next @body instructions, the others jump over them.
 * Returns where that is.
 */
static u32 guard(struct gen *g, u32 body)
{
	emit_nr(g);
	switch (rng_below(g->r, 8)) {
	case 0:
		emit_branch(g, BPF_JMP | BPF_JGE | BPF_K, pick_known_nr(g),
			    body, 0);
		break;
	case 1:
		emit_branch(g, BPF_JMP | BPF_JGT | BPF_K, pick_known_nr(g), 0,
			    body);
		break;
	default:
		emit_branch(g, BPF_JMP | BPF_JEQ | BPF_K, pick_known_nr(g), 0,
			    body);
	}
	return g->pc + body;
}

static u32 step_guard(struct gen *g)
{
	u32 body = 1 + rng_below(g->r, 12);

	if (gen_left(g) < body + 3)
		body = gen_left(g) < 4 ? 0 : gen_left(g) - 3;
	return guard(g, body);
}

/* ALLOW for what the last test lets through, or for what it does not. */
static void emit_decision(struct gen *g)
{
	u16 code = pick_compare(g->r) | (rng_one_in(g->r, 4) ? BPF_X : BPF_K);
	u32 action = pick_denial(g->r);
	bool allow_first = rng_one_in(g->r, 2);
	u32 k = pick_result(g, g->favourites->nr[0]);

	emit_branch(g, code, k, 0, 1);
	emit(g, BPF_RET | BPF_K, allow_first ? SECCOMP_RET_ALLOW : action);
	emit(g, BPF_RET | BPF_K, allow_first ? action : SECCOMP_RET_ALLOW);
}

/*
 * One, and what it may need: an emulator may know no more than that. Returns how
 * many they are.
 */
static u32 pick_pair(struct gen *g, u16 *code)
{
	u32 most = rng_one_in(g->r, 3) ? ODD_MOVES : ODD_VALUES;

	code[0] = odd[rng_below(g->r, most)];
	do {
		code[1] = partner(g, code[0]);
	} while (BPF_CLASS(code[1]) == BPF_JMP || BPF_CLASS(code[1]) == BPF_RET);
	return BPF_CLASS(code[0]) == BPF_ALU && rng_one_in(g->r, 2) ? 1 : 2;
}

#define FLOW_LEAST 9 /* instructions behind its guard */
#define FLOW_MOST  15

/*
 * What is constant and what is not, through A, X and M[], and a test at the end:
 * an emulator that knows what moves a value, or what changes it, must know what
 * becomes of one that it does not know.
 */
static void flow(struct gen *g)
{
	u32 body = FLOW_LEAST + rng_below(g->r, FLOW_MOST - FLOW_LEAST + 1);
	u16 pair[2];
	struct kinds kinds = { pair };
	u32 end, known;

	switch (rng_below(g->r, 8)) {
	case 0:
		kinds = (struct kinds){ odd, ODD_MOVES };
		break;
	case 1:
		kinds = (struct kinds){ odd, ODD_VALUES };
		break;
	default:
		kinds.n = pick_pair(g, pair);
	}
	end = guard(g, body);
	/* What is forgotten later must be known first. */
	for (known = rng_below(g->r, 3); known; known--)
		emit_odd(g, kinds.code[rng_below(g->r, kinds.n)]);
	emit_word(g, pick_data_word(g->r));
	/* A step is two instructions at most, the decision is three. */
	while (g->pc + 2 + 3 <= end)
		emit_flow(g, kinds);
	if (g->pc + 3 < end)
		emit_and(g, 0xffffffff);
	emit_decision(g);
}

static u32 compute(u16 op, u32 a, u32 b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default:
		return a ^ b;
	}
}

/*
 * Arithmetic whose result is known here, then a test that is met exactly, or a
 * return of an action that was computed.
 */
static void step_chain(struct gen *g)
{
	u32 a = sizeof(struct seccomp_data), x = 0, k, jt;
	u32 ops = 1 + rng_below(g->r, 5);

	if (gen_left(g) < 2 * ops + 5) {
		step_imm(g);
		return;
	}
	switch (rng_below(g->r, 4)) {
	case 0:
		emit(g, BPF_LD | BPF_W | BPF_LEN, 0);
		break;
	case 1:
		a = pick_nr(g);
		emit_nr(g);
		break;
	default:
		a = generate_constant(g->r, g->m);
		emit(g, BPF_LD | BPF_IMM, a);
	}
	g->a = HOLDS_OTHER;

	while (ops--) {
		u16 code = pick_alu(g->r);

		k = pick_operand(g, code);
		if (rng_one_in(g->r, 2)) {
			a = compute(BPF_OP(code), a, k);
			emit(g, code, k);
			continue;
		}
		if (rng_one_in(g->r, 4)) {
			x = a;
			emit(g, BPF_MISC | BPF_TAX, 0);
		} else {
			/* Zero and shifts past the end are for X only. */
			x = k + 32 * rng_one_in(g->r, 8);
			x *= !rng_one_in(g->r, 16);
			emit(g, BPF_LDX | BPF_IMM, x);
		}
		a = compute(BPF_OP(code), a, x);
		emit(g, code | BPF_X, 0);
	}

	if (g->reach > g->pc + 1 && rng_one_in(g->r, 3)) {
		emit(g, BPF_ALU | BPF_XOR | BPF_K, a ^ generate_action(g->r));
		emit(g, BPF_RET | BPF_A, 0);
		return;
	}
	k = rng_one_in(g->r, 2) ? a : a - 1 + rng_below(g->r, 3);
	jt = pick_jump(g);
	emit_branch(g, pick_compare(g->r), k, jt, 0);
}

/* Two paths give a cell or a register two values, or the same, and join. */
static void step_join(struct gen *g)
{
	u32 one = rng_one_in(g->r, 2) ? generate_action(g->r) : pick_nr(g);
	u32 two = rng_one_in(g->r, 3) ? one : generate_action(g->r);
	u32 cell = rng_below(g->r, BPF_MEMWORDS);
	bool x = rng_one_in(g->r, 2);
	u16 load = (x ? BPF_LDX : BPF_LD) | BPF_IMM;
	bool memory = rng_one_in(g->r, 2);
	u32 k;

	if (gen_left(g) < 10) {
		step_imm(g);
		return;
	}
	k = pick_test(g);
	emit_branch(g, pick_compare(g->r), k, 0, 2);
	emit(g, load, one);
	emit_ja(g, 1);
	emit(g, load, two);
	if (memory) {
		emit_store(g, x ? BPF_STX : BPF_ST, cell);
		if (rng_one_in(g->r, 2))
			emit_word(g, rng_below(g->r, SD_WORDS));
		/* Unless an older jump comes in between. */
		if (g->stored >> cell & 1)
			emit(g, BPF_LD | BPF_MEM, cell);
	} else if (x) {
		emit(g, BPF_MISC | BPF_TXA, 0);
	}
	g->a = HOLDS_OTHER;
	if (g->reach > g->pc && rng_one_in(g->r, 3)) {
		emit(g, BPF_RET | BPF_A, 0);
		return;
	}
	k = rng_one_in(g->r, 2) ? one : two;
	emit_branch(g, BPF_JMP | BPF_JEQ | BPF_K, k, pick_jump(g), 0);
}

/* One or more instructions; at least one must be left after them. */
static void step(struct gen *g, enum step step, const struct mix *mix)
{
	switch (step) {
	case STEP_NR:
		emit_nr(g);
		break;
	case STEP_ARCH:
		emit_arch(g);
		break;
	case STEP_DATA:
		emit_word(g, pick_data_word(g->r));
		break;
	case STEP_TEST:
		step_test(g, mix, BPF_K);
		break;
	case STEP_TEST_X:
		step_test(g, mix, BPF_X);
		break;
	case STEP_JA:
		step_ja(g);
		break;
	case STEP_AND:
		emit_and(g, pick_mask(g->r));
		break;
	case STEP_RET:
		step_ret(g, mix);
		break;
	case STEP_RET_A:
		step_ret_a(g, mix);
		break;
	case STEP_IMM:
		step_imm(g);
		break;
	case STEP_LEN:
		g->a = HOLDS_OTHER;
		emit(g, (rng_one_in(g->r, 2) ? BPF_LD : BPF_LDX) | BPF_LEN, 0);
		break;
	case STEP_ALU_K:
		step_alu(g, BPF_K);
		break;
	case STEP_ALU_X:
		step_alu(g, BPF_X);
		break;
	case STEP_STORE:
		step_store(g);
		break;
	case STEP_LOAD:
		step_load(g);
		break;
	case STEP_MOVE:
		step_move(g);
		break;
	case STEP_CHAIN:
		step_chain(g);
		break;
	case STEP_FIELD:
		step_field(g);
		break;
	default:
		step_join(g);
	}
}

/* @hidden is the mix behind guards. */
static void walk(struct gen *g, const struct mix *open,
		 const struct mix *hidden)
{
	struct lot lots[2];
	u32 hidden_until = 0;

	lot_init(&lots[0], open);
	lot_init(&lots[1], hidden);
	/* From here a jump can be the longest that there is. */
	if (g->len > 1024 && rng_one_in(g->r, 2))
		step_field(g);
	while (gen_left(g) >= 2) {
		const struct lot *lot = &lots[g->pc < hidden_until];
		enum step next = lot->step[rng_below(g->r, lot->steps)];

		if (next != STEP_GUARD)
			step(g, next, lot->mix);
		else if (gen_left(g) >= 4)
			hidden_until = step_guard(g);
		else
			emit_nr(g);
	}
	if (gen_left(g) == 1)
		emit_hit(g);
	emit_default(g);
}

void shape_random(struct gen *g)
{
	const struct mix *hidden =
		rng_one_in(g->r, 2) ? &mix_wild : &mix_arguments;
	const struct mix *open = &mix_clean;
	u32 pick = rng_below(g->r, 8);

	if (pick == 0)
		open = hidden = &mix_wild;
	/* Hardly a number gets through: not for a stack that is to keep some. */
	else if (pick <= 2 && g->mood != MOOD_LENIENT)
		probe(g);
	walk(g, open, hidden);
}

void shape_bits(struct gen *g)
{
	walk(g, &mix_bits, &mix_arguments);
}

void shape_memory(struct gen *g)
{
	walk(g, rng_one_in(g->r, 8) ? &mix_memory : &mix_clean, &mix_memory);
}

void shape_arithmetic(struct gen *g)
{
	walk(g, rng_one_in(g->r, 8) ? &mix_arithmetic : &mix_clean,
	     &mix_arithmetic);
}

void shape_flow(struct gen *g)
{
	u32 flows = 1 + rng_below(g->r, 4);

	while (flows-- && gen_left(g) > 2 + FLOW_MOST)
		flow(g);
	walk(g, &mix_clean, &mix_arguments);
}
