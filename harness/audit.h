/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Audit records of type SECCOMP, as the kernel's audit daemon would get them.
 * Only the initial namespaces' root can: init of a guest.
 */
#ifndef BITPROOF_AUDIT_H
#define BITPROOF_AUDIT_H

#include "outcome.h"

/*
 * audit_open - become the daemon, with no limit on rate or backlog
 *
 * Returns NULL, or why it can't be done.
 */
const char *audit_open(void);

/*
 * audit_set_logged - write kernel/seccomp/actions_logged
 * @logged: bit i: enum verdict i; that of ALLOW is none that can be set
 *
 * Returns 0 or an errno.
 */
int audit_set_logged(u32 logged);

/*
 * audit_read - the records of a process, all that there are up to now
 *
 * Returns how many there were, also if that is more than @max; a negative
 * errno; -ENOBUFS if any record was lost.
 */
int audit_read(u32 pid, struct record *records, u32 max);

#endif
