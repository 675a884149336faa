/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Containment: on a host, the process that runs tasks can do little harm even
 * if the kernel allows a call that the filters deny.
 */
#ifndef BITPROOF_CONTAIN_H
#define BITPROOF_CONTAIN_H

#include <sys/types.h>

#include "types.h"

enum contained {
	CONTAINED_PID = 1,    /* PID namespace: sees no other process */
	CONTAINED_OTHERS = 2, /* mount, network, IPC, UTS namespaces */
	CONTAINED_ROOT = 4,   /* root directory is empty */
	CONTAINED_CAPS = 8,   /* no capability but perhaps CAP_SYS_ADMIN */
};

/*
 * contain_fork - fork into as many new namespaces as can be had
 * @how: becomes CONTAINED_* of what was
 */
pid_t contain_fork(u32 *how);

/*
 * contain_self - the rest of it, in the child
 * @keep_admin: keep CAP_SYS_ADMIN, if we have it outside of the namespaces
 * @proc: becomes a descriptor of /proc that shows our own PIDs, or -1
 */
void contain_self(bool keep_admin, u32 *how, int *proc);

#endif
