/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What emu_vs_interp has done, for programs: one line a fact, and each a word and
 * KEY=VALUE. The last value of a line may have spaces.
 *
 *	bitproof-case platform=NAME status=N path=PATH
 *				a file was replayed; 0 as it should be, 1 not
 *	bitproof-finding class=NAME where=NAME platform=NAME cause=HEX folder=PATH
 *	bitproof-progress seconds=N stacks=N filters=N verdicts=N
 *	bitproof-platform name=NAME kernel=NAME files=N stacks=N filters=N refused=N
 *		verdicts=N constants=N proven=N calls=N executions=N probes=N
 *		CLASS=N...
 *	bitproof-opcode code=HEX run=N jumped=N passed=N
 *				instructions of a sample of the stacks, a compare
 *				also by where it went
 *	bitproof-reason filters=N name=NAME
 *				why the merged emulator ended, in that sample
 *	bitproof-trailer status=N seconds=N
 */
#ifndef BITPROOF_RECORDS_H
#define BITPROOF_RECORDS_H

#include <stdio.h>

#include "compare.h"

/* One stack in so many is looked at for opcodes and reasons. */
#define SAMPLE_EVERY 256

struct sampled {
	u64 run[COVERAGE_CODES];
	u64 jumped[COVERAGE_CODES];
	u64 passed[COVERAGE_CODES];
	u64 reason[EMU_REASONS];
};

/* Add what one stack has left in @c, and clear that. */
void sampled_add(struct sampled *s, struct coverage *c);

void records_platform(FILE *out, const struct subject *sub, u64 files,
		      const struct tally *t);
void records_sampled(FILE *out, const struct sampled *s);

#endif
