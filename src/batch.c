// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes are handled 64 at a time, one word of a set. Within a word the loops
 * have no branches, so that a compiler makes vector code of them. Lanes that
 * wait at another instruction keep their registers: results are blended.
 */
#include <linux/seccomp.h>

#include "batch.h"

#define LANES 64 /* in a word */

struct word {
	u32 mask[LANES]; /* ~0 for a lane that is here; see expand() */
	u64 live;
	u32 *A;
	u32 *X;
};

/* Everything that writes a register needs the mask; jumps and returns don't. */
static void expand(struct word *w)
{
	u32 half, i;

	for (half = 0; half < 2; half++) {
		u32 bits = w->live >> 32 * half;
		u32 *mask = w->mask + 32 * half;

		for (i = 0; i < 32; i++)
			mask[i] = bits & 1u << i ? ~0u : 0;
	}
}

/* A bit for each lane from a byte of 0 or 1 for each lane. */
static u64 pack(const u8 *is)
{
	u64 bits = 0;
	u32 i;

	for (i = 0; i < LANES / 8; i++) {
		u64 bytes;

		__builtin_memcpy(&bytes, is + 8 * i, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		bytes = __builtin_bswap64(bytes);
#endif
		bits |= (bytes * 0x0102040810204080ull >> 56) << 8 * i;
	}
	return bits;
}

#define BLEND(to, i, value) \
	((to)[i] = ((value) & w->mask[i]) | ((to)[i] & ~w->mask[i]))

static void put(struct word *w, u32 *to, const u32 *from)
{
	u32 i;

	for (i = 0; i < LANES; i++)
		BLEND(to, i, from[i]);
}

static void put_k(struct word *w, u32 *to, u32 k)
{
	u32 i;

	for (i = 0; i < LANES; i++)
		BLEND(to, i, k);
}

#define EACH_LANE(expr)                      \
	do {                                 \
		u32 i;                       \
		for (i = 0; i < LANES; i++)  \
			BLEND(A, i, (expr)); \
	} while (0)

#define EACH_LIVE(i, live) \
	for (; (live) && ((i) = __builtin_ctzll(live), true); (live) &= (live) - 1)

/* Most returns are for a few lanes only. */
static void put_ret(const struct word *w, u32 *ret, const u32 *A, u32 k)
{
	u64 live = w->live;
	u32 i;

	EACH_LIVE(i, live)
		ret[i] = A ? A[i] : k;
}

/* Division has no vector form, and its lanes may be few. */
static void divide(struct word *w, const u32 *b)
{
	u64 live = w->live;
	u32 i;

	EACH_LIVE(i, live)
		w->A[i] /= b[i];
}

static void alu(struct word *w, u16 op, const u32 *b)
{
	u32 *A = w->A;

	switch (op) {
	case BPF_ADD:
		EACH_LANE(A[i] + b[i]);
		break;
	case BPF_SUB:
		EACH_LANE(A[i] - b[i]);
		break;
	case BPF_MUL:
		EACH_LANE(A[i] * b[i]);
		break;
	case BPF_DIV:
		divide(w, b);
		break;
	case BPF_AND:
		EACH_LANE(A[i] & b[i]);
		break;
	case BPF_OR:
		EACH_LANE(A[i] | b[i]);
		break;
	case BPF_XOR:
		EACH_LANE(A[i] ^ b[i]);
		break;
	case BPF_LSH:
		EACH_LANE(A[i] << (b[i] & 31));
		break;
	case BPF_RSH:
		EACH_LANE(A[i] >> (b[i] & 31));
		break;
	case BPF_NEG:
		EACH_LANE(-A[i]);
		break;
	}
}

static u64 compare_k(const struct word *w, u16 op, u32 k)
{
	const u32 *A = w->A;
	u8 is[LANES];
	u32 i;

	switch (op) {
	case BPF_JEQ:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] == k;
		break;
	case BPF_JGE:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] >= k;
		break;
	case BPF_JGT:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] > k;
		break;
	default:
		for (i = 0; i < LANES; i++)
			is[i] = (A[i] & k) != 0;
	}
	return pack(is);
}

static u64 compare_x(const struct word *w, u16 op)
{
	const u32 *A = w->A, *X = w->X;
	u8 is[LANES];
	u32 i;

	switch (op) {
	case BPF_JEQ:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] == X[i];
		break;
	case BPF_JGE:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] >= X[i];
		break;
	case BPF_JGT:
		for (i = 0; i < LANES; i++)
			is[i] = A[i] > X[i];
		break;
	default:
		for (i = 0; i < LANES; i++)
			is[i] = (A[i] & X[i]) != 0;
	}
	return pack(is);
}

static u64 compare(const struct word *w, const struct sock_filter *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return compare_x(w, BPF_OP(insn->code));
	return compare_k(w, BPF_OP(insn->code), insn->k);
}

static u64 zeroes(const struct word *w)
{
	u8 is[LANES];
	u32 i;

	for (i = 0; i < LANES; i++)
		is[i] = w->X[i] == 0;
	return pack(is);
}

