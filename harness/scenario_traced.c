// SPDX-License-Identifier: GPL-2.0-only
/*
 * traced: a TRACE verdict stops the call for a tracer, which is told the data.
 * It leaves the number as it is, or changes it, or makes it -1, which skips the
 * call; what is there then is checked once more. No other verdict stops.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "scenarios.h"
#include "stack.h"
#include "versus.h"

#define TRIES 8 /* for another number */

/* One call's stops. */
struct stop {
	u32 n;
	u32 message;
	struct sd sd;
};

static struct stop stops[TASK_MAX_CALLS];
static struct trace_change changes[TASK_MAX_CALLS];
static bool armed;
static int failed;

const char *traced_cannot(const struct kernel *k)
{
	return k->traces ? NULL : "ptrace can't be used";
}

static bool kills(enum verdict v)
{
	return v == VERDICT_KILL_PROCESS || v == VERDICT_KILL_THREAD;
}

/* May the call be changed like that? If the task then dies, it is the last. */
static bool possible(struct context *x, const struct call *c,
		     const struct trace_change *change, bool last)
{
	const struct stack *s = &x->s->scenario_plan.stack;
	struct call changed = trace_changed(c, change);
	struct sd then = call_sd(&changed);
	enum verdict v = action_verdict(stack_run(s, &then).ret);
	s64 value;

	if ((s32)then.w[SD_NR] < 0)
		return true;
	if (plan_never(&changed, &x->k->machine) || (kills(v) && !last))
		return false;
	if (v != VERDICT_ALLOW && v != VERDICT_LOG && v != VERDICT_TRACE)
		return true;
	return callable_value(&changed, NULL, &value);
}

static void choose(struct context *x, const struct call *c, bool last,
		   struct trace_change *change, struct rng *r)
{
	u32 i;

	*change = (struct trace_change){ .value = rng_u32(r) };
	if (rng_one_in(r, 4) && possible(x, c, change, last))
		return;
	change->change = true;
	for (i = 0; i < TRIES && !rng_one_in(r, 5); i++) {
		change->nr = rng_one_in(r, 3) ? callable_pick(c->entry, r) :
						rng_below(r, 470);
		if (possible(x, c, change, last))
			return;
	}
	change->nr = -1;
}

/*
 * All that a tracer will do is known before. A call that ends the task if it is
 * skipped, as -1 is no skip on s390x, is left out with all that follow.
 */
static void choose_all(struct context *x, struct task *t, struct rng *r)
{
	const struct stack *s = &x->s->scenario_plan.stack;
	u32 i;

	for (i = 0; i < t->calls; i++) {
		const struct call *c = &t->call[i];
		bool last = i + 1 == t->calls;
		struct sd sd = call_sd(c);

		stops[i].n = 0;
		changes[i] = (struct trace_change){ 0 };
		if (action_verdict(stack_run(s, &sd).ret) != VERDICT_TRACE)
			continue;
		choose(x, c, last, &changes[i], r);
		if (!possible(x, c, &changes[i], last)) {
			t->calls = i;
			t->two_threads = false;
		}
	}
}

static int set_nr(pid_t tid, const struct trace_change *change)
{
#if defined(__x86_64__)
	if (ptrace(PTRACE_POKEUSER, tid,
		   offsetof(struct user, regs.orig_rax), (s64)(s32)change->nr))
		return errno;
	if ((s32)change->nr < 0 &&
	    ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax),
		   change->value))
		return errno;
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	int nr = change->nr;
	struct iovec v = { &nr, sizeof(nr) };

	if (ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &v))
		return errno;
	if (nr >= 0)
		return 0;
	v = (struct iovec){ &regs, sizeof(regs) };
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &v))
		return errno;
	regs.regs[0] = change->value;
	if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &v))
		return errno;
#elif defined(__s390x__)
	/* gpr2 is the number while a call is entered: __poke_user(). */
	if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.gprs[2]),
		   (u64)change->nr))
		return errno;
#endif
	return 0;
}

/* What the tracer is told, as a filter would see it. */
static int read_stop(pid_t tid, struct stop *s)
{
	struct __ptrace_syscall_info info;
	struct seccomp_data sd;
	unsigned long message;

	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message) ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) < 0)
		return errno;
	if (info.op != PTRACE_SYSCALL_INFO_SECCOMP ||
	    info.seccomp.ret_data != message)
		return EPROTO;
	sd.nr = info.seccomp.nr;
	sd.arch = info.arch;
	sd.instruction_pointer = info.instruction_pointer;
	memcpy(sd.args, info.seccomp.args, sizeof(sd.args));
	memcpy(s->sd.w, &sd, sizeof(s->sd.w));
	s->message = message;
	s->n++;
	return 0;
}

static int at_seccomp(struct task *t, pid_t tid)
{
	u32 i = t->next - 1;
	int error;

	if (!t->next || i >= t->calls)
		return EPROTO;
	error = read_stop(tid, &stops[i]);
	if (!error && changes[i].change)
		error = set_nr(tid, &changes[i]);
	return error;
}

/* It stops first by a page fault, with all filters attached. */
static void on_stop(struct task *t, pid_t tid)
{
	int signal = WSTOPSIG(t->status);
	int error = 0;

	if (t->status >> 16 == PTRACE_EVENT_SECCOMP) {
		error = at_seccomp(t, tid);
		signal = 0;
	} else if (!armed) {
		armed = true;
		if (ptrace(PTRACE_SETOPTIONS, tid, NULL,
			   PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL))
			error = errno;
	}
	if (error)
		failed = error;
	ptrace(PTRACE_CONT, tid, NULL, signal);
}

static struct outcome seen(const struct task *t, u32 i)
{
	struct outcome o = outcome_seen(t, i);

	if (!stops[i].n)
		return o;
	o.watch.by = WATCHED_BY_TRACER;
	o.watch.times = stops[i].n;
	o.watch.data = stops[i].message;
	o.watch.sd = stops[i].sd;
	return o;
}

static void count(struct context *x, const struct call *c, u32 i)
{
	struct call then = trace_changed(c, &changes[i]);

	if (!stops[i].n)
		return;
	scenario_event(x, EVENT_STOPS);
	if (changes[i].change)
		scenario_event(x, (s32)then.nr < 0 ? EVENT_SKIPPED :
						     EVENT_CHANGED);
}

static bool compare_one(struct context *x, const struct task *t, u32 i)
{
	const struct stack *s = &x->s->scenario_plan.stack;
	struct versus_call v = { .call = t->call[i], .way = "traced" };
	struct call changed = trace_changed(&v.call, &changes[i]);
	s64 executed = 0;
	u32 ret;

	callable_value(&changed, t, &executed);
	v.expected = outcome_traced(s, &v.call, &changes[i], executed,
				    t->two_threads, &ret);
	v.seen = seen(t, i);
	if (!versus_call(x, &v, ret, executed))
		return false;
	count(x, &v.call, i);
	return true;
}

bool traced_run(struct context *x, struct rng *r)
{
	struct plan_wishes wishes = { 0 };
	struct task *t;
	u32 i;

	scenario_favour(x, SECCOMP_RET_TRACE, r);
	if (!scenario_plan(x, &wishes, r))
		return false;
	scenario_calls(x, r);
	t = scenario_task(x, rng_one_in(r, 2));
	choose_all(x, t, r);
	t->stopped = on_stop;
	armed = false;
	failed = 0;
	x->r->error = task_run(t) ?: failed;
	if (x->r->error || !versus_attached(x, &x->s->scenario_plan, t))
		return true;
	for (i = 0; i < t->calls && compare_one(x, t, i); i++)
		;
	return true;
}
