/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task shall do with a stack: how it attaches the filters one after the
 * other, though the older ones are in force already, and which calls it makes.
 */
#ifndef BITPROOF_PLAN_H
#define BITPROOF_PLAN_H

#include "casefile.h"
#include "input.h"
#include "machine.h"
#include "rng.h"
#include "task.h"
#include "witness.h"

#define PLAN_CALLS 64 /* that do not end the task, for each stack */
#define PLAN_NAMED 48 /* of these, or that end it: named by a case */
#define PLAN_KILLS (PLAN_NAMED + 2)

/* Calls whose verdicts a case names. */
struct named {
	u32 n; /* at most PLAN_NAMED */
	struct case_verdict *call;
};

/* What a scenario wants of the attempts to attach. All zero: nothing. */
struct plan_wishes {
	u32 flags[STACK_MAX_FILTERS];	/* of seccomp(2) */
	s64 returns[STACK_MAX_FILTERS]; /* what success returns */
	s64 refuses[STACK_MAX_FILTERS]; /* if not 0: what it returns instead */
	bool blinded; /* a JIT that hides constants makes filters longer */
	bool clone;   /* a call of clone(2) after @clone_at attempts */
	u32 clone_at;
};

struct plan {
	u32 base; /* entry by which it attaches; all others are of its kind */
	u32 attachments;
	struct call attach[STACK_MAX_FILTERS];
	s64 expected[STACK_MAX_FILTERS];
	bool accepted[STACK_MAX_FILTERS];
	struct stack stack; /* the filters that are accepted */
	u32 below[STACK_MAX_FILTERS]; /* of these, when each is attached */
	struct call clone;
	u32 calls;
	struct call call[PLAN_CALLS];
	u32 kills; /* calls that end the task: named ones, and one by each verdict */
	u32 named_kills; /* the first of them */
	struct call kill[PLAN_KILLS];
	u64 named; /* bit i: that call is there, and has the verdict that is named */
	u32 doors;
	u32 cut; /* filters left off */
};

/*
 * plan_attach - find a way to attach all filters of @in
 * @base: ENTRY_NATIVE, or entry_compat for a task of the runner
 * @w: NULL for none
 * @in: where an older filter would deny all ways to attach the next one, it
 *	gets a door: four instructions in front that allow seccomp(2), and that
 *	the merged emulator knows. If it has no room for them the stack is cut.
 */
void plan_attach(struct plan *p, u32 base, struct input *in,
		 const struct plan_wishes *w, struct rng *r);

/*
 * plan_calls - choose calls: any where the stack denies them, harmless ones
 * where it does not
 * @named: these come first, as far as tasks of this base can make them and may;
 *	NULL for none
 */
void plan_calls(struct plan *p, const struct machine *m,
		const struct named *named, struct rng *r,
		struct witness_scratch *scratch);

/* Must this call not even be tried, or be made of another one? */
bool plan_never(const struct call *c, const struct machine *m);

/*
 * plan_twin - the same filters after LD args[0]; LD #0: they return the same,
 * and are never cached
 * @in: becomes the twin's filters
 *
 * Returns false if a filter has no room for it.
 */
bool plan_twin(struct plan *twin, const struct plan *p, bool blinded,
	       const struct input *from, struct input *in);

/*
 * plan_task - tell @t what to do
 * @in: the input that @p was made for
 * @kill: which of p->kill[] comes last; p->kills for none
 */
void plan_task(const struct plan *p, const struct input *in, struct task *t,
	       u32 kill);

#endif
