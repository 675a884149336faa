/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mutator that all fuzzers share. It keeps inputs well-formed: jumps
 * survive an insertion, and most results still pass the checker.
 */
#ifndef BITPROOF_MUTATE_H
#define BITPROOF_MUTATE_H

#include "generate.h"

/*
 * mutate_input - change @in a little
 * @m: a machine of @in's platform
 * @max_size: of the raw form, at least INPUT_HEADER + INPUT_RECORD
 */
void mutate_input(struct rng *r, const struct machine *m, struct input *in,
		  size_t max_size);

/*
 * mutate_cross - put parts of @other into @in: whole filters, or the head of
 * one filter before the tail of another
 */
void mutate_cross(struct rng *r, struct input *in, const struct input *other,
		  size_t max_size);

/*
 * insns_remove - take instructions @at to @at + @n - 1 out of a filter
 *
 * Jumps over the gap get shorter, jumps into it go to what follows it. All of
 * @at to @at + @n - 1 must be there.
 */
void insns_remove(struct sock_filter *insns, u32 *len, u32 at, u32 n);

/*
 * insns_insert - put @n instructions before @at
 * @insns: room for *@len + @n
 *
 * Jumps over the place get longer, jumps to it go to the first new instruction.
 * Returns 0, or -ERANGE if a conditional jump
 * would get longer than 255: then nothing is changed.
 */
int insns_insert(struct sock_filter *insns, u32 *len, u32 at,
		 const struct sock_filter *new_insns, u32 n);

/*
 * insns_repair - make a filter pass filter_check() with few changes
 * @insns: room for 1 even if *@len is 0; garbage is welcome
 *
 * Jumps past the end go to the last instruction, loads that no store precedes
 * become stores, and what is no instruction becomes a load of nr.
 */
void insns_repair(struct sock_filter *insns, u32 *len);

#endif
