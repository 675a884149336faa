/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmaps, as include/linux/bitmap.h and find.h have them. Trees use few of
 * these today, and a patch may use any. Bits beyond the size are what they are
 * in the kernel too: written with the last word, and not seen.
 */
#ifndef BITPROOF_SHIM_BITMAP_H
#define BITPROOF_SHIM_BITMAP_H

#include <string.h>

#include "types.h"

#define BIT(nr)                    (1ul << (nr))
#define BITS_PER_LONG              64
#define BIT_WORD(nr)               ((nr) / BITS_PER_LONG)
#define BIT_MASK(nr)               (1ul << (nr) % BITS_PER_LONG)
#define BITS_TO_LONGS(n)           (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

#define bitmap_fill(map, n) ((void)memset(map, 0xff, BITS_TO_LONGS(n) * 8))
#define bitmap_zero(map, n) ((void)memset(map, 0, BITS_TO_LONGS(n) * 8))
#define bitmap_copy(to, from, n)                                               \
	((void)memcpy(to, from, BITS_TO_LONGS(n) * 8))

/* The bits of word @w that count if there are @n in all. */
static inline unsigned long shim_bits_of_word(unsigned long w, unsigned long n)
{
	return n - w * 64 < 64 ? BIT(n - w * 64) - 1 : ~0ul;
}

static inline bool test_bit(long nr, const unsigned long *map)
{
	return map[BIT_WORD(nr)] & BIT_MASK(nr);
}

static inline void __set_bit(long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline void __change_bit(long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] ^= BIT_MASK(nr);
}

static inline void __assign_bit(long nr, unsigned long *map, bool value)
{
	value ? __set_bit(nr, map) : __clear_bit(nr, map);
}

static inline bool __test_and_set_bit(long nr, unsigned long *map)
{
	bool old = test_bit(nr, map);

	__set_bit(nr, map);
	return old;
}

static inline bool __test_and_clear_bit(long nr, unsigned long *map)
{
	bool old = test_bit(nr, map);

	__clear_bit(nr, map);
	return old;
}

/* One thread: none needs to be atomic. */
#define set_bit            __set_bit
#define clear_bit          __clear_bit
#define change_bit         __change_bit
#define assign_bit         __assign_bit
#define test_and_set_bit   __test_and_set_bit
#define test_and_clear_bit __test_and_clear_bit

/* The first bit from @at on that is @value; @n if there is none. */
static inline unsigned long shim_find_bit(const unsigned long *map,
					  unsigned long n, unsigned long at,
					  bool value)
{
	while (at < n && test_bit(at, map) != value)
		at++;
	return at < n ? at : n;
}

#define find_first_bit(map, n)         shim_find_bit(map, n, 0, true)
#define find_next_bit(map, n, at)      shim_find_bit(map, n, at, true)
#define find_first_zero_bit(map, n)    shim_find_bit(map, n, 0, false)
#define find_next_zero_bit(map, n, at) shim_find_bit(map, n, at, false)

#define for_each_set_bit_from(nr, map, n)                                      \
	for (; (nr) = find_next_bit(map, n, nr), (nr) < (n); (nr)++)
#define for_each_clear_bit_from(nr, map, n)                                    \
	for (; (nr) = find_next_zero_bit(map, n, nr), (nr) < (n); (nr)++)
#define for_each_set_bit(nr, map, n)                                           \
	for ((nr) = 0; (nr) = find_next_bit(map, n, nr), (nr) < (n); (nr)++)
#define for_each_clear_bit(nr, map, n)                                         \
	for ((nr) = 0; (nr) = find_next_zero_bit(map, n, nr), (nr) < (n);      \
	     (nr)++)

/* What @value is for each word; returns whether a bit below @n is set in it. */
#define SHIM_BITMAP_OP(name, value)                                            \
	static inline bool name(unsigned long *to, const unsigned long *a,     \
				const unsigned long *b, unsigned long n)       \
	{                                                                      \
		unsigned long any = 0, w;                                      \
                                                                               \
		for (w = 0; w < BITS_TO_LONGS(n); w++) {                       \
			to[w] = (value);                                       \
			any |= to[w] & shim_bits_of_word(w, n);                \
		}                                                              \
		return any;                                                    \
	}

SHIM_BITMAP_OP(bitmap_and, a[w] & b[w] & shim_bits_of_word(w, n))
SHIM_BITMAP_OP(bitmap_andnot, a[w] & ~b[w] & shim_bits_of_word(w, n))
SHIM_BITMAP_OP(bitmap_or, a[w] | b[w])
SHIM_BITMAP_OP(bitmap_xor, a[w] ^ b[w])
SHIM_BITMAP_OP(shim_bitmap_not, ~a[w])

#define bitmap_complement(to, from, n)                                         \
	((void)shim_bitmap_not(to, from, NULL, n))

/* Is @value 0 for each word, but for bits from @n on? */
#define SHIM_BITMAP_TEST(name, value)                                          \
	static inline bool name(const unsigned long *a,                        \
				const unsigned long *b, unsigned long n)       \
	{                                                                      \
		unsigned long any = 0, w;                                      \
                                                                               \
		for (w = 0; w < BITS_TO_LONGS(n); w++)                         \
			any |= (value) & shim_bits_of_word(w, n);              \
		return !any;                                                   \
	}

SHIM_BITMAP_TEST(bitmap_equal, a[w] ^ b[w])
SHIM_BITMAP_TEST(bitmap_subset, a[w] & ~b[w])
SHIM_BITMAP_TEST(shim_bitmap_disjoint, a[w] & b[w])

#define bitmap_intersects(a, b, n) (!shim_bitmap_disjoint(a, b, n))
#define bitmap_empty(map, n)       (find_first_bit(map, n) == (n))
#define bitmap_full(map, n)        (find_first_zero_bit(map, n) == (n))

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned long n)
{
	unsigned int weight = 0;
	unsigned long nr;

	for_each_set_bit(nr, map, n)
		weight++;
	return weight;
}

static inline void bitmap_set(unsigned long *map, unsigned long from,
			      unsigned long n)
{
	while (n--)
		__set_bit(from++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned long from,
				unsigned long n)
{
	while (n--)
		__clear_bit(from++, map);
}

#endif
