// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seccomp.h>

#include "checker.h"
#include "mutate.h"

#define PICK(r, table) ((table)[rng_below((r), ARRAY_SIZE(table))])

/* One filter being changed. It is not empty; edits keep it so. */
struct edit {
	struct rng *r;
	const struct machine *m;
	struct sock_filter *insns;
	u32 len;
	u32 room;    /* instructions that may come in addition */
	bool broken; /* on purpose: no repair */
};

static struct sock_filter *any_insn(struct edit *e)
{
	return &e->insns[rng_below(e->r, e->len)];
}

/* A length for a range from @at on: mostly short. */
static u32 any_range(struct edit *e, u32 at)
{
	u32 left = e->len - at;
	u32 most = rng_one_in(e->r, 4) ? left : 8;

	return 1 + rng_below(e->r, most < left ? most : left);
}

static u32 new_constant(struct edit *e, u32 k)
{
	switch (rng_below(e->r, 8)) {
	case 0:
		return k + 1;
	case 1:
		return k - 1;
	case 2:
		return k ^ 1u << rng_below(e->r, 32);
	case 3:
	case 4:
		return any_insn(e)->k;
	case 5:
		return ~k;
	default:
		return generate_constant(e->r, e->m);
	}
}

static void edit_constant(struct edit *e)
{
	struct sock_filter *insn = any_insn(e);

	if (insn->code == (BPF_RET | BPF_K) && !rng_one_in(e->r, 8))
		insn->k = generate_action(e->r);
	else if (insn->code == (BPF_LD | BPF_W | BPF_ABS))
		insn->k = sizeof(u32) * rng_below(e->r, SD_WORDS);
	else
		insn->k = new_constant(e, insn->k);
}

/* All returns of one value: the action of a rule, or of many. */
static void edit_action(struct edit *e)
{
	u32 from = any_insn(e)->k;
	u32 to = generate_action(e->r);
	u32 pc;

	for (pc = 0; pc < e->len; pc++) {
		if (e->insns[pc].code == (BPF_RET | BPF_K) &&
		    (e->insns[pc].k == from || rng_one_in(e->r, 8)))
			e->insns[pc].k = to;
	}
}

/* All uses of one constant. */
static void edit_constants(struct edit *e)
{
	u32 from = any_insn(e)->k;
	u32 to = new_constant(e, from);
	u32 pc;

	for (pc = 0; pc < e->len; pc++) {
		if (code_branches(e->insns[pc].code) && e->insns[pc].k == from)
			e->insns[pc].k = to;
	}
}

/* Another opcode that does the same kind of thing. */
static void edit_opcode(struct edit *e)
{
	static const u8 jumps[] = { BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JSET };
	static const u8 modes[] = { BPF_ABS, BPF_ABS, BPF_IMM, BPF_LEN,
				    BPF_MEM };
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
				  BPF_AND, BPF_LSH, BPF_RSH, BPF_NEG, BPF_XOR };
	struct sock_filter *insn = any_insn(e);
	u16 src = rng_one_in(e->r, 4) ? BPF_X : BPF_K;

	if (rng_one_in(e->r, 16)) {
		/* Not up to bit 15: a separator must not come out. */
		insn->code ^= 1u << rng_below(e->r, 15);
		insn->code &= 0x7fff;
		return;
	}
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		insn->code = BPF_LD | PICK(e->r, modes);
		break;
	case BPF_LDX:
		insn->code = BPF_LDX | modes[2 + rng_below(e->r, 3)];
		break;
	case BPF_ST:
		insn->code = BPF_STX;
		break;
	case BPF_STX:
		insn->code = BPF_ST;
		break;
	case BPF_ALU:
		insn->code = BPF_ALU | PICK(e->r, ops);
		if (insn->code != (BPF_ALU | BPF_NEG))
			insn->code |= src;
		break;
	case BPF_JMP:
		insn->code = BPF_JMP | PICK(e->r, jumps) | src;
		if (rng_one_in(e->r, 8))
			*insn = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0,
						      insn->jf };
		break;
	case BPF_RET:
		insn->code = BPF_RET | (src ? BPF_A : BPF_K);
		break;
	case BPF_MISC:
		insn->code ^= BPF_TAX ^ BPF_TXA;
		break;
	}
}

