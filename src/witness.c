// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run is traced with the origin of A, X and M[]: the seccomp_data word that
 * a value was made from, and the operations with constants on the way. Where
 * such a value is compared with something known, the operations are undone to
 * get a word for which the compare goes the other way.
 */
#include <linux/seccomp.h>

#include "alu.h"
#include "checker.h"
#include "stack.h"
#include "witness.h"

#define NO_WORD	   SD_WORDS
#define ORIGIN_OPS 4

struct origin {
	u32 word; /* NO_WORD: not known, or not from an argument */
	u32 ops;
	struct {
		u16 op;
		u32 k;
	} op[ORIGIN_OPS];
};

struct cell {
	u32 v;
	struct origin from;
};

/* A word, and what to put there. */
struct proposal {
	u32 word;
	u32 v;
};

/* New ones push out the oldest: the last compares are the deepest. */
#define PROPOSALS 32

struct trace {
	const struct sd *sd;
	struct rng *rng;
	u8 *seen; /* branches of this filter */
	bool fresh;
	u32 proposals;
	struct proposal proposal[PROPOSALS];
};

static struct cell constant(u32 v)
{
	return (struct cell){ v, { .word = NO_WORD } };
}

static struct cell load(const struct sd *sd, u32 word)
{
	struct cell c = { sd->w[word], { .word = word } };

	if (SD_CONST_WORDS >> word & 1)
		c.from.word = NO_WORD;
	return c;
}

static struct cell apply(struct cell a, u16 op, struct cell b)
{
	struct origin *from = &a.from;

	a.v = alu_apply(op, a.v, b.v);
	if (from->word == NO_WORD || b.from.word != NO_WORD ||
	    from->ops == ORIGIN_OPS) {
		from->word = NO_WORD;
		return a;
	}
	from->op[from->ops].op = op;
	from->op[from->ops].k = b.v;
	from->ops++;
	return a;
}

static u32 inverse(u32 odd)
{
	u32 x = odd;
	u32 i;

	for (i = 0; i < 5; i++)
		x *= 2 - odd * x; /* Newton: correct bits double */
	return x;
}

/*
 * An a with alu_apply(op, a, k) == v, or near it if there is none. Bits of a
 * that do not matter are those of @old.
 */
static u32 undo(u16 op, u32 k, u32 v, u32 old)
{
	switch (op) {
	case BPF_ADD:
		return v - k;
	case BPF_SUB:
		return v + k;
	case BPF_MUL:
		return k & 1 ? v * inverse(k) : k ? v / k : old;
	case BPF_DIV:
		return v * k;
	case BPF_AND:
		return (v & k) | (old & ~k);
	case BPF_OR:
		return (v & ~k) | (old & k);
	case BPF_XOR:
		return v ^ k;
	case BPF_LSH:
		k &= 31;
		return v >> k | (k ? old & ~(~0u >> k) : 0);
	case BPF_RSH:
		k &= 31;
		return v << k | (old & ((1u << k) - 1));
	default:
		return -v;
	}
}

static void propose(struct trace *t, const struct origin *from, u32 v)
{
	u32 old[ORIGIN_OPS];
	u32 i, a = t->sd->w[from->word];

	for (i = 0; i < from->ops; i++) {
		old[i] = a;
		a = alu_apply(from->op[i].op, a, from->op[i].k);
	}
	for (i = from->ops; i-- > 0;)
		v = undo(from->op[i].op, from->op[i].k, v, old[i]);
	t->proposal[t->proposals++ % PROPOSALS] =
		(struct proposal){ from->word, v };
}

/* Values for @c that change the outcome of a compare with @k. */
static void propose_compare(struct trace *t, u16 op, const struct cell *c,
			    u32 k)
{
	if (c->from.word == NO_WORD)
		return;
	switch (op) {
	case BPF_JSET:
		if (c->v & k)
			propose(t, &c->from, c->v & ~k);
		else
			propose(t, &c->from, c->v | (k & rng_u32(t->rng)));
		propose(t, &c->from, c->v | k);
		break;
	default:
		propose(t, &c->from, k - 1);
		propose(t, &c->from, k + 1);
		propose(t, &c->from, k);
	}
}

static bool branch(struct trace *t, const struct sock_filter *insn, u32 pc,
		   const struct cell *a, const struct cell *b)
{
	u16 op = BPF_OP(insn->code);
	bool jumps = alu_jumps(op, a->v, b->v);
	u8 way = jumps ? 2 : 1;

	if (!(t->seen[pc] & way)) {
		t->seen[pc] |= way;
		t->fresh = true;
	}
	propose_compare(t, op, a, b->v);
	propose_compare(t, op, b, a->v);
	return jumps;
}

