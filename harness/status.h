/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program that compares ends with, and how it says what went wrong.
 */
#ifndef BITPROOF_STATUS_H
#define BITPROOF_STATUS_H

enum status {
	HOLDS,
	FINDING,
	COULD_NOT_RUN,
};

/* The last line of a summary. */
static inline const char *status_text(enum status status)
{
	switch (status) {
	case HOLDS:
		return "holds";
	case FINDING:
		return "FAILS";
	default:
		return "could not run or decide";
	}
}

/* Each program's own: one line on standard error. Returns COULD_NOT_RUN. */
__attribute__((format(printf, 1, 2))) int fail(const char *fmt, ...);

#endif
