// SPDX-License-Identifier: GPL-2.0-only
/*
 * Greedy: a change is kept if the finding survives it, largest changes first,
 * until a whole round changes nothing.
 */
#include <linux/seccomp.h>

#include "checker.h"
#include "mutate.h"
#include "shrink.h"

struct shrink {
	struct input *in;
	struct input *candidate;
	u32 tries; /* left */
	u32 made;
	shrink_test test;
	void *context;
	bool changed; /* in this round */
};

/* Keeps the candidate if it still shows the finding. */
static bool keep(struct shrink *s)
{
	if (!s->tries)
		return false;
	s->tries--;
	s->made++;
	if (!s->test(s->candidate, s->context))
		return false;
	input_copy(s->in, s->candidate);
	s->changed = true;
	return true;
}

static bool drop_filter(struct shrink *s, u32 filter)
{
	struct stack *stack = &s->candidate->stack;
	u32 i;

	input_copy(s->candidate, s->in);
	for (i = filter; i + 1 < stack->depth; i++)
		stack->filter[i] = stack->filter[i + 1];
	stack->depth--;
	return keep(s);
}

static void drop_filters(struct shrink *s)
{
	u32 i;

	for (i = s->in->stack.depth; i-- > 0 && s->in->stack.depth > 1;)
		drop_filter(s, i);
}

static bool drop_insns(struct shrink *s, u32 filter, u32 at, u32 n)
{
	struct filter *f = &s->candidate->stack.filter[filter];

	input_copy(s->candidate, s->in);
	insns_remove(input_room(s->candidate, filter), &f->len, at, n);
	return keep(s);
}

static bool same_insn(const struct sock_filter *a, const struct sock_filter *b)
{
	return a->code == b->code && a->jt == b->jt && a->jf == b->jf &&
	       a->k == b->k;
}

static const struct sock_filter allow =
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

/*
 * Where only the length matters, a long filter is the cheaper to test for all
 * that follows the less is in it.
 */
static void flatten(struct shrink *s, u32 filter)
{
	const struct filter *f = &s->in->stack.filter[filter];
	struct sock_filter *room = input_room(s->candidate, filter);
	u32 pc, changes = 0;

	input_copy(s->candidate, s->in);
	for (pc = 0; pc < f->len; pc++) {
		changes += !same_insn(&f->insns[pc], &allow);
		room[pc] = allow;
	}
	if (changes)
		keep(s);
}

/* Are these instructions the same as as many before them? */
static bool repeats(const struct filter *f, u32 at, u32 n)
{
	u32 i;

	for (i = 0; i < n && at >= n; i++) {
		if (!same_insn(&f->insns[at + i], &f->insns[at + i - n]))
			return false;
	}
	return at >= n;
}

/*
 * Chunks of half the filter, then a quarter, down to one instruction. What can
 * go from the middle of a run can go from its start.
 */
static void drop_chunks(struct shrink *s, u32 filter)
{
	const struct filter *f = &s->in->stack.filter[filter];
	u32 chunk, at;

	for (chunk = f->len / 2; chunk; chunk /= 2) {
		at = 0;
		while (at + chunk <= f->len && f->len > 1) {
			if (!s->tries)
				return;
			if (repeats(f, at, chunk) ||
			    !drop_insns(s, filter, at, chunk))
				at += chunk;
		}
	}
}

static bool replace(struct shrink *s, u32 filter, u32 pc,
		    struct sock_filter insn)
{
	if (same_insn(&s->in->stack.filter[filter].insns[pc], &insn))
		return false;
	input_copy(s->candidate, s->in);
	input_room(s->candidate, filter)[pc] = insn;
	return keep(s);
}

/* Simpler instructions for one, the simplest first. */
static void simplify(struct shrink *s, u32 filter, u32 pc)
{
	static const struct sock_filter simple[] = {
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SD_NR * 4),
	};
	const struct sock_filter *insn = &s->in->stack.filter[filter].insns[pc];
	struct sock_filter other;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(simple); i++) {
		if (same_insn(insn, &simple[i]))
			return;
		if (replace(s, filter, pc, simple[i]))
			return;
	}

	other = *insn;
	if (code_branches(insn->code)) {
		other.jt = 0;
		replace(s, filter, pc, other);
		other = *insn;
		other.jf = 0;
		replace(s, filter, pc, other);
	} else if (insn->jt || insn->jf) {
		other.jt = other.jf = 0;
		replace(s, filter, pc, other);
	}

	other = *insn;
	for (i = 0; i < 2 && i < insn->k; i++) {
		other.k = i;
		if (replace(s, filter, pc, other))
			break;
	}
}

static void simplify_all(struct shrink *s, u32 filter)
{
	u32 pc;

	for (pc = 0; pc < s->in->stack.filter[filter].len && s->tries; pc++)
		simplify(s, filter, pc);
}

u32 shrink_input(struct input *in, struct input *candidate, u32 tries,
		 shrink_test test, void *context)
{
	struct shrink s = { in, candidate, tries, 0, test, context, true };
	u32 i;

	while (s.changed && s.tries) {
		s.changed = false;
		for (i = 0; i < in->stack.depth; i++)
			flatten(&s, i);
		drop_filters(&s);
		for (i = 0; i < in->stack.depth; i++) {
			drop_chunks(&s, i);
			simplify_all(&s, i);
		}
	}
	return s.made;
}

void shrink_sd(struct sd *sd, bool (*test)(const struct sd *, void *),
	       void *context)
{
	u32 i;

	for (i = SD_IP; i < SD_WORDS; i++) {
		struct sd candidate = *sd;

		candidate.w[i] = 0;
		if (sd->w[i] && test(&candidate, context))
			*sd = candidate;
	}
}
