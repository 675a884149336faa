// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "feedback.h"
#include "fuzz.h"
#include "mutator.h"
#include "report.h"

static struct input input;
static struct mutator mutator;
static bool blind; /* the fuzzer's own mutations only */
static u64 inputs; /* so far, without bytes that are none */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, u32 seed);
size_t LLVMFuzzerCustomCrossOver(const u8 *a, size_t a_size, const u8 *b,
				 size_t b_size, u8 *out, size_t max, u32 seed);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);

static void print_count(void)
{
	fprintf(stderr, "bitproof: %" PRIu64 " inputs\n", inputs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (getenv("BITPROOF_COUNT"))
		atexit(print_count);
	blind = getenv("BITPROOF_NO_MUTATOR");
	mutator.machine_of = fuzz_target.machine_of;
	mutator.least_filters = fuzz_target.least_filters;
	if (fuzz_target.begin)
		fuzz_target.begin();
	feedback_init();
	return 0;
}

static bool is_text(const u8 *data, size_t size)
{
	return fuzz_target.run_text && size && data[0] >= '\t';
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct coverage *coverage = feedback_begin();
	int ret = 0;

	if (is_text(data, size))
		fuzz_target.run_text((const char *)data, size);
	else if (input_read(&input, data, size) ||
		 input.stack.depth < fuzz_target.least_filters)
		ret = -1;
	else
		fuzz_target.run(&input, coverage);
	feedback_end();
	inputs += !ret;
	return ret;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, u32 seed)
{
	size_t n;

	mutator.rng.state = seed;
	if (blind || is_text(data, size)) {
		max = mutator_limit(&mutator, max);
		return LLVMFuzzerMutate(data, size < max ? size : max, max);
	}
	n = mutator_change(&mutator, data, size, data, max);
	return n ? n : size;
}

size_t LLVMFuzzerCustomCrossOver(const u8 *a, size_t a_size, const u8 *b,
				 size_t b_size, u8 *out, size_t max, u32 seed)
{
	if (blind || is_text(a, a_size) || is_text(b, b_size))
		return 0;
	mutator.rng.state = seed;
	return mutator_cross(&mutator, a, a_size, b, b_size, out, max);
}

void fuzz_found(const struct input *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (in)
		report_input(stderr, in, NULL);
	abort();
}
