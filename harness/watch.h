/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subject under watch: after a process has died, or while it hangs, others can
 * tell whether it is in the code under test, and in which part of it.
 */
#ifndef BITPROOF_WATCH_H
#define BITPROOF_WATCH_H

#include "compare.h"

/* Shared between the process that compares and the one that looks after it. */
struct watch {
	u32 inside; /* is it in the subject's code now? */
	enum finding_where where;
	u64 entries; /* so often it went there */
	struct input
		in; /* what it compares; filled in by whoever asks for it */
};

/*
 * watch_subject - the same subject, that tells @w where it is
 *
 * One at a time: the subject of the last call is the valid one.
 */
const struct subject *watch_subject(const struct subject *sub, struct watch *w);

#endif
