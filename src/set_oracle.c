// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seccomp.h>

#include "alu.h"
#include "set_oracle.h"

#define NR_BITS 9 /* NR_MAX is 1 << NR_BITS */

/* The numbers that have this bit set. */
static struct nrset plane(u32 bit)
{
	static const u64 within[] = {
		0xaaaaaaaaaaaaaaaa, 0xcccccccccccccccc, 0xf0f0f0f0f0f0f0f0,
		0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xffffffff00000000,
	};
	struct nrset s;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++) {
		if (bit < ARRAY_SIZE(within))
			s.w[i] = within[bit];
		else
			s.w[i] = i >> (bit - ARRAY_SIZE(within)) & 1 ? ~0ull : 0;
	}
	return s;
}

static struct nrset all(void)
{
	return nrset_below(NR_MAX);
}

static struct nrset none(void)
{
	return (struct nrset){ 0 };
}

/* Word by word: a set that was written in parts is slow to load whole. */
static struct nrset only(u32 nr)
{
	struct nrset s;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		s.w[i] = i == nr / 64 ? 1ull << nr % 64 : 0;
	return s;
}

/* The numbers with (nr & mask) == k. */
static struct nrset equal(u32 mask, u32 k)
{
	struct nrset s;
	u32 bit;

	mask &= NR_MAX - 1;
	if (k & ~mask)
		return none();
	if (mask == NR_MAX - 1)
		return only(k);

	s = all();
	for (bit = 0; bit < NR_BITS; bit++) {
		struct nrset p = plane(bit);

		if (!(mask >> bit & 1))
			continue;
		s = k >> bit & 1 ? nrset_and(s, &p) : nrset_minus(s, &p);
	}
	return s;
}

/* The numbers from @k on; without branches, for vector code. */
static struct nrset from(u32 k)
{
	struct nrset s;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++) {
		u64 part = ~0ull << (k & 63);

		s.w[i] = i < k / 64 ? 0 : i > k / 64 ? ~0ull : part;
	}
	return s;
}

/* The numbers with (nr & mask) >= k: compared bit by bit from the top. */
static struct nrset at_least(u32 mask, u32 k)
{
	struct nrset same = all(), above = none();
	u32 bit;

	if (k >= NR_MAX)
		return none();
	if ((mask & (NR_MAX - 1)) == NR_MAX - 1)
		return from(k);

	for (bit = NR_BITS; bit-- > 0;) {
		struct nrset p = mask >> bit & 1 ? plane(bit) : none();

		if (k >> bit & 1) {
			same = nrset_and(same, &p);
		} else {
			p = nrset_and(p, &same);
			above = nrset_or(above, &p);
			same = nrset_minus(same, &p);
		}
	}
	return nrset_or(above, &same);
}

/* The numbers with nr & mask & k. */
static struct nrset any_bit(u32 mask, u32 k)
{
	struct nrset s = none();
	u32 bit;

	for (bit = 0; bit < NR_BITS; bit++) {
		struct nrset p = plane(bit);

		if (mask >> bit & k >> bit & 1)
			s = nrset_or(s, &p);
	}
	return s;
}

static struct nrset nrs_that_jump(u16 op, u32 mask, u32 k)
{
	switch (op) {
	case BPF_JEQ:
		return equal(mask, k);
	case BPF_JGE:
		return at_least(mask, k);
	case BPF_JGT:
		return k == UINT32_MAX ? none() : at_least(mask, k + 1);
	default:
		return any_bit(mask, k);
	}
}

/* Freed ones first, then those that were never used. */
static u16 group_new(struct set_scratch *s)
{
	u16 g = s->freed;

	s->groups++;
	if (!g)
		return s->unused++;
	s->freed = s->group[g].next;
	return g;
}

static void group_free(struct set_scratch *s, u16 g)
{
	s->groups--;
	s->group[g].next = s->freed;
	s->freed = g;
}

/* Let group @g wait at @pc; there it joins others with the same A. */
static void wait_at(struct set_scratch *s, u32 pc, u16 g)
{
	struct set_group *group = &s->group[g];
	u16 i;

	for (i = s->at[pc]; i; i = s->group[i].next) {
		struct set_group *other = &s->group[i];

		if (other->is_nr != group->is_nr ||
		    other->value != group->value)
			continue;
		other->nrs = nrset_or(other->nrs, &group->nrs);
		group_free(s, g);
		return;
	}
	group->next = s->at[pc];
	s->at[pc] = g;
}

