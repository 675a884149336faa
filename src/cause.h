/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which findings are the same bug, seen again?
 */
#ifndef BITPROOF_CAUSE_H
#define BITPROOF_CAUSE_H

#include "compare.h"

/*
 * cause_of - a number for what a shrunk finding looks like
 * @s: its stack, made small
 *
 * The class, the place, and the shape of the stack: opcodes, the words that are
 * loaded, how far jumps go, the kinds of what is returned. Constants, numbers
 * and the platform don't count. Two bugs may look alike, and one bug may have
 * several looks: it is for not telling the same again and again, no more.
 */
u32 cause_of(enum finding_class class, enum finding_where where,
	     const struct stack *s);

#endif
