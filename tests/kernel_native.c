// SPDX-License-Identifier: GPL-2.0-only
/*
 * The third executor of the page-straddling probe: what filters return as code of
 * the C compiler, and what that accesses, against the reference; and that code which
 * is wrong in a known way is told.
 *
 *	kernel_native [STACKS]
 *
 * STACKS (default 200) are generated; the corpus comes before them.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "casefile.h"
#include "checker.h"
#include "finding.h"
#include "generate.h"
#include "native.h"
#include "straddle_compare.h"
#include "straddle_pages.h"
#include "subjects.h"
#include "tap.h"

#define BATCH 64 /* stacks */

static struct input in[BATCH];
static u32 inputs;
static struct compare_scratch scratch;
static struct tally tally;

/* Of all filters in in[] that are accepted, in their order. */
static struct filter filters[BATCH * STACK_MAX_FILTERS];
static native_fn code[BATCH * STACK_MAX_FILTERS];

/* The kernel's functions, but for what executes filters. */
static const struct subject *kernel;
static struct subject compiled;
static const native_fn *offered; /* of the next filter that is accepted */
static native_fn attached[STACK_MAX_FILTERS];
static u32 depth;

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

static void choose_platform(u32 platform)
{
	kernel = platform == 0   ? kernel_subject_x86_64()
		 : platform == 1 ? kernel_subject_arm64()
				 : kernel_subject_s390x();
	compiled = *kernel;
	compiled.name = "compiled";
	compiled.reset = compiled_reset;
	compiled.attach = compiled_attach;
	compiled.exec = compiled_exec;
}

static u32 collect(void)
{
	u32 i, j, n = 0;

	for (i = 0; i < inputs; i++) {
		for (j = 0; j < in[i].stack.depth; j++) {
			if (!filter_check(&in[i].stack.filter[j]))
				filters[n++] = in[i].stack.filter[j];
		}
	}
	return n;
}

/* Compare all inputs; false and @found if one differs, or they don't compile. */
static bool holds(const char *flags, struct finding *found, u32 *which)
{
	u32 n = collect();
	struct comparison c;

	*found = (struct finding){ .class = FINDING_CLASSES };
	if (!n)
		return true;
	if (native_compile(filters, n, code, flags))
		return false;
	offered = code;
	for (*which = 0; *which < inputs; ++*which) {
		choose_platform(in[*which].platform);
		straddle_compare(&compiled, &in[*which], &c, &tally, &scratch);
		if (comparison_failure(&c)) {
			*found = *comparison_failure(&c);
			return false;
		}
	}
	return true;
}

static bool all_hold(void)
{
	struct finding f;
	u32 which;
	bool good = holds("", &f, &which);

	if (!good && f.class != FINDING_CLASSES)
		finding_print(stdout, compiled.name, compiled.machine.platform,
			      &in[which], &f);
	inputs = 0;
	return good;
}

static void test_corpus(void)
{
	bool good = true;
	glob_t files;
	size_t i;

	if (glob("corpus/*.bpf", 0, NULL, &files) ||
	    glob("corpus/*/*.bpf", GLOB_APPEND, NULL, &files)) {
		ok(false, "corpus: no file");
		return;
	}
	for (i = 0; i < files.gl_pathc && good; i++) {
		struct casefile c;
		char why[512];

		if (casefile_read(files.gl_pathv[i], &c, why, sizeof(why))) {
			good = ok(false, "corpus: %s", why);
			break;
		}
		input_copy(&in[inputs++], c.input);
		casefile_free(&c);
		if (inputs == BATCH)
			good = all_hold();
	}
	good = good && all_hold();
	ok(good, "corpus: %zu cases", files.gl_pathc);
	globfree(&files);
}

static void generate(u64 number)
{
	struct rng r = { number * 0xd1342543de82ef95ull };
	struct input *to = &in[inputs++];

	rng_next(&r);
	to->platform = number % INPUT_PLATFORMS;
	choose_platform(to->platform);
	generate_input(&r, &kernel->machine, to);
	to->seed = rng_u32(&r);
}

static void test_generated(u32 stacks)
{
	bool good = true;
	u32 i;

	for (i = 0; i < stacks && good; i++) {
		generate(i);
		if (inputs == BATCH)
			good = all_hold();
	}
	good = good && all_hold();
	ok(good && tally.probes && tally.untouched < tally.probes,
	   "generated: %u stacks", stacks);
	diag("%llu probes, %llu of them without an access of page 2",
	     (unsigned long long)tally.probes,
	     (unsigned long long)tally.untouched);
}

/* A compiler that is wrong must be seen to be. */
static void test_wrong(const char *what, const char *flags)
{
	struct finding f;
	u32 which, i;

	for (i = 0; i < BATCH; i++)
		generate(i);
	ok(!holds(flags, &f, &which) && f.class == DIVERGENT &&
		   (f.where == AT_EXECUTE || f.where == AT_ACCESS),
	   "%s: found", what);
	inputs = 0;
}

int main(int argc, char **argv)
{
	if (straddle_open(STRADDLE_SOUND) ||
	    straddle_self_check(straddle_probe)) {
		ok(false, "a probe that sees what it must");
		return tap_done();
	}
	test_corpus();
	test_generated(argc > 1 ? atoi(argv[1]) : 200);
	test_wrong("the other half of each word", NATIVE_WRONG_WORD);
	test_wrong("an access more", NATIVE_WRONG_ACCESS);
	return tap_done();
}
