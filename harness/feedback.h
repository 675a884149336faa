/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a fuzzer sees of a run: the edges of the subject that it took, and the
 * coverage of the interpreted filters. The same for libFuzzer and AFL++.
 */
#ifndef BITPROOF_FEEDBACK_H
#define BITPROOF_FEEDBACK_H

#include "coverage.h"

/* Once, before the first run. */
void feedback_init(void);

/* Counters for the next run, all zero. */
struct coverage *feedback_begin(void);

/* After it: hand over what was counted. */
void feedback_end(void);

#endif
