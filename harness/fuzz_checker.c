// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_checker - what the kernel's checkers refuse, against the reference
 *
 * Each filter of an input is attached alone, and then on top of those before
 * it. No calls, no bits: several times as many filters a second as emu_vs_interp.
 */
#define _GNU_SOURCE
#include <string.h>

#include "checker.h"
#include "fuzz.h"
#include "stack.h"
#include "subjects.h"

static const struct subject *subject_for(u32 platform)
{
	switch (platform) {
	case 0:
		return kernel_subject_x86_64();
	case 1:
		return kernel_subject_arm64();
	default:
		return kernel_subject_s390x();
	}
}

static const struct machine *machine_of(u32 platform)
{
	return &subject_for(platform)->machine;
}

static int expected(const struct stack *below, const struct filter *f)
{
	return filter_check(f) ?: stack_admits(below, f);
}

/* Returns true if both accept it. */
static bool attach(const struct subject *sub, const struct input *in,
		   const struct stack *below, u32 i)
{
	const struct filter *f = &in->stack.filter[i];
	int want = expected(below, f), got = sub->attach(f);

	if (want != got)
		fuzz_found(
			in,
			"CHECKER: filter %u on top of %u: expected %s, seen %s",
			i, below->depth,
			want ? strerrorname_np(-want) : "accepted",
			got ? strerrorname_np(-got) : "accepted");
	return !got;
}

static void run(const struct input *in, struct coverage *coverage)
{
	const struct subject *sub = subject_for(in->platform);
	static const struct stack empty;
	struct stack below = empty;
	u32 i;

	for (i = 0; i < in->stack.depth; i++) {
		coverage_shape(coverage, &in->stack.filter[i], i);
		sub->reset();
		attach(sub, in, &empty, i);
	}
	sub->reset();
	for (i = 0; i < in->stack.depth; i++) {
		if (attach(sub, in, &below, i))
			below.filter[below.depth++] = in->stack.filter[i];
	}
	sub->reset();
}

const struct fuzz_target fuzz_target = {
	.least_filters = 1,
	.machine_of = machine_of,
	.run = run,
};
