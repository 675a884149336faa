/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call comes to: what the verdict of the reference makes of it, and
 * what was seen.
 */
#ifndef BITPROOF_OUTCOME_H
#define BITPROOF_OUTCOME_H

#include <stdio.h>

#include "action.h"
#include "task.h"

enum outcome_kind {
	OUTCOME_NONE, /* the call was not made */
	OUTCOME_RETURNS,
	OUTCOME_TRAPS,
	OUTCOME_KILLS_THREAD,
	OUTCOME_KILLS_PROCESS,
	OUTCOME_KILLS, /* one thread: it can't be told which */
	OUTCOME_ENDS,  /* otherwise than by a verdict; value: wait status */
	OUTCOME_HANGS,
};

struct outcome {
	enum outcome_kind kind;
	s64 value;
	struct {
		s32 code;
		s32 error;
		s32 nr;
		u32 arch;
		u64 addr;
	} trap;
};

/*
 * outcome_expected - what full execution by the reference leads to
 * @executed: what the call returns where it is executed
 * @ret: becomes the return value of the stack
 */
struct outcome outcome_expected(const struct stack *s, const struct sd *sd,
				s64 executed, bool two_threads, u32 *ret);

/* What call @i of a task that was run came to. */
struct outcome outcome_seen(const struct task *t, u32 i);

bool outcome_same(const struct outcome *a, const struct outcome *b);

/*
 * The verdict that an outcome shows, as a return value with its data. Several
 * verdicts may come to the same: then it is the likeliest.
 */
u32 outcome_verdict(const struct outcome *o, s64 executed);

/* In words, without a line end. */
void outcome_print(FILE *out, const struct outcome *o);

#endif
