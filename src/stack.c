// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "action.h"
#include "checker.h"
#include "ref_interp.h"
#include "stack.h"

/* An instruction becomes 7 at most, DIV X; a filter gets 3, and 4 in a stack. */
static u32 at_most(const struct filter *f)
{
	return 7 * f->len + 7;
}

static int admits(const struct stack *s, const struct filter *f,
		  u32 (*len)(const struct filter *f))
{
	u32 total = at_most(f);
	u32 i;

	for (i = 0; i < s->depth; i++)
		total += at_most(&s->filter[i]);
	if (total <= STACK_MAX_INSNS)
		return 0;
	total = len(f);
	for (i = 0; i < s->depth; i++)
		total += len(&s->filter[i]) + 4;
	return total > STACK_MAX_INSNS ? -ENOMEM : 0;
}

int stack_admits(const struct stack *s, const struct filter *f)
{
	return admits(s, f, filter_converted_len);
}

int stack_admits_blinded(const struct stack *s, const struct filter *f)
{
	return admits(s, f, filter_blinded_len);
}

void stack_combine(struct stack_run *r, u32 filter, u32 ret)
{
	if (action_order(ret) < action_order(r->ret)) {
		r->ret = ret;
		r->match = filter;
	}
}

struct stack_run stack_run(const struct stack *s, const struct sd *sd)
{
	struct stack_run r = { SECCOMP_RET_ALLOW, 0, -1 };
	u32 i;

	for (i = s->depth; i-- > 0;) {
		struct run run = ref_interp(&s->filter[i], sd);

		r.reads |= run.reads;
		r.by_filter[i] = run.ret;
		stack_combine(&r, i, run.ret);
	}
	return r;
}
