// SPDX-License-Identifier: GPL-2.0-only
/*
 * The raw form of an input: literal bytes, each error, random bytes.
 */
#include <errno.h>
#include <string.h>

#include "input.h"
#include "rng.h"
#include "tap.h"

static struct input in, again;
static u8 raw[INPUT_MAX_SIZE + INPUT_RECORD];
static u8 back[INPUT_MAX_SIZE];

static const u8 two_filters[] = {
	0x02, 0x00, 0x00, 0x00, 0x78, 0x56, 0x34, 0x12, /* s390x, seed */
	0x20, 0x00, 0x01, 0x02, 0x04, 0x00, 0x00, 0x00, /* ld [4] */
	0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x7f, /* ret ALLOW */
	0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xcd, 0xab, 0xff, 0xfe, 0x01, 0x02, 0x03, 0x80,
};

static bool same_insn(const struct sock_filter *a, u16 code, u8 jt, u8 jf,
		      u32 k)
{
	return a->code == code && a->jt == jt && a->jf == jf && a->k == k;
}

static void test_literal(void)
{
	int ret = input_read(&in, two_filters, sizeof(two_filters));
	const struct filter *f = in.stack.filter;

	ok(ret == 0, "literal bytes are read");
	ok(in.platform == 2 && in.seed == 0x12345678, "platform and seed");
	ok(in.stack.depth == 2 && f[0].len == 2 && f[1].len == 1,
	   "two filters of two and one instructions");
	ok(f[0].insns == input_room(&in, 0) && f[1].insns == input_room(&in, 1),
	   "each filter is in its room");
	ok(same_insn(&f[0].insns[0], 0x20, 1, 2, 4) &&
		   same_insn(&f[0].insns[1], 0x06, 0, 0, 0x7fff0000) &&
		   same_insn(&f[1].insns[0], 0xabcd, 0xff, 0xfe, 0x80030201),
	   "the oldest filter comes first, all fields are little-endian");

	ret = input_write(&in, back, sizeof(back));
	ok(ret == sizeof(two_filters) &&
		   !memcmp(back, two_filters, sizeof(two_filters)),
	   "and written as they were");
	ok(input_size(&in) == sizeof(two_filters), "input_size() agrees");
}

static void test_read_errors(void)
{
	static const struct {
		const char *what;
		u32 size;
		int ret;
	} cases[] = {
		{ "nothing", 0, -ENODATA },
		{ "a part of a header", 7, -ENODATA },
		{ "a header only", 8, -ENODATA },
		{ "a header and most of a record", 15, -ENODATA },
		{ "a header and a record", 16, 0 },
		{ "one byte more", 17, -EBADMSG },
		{ "seven bytes more", 23, -EBADMSG },
		{ "4097 instructions", 8 + 8 * 4097, 0 },
		{ "4098 instructions", 8 + 8 * 4098, -E2BIG },
	};
	u32 i;

	memset(raw, 0, sizeof(raw));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int ret = input_read(&in, raw, cases[i].size);

		ok(ret == cases[i].ret, "%s: %d", cases[i].what, ret);
	}
}

static void test_separators(void)
{
	u32 i;

	memset(raw, 0xff, sizeof(raw));
	for (i = 0; i < 3 * 256; i++) {
		raw[0] = i;
		input_read(&in, raw, 16);
		if (in.platform != i % 256 % 3)
			break;
	}
	ok(i == 3 * 256, "the platform is byte 0 modulo 3");
	ok(input_read(&in, raw, 8 + 8 * 7) == 0 && in.stack.depth == 8,
	   "seven separators make eight empty filters");
	ok(in.stack.filter[7].len == 0, "and nothing after them is empty too");
	ok(input_read(&in, raw, 8 + 8 * 8) == -E2BIG, "eight are too many");

	memset(raw, 0, sizeof(raw));
	for (i = 1; i < STACK_MAX_FILTERS; i++)
		memset(raw + 8 + 8 * (i * (INPUT_MAX_INSNS + 1) - 1), 0xff, 2);
	ok(input_read(&in, raw, INPUT_MAX_SIZE - 8) == 0 &&
		   in.stack.depth == 8 && in.stack.filter[7].len == 4097,
	   "eight filters of 4097 instructions");
}

