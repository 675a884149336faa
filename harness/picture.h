/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of each number of a stack's bitmaps, and why.
 */
#ifndef BITPROOF_PICTURE_H
#define BITPROOF_PICTURE_H

#include <stdio.h>

#include "finding.h"

/*
 * picture_write - one line for each letter, then one for each bitmap:
 *
 *	bitproof-cell letter=C means=TEXT
 *	bitproof-picture kernel=NAME platform=NAME abi=NAME nrs=N cells=LETTERS
 *
 * @h: h->in is the stack; what is compared on the way becomes h->comparison
 */
void picture_write(FILE *out, struct harness *h, const struct subject *sub);

#endif