/* The next jump at or after a random place; NULL if there is none. */
static struct sock_filter *any_jump(struct edit *e)
{
	u32 pc;

	for (pc = rng_below(e->r, e->len); pc < e->len; pc++) {
		if (BPF_CLASS(e->insns[pc].code) == BPF_JMP)
			return &e->insns[pc];
	}
	return NULL;
}

static void edit_swap(struct edit *e)
{
	struct sock_filter *insn = any_jump(e);
	u8 jt;

	if (!insn)
		return;
	jt = insn->jt;
	insn->jt = insn->jf;
	insn->jf = jt;
}

static u32 new_distance(struct edit *e, u32 old, u32 left)
{
	u32 most = left < 256 ? left : 256;

	switch (rng_below(e->r, 8)) {
	case 0:
		return old + 1;
	case 1:
		return old ? old - 1 : 0;
	case 2:
		return most - 1;
	case 3:
		return 0;
	default:
		return rng_below(e->r, most);
	}
}

static void edit_retarget(struct edit *e)
{
	struct sock_filter *insn = any_jump(e);
	u32 left = insn ? e->insns + e->len - 1 - insn : 0;

	if (!left)
		return;
	if (!code_branches(insn->code))
		insn->k = new_distance(e, insn->k, left);
	else if (rng_one_in(e->r, 2))
		insn->jt = new_distance(e, insn->jt, left);
	else
		insn->jf = new_distance(e, insn->jf, left);
}

/* No place is too far for a jump from the start, so that one never fails. */
static void insert(struct edit *e, u32 at, const struct sock_filter *insns,
		   u32 n)
{
	if (insns_insert(e->insns, &e->len, at, insns, n))
		insns_insert(e->insns, &e->len, 0, insns, n);
	e->room -= n;
}

/* A few generated instructions, without the returns at their end. */
static void edit_block(struct edit *e)
{
	static const u8 shapes[] = { SHAPE_RANDOM, SHAPE_RANDOM, SHAPE_BITS,
				     SHAPE_MEMORY, SHAPE_ARITHMETIC };
	struct sock_filter insns[16];
	u32 n = 1 + rng_below(e->r, 12);
	u32 pc;

	if (n > e->room)
		n = e->room;
	if (!n)
		return;
	generate_filter(e->r, e->m, PICK(e->r, shapes), insns, n + 2);
	for (pc = 0; pc < n; pc++) {
		u32 left = n - pc;

		/* Now the last place that a jump may go to is what follows. */
		if (insns[pc].code == (BPF_JMP | BPF_JA))
			insns[pc].k = insns[pc].k % left;
		if (!code_branches(insns[pc].code))
			continue;
		insns[pc].jt = insns[pc].jt % left;
		insns[pc].jf = insns[pc].jf % left;
	}
	insert(e, rng_below(e->r, e->len), insns, n);
}

/* A rule at the place: number or argument, and its return. */
static void edit_rule(struct edit *e)
{
	u32 word = rng_one_in(e->r, 2) ? SD_NR : rng_below(e->r, SD_WORDS);
	u32 k = generate_constant(e->r, e->m);
	u32 action = generate_action(e->r);
	struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, sizeof(u32) * word },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, k },
		{ BPF_RET | BPF_K, 0, 0, action },
	};

	if (e->room < ARRAY_SIZE(insns))
		return;
	insert(e, rng_below(e->r, e->len), insns, ARRAY_SIZE(insns));
}

static void edit_remove(struct edit *e)
{
	u32 at = rng_below(e->r, e->len);
	u32 n = any_range(e, at);

	if (n == e->len)
		return;
	insns_remove(e->insns, &e->len, at, n);
	e->room += n;
}

