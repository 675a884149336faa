// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shrinker on inputs whose smallest form is known.
 */
#include <string.h>

#include "checker.h"
#include "insns.h"
#include "ref_interp.h"
#include "shrink.h"
#include "tap.h"

#define NATIVE 0xc000003e

static struct input in, candidate;

static u32 calls;

/* What is to be kept: called with the candidate only. */
static bool valid(const struct input *c)
{
	u32 i;

	calls++;
	for (i = 0; i < c->stack.depth; i++) {
		if (filter_check(&c->stack.filter[i]))
			return false;
	}
	return c->stack.depth > 0;
}

/* Some filter tests argument 0 for 0x1234. */
static bool compares_1234(const struct input *c, void *context)
{
	u32 i, pc;

	if (!valid(c))
		return false;
	for (i = 0; i < c->stack.depth; i++) {
		const struct filter *f = &c->stack.filter[i];

		for (pc = 0; pc + 1 < f->len; pc++) {
			if (f->insns[pc].code == (BPF_LD | BPF_W | BPF_ABS) &&
			    f->insns[pc].k == 16 &&
			    f->insns[pc + 1].code ==
				    (BPF_JMP | BPF_JEQ | BPF_K) &&
			    f->insns[pc + 1].k == 0x1234)
				return true;
		}
	}
	return false;
}

/* Execution: ALLOW for argument 0 of 0, something else for 0x1234. */
static bool depends(const struct input *c, void *context)
{
	struct sd sd = { { 7, NATIVE } };
	u32 i;

	if (!valid(c))
		return false;
	for (i = 0; i < c->stack.depth; i++) {
		u32 ret[2];

		sd.w[4] = 0;
		ret[0] = ref_interp(&c->stack.filter[i], &sd).ret;
		sd.w[4] = 0x1234;
		ret[1] = ref_interp(&c->stack.filter[i], &sd).ret;
		if (ret[0] == SECCOMP_RET_ALLOW && ret[1] != ret[0])
			return true;
	}
	return false;
}

static bool always(const struct input *c, void *context)
{
	return valid(c);
}

static bool never(const struct input *c, void *context)
{
	calls++;
	return false;
}

static bool first_is_kept(const struct input *c, void *context)
{
	return valid(c) && c->stack.filter[0].insns[0].k == 0x7fff0001;
}

/* A jump that gets shorter only if what is between goes. */
static bool jumps(const struct input *c, void *context)
{
	const struct filter *f = &c->stack.filter[0];

	return valid(c) && f->insns[0].code == (BPF_JMP | BPF_JA);
}

static const struct sock_filter filler[] = {
	LD_NR, ALU(ADD, 3), TAX, ST(4), JMP(JGT, 400, 3, 1), LDI(7), LDM(4),
	ALUX(XOR), JMP(JEQ, 0x99, 0, 1), DENY,
};

#define NEEDED_AT 3 /* copies of the filler in front */

static const struct sock_filter needed[] = {
	LD_ARG0, JMP(JEQ, 0x1234, 0, 1), DENY, ALLOW,
};

static void put(u32 filter, const struct sock_filter *insns, u32 n)
{
	struct filter *f = &in.stack.filter[filter];

	memcpy(input_room(&in, filter) + f->len, insns, n * sizeof(*insns));
	f->len += n;
}

static void start(u32 depth)
{
	u32 i;

	in.platform = 1;
	in.seed = 99;
	in.stack.depth = depth;
	for (i = 0; i < depth; i++)
		in.stack.filter[i] = (struct filter){ input_room(&in, i), 0 };
	calls = 0;
}

/* Three filters; what is to be found is in the middle of the second one. */
static void build(void)
{
	u32 i;

	start(3);
	for (i = 0; i < NEEDED_AT; i++) {
		put(0, filler, ARRAY_SIZE(filler));
		put(1, filler, ARRAY_SIZE(filler));
		put(2, filler, ARRAY_SIZE(filler));
	}
	put(1, needed, ARRAY_SIZE(needed));
	put(0, &(struct sock_filter)ALLOW, 1);
	put(2, &(struct sock_filter)ALLOW, 1);
}

static bool is(const struct sock_filter *insns, u32 len)
{
	const struct filter *f = &in.stack.filter[0];
	u32 pc;

	if (in.stack.depth == 1 && f->len == len &&
	    f->insns == input_room(&in, 0) &&
	    !memcmp(f->insns, insns, len * sizeof(*insns)))
		return true;
	diag("%u filters; the first:", in.stack.depth);
	for (pc = 0; pc < f->len; pc++)
		diag("0x%02x %u %u 0x%x", f->insns[pc].code, f->insns[pc].jt,
		     f->insns[pc].jf, f->insns[pc].k);
	return false;
}

