// SPDX-License-Identifier: GPL-2.0-only
/*
 * forked: a task with some filters of the stack forks. The child has their bits
 * and verdicts, and attaches the rest of the stack; what the parent has does not
 * change by that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenarios.h"
#include "versus.h"

#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

/* When bits are read. */
enum when {
	PARENT_AT_FORK,
	CHILD_AT_FORK,
	PARENT_AFTER,
	CHILD_AFTER,
	TIMES,
};

static struct context *context;
static struct call fork_call;
static u32 split; /* attempts before it */
static pid_t parent, child;
static u32 depth[TIMES];
static struct bits bits[TIMES];
static int failed;

const char *forked_cannot(const struct kernel *k)
{
	return k->traces ? NULL : "ptrace can't be used";
}

/* In the task. */

static void body(struct task *t)
{
	pid_t self = task_syscall(SYS_getpid, 0, 0, 0, 0);

	task_prepare();
	task_syscall(SYS_kill, self, SIGSTOP, 0, 0);
	task_attach(split, false);
	t->note = call_make(&fork_call);
	/* The parent stays in the stop at the fork, if there was one. */
	if (t->note)
		task_fault();
	task_attach(t->attachments, true);
	task_make_calls();
}

/* Outside of it. */

static void look(enum when when, pid_t tid)
{
	if (depth[when])
		scenario_look(context, tid, &bits[when]);
}

static void go_on(pid_t tid, int signal)
{
	ptrace(PTRACE_CONT, tid, NULL, signal);
}

static void parent_stopped(struct task *t, int signal)
{
	int event = t->status >> 16;

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE) {
		look(PARENT_AT_FORK, parent);
	} else if (signal == SIGSTOP) {
		if (ptrace(PTRACE_SETOPTIONS, parent, NULL, OPTIONS))
			failed = errno;
		go_on(parent, 0);
	} else {
		/* It could not attach or fork. */
		kill(parent, SIGKILL);
	}
}

/* From its first stop on it is the task. */
static void child_stopped(struct task *t, pid_t tid, int signal)
{
	if (!child) {
		child = t->pid = t->tid = tid;
		look(CHILD_AT_FORK, child);
		go_on(child, 0);
		return;
	}
	look(PARENT_AFTER, parent);
	look(CHILD_AFTER, child);
	ptrace(PTRACE_DETACH, child, NULL, signal);
}

static void on_stop(struct task *t, pid_t tid)
{
	if (!parent)
		parent = tid;
	if (tid == parent)
		parent_stopped(t, WSTOPSIG(t->status));
	else
		child_stopped(t, tid, WSTOPSIG(t->status));
}

static int run(struct task *t)
{
	int error, status;

	t->body = body;
	t->stopped = on_stop;
	parent = child = 0;
	failed = 0;
	error = task_run(t);
	if (child) {
		kill(parent, SIGKILL);
		do
			status = 0;
		while (waitpid(parent, &status, __WALL) < 0 ? errno == EINTR :
							      WIFSTOPPED(status));
	}
	return error ?: failed;
}

/* A fork that the filters allow, and that the kernel did not make. */
static void report(struct context *x, const struct task *t)
{
	struct versus_call v = { .call = fork_call, .way = "forked" };

	if (t->note == -EAGAIN || t->note == -ENOMEM) {
		x->r->error = -t->note;
		return;
	}
	v.expected.kind = OUTCOME_RETURNS;
	v.seen = (struct outcome){ .kind = OUTCOME_RETURNS, .value = t->note };
	versus_differs(x, &v, SECCOMP_RET_ALLOW, 0);
}

static void compare_bits(struct context *x, const struct plan *p)
{
	u32 i;

	for (i = 0; i < TIMES && !x->r->error; i++) {
		struct stack s = p->stack;

		s.depth = depth[i];
		scenario_bits(x, &s, &bits[i]);
	}
}

static void count(struct context *x)
{
	scenario_event(x, EVENT_CHILDREN);
	if (depth[CHILD_AFTER] > depth[CHILD_AT_FORK])
		scenario_event(x, EVENT_GROWN);
}

bool forked_run(struct context *x, struct rng *r)
{
	struct plan *p = &x->s->scenario_plan;
	struct plan_wishes wishes = { .clone = true };
	struct task *t;

	context = x;
	split = 1 + rng_below(r, x->s->scenario.stack.depth);
	wishes.clone_at = split;
	if (!scenario_plan(x, &wishes, r) || split > p->attachments)
		return false;
	scenario_calls(x, r);
	fork_call = p->clone;
	depth[PARENT_AT_FORK] = split < p->attachments ? p->below[split] :
							 p->stack.depth;
	depth[CHILD_AT_FORK] = depth[PARENT_AFTER] = depth[PARENT_AT_FORK];
	depth[CHILD_AFTER] = p->stack.depth;
	t = scenario_task(x, false);
	x->r->error = run(t);
	if (x->r->error || !versus_attached(x, p, t))
		return true;
	if (!child) {
		report(x, t);
		return true;
	}
	count(x);
	compare_bits(x, p);
	if (!x->r->error)
		versus_calls(x, p, t, "forked");
	return true;
}
