// SPDX-License-Identifier: GPL-2.0-only
/*
 * straddle_native - the page-straddling probe over filters as code of the C compiler
 *
 *	straddle_native [--stacks N] [--seed N] [--findings DIR] [FILE|DIR ...]
 *
 * The third executor, beside the interpreters that emu_vs_interp --straddle has:
 * what filters return as machine code, and what that accesses, against the
 * reference, with the bitmaps of the kernel's functions. The files (case text if
 * named *.bpf, else the raw form of src/input.h) come first, then N generated
 * stacks. It stops at the first finding, whose folder is in DIR
 * (default findings-new), see harness/folder.h.
 *
 * The compiler is $CC, or cc; more for it may follow its name there.
 *
 * Exit status: 0 no difference, 1 a finding, 2 it could not run, could not decide,
 * or compared nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "casefile.h"
#include "checker.h"
#include "cli.h"
#include "finding.h"
#include "generate.h"
#include "infile.h"
#include "native.h"
#include "status.h"
#include "straddle_compare.h"
#include "straddle_pages.h"
#include "subjects.h"

#define BATCH 64 /* stacks that are compiled together */

static struct options {
	u64 stacks, seed;
	const char *findings;
} opt = { .seed = 1, .findings = "findings-new" };

static struct harness *h;
static struct input in[BATCH];
static u32 inputs;
static u64 files;
static char rerun[4096];

/* The kernel's functions, but for what executes filters. */
static const struct subject *kernel;
static struct subject compiled;
static native_fn code[BATCH * STACK_MAX_FILTERS];
static const native_fn *offered; /* of the next filter that is accepted */
static native_fn attached[STACK_MAX_FILTERS];
static u32 depth;

int fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, fmt);
	fputs("straddle_native: ", stderr);
	vfprintf(stderr, fmt, args);
	fputs("\n", stderr);
	va_end(args);
	return COULD_NOT_RUN;
}

/* ---- the subject --------------------------------------------------------- */

static void compiled_reset(void)
{
	kernel->reset();
	depth = 0;
}

static int compiled_attach(const struct filter *f)
{
	int error = kernel->attach(f);
	const native_fn *fn = filter_check(f) ? NULL : offered++;

	if (!error && fn)
		attached[depth++] = *fn;
	return error;
}

static u32 compiled_exec(u32 filter, const struct sd *sd)
{
	return attached[filter](sd);
}

static const struct subject *subject_on(u32 platform)
{
	static char name[128];

	kernel = platform == 0   ? kernel_subject_x86_64()
		 : platform == 1 ? kernel_subject_arm64()
				 : kernel_subject_s390x();
	snprintf(name, sizeof(name), "%s, compiled filters", kernel->name);
	compiled = *kernel;
	compiled.name = name;
	compiled.reset = compiled_reset;
	compiled.attach = compiled_attach;
	compiled.exec = compiled_exec;
	return &compiled;
}

/* ---- comparing ----------------------------------------------------------- */

/* All filters of @n inputs that are accepted, in their order. */
static bool compile(const struct input *inputs, u32 n)
{
	static struct filter filters[BATCH * STACK_MAX_FILTERS];
	u32 i, j, len = 0;

	for (i = 0; i < n; i++) {
		const struct stack *s = &inputs[i].stack;

		for (j = 0; j < s->depth; j++) {
			if (!filter_check(&s->filter[j]))
				filters[len++] = s->filter[j];
		}
	}
	offered = code;
	return !len || !native_compile(filters, len, code);
}

/* One input, as the shrinker has it. */
static void compare_one(const struct subject *sub, const struct input *in,
			struct comparison *c, struct tally *t,
			struct compare_scratch *s)
{
	*c = (struct comparison){ 0 };
	if (compile(in, 1))
		straddle_compare(sub, in, c, t, s);
}

static enum status tell(const struct subject *sub, const struct input *in,
			const struct finding *f)
{
	struct found found;

	input_copy(&h->in, in);
	finding_begin(&found, opt.findings, "", f, &h->in);
	finding_shrink(&found, h, sub);
	finding_tell(&found, h, sub, rerun, stdout);
	return FINDING;
}

/* Compare all that waits. */
static enum status compare_batch(void)
{
	u32 i, n = inputs;

	inputs = 0;
	if (!compile(in, n))
		return fail("no code of filters from '%s'",
			    getenv("CC") ?: "cc");
	for (i = 0; i < n; i++) {
		const struct subject *sub = subject_on(in[i].platform);
		const struct finding *f;

		straddle_compare(sub, &in[i], &h->comparison,
				 &h->tally[in[i].platform], &h->scratch);
		f = comparison_failure(&h->comparison);
		if (f)
			return tell(sub, &in[i], f);
	}
	return HOLDS;
}

