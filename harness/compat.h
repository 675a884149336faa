/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks of the compat ABI. The runner, a small 32-bit program that is embedded
 * in this one, makes them; see compat/runner.c. Where the kernel does not
 * execute it there are no such tasks, and compat_error() says why.
 */
#ifndef BITPROOF_COMPAT_H
#define BITPROOF_COMPAT_H

#include <sys/types.h>

#include "task.h"

/* Create what must be there before containment. */
void compat_create(void);

/*
 * compat_setup - start the runner: once in each process that runs tasks
 *
 * It ends with that process.
 */
void compat_setup(void);

/* NULL, or why there are no compat tasks. */
const char *compat_error(void);

/* Does a task of the runner have CAP_SYS_ADMIN? */
bool compat_admin(void);

/* Where a call of the runner returns to; 0: it has no such entry. */
u64 compat_ip(u32 runner_entry);

/*
 * compat_range - the code that calls return to
 * @acting: of RUNNER_ACTING, else of RUNNER_PLAIN
 */
void compat_range(bool acting, u64 *from, u64 *to);

/* What a module has copied of a compat task's bits, and where that is in it. */
const void *compat_bits(u64 *address);

/* Where a compat task's struct sock_fprog number @i will be. */
u64 compat_prog(u32 i);

/*
 * compat_start - let the runner make a task
 *
 * The task is a child of ours, as is the runner, whose end is the answer if it
 * can't. Returns 0 or EOWNERDEAD.
 */
int compat_start(const struct task *t);

/* The task's PID, from when it is waited for successfully; 0 before. */
pid_t compat_pid(void);
bool compat_is_runner(pid_t pid);

/* What it saw, as a native task would have written it. */
void compat_collect(struct task *t);

#endif