static void test_write_errors(void)
{
	input_read(&in, two_filters, sizeof(two_filters));
	ok(input_write(&in, back, sizeof(two_filters) - 1) == -ENOSPC,
	   "too little room to write");
	ok(input_write(&in, back, 0) == -ENOSPC, "none at all");

	input_room(&in, 1)[0].code = INPUT_SEPARATOR;
	ok(input_write(&in, back, sizeof(back)) == -EINVAL,
	   "an instruction that would read as a separator");

	in.stack.depth = 1;
	in.stack.filter[0].len = 0;
	ok(input_write(&in, back, sizeof(back)) == -EINVAL,
	   "one empty filter has no raw form");
	in.stack.depth = 0;
	ok(input_write(&in, back, sizeof(back)) == -EINVAL,
	   "nor has an empty stack");
}

static bool same_stack(const struct stack *a, const struct stack *b)
{
	u32 i;

	if (a->depth != b->depth)
		return false;
	for (i = 0; i < a->depth; i++) {
		const struct filter *f = &a->filter[i], *g = &b->filter[i];

		if (f->len != g->len ||
		    memcmp(f->insns, g->insns, f->len * sizeof(*f->insns)))
			return false;
	}
	return true;
}

static void test_copy(void)
{
	struct stack s;
	bool own;

	input_read(&in, two_filters, sizeof(two_filters));
	input_copy(&again, &in);
	own = again.stack.filter[0].insns == input_room(&again, 0) &&
	      again.stack.filter[1].insns == input_room(&again, 1);
	ok(own && again.platform == 2 && again.seed == in.seed &&
		   same_stack(&again.stack, &in.stack),
	   "a copy is equal and points into itself");

	s.depth = 1;
	s.filter[0] = again.stack.filter[1];
	input_set_stack(&again, &s);
	ok(again.stack.depth == 1 && again.stack.filter[0].len == 1 &&
		   again.stack.filter[0].insns == input_room(&again, 0) &&
		   again.insns[0].code == 0xabcd,
	   "a stack may be set to a part of itself");
}

/* Random bytes with few bits, so that separators are often among them. */
static size_t random_bytes(struct rng *r)
{
	size_t size = rng_below(r, 400);
	size_t i;

	if (!rng_one_in(r, 4))
		size &= ~7;
	for (i = 0; i < size; i++)
		raw[i] = rng_u32(r);
	for (i = 8; i + 8 <= size; i += 8) {
		if (rng_one_in(r, 8))
			raw[i] = raw[i + 1] = 0xff;
	}
	return size;
}

static void test_random(void)
{
	u32 i, read = 0, refused = 0, wrong = 0;
	struct rng r = { 1 };

	for (i = 0; i < 200000; i++) {
		size_t size = random_bytes(&r);
		int ret = input_read(&in, raw, size);
		int n;

		if (ret) {
			refused++;
			wrong += ret != -ENODATA && ret != -EBADMSG &&
				 ret != -E2BIG;
			continue;
		}
		read++;
		n = input_write(&in, back, sizeof(back));
		wrong += n != (int)size || input_read(&again, back, n) ||
			 again.platform != in.platform ||
			 again.seed != in.seed ||
			 !same_stack(&again.stack, &in.stack);
	}
	diag("random bytes: %u read, %u refused", read, refused);
	ok(read > 10000 && refused > 10000 && !wrong,
	   "what is read writes back to an equal input");
}

int main(void)
{
	test_literal();
	test_read_errors();
	test_separators();
	test_write_errors();
	test_copy();
	test_random();
	return tap_done();
}
