// SPDX-License-Identifier: GPL-2.0-only
/*
 * listened: one filter of the stack has a listener, and a USER_NOTIF verdict
 * that it wins waits for the listener's answer: an error, a value, or leave to
 * go on. USER_NOTIF of another filter is ENOSYS. A second listener is refused,
 * and so are flags that leave it open what the call returns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scenarios.h"
#include "stack.h"
#include "versus.h"

#define HANG_SECONDS 10

/* One call's notifications. */
struct notice {
	u32 n;
	u32 pid;
	struct sd sd;
};

static struct notice notices[TASK_MAX_CALLS];
static struct answer answers[TASK_MAX_CALLS];
static int listener; /* the descriptor that it will have, or has */
static u32 attempt;  /* that has it */
static int failed;

const char *listened_cannot(const struct kernel *k)
{
	struct seccomp_notif_sizes sizes;

	if (!k->traces)
		return "ptrace can't be used";
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return "the kernel has no listeners";
	return NULL;
}

/* The lowest free descriptor. */
static int next_fd(void)
{
	int fd = open("/", O_PATH | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

/* Attempt at which filter @filter of the stack was attached. */
static u32 attempt_of(const struct plan *p, u32 filter)
{
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		if (p->accepted[i] && p->below[i] == filter)
			break;
	}
	return i;
}

/* What the plan's stack has become. */
static struct stack favoured(const struct plan *p, const struct input *in)
{
	struct stack s = { 0 };
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		if (p->accepted[i])
			s.filter[s.depth++] = in->stack.filter[i];
	}
	return s;
}

/* A filter that wins with USER_NOTIF for a call of the plain run, or any. */
static u32 choose_filter(const struct plan *p, const struct input *in,
			 struct rng *r)
{
	struct stack s = favoured(p, in);
	u32 start = rng_below(r, PLAN_CALLS);
	u32 i;

	for (i = 0; i < p->calls; i++) {
		struct sd sd = call_sd(&p->call[(start + i) % p->calls]);
		struct stack_run run = stack_run(&s, &sd);

		if (action_verdict(run.ret) == VERDICT_USER_NOTIF)
			return run.match;
	}
	return rng_below(r, p->stack.depth);
}

static void wish(struct plan_wishes *w, const struct plan *p,
		 const struct input *in, struct rng *r)
{
	static const u32 flags[] = {
		SECCOMP_FILTER_FLAG_NEW_LISTENER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER |
			SECCOMP_FILTER_FLAG_TSYNC |
			SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
	};
	u32 i;

	attempt = attempt_of(p, choose_filter(p, in, r));
	w->flags[attempt] = flags[rng_below(r, ARRAY_SIZE(flags))];
	w->returns[attempt] = listener = next_fd();
	for (i = 0; i < p->attachments; i++) {
		if (i != attempt && rng_one_in(r, 6)) {
			w->flags[i] = SECCOMP_FILTER_FLAG_NEW_LISTENER |
				      SECCOMP_FILTER_FLAG_TSYNC;
			w->refuses[i] = -EINVAL;
		} else if (i > attempt && rng_one_in(r, 3)) {
			w->flags[i] = SECCOMP_FILTER_FLAG_NEW_LISTENER;
			w->refuses[i] = -EBUSY;
		}
	}
}

static void choose_answers(const struct task *t, struct rng *r)
{
	u32 i;

	for (i = 0; i < t->calls; i++) {
		struct answer *a = &answers[i];
		s64 value;

		notices[i].n = 0;
		*a = (struct answer){ 0 };
		switch (rng_below(r, 3)) {
		case 0:
			a->error = -(s32)rng_below(r, 500) - 1;
			break;
		case 1:
			a->go_on = callable_value(&t->call[i], NULL, &value);
			break;
		default:
			a->value = rng_next(r) >> 1;
		}
	}
}

static void note(struct task *t, const struct seccomp_notif *n,
		 struct seccomp_notif_resp *resp)
{
	u32 i = t->next - 1;

