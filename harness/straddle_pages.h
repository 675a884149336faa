/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page-straddling probe in user space: src/straddle.h has the idea.
 *
 * Page 2 has no access rights. A run that touches it gets SIGSEGV, and is over:
 * what it would return comes from a second run over ordinary memory.
 */
#ifndef BITPROOF_STRADDLE_PAGES_H
#define BITPROOF_STRADDLE_PAGES_H

#include "straddle.h"

/* How the probe can be wrong: to show that the self-check sees it. */
enum straddle_defect {
	STRADDLE_SOUND,
	STRADDLE_NOT_PROTECTED, /* page 2 can be read */
	STRADDLE_WRONG_PAGE,    /* what has no rights is the page after */
	STRADDLE_NOT_NOTED,     /* the fault is taken, and not told */
	STRADDLE_NOT_CLEARED,   /* told of one run, it is told of the next */
	STRADDLE_DEFECTS,
};

/*
 * straddle_open - map the pages and take SIGSEGV
 *
 * Again with another defect, or none: then the pages are those. One probe for
 * a process; it is inherited by a fork. Returns 0 or a negative errno.
 */
int straddle_open(enum straddle_defect defect);
void straddle_close(void);

/* See straddle_probe_fn. */
bool straddle_probe(straddle_exec exec, const void *context,
		    const struct sd *sd, u32 *ret);

const char *straddle_defect_name(enum straddle_defect defect);

#endif
