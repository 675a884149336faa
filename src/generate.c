// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seccomp.h>

#include "checker.h"
#include "generate_build.h"
#include "mutate.h"
#include "stack.h"

void entropy_seed(struct rng *r, const u8 *data, size_t size)
{
	u64 hash = 0xcbf29ce484222325ull; /* FNV-1a */
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3ull;
	r->state = hash;
}

static const struct {
	const char *name;
	void (*write)(struct gen *g);
	u8 weight; /* in generate_input() */
} shapes[SHAPES] = {
	[SHAPE_RANDOM] = { "random", shape_random, 8 },
	[SHAPE_LIST] = { "list", shape_list, 4 },
	[SHAPE_TREE] = { "tree", shape_tree, 4 },
	[SHAPE_BITS] = { "bits", shape_bits, 3 },
	[SHAPE_MEMORY] = { "memory", shape_memory, 2 },
	[SHAPE_ARITHMETIC] = { "arithmetic", shape_arithmetic, 3 },
	[SHAPE_FLOW] = { "flow", shape_flow, 3 },
	[SHAPE_STUB] = { "stub", shape_stub, 2 },
	[SHAPE_DIGEST] = { "digest", shape_digest, 2 },
	[SHAPE_NEAR_MISS] = { "near-miss", NULL, 1 },
};

const char *shape_name(enum shape shape)
{
	return shapes[shape].name;
}

/* Can this instruction's k, or its jt and jf, be anything? */
static bool k_is_free(u16 code)
{
	switch (BPF_CLASS(code)) {
	case BPF_LD:
	case BPF_LDX:
		return BPF_MODE(code) == BPF_LEN;
	case BPF_ALU:
		return BPF_SRC(code) == BPF_X || BPF_OP(code) == BPF_NEG;
	case BPF_JMP:
		return BPF_OP(code) != BPF_JA && BPF_SRC(code) == BPF_X;
	case BPF_RET:
		return BPF_RVAL(code) == BPF_A;
	default:
		return BPF_CLASS(code) == BPF_MISC;
	}
}

static bool jumps_are_free(u16 code)
{
	return BPF_CLASS(code) != BPF_JMP || BPF_OP(code) == BPF_JA;
}

/* Sets fields that mean nothing, which an executor must not look at. */
static void litter(struct gen *g)
{
	u32 pc;

	for (pc = 0; pc < g->len; pc++) {
		struct sock_filter *insn = &g->insns[pc];
		u32 any = rng_u32(g->r);

		if (any & 3)
			continue;
		if (jumps_are_free(insn->code)) {
			insn->jt = any >> 8;
			insn->jf = any >> 16;
		}
		if (k_is_free(insn->code))
			insn->k = generate_constant(g->r, g->m);
		/* What it would do the most harm as. */
		if (insn->code == (BPF_RET | BPF_A) && any >> 31)
			insn->k = SECCOMP_RET_ALLOW;
	}
}

static u32 write_filter(struct gen *g, enum shape shape,
			struct sock_filter *insns, u32 len)
{
	if (shape == SHAPE_NEAR_MISS)
		return generate_defect(g->r, g->m, rng_below(g->r, DEFECTS),
				       insns, len);
	gen_begin(g, insns, len);
	shapes[shape].write(g);
	if (rng_one_in(g->r, 4))
		litter(g);
	return len;
}

/* The constants that all filters of one stack meet at. */
static void choose_favourites(struct rng *r, const struct machine *m,
			      struct favourites *favourites)
{
	u32 i;

	for (i = 0; i < FAVOURITES; i++)
		favourites->nr[i] = i < 2 ? generate_constant(r, m)
					  : rng_below(r, m->table[0].nrs);
}

static enum mood pick_mood(struct rng *r)
{
	return rng_one_in(r, 2) ? MOOD_ALLOW : rng_below(r, MOODS);
}

/* A number is cached if all filters of a stack allow it. */
static enum mood pick_stack_mood(struct rng *r, u32 depth)
{
	if (depth > 3)
		depth += 2;
	return rng_one_in(r, depth) ? pick_mood(r) : MOOD_LENIENT;
}

