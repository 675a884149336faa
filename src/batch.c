// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes are handled 64 at a time, one word of a set. Within a word the loops
 * have no branches, so that a compiler makes vector code of them. Lanes that
 * wait at another instruction keep their registers: results are blended.
 */
#include <linux/seccomp.h>

#include "batch.h"

#define LANES 64 /* in a word */
#define FEW   8  /* lanes are faster one by one */

struct word {
	u64 live;   /* lanes that are here */
	bool few;
	bool whole; /* no lane waits elsewhere: nothing to keep */
	u32 wide;   /* bits of a count that shift everything out */
	u32 *A;
	u32 *X;
};

#define EACH_LIVE(i, live) \
	for (; (live) && ((i) = __builtin_ctzll(live), true); (live) &= (live) - 1)

/* ~0 for each lane of a set. */
static void expand(u64 lanes, u32 *mask)
{
	u32 half, i;

	for (half = 0; half < 2; half++) {
		u32 bits = lanes >> 32 * half;

		for (i = 0; i < 32; i++)
			mask[32 * half + i] = bits & 1u << i ? ~0u : 0;
	}
}

/* to[i] = @value, an expression of i, for the lanes that are here. */
#define PUT(w, to, value)                                                \
	do {                                                             \
		u32 i;                                                   \
		if ((w)->few) {                                          \
			u64 live = (w)->live;                            \
			EACH_LIVE(i, live)                               \
				(to)[i] = (value);                       \
		} else if ((w)->whole) {                                 \
			for (i = 0; i < LANES; i++)                      \
				(to)[i] = (value);                       \
		} else {                                                 \
			u32 mask[LANES];                                 \
			expand((w)->live, mask);                         \
			for (i = 0; i < LANES; i++)                      \
				(to)[i] = ((value) & mask[i]) |          \
					  ((to)[i] & ~mask[i]);          \
		}                                                        \
	} while (0)

static void put(const struct word *w, u32 *restrict to,
		const u32 *restrict from)
{
	PUT(w, to, from[i]);
}

static void put_k(const struct word *w, u32 *to, u32 k)
{
	PUT(w, to, k);
}

/* A bit for each lane from a byte of 0 or 1 for each lane. */
#ifdef __AVX2__
/* One instruction for half of them, which no compiler finds by itself. */
static u64 pack(const u8 *is)
{
	typedef char half __attribute__((vector_size(32)));
	half lo, hi;

	__builtin_memcpy(&lo, is, 32);
	__builtin_memcpy(&hi, is + 32, 32);
	return (u32)__builtin_ia32_pmovmskb256(-lo) |
	       (u64)(u32)__builtin_ia32_pmovmskb256(-hi) << 32;
}
#else
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
#endif

/* Lanes for which @test, an expression of i, holds; some that are not here. */
#define WHERE(w, test)                                            \
	({                                                        \
		u64 bits = 0;                                     \
		u32 i;                                            \
		if ((w)->few) {                                   \
			u64 live = (w)->live;                     \
			EACH_LIVE(i, live)                        \
				bits |= (u64)(test) << i;         \
		} else {                                          \
			u8 is[LANES];                             \
			for (i = 0; i < LANES; i++)               \
				is[i] = (test);                   \
			bits = pack(is);                          \
		}                                                 \
		bits;                                             \
	})

/* Division has no vector form, and its lanes may be few. */
static void divide(struct word *w, const u32 *b)
{
	u64 live = w->live;
	u32 i;

	EACH_LIVE(i, live)
		w->A[i] /= b[i];
}

static void alu(struct word *w, u16 op, const u32 *restrict b)
{
	u32 *restrict A = w->A;
	u32 wide = w->wide;

	switch (op) {
	case BPF_ADD:
		PUT(w, A, A[i] + b[i]);
		break;
	case BPF_SUB:
		PUT(w, A, A[i] - b[i]);
		break;
	case BPF_MUL:
		PUT(w, A, A[i] * b[i]);
		break;
	case BPF_DIV:
		divide(w, b);
		break;
	case BPF_AND:
		PUT(w, A, A[i] & b[i]);
		break;
	case BPF_OR:
		PUT(w, A, A[i] | b[i]);
		break;
	case BPF_XOR:
		PUT(w, A, A[i] ^ b[i]);
		break;
	case BPF_LSH:
		PUT(w, A, b[i] & wide ? 0 : A[i] << (b[i] & 31));
		break;
	case BPF_RSH:
		PUT(w, A, b[i] & wide ? 0 : A[i] >> (b[i] & 31));
		break;
	case BPF_NEG:
		PUT(w, A, -A[i]);
		break;
	}
}

static u64 compare_k(const struct word *w, u16 op, u32 k)
{
	const u32 *A = w->A;

	switch (op) {
	case BPF_JEQ:
		return WHERE(w, A[i] == k);
	case BPF_JGE:
		return WHERE(w, A[i] >= k);
	case BPF_JGT:
		return WHERE(w, A[i] > k);
	default:
		return WHERE(w, (A[i] & k) != 0);
	}
}

