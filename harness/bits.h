/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bitmap of a task as the kernel shows it: /proc/PID/seccomp_cache, with
 * CONFIG_SECCOMP_CACHE_DEBUG.
 */
#ifndef BITPROOF_BITS_H
#define BITPROOF_BITS_H

#include <sys/types.h>

#include "machine.h"

struct bits {
	u32 nrs[2]; /* table sizes: native, compat; 0: it has none */
	struct nrset allow[2];
};

/*
 * bits_parse - from lines "ABI NR ALLOW|FILTER", numbers in order
 *
 * Returns 0 or -EINVAL.
 */
int bits_parse(const struct platform *platform, const char *text, size_t size,
	       struct bits *b);

/*
 * bits_read - of a task with at least one filter
 * @proc: a descriptor of a mounted /proc
 *
 * Returns 0 or a negative errno; -ENOENT: this kernel has no such file.
 */
int bits_read(int proc, const struct platform *platform, pid_t tid,
	      struct bits *b);

/* Filters that a task has, from its status file; negative errno. */
int bits_filters(int proc, pid_t tid);

#endif
