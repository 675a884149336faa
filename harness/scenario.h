/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenarios: the same stack under another circumstance. A share of the stacks,
 * chosen by their seeds, is run once more in one of them. All that there are is
 * in one table, from which the summary also says what was not run.
 */
#ifndef BITPROOF_SCENARIO_H
#define BITPROOF_SCENARIO_H

#include <sys/types.h>

#include "bits.h"
#include "input.h"
#include "rng.h"

enum scenario_id {
	SCENARIO_TRACED,   /* by a tracer that TRACE verdicts stop for */
	SCENARIO_LISTENED, /* by a listener that USER_NOTIF verdicts wait for */
	SCENARIO_AUDITED,  /* verdicts leave records */
	SCENARIO_SYNCED,   /* attached by another thread */
	SCENARIO_FORKED,   /* inherited by a child */
	SCENARIOS,

	SCENARIO_ANY = -1,  /* some, for some stacks */
	SCENARIO_NONE = -2,
};

/* What happened in them; one that never did was not tested. */
enum scenario_event {
	EVENT_STOPS,	 /* traced: TRACE verdicts */
	EVENT_CHANGED,	 /* the number was changed, and checked again */
	EVENT_SKIPPED,	 /* the number was made -1 */
	EVENT_NOTIFIED,	 /* listened: USER_NOTIF verdicts of the filter */
	EVENT_UNHEARD,	 /* and of another one */
	EVENT_CONTINUED, /* calls that the listener let go on */
	EVENT_BUSY,	 /* second listeners */
	EVENT_FLAGS,	 /* NEW_LISTENER with TSYNC, without TSYNC_ESRCH */
	EVENT_LOGGED,	 /* audited: LOG verdicts with their record */
	EVENT_RECORDS,	 /* and those of other verdicts */
	EVENT_SILENT,	 /* verdicts but ALLOW that leave none */
	EVENT_SYNCED,	 /* synced: filters put on another thread */
	EVENT_DIVERGED,	 /* refused: it has filters of its own */
	EVENT_CHILDREN,	 /* forked */
	EVENT_GROWN,	 /* children that attached filters of their own */
	SCENARIO_EVENTS,
};

struct context;
struct kernel;
struct plan;
struct plan_wishes;
struct task;

struct scenario {
	const char *name;
	/* Why not on this kernel; NULL: it can be. */
	const char *(*cannot)(const struct kernel *k);
	/*
	 * Once more with this stack, or with as much of it as can be. Returns
	 * false if nothing is left to be run.
	 */
	bool (*run)(struct context *x, struct rng *r);
};

extern const struct scenario scenarios[SCENARIOS];

/* "stops": @id becomes the scenario that it is of. */
const char *scenario_event_name(enum scenario_event event,
				enum scenario_id *id);

/* Index of the scenario of this name, or -1. */
int scenario_find(const char *name);

/* Fill k->cannot[]. */
void scenario_probe(struct kernel *k);

/* Run the one that this stack is to be run in, if any. */
void scenario_run(struct context *x, const struct input *in, struct rng *r);

/* ---- for scenarios --------------------------------------------------------- */

/* Count an event. */
void scenario_event(struct context *x, enum scenario_event event);

/*
 * Make x->s->scenario return @action more often: what its filters return in
 * place of something else than ALLOW, for some of them.
 */
void scenario_favour(struct context *x, u32 action, struct rng *r);

/*
 * Plan the stack anew: x->s->scenario becomes the input, and
 * x->s->scenario_plan its plan.
 *
 * Returns false if no filter is left.
 */
bool scenario_plan(struct context *x, struct plan_wishes *w, struct rng *r);

/* Its calls, for the filters that are in x->s->scenario_plan.stack by then. */
void scenario_calls(struct context *x, struct rng *r);

/* The plan's task, that ends with a kill if @kill. */
struct task *scenario_task(struct context *x, bool kill);

/*
 * Read the bits of a task, for comparison when all is over; not every kernel
 * shows them.
 */
void scenario_look(struct context *x, pid_t tid, struct bits *bits);

/* Compare bits that scenario_look() has read with what this stack should have. */
void scenario_bits(struct context *x, const struct stack *s,
		   const struct bits *bits);

/* What a call that is executed returns, where it may be executed. */
s64 scenario_executed(const struct task *t, u32 i);

#endif