/* Loads, stores and moves: anything that is neither ALU, jump nor return. */
static void move(const struct sock_filter *insn, struct word *w,
		 const struct batch_data *data, u32 first,
		 struct batch_scratch *s)
{
	u32 k = insn->k;

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		put(w, w->A, data->w[k / 4] + first);
		break;
	case BPF_LD | BPF_W | BPF_LEN:
		put_k(w, w->A, sizeof(struct sd));
		break;
	case BPF_LDX | BPF_W | BPF_LEN:
		put_k(w, w->X, sizeof(struct sd));
		break;
	case BPF_LD | BPF_IMM:
		put_k(w, w->A, k);
		break;
	case BPF_LDX | BPF_IMM:
		put_k(w, w->X, k);
		break;
	case BPF_LD | BPF_MEM:
		put(w, w->A, s->M[k] + first);
		break;
	case BPF_LDX | BPF_MEM:
		put(w, w->X, s->M[k] + first);
		break;
	case BPF_ST:
		put(w, s->M[k] + first, w->A);
		break;
	case BPF_STX:
		put(w, s->M[k] + first, w->X);
		break;
	case BPF_MISC | BPF_TAX:
		put(w, w->X, w->A);
		break;
	case BPF_MISC | BPF_TXA:
		put(w, w->A, w->X);
		break;
	}
}

/* Returns the lanes that end here: those that divide by an X of zero. */
static u64 calculate(const struct sock_filter *insn, struct word *w, u32 *ret)
{
	u32 ks[LANES];
	u64 ended = 0;
	u32 i;

	if (BPF_SRC(insn->code) == BPF_K) {
		for (i = 0; i < LANES; i++)
			ks[i] = insn->k;
		alu(w, BPF_OP(insn->code), ks);
		return 0;
	}

	if (BPF_OP(insn->code) == BPF_DIV) {
		u64 live = w->live;

		ended = live & zeroes(w);
		w->live = ended;
		put_ret(w, ret, NULL, 0);
		w->live = live & ~ended;
	}
	alu(w, BPF_OP(insn->code), w->X);
	return ended;
}

/* Where the lanes of one word go from an instruction; the rest goes on. */
struct flow {
	u64 jumped;
	u64 returned;
};

static struct flow execute(const struct sock_filter *insn, struct word *w,
			   const struct batch_data *data, u32 first,
			   u32 *ret, struct batch_scratch *s)
{
	u64 live = w->live;

	switch (BPF_CLASS(insn->code)) {
	case BPF_RET:
		put_ret(w, ret, BPF_RVAL(insn->code) == BPF_A ? w->A : NULL,
			insn->k);
		return (struct flow){ .returned = live };
	case BPF_JMP:
		if (BPF_OP(insn->code) != BPF_JA)
			live &= compare(w, insn);
		return (struct flow){ .jumped = live };
	case BPF_ALU:
		expand(w);
		return (struct flow){ .returned = calculate(insn, w, ret) };
	default:
		expand(w);
		move(insn, w, data, first, s);
		return (struct flow){ 0 };
	}
}

static void batch_step(const struct filter *f, u32 pc,
		       const struct batch_data *data, struct batch_run *run,
		       struct batch_scratch *s)
{
	const struct sock_filter *insn = &f->insns[pc];
	struct nrset live = s->live[pc];
	u32 if_true = pc + 1, if_false = pc + 1;
	bool branches = false;
	u32 i;

	if (BPF_CLASS(insn->code) == BPF_JMP) {
		branches = BPF_OP(insn->code) != BPF_JA;
		if_true += branches ? insn->jt : insn->k;
		if_false += branches ? insn->jf : 0;
	}

	if (insn->code == (BPF_LD | BPF_W | BPF_ABS)) {
		struct nrset *reads = &run->reads[insn->k / 4];

		*reads = nrset_or(*reads, &live);
	}

	for (i = 0; i < NRSET_WORDS; i++) {
		u32 first = i * LANES;
		struct flow flow;
		struct word w;
		u64 rest;

		if (!live.w[i])
			continue;
		s->live[pc].w[i] = 0;
		w.live = live.w[i];
		w.A = s->A + first;
		w.X = s->X + first;
		flow = execute(insn, &w, data, first, run->ret + first, s);

		rest = live.w[i] & ~flow.returned & ~flow.jumped;
		if (flow.jumped) {
			s->live[if_true].w[i] |= flow.jumped;
			run->seen[pc] |= branches ? BATCH_JUMPED : 0;
		}
		if (rest) {
			s->live[if_false].w[i] |= rest;
			run->seen[pc] |= branches ? BATCH_NOT_JUMPED : 0;
		}
	}
	run->seen[pc] |= BATCH_REACHED;
}

void batch_interp(const struct filter *f, const struct batch_data *data,
		  u32 lanes, struct batch_run *run, struct batch_scratch *s)
{
	u32 pc, i;

	for (i = 0; i < SD_WORDS; i++)
		run->reads[i] = (struct nrset){ 0 };
	for (i = 0; i < BATCH_LANES; i++)
		s->A[i] = s->X[i] = 0;

	s->live[0] = nrset_below(lanes);
	for (pc = 0; pc < f->len; pc++) {
		run->seen[pc] = 0;
		if (!nrset_empty(&s->live[pc]))
			batch_step(f, pc, data, run, s);
	}
}

struct sd batch_sd(const struct batch_data *data, u32 lane)
{
	struct sd sd;
	u32 i;

	for (i = 0; i < SD_WORDS; i++)
		sd.w[i] = data->w[i][lane];
	return sd;
}
