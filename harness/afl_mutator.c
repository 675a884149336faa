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

#include "mutator.h"

#define CROSS 8 /* one in so many is spliced, if there is what to splice with */

/* For each length of a range, in a filter: long filters are slow to run. */
#define TRIM_MOST 512

/* What is to be tried next: a filter, or the range [at - len, at) of it. */
struct trim {
	u32 filter;
	bool whole;
	u32 len; /* 0: this filter is done */
	u32 at;
};

struct afl_mutator {
	struct mutator mutator;
	struct trim trim;
	u8 out[INPUT_MAX_SIZE];
};

void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *add,
		       size_t add_size, size_t max);
s32 afl_custom_init_trim(void *data, u8 *buf, size_t size);
size_t afl_custom_trim(void *data, u8 **out);
s32 afl_custom_post_trim(void *data, u8 success);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *a = calloc(1, sizeof(*a));

	if (a) {
		a->mutator.machine_of = mutator_machine;
		a->mutator.rng.state = seed;
	}
	return a;
}

void afl_custom_deinit(void *data)
{
	free(data);
}

size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *add,
		       size_t add_size, size_t max)
{
	struct afl_mutator *a = data;
	struct mutator *m = &a->mutator;
	size_t n = 0;

	if (max > sizeof(a->out))
		max = sizeof(a->out);
	if (add && rng_one_in(&m->rng, CROSS))
		n = mutator_cross(m, buf, size, add, add_size, a->out, max);
	if (!n)
		n = mutator_change(m, buf, size, a->out, max);
	*out = n ? a->out : buf;
	return n ? n : size;
}

/* Ranges of a length, from the end; the last instruction, a return, stays. */
static void trim_ranges(struct afl_mutator *a, u32 len)
{
	u32 left = a->mutator.in.stack.filter[a->trim.filter].len;

	a->trim.whole = false;
	a->trim.len = len > left / TRIM_MOST ? len : 0;
	a->trim.at = left ? left - 1 : 0;
}

/* If there is nothing to try at this place, go on to where there is. */
static bool trim_find(struct afl_mutator *a)
{
	struct stack *s = &a->mutator.in.stack;
	struct trim *t = &a->trim;

	for (; t->filter < s->depth; t->filter++, t->whole = true) {
		if (t->whole && s->depth > 1)
			return true;
		if (t->whole)
			trim_ranges(a, s->filter[t->filter].len / 2);
		for (; t->len; trim_ranges(a, t->len / 2)) {
			if (t->at >= t->len)
				return true;
		}
	}
	return false;
}

static void trim_next(struct afl_mutator *a, bool removed)
{
	struct trim *t = &a->trim;

	if (!t->whole)
		t->at -= t->len;
	else if (!removed) /* else the next filter has its place */
		trim_ranges(a, a->mutator.in.stack.filter[t->filter].len / 2);
}

static void trim_apply(struct afl_mutator *a)
{
	const struct trim *t = &a->trim;
	struct filter *f = &a->mutator.other.stack.filter[t->filter];
	struct stack *s = &a->mutator.other.stack;
	struct stack left;

	input_copy(&a->mutator.other, &a->mutator.in);
	if (!t->whole) {
		insns_remove(input_room(&a->mutator.other, t->filter), &f->len,
			     t->at - t->len, t->len);
		return;
	}
	left = *s;
	left.depth--;
	memmove(&left.filter[t->filter], &left.filter[t->filter + 1],
		(left.depth - t->filter) * sizeof(left.filter[0]));
	input_set_stack(&a->mutator.other, &left);
}

/* Of a single stage, which takes as long as there is something to try. */
s32 afl_custom_init_trim(void *data, u8 *buf, size_t size)
{
	struct afl_mutator *a = data;

	a->trim = (struct trim){ .whole = true };
	return !input_read(&a->mutator.in, buf, size) && trim_find(a);
}

size_t afl_custom_trim(void *data, u8 **out)
{
	struct afl_mutator *a = data;
	int n;

	*out = a->out;
	trim_apply(a);
	n = input_write(&a->mutator.other, a->out, sizeof(a->out));
	return n > 0 ? n : 0;
}

s32 afl_custom_post_trim(void *data, u8 success)
{
	struct afl_mutator *a = data;

	if (success)
		input_copy(&a->mutator.in, &a->mutator.other);
	trim_next(a, success);
	return !trim_find(a);
}
