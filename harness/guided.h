/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stacks that are made from earlier ones which made the kernel run something new.
 *
 * New is a block of code, or a block after another one. What is kept is in memory
 * that outlives a worker, is told at once as a line of the results, and is an input
 * for every other fuzzer.
 */
#ifndef BITPROOF_GUIDED_H
#define BITPROOF_GUIDED_H

#include "machine.h"
#include "rng.h"
#include "input.h"

/* Before the first worker. Returns 0, or a status after one line. */
int guided_begin(void);

/* Around all that tasks do with @in. */
void guided_before(const struct input *in);
void guided_after(void);

/*
 * guided_make - @in from one or two of those that were kept, or a new one
 * @share: of a hundred so many are of those that were kept
 */
void guided_make(struct rng *r, u32 share, const struct machine *m,
		 struct input *in);

/* Lines for those that were kept since. */
void guided_tell(void);

/* A line for the input that a worker has died of, as if it were kept. */
void guided_tell_last(void);

/* What was run in all, for people and for scripts. 0, or a status after a line. */
int guided_summary(void);

#endif
