/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test Anything Protocol, for tests that are one C program each. Read by prove
 * and by the kernel's own tools.
 */
#ifndef BITPROOF_TAP_H
#define BITPROOF_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int tap_count, tap_failed;

/* A line of diagnosis; print it before the result that it explains. */
__attribute__((format(printf, 1, 2), unused)) static void diag(const char *fmt,
								...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* One result, named by a format; returns @good. */
__attribute__((format(printf, 2, 3), unused)) static bool ok(bool good,
							      const char *fmt,
							      ...)
{
	va_list ap;

	if (!good)
		tap_failed++;
	printf("%sok %u - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	return good;
}

/* The plan, and the exit status: no result at all is a failure. */
__attribute__((unused)) static int tap_done(void)
{
	printf("1..%u\n", tap_count);
	return tap_failed || !tap_count;
}

#endif
