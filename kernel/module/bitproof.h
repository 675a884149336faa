/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module and who uses it agree on.
 *
 * /proc/bitproof takes one command a write, with numbers as 0x...:
 *
 *	neuter FROM TO			calls made from [FROM, TO) that seccomp
 *					allows are not executed: they return
 *					BITPROOF_NEUTERED
 *	attach FROM TO BUFFER SLOTS	after a call made from there that did not
 *					fail, in a task with N filters, slot N - 1
 *					of BUFFER, in that task's memory, becomes
 *					the newest filter's bits. The page must
 *					be there: the probe can't fault it in.
 *
 * A call is made from where the kernel returns to. Ranges of one kind may not
 * overlap those of the other. Reading tells what was done: "neutered N",
 * "copied N", "failed N".
 */
#ifndef BITPROOF_MODULE_H
#define BITPROOF_MODULE_H

#include <linux/types.h>

/*
 * No number of a call, no errno, no pid; positive in 32 bits, so that it is the
 * same in every ABI.
 */
#define BITPROOF_NEUTERED 0x62697470

#define BITPROOF_TABLE_BITS 512

struct bitproof_bits {
	__u32 filters; /* of the task; zero it before */
	__u32 nrs[2];  /* table sizes: native, compat; 0: no such table */
	__u32 size;    /* of this struct */
	__u64 allow[2][BITPROOF_TABLE_BITS / 64];
};

#endif
