/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small, fast, seedable generator: splitmix64 (Steele, Lea and Flood 2014).
 * Every random choice of a run comes from one seed, so every run repeats.
 */
#ifndef BITPROOF_RNG_H
#define BITPROOF_RNG_H

#include "types.h"

struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline u32 rng_u32(struct rng *r)
{
	return rng_next(r) >> 32;
}

/* 0 to @n - 1; @n must not be 0. */
static inline u32 rng_below(struct rng *r, u32 n)
{
	return (u64)rng_u32(r) * n >> 32;
}

/* True once in @n times. */
static inline bool rng_one_in(struct rng *r, u32 n)
{
	return rng_below(r, n) == 0;
}

#endif
