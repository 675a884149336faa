/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that may be executed with any arguments: numbers that nobody
 * implements, which answer ENOSYS, and a few that only tell who the caller is.
 * With the module of kernel/module all of them, but for those by the paths that
 * always act.
 */
#ifndef BITPROOF_CALLABLE_H
#define BITPROOF_CALLABLE_H

#include "entry.h"
#include "rng.h"
#include "task.h"

#define CALLABLE_ENTRIES 5

/* What is known about the numbers of one entry path. */
struct callable {
	bool works; /* the path does: getpid() answers */
	u32 enosys; /* length of list[] */
	u32 known;  /* rows of the calls that answer as they should */
	u16 list[NR_MAX];
	struct nrset is_enosys;
	s64 same[32];
};

extern struct callable callable[CALLABLE_ENTRIES];

/* Ask the kernel, with a task that has no filter. Returns 0 or an errno. */
int callable_probe(void);

/*
 * callable_value - what does this call return when it is executed?
 * @t: NULL, or the task that makes it
 *
 * Returns false if it must not be executed.
 */
bool callable_value(const struct call *c, const struct task *t, s64 *value);

/* Does the module keep it from acting, whatever it is? */
bool callable_neutered(const struct call *c);

/* A number that may be executed without a module too. */
u32 callable_pick(u32 entry, struct rng *r);

#endif
