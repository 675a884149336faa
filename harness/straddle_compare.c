// SPDX-License-Identifier: GPL-2.0-only
#include "action.h"
#include "ref_interp.h"
#include "stack.h"
#include "straddle.h"
#include "straddle_compare.h"
#include "straddle_pages.h"

#define SAMPLES 48  /* numbers for each table */
#define TRIES   512 /* stack executions to explain an access */

struct context {
	const struct subject *sub;
	struct comparison *c;
	struct tally *t;
	struct compare_scratch *s;
	struct rng rng;
};

static void report(struct context *x, struct finding f)
{
	comparison_add(x->c, x->t->by_class, &f);
}

/* ---- one filter, one number ---------------------------------------------- */

struct run_of {
	const struct subject *sub;
	const struct filter *filter;
	u32 index;
};

static u32 reference(const void *context, const struct sd *sd)
{
	const struct run_of *run = context;

	return ref_interp(run->filter, sd).ret;
}

static u32 subject(const void *context, const struct sd *sd)
{
	const struct run_of *run = context;

	return run->sub->exec(run->index, sd);
}

/* Our own emulator's levels against what a run has shown. */
static void judge_levels(struct context *x, const struct run_of *run,
			 const struct sd *sd, bool accessed, u32 ret)
{
	struct emu_result claim[EMU_LEVELS];
	enum straddle_rule rule;
	u32 i;

	for (i = 0; i < EMU_LEVELS; i++)
		claim[i] = emulate(i, run->filter, sd->w[SD_ARCH], sd->w[SD_NR],
				   &x->s->emu);
	rule = straddle_judge(claim, accessed, ret);
	if (rule == STRADDLE_HOLDS)
		return;
	report(x, (struct finding){ .class = DIVERGENT,
				    .where = straddle_rule_place(rule),
				    .filter = run->index,
				    .sd = *sd,
				    .expected = ret,
				    .seen = claim[EMU_FULL].ret });
}

/* Returns whether page 2 was accessed; @ret is the filter's. */
static bool probe_filter(struct context *x, u32 index, const struct sd *sd,
			 u32 *ret)
{
	const struct run_of run = { x->sub, &x->s->stack.filter[index], index };
	bool accessed = straddle_probe(reference, &run, sd, ret);

	x->t->probes++;
	x->t->untouched += !accessed;
	judge_levels(x, &run, sd, accessed, *ret);

	if (x->sub->run) {
		struct finding f = { .class = DIVERGENT,
				     .filter = index,
				     .sd = *sd,
				     .expected = *ret };
		bool also = straddle_probe(subject, &run, sd, &f.seen);

		x->t->probes++;
		x->t->untouched += !also;
		x->t->subject_calls++;
		f.where = f.seen != f.expected ? AT_EXECUTE : AT_ACCESS;
		if (f.seen != f.expected || also != accessed)
			report(x, f);
	}
	return accessed;
}

/* ---- what the subject serves --------------------------------------------- */

/* What is accessed and not used does not matter: all filters allow. */
static bool constant_anyhow(struct context *x, const struct sd *sd)
{
	const struct stack *s = &x->s->stack;
	u32 i;

	for (i = 0; i < s->depth; i++) {
		if (!full_allows(&s->filter[i], sd->w[SD_ARCH], sd->w[SD_NR],
				 &x->s->emu))
			return false;
	}
	return true;
}

static void judge_served(struct context *x, struct sd sd, u32 ret)
{
	struct finding f = { .class = UNSOUND,
			     .where = AT_ACCESS,
			     .sd = sd,
			     .expected = ret,
			     .seen = SECCOMP_RET_ALLOW };

	if (ret != SECCOMP_RET_ALLOW) {
		f.where = AT_BITMAP;
	} else if (witness_search(&x->s->stack, &f.sd, TRIES, &x->rng,
				  &x->s->witness)) {
		f.where = AT_BITMAP;
		f.expected = stack_run(&x->s->stack, &f.sd).ret;
	} else {
		f.class = constant_anyhow(x, &sd) ? EXTRA : UNPROVEN;
	}
	report(x, f);
}

static void probe_number(struct context *x, const struct sd *sd, bool served)
{
	const struct stack *s = &x->s->stack;
	struct stack_run all = { SECCOMP_RET_ALLOW, 0, -1 };
	bool accessed = false;
	u32 i;

	for (i = s->depth; i-- > 0;) {
		u32 ret;

		accessed |= probe_filter(x, i, sd, &ret);
		stack_combine(&all, i, ret);
	}
	x->t->verdicts++;
	if (!served)
		return;
	x->t->constants += all.ret == SECCOMP_RET_ALLOW;
	x->t->proven += all.ret == SECCOMP_RET_ALLOW && !accessed;
	if (accessed || all.ret != SECCOMP_RET_ALLOW)
		judge_served(x, *sd, all.ret);
}

/* A constant of some filter, which it may compare with; or any value. */
static u32 constant(struct context *x)
{
	const struct stack *s = &x->s->stack;
	const struct filter *f = &s->filter[rng_below(&x->rng, s->depth)];

	return f->insns[rng_below(&x->rng, f->len)].k + rng_below(&x->rng, 3) -
	       1;
}

static u32 sample_nr(struct context *x, const struct table *t)
{
	u32 nr = constant(x);

	return nr < t->nrs || rng_one_in(&x->rng, 8)
		       ? nr
		       : rng_below(&x->rng, t->nrs);
}

static void probe_table(struct context *x, const struct table *t)
{
	u32 arch = t->abi->audit_arch;
	struct nrset served;
	u32 i;

	x->sub->served(arch, &served);
	x->t->subject_calls += NR_MAX;
	for (i = 0; i < SAMPLES; i++) {
		u32 nr = sample_nr(x, t);
		struct sd sd = { .w = { [SD_NR] = nr, [SD_ARCH] = arch } };

		witness_fill(&x->s->stack, &sd, &x->rng);
		probe_number(x, &sd,
			     nr < t->nrs && nrset_has(&served, nr) &&
				     !table_excepts(t, nr));
	}
}

void straddle_compare(const struct subject *sub, const struct input *in,
		      struct comparison *c, struct tally *t,
		      struct compare_scratch *s)
{
	struct context x = {
		.sub = sub,
		.c = c,
		.t = t,
		.s = s,
		.rng = { in->seed },
	};
	u32 i;

	*c = (struct comparison){ 0 };
	if (!attach_both(sub, in, c, t, s) || !s->stack.depth)
		return;
	t->stacks++;
	for (i = 0; i < sub->machine.tables; i++)
		probe_table(&x, &sub->machine.table[i]);
}
