/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every program that has options and a time limit needs.
 */
#ifndef BITPROOF_CLI_H
#define BITPROOF_CLI_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "types.h"

/* A number as in C, and not negative. False if @s is anything else. */
static inline bool parse_u64(const char *s, u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(s, &end, 0);
	return *s >= '0' && *s <= '9' && !*end && !errno;
}

/* Seconds on a clock that never jumps. */
static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

#endif
