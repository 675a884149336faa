/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator: stacks of filters that look where bugs can be.
 *
 * Everything comes from a struct rng; see entropy_seed() for how a fuzzer's
 * bytes become one.
 */
#ifndef BITPROOF_GENERATE_H
#define BITPROOF_GENERATE_H

#include "input.h"
#include "machine.h"
#include "rng.h"

/* Starts @r from a fuzzer's bytes: a hash of them, so each byte counts. */
void entropy_seed(struct rng *r, const u8 *data, size_t size);

/* What a generated filter looks like. */
enum shape {
	SHAPE_RANDOM,	  /* any instructions, biased to nr and arch tests */
	SHAPE_LIST,	  /* libseccomp's linear list, arch test, arguments */
	SHAPE_TREE,	  /* a binary tree over nr, arguments at its leaves */
	SHAPE_BITS,	  /* JSET, AND and masks of nr and arch */
	SHAPE_MEMORY,	  /* M[], X and joins of paths with other constants */
	SHAPE_ARITHMETIC, /* constants through the ALU */
	SHAPE_FLOW,	  /* unknown values through A, X and M[], then a test */
	SHAPE_STUB,	  /* nr compared with a boundary: "newer than I know" */
	SHAPE_DIGEST,	  /* returns a hash of words of seccomp_data */
	SHAPE_NEAR_MISS,  /* an enum defect, or just not one */
	SHAPES,
};

/*
 * generate_filter - one filter of a shape
 * @m: whose numbers and arch values to use
 * @insns: room for INPUT_MAX_INSNS
 * @len: wanted length, 1 to FILTER_MAX_INSNS; the shape comes near to it
 *
 * All shapes but SHAPE_NEAR_MISS pass filter_check(). Fields that an
 * instruction does not use are sometimes not zero.
 *
 * Returns the number of instructions, 1 to FILTER_MAX_INSNS; 0 to
 * INPUT_MAX_INSNS for SHAPE_NEAR_MISS.
 */
u32 generate_filter(struct rng *r, const struct machine *m, enum shape shape,
		    struct sock_filter *insns, u32 len);

/* What is wrong with a near-miss. */
enum defect {
	DEFECT_OPCODE,	 /* no classic opcode, or one that seccomp refuses */
	DEFECT_OFFSET,	 /* load at a bad offset of seccomp_data */
	DEFECT_CELL,	 /* M[k] that there is not */
	DEFECT_NO_STORE, /* M[k] loaded, and not stored on all paths */
	DEFECT_DIVISOR,	 /* DIV by a constant 0 */
	DEFECT_SHIFT,	 /* shift by a constant above 31 */
	DEFECT_BRANCH,	 /* jt or jf past the end */
	DEFECT_JA,	 /* JA past the end, or so far that the sum wraps */
	DEFECT_LAST,	 /* the last instruction is not a RET */
	DEFECT_LENGTH,	 /* 0 or 4097 instructions */
	DEFECTS,
};

/*
 * generate_defect - a SHAPE_NEAR_MISS with a defect of one kind
 *
 * In some cases the defect is just not there: a jump to the last instruction,
 * a shift by 31, 4096 instructions. Arguments and return as generate_filter().
 */
u32 generate_defect(struct rng *r, const struct machine *m, enum defect defect,
		    struct sock_filter *insns, u32 len);

const char *defect_name(enum defect defect);

/*
 * generate_input - a stack of 1 to 8 filters of mixed shapes and lengths
 * @in: its platform must be set and be that of @m
 *
 * Most stacks are short: depth 1 in half of the cases; most filters have some
 * 5 to 60 instructions, few are long, a very few as long as they may be.
 */
void generate_input(struct rng *r, const struct machine *m, struct input *in);

/* A constant worth comparing a word with, or loading into one. */
u32 generate_constant(struct rng *r, const struct machine *m);

/* A return value: mostly ALLOW, ERRNO and the kills; also odd ones. */
u32 generate_action(struct rng *r);

const char *shape_name(enum shape shape);

#endif