static void edit_duplicate(struct edit *e)
{
	struct sock_filter insns[32];
	u32 from = rng_below(e->r, e->len);
	u32 n = any_range(e, from);
	u32 i;

	if (n > ARRAY_SIZE(insns))
		n = ARRAY_SIZE(insns);
	if (n > e->room)
		return;
	for (i = 0; i < n; i++)
		insns[i] = e->insns[from + i];
	insert(e, rng_below(e->r, e->len), insns, n);
}

static void edit_exchange(struct edit *e)
{
	struct sock_filter *a = any_insn(e);
	struct sock_filter *b = any_insn(e);
	struct sock_filter insn = *a;

	*a = *b;
	*b = insn;
}

/* Sets fields that mostly mean nothing. */
static void edit_litter(struct edit *e)
{
	struct sock_filter *insn = any_insn(e);

	if (!code_branches(insn->code)) {
		insn->jt = rng_u32(e->r);
		insn->jf = rng_u32(e->r);
	} else if (BPF_SRC(insn->code) == BPF_X) {
		insn->k = rng_u32(e->r);
	}
}

/* What the checker must refuse: see also generate_defect(). */
static void edit_break(struct edit *e)
{
	static const struct sock_filter bad[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 61 },
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 64 },
		{ BPF_LDX | BPF_W | BPF_ABS, 0, 0, 4 },
		{ BPF_LD | BPF_MEM, 0, 0, BPF_MEMWORDS - 1 },
		{ BPF_ST, 0, 0, BPF_MEMWORDS },
		{ BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 },
		{ BPF_ALU | BPF_MOD | BPF_K, 0, 0, 3 },
		{ BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32 },
		{ BPF_ALU | BPF_RSH | BPF_K, 0, 0, 32 },
		{ BPF_RET | BPF_X, 0, 0, 0 },
	};
	struct sock_filter *insn = any_jump(e);
	u32 left;

	e->broken = true;
	if (!insn || rng_one_in(e->r, 2)) {
		insn = any_insn(e);
		*insn = PICK(e->r, bad);
		return;
	}
	left = e->insns + e->len - 1 - insn;
	if (!code_branches(insn->code))
		insn->k = left;
	else if (rng_one_in(e->r, 2))
		insn->jt = left < 255 ? left : 255;
	else
		insn->jf = left < 255 ? left : 255;
}

static void edit_regenerate(struct edit *e)
{
	u32 len = rng_one_in(e->r, 2) ? e->len : 4 + rng_below(e->r, 60);
	u32 most = e->len + e->room;

	len = len < most ? len : most;
	len = len < FILTER_MAX_INSNS ? len : FILTER_MAX_INSNS;
	e->room = most;
	e->len = generate_filter(e->r, e->m, rng_below(e->r, SHAPE_NEAR_MISS),
				 e->insns, len);
	e->room -= e->len;
}

static const struct {
	void (*apply)(struct edit *e);
	u8 weight;
} edits[] = {
	{ edit_constant, 12 },  { edit_action, 4 },   { edit_constants, 3 },
	{ edit_opcode, 8 },     { edit_swap, 3 },     { edit_retarget, 6 },
	{ edit_block, 8 },      { edit_rule, 4 },     { edit_remove, 6 },
	{ edit_duplicate, 3 },  { edit_exchange, 1 }, { edit_litter, 2 },
	{ edit_regenerate, 2 }, { edit_break, 2 },
};

#define EDITS_WEIGHT 64 /* the sum of all */

static void edit_any(struct edit *e)
{
	u32 pick = rng_below(e->r, EDITS_WEIGHT);
	u32 i;

	for (i = 0; pick >= edits[i].weight; i++)
		pick -= edits[i].weight;
	edits[i].apply(e);
}

static u32 size_room(const struct input *in, size_t max_size)
{
	size_t size = input_size(in);

	return size < max_size ? (max_size - size) / INPUT_RECORD : 0;
}

