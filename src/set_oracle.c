// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seccomp.h>

#include "alu.h"
#include "set_oracle.h"

/*
 * The numbers that pass a test: word i has the numbers 64 * i + low, of which
 * all words have the same bits of low to do with. What is above them is compared
 * word by word, without branches, for vector code.
 */
#define LOW 63u

/*
 * A walk is made one function of, so that what it has at hand is in registers:
 * that takes a third less time.
 */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

/* Word by word: a set that was written in parts is slow to load whole. */
static void only(struct nrset *s, u32 nr)
{
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		s->w[i] = i == nr / 64 ? 1ull << nr % 64 : 0;
}

/* Those of the numbers 0 to 63 that have this bit set. */
static const u64 plane[] = {
	0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
	0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000,
};

static u64 low_equal(u32 mask, u32 k)
{
	u64 low = ~0ull;
	u32 bit;

	if (k & ~mask)
		return 0;
	for (bit = 0; bit < ARRAY_SIZE(plane); bit++) {
		if (mask >> bit & 1)
			low &= k >> bit & 1 ? plane[bit] : ~plane[bit];
	}
	return low;
}

/* The numbers with (nr & mask) == k. */
static void equal(struct nrset *s, u32 mask, u32 k)
{
	u64 low = low_equal(mask & LOW, k & LOW);
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		s->w[i] = (64 * i & mask) == (k & ~LOW) ? low : 0;
}

/* Compared bit by bit from the top. */
static u64 low_at_least(u32 mask, u32 k)
{
	u64 same = ~0ull, above = 0;
	u32 bit;

	if (mask == LOW)
		return ~0ull << k;
	for (bit = ARRAY_SIZE(plane); bit-- > 0;) {
		u64 p = mask >> bit & 1 ? plane[bit] : 0;

		if (k >> bit & 1) {
			same &= p;
		} else {
			above |= same & p;
			same &= ~p;
		}
	}
	return above | same;
}

/* The numbers with (nr & mask) >= k. */
static void at_least(struct nrset *s, u32 mask, u32 k)
{
	u64 low = low_at_least(mask & LOW, k & LOW);
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++) {
		u64 same = (64 * i & mask) == (k & ~LOW) ? low : 0;

		s->w[i] = (64 * i & mask) > (k & ~LOW) ? ~0ull : same;
	}
}

/* The numbers with nr & bits. */
static void any_of(struct nrset *s, u32 bits)
{
	u64 low = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(plane); i++)
		low |= bits >> i & 1 ? plane[i] : 0;
	for (i = 0; i < NRSET_WORDS; i++)
		s->w[i] = 64 * i & bits ? ~0ull : low;
}

static void jumping(struct nrset *s, u16 op, u32 mask, u32 k)
{
	switch (op) {
	case BPF_JEQ:
		equal(s, mask, k);
		break;
	case BPF_JGT:
		if (k == UINT32_MAX) {
			*s = (struct nrset){ 0 };
			break;
		}
		k++;
		/* fallthrough */
	case BPF_JGE:
		at_least(s, mask, k);
		break;
	default:
		any_of(s, mask & k);
	}
}

/* What a walk over a filter has at hand. */
struct walk {
	const struct sock_filter *insns;
	u32 arch;
	struct set_result *r;
	struct set_scratch *s;
};

/* Freed ones first, then those that were never used. */
static u16 group_new(struct set_scratch *s)
{
	u16 g = s->freed;

	if (!g)
		return s->unused++;
	s->freed = s->group[g].next;
	return g;
}

static void group_free(struct set_scratch *s, u16 g)
{
	s->group[g].next = s->freed;
	s->freed = g;
}

static __always_inline void group_returns(struct walk *w, u16 g, u32 k)
{
	const struct nrset *nrs = &w->s->group[g].nrs;

	w->r->constant = nrset_or(w->r->constant, nrs);
	if (k == SECCOMP_RET_ALLOW)
		w->r->allow = nrset_or(w->r->allow, nrs);
	group_free(w->s, g);
}

static bool any_waits(const struct set_scratch *s, u32 pc)
{
	return s->waiting[pc / 64] >> pc % 64 & 1;
}

/* Let group @g wait at @pc; there it joins others with the same A. */
static void wait_at(struct set_scratch *s, u32 pc, u16 g)
{
	struct set_group *group = &s->group[g];
	u16 first = any_waits(s, pc) ? s->at[pc] : 0;
	u16 i;

	for (i = first; i; i = s->group[i].next) {
		struct set_group *other = &s->group[i];

		if (other->is_nr != group->is_nr ||
		    other->value != group->value)
			continue;
		other->nrs = nrset_or(other->nrs, &group->nrs);
		group_free(s, g);
		return;
	}
	group->next = first;
	s->at[pc] = g;
	s->waiting[pc / 64] |= 1ull << pc % 64;
}

/* A return needs no waiting for. */
static __always_inline void go(struct walk *w, u32 pc, u16 g)
{
	const struct sock_filter *insn = &w->insns[pc];

	if (insn->code == (BPF_RET | BPF_K))
		group_returns(w, g, insn->k);
	else
		wait_at(w->s, pc, g);
}

/* A compare of nr as it is, and with none of these numbers? */
static bool misses(const struct nrset *nrs, const struct sock_filter *insn)
{
	return insn->code == (BPF_JMP | BPF_JEQ | BPF_K) &&
	       (insn->k >= NR_MAX || !nrset_has(nrs, insn->k));
}

/*
 * Where the numbers get from a compare that misses them. Lists are long, and
 * most of their compares are about others: the way along them is one step.
 */
