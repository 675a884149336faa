// SPDX-License-Identifier: GPL-2.0-only
/*
 * audited: some filters have SECCOMP_FILTER_FLAG_LOG, some actions are in
 * actions_logged, and each call leaves exactly the audit record that follows
 * from that: the only way to tell LOG from ALLOW.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "audit.h"
#include "scenarios.h"
#include "versus.h"

#define MAX_RECORDS (TASK_MAX_CALLS + STACK_MAX_FILTERS)

static struct record records[MAX_RECORDS];
static u32 seen;  /* of them */
static u32 taken; /* of them */

/*
 * Do records of x32 numbers say compat? in_compat_syscall() looks at the number
 * wherever CONFIG_X86_X32_ABI is set, also if the calls are switched off, as Debian
 * does it at boot. Where they work it must be so; else either is right, and the
 * kernel is asked.
 */
static bool x32_is_compat;

/* Run it, and get its records. Returns 0 or an errno. */
static int run(struct task *t, u32 logged)
{
	int error = audit_set_logged(logged);
	int n;

	if (!error)
		error = task_run(t);
	if (error)
		return error;
	n = audit_read(t->pid, records, MAX_RECORDS);
	error = audit_set_logged(0);
	if (n < 0)
		return -n;
	seen = n < MAX_RECORDS ? n : MAX_RECORDS;
	taken = 0;
	return error;
}

/* With one call of an x32 number, which is logged. */
static int probe_x32(u32 entry)
{
	const u32 nr = SYS_getppid | entries[entry].nr_set;
	struct sock_filter log[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * SD_NR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct task *t = task_filtered(log, ARRAY_SIZE(log));
	int error;

	t->calls = 1;
	t->call[0] = (struct call){ .entry = entry, .nr = nr };
	error = run(t, 1u << VERDICT_LOG);
	if (!error)
		x32_is_compat = seen == 1 && records[0].compat;
	return error;
}

const char *audited_cannot(const struct kernel *k)
{
	const char *why = audit_open();
	u32 entry;

	x32_is_compat = k->x32;
	for (entry = 0; !why && entry < nr_entries; entry++) {
		if (entries[entry].nr_set == X32_SYSCALL_BIT &&
		    k->path[PATH_X32] && !k->x32 && probe_x32(entry))
			why = "a probe failed";
	}
	return why;
}

struct rules {
	u32 flagged; /* filters of the stack with the flag */
	u32 logged;  /* verdicts */
};

static struct rules wish(struct plan_wishes *w, struct rng *r)
{
	struct rules rules = { 0, rng_u32(r) | rng_u32(r) };
	u32 i;

	for (i = 0; i < STACK_MAX_FILTERS; i++) {
		if (rng_one_in(r, 2))
			w->flags[i] = SECCOMP_FILTER_FLAG_LOG;
	}
	return rules;
}

static void find_flagged(struct rules *rules, const struct plan *p,
			 const struct plan_wishes *w)
{
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		if (p->accepted[i] && w->flags[i])
			rules->flagged |= 1u << p->below[i];
	}
}

static struct rules rules;

/* Add to both sides the record of a call. Is one expected? */
static bool add_records(struct context *x, const struct stack *s,
			struct versus_call *v)
{
	struct sd sd = call_sd(&v->call);

	v->expected.records =
		outcome_logged(s, &sd, rules.flagged, rules.logged,
			       x32_is_compat, &v->expected.record);
	if (v->expected.records && taken < seen) {
		v->seen.records = 1;
		v->seen.record = records[taken++];
	}
	return v->expected.records;
}

/* What is left over at the end belongs to the last call. */
static void add_rest(struct versus_call *v)
{
	if (taken < seen && !v->seen.records)
		v->seen.record = records[taken];
	v->seen.records += seen - taken;
}

/* The calls that attach are made under the older filters. */
static bool compare_attach(struct context *x, const struct plan *p)
{
	struct stack below = p->stack;
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		struct versus_call v = { .call = p->attach[i],
					 .way = "audited" };

		below.depth = p->below[i];
		if (!below.depth || !add_records(x, &below, &v))
			continue;
		if (outcome_same(&v.expected, &v.seen))
			continue;
		versus_differs(x, &v, SECCOMP_RET_LOG, 0);
		return false;
	}
	return true;
}

static void count(struct context *x, const struct outcome *o, u32 ret)
{
	enum verdict v = action_verdict(ret);

	if (v == VERDICT_LOG && o->records)
		scenario_event(x, EVENT_LOGGED);
	else if (o->records)
		scenario_event(x, EVENT_RECORDS);
	else if (v != VERDICT_ALLOW)
		scenario_event(x, EVENT_SILENT);
}

static bool compare_one(struct context *x, const struct task *t, u32 i)
{
	const struct plan *p = &x->s->scenario_plan;
	struct versus_call v = { .call = t->call[i], .way = "audited" };
	struct sd sd = call_sd(&v.call);
	s64 executed = scenario_executed(t, i);
	u32 ret;

	v.expected = outcome_in_scenario("audited", &p->stack, &sd, executed,
					 t->two_threads, &ret);
	v.seen = outcome_seen(t, i);
	add_records(x, &p->stack, &v);
	if (i + 1 == t->calls)
		add_rest(&v);
	if (!versus_call(x, &v, ret, executed))
		return false;
	count(x, &v.expected, ret);
	return true;
}

bool audited_run(struct context *x, struct rng *r)
{
	struct plan_wishes wishes = { 0 };
	struct plan *p = &x->s->scenario_plan;
	struct task *t;
	u32 i;

	rules = wish(&wishes, r);
	scenario_favour(x, SECCOMP_RET_LOG, r);
	if (!scenario_plan(x, &wishes, r))
		return false;
	find_flagged(&rules, p, &wishes);
	scenario_calls(x, r);
	t = scenario_task(x, rng_one_in(r, 2));
	x->r->error = run(t, rules.logged);
	if (x->r->error || !versus_attached(x, p, t) || !compare_attach(x, p))
		return true;
	for (i = 0; i < t->calls && compare_one(x, t, i); i++)
		;
	return true;
}