static u32 filter_room(const struct input *in, u32 i, size_t max_size)
{
	u32 room = size_room(in, max_size);
	u32 most = INPUT_MAX_INSNS - in->stack.filter[i].len;

	return room < most ? room : most;
}

static void repair(struct input *in, u32 i)
{
	insns_repair(input_room(in, i), &in->stack.filter[i].len);
}

static void repair_all(struct input *in)
{
	u32 i;

	for (i = 0; i < in->stack.depth; i++)
		repair(in, i);
}

static void change_filter(struct rng *r, const struct machine *m,
			  struct input *in, size_t max_size)
{
	u32 i = rng_below(r, in->stack.depth);
	struct filter *f = &in->stack.filter[i];
	struct edit e = { r,
			  m,
			  input_room(in, i),
			  f->len,
			  filter_room(in, i, max_size),
			  false };
	u32 n = 1;

	if (!f->len && !e.room)
		return;
	if (!f->len) {
		insns_repair(e.insns, &e.len);
		e.room--;
	}
	while (rng_one_in(r, 2))
		n++;
	while (n--)
		edit_any(&e);
	f->len = e.len;
	/* What the checker refuses is of interest only now and then. */
	if (!e.broken && !rng_one_in(r, 8))
		repair(in, i);
}

static void copy_filter(struct input *in, u32 to, const struct filter *f)
{
	struct sock_filter *insns = input_room(in, to);
	u32 pc;

	for (pc = 0; pc < f->len; pc++)
		insns[pc] = f->insns[pc];
	in->stack.filter[to] = (struct filter){ insns, f->len };
}

/* Makes place for one more filter at @at; its content is undefined. */
static void stack_open(struct input *in, u32 at)
{
	u32 i;

	for (i = in->stack.depth; i > at; i--)
		copy_filter(in, i, &in->stack.filter[i - 1]);
	in->stack.depth++;
	in->stack.filter[at] = (struct filter){ input_room(in, at), 0 };
}

static void stack_close(struct input *in, u32 at)
{
	u32 i;

	for (i = at; i + 1 < in->stack.depth; i++)
		copy_filter(in, i, &in->stack.filter[i + 1]);
	in->stack.depth--;
}

static void stack_add(struct rng *r, const struct machine *m, struct input *in,
		      size_t max_size)
{
	u32 at = rng_below(r, in->stack.depth + 1);
	u32 room = size_room(in, max_size);
	u32 len = 4 + rng_below(r, 40);

	/* A separator and an instruction. */
	if (in->stack.depth == STACK_MAX_FILTERS || room < 2)
		return;
	stack_open(in, at);
	in->stack.filter[at].len =
		generate_filter(r, m, rng_below(r, SHAPE_NEAR_MISS),
				input_room(in, at),
				len < room ? len : room - 1);
}

/* A copy, from which further mutations make a variant. */
static void stack_duplicate(struct rng *r, struct input *in, size_t max_size)
{
	u32 from = rng_below(r, in->stack.depth);
	u32 top = in->stack.depth;

	if (top == STACK_MAX_FILTERS ||
	    size_room(in, max_size) < in->stack.filter[from].len + 1)
		return;
	stack_open(in, top);
	copy_filter(in, top, &in->stack.filter[from]);
}

static void stack_swap(struct rng *r, struct input *in)
{
	u32 i = rng_below(r, in->stack.depth);
	u32 j = rng_below(r, in->stack.depth);
	struct filter *a = &in->stack.filter[i];
	struct filter *b = &in->stack.filter[j];
	u32 most = a->len > b->len ? a->len : b->len;
	u32 len = a->len;
	u32 pc;

	for (pc = 0; pc < most; pc++) {
		struct sock_filter insn = input_room(in, i)[pc];

		input_room(in, i)[pc] = input_room(in, j)[pc];
		input_room(in, j)[pc] = insn;
	}
	a->len = b->len;
	b->len = len;
}

