/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Coverage of the interpreted filters: feedback for fuzzers that the coverage
 * of our own code cannot give.
 */
#ifndef BITPROOF_COVERAGE_H
#define BITPROOF_COVERAGE_H

#include "batch.h"
#include "emulator.h"

#define COVERAGE_CODES	 256 /* all that are accepted are below */
#define COVERAGE_SEEN	 8   /* combinations of BATCH_* */
#define COVERAGE_LENGTHS 13
#define COVERAGE_SIZE                                          \
	(COVERAGE_CODES * (COVERAGE_SEEN + EMU_REASONS) + \
	 STACK_MAX_FILTERS * COVERAGE_LENGTHS)

/* A counter each, saturating at 255. */
struct coverage {
	u8 counter[COVERAGE_SIZE];
};

/* Opcodes, and what each compare did. */
void coverage_run(struct coverage *c, const struct filter *f,
		  const struct batch_run *run);

/* How the merged emulator ended: the reason, and the opcode it met. */
void coverage_emulator(struct coverage *c, const struct filter *f,
		       const struct emu_result *r);

/* The place of a filter in the stack, and its length by powers of two. */
void coverage_shape(struct coverage *c, const struct filter *f, u32 index);

#endif
