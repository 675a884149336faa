// SPDX-License-Identifier: GPL-2.0-only
#include "mutator.h"

/*
 * One input in so many has nothing of the old one. Small seeded bugs of the
 * kernel took 10 to 30 times as many runs without: few changes of a small
 * filter make a shape that the generator knows how to make.
 */
#define FRESH 4

#define SMALLEST (INPUT_HEADER + INPUT_RECORD)

static void generate(struct mutator *m)
{
	struct input *in = &m->in;

	in->platform = rng_below(&m->rng, INPUT_PLATFORMS);
	generate_input(&m->rng, m->machine_of(in->platform), in);
	in->seed = rng_u32(&m->rng);
}

static size_t written(const struct input *in, u8 *out, size_t max)
{
	int n = input_write(in, out, max);

	return n > 0 ? n : 0;
}

size_t mutator_change(struct mutator *m, const u8 *data, size_t size, u8 *out,
		      size_t max)
{
	bool fresh = rng_one_in(&m->rng, FRESH);

	if (max < SMALLEST)
		return 0;
	if (input_read(&m->in, data, size) || fresh)
		generate(m);
	/* Also what is new may be too large, and is cut by this. */
	if (!fresh || input_size(&m->in) > max)
		mutate_input(&m->rng, m->machine_of(m->in.platform), &m->in,
			     max);
	return written(&m->in, out, max);
}

size_t mutator_cross(struct mutator *m, const u8 *a, size_t a_size, const u8 *b,
		     size_t b_size, u8 *out, size_t max)
{
	if (max < SMALLEST || input_read(&m->in, a, a_size) ||
	    input_read(&m->other, b, b_size))
		return 0;
	mutate_cross(&m->rng, &m->in, &m->other, max);
	return written(&m->in, out, max);
}
