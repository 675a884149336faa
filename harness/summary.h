/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What emu_vs_kernel says: the finding, what was compared, how far it is.
 */
#ifndef BITPROOF_SUMMARY_H
#define BITPROOF_SUMMARY_H

#include "board.h"

extern const char *summary_self; /* how we are called */

/* Tell the finding that is on the board, and take it off. */
void summary_finding(void);

/* All that was compared, and what was not. Returns the final status. */
enum status summary_end(enum status status, double seconds);

/* How far it is: on a terminal, or as a line of a guest's results. */
void summary_progress(double seconds);

#endif
