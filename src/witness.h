/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Search for seccomp_data on which a stack does not return ALLOW.
 */
#ifndef BITPROOF_WITNESS_H
#define BITPROOF_WITNESS_H

#include "filter.h"
#include "rng.h"

#define WITNESS_QUEUE 64

struct witness_scratch {
	struct sd queue[WITNESS_QUEUE];
	u8 seen[STACK_MAX_FILTERS][FILTER_MAX_INSNS]; /* branches taken */
};

/*
 * witness_search - make a call that the stack does not allow
 * @s: filters that filter_check() accepts
 * @sd: nr and arch are kept; the rest is where the search starts and, with
 *	true, the witness
 * @tries: bound on executions of the stack
 *
 * Random arguments never equal a 32-bit constant by chance. So each run
 * follows how A was made from one loaded word, and for each compare that it
 * passes solves for a value of the word that makes the compare go the other
 * way; such values are tried first, those that reach new branches are kept.
 *
 * Returns true with a witness; false says only that none was found.
 */
bool witness_search(const struct stack *s, struct sd *sd, u32 tries,
		    struct rng *r, struct witness_scratch *scratch);

/*
 * witness_fill - random arguments, some of them equal to or next to constants
 * that the filters compare with
 */
void witness_fill(const struct stack *s, struct sd *sd, struct rng *r);

#endif
