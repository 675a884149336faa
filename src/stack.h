/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stack of filters: how long it may be, and what it returns.
 */
#ifndef BITPROOF_STACK_H
#define BITPROOF_STACK_H

#include "filter.h"

/* kernel/seccomp.c: MAX_INSNS_PER_PATH, in converted instructions */
#define STACK_MAX_INSNS 32768

/*
 * stack_admits - may @f be attached on top of @s?
 *
 * All filters below count with a penalty of 4 each. Mirrors
 * seccomp_attach_filter() (kernel/seccomp.c) without a JIT's blinding.
 *
 * Returns 0 or -ENOMEM.
 */
int stack_admits(const struct stack *s, const struct filter *f);

/* The same where a JIT hides constants: all filters of @s were made longer. */
int stack_admits_blinded(const struct stack *s, const struct filter *f);

struct stack_run {
	u32 ret;   /* the winning return value, ALLOW if no filter is lower */
	u32 reads; /* union of all filters' reads, see struct run */
	s32 match; /* index of the filter that won; -1: all returned ALLOW */
	u32 by_filter[STACK_MAX_FILTERS]; /* what each of them returned */
};

/*
 * stack_combine - fold the return value of the next older filter in
 * @r: starts as { SECCOMP_RET_ALLOW, 0, -1 }
 *
 * The lowest action wins, the newest filter on ties: call it from the newest
 * filter to the oldest. kernel/seccomp.c: seccomp_run_filters().
 */
void stack_combine(struct stack_run *r, u32 filter, u32 ret);

/*
 * stack_run - full execution of all filters of @s, no bitmap asked
 * @s: filters that filter_check() accepts
 */
struct stack_run stack_run(const struct stack *s, const struct sd *sd);

#endif
