/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast stacks are compared with the running kernel, and what of that is the
 * kernel's own: the same stacks, planned beforehand, are attached, have their
 * bits copied, and make their calls, and nothing is compared. Both in turns, so
 * that a machine that others use too shows the same to both.
 */
#ifndef BITPROOF_BENCH_KERNEL_H
#define BITPROOF_BENCH_KERNEL_H

#include "versus.h"

/*
 * bench_kernel - measure, and print a line for each result
 * @make: the stack with this number
 *
 * Returns true if something was found or could not be run: then @r tells.
 */
bool bench_kernel(const struct kernel *k, const struct circumstances *how,
		  void (*make)(u64 i, struct input *to),
		  struct versus_tally *t, struct versus_result *r,
		  struct versus_scratch *s);

#endif
