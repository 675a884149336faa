/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the generator: a filter under construction.
 *
 * C leaves it to the compiler which argument of a call comes first. A seed must
 * mean the same everywhere, so no two draws are left without an order.
 *
 * The length is decided first and met exactly. So every jump knows how far it
 * may go, and nothing has to be patched afterwards.
 */
#ifndef BITPROOF_GENERATE_BUILD_H
#define BITPROOF_GENERATE_BUILD_H

#include "generate.h"

/* What A holds, as far as the last instructions tell. */
enum holds {
	HOLDS_OTHER,
	HOLDS_NR,
	HOLDS_ARCH,
	HOLDS_ARG,
};

/* What happens to most numbers. */
enum mood {
	MOOD_ALLOW, /* allow by default, deny some */
	MOOD_DENY,  /* deny by default, allow some */
	MOOD_MIXED,
	MOOD_LENIENT, /* hardly deny: what a deep stack needs */
	MOODS,
};

/*
 * A few numbers that all filters of a stack test again and again: chance alone
 * would hardly ever let two filters meet at one.
 */
#define FAVOURITES 8

struct favourites {
	u32 nr[FAVOURITES];
};

struct gen {
	struct rng *r;
	const struct machine *m;
	const struct favourites *favourites;
	enum mood mood;
	struct sock_filter *insns;
	u32 pc;    /* where the next instruction goes */
	u32 len;   /* that the filter will have */
	u32 reach; /* the furthest target of a jump so far */
	enum holds a;
	u32 mask; /* that A went through since */
	u16 odd[2]; /* kinds of instructions, see step_odd() */

	/*
	 * Cells of M[] that are stored on all paths to an instruction, in the
	 * words of check_load_and_stores(). Filled up to len only.
	 */
	u16 stored;
	u16 stored_at[FILTER_MAX_INSNS];
};

/* Instructions after the one at pc; a jump from there must be shorter. */
static inline u32 gen_left(const struct gen *g)
{
	return g->len - g->pc - 1;
}

void gen_begin(struct gen *g, struct sock_filter *insns, u32 len);

/* Anything that goes on to the next instruction, or RET. */
void emit(struct gen *g, u16 code, u32 k);

/* ST and STX */
void emit_store(struct gen *g, u16 code, u32 k);

/* A conditional jump; @jt and @jf less than gen_left(). */
void emit_branch(struct gen *g, u16 code, u32 k, u32 jt, u32 jf);

/* @k less than gen_left() */
void emit_ja(struct gen *g, u32 k);

/* Loads of seccomp_data, which also note what A holds. */
void emit_nr(struct gen *g);
void emit_arch(struct gen *g);
void emit_word(struct gen *g, u32 word);

/* AND K, which A still remembers afterwards. */
void emit_and(struct gen *g, u32 mask);

/* RET K with an action for numbers that a rule names, or for all others. */
void emit_hit(struct gen *g);
void emit_default(struct gen *g);

/* A favourite, or any other number; and one that is in a table. */
u32 pick_nr(struct gen *g);
u32 pick_known_nr(struct gen *g);

/* The arch of one of the machine's tables, seldom a foreign one. */
u32 pick_arch(struct rng *r, const struct machine *m);

/* A constant that suits what A holds. */
u32 pick_test(struct gen *g);

/* Masks and single bits. */
u32 pick_mask(struct rng *r);

/* Actions: hardly ever ALLOW, and if so then with data; by the mood. */
u32 pick_denial(struct rng *r);
u32 pick_hit(struct gen *g);
u32 pick_default(struct gen *g);

/* A word at or after the instruction pointer. */
u32 pick_data_word(struct rng *r);

/* JEQ, JGE, JGT or JSET, with BPF_JMP and BPF_K. */
u16 pick_compare(struct rng *r);

/* An ALU operation with its class, without NEG, and an operand for it. */
u16 pick_alu(struct rng *r);
u32 pick_operand(struct gen *g, u16 code);

/* How far to jump: short, to the end, or as far as can be. */
u32 pick_jump(struct gen *g);

/*
 * Shapes. Each writes all instructions from pc to len, and needs at least one
 * to be left.
 */
void shape_random(struct gen *g);
void shape_bits(struct gen *g);
void shape_memory(struct gen *g);
void shape_arithmetic(struct gen *g);
void shape_flow(struct gen *g);
void shape_list(struct gen *g);
void shape_tree(struct gen *g);
void shape_stub(struct gen *g);
void shape_digest(struct gen *g);

#endif