/* A compare of nr as it is, the most frequent one: no work for whole sets. */
static void branch_to_one(struct set_scratch *s, u32 nr, u32 if_true,
			  u32 if_false, u16 g)
{
	struct set_group *group = &s->group[g];
	u16 split;

	if (nr >= NR_MAX || !nrset_has(&group->nrs, nr)) {
		wait_at(s, if_false, g);
		return;
	}
	nrset_remove(&group->nrs, nr);
	if (nrset_empty(&group->nrs)) {
		nrset_add(&group->nrs, nr);
		wait_at(s, if_true, g);
		return;
	}
	split = group_new(s);
	s->group[split] = (struct set_group){ only(nr), UINT32_MAX, true, 0 };
	wait_at(s, if_true, split);
	wait_at(s, if_false, g);
}

/* A compare: the group goes one way, or is split in two. */
static void branch(struct set_scratch *s, const struct sock_filter *insn,
		   u32 pc, u16 g)
{
	struct set_group *group = &s->group[g];
	u32 if_true = pc + 1 + insn->jt, if_false = pc + 1 + insn->jf;
	u16 op = BPF_OP(insn->code);
	struct nrset jump;
	u16 split;

	if (!group->is_nr) {
		bool jumps = alu_jumps(op, group->value, insn->k);

		wait_at(s, jumps ? if_true : if_false, g);
		return;
	}

	if (op == BPF_JEQ && group->value == UINT32_MAX) {
		branch_to_one(s, insn->k, if_true, if_false, g);
		return;
	}

	jump = nrs_that_jump(op, group->value, insn->k);
	jump = nrset_and(jump, &group->nrs);
	if (nrset_empty(&jump)) {
		wait_at(s, if_false, g);
		return;
	}
	group->nrs = nrset_minus(group->nrs, &jump);
	if (nrset_empty(&group->nrs)) {
		group->nrs = jump;
		wait_at(s, if_true, g);
		return;
	}

	split = group_new(s);
	s->group[split] = (struct set_group){ jump, group->value, true, 0 };
	wait_at(s, if_true, split);
	wait_at(s, if_false, g);
}

/* One instruction for one group. Groups that are decided or lost are freed. */
static void step(struct set_scratch *s, const struct sock_filter *insn, u32 pc,
		 u16 g, u32 arch, struct set_result *r)
{
	struct set_group *group = &s->group[g];
	u32 k = insn->k;

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		switch (k) {
		case offsetof(struct seccomp_data, nr):
			group->is_nr = true;
			group->value = UINT32_MAX;
			break;
		case offsetof(struct seccomp_data, arch):
			group->is_nr = false;
			group->value = arch;
			break;
		default:
			group_free(s, g);
			return;
		}
		wait_at(s, pc + 1, g);
		return;
	case BPF_RET | BPF_K:
		r->constant = nrset_or(r->constant, &group->nrs);
		if (k == SECCOMP_RET_ALLOW)
			r->allow = nrset_or(r->allow, &group->nrs);
		group_free(s, g);
		return;
	case BPF_JMP | BPF_JA:
		wait_at(s, pc + 1 + k, g);
		return;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		branch(s, insn, pc, g);
		return;
	case BPF_ALU | BPF_AND | BPF_K:
		group->value &= k;
		wait_at(s, pc + 1, g);
		return;
	default:
		group_free(s, g);
		return;
	}
}

void set_oracle(const struct filter *f, u32 arch, u32 nrs,
		struct set_result *r, struct set_scratch *s)
{
	u32 pc;
	u16 g;

	*r = (struct set_result){ 0 };
	for (pc = 0; pc < f->len; pc++)
		s->at[pc] = 0;
	s->groups = 0;
	s->freed = 0;
	s->unused = 1;

	g = group_new(s);
	s->group[g] = (struct set_group){ .nrs = nrset_below(nrs) };
	wait_at(s, 0, g);

	for (pc = 0; pc < f->len && s->groups; pc++) {
		g = s->at[pc];
		while (g) {
			u16 next = s->group[g].next;

			step(s, &f->insns[pc], pc, g, arch, r);
			g = next;
		}
	}
}
