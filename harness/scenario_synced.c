// SPDX-License-Identifier: GPL-2.0-only
/*
 * synced: another thread attaches the stack, some of it with TSYNC. The thread
 * under test has done nothing, and has all filters up to the last one of these:
 * its bits and its calls are theirs. Or it has diverged, by a filter of its own:
 * then TSYNC says so, and neither of the two gets the filter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scenarios.h"
#include "versus.h"

#define LEADER INT_MAX /* in place of its tid, until that is known */

static struct task *task;
static bool diverges;
static u32 depth[2]; /* of the stacks of the two */
static struct bits bits[2];
static struct context *context;

const char *synced_cannot(const struct kernel *k)
{
	return k->traces ? NULL : "ptrace can't be used";
}

/* In the task. */

static int attacher(void *unused)
{
	while (!task->flag)
		task_syscall(SYS_futex, (uintptr_t)&task->flag, FUTEX_WAIT, 0,
			     0);
	task_prepare();
	task_attach(task->attachments, true);
	for (;;) /* it stays in the stop */
		;
	return 0;
}

static void diverge(void)
{
	static struct sock_filter allow =
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	static struct sock_fprog prog = { 1, &allow };

	if (task_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) ||
	    task_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
			 (uintptr_t)&prog, 0))
		task_give_up();
}

/* Expectations of what returns the tid of this thread. */
static void tell_tid(pid_t tid)
{
	u32 i;

	for (i = 0; i < task->attachments; i++) {
		if (task->attach[i].expected == LEADER)
			task->attach[i].expected = tid;
	}
	task->tid = tid;
}

/*
 * The thread that leads the group is the one under test. It waits stopped, as a
 * call that waits could meet the filters.
 */
static void body(struct task *t)
{
	u64 segv = 1ull << (SIGSEGV - 1);
	pid_t tid = task_syscall(SYS_gettid, 0, 0, 0, 0);

	task = t;
	task_thread(attacher);
	tell_tid(tid);
	if (task_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (uintptr_t)&segv, 0,
			 sizeof(segv)))
		task_give_up();
	if (diverges)
		diverge();
	if (task_syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) ||
	    task_syscall(SYS_tgkill, tid, tid, SIGSTOP, 0))
		task_give_up();
	task_make_calls();
}

/* Outside of it. */

enum who {
	ATTACHER,
	TESTED,
};

/* The one who attaches has, and stays stopped until the process ends. */
static void attacher_stopped(struct task *t, pid_t tid)
{
	if (task_parted(t)) {
		kill(t->pid, SIGKILL);
		return;
	}
	if (depth[ATTACHER])
		scenario_look(context, tid, &bits[ATTACHER]);
	if (depth[TESTED])
		scenario_look(context, t->pid, &bits[TESTED]);
	ptrace(PTRACE_DETACH, t->pid, NULL, 0);
}

static void on_stop(struct task *t, pid_t tid)
{
	if (tid != t->pid) {
		attacher_stopped(t, tid);
		return;
	}
	t->flag = 1;
	syscall(SYS_futex, &t->flag, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wish(struct plan_wishes *w, struct rng *r)
{
	u32 i;

	for (i = 0; i < STACK_MAX_FILTERS; i++) {
		if (rng_one_in(r, 2))
			continue;
		w->flags[i] = SECCOMP_FILTER_FLAG_TSYNC;
		if (rng_one_in(r, 2))
			w->flags[i] |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
		if (diverges)
			w->refuses[i] = w->flags[i] == SECCOMP_FILTER_FLAG_TSYNC ?
						LEADER :
						-ESRCH;
	}
	/* Once at least. */
	if (!w->flags[0] && !diverges)
		w->flags[0] = SECCOMP_FILTER_FLAG_TSYNC;
}

/* How many filters both have after the last TSYNC. */
static u32 synced_depth(const struct plan *p, const struct plan_wishes *w)
{
	u32 i, n = 0;

	for (i = 0; i < p->attachments; i++) {
		if (p->accepted[i] && w->flags[i])
			n = p->below[i] + 1;
	}
	return n;
}

static struct stack stack_of(const struct plan *p, enum who who)
{
	static struct sock_filter allow =
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct stack s = p->stack;

	if (who == TESTED && diverges)
		return (struct stack){ 1, { { &allow, 1 } } };
	s.depth = depth[who];
	return s;
}

static void count(struct context *x, const struct plan *p,
		  const struct plan_wishes *w)
{
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		if (p->accepted[i] && i < p->attachments && w->flags[i])
			scenario_event(x, EVENT_SYNCED);
		if (p->expected[i] == LEADER || p->expected[i] == -ESRCH)
			scenario_event(x, EVENT_DIVERGED);
	}
}

static struct task *prepare(struct context *x, const struct stack *tested,
			    struct rng *r)
{
	struct plan *p = &x->s->scenario_plan;
	struct task *t;

	p->stack = *tested;
	scenario_calls(x, r);
	t = scenario_task(x, false);
	t->body = body;
	t->stopped = on_stop;
	return t;
}

bool synced_run(struct context *x, struct rng *r)
{
	struct plan *p = &x->s->scenario_plan;
	struct plan_wishes wishes = { 0 };
	struct stack tested, all;
	struct task *t;

	context = x;
	diverges = rng_one_in(r, 3);
	wish(&wishes, r);
	scenario_plan(x, &wishes, r);
	depth[ATTACHER] = p->stack.depth;
	depth[TESTED] = diverges ? 1 : synced_depth(p, &wishes);
	if (!depth[TESTED])
		return false;
	all = p->stack;
	tested = stack_of(p, TESTED);
	t = prepare(x, &tested, r);
	x->r->error = task_run(t);
	if (x->r->error || !versus_attached(x, p, t))
		return true;
	count(x, p, &wishes);
	scenario_bits(x, &all, &bits[ATTACHER]);
	scenario_bits(x, &tested, &bits[TESTED]);
	if (!x->r->error)
		versus_calls(x, p, t, "synced");
	return true;
}
