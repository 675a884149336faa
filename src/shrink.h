/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shrinker: the smallest input that still shows a finding.
 */
#ifndef BITPROOF_SHRINK_H
#define BITPROOF_SHRINK_H

#include "input.h"

/* Does this candidate still show it? */
typedef bool (*shrink_test)(const struct input *candidate, void *context);

/*
 * shrink_input - drop filters, then instructions, then simplify what is left
 * @in: shows the finding; becomes the smallest found
 * @candidate: memory for one input
 * @tries: bound on calls of @test
 *
 * Returns the number of calls made.
 */
u32 shrink_input(struct input *in, struct input *candidate, u32 tries,
		 shrink_test test, void *context);

/*
 * shrink_sd - zero the argument words that the finding does not need
 * @test: is given the candidate and @context
 */
void shrink_sd(struct sd *sd, bool (*test)(const struct sd *, void *),
	       void *context);

#endif
