/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the mutators of all fuzzers do with one input in raw form.
 */
#ifndef BITPROOF_MUTATOR_H
#define BITPROOF_MUTATOR_H

#include "mutate.h"

struct mutator {
	const struct machine *(*machine_of)(u32 platform);
	u32 least_filters; /* stacks have as many, where size allows; 0 as 1 */
	struct rng rng;
	struct input in;
	struct input other;
};

/* For machine_of, where there is no kernel: tables as large as those of 6.12. */
const struct machine *mutator_machine(u32 platform);

/* How many bytes one input may have, of the @max that the fuzzer allows. */
size_t mutator_limit(struct mutator *m, size_t max);

/*
 * mutator_change - one changed input, or a new one
 *
 * @out may be @data. Returns its size, at most @max, or 0: nothing came out.
 */
size_t mutator_change(struct mutator *m, const u8 *data, size_t size, u8 *out,
		      size_t max);

/* The same, from parts of two; 0 also if one of them is no input. */
size_t mutator_cross(struct mutator *m, const u8 *a, size_t a_size, const u8 *b,
		     size_t b_size, u8 *out, size_t max);

#endif
