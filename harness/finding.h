/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a failed comparison to something that a person can act on: saved,
 * shrunk, explained, with the line that reruns it.
 */
#ifndef BITPROOF_FINDING_H
#define BITPROOF_FINDING_H

#include <stdio.h>

#include "compare.h"
#include "folder.h"

/* compare(), or another that has its arguments. */
typedef void (*compare_fn)(const struct subject *sub, const struct input *in,
			   struct comparison *c, struct tally *t,
			   struct compare_scratch *s);

/* Tries of shrinking, if nothing else is said. */
#define FINDING_TRIES 20000

/* One harness's working memory: large, so allocate it once. */
struct harness {
	compare_fn compare; /* what findings come from, and are shrunk by */
	u32 shrink_tries;
	struct compare_scratch scratch;
	struct comparison comparison;
	struct tally tally[INPUT_PLATFORMS];
	struct input in;
	struct input candidate; /* of the shrinker */
};

/* Zeroed but for compare() and FINDING_TRIES, as aligned as it must be; NULL: no memory. */
struct harness *harness_new(void);

/* Print the stack, the call and both verdicts. @subject: its name. */
void finding_print(FILE *out, const char *subject,
		   const struct platform *platform, const struct input *in,
		   const struct finding *f);

/* A line that names the kernel, and how large its bitmaps are. */
void finding_print_kernel(FILE *out, const char *kernel,
			  const struct machine *m);

/* One finding, from when it is met to when it is told. */
struct found {
	struct finding f;
	u32 cause; /* src/cause.h; since it was made small */
	struct folder folder;
};

/*
 * finding_begin - begin its folder, with the input as it was found
 * @dir: where findings go
 * @of: "kernel-" of a running kernel, else ""
 *
 * Its name is as UNSOUND-bitmap-kernel-x86_64-0e41e89c; the number is one for the
 * input.
 */
void finding_begin(struct found *found, const char *dir, const char *of,
		   const struct finding *f, const struct input *in);

/* Make h->in small; found->f becomes what that shows. */
void finding_shrink(struct found *found, struct harness *h,
		    const struct subject *sub);

/*
 * finding_tell - fill its folder, and print it
 * @rerun: the command line that a path is appended to
 *
 * What could not be saved is printed all the same.
 */
void finding_tell(struct found *found, const struct harness *h,
		  const struct subject *sub, const char *rerun, FILE *out);

/*
 * finding_put - the same with a text that is there already
 * @kernel: name of what it was found in
 * @text: what finding_print() has, and more that only the caller knows
 */
void finding_put(struct found *found, const char *kernel,
		 const struct input *in, const char *text, const char *rerun,
		 FILE *out);

#endif
