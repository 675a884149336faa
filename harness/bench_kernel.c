// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "bench_kernel.h"
#include "shifts.h"

#define STACKS     32 /* in one turn */
#define TURNS      64
#define KIND_CALLS 90
#define KIND_TASKS 50
#define KIND_TURNS 8

/* A stack that is ready to be run, plain and as its twin. */
struct ready {
	struct input in, twin_in;
	struct plan plan, twin;
	bool has_twin;
};

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void prepare(struct ready *ready, const struct kernel *k,
		    const struct circumstances *how, struct versus_scratch *s)
{
	struct rng r = { ready->in.seed };
	u32 base = ENTRY_NATIVE;

	if (rng_one_in(&r, COMPAT_EVERY) && k->path[PATH_COMPAT])
		base = entry_compat;
	shifts_set(&ready->in, k->wide_shifts);
	plan_attach(&ready->plan, base, &ready->in, NULL, &r);
	plan_calls(&ready->plan, &k->machine, NULL, &r, &s->compare.witness);
	ready->has_twin = plan_twin(&ready->twin, &ready->plan, how->blinded,
				    &ready->in, &ready->twin_in);
}

static int run(const struct plan *p, const struct input *in, u32 kill)
{
	struct task *t = task_new();

	plan_task(p, in, t, kill);
	t->no_new_privs = true;
	return task_run(t);
}

static int run_ready(const struct ready *ready)
{
	u32 kills = ready->plan.kills;
	int error = run(&ready->plan, &ready->in, 0);

	if (!error && ready->has_twin)
		error = run(&ready->twin, &ready->twin_in,
			    kills ? 1 % kills : 0);
	return error;
}

static struct sock_filter cached[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Looks at an argument, which the bitmap can't, then returns @ret. */
#define UNCACHED(ret)                                                          \
	{                                                                      \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * SD_ARGS),               \
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x1234, 0, 1),     \
			BPF_STMT(BPF_RET | BPF_K, ret),                        \
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),          \
	}

static struct sock_filter allows[] = UNCACHED(SECCOMP_RET_ALLOW);
static struct sock_filter logs[] = UNCACHED(SECCOMP_RET_LOG);
static struct sock_filter traces[] = UNCACHED(SECCOMP_RET_TRACE);
static struct sock_filter notifies[] = UNCACHED(SECCOMP_RET_USER_NOTIF);
static struct sock_filter errnos[] = UNCACHED(SECCOMP_RET_ERRNO | 1);
static struct sock_filter traps[] = UNCACHED(SECCOMP_RET_TRAP);

#define KIND(name, filter)                                                     \
	{                                                                      \
		name, filter, ARRAY_SIZE(filter)                               \
	}

static const struct kind {
	const char *name;
	struct sock_filter *filter;
	u32 len;
} kinds[] = {
	KIND("ALLOW-cached", cached),
	KIND("ALLOW", allows),
	KIND("LOG", logs),
	KIND("TRACE", traces),
	KIND("USER_NOTIF", notifies),
	KIND("ERRNO", errnos),
	KIND("TRAP", traps),
};

/* Seconds for tasks with one filter and so many calls. */
static double run_kind(const struct kind *kind, u32 entry, u32 calls)
{
	double start = now(CLOCK_MONOTONIC);
	u32 i, j;

	for (i = 0; i < KIND_TASKS; i++) {
		struct task *t = task_filtered(kind->filter, kind->len);

		t->calls = calls;
		for (j = 0; j < calls; j++)
			t->call[j] =
				(struct call){ entry,
					       callable[entry].list[0] |
						       entries[entry].nr_set,
					       { 0x1234 } };
		task_run(t);
	}
	return now(CLOCK_MONOTONIC) - start;
}

/* A row of what is timed; the first one makes no calls. */
struct timed {
	const char *name;
	const struct kind *kind;
	u32 entry, calls;
	double best; /* seconds, of its turns */
};