static u32 pass(const struct walk *w, u32 pc, const struct nrset *nrs)
{
	do
		pc += 1 + w->insns[pc].jf;
	while (misses(nrs, &w->insns[pc]) && !any_waits(w->s, pc));
	return pc;
}

/*
 * What follows is about one instruction and one group, and returns where the
 * group goes on: 0 if it does not, being decided or lost, or all of it having
 * jumped.
 */

/* A compare of nr as it is, the most frequent one: no work for whole sets. */
static __always_inline u32 branch_to_one(struct walk *w, u32 pc, u16 g)
{
	const struct sock_filter *insn = &w->insns[pc];
	struct set_group *group = &w->s->group[g];
	struct set_group *one;
	u16 split;

	split = group_new(w->s);
	one = &w->s->group[split];
	only(&one->nrs, insn->k);
	one->value = UINT32_MAX;
	one->is_nr = true;
	go(w, pc + 1 + insn->jt, split);
	nrset_remove(&group->nrs, insn->k);
	if (!nrset_empty(&group->nrs))
		return pc + 1 + insn->jf;
	group_free(w->s, g);
	return 0;
}

struct parts {
	bool taken, left; /* not empty */
};

/*
 * Takes out of @all what is in @some, and puts it into @taken. In one loop, so
 * that the sets are in registers once; a function of its own, or a compiler does
 * not believe that they are three.
 */
static __attribute__((noinline)) struct parts
divide(struct nrset *restrict all, const struct nrset *restrict some,
       struct nrset *restrict taken)
{
	u64 any_taken = 0, any_left = 0;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++) {
		u64 w = all->w[i];

		taken->w[i] = w & some->w[i];
		all->w[i] = w & ~some->w[i];
		any_taken |= taken->w[i];
		any_left |= all->w[i];
	}
	return (struct parts){ any_taken, any_left };
}

/* Any other compare of nr: the group is split in two. */
static __always_inline u32 branch_by_set(struct walk *w, u32 pc, u16 g)
{
	const struct sock_filter *insn = &w->insns[pc];
	u16 split = group_new(w->s);
	struct set_group *group = &w->s->group[g];
	struct set_group *other = &w->s->group[split];
	struct nrset jump;
	struct parts any;

	jumping(&jump, BPF_OP(insn->code), group->value, insn->k);
	any = divide(&group->nrs, &jump, &other->nrs);
	other->value = group->value;
	other->is_nr = true;
	if (any.taken)
		go(w, pc + 1 + insn->jt, split);
	else
		group_free(w->s, split);
	if (any.left)
		return pc + 1 + insn->jf;
	group_free(w->s, g);
	return 0;
}

static __always_inline u32 branch(struct walk *w, u32 pc, u16 g)
{
	const struct sock_filter *insn = &w->insns[pc];
	const struct set_group *group = &w->s->group[g];
	u16 op = BPF_OP(insn->code);

	if (!group->is_nr)
		return pc + 1 +
		       (alu_jumps(op, group->value, insn->k) ? insn->jt
							     : insn->jf);
	if (op != BPF_JEQ || group->value != UINT32_MAX)
		return branch_by_set(w, pc, g);
	if (misses(&group->nrs, insn))
		return pass(w, pc, &group->nrs);
	return branch_to_one(w, pc, g);
}

static __always_inline u32 step(struct walk *w, u32 pc, u16 g)
{
	const struct sock_filter *insn = &w->insns[pc];
	struct set_group *group = &w->s->group[g];

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		switch (insn->k) {
		case offsetof(struct seccomp_data, nr):
			group->is_nr = true;
			group->value = UINT32_MAX;
			return pc + 1;
		case offsetof(struct seccomp_data, arch):
			group->is_nr = false;
			group->value = w->arch;
			return pc + 1;
		}
		break;
	case BPF_RET | BPF_K:
		group_returns(w, g, insn->k);
		return 0;
	case BPF_JMP | BPF_JA:
		return pc + 1 + insn->k;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		return branch(w, pc, g);
	case BPF_ALU | BPF_AND | BPF_K:
		group->value &= insn->k;
		return pc + 1;
	}
	group_free(w->s, g);
	return 0;
}

/* All groups that wait at an instruction. */
static __always_inline void step_all(struct walk *w, u32 pc)
{
	struct set_scratch *s = w->s;
	u16 g = s->at[pc], next;
	u32 to;

	for (; g; g = next) {
		next = s->group[g].next;
		to = step(w, pc, g);
		/* The last one goes straight on as long as it is alone. */
		while (!next && to == pc + 1 && !any_waits(s, to)) {
			pc = to;
			to = step(w, pc, g);
		}
		if (to)
			go(w, to, g);
	}
}

void set_oracle(const struct filter *f, u32 arch, u32 nrs, struct set_result *r,
		struct set_scratch *s)
{
	struct walk w = { f->insns, arch, r, s };
	u32 words = (f->len + 63) / 64;
	u32 i;
	u16 g;

	*r = (struct set_result){ 0 };
	for (i = 0; i < words; i++)
		s->waiting[i] = 0;
	s->freed = 0;
	s->unused = 1;

	g = group_new(s);
	s->group[g] = (struct set_group){ .nrs = nrset_below(nrs) };
	go(&w, 0, g);

	for (i = 0; i < words; i++) {
		while (s->waiting[i]) {
			u32 bit = __builtin_ctzll(s->waiting[i]);

			s->waiting[i] &= s->waiting[i] - 1;
			step_all(&w, 64 * i + bit);
		}
	}
}
