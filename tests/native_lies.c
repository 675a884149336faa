// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_kernel with a reference that lies: linked into it by --wrap, so that
 * the harness itself has no hook. Every observer is shown to be able to fail.
 *
 * BITPROOF_LIE names the lie. Calls are chosen by the true reference, so what is
 * executed is as harmless as ever.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "cache.h"
#include "compat.h"
#include "outcome.h"
#include "plan.h"
#include "scenario.h"
#include "stack.h"

struct outcome __real_outcome_expected(const struct stack *s,
				       const struct sd *sd, s64 executed,
				       bool two_threads, u32 *ret);
struct outcome __wrap_outcome_expected(const struct stack *s,
				       const struct sd *sd, s64 executed,
				       bool two_threads, u32 *ret);
void __real_plan_attach(struct plan *p, u32 base, struct input *in,
			const struct plan_wishes *w, struct rng *r);
void __wrap_plan_attach(struct plan *p, u32 base, struct input *in,
			const struct plan_wishes *w, struct rng *r);
void __real_compat_collect(struct task *t);
void __wrap_compat_collect(struct task *t);
struct outcome __real_outcome_in_scenario(const char *scenario,
					  const struct stack *s,
					  const struct sd *sd, s64 executed,
					  bool two_threads, u32 *ret);
struct outcome __wrap_outcome_in_scenario(const char *scenario,
					  const struct stack *s,
					  const struct sd *sd, s64 executed,
					  bool two_threads, u32 *ret);
struct outcome __real_outcome_traced(const struct stack *s,
				     const struct call *c,
				     const struct trace_change *change,
				     s64 executed, bool two_threads, u32 *ret);
struct outcome __wrap_outcome_traced(const struct stack *s,
				     const struct call *c,
				     const struct trace_change *change,
				     s64 executed, bool two_threads, u32 *ret);
struct outcome __real_outcome_listened(const struct stack *s,
				       const struct sd *sd, u32 listened,
				       const struct answer *answer, u32 pid,
				       s64 executed, bool two_threads,
				       u32 *ret);
struct outcome __wrap_outcome_listened(const struct stack *s,
				       const struct sd *sd, u32 listened,
				       const struct answer *answer, u32 pid,
				       s64 executed, bool two_threads,
				       u32 *ret);
bool __real_outcome_logged(const struct stack *s, const struct sd *sd,
			   u32 flagged, u32 logged, bool x32,
			   struct record *record);
bool __wrap_outcome_logged(const struct stack *s, const struct sd *sd,
			   u32 flagged, u32 logged, bool x32,
			   struct record *record);
void __real_scenario_look(struct context *x, pid_t tid, struct bits *bits);
void __wrap_scenario_look(struct context *x, pid_t tid, struct bits *bits);
int __real_bits_read(int proc, const struct platform *platform, pid_t tid,
		     struct bits *b);
int __wrap_bits_read(int proc, const struct platform *platform, pid_t tid,
		     struct bits *b);

