/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A finding as a C program of its own: it attaches the stack, makes the call,
 * and says in TAP whether the kernel that it runs on has the bug.
 */
#ifndef BITPROOF_REPRODUCER_H
#define BITPROOF_REPRODUCER_H

#include <stdio.h>

#include "compare.h"

/*
 * reproducer_write - the program that shows @f, from one cc command
 * @subject: name of what @f was found in
 *
 * Its status is 0 for a kernel without the bug, 1 with it, 2 if it could not
 * tell. What a call can't show, as a lost bit, is not its matter: -EOPNOTSUPP.
 */
int reproducer_write(FILE *out, const char *subject,
		     const struct platform *platform, const struct input *in,
		     const struct finding *f);

#endif
