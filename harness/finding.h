/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a failed comparison to something that a person can act on: saved,
 * shrunk, explained, with the line that reruns it.
 */
#ifndef BITPROOF_FINDING_H
#define BITPROOF_FINDING_H

#include <stdio.h>

#include "compare.h"

/* compare(), or another that has its arguments. */
typedef void (*compare_fn)(const struct subject *sub, const struct input *in,
			   struct comparison *c, struct tally *t,
			   struct compare_scratch *s);

/* One harness's working memory: large, so allocate it once. */
struct harness {
	compare_fn compare; /* what findings come from, and are shrunk by */
	struct compare_scratch scratch;
	struct comparison comparison;
	struct tally tally;
	struct input in;
	struct input candidate; /* of the shrinker */
};

/* Zeroed but for compare(), as aligned as it must be; NULL: no memory. */
struct harness *harness_new(void);

/*
 * finding_save - write @in as DIR/NAME.raw and DIR/NAME.bpf, both synced
 * @name: a file name without its ending
 *
 * Returns 0 or a negative errno, after one line on standard error.
 */
int finding_save(const char *dir, const char *name, const struct input *in);

/* Print the stack, the call and both verdicts. @subject: its name. */
void finding_print(FILE *out, const char *subject,
		   const struct platform *platform, const struct input *in,
		   const struct finding *f);

/* Print where it was saved, and the line that reruns it, or that it was not. */
void finding_print_saved(FILE *out, int error, const char *rerun,
			 const char *dir, const char *name);

/*
 * finding_report - save, shrink, save again and print a finding
 * @h: h->in shows it, h->comparison holds it; both become the shrunk ones
 * @dir: where findings go, created if missing
 * @rerun: the command line that a path is appended to
 *
 * Returns 0 or a negative errno if something could not be saved: it is printed
 * all the same.
 */
int finding_report(struct harness *h, const struct subject *sub,
		   const char *dir, const char *rerun, FILE *out);

#endif