static bool lie(const char *name)
{
	static const char *told;

	told = told ?: getenv("BITPROOF_LIE") ?: "none";
	return !strcmp(told, name);
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
	if (lie("kill-77") && (ret & SECCOMP_RET_DATA) == 77)
		o->kind = OUTCOME_RETURNS;
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
	if (lie("errno-77") && v == VERDICT_ERRNO && data == 77)
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

/* "forked-call": in that scenario everything that returns, returns more. */
struct outcome __wrap_outcome_in_scenario(const char *scenario,
					  const struct stack *s,
					  const struct sd *sd, s64 executed,
					  bool two_threads, u32 *ret)
{
	struct outcome o = __real_outcome_in_scenario(scenario, s, sd, executed,
						      two_threads, ret);
	char name[64];

	snprintf(name, sizeof(name), "%s-call", scenario ?: "plain");
	if (lie(name) && o.kind == OUTCOME_RETURNS)
		o.value++;
	return o;
}

struct outcome __wrap_outcome_traced(const struct stack *s,
				     const struct call *c,
				     const struct trace_change *change,
				     s64 executed, bool two_threads, u32 *ret)
{
	struct trace_change told = *change;
	struct outcome o;

	if (lie("trace-change"))
		told.change = false;
	if (lie("trace-skip"))
		told.value++;
	o = __real_outcome_traced(s, c, &told, executed, two_threads, ret);
	if (lie("trace-stop") && action_verdict(*ret) == VERDICT_ERRNO) {
		o.watch.by = WATCHED_BY_TRACER;
		o.watch.times = 1;
	}
	if (!o.watch.by)
		return o;
	if (lie("trace-no-stop"))
		o.watch.by = WATCHED_BY_NOBODY;
	o.watch.data += lie("trace-message");
	o.watch.sd.w[SD_ARGS] += lie("trace-data");
	return o;
}

struct outcome __wrap_outcome_listened(const struct stack *s,
				       const struct sd *sd, u32 listened,
				       const struct answer *answer, u32 pid,
				       s64 executed, bool two_threads,
				       u32 *ret)
{
	struct answer told = *answer;
	struct outcome o;

	if (lie("notif-error") && told.error)
		told.error++;
	if (lie("notif-value"))
		told.value++;
	if (lie("notif-continue") && told.go_on) {
		told.go_on = false;
		told.error = -EPERM;
	}
	/* Whichever filter wins, its listener is asked. */
	if (lie("notif-match"))
		listened = stack_run(s, sd).match;
	o = __real_outcome_listened(s, sd, listened, &told, pid, executed,
				    two_threads, ret);
	if (!o.watch.by)
		return o;
	o.watch.data += lie("notif-pid");
	o.watch.sd.w[SD_ARGS] += lie("notif-data");
	return o;
}

bool __wrap_outcome_logged(const struct stack *s, const struct sd *sd,
			   u32 flagged, u32 logged, bool x32,
			   struct record *record)
{
	bool is = __real_outcome_logged(s, sd, lie("audit-flag") ? 0 : flagged,
					lie("audit-actions") ? ~0u : logged,
					x32, record);

	if (lie("audit-none"))
		return false;
	record->sig += lie("audit-sig");
	record->arch += lie("audit-arch");
	record->nr += lie("audit-nr");
	record->compat += lie("audit-compat");
	record->ip += lie("audit-ip");
	record->code += lie("audit-code");
	return is;
}

/* What a scenario looks at has a bit wrong. */
void __wrap_scenario_look(struct context *x, pid_t tid, struct bits *bits)
{
	__real_scenario_look(x, tid, bits);
	if (!lie("scenario-bits"))
		return;
	if (nrset_has(&bits->allow[0], 100))
		nrset_remove(&bits->allow[0], 100);
	else
		nrset_add(&bits->allow[0], 100);
}

int __wrap_stack_admits_blinded(const struct stack *s, const struct filter *f);
int __real_stack_admits_blinded(const struct stack *s, const struct filter *f);

int __wrap_stack_admits_blinded(const struct stack *s, const struct filter *f)
{
	return lie("blinded") ? stack_admits(s, f) :
				__real_stack_admits_blinded(s, f);
}

static const struct plan *plan;

void __wrap_plan_attach(struct plan *p, u32 base, struct input *in,
			const struct plan_wishes *w, struct rng *r)
{
	u32 i;

	__real_plan_attach(p, base, in, w, r);
	plan = p;
	for (i = 0; i < p->attachments; i++) {
		if (lie("sync-tid") && p->expected[i] == INT_MAX)
			p->expected[i] = 1;
		if (lie("sync-esrch") && p->expected[i] == -ESRCH)
			p->expected[i] = -EPERM;
		if (lie("second-listener") && p->expected[i] == -EBUSY)
			p->expected[i] = -EINVAL;
		if (lie("listener-fd") && p->expected[i] > 0)
			p->expected[i]++;
		if (lie("accepts") && p->expected[i] < 0)
			p->expected[i] = 0;
		else if (lie("refuses") && p->stack.depth > 1)
			p->expected[i] = -EINVAL;
		else if (lie("attach-errno") && p->expected[i] < 0)
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

	/* In a guest, without such a lie, it has the real ones. */
	if (!lie("bits") && !lie("bits-extra") && !lie("bits-lost"))
		return __real_bits_read(proc, platform, tid, b);
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
