/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inputs that the code under test dies of, or does not come back from: each try
 * is made by a process of its own.
 */
#ifndef BITPROOF_CRASH_H
#define BITPROOF_CRASH_H

#include <sys/types.h>

#include "finding.h"
#include "watch.h"

/* Seconds in one call of the subject's after which it hangs: it takes some ms. */
#define CRASH_HANG 10
/* The same in milliseconds of processor time, for one whole comparison. */
#define CRASH_MSECS 2000

/* End this process, as one that hangs, when it has used so much of a processor. */
void crash_deadline(u32 msecs);

/*
 * crash_seen - has the process that ended like this died in the subject's code?
 * @w: what it was watched by
 * @status: of waitpid(2); that of a hang is SIGKILL, or of crash_deadline()
 * @f: becomes the finding
 */
bool crash_seen(const struct watch *w, int status, struct finding *f);

/* As finding_shrink(), of what crash_seen() left. @w: shared memory */
void crash_shrink(struct found *found, struct harness *h,
		  const struct subject *sub, struct watch *w);

#endif
