// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters with a plan, as libraries and people write them: a test of arch,
 * then a region for each arch that ends in a return on every path.
 *
 * A region is told where it ends and fills itself exactly up to there.
 */
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "generate_build.h"

#define JEQ (BPF_JMP | BPF_JEQ | BPF_K)
#define JGE (BPF_JMP | BPF_JGE | BPF_K)
#define JGT (BPF_JMP | BPF_JGT | BPF_K)

#define ENOSYS_ACTION (SECCOMP_RET_ERRNO | ENOSYS)

typedef void (*region)(struct gen *g, u32 end);

static u32 room(const struct gen *g, u32 end)
{
	return end - g->pc;
}

/* Jump to @target if @code says so, else go on; far targets through a JA. */
static void branch_to(struct gen *g, u16 code, u32 k, u32 target)
{
	u32 distance = target - g->pc - 1;

	if (distance < 256) {
		emit_branch(g, code, k, distance, 0);
		return;
	}
	emit_branch(g, code, k, 0, 1);
	emit_ja(g, distance - 1);
}

/* How many instructions branch_to() takes. */
static u32 branch_cost(const struct gen *g, u32 target)
{
	return target - g->pc - 1 < 256 ? 1 : 2;
}

/* Does nothing, in one instruction, with the number in A. */
static void pad(struct gen *g)
{
	switch (rng_below(g->r, 4)) {
	case 0:
		emit_nr(g);
		break;
	case 1:
		emit_and(g, 0xffffffff);
		break;
	default:
		emit_ja(g, 0);
	}
}

/*
 * One word of an argument against a constant: load, perhaps mask, test. Goes
 * on if the test holds, else jumps to @miss.
 */
static void argument_word(struct gen *g, u32 word, u32 miss)
{
	u16 code = rng_one_in(g->r, 2) ? JEQ : pick_compare(g->r);

	emit_word(g, word);
	if (rng_one_in(g->r, 4))
		emit_and(g, pick_mask(g->r));
	emit_branch(g, code, pick_test(g), 0, miss - g->pc - 1);
}

#define ARGUMENT_RULE 9 /* the most that argument_rule() takes */

/*
 * A number that is allowed with some arguments only: both halves of one are
 * compared. Without the reload at its end, as compilers of filters do it when
 * nothing follows, the argument stays in A.
 */
static void argument_rule(struct gen *g, u32 nr)
{
	bool big_endian = g->m->table[0].abi->big_endian;
	u32 arg = rng_below(g->r, 6);
	u32 start = g->pc;
	u32 miss;

	/* The miss is behind all that may come: its place is known then. */
	miss = start + ARGUMENT_RULE - 1;
	emit_branch(g, JEQ, nr, 0, miss - g->pc - 1);
	if (!rng_one_in(g->r, 4))
		argument_word(g, sd_arg_hi(arg, big_endian), miss);
	argument_word(g, sd_arg_lo(arg, big_endian), miss);
	emit_hit(g);
	while (g->pc < miss)
		emit_hit(g);
	if (rng_one_in(g->r, 8))
		pad(g);
	else
		emit_nr(g);
}

/* A rule for one number, or a range of them, in at most 2 instructions. */
static void number_rule(struct gen *g, u32 end)
{
	u16 code = rng_one_in(g->r, 8) ? pick_compare(g->r) : JEQ;
	u32 nr = pick_nr(g);
	bool shared = rng_one_in(g->r, 2);

	if (room(g, end) < 4 || (shared && branch_cost(g, end - 1) == 1)) {
		branch_to(g, code, nr, end - 1);
		return;
	}
	emit_branch(g, code, nr, 0, 1);
	emit_hit(g);
}

/*
 * Rules in a row, with the number in A; then the return for what no rule
 * names, and one that rules share.
 */
static void rules(struct gen *g, u32 end)
{
	while (room(g, end) > 2) {
		if (room(g, end) >= ARGUMENT_RULE + 2 && rng_one_in(g->r, 6))
			argument_rule(g, pick_nr(g));
		else
			number_rule(g, end);
	}
	emit_default(g);
	if (room(g, end))
		emit_hit(g);
}