/* @from may be at in[inputs] already. */
static enum status add(const struct input *from)
{
	if (from != &in[inputs])
		input_copy(&in[inputs], from);
	return ++inputs == BATCH ? compare_batch() : HOLDS;
}

/* ---- where inputs come from ---------------------------------------------- */

static enum status add_case(const char *path)
{
	enum status status = HOLDS;
	struct casefile c;
	char why[512];
	u32 i;

	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	for (i = 0; i < INPUT_PLATFORMS && status == HOLDS; i++) {
		if (!casefile_wants(&c, &platforms[i]))
			continue;
		c.input->platform = i;
		status = add(c.input);
	}
	casefile_free(&c);
	return status;
}

static enum status add_raw(const char *path)
{
	size_t size = 0;
	int error = infile_raw(path, &in[inputs], &size);

	switch (error) {
	case 0:
		return add(&in[inputs]);
	case -ENODATA:
	case -EBADMSG:
	case -E2BIG:
		return fail("%s: %zu bytes are no input", path, size);
	default:
		return fail("%s: %s", path, strerror(-error));
	}
}

static int add_file(const char *path, void *arg)
{
	files++;
	return infile_is_case(path) ? add_case(path) : add_raw(path);
}

static enum status compare_generated(u64 number)
{
	struct rng r = { opt.seed * 0xd1342543de82ef95ull + number };
	struct input *to = &in[inputs];

	rng_next(&r);
	to->platform = number % INPUT_PLATFORMS;
	generate_input(&r, &subject_on(to->platform)->machine, to);
	to->seed = rng_u32(&r);
	return add(to);
}

/* ---- the rest ------------------------------------------------------------ */

static enum status summary(enum status status)
{
	struct tally sum = { 0 };
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		const struct tally *t = &h->tally[i];

		sum.stacks += t->stacks;
		sum.filters += t->filters;
		sum.refused += t->refused;
		sum.probes += t->probes;
		sum.untouched += t->untouched;
		sum.by_class[UNPROVEN] += t->by_class[UNPROVEN];
	}
	printf("\nsubject     %s\n", subject_on(0)->name);
	printf("replayed    %" PRIu64 " files\n", files);
	printf("filters     %" PRIu64 " offered, %" PRIu64
	       " refused by both sides\n",
	       sum.filters, sum.refused);
	printf("stacks      %" PRIu64 "\n", sum.stacks);
	printf("probes      %" PRIu64 " over straddled data, %" PRIu64
	       " of them without an access of page 2\n",
	       sum.probes, sum.untouched);
	if (status == HOLDS && sum.by_class[UNPROVEN])
		status = fail("%" PRIu64 " served verdicts were neither proven "
			      "nor refuted",
			      sum.by_class[UNPROVEN]);
	if (status == HOLDS && !sum.probes)
		status = fail("nothing was compared");
	printf("%s\n", status_text(status));
	return status;
}

static enum status compare_all(char **path)
{
	enum status status = HOLDS;
	u64 i;

	while (*path && status == HOLDS)
		status = infile_each(*path++, add_file, NULL);
	for (i = 0; i < opt.stacks && status == HOLDS; i++) {
		status = compare_generated(i);
		if (i % BATCH == 0 && isatty(STDERR_FILENO))
			fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " stacks ",
				i, opt.stacks);
	}
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	return status == HOLDS && inputs ? compare_batch() : status;
}

static enum status parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "stacks", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "findings", required_argument, NULL, 'f' },
		{ 0 },
	};
	bool good = true;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			good = parse_u64(optarg, &opt.stacks);
			break;
		case 's':
			good = parse_u64(optarg, &opt.seed);
			break;
		case 'f':
			opt.findings = optarg;
			break;
		default:
			return fail("unknown or incomplete option %s",
				    argv[optind - 1]);
		}
		if (!good)
			return fail("impossible value %s", optarg);
	}
	if (!opt.stacks && !argv[optind])
		return fail("nothing to do: no file, no --stacks");
	return HOLDS;
}

/* A probe that does not see what it must see tells nothing. */
static enum status start_probe(void)
{
	int error = straddle_open(STRADDLE_SOUND);
	const char *why;

	if (error)
		return fail("no straddling pages: %s", strerror(-error));
	why = straddle_self_check(straddle_probe);
	return why ? fail("self-check: %s", why) : HOLDS;
}

int main(int argc, char **argv)
{
	const char *cc = getenv("CC");

	if (parse(argc, argv) || start_probe())
		return COULD_NOT_RUN;
	h = harness_new();
	if (!h)
		return fail("no memory");
	h->compare = compare_one;
	snprintf(rerun, sizeof(rerun), "%s%s%s%s", cc ? "CC='" : "", cc ?: "",
		 cc ? "' " : "", argv[0]);
	return summary(compare_all(argv + optind));
}