	resp->id = n->id;
	resp->error = -EPROTO;
	if (!t->next || i >= t->calls) {
		failed = EPROTO;
		return;
	}
	notices[i].n++;
	notices[i].pid = n->pid;
	memcpy(notices[i].sd.w, &n->data, sizeof(notices[i].sd.w));
	resp->error = answers[i].error;
	resp->val = answers[i].value;
	if (answers[i].go_on)
		resp->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/* The task may die meanwhile: that is seen elsewhere. */
static void answer(struct task *t)
{
	struct seccomp_notif n = { 0 };
	struct seccomp_notif_resp resp = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
		return;
	note(t, &n, &resp);
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/* Answer until the task has ended. */
static void serve(struct task *t)
{
	struct pollfd fds[] = {
		{ .fd = syscall(SYS_pidfd_open, t->pid, 0), .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};
	u32 idle = 0;

	if (fds[0].fd < 0)
		failed = errno;
	while (!failed && idle < HANG_SECONDS) {
		int n = poll(fds, ARRAY_SIZE(fds), 1000);

		idle = n > 0 ? 0 : idle + !n;
		if (n > 0 && fds[1].revents & POLLIN)
			answer(t);
		else if (n > 0 && fds[0].revents)
			break;
		else if (n > 0)
			fds[1].fd = -1; /* nobody has the filter any more */
	}
	if (failed || idle == HANG_SECONDS)
		kill(t->pid, SIGKILL);
	if (fds[0].fd >= 0)
		close(fds[0].fd);
}

static bool has_listener(const struct task *t)
{
	return t->attached > attempt && t->attach[attempt].ret == listener;
}

static void on_stop(struct task *t, pid_t tid)
{
	task_look(t, tid);
	if (has_listener(t) && !task_parted(t))
		serve(t);
}

/* Descriptors of listeners that there should not be. */
static void close_all(const struct task *t, const struct plan_wishes *w)
{
	u32 i;

	for (i = 0; i < t->attached; i++) {
		if (w->flags[i] & SECCOMP_FILTER_FLAG_NEW_LISTENER &&
		    t->attach[i].ret > 2)
			close(t->attach[i].ret);
	}
}

static struct outcome seen(const struct task *t, u32 i)
{
	struct outcome o = outcome_seen(t, i);

	if (!notices[i].n)
		return o;
	o.watch.by = WATCHED_BY_LISTENER;
	o.watch.times = notices[i].n;
	o.watch.data = notices[i].pid;
	o.watch.sd = notices[i].sd;
	return o;
}

static bool compare_one(struct context *x, const struct task *t, u32 i)
{
	const struct plan *p = &x->s->scenario_plan;
	struct versus_call v = { .call = t->call[i], .way = "listened" };
	struct sd sd = call_sd(&v.call);
	s64 executed = scenario_executed(t, i);
	u32 ret;

	v.expected = outcome_listened(&p->stack, &sd, p->below[attempt],
				      &answers[i], t->tid, executed,
				      t->two_threads, &ret);
	v.seen = seen(t, i);
	if (!versus_call(x, &v, ret, executed))
		return false;
	if (notices[i].n)
		scenario_event(x, answers[i].go_on ? EVENT_CONTINUED :
						     EVENT_NOTIFIED);
	else if (action_verdict(ret) == VERDICT_USER_NOTIF)
		scenario_event(x, EVENT_UNHEARD);
	return true;
}

static void count(struct context *x, const struct plan_wishes *w,
		  const struct task *t)
{
	u32 i;

	for (i = 0; i < t->attached; i++) {
		if (w->refuses[i] && w->refuses[i] == t->attach[i].ret)
			scenario_event(x, w->refuses[i] == -EBUSY ?
						  EVENT_BUSY :
						  EVENT_FLAGS);
	}
}

bool listened_run(struct context *x, struct rng *r)
{
	struct plan_wishes wishes = { 0 };
	struct plan *p = &x->s->scenario_plan;
	struct task *t;
	bool kill;
	u32 i;

	scenario_favour(x, SECCOMP_RET_USER_NOTIF, r);
	wish(&wishes, &x->s->plan, &x->s->scenario, r);
	if (!scenario_plan(x, &wishes, r))
		return false;
	if (attempt >= p->attachments || !p->accepted[attempt])
		return false;
	scenario_calls(x, r);
	/* Who has no filters must not be given any. */
	kill = !(wishes.flags[attempt] & SECCOMP_FILTER_FLAG_TSYNC);
	t = scenario_task(x, kill);
	choose_answers(t, r);
	t->stopped = on_stop;
	t->share = CLONE_FILES;
	failed = 0;
	x->r->error = task_run(t) ?: failed;
	close_all(t, &wishes);
	if (x->r->error || !versus_attached(x, p, t))
		return true;
	count(x, &wishes, t);
	for (i = 0; i < t->calls && compare_one(x, t, i); i++)
		;
	return true;
}
