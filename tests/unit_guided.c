// SPDX-License-Identifier: GPL-2.0-only
/*
 * harness/guided.c without a kernel: what is kept of blocks that are made up here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../harness/guided.c"
#include "entry.h"
#include "tap.h"

struct inputs inputs;
static u64 ran[KCOV_WORDS];
static u32 nr_ran;

int fail(const char *fmt, ...)
{
	return COULD_NOT_RUN;
}

int kcov_open(void)
{
	return 0;
}

void kcov_clear(void)
{
}

u32 kcov_ran(const u64 **blocks)
{
	*blocks = ran;
	return nr_ran;
}

/* What @tells says, as text; returns how many lines it has. */
static char text[1 << 16];

static u32 lines(void (*tells)(void))
{
	FILE *out = stdout;
	u32 n = 0;
	char *c;

	text[0] = 0;
	stdout = fmemopen(text, sizeof(text), "w");
	tells();
	fclose(stdout);
	stdout = out;
	for (c = text; *c; c++)
		n += *c == '\n';
	return n;
}

static int status;

static void summary(void)
{
	status = guided_summary();
}

/* The summary has this. */
static bool sums_up(const char *what)
{
	lines(summary);
	return strstr(text, what);
}

/* A stack that allows all, and the blocks that it runs. Returns how many are kept. */
static u32 run(u32 n, ...)
{
	static struct input in;
	va_list ap;
	u32 i;

	*input_room(&in, 0) =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0x7fff0000);
	in.stack = (struct stack){ 1, { { input_room(&in, 0), 1 } } };
	in.platform = ENTRY_PLATFORM;
	guided_before(&in);
	va_start(ap, n);
	for (i = 0; i < n; i++)
		ran[i] = va_arg(ap, u64);
	va_end(ap);
	nr_ran = n;
	guided_after();
	return lines(guided_tell);
}

static bool same(const struct input *a, const struct input *b)
{
	static struct raw raw[2];

	raw[0].size = input_write(a, raw[0].data, sizeof(raw[0].data));
	raw[1].size = input_write(b, raw[1].data, sizeof(raw[1].data));
	return raw[0].size == raw[1].size &&
	       !memcmp(raw[0].data, raw[1].data, raw[0].size);
}

int main(void)
{
	static const struct {
		u64 a, b, c;
		u32 kept;
		const char *name;
	} rows[] = {
		{ 0xff01, 0xff02, 0xff03, 1, "the first stack is kept" },
		{ 0xff01, 0xff02, 0xff03, 0, "one that runs the same is not" },
		{ 0xff01, 0xff02, 0xff04, 1, "one with another block is" },
		{ 0xff01, 0xff04, 0xff02, 1,
		  "one with blocks in another order is" },
		{ 0xff01, 0xff02, 0xff02, 1,
		  "a block after itself is an order too" },
		{ 0xff01, 0xff04, 0xff02, 0, "and is known from then on" },
	};
	static struct machine machine;
	static struct input in, usual;
	struct rng r = { 7 }, again;
	u32 i, good = 0, other = 0, fresh = 0;

	machine_init(&machine, &platforms[ENTRY_PLATFORM], 0, 463, 463);
	ok(!guided_begin(), "it begins");
	ok(sums_up("guided stacks=0 ") && status == COULD_NOT_RUN,
	   "that no code was shown at all is no result");
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		ok(run(3, rows[i].a, rows[i].b, rows[i].c) == rows[i].kept,
		   "%s", rows[i].name);
	ok(run(3, 0xff01ull, 0xff02ull, 0xff05ull) == 1 &&
		   strstr(text, "bitproof-kept new=1 raw=") == text &&
		   strstr(text, "060000000000ff7f end\n"),
	   "it is told in raw form, with how much was new");
	run(3, 0xff01ull, 0xff02ull, 0xff05ull);
	ok(lines(guided_tell_last) == 1 &&
		   strstr(text, "bitproof-kept new=0 raw=") == text,
	   "what a worker dies of is told too");
	for (i = 0; i < 1000; i++) {
		again = r;
		guided_make(&r, 75, &machine, &in);
		good += in.platform == ENTRY_PLATFORM && in.stack.depth;
		other += in.stack.depth > 1 || in.stack.filter[0].len > 1;
		guided_make(&again, 0, &machine, &usual);
		fresh += same(&in, &usual);
	}
	ok(good == 1000, "what is made are stacks for this machine");
	ok(other > 500, "and other ones than those that were kept");
	ok(fresh < 300, "as many of those that were kept as is asked for");
	for (i = 0, fresh = 0; i < 100; i++) {
		again = r;
		guided_make(&r, 0, &machine, &in);
		usual.platform = ENTRY_PLATFORM;
		rng_below(&again, 100);
		generate_input(&again, &machine, &usual);
		usual.seed = in.seed;
		fresh += same(&in, &usual);
	}
	ok(fresh == 100, "a share of 0 gives the usual ones");

	ok(sums_up(" blocks=5 ") && sums_up(" kept=5 ") && !status,
	   "blocks and stacks are counted");
	inputs.others = 2;
	inputs.none = 1;
	ok(sums_up("; 2 files are for other platforms, 1 are no input\n") &&
		   sums_up(" others=2 none=1\n"),
	   "files that were passed over are told");
	run(1, 0xff01ull);
	ok(sums_up(" saturated=0 ") && !strstr(text, "no room"),
	   "where there is room none is cut short");
	nr_ran = KCOV_WORDS - 1;
	guided_after();
	ok(sums_up(" saturated=1 ") && sums_up("coverage of 1 was cut short"),
	   "that there was no room for more is told");
	for (i = 0; i < KCOV_WORDS - 1; i++)
		ran[i] = i + 1;
	guided_after();
	ok(sums_up("no room to learn more"), "and that no more can be learnt");
	return tap_done();
}
