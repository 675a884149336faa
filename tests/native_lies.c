// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_kernel with a reference that lies: linked into it by --wrap, so that
 * the harness itself has no hook. Every observer is shown to be able to fail.
 *
 * BITPROOF_LIE names the lie. Calls are chosen by the true reference, so what
 * is executed is as harmless as ever.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "cache.h"
#include "compat.h"
#include "outcome.h"
#include "plan.h"

struct outcome __real_outcome_expected(const struct stack *s,
				       const struct sd *sd, s64 executed,
				       bool two_threads, u32 *ret);
struct outcome __wrap_outcome_expected(const struct stack *s,
				       const struct sd *sd, s64 executed,
				       bool two_threads, u32 *ret);
void __real_plan_attach(struct plan *p, u32 base, struct input *in,
			struct rng *r);
void __wrap_plan_attach(struct plan *p, u32 base, struct input *in,
			struct rng *r);
void __real_compat_collect(struct task *t);
void __wrap_compat_collect(struct task *t);
int __wrap_bits_read(int proc, const struct platform *platform, pid_t tid,
		     struct bits *b);

static bool lie(const char *name)
{
	const char *told = getenv("BITPROOF_LIE");

	return told && !strcmp(told, name);
}

static void lie_about_data(struct sd *sd)
{
	u32 word = sd->w[SD_ARGS];

	if (lie("ip"))
		sd->w[SD_IP] ^= 2;
	if (lie("nr"))
		sd->w[SD_NR] ^= 1;
	if (lie("arch"))
		sd->w[SD_ARCH] = platforms[1].native->audit_arch;
	if (lie("words")) {
		sd->w[SD_ARGS] = sd->w[SD_ARGS + 1];
		sd->w[SD_ARGS + 1] = word;
	}
}

static void lie_about_trap(struct outcome *o)
{
	o->trap.code += lie("trap-code");
	o->trap.error += lie("trap-errno");
	o->trap.nr += lie("trap-nr");
	o->trap.arch += lie("trap-arch");
	o->trap.addr += lie("trap-addr");
}

static void lie_about_kill(struct outcome *o, u32 ret, bool two_threads)
{
	u32 action = ret & SECCOMP_RET_ACTION_FULL;

	if (lie("kill-thread") && action == SECCOMP_RET_KILL_THREAD)
		o->kind = OUTCOME_KILLS_PROCESS;
	if (lie("kill-process") && action == SECCOMP_RET_KILL_PROCESS)
		o->kind = OUTCOME_KILLS_THREAD;
	if (lie("kill-unknown") && action != SECCOMP_RET_KILL_PROCESS &&
	    action != SECCOMP_RET_KILL_THREAD)
		o->kind = OUTCOME_RETURNS;
}

static void lie_about_return(struct outcome *o, u32 ret, s64 executed)
{
	enum verdict v = action_verdict(ret);
	u32 data = ret & SECCOMP_RET_DATA;

	if (lie("allow") && v == VERDICT_ALLOW)
		o->value++;
	if (lie("log") && v == VERDICT_LOG)
		o->value = -EPERM;
	if (lie("trace") && v == VERDICT_TRACE)
		o->value = executed + 1;
	if (lie("user-notif") && v == VERDICT_USER_NOTIF)
		o->value = executed + 1;
	if (lie("errno") && v == VERDICT_ERRNO && data)
		o->value++;
	if (lie("errno-zero") && v == VERDICT_ERRNO && !data)
		o->value = -ENOSYS;
	if (lie("errno-clamp") && v == VERDICT_ERRNO)
		o->value = -(s64)data;
}

struct outcome __wrap_outcome_expected(const struct stack *s,
				       const struct sd *truth, s64 executed,
				       bool two_threads, u32 *ret)
{
	struct sd sd = *truth;
	struct outcome o;

	lie_about_data(&sd);
	o = __real_outcome_expected(s, &sd, executed, two_threads, ret);
	switch (o.kind) {
	case OUTCOME_RETURNS:
		lie_about_return(&o, *ret, executed);
		break;
	case OUTCOME_TRAPS:
		if (lie("words") || lie("nr") || lie("arch") || lie("ip"))
			break;
		lie_about_trap(&o);
		break;
	default:
		lie_about_kill(&o, *ret, two_threads);
	}
	return o;
}

static const struct plan *plan;

void __wrap_plan_attach(struct plan *p, u32 base, struct input *in,
			struct rng *r)
{
	u32 i;

	__real_plan_attach(p, base, in, r);
	plan = p;
	for (i = 0; i < p->attachments; i++) {
		if (lie("accepts") && p->expected[i])
			p->expected[i] = 0;
		else if (lie("refuses") && p->stack.depth > 1)
			p->expected[i] = -EINVAL;
		else if (lie("attach-errno") && p->expected[i])
			p->expected[i] = -EPERM;
	}
}

/* A runner that lies, once there are filters. */
void __wrap_compat_collect(struct task *t)
{
	u32 i;

	__real_compat_collect(t);
	for (i = 0; i < t->calls && t->attachments; i++) {
		struct result *r = &t->result[i];

		r->value += lie("compat-value");
		r->trap.nr += lie("compat-nr");
		r->trap.addr += lie("compat-ip");
		if (lie("compat-missing") && r->seen == SEEN_TRAP)
			r->seen = SEEN_NOTHING;
	}
	for (i = 0; i < t->attached; i++) {
		if (lie("compat-refuses") && i && !t->attach[i].ret)
			t->attach[i].ret = -EINVAL;
	}
	if (lie("compat-dies") && t->end == END_FINISHED)
		t->status = SIGSYS;
}

/*
 * What a kernel with seccomp_cache would say: the model's bits as text, through
 * the parser. Without a lie about bits this kernel has none.
 */
int __wrap_bits_read(int proc, const struct platform *platform, pid_t tid,
		     struct bits *b)
{
	static char text[65536];
	static struct set_scratch set;
	struct machine m;
	struct cache model;
	char *p = text;
	u32 i, nr;

	if (!lie("bits") && !lie("bits-extra") && !lie("bits-lost"))
		return -ENOENT;
	machine_init(&m, platform, 0, 463, 463);
	cache_init(&model, &m);
	for (i = 0; i < plan->stack.depth; i++)
		cache_prepare(&model, &m, &plan->stack.filter[i], &set);
	for (i = 0; i < 2; i++) {
		for (nr = 0; nr < m.table[i].nrs; nr++) {
			bool set = nrset_has(&model.allow[i], nr);

			if (nr == 100 && lie("bits-extra"))
				set = true;
			if (nr == 100 && lie("bits-lost"))
				set = false;
			p += sprintf(p, "%s %u %s\n", m.table[i].abi->name, nr,
				     set ? "ALLOW" : "FILTER");
		}
	}
	return bits_parse(platform, text, p - text, b);
}