/* x32 numbers have an arch of their own only in name: lists refuse them. */
static void list(struct gen *g, u32 end)
{
	if (room(g, end) > 3)
		emit_nr(g);
	if (room(g, end) > 4 && rng_one_in(g->r, 2)) {
		emit_branch(g, JGE, X32_SYSCALL_BIT, 0, 1);
		emit_hit(g);
	}
	rules(g, end);
}

/*
 * All numbers from @lo on and below @hi, with the number in A. Depth is
 * logarithmic: no side gets more than two thirds.
 */
static void subtree(struct gen *g, u32 end, u32 lo, u32 hi)
{
	u32 n = room(g, end);
	u32 mid, right;

	if (n < 12 || rng_one_in(g->r, 16) || (n < 24 && rng_one_in(g->r, 2))) {
		rules(g, end);
		return;
	}
	mid = lo + (hi - lo) / 2;
	if (rng_one_in(g->r, 4))
		mid = pick_nr(g);
	right = g->pc + n / 3 + rng_below(g->r, n / 3);
	branch_to(g, rng_one_in(g->r, 2) ? JGE : JGT, mid, right);
	subtree(g, right, lo, mid);
	subtree(g, end, mid, hi);
}

static void tree(struct gen *g, u32 end)
{
	if (room(g, end) > 3)
		emit_nr(g);
	subtree(g, end, 0, g->m->table[0].nrs);
}

/* Numbers above a boundary are newer than the filter: they get ENOSYS. */
static void stub(struct gen *g, u32 end)
{
	if (room(g, end) > 3)
		emit_nr(g);
	while (room(g, end) > 4 && !rng_one_in(g->r, 4)) {
		u16 code = rng_one_in(g->r, 2) ? JGE : JGT;
		u32 k = rng_one_in(g->r, 2) ? generate_constant(g->r, g->m)
					    : g->m->table[0].nrs - 1;
		bool swap = rng_one_in(g->r, 4);

		emit_branch(g, code, k, swap, !swap);
		if (rng_one_in(g->r, 4))
			emit_hit(g);
		else
			emit(g, BPF_RET | BPF_K, ENOSYS_ACTION);
	}
	rules(g, end);
}

/* Go on if @code says so, else jump to @target. */
static void branch_unless(struct gen *g, u16 code, u32 k, u32 target)
{
	u32 distance = target - g->pc - 1;

	if (distance < 256) {
		emit_branch(g, code, k, 0, distance);
		return;
	}
	emit_branch(g, code, k, 1, 0);
	emit_ja(g, distance - 1);
}

/*
 * A region for the native arch, one for the compat arch, and a return for any
 * other. Only the way into a region loads the number: arch is still in A when
 * it is compared again.
 */
static void both_arches(struct gen *g, region body)
{
	const struct machine *m = g->m;
	u32 end = g->len;
	u32 second = 5 + end / 4 + rng_below(g->r, end / 4);

	emit_arch(g);
	branch_unless(g, JEQ, m->table[0].abi->audit_arch, second);
	body(g, second);
	g->a = HOLDS_ARCH;
	branch_unless(g, JEQ, m->table[m->tables - 1].abi->audit_arch, end - 1);
	body(g, end - 1);
	emit_hit(g);
}

static void one_arch(struct gen *g, region body)
{
	bool allow_others = g->mood == MOOD_LENIENT || rng_one_in(g->r, 4);

	emit_arch(g);
	emit_branch(g, JEQ, pick_arch(g->r, g->m), 1, 0);
	if (allow_others)
		emit(g, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	else
		emit_hit(g);
	body(g, g->len);
}

static void by_arch(struct gen *g, region body)
{
	u32 pick = rng_below(g->r, 8);

	if (g->len >= 24 && pick < 3)
		both_arches(g, body);
	else if (g->len >= 6 && pick < 7)
		one_arch(g, body);
	else
		body(g, g->len);
}

void shape_list(struct gen *g)
{
	by_arch(g, list);
}

void shape_tree(struct gen *g)
{
	by_arch(g, tree);
}

void shape_stub(struct gen *g)
{
	by_arch(g, stub);
}
