/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subject: the code under test, behind one interface. The kernel's functions
 * taken from a tree are one for each platform (kernel.c); our own emulator at
 * some level is another (self.c).
 *
 * A subject keeps its stack in static memory: one stack at a time.
 */
#ifndef BITPROOF_SUBJECT_H
#define BITPROOF_SUBJECT_H

#include "machine.h"
#include "filter.h"

struct subject {
	const char *name;    /* "linux-6.12.117" or "self-full" */
	struct machine machine;

	/* Forget all filters and free what they hold. */
	void (*reset)(void);

	/*
	 * Attach one more filter: the checks, the conversion and the
	 * preparation of the bitmap. Returns 0 or a negative errno, which
	 * leaves the stack as it was.
	 */
	int (*attach)(const struct filter *f);

	/*
	 * The numbers below NR_MAX that a lookup answers from the bitmap of
	 * the whole stack, for a call with this seccomp_data.arch.
	 */
	void (*served)(u32 arch, struct nrset *out);

	/* Is this one call answered from the bitmap? */
	bool (*lookup)(const struct sd *sd);

	/*
	 * The return value for a call, as the entry path gets it: bitmap
	 * first, then the filters. @match as in struct stack_run. NULL if the
	 * subject executes nothing here: then only its bits are compared.
	 */
	u32 (*run)(const struct sd *sd, s32 *match);

	/*
	 * Execute one attached filter, 0 being the oldest. @sd is read where
	 * it lies, and only the words that the filter loads.
	 */
	u32 (*exec)(u32 filter, const struct sd *sd);

	/* WARN_ON()s that it has run into so far; NULL if they are not seen. */
	u64 (*warnings)(void);
};

#endif
