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
	bool has_bits;    /* seccomp_cache can be read */
	bool may;         /* attach without no_new_privs */
	bool compat_may;
	bool x32;         /* x32 numbers are more than unknown ones */
	bool path[PATHS]; /* this machine has it */
	bool wide_shifts; /* see shifts.h */
	int proc;         /* -1: none */
};

struct versus_tally {
	u64 stacks;
	u64 filters;
	u64 refused;
	u64 doors;
	u64 cut;
	u64 twins;
	u64 compat;     /* of stacks: attached by a compat task */
	u64 privileged; /* stacks attached without no_new_privs */
	u64 counted;    /* of stacks: number of filters read back */
	u64 bits;
	u64 ones;  /* of these: served */
	u64 texts; /* stacks whose bits were read as text */
	u64 raws;  /* filters whose bits a module copied */
	u64 calls;
	u64 by_verdict[VERDICTS];
	u64 unknown; /* of KILL_PROCESS: actions that the kernel does not know */
	u64 clamped; /* of ERRNO: data above 4095 */
	u64 by_path[PATHS];
	u64 shifts;    /* calls with another verdict by wide shifts */
	u64 from_cache; /* calls that the model says are served */
	u64 neutered;   /* calls that were allowed, and kept from acting */
	u64 retried;    /* differences that did not show again */
	u64 by_class[FINDING_CLASSES];
};

/* Where a call differed. */
struct versus_call {
	struct call call;
	struct outcome expected, seen;
	bool twin;
};

struct versus_result {
	struct comparison c;
	bool has_call;
	struct versus_call call; /* that of the finding at AT_RUN */
	int error;               /* a task could not be run: errno */
};

struct versus_scratch {
	struct compare_scratch compare; /* must start as zero */
	struct plan plan, twin_plan;
	struct cache model[STACK_MAX_FILTERS]; /* of the stack up to there */
	struct input twin;
};

/* What this kernel is; tasks can be run. Returns 0 or an errno. */
int kernel_probe(struct kernel *k, int proc, const char *release,
		 struct versus_scratch *s);

/*
 * versus - hold the kernel against the reference with one stack
 * @in: gets doors, see plan_attach()
 * @careful: tasks with memory of their own
 */
void versus(const struct kernel *k, struct input *in, bool careful,
	    struct versus_result *r, struct versus_tally *t,
	    struct versus_scratch *s);

const char *path_name(enum path path);

#endif
