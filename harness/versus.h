/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One stack, the running kernel against the reference: what it attaches, what
 * is in the bitmap, and what calls come to, with the bitmap and without.
 */
#ifndef BITPROOF_VERSUS_H
#define BITPROOF_VERSUS_H

#include "bits.h"
#include "callable.h"
#include "compare.h"
#include "outcome.h"
#include "plan.h"
#include "scenario.h"

/* Of so many stacks one is attached by a compat task: a seed's first decision. */
#define COMPAT_EVERY 4

/* Which way a call went in, and what its number was. */
enum path {
	PATH_NATIVE,
	PATH_INT80,
	PATH_X32,
	PATH_COMPAT,   /* from a compat program */
	PATH_VSYSCALL, /* from it, by way of the vdso */
	PATH_MINUS_ONE,
	PATH_BEYOND, /* the end of the native table */
	PATHS,
};

/* The running kernel. */
struct kernel {
	char name[96];
	struct machine machine;
	bool has_bits; /* seccomp_cache can be read */
	bool may;      /* attach without no_new_privs */
	bool compat_may;
	bool x32;      /* x32 numbers are more than unknown ones */
	bool traces;   /* ptrace(2) works */
	bool path[PATHS]; /* this machine has it */
	bool wide_shifts; /* see shifts.h */
	int proc;      /* -1: none */
	/* Why a scenario can't be run; NULL: it can. */
	const char *cannot[SCENARIOS];
};

/* How tasks run at the time. */
struct circumstances {
	bool careful;	   /* tasks with memory of their own */
	bool unprivileged; /* tasks drop all capabilities */
	bool blinded;	   /* a JIT hides constants from them */
	int scenario;	   /* for each stack; -1: some, for some stacks */
	const struct named *named; /* calls to be made, or NULL */
	int base; /* entry of the task's kind; -1: as the stack's seed has it */
};

struct versus_tally {
	u64 stacks;
	u64 filters;
	u64 refused;
	u64 doors;
	u64 cut;
	u64 twins;
	u64 compat;	/* of stacks: attached by a compat task */
	u64 deepest;    /* stacks of as many filters as there may be */
	u64 privileged; /* stacks attached without no_new_privs */
	u64 counted;	/* of stacks: number of filters read back */
	u64 bits;
	u64 ones;      /* of these: served */
	u64 texts;     /* stacks whose bits were read as text */
	u64 raws;      /* filters whose bits a module copied */
	u64 calls;
	u64 by_verdict[VERDICTS];
	u64 unknown;   /* of KILL_PROCESS: actions that the kernel does not know */
	u64 clamped;   /* of ERRNO: data above 4095 */
	u64 by_path[PATHS];
	u64 shifts;    /* calls with another verdict by wide shifts */
	u64 from_cache; /* calls that the model says are served */
	u64 neutered;	/* calls that were allowed, and kept from acting */
	u64 named;      /* calls that cases name */
	u64 unnamed;    /* and those that could not be made, or may not */
	u64 in_scenario[SCENARIOS]; /* stacks */
	u64 events[SCENARIO_EVENTS];
	u64 retried;   /* differences that did not show again */
	u64 uncopied;  /* stacks run again: the module had copied no bits */
	u64 by_class[FINDING_CLASSES];
};

/* Where a call differed. */
struct versus_call {
	struct call call;
	struct outcome expected, seen;
	const char *way; /* NULL: plainly */
};

struct versus_result {
	struct comparison c;
	s64 attach_expected, attach_seen; /* that of the finding at AT_ATTACH */
	bool has_call;
	struct versus_call call; /* that of the finding at AT_RUN */
	u64 named;               /* as that of the plan */
	int error;		 /* a task could not be run: errno */
};

struct versus_scratch {
	struct compare_scratch compare; /* must start as zero */
	struct plan plan, twin_plan, scenario_plan;
	struct cache model[STACK_MAX_FILTERS]; /* of the stack up to there */
	struct input twin, scenario, bits;
};

/* What this kernel is; tasks can be run. Returns 0 or an errno. */
int kernel_probe(struct kernel *k, int proc, const char *release,
		 struct versus_scratch *s);

/*
 * kernel_refuses - is it so that who has neither privilege nor no_new_privs
 * can't attach a filter?
 *
 * Returns -EACCES, as it should be; 0: it could; else what went wrong.
 */
int kernel_refuses(const struct kernel *k, struct versus_scratch *s);

/*
 * versus - hold the kernel against the reference with one stack
 * @in: gets doors, see plan_attach()
 */
void versus(const struct kernel *k, struct input *in,
	    const struct circumstances *how, struct versus_result *r,
	    struct versus_tally *t, struct versus_scratch *s);

const char *path_name(enum path path);

/* ---- parts of it, for scenarios -------------------------------------------- */

struct context {
	const struct kernel *k;
	const struct circumstances *how;
	struct versus_result *r;
	struct versus_tally *t;
	struct versus_scratch *s;
	u32 seed;
	bool privileged;
	/* What was seen at the stop. */
	bool want_count;
	int filters;
	int bits_error;
	struct bits bits;
};

/* A task for @p, to which a scenario adds what it needs. */
struct task *versus_task(struct context *x, const struct plan *p,
			 const struct input *in, u32 kill);

/* Were the filters attached as planned? */
bool versus_attached(struct context *x, const struct plan *p,
		     const struct task *t);

/* Hold @bits against what @s should have. */
void versus_bits(struct context *x, const struct stack *s,
		 const struct bits *bits);

/* Something of one call differs. */
void versus_differs(struct context *x, const struct versus_call *v, u32 ret,
		    s64 executed);

/* Compare one call, and count it if there is no difference. */
bool versus_call(struct context *x, const struct versus_call *v, u32 ret,
		 s64 executed);

/* Compare all calls of a task for whose verdicts a scenario changes nothing. */
void versus_calls(struct context *x, const struct plan *p, const struct task *t,
		  const char *way);

#endif
