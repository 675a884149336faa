// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bitmaps that stand in for the kernel's: 70 bits, so the last word has 58
 * that do not count.
 */
#include "shim_bitmap.h"
#include "tap.h"

#define SIZE 70
#define REST (~0ul << (SIZE - 64))

typedef bool operation(unsigned long *, const unsigned long *,
		       const unsigned long *, unsigned long);
typedef bool question(const unsigned long *, const unsigned long *,
		      unsigned long);

static const unsigned long low[2] = { 0x0f, REST | 1 };
static const unsigned long high[2] = { 0x3c, 1 };

static bool is(const unsigned long *map, unsigned long w0, unsigned long w1)
{
	if (map[0] != w0 || map[1] != w1)
		diag("%lx %lx", map[0], map[1]);
	return map[0] == w0 && map[1] == w1;
}

static void operations(void)
{
	static const struct {
		const char *name;
		operation *run;
		const unsigned long *a, *b;
		unsigned long word[2];
		bool any;
	} row[] = {
		{ "and", bitmap_and, low, high, { 0x0c, 1 }, true },
		{ "and: the rest is cleared", bitmap_and, low, low,
		  { 0x0f, 1 }, true },
		{ "andnot", bitmap_andnot, low, high, { 0x03, 0 }, true },
		{ "andnot: nothing", bitmap_andnot, low, low, { 0, 0 }, false },
		{ "or", bitmap_or, low, high, { 0x3f, REST | 1 }, true },
		{ "xor", bitmap_xor, low, high, { 0x33, REST }, true },
		{ "xor: nothing", bitmap_xor, high, high, { 0, 0 }, false },
	};
	unsigned long map[2];
	bool any;

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		any = row[i].run(map, row[i].a, row[i].b, SIZE);
		ok(is(map, row[i].word[0], row[i].word[1]) && any == row[i].any,
		   "%s", row[i].name);
	}
	bitmap_complement(map, high, SIZE);
	ok(is(map, ~0x3cul, ~1ul), "complement");
}

static void questions(void)
{
	static const unsigned long rest[2] = { 0x0f, 1 };
	static const struct {
		const char *name;
		question *ask;
		const unsigned long *a, *b;
		bool answer;
	} row[] = {
		{ "equal, but for what does not count", bitmap_equal, low, rest, true },
		{ "not equal", bitmap_equal, low, high, false },
		{ "a subset", bitmap_subset, low, rest, true },
		{ "no subset", bitmap_subset, low, high, false },
	};
	static const unsigned long none[2] = { 0, REST };
	static const unsigned long all[2] = { ~0ul, ~REST };

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		ok(row[i].ask(row[i].a, row[i].b, SIZE) == row[i].answer, "%s",
		   row[i].name);
	ok(bitmap_intersects(low, high, SIZE) &&
		   !bitmap_intersects(none, low, SIZE),
	   "intersects");
	ok(bitmap_empty(none, SIZE) && !bitmap_empty(high, SIZE), "empty");
	ok(bitmap_full(all, SIZE) && !bitmap_full(low, SIZE), "full");
	ok(bitmap_weight(low, SIZE) == 5, "weight");
}

static void bits(void)
{
	unsigned long map[2], nr;
	int set = 0, clear = 0;

	bitmap_zero(map, SIZE);
	bitmap_set(map, 60, 8);
	bitmap_clear(map, 62, 3);
	ok(is(map, 0x3ul << 60, 0xe), "ranges");
	__set_bit(69, map);
	__change_bit(60, map);
	__assign_bit(3, map, true);
	__assign_bit(61, map, false);
	ok(is(map, 8, 0x2e), "single bits");
	ok(test_bit(69, map) && !test_bit(68, map), "test");
	ok(__test_and_set_bit(69, map) && !__test_and_set_bit(0, map) &&
		   __test_and_clear_bit(0, map) &&
		   !__test_and_clear_bit(0, map) && is(map, 8, 0x2e),
	   "test and set, test and clear");
	ok(find_first_bit(map, SIZE) == 3 && find_next_bit(map, SIZE, 4) == 65 &&
		   find_next_bit(map, 65, 4) == 65 &&
		   find_next_zero_bit(map, SIZE, 65) == 68,
	   "find");

	for_each_set_bit(nr, map, SIZE)
		set += nr;
	for_each_clear_bit(nr, map, SIZE)
		clear += nr;
	ok(set == 3 + 65 + 66 + 67 + 69 && set + clear == 69 * 70 / 2, "each");
	nr = 66;
	for_each_set_bit_from(nr, map, SIZE)
		set -= nr;
	ok(set == 3 + 65, "each from one on");

	bitmap_fill(map, SIZE);
	ok(is(map, ~0ul, ~0ul), "fill: whole words");
	bitmap_copy(map, high, SIZE);
	ok(is(map, 0x3c, 1), "copy");
}

int main(void)
{
	operations();
	questions();
	bits();
	return tap_done();
}
