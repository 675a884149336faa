/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a shift by X of 32 or more comes to on the running kernel. The kernel's
 * interpreter takes five bits of X. Compiled code gives "implementation-defined
 * results in such a case", says ___bpf_prog_run() in kernel/bpf/core.c; that for
 * s390 takes six. See findings/.
 */
#ifndef BITPROOF_SHIFTS_H
#define BITPROOF_SHIFTS_H

#include "input.h"

/*
 * shifts_probe - are filters that are attached now such with wide_shifts?
 * @wide: true only where it is known why: on s390x. Elsewhere, and for any
 *	  other answer, the comparison is to find a difference.
 *
 * Returns 0 or an errno.
 */
int shifts_probe(bool *wide);

/* Tell it to all filters of @in. */
void shifts_set(struct input *in, bool wide);

#endif
