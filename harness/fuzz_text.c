// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_text - a stack that is printed and read is the same stack
 *
 * From the raw form: any stack, valid or not, has a text that reads back to it.
 * From text: whatever is a case file prints as one of the same stack, and what
 * is none is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "casefile.h"
#include "fuzz.h"
#include "mutator.h"
#include "report.h"

static bool same(const struct input *a, const struct input *b)
{
	u32 i;

	if (a->platform != b->platform || a->seed != b->seed ||
	    a->stack.depth != b->stack.depth)
		return false;
	for (i = 0; i < a->stack.depth; i++) {
		const struct filter *f = &a->stack.filter[i];
		const struct filter *g = &b->stack.filter[i];

		if (f->len != g->len ||
		    memcmp(f->insns, g->insns, f->len * sizeof(*f->insns)))
			return false;
	}
	return true;
}

static void round_trip(const struct input *in)
{
	struct casefile c;
	char *text = NULL, why[512];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	report_input(f, in, NULL);
	fclose(f);
	if (casefile_parse("printed", text, size, &c, why, sizeof(why)))
		fuzz_found(in, "TEXT: not read back: %s", why);
	if (!same(in, c.input))
		fuzz_found(in, "TEXT: read back as another stack");
	casefile_free(&c);
	free(text);
}

static void run(const struct input *in, struct coverage *coverage)
{
	u32 i;

	for (i = 0; i < in->stack.depth; i++)
		coverage_shape(coverage, &in->stack.filter[i], i);
	round_trip(in);
}

static void run_text(const char *text, size_t size)
{
	struct casefile c;
	char why[512];

	if (casefile_parse("input", text, size, &c, why, sizeof(why)))
		return;
	round_trip(c.input);
	casefile_free(&c);
}

const struct fuzz_target fuzz_target = {
	.least_filters = 1,
	.machine_of = mutator_machine,
	.run = run,
	.run_text = run_text,
};