static void change_stack(struct rng *r, const struct machine *m,
			 struct input *in, size_t max_size)
{
	switch (rng_below(r, 4)) {
	case 0:
		stack_add(r, m, in, max_size);
		break;
	case 1:
		stack_duplicate(r, in, max_size);
		break;
	case 2:
		if (in->stack.depth > 1)
			stack_close(in, rng_below(r, in->stack.depth));
		break;
	default:
		stack_swap(r, in);
	}
}

static void translate_arch(struct input *in, u32 from, u32 to)
{
	u32 i, pc;

	for (i = 0; i < in->stack.depth; i++) {
		struct sock_filter *insns = input_room(in, i);

		for (pc = 0; pc < in->stack.filter[i].len; pc++) {
			if (insns[pc].k == from)
				insns[pc].k = to;
		}
	}
}

/* Mostly its tests of arch come along. */
static void change_platform(struct rng *r, struct input *in)
{
	const struct platform *from = &platforms[in->platform];
	const struct platform *to;

	in->platform = rng_below(r, INPUT_PLATFORMS);
	to = &platforms[in->platform];
	if (rng_one_in(r, 4))
		return;
	translate_arch(in, from->native->audit_arch, to->native->audit_arch);
	translate_arch(in, from->compat->audit_arch, to->compat->audit_arch);
}

/*
 * Inputs may be too long, or have nothing in them. The last instruction of a
 * filter, its default, survives a cut.
 */
static void fit(struct input *in, size_t max_size)
{
	if (in->stack.depth == 0)
		stack_open(in, 0);
	while (input_size(in) > max_size) {
		u32 i = in->stack.depth - 1;
		u32 over = (input_size(in) - max_size - 1) / INPUT_RECORD + 1;
		u32 len = in->stack.filter[i].len;

		if (len < 2) {
			stack_close(in, i);
			continue;
		}
		if (over > len - 1)
			over = len - 1;
		insns_remove(input_room(in, i), &in->stack.filter[i].len,
			     len - 1 - over, over);
	}
	if (in->stack.depth == 1 && in->stack.filter[0].len == 0)
		repair(in, 0);
}

void mutate_input(struct rng *r, const struct machine *m, struct input *in,
		  size_t max_size)
{
	fit(in, max_size);
	switch (rng_below(r, 32)) {
	case 0:
		in->seed = rng_one_in(r, 2) ? rng_u32(r) : in->seed + 1;
		break;
	case 1:
		change_platform(r, in);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		change_stack(r, m, in, max_size);
		break;
	default:
		change_filter(r, m, in, max_size);
	}
	/* A filter that was broken from the start would hide all the others. */
	if (rng_one_in(r, 8))
		repair_all(in);
	fit(in, max_size);
}

/* The head of filter @i, then the tail of @f. */
static void splice(struct rng *r, struct input *in, u32 i,
		   const struct filter *f)
{
	struct sock_filter *insns = input_room(in, i);
	u32 head = rng_below(r, in->stack.filter[i].len + 1);
	u32 tail = rng_below(r, f->len + 1);
	u32 pc;

	if (tail > INPUT_MAX_INSNS - head)
		tail = INPUT_MAX_INSNS - head;
	for (pc = 0; pc < tail; pc++)
		insns[head + pc] = f->insns[f->len - tail + pc];
	in->stack.filter[i].len = head + tail;
	if (!rng_one_in(r, 16))
		repair(in, i);
}

void mutate_cross(struct rng *r, struct input *in, const struct input *other,
		  size_t max_size)
{
	const struct filter *f;
	u32 i;

	fit(in, max_size);
	if (other->stack.depth == 0)
		return;
	i = rng_below(r, in->stack.depth);
	f = &other->stack.filter[rng_below(r, other->stack.depth)];

	switch (rng_below(r, 4)) {
	case 0:
		copy_filter(in, i, f);
		break;
	case 1:
		if (in->stack.depth < STACK_MAX_FILTERS) {
			i = in->stack.depth++;
			copy_filter(in, i, f);
			break;
		}
		/* fall through */
	default:
		splice(r, in, i, f);
	}
	fit(in, max_size);
}
