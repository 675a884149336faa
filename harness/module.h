/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's side of kernel/module: calls under test that are allowed do not
 * act, and the bits of a filter are copied into our memory as it is attached.
 */
#ifndef BITPROOF_MODULE_USE_H
#define BITPROOF_MODULE_USE_H

#include <stddef.h>

#include "bits.h"

#define MODULE_FILE "/bitproof.ko" /* in a guest */

/*
 * module_load - put it into this kernel
 * @path: of the .ko
 * @why: what is missing, in words, if there is none
 *
 * Returns 0 or an errno. Only for guests: it can't be taken out again.
 */
int module_load(const char *path, char *why, size_t size);

/*
 * module_use - tell it which calls those of this process and its children are,
 * and see that they are not executed
 *
 * After callable_probe(), once. Does nothing if none was loaded. Returns 0 or
 * an errno; EBADE: a call acted that should not, or the reverse.
 */
int module_use(char *why, size_t size);

/* Are calls by the first half of entries[] kept from acting? */
bool module_neuters(void);

/* Call this in a task before it attaches filters. */
void module_forget_bits(void);

/*
 * module_bits - what the bits of the newest filter were when a task had @filters
 * @compat: a task of the runner
 *
 * Returns 0, or a negative errno: -ENODATA if nothing was copied.
 */
int module_bits(u32 filters, bool compat, struct bits *b);

#endif
