/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time for benchmarks: of this process, so that others count less.
 */
#ifndef BITPROOF_CLOCK_H
#define BITPROOF_CLOCK_H

#include <stdlib.h>
#include <time.h>

/* Nanoseconds of processor time. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @v. */
static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

#endif
