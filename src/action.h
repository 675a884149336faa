/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a filter's 32-bit return value means, and which of two wins.
 */
#ifndef BITPROOF_ACTION_H
#define BITPROOF_ACTION_H

#include <linux/seccomp.h>

#include "types.h"

/*
 * Order of actions: the lower one wins. The kernel compares the masked action
 * as a signed number, which puts KILL_PROCESS (0x80000000) below all others.
 * kernel/seccomp.c: ACTION_ONLY().
 */
static inline s32 action_order(u32 ret)
{
	return (s32)(ret & SECCOMP_RET_ACTION_FULL);
}

enum verdict {
	VERDICT_KILL_PROCESS,
	VERDICT_KILL_THREAD,
	VERDICT_TRAP,
	VERDICT_ERRNO,
	VERDICT_USER_NOTIF,
	VERDICT_TRACE,
	VERDICT_LOG,
	VERDICT_ALLOW,
	VERDICTS,
};

/*
 * What the kernel does for the return value @ret of a stack. An action that it
 * does not know kills the process. kernel/seccomp.c: __seccomp_filter().
 */
enum verdict action_verdict(u32 ret);

/*
 * The errno that an ERRNO verdict gives, 0 to 4095: larger data is clamped to
 * MAX_ERRNO. 0 skips the call and returns 0. kernel/seccomp.c:
 * __seccomp_filter().
 */
u32 action_errno(u32 ret);

/* "ALLOW", "ERRNO", ... : the kernel's name without SECCOMP_RET_. */
const char *verdict_name(enum verdict verdict);

#endif