static u64 compare_x(const struct word *w, u16 op)
{
	const u32 *A = w->A, *X = w->X;

	switch (op) {
	case BPF_JEQ:
		return WHERE(w, A[i] == X[i]);
	case BPF_JGE:
		return WHERE(w, A[i] >= X[i]);
	case BPF_JGT:
		return WHERE(w, A[i] > X[i]);
	default:
		return WHERE(w, (A[i] & X[i]) != 0);
	}
}

static u64 compare(const struct word *w, const struct sock_filter *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return compare_x(w, BPF_OP(insn->code));
	return compare_k(w, BPF_OP(insn->code), insn->k);
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

/* Here other lanes must be kept, those that have returned before. */
static void put_ret(const struct word *w, u32 *ret, const u32 *from, u32 k)
{
	struct word some = *w;

	some.whole = false;
	if (from)
		put(&some, ret, from);
	else
		put_k(&some, ret, k);
}

/* Returns the lanes that end here: those that divide by an X of zero. */
static u64 divide_by_x(struct word *w, u32 *ret)
{
	struct word zero = *w;

	zero.live &= WHERE(w, w->X[i] == 0);
	put_ret(&zero, ret, NULL, 0);
	w->live &= ~zero.live;
	divide(w, w->X);
	return zero.live;
}

static u64 calculate(const struct sock_filter *insn, struct word *w, u32 *ret)
{
	u32 ks[LANES];
	u32 i;

	if (insn->code == (BPF_ALU | BPF_DIV | BPF_X))
		return divide_by_x(w, ret);
	if (BPF_SRC(insn->code) == BPF_X) {
		alu(w, BPF_OP(insn->code), w->X);
		return 0;
	}
	for (i = 0; i < LANES; i++)
		ks[i] = insn->k;
	alu(w, BPF_OP(insn->code), ks);
	return 0;
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
		return (struct flow){ .returned = calculate(insn, w, ret) };
	default:
		move(insn, w, data, first, s);
		return (struct flow){ 0 };
	}
}

static void batch_step(const struct filter *f, u32 pc,
		       const struct batch_data *data, struct batch_run *run,
		       struct batch_scratch *s)
{
	const struct sock_filter *insn = &f->insns[pc];
	u32 if_true = pc + 1, if_false = pc + 1;
	bool loads = insn->code == (BPF_LD | BPF_W | BPF_ABS);
	bool branches = false;
	u32 words = s->words[pc];

	if (BPF_CLASS(insn->code) == BPF_JMP) {
		branches = BPF_OP(insn->code) != BPF_JA;
		if_true += branches ? insn->jt : insn->k;
		if_false += branches ? insn->jf : 0;
	}

	s->words[pc] = 0;
	for (; words; words &= words - 1) {
		u32 i = __builtin_ctz(words);
		u32 first = i * LANES;
		u64 live = s->live[pc].w[i];
		struct flow flow;
		struct word w;
		u64 rest;

		s->live[pc].w[i] = 0;
		if (loads)
			run->reads[insn->k / 4].w[i] |= live;
		w.live = live;
		w.few = __builtin_popcountll(w.live) <= FEW;
		w.whole = w.live == s->running.w[i];
		w.A = s->A + first;
		w.X = s->X + first;
		w.wide = f->wide_shifts ? 32 : 0;
		flow = execute(insn, &w, data, first, run->ret + first, s);

		s->running.w[i] &= ~flow.returned;
		rest = live & ~flow.returned & ~flow.jumped;
		if (flow.jumped) {
			s->live[if_true].w[i] |= flow.jumped;
			s->words[if_true] |= 1u << i;
			run->seen[pc] |= branches ? BATCH_JUMPED : 0;
		}
		if (rest) {
			s->live[if_false].w[i] |= rest;
			s->words[if_false] |= 1u << i;
			run->seen[pc] |= branches ? BATCH_NOT_JUMPED : 0;
		}
	}
	run->seen[pc] |= BATCH_REACHED;
}

static void clear_registers(struct batch_scratch *s, u32 first)
{
	u32 i;

	for (i = first; i < first + LANES; i++)
		s->A[i] = s->X[i] = 0;
}

void batch_interp(const struct filter *f, const struct batch_data *data,
		  const struct nrset *lanes, struct batch_run *run,
		  struct batch_scratch *s)
{
	u32 pc, i;

	for (i = 0; i < SD_WORDS; i++)
		run->reads[i] = (struct nrset){ 0 };
	for (i = 0; i < NRSET_WORDS; i++) {
		if (!lanes->w[i])
			continue;
		clear_registers(s, LANES * i);
		s->words[0] |= 1u << i;
	}

	s->running = *lanes;
	s->live[0] = *lanes;
	for (pc = 0; pc < f->len; pc++) {
		run->seen[pc] = 0;
		if (s->words[pc])
			batch_step(f, pc, data, run, s);
	}
}

struct nrset batch_equal(const u32 *lanes, u32 value)
{
	struct nrset s;
	u32 i, lane;

	for (i = 0; i < NRSET_WORDS; i++) {
		u8 is[LANES];

		for (lane = 0; lane < LANES; lane++)
			is[lane] = lanes[LANES * i + lane] == value;
		s.w[i] = pack(is);
	}
	return s;
}

struct sd batch_sd(const struct batch_data *data, u32 lane)
{
	struct sd sd;
	u32 i;

	for (i = 0; i < SD_WORDS; i++)
		sd.w[i] = data->w[i][lane];
	return sd;
}