#define IS(...)                                       \
	is((const struct sock_filter[]){ __VA_ARGS__ }, \
	   ARRAY_SIZE(((const struct sock_filter[]){ __VA_ARGS__ })))

static void test_minimum(void)
{
	u32 made;

	build();
	made = shrink_input(&in, &candidate, 100000, compares_1234, NULL);
	ok(IS(LD_ARG0, JMP(JEQ, 0x1234, 0, 0), ALLOW),
	   "what is needed, and a return");
	ok(made == calls && made < 1000, "%u calls of the test, as it says",
	   made);
	ok(in.platform == 1 && in.seed == 99, "platform and seed stay");

	build();
	ok(depends(&in, NULL), "the finding is there at first");
	shrink_input(&in, &candidate, 100000, depends, NULL);
	ok(IS(LD_ARG0, JMP(JEQ, 0x1234, 0, 1), RET(SECCOMP_RET_KILL_PROCESS),
	      ALLOW),
	   "both ways, and a simpler action");

	build();
	shrink_input(&in, &candidate, 100000, always, NULL);
	ok(IS(ALLOW), "if anything will do, one ALLOW");

	start(1);
	put(0, (const struct sock_filter[]){ RET(0x7fff0001), DENY }, 2);
	shrink_input(&in, &candidate, 100000, first_is_kept, NULL);
	ok(IS(RET(0x7fff0001)), "the last instruction goes too");

	start(1);
	put(0, (const struct sock_filter[]){ JA(2), DENY, DENY, DENY }, 4);
	shrink_input(&in, &candidate, 100000, jumps, NULL);
	ok(IS(JA(0), ALLOW), "a jump gets shorter with what it is over");

	start(1);
	put(0, &(struct sock_filter)BPF_JUMP(BPF_RET | BPF_K, 0x7fff0000, 3, 4),
	    1);
	shrink_input(&in, &candidate, 100000, always, NULL);
	ok(IS(ALLOW), "fields that mean nothing become 0");
}

/* The opcode must stay, whatever its fields are. */
static bool is_neg(const struct input *c, void *context)
{
	const struct filter *f = &c->stack.filter[0];

	return valid(c) && f->len == 2 &&
	       f->insns[0].code == (BPF_ALU | BPF_NEG);
}

static void test_fields(void)
{
	static const struct {
		u8 jt, jf;
		u32 k;
	} row[] = {
		{ 5, 6, 0x1234 },
		{ 5, 0, 0x1234 },
		{ 0, 6, 0x1234 },
		{ 0, 0, 1 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		const struct sock_filter prog[] = {
			BPF_JUMP(BPF_ALU | BPF_NEG, row[i].k, row[i].jt,
				 row[i].jf),
			DENY,
		};

		start(1);
		put(0, prog, 2);
		shrink_input(&in, &candidate, 100000, is_neg, NULL);
		ok(IS(NEG, ALLOW), "jt %u, jf %u and k 0x%x of a NEG become 0",
		   row[i].jt, row[i].jf, row[i].k);
	}
}

static void test_bounds(void)
{
	u32 tries, bad = 0, made;

	build();
	made = shrink_input(&in, &candidate, 100000, never, NULL);
	input_copy(&candidate, &in);
	build();
	ok(made == calls + made && in.stack.depth == 3 &&
		   candidate.stack.filter[1].len == in.stack.filter[1].len,
	   "what nothing smaller shows stays as it is");

	for (tries = 0; tries < 120; tries++) {
		build();
		made = shrink_input(&in, &candidate, tries, compares_1234,
				    NULL);
		bad += made != calls || made > tries ||
		       !compares_1234(&in, NULL);
	}
	ok(!bad, "never more tries than given, and the finding stays");
}

/* Words 5 and 8 are needed, 5 for being there, 8 as it is. */
static bool needs_5_and_8(const struct sd *sd, void *context)
{
	++*(u32 *)context;
	return sd->w[5] && sd->w[8] == 0x88;
}

static void test_sd(void)
{
	struct sd sd = { { 7, NATIVE, 1, 2, 3, 4, 5, 6, 0x88, 8, 9, 0, 1, 2, 3,
			   4 } };
	static const struct sd want = { { 7, NATIVE, 0, 0, 0, 4, 0, 0, 0x88 } };
	u32 n = 0;

	shrink_sd(&sd, needs_5_and_8, &n);
	ok(!memcmp(&sd, &want, sizeof(sd)), "words not needed become 0");
	ok(n == 13, "a word that is 0 already is not tried");
}

int main(void)
{
	test_minimum();
	test_fields();
	test_bounds();
	test_sd();
	return tap_done();
}
