/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program does that is process 1 of a guest, before and after its work.
 */
#ifndef BITPROOF_GUEST_INIT_H
#define BITPROOF_GUEST_INIT_H

#include "types.h"

/*
 * Mount what is needed, quieten the kernel, raise limits. Standard output and
 * error become /dev/vport0p1; without one, lines on the console after a mark.
 */
void guest_init(void);

/* Sync and reboot, which ends a QEMU with -no-reboot; does not return. */
void guest_exit(void);

#endif
