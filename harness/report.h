/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people are shown: stacks as case files and as C, calls in words.
 */
#ifndef BITPROOF_REPORT_H
#define BITPROOF_REPORT_H

#include <stdio.h>

#include "../src/input.h"
#include "../src/machine.h"

/*
 * report_input - a stack as the text of a case file, see casefile.h
 * @what: one line for ";; what", or NULL
 */
void report_input(FILE *out, const struct input *in, const char *what);

/* A stack as C arrays of struct sock_filter, filter0 being the oldest. */
void report_c(FILE *out, const struct stack *s);

/*
 * report_sd - a call in words, one field a line
 * @platform: for the order of words if the arch is not known
 */
void report_sd(FILE *out, const struct platform *platform,
	       const struct sd *sd);

/* A return value without a line end: "ERRNO(1)", "ALLOW". */
void report_return(FILE *out, u32 ret);

/*
 * report_verdict - the line of a case file that expects @ret for this call
 *
 * An arch that has no name becomes an ordinary comment.
 */
void report_verdict(FILE *out, const struct platform *platform,
		    const struct sd *sd, u32 ret);

#endif