static u32 trace_filter(const struct filter *f, struct trace *t)
{
	struct cell A = constant(0), X = constant(0), M[BPF_MEMWORDS];
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		struct cell b = BPF_SRC(insn->code) == BPF_X ?
					X :
					constant(insn->k);
		bool to_x = BPF_CLASS(insn->code) == BPF_LDX;

		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (BPF_MODE(insn->code) == BPF_ABS)
				b = load(t->sd, insn->k / 4);
			else if (BPF_MODE(insn->code) == BPF_MEM)
				b = M[insn->k];
			else if (BPF_MODE(insn->code) == BPF_LEN)
				b = constant(sizeof(struct sd));
			else
				b = constant(insn->k);
			*(to_x ? &X : &A) = b;
			break;
		case BPF_ST:
			M[insn->k] = A;
			break;
		case BPF_STX:
			M[insn->k] = X;
			break;
		case BPF_MISC:
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				X = A;
			else
				A = X;
			break;
		case BPF_ALU:
			if (BPF_OP(insn->code) == BPF_DIV && b.v == 0)
				return SECCOMP_RET_KILL_THREAD;
			A = apply(A, BPF_OP(insn->code), b);
			break;
		case BPF_JMP:
			if (BPF_OP(insn->code) == BPF_JA)
				pc += insn->k;
			else
				pc += branch(t, insn, pc, &A, &b) ? insn->jt :
								    insn->jf;
			break;
		case BPF_RET:
			if (BPF_RVAL(insn->code) == BPF_K)
				return insn->k;
			/* Any value but ALLOW will do. */
			if (A.from.word != NO_WORD)
				propose(t, &A.from, rng_u32(t->rng));
			return A.v;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* Runs the stack; true if it does not allow the call. */
static bool trace_stack(const struct stack *s, struct trace *t,
			struct witness_scratch *scratch)
{
	struct stack_run r = { SECCOMP_RET_ALLOW, 0, -1 };
	u32 i;

	t->fresh = false;
	t->proposals = 0;
	for (i = s->depth; i-- > 0;) {
		t->seen = scratch->seen[i];
		stack_combine(&r, i, trace_filter(&s->filter[i], t));
	}
	return r.ret != SECCOMP_RET_ALLOW;
}

static void forget(const struct stack *s, struct witness_scratch *scratch)
{
	u32 i, pc;

	for (i = 0; i < s->depth; i++) {
		for (pc = 0; pc < s->filter[i].len; pc++)
			scratch->seen[i][pc] = 0;
	}
}

bool witness_search(const struct stack *s, struct sd *sd, u32 tries,
		    struct rng *r, struct witness_scratch *scratch)
{
	struct trace parent = { .rng = r }, child = { .rng = r };
	u32 head = 0, tail = 0;
	u32 i, n;

	forget(s, scratch);
	scratch->queue[tail++] = *sd;

	while (tries) {
		struct sd from = *sd;

		if (head != tail) {
			from = scratch->queue[head++ % WITNESS_QUEUE];
		} else {
			witness_fill(s, &from, r);
		}

		tries--;
		parent.sd = &from;
		if (trace_stack(s, &parent, scratch)) {
			*sd = from;
			return true;
		}

		n = parent.proposals < PROPOSALS ? parent.proposals : PROPOSALS;
		for (i = 0; i < n && tries; i++, tries--) {
			struct sd next = from;

			next.w[parent.proposal[i].word] = parent.proposal[i].v;
			child.sd = &next;
			if (trace_stack(s, &child, scratch)) {
				*sd = next;
				return true;
			}
			if (child.fresh && tail - head < WITNESS_QUEUE)
				scratch->queue[tail++ % WITNESS_QUEUE] = next;
		}
	}
	return false;
}

/* A constant that some filter compares with; false if none was met. */
static bool compared_constant(const struct stack *s, struct rng *r, u32 *k)
{
	u32 tries;

	for (tries = 0; tries < 4; tries++) {
		const struct filter *f = &s->filter[rng_below(r, s->depth)];
		const struct sock_filter *insn = &f->insns[rng_below(r, f->len)];

		if (code_branches(insn->code) && BPF_SRC(insn->code) == BPF_K) {
			*k = insn->k;
			return true;
		}
	}
	return false;
}

static u32 fill_word(const struct stack *s, struct rng *r)
{
	u32 k;

	switch (rng_below(r, 4)) {
	case 0:
		return rng_u32(r);
	case 1:
		return rng_below(r, 8);
	default:
		if (!compared_constant(s, r, &k))
			return rng_u32(r);
		return k + rng_below(r, 3) - 1;
	}
}

void witness_fill(const struct stack *s, struct sd *sd, struct rng *r)
{
	u32 i;

	for (i = SD_IP; i < SD_WORDS; i++)
		sd->w[i] = fill_word(s, r);
}
