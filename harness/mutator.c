// SPDX-License-Identifier: GPL-2.0-only
#include "mutator.h"

/*
 * One input in so many has nothing of the old one. Small seeded bugs of the
 * kernel took 10 to 30 times as many runs without: few changes of a small
 * filter make a shape that the generator knows how to make.
 */
#define FRESH 4

/*
 * What is long is slow, and most that there is to find shows in what is short: but
 * for one in so many, inputs have no more bytes than this.
 */
#define LONG  4
#define SHORT 1024

#define SMALLEST (INPUT_HEADER + INPUT_RECORD)

#define TABLE_NRS 463 /* about; a kernel's own are in its tree */

const struct machine *mutator_machine(u32 platform)
{
	static struct machine machines[INPUT_PLATFORMS];
	struct machine *m = &machines[platform];

	if (!m->platform)
		machine_init(m, &platforms[platform], 0, TABLE_NRS,
			     platforms[platform].compat ? TABLE_NRS : 0);
	return m;
}

size_t mutator_limit(struct mutator *m, size_t max)
{
	return max <= SHORT || rng_one_in(&m->rng, LONG) ? max : SHORT;
}

static void generate(struct mutator *m, struct input *in)
{
	in->platform = rng_below(&m->rng, INPUT_PLATFORMS);
	generate_input(&m->rng, m->machine_of(in->platform), in);
	in->seed = rng_u32(&m->rng);
}

/* New filters on top until there are enough, as far as @max allows. */
static void deepen(struct mutator *m, size_t max)
{
	struct stack s = m->in.stack;

	while (s.depth < m->least_filters) {
		generate(m, &m->other);
		s.filter[s.depth++] = m->other.stack.filter[0];
		input_set_stack(&m->in, &s);
		if (input_size(&m->in) > max) {
			m->in.stack.depth--;
			return;
		}
		s = m->in.stack;
	}
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
	max = mutator_limit(m, max);
	if (input_read(&m->in, data, size) || fresh)
		generate(m, &m->in);
	/* Also what is new may be too large, and is cut by this. */
	if (!fresh || input_size(&m->in) > max)
		mutate_input(&m->rng, m->machine_of(m->in.platform), &m->in,
			     max);
	deepen(m, max);
	return written(&m->in, out, max);
}

size_t mutator_cross(struct mutator *m, const u8 *a, size_t a_size, const u8 *b,
		     size_t b_size, u8 *out, size_t max)
{
	if (max < SMALLEST || input_read(&m->in, a, a_size) ||
	    input_read(&m->other, b, b_size))
		return 0;
	max = mutator_limit(m, max);
	mutate_cross(&m->rng, &m->in, &m->other, max);
	deepen(m, max);
	return written(&m->in, out, max);
}