static void setup(struct gen *g, struct rng *r, const struct machine *m,
		  struct favourites *favourites)
{
	choose_favourites(r, m, favourites);
	g->r = r;
	g->m = m;
	g->favourites = favourites;
	g->mood = pick_mood(r);
}

u32 generate_filter(struct rng *r, const struct machine *m, enum shape shape,
		    struct sock_filter *insns, u32 len)
{
	struct favourites favourites;
	struct gen g;

	setup(&g, r, m, &favourites);
	return write_filter(&g, shape, insns, len);
}

static enum shape pick_shape(struct rng *r)
{
	u32 pick = rng_below(r, 32); /* the sum of all weights */
	u32 i;

	for (i = 0; pick >= shapes[i].weight; i++)
		pick -= shapes[i].weight;
	return i;
}

static u32 pick_len(struct rng *r)
{
	static const struct {
		u16 weight, from, span;
	} lens[] = {
		{ 3200, 5, 56 },    { 480, 1, 4 },
		{ 350, 60, 240 },   { 50, 300, 900 },
		{ 14, 1200, 2897 }, { 2, FILTER_MAX_INSNS, 1 },
	};
	u32 pick = rng_below(r, 4096); /* the sum of all weights */
	u32 i;

	for (i = 0; pick >= lens[i].weight; i++)
		pick -= lens[i].weight;
	return lens[i].from + rng_below(r, lens[i].span);
}

static u32 pick_depth(struct rng *r)
{
	u32 depth = 1;

	while (depth < STACK_MAX_FILTERS && rng_one_in(r, 2))
		depth++;
	return depth;
}

/* What the converted length of one more filter may be: see stack_admits(). */
static u32 stack_room(const struct input *in, u32 depth)
{
	u32 room = STACK_MAX_INSNS;
	u32 i;

	for (i = 0; i < depth; i++) {
		const struct filter *f = &in->stack.filter[i];
		u32 taken = filter_converted_len(f) + 4;

		if (filter_check(f))
			continue;
		room = room > taken ? room - taken : 0;
	}
	return room;
}

/* A filter that is @converted instructions long for the kernel; at least 6. */
static u32 write_converted(struct gen *g, struct sock_filter *insns,
			   u32 converted)
{
	u32 len = converted - 4; /* 3 come first, RET becomes 2 */

	gen_begin(g, insns, len);
	while (gen_left(g))
		emit_nr(g);
	emit_default(g);
	return len;
}

/*
 * Filters as long as can be, and a last one that just fits or just does not.
 */
static u32 write_huge(struct gen *g, struct input *in)
{
	u32 depth;

	for (depth = 0; depth < STACK_MAX_FILTERS; depth++) {
		struct sock_filter *insns = input_room(in, depth);
		u32 room = stack_room(in, depth);
		u32 len;

		if (room >= 6 && room < FILTER_MAX_INSNS) {
			room += rng_below(g->r, 2);
			len = write_converted(g, insns, room);
			in->stack.filter[depth] = (struct filter){ insns, len };
			return depth + 1;
		}
		g->mood = MOOD_LENIENT;
		len = write_filter(g, pick_shape(g->r), insns,
				   FILTER_MAX_INSNS);
		in->stack.filter[depth] = (struct filter){ insns, len };
	}
	return depth;
}

void generate_input(struct rng *r, const struct machine *m, struct input *in)
{
	struct favourites favourites;
	u32 depth = pick_depth(r);
	struct gen g;
	u32 i;

	setup(&g, r, m, &favourites);
	in->seed = rng_u32(r);
	/* Once in a while as much as one task may have, or more. */
	if (rng_one_in(r, 4096)) {
		in->stack.depth = write_huge(&g, in);
		return;
	}
	for (i = 0; i < depth; i++) {
		struct sock_filter *insns = input_room(in, i);
		u32 len = pick_len(r);

		g.mood = pick_stack_mood(r, depth);
		len = write_filter(&g, pick_shape(r), insns, len);
		in->stack.filter[i] = (struct filter){ insns, len };
	}
	in->stack.depth = depth;

	/* One filter without instructions has no raw form: input_write(). */
	if (depth == 1 && in->stack.filter[0].len == 0) {
		in->stack.filter[1] = (struct filter){ input_room(in, 1), 0 };
		in->stack.depth = 2;
	}
}
