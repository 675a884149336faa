// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mutator of src/mutate.h for AFL++: a library to be named in
 * AFL_CUSTOM_MUTATOR_LIBRARY. With AFL_CUSTOM_MUTATOR_ONLY=1 no blind change of
 * bytes breaks what it makes.
 *
 * Trimming takes out whole filters, then ranges of instructions, halving the
 * length of a range down to one. What is left stays a valid filter.
 */
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "mutate.h"

/* More is slower for nothing; a larger seed is not cut. */
#define SIZE_MAX_GROWN 4096

/* For each length of a range, in a filter: long filters are slow to run. */
#define TRIM_MOST 512

#define TABLE_NRS 463 /* about; the target has the kernel's own */

/* What is to be tried next: a filter, or the range [at - len, at) of it. */
struct trim {
	u32 filter;
	bool whole;
	u32 len; /* 0: this filter is done */
	u32 at;
};

struct mutator {
	struct rng rng;
	struct machine machine[INPUT_PLATFORMS];
	struct input in;
	struct input other;	/* to splice with; or the trimmed candidate */
	struct trim trim;
	u8 out[INPUT_MAX_SIZE];
};

void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out,
		       u8 *add, size_t add_size, size_t max);
s32 afl_custom_init_trim(void *data, u8 *buf, size_t size);
size_t afl_custom_trim(void *data, u8 **out);
s32 afl_custom_post_trim(void *data, u8 success);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator *m = calloc(1, sizeof(*m));
	u32 i;

	if (!m)
		return NULL;
	m->rng.state = seed;
	for (i = 0; i < INPUT_PLATFORMS; i++) {
		const struct platform *p = &platforms[i];

		if (machine_init(&m->machine[i], p, 0, TABLE_NRS,
				 p->compat ? TABLE_NRS : 0)) {
			free(m);
			return NULL;
		}
	}
	return m;
}

void afl_custom_deinit(void *data)
{
	free(data);
}

static void read_or_generate(struct mutator *m, const u8 *buf, size_t size)
{
	struct input *in = &m->in;

	if (!input_read(in, buf, size))
		return;
	in->platform = rng_below(&m->rng, INPUT_PLATFORMS);
	generate_input(&m->rng, &m->machine[in->platform], in);
	in->seed = rng_u32(&m->rng);
}

/* Returning the input as it is costs AFL++ one run, and nothing else. */
size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out,
		       u8 *add, size_t add_size, size_t max)
{
	struct mutator *m = data;
	size_t grown = size > SIZE_MAX_GROWN ? size : SIZE_MAX_GROWN;
	int n;

	*out = buf;
	if (max > grown)
		max = grown;
	if (max < INPUT_HEADER + INPUT_RECORD)
		return size;

	read_or_generate(m, buf, size);
	if (add && rng_one_in(&m->rng, 8) &&
	    !input_read(&m->other, add, add_size))
		mutate_cross(&m->rng, &m->in, &m->other, max);
	else
		mutate_input(&m->rng, &m->machine[m->in.platform], &m->in,
			     max);
	n = input_write(&m->in, m->out, max);
	if (n <= 0)
		return size;
	*out = m->out;
	return n;
}

/* Ranges of a length, from the end; the last instruction, a return, stays. */
static void trim_ranges(struct mutator *m, u32 len)
{
	u32 left = m->in.stack.filter[m->trim.filter].len;

	m->trim.whole = false;
	m->trim.len = len > left / TRIM_MOST ? len : 0;
	m->trim.at = left ? left - 1 : 0;
}

/* If there is nothing to try at this place, go on to where there is. */
static bool trim_find(struct mutator *m)
{
	struct stack *s = &m->in.stack;
	struct trim *t = &m->trim;

	for (; t->filter < s->depth; t->filter++, t->whole = true) {
		if (t->whole && s->depth > 1)
			return true;
		if (t->whole)
			trim_ranges(m, s->filter[t->filter].len / 2);
		for (; t->len; trim_ranges(m, t->len / 2)) {
			if (t->at >= t->len)
				return true;
		}
	}
	return false;
}

static void trim_next(struct mutator *m, bool removed)
{
	struct trim *t = &m->trim;

	if (!t->whole)
		t->at -= t->len;
	else if (!removed) /* else the next filter has its place */
		trim_ranges(m, m->in.stack.filter[t->filter].len / 2);
}

static void trim_apply(struct mutator *m)
{
	const struct trim *t = &m->trim;
	struct filter *f = &m->other.stack.filter[t->filter];
	struct stack *s = &m->other.stack;
	struct stack left;

	input_copy(&m->other, &m->in);
	if (!t->whole) {
		insns_remove(input_room(&m->other, t->filter), &f->len,
			     t->at - t->len, t->len);
		return;
	}
	left = *s;
	left.depth--;
	memmove(&left.filter[t->filter], &left.filter[t->filter + 1],
		(left.depth - t->filter) * sizeof(left.filter[0]));
	input_set_stack(&m->other, &left);
}

/* Of a single stage, which takes as long as there is something to try. */
s32 afl_custom_init_trim(void *data, u8 *buf, size_t size)
{
	struct mutator *m = data;

	m->trim = (struct trim){ .whole = true };
	return !input_read(&m->in, buf, size) && trim_find(m);
}

size_t afl_custom_trim(void *data, u8 **out)
{
	struct mutator *m = data;
	int n;

	*out = m->out;
	trim_apply(m);
	n = input_write(&m->other, m->out, sizeof(m->out));
	return n > 0 ? n : 0;
}

s32 afl_custom_post_trim(void *data, u8 success)
{
	struct mutator *m = data;

	if (success)
		input_copy(&m->in, &m->other);
	trim_next(m, success);
	return !trim_find(m);
}
