/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KCOV: which code of the kernel the tasks under test run. What is instrumented
 * is the kernel's configuration (kernel/kcov.config).
 */
#ifndef BITPROOF_KCOV_H
#define BITPROOF_KCOV_H

#include "types.h"

/* Room for so many blocks that are run, each as often as it is: 32 MiB. */
#define KCOV_WORDS (4u << 20)

/*
 * kcov_open - before any task, in the process whose children run them
 *
 * For guests: mounts debugfs. Returns 0 or an errno; ENOENT or ENODEV: this kernel has
 * no KCOV.
 */
int kcov_open(void);

/* What a task has to have to be looked at; -1: KCOV is not open. */
int kcov_file(void);

/*
 * In a task: it is looked at from here on, or gives up. One at a time can be.
 * Nothing if KCOV is not open.
 */
void kcov_task(void);

/* Forget what tasks have run. */
void kcov_clear(void);

/*
 * kcov_ran - what they have run since: blocks' addresses, in order
 *
 * Returns how many; KCOV_WORDS - 1 if there was no room for more.
 */
u32 kcov_ran(const u64 **blocks);

#endif
