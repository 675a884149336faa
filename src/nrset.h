/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A set of system call numbers: a kernel's bitmap, or a part of one.
 */
#ifndef BITPROOF_NRSET_H
#define BITPROOF_NRSET_H

#include "types.h"

#define NR_MAX	    512 /* larger than any table that has a bitmap */
#define NRSET_WORDS (NR_MAX / 64)

struct nrset {
	u64 w[NRSET_WORDS];
};

static inline bool nrset_has(const struct nrset *s, u32 nr)
{
	return s->w[nr / 64] >> nr % 64 & 1;
}

static inline void nrset_add(struct nrset *s, u32 nr)
{
	s->w[nr / 64] |= 1ull << nr % 64;
}

static inline void nrset_remove(struct nrset *s, u32 nr)
{
	s->w[nr / 64] &= ~(1ull << nr % 64);
}

/* 0 to @nrs - 1 */
static inline struct nrset nrset_below(u32 nrs)
{
	struct nrset s;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++) {
		u32 first = 64 * i;

		if (nrs >= first + 64)
			s.w[i] = ~0ull;
		else
			s.w[i] = nrs > first ? (1ull << (nrs - first)) - 1 : 0;
	}
	return s;
}

static inline struct nrset nrset_and(struct nrset a, const struct nrset *b)
{
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		a.w[i] &= b->w[i];
	return a;
}

static inline struct nrset nrset_or(struct nrset a, const struct nrset *b)
{
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		a.w[i] |= b->w[i];
	return a;
}

/* In @a but not in @b. */
static inline struct nrset nrset_minus(struct nrset a, const struct nrset *b)
{
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		a.w[i] &= ~b->w[i];
	return a;
}

static inline bool nrset_empty(const struct nrset *s)
{
	u64 any = 0;
	u32 i;

	for (i = 0; i < NRSET_WORDS; i++)
		any |= s->w[i];
	return !any;
}

static inline u32 nrset_count(const struct nrset *s)
{
	u32 i, n = 0;

	for (i = 0; i < NRSET_WORDS; i++)
		n += __builtin_popcountll(s->w[i]);
	return n;
}

/* The lowest member at or above @nr; NR_MAX if there is none. */
static inline u32 nrset_next(const struct nrset *s, u32 nr)
{
	u32 i = nr / 64;
	u64 w;

	if (nr >= NR_MAX)
		return NR_MAX;
	w = s->w[i] & ~0ull << nr % 64;
	while (!w) {
		if (++i == NRSET_WORDS)
			return NR_MAX;
		w = s->w[i];
	}
	return 64 * i + __builtin_ctzll(w);
}

#define for_each_nr(nr, set)                                 \
	for ((nr) = nrset_next((set), 0); (nr) < NR_MAX; \
	     (nr) = nrset_next((set), (nr) + 1))

#endif
