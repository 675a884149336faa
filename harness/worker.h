/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that runs tasks and compares.
 */
#ifndef BITPROOF_WORKER_H
#define BITPROOF_WORKER_H

#include "board.h"

/*
 * worker_run - go on from where the board says, to the end or to a finding
 * @proc: descriptor of /proc, or -1
 * @start: when all began
 * @careful: a worker died of the first input
 */
enum status worker_run(int proc, double start, bool careful);

#endif
