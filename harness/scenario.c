// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <string.h>

#include "scenario.h"
#include "scenarios.h"
#include "versus.h"

#define ONE_IN 5 /* stacks */

const struct scenario scenarios[SCENARIOS] = {
	[SCENARIO_TRACED] = { "traced", traced_cannot, traced_run },
	[SCENARIO_LISTENED] = { "listened", listened_cannot, listened_run },
	[SCENARIO_AUDITED] = { "audited", audited_cannot, audited_run },
	[SCENARIO_SYNCED] = { "synced", synced_cannot, synced_run },
	[SCENARIO_FORKED] = { "forked", forked_cannot, forked_run },
};

static const struct {
	const char *name;
	enum scenario_id scenario;
} events[SCENARIO_EVENTS] = {
	[EVENT_STOPS] = { "stops", SCENARIO_TRACED },
	[EVENT_CHANGED] = { "changed", SCENARIO_TRACED },
	[EVENT_SKIPPED] = { "skipped", SCENARIO_TRACED },
	[EVENT_NOTIFIED] = { "notified", SCENARIO_LISTENED },
	[EVENT_UNHEARD] = { "unheard", SCENARIO_LISTENED },
	[EVENT_CONTINUED] = { "continued", SCENARIO_LISTENED },
	[EVENT_BUSY] = { "busy", SCENARIO_LISTENED },
	[EVENT_FLAGS] = { "flags", SCENARIO_LISTENED },
	[EVENT_LOGGED] = { "log-records", SCENARIO_AUDITED },
	[EVENT_RECORDS] = { "other-records", SCENARIO_AUDITED },
	[EVENT_SILENT] = { "silent", SCENARIO_AUDITED },
	[EVENT_SYNCED] = { "filters", SCENARIO_SYNCED },
	[EVENT_DIVERGED] = { "diverged", SCENARIO_SYNCED },
	[EVENT_CHILDREN] = { "children", SCENARIO_FORKED },
	[EVENT_GROWN] = { "grown", SCENARIO_FORKED },
};

const char *scenario_event_name(enum scenario_event event, enum scenario_id *id)
{
	*id = events[event].scenario;
	return events[event].name;
}

int scenario_find(const char *name)
{
	int i;

	for (i = 0; i < SCENARIOS; i++) {
		if (!strcmp(scenarios[i].name, name))
			return i;
	}
	return -1;
}

void scenario_probe(struct kernel *k)
{
	u32 i;

	for (i = 0; i < SCENARIOS; i++)
		k->cannot[i] = scenarios[i].cannot(k);
}

/* One of those that can be run; -1: none. */
static int choose(const struct kernel *k, struct rng *r)
{
	int can[SCENARIOS];
	u32 i, n = 0;

	for (i = 0; i < SCENARIOS; i++) {
		if (!k->cannot[i])
			can[n++] = i;
	}
	return n ? can[rng_below(r, n)] : -1;
}

void scenario_run(struct context *x, const struct input *in, struct rng *r)
{
	int id = x->how->scenario;

	if (id == SCENARIO_ANY && rng_one_in(r, ONE_IN))
		id = choose(x->k, r);
	if (id < 0 || x->k->cannot[id])
		return;
	input_copy(&x->s->scenario, in);
	if (scenarios[id].run(x, r))
		x->t->in_scenario[id] += !x->r->error;
}

void scenario_event(struct context *x, enum scenario_event event)
{
	x->t->events[event]++;
}

static void favour(struct sock_filter *insn, u32 action, struct rng *r)
{
	if (insn->code == (BPF_RET | BPF_K) &&
	    action_verdict(insn->k) != VERDICT_ALLOW && rng_one_in(r, 2))
		insn->k = action | rng_below(r, SECCOMP_RET_DATA + 1);
}

void scenario_favour(struct context *x, u32 action, struct rng *r)
{
	struct input *in = &x->s->scenario;
	u32 i, pc;

	for (i = 0; i < in->stack.depth; i++) {
		if (rng_one_in(r, 3))
			continue;
		for (pc = 0; pc < in->stack.filter[i].len; pc++)
			favour(&input_room(in, i)[pc], action, r);
	}
}

bool scenario_plan(struct context *x, struct plan_wishes *w, struct rng *r)
{
	struct plan *p = &x->s->scenario_plan;

	w->blinded = x->how->blinded;
	plan_attach(p, ENTRY_NATIVE, &x->s->scenario, w, r);
	return p->stack.depth;
}

void scenario_calls(struct context *x, struct rng *r)
{
	struct plan *p = &x->s->scenario_plan;

	plan_calls(p, &x->k->machine, NULL, r, &x->s->compare.witness);
}

struct task *scenario_task(struct context *x, bool kill)
{
	const struct plan *p = &x->s->scenario_plan;

	return versus_task(x, p, &x->s->scenario, kill ? 0 : p->kills);
}

void scenario_look(struct context *x, pid_t tid, struct bits *bits)
{
	int error;

	if (!x->k->has_bits)
		return;
	error = bits_read(x->k->proc, x->k->machine.platform, tid, bits);
	if (error)
		x->bits_error = error;
}

void scenario_bits(struct context *x, const struct stack *s,
		   const struct bits *bits)
{
	if (x->bits_error)
		x->r->error = -x->bits_error;
	if (x->k->has_bits && s->depth && !x->r->error)
		versus_bits(x, s, bits);
}

s64 scenario_executed(const struct task *t, u32 i)
{
	s64 value = 0;

	callable_value(&t->call[i], t, &value);
	return value;
}