static u32 list_timed(struct timed *timed)
{
	u32 n = 0, i;

	timed[n++] = (struct timed){ NULL, &kinds[0], 0, 0 };
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		timed[n++] = (struct timed){ kinds[i].name, &kinds[i], 0,
					     KIND_CALLS };
	for (i = 1; i < entry_compat; i++) {
		if (callable[i].enosys)
			timed[n++] = (struct timed){ entries[i].name, &kinds[1],
						     i, KIND_CALLS };
	}
	return n;
}

/* Tasks take longer than their calls do: what disturbed none of them counts. */
static void bench_kinds(void)
{
	struct timed timed[1 + ARRAY_SIZE(kinds) + CALLABLE_ENTRIES];
	u32 n = list_timed(timed), i;

	for (i = 0; i < n * KIND_TURNS; i++) {
		struct timed *t = &timed[i % n];
		double seconds = run_kind(t->kind, t->entry, t->calls);

		if (i < n || seconds < t->best)
			t->best = seconds;
	}
	printf("bench       calls/s, by kind:");
	for (i = 1; i < n; i++) {
		double calls = timed[i].best - timed[0].best;

		if (calls > 0)
			printf(" %s %.0f", timed[i].name,
			       KIND_TASKS * KIND_CALLS / calls);
		else
			printf(" %s not-told-from-none", timed[i].name);
	}
	printf("\n");
}

static bool turn(const struct kernel *k, const struct circumstances *how,
		 void (*make)(u64 i, struct input *to), u64 first,
		 struct ready *ready, double *ours, double *bare,
		 struct versus_tally *t, struct versus_result *r,
		 struct versus_scratch *s)
{
	static struct input in;
	double start = now(CLOCK_MONOTONIC);
	u32 i;

	for (i = 0; i < STACKS; i++) {
		make(first + i, &in);
		versus(k, &in, how, r, t, s);
		if (r->error || comparison_failure(&r->c))
			return true;
	}
	*ours += now(CLOCK_MONOTONIC) - start;

	for (i = 0; i < STACKS; i++) {
		make(first + i, &ready[i].in);
		prepare(&ready[i], k, how, s);
	}
	start = now(CLOCK_MONOTONIC);
	for (i = 0; i < STACKS && !r->error; i++)
		r->error = run_ready(&ready[i]);
	*bare += now(CLOCK_MONOTONIC) - start;
	return r->error;
}

bool bench_kernel(const struct kernel *k, const struct circumstances *how,
		  void (*make)(u64 i, struct input *to), struct versus_tally *t,
		  struct versus_result *r, struct versus_scratch *s)
{
	double boot = now(CLOCK_BOOTTIME);
	double ours = 0, bare = 0;
	struct ready *ready = calloc(STACKS, sizeof(*ready));
	u64 filters = t->filters, stacks = t->stacks, calls = t->calls;
	u32 i;

	memset(r, 0, sizeof(*r));
	r->error = ready ? 0 : ENOMEM;
	for (i = 0; i < TURNS && !r->error; i++) {
		if (turn(k, how, make, i * STACKS, ready, &ours, &bare, t, r,
			 s))
			return true;
	}
	free(ready);
	filters = t->filters - filters;
	stacks = t->stacks - stacks;
	calls = t->calls - calls;
	printf("bench       %.2f s from the kernel's start to the first "
	       "comparison\n",
	       boot);
	printf("bench       %.0f stacks/s, %.0f filters/s, %.0f calls/s (%.1f "
	       "calls a stack, twins included)\n",
	       stacks / ours, filters / ours, calls / ours,
	       (double)calls / stacks);
	printf("bench       %.2f times attach + copied bits + calls alone "
	       "(%.0f stacks/s, %.0f filters/s)\n",
	       ours / bare, stacks / bare, filters / bare);
	bench_kinds();
	fflush(stdout);
	return r->error;
}
