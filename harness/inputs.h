/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inputs from files, for the kernel that runs here.
 */
#ifndef BITPROOF_INPUTS_H
#define BITPROOF_INPUTS_H

#include "plan.h"

/* One input, in the form that survives the death of who worked on it. */
struct raw {
	int size;
	u8 data[INPUT_MAX_SIZE];
};

struct inputs {
	u32 n;
	struct raw *raw;
	struct named *named; /* of a case; of others none */
	char **path;
	u64 others; /* that were for other platforms */
	u64 none;   /* bytes that are no input, which --guided passes over */
};

extern struct inputs inputs;

/*
 * inputs_load - a file, or all in a directory
 *
 * Returns 0, or a status after one line on standard error.
 */
int inputs_load(const char *path);

#endif
