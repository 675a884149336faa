// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jumps survive edits, mutants mostly pass the checker, and nothing breaks
 * whatever is mutated.
 */
#include <errno.h>
#include <string.h>

#include "checker.h"
#include "mutate.h"
#include "ref_interp.h"
#include "tap.h"

#define JEQ (BPF_JMP | BPF_JEQ | BPF_K)
#define JA  (BPF_JMP | BPF_JA)
#define RET (BPF_RET | BPF_K)

static struct machine machines[INPUT_PLATFORMS];
static struct sock_filter insns[INPUT_MAX_INSNS], before[INPUT_MAX_INSNS];
static struct input in, other, again;
static u8 raw[INPUT_MAX_SIZE], back[INPUT_MAX_SIZE];

/* A jump at 0 in a filter of 10, and where it goes after the edit. */
static const struct {
	u32 at, n;    /* what is inserted or removed */
	u32 target;   /* before */
	u32 inserted; /* the target after inserting */
	u32 removed;  /* the target after removing */
} jumps[] = {
	/* the place is behind the target */
	{ 6, 2, 5, 5, 5 },
	/* it is the target: the new code is run, or what follows the old */
	{ 5, 2, 5, 5, 5 },
	/* the target is in the middle of what goes */
	{ 4, 2, 5, 7, 4 },
	{ 4, 3, 5, 8, 4 },
	/* the target is just behind, and further behind */
	{ 3, 2, 5, 7, 3 },
	{ 2, 2, 5, 7, 3 },
	/* straight behind the jump */
	{ 1, 1, 1, 1, 1 },
	{ 1, 1, 2, 3, 1 },
	{ 1, 8, 9, 17, 1 },
	{ 1, 4, 9, 13, 5 },
	/* the last instruction goes: the jump is past the end */
	{ 9, 1, 9, 9, 9 },
	{ 8, 2, 9, 11, 8 },
	/* the target was past the end, and by how much */
	{ 3, 2, 10, 12, 8 },
	{ 3, 2, 11, 11, 9 },
};

static void fill(u32 len)
{
	u32 pc;

	for (pc = 0; pc < len; pc++)
		insns[pc] = (struct sock_filter){ RET, 0, 0, pc };
}

static u32 target(u32 pc, u32 distance)
{
	return pc + 1 + distance;
}

static void test_jump(u32 i, bool insert)
{
	static const struct sock_filter new_insns[8] = { { RET, 7, 7, 7 } };
	u32 n = jumps[i].n, distance = jumps[i].target - 1;
	u32 want = insert ? jumps[i].inserted : jumps[i].removed;
	u32 jt, jf, ja, len;

	len = 10;
	fill(len);
	insns[0] = (struct sock_filter){ JEQ, distance, 0, 99 };
	if (insert)
		insns_insert(insns, &len, jumps[i].at, new_insns, n);
	else
		insns_remove(insns, &len, jumps[i].at, n);
	jt = target(0, insns[0].jt);

	len = 10;
	fill(len);
	insns[0] = (struct sock_filter){ JEQ, 0, distance, 99 };
	if (insert)
		insns_insert(insns, &len, jumps[i].at, new_insns, n);
	else
		insns_remove(insns, &len, jumps[i].at, n);
	jf = target(0, insns[0].jf);

	len = 10;
	fill(len);
	insns[0] = (struct sock_filter){ JA, 1, 2, distance };
	if (insert)
		insns_insert(insns, &len, jumps[i].at, new_insns, n);
	else
		insns_remove(insns, &len, jumps[i].at, n);
	ja = target(0, insns[0].k);

	ok(jt == want && jf == want && ja == want && insns[0].jt == 1 &&
		   insns[0].jf == 2 && len == (insert ? 10 + n : 10 - n),
	   "%s %u at %u: the jump to %u goes to %u, %u, %u",
	   insert ? "insert" : "remove", n, jumps[i].at, jumps[i].target, jt,
	   jf, ja);
}

static void test_contents(void)
{
	static const struct sock_filter new_insns[] = { { JA, 0, 0, 100 },
							{ JA, 0, 0, 101 } };
	u32 len = 4;

	fill(len);
	insns_insert(insns, &len, 1, new_insns, 2);
	ok(len == 6 && insns[0].k == 0 && insns[1].k == 100 &&
		   insns[2].k == 101 && insns[3].k == 1 && insns[5].k == 3,
	   "inserted instructions are where they should be");
	insns_remove(insns, &len, 1, 2);
	ok(len == 4 && insns[0].k == 0 && insns[1].k == 1 && insns[3].k == 3,
	   "and can be removed");
	insns_insert(insns, &len, 4, new_insns, 1);
	ok(len == 5 && insns[4].k == 100 && insns[3].k == 3,
	   "at the end as well");
	insns_remove(insns, &len, 0, 5);
	ok(len == 0, "all can be removed");
	insns_insert(insns, &len, 0, new_insns, 2);
	ok(len == 2 && insns[1].k == 101, "into nothing");
}

static void test_range(void)
{
	static const struct sock_filter new_insns[2] = { { RET, 0, 0, 0 } };
	u32 len = 300;
	int ret;

	fill(len);
	insns[10] = (struct sock_filter){ JEQ, 254, 0, 0 };
	memcpy(before, insns, sizeof(insns));
	ret = insns_insert(insns, &len, 20, new_insns, 2);
	ok(ret == -ERANGE && len == 300 &&
		   !memcmp(before, insns, sizeof(insns)),
	   "a jump of 254 cannot get longer by 2, nothing is changed");
	ret = insns_insert(insns, &len, 20, new_insns, 1);
	ok(ret == 0 && len == 301 && insns[10].jt == 255, "but by 1");
	ret = insns_insert(insns, &len, 11, new_insns, 1);
	ok(ret == -ERANGE, "straight behind a jump of 255 there is no place");
	ret = insns_insert(insns, &len, 10, new_insns, 2);
	ok(ret == 0, "before it there is");
	ret = insns_insert(insns, &len, 12 + 1 + 255, new_insns, 2);
	ok(ret == 0 && insns[12].jt == 255, "and at its target");

	len = 300;
	fill(len);
	insns[0] = (struct sock_filter){ JA, 0, 0, 0xffffffff };
	insns[1] = (struct sock_filter){ JA, 0, 0, 0xfffffffe };
	insns_insert(insns, &len, 5, new_insns, 2);
	ok(insns[0].k == 0xffffffff && insns[1].k == 0xfffffffe,
	   "an impossible JA does not become a possible one");
}

static struct sd any_sd(struct rng *r, const struct machine *m)
{
	struct sd sd;
	u32 i;

	for (i = 0; i < SD_WORDS; i++)
		sd.w[i] = generate_constant(r, m);
	sd.w[SD_ARCH] = m->table[rng_below(r, m->tables)].abi->audit_arch;
	return sd;
}

/* Is there a path to the instruction at @at? */
static bool is_reached(const struct filter *f, u32 at)
{
	static bool reached[INPUT_MAX_INSNS];
	u32 pc;

	memset(reached, 0, f->len);
	reached[0] = true;
	for (pc = 0; pc < at; pc++) {
		const struct sock_filter *insn = &f->insns[pc];

		if (!reached[pc])
			continue;
		if (code_branches(insn->code)) {
			reached[pc + 1 + insn->jt] = true;
			reached[pc + 1 + insn->jf] = true;
		} else if (insn->code == JA) {
			reached[pc + 1 + insn->k] = true;
		} else if (BPF_CLASS(insn->code) != BPF_RET) {
			reached[pc + 1] = true;
		}
	}
	return reached[at];
}

/* Behind more instructions than a byte counts. */
static void test_far(void)
{
	struct filter f = { insns, 600 };
	u32 len = 600;

	fill(len);
	insns[300] = (struct sock_filter){ JEQ, 5, 9, 0 };
	insns[301] = (struct sock_filter){ JA, 0, 0, 2 };
	insns_remove(insns, &len, 303, 4);
	ok(target(300, insns[300].jt) == 303 &&
		   target(300, insns[300].jf) == 306 &&
		   target(301, insns[301].k) == 303,
	   "a jump into what is removed goes to what follows");

	fill(f.len);
	insns[299] = (struct sock_filter){ JEQ, 1, 0, 0 };
	insns[300] = (struct sock_filter){ JA, 0, 0, 1 };
	insns[301] = (struct sock_filter){ BPF_ST, 0, 0, 1 };
	insns[302] = (struct sock_filter){ BPF_LD | BPF_MEM, 0, 0, 1 };
	insns_repair(insns, &f.len);
	ok(!filter_check(&f) && insns[302].code == BPF_ST,
	   "a load that a JA takes past the store is repaired");
}

/*
 * With code that nothing reaches put in at any place, or taken out, a filter
 * does what it did.
 */
static void test_semantics(void)
{
	/* A jump, and what it goes round. */
	static const struct sock_filter dead[] = {
		{ JA, 0, 0, 3 },
		{ BPF_LD | BPF_IMM, 0, 0, 1 },
		{ BPF_MISC | BPF_TAX, 0, 0, 0 },
		{ RET, 0, 0, 0x1234 },
	};
	u32 i, inserted = 0, removed = 0, refused = 0, wrong = 0;
	struct rng r = { 6 };

	for (i = 0; i < 40000; i++) {
		const struct machine *m = &machines[i % INPUT_PLATFORMS];
		struct sd sd = any_sd(&r, m);
		struct filter old = { before, 0 };
		struct filter f = { insns, 0 };
		u32 at, n = ARRAY_SIZE(dead);
		struct run was, is;

		f.len = generate_filter(&r, m, i % SHAPE_NEAR_MISS, insns,
					5 + rng_below(&r, i % 20 ? 60 : 800));
		old.len = f.len;
		memcpy(before, insns, f.len * sizeof(*insns));
		was = ref_interp(&old, &sd);

		at = rng_below(&r, f.len);
		/* Of a jump of 255 there may be no longer one. */
		if (insns_insert(insns, &f.len, at, dead, n))
			continue;
		inserted++;
		is = ref_interp(&f, &sd);
		wrong += filter_check(&f) || is.ret != was.ret ||
			 is.reads != was.reads;
		insns_remove(insns, &f.len, at, n);
		wrong += f.len != old.len ||
			 memcmp(before, insns, f.len * sizeof(*insns));

		/* Now something that is dead already. */
		at = rng_below(&r, f.len - 1);
		if (is_reached(&f, at))
			continue;
		insns_remove(insns, &f.len, at, 1);
		/* The checker takes stores in dead code into account. */
		if (filter_check(&f)) {
			refused++;
			continue;
		}
		removed++;
		is = ref_interp(&f, &sd);
		wrong += is.ret != was.ret || is.reads != was.reads;
	}
	ok(inserted > 30000 && removed > 1000 && !wrong,
	   "%u insertions and %u removals of dead code change no run", inserted,
	   removed);
	ok(refused < removed / 50, "%u removals broke a load after a store",
	   refused);
}

static void random_input(struct rng *r, struct input *to)
{
	u32 size = INPUT_HEADER + INPUT_RECORD * (1 + rng_below(r, 200));
	u32 i;

	for (i = 0; i < size; i++)
		raw[i] = rng_u32(r);
	for (i = INPUT_HEADER; i < size; i += INPUT_RECORD) {
		if (rng_one_in(r, 64))
			raw[i] = raw[i + 1] = 0xff;
		/* codes that exist, at times */
		else if (rng_one_in(r, 2))
			raw[i + 1] = 0;
	}
	if (input_read(to, raw, size))
		input_read(to, raw, INPUT_HEADER + INPUT_RECORD);
}

static void test_repair(void)
{
	struct rng r = { 8 };
	u32 i, same = 0, valid = 0, wrong = 0;
	u32 len;

	len = 0;
	insns_repair(insns, &len);
	ok(len == 1 && insns[0].code == RET, "nothing is repaired to a return");
	fill(FILTER_MAX_INSNS + 1);
	len = FILTER_MAX_INSNS + 1;
	insns_repair(insns, &len);
	ok(len == FILTER_MAX_INSNS, "too much is cut");

	for (i = 0; i < 20000; i++) {
		struct filter f = { insns, 0 };

		if (i % 2) {
			random_input(&r, &in);
			f.len = in.stack.filter[0].len;
			memcpy(insns, in.stack.filter[0].insns,
			       f.len * sizeof(*insns));
		} else {
			f.len = generate_filter(&r, &machines[0],
						rng_below(&r, SHAPES), insns,
						1 + rng_below(&r, i % 20 ? 50
									 : 800));
		}
		memcpy(before, insns, f.len * sizeof(*insns));
		if (!filter_check(&f)) {
			len = f.len;
			valid++;
			insns_repair(insns, &f.len);
			same += f.len == len &&
				!memcmp(before, insns, len * sizeof(*insns));
		}
		insns_repair(insns, &f.len);
		wrong += filter_check(&f) != 0;
	}
	ok(!wrong, "all of %u filters pass the checker after repair", i);
	ok(valid > 1000 && same == valid, "repair leaves %u valid ones alone",
	   valid);
}

static bool is_valid(const struct input *input)
{
	u32 i;

	for (i = 0; i < input->stack.depth; i++) {
		if (filter_check(&input->stack.filter[i]))
			return false;
	}
	return true;
}

static bool round_trips(const struct input *input, size_t max_size)
{
	int size = input_write(input, back, max_size);
	u32 i;

	if (size < 0 || input_read(&again, back, size))
		return false;
	if (again.platform != input->platform || again.seed != input->seed ||
	    again.stack.depth != input->stack.depth)
		return false;
	for (i = 0; i < again.stack.depth; i++) {
		const struct filter *a = &input->stack.filter[i];
		const struct filter *b = &again.stack.filter[i];

		if (a->insns != &input->insns[i * INPUT_MAX_INSNS] ||
		    a->len != b->len ||
		    memcmp(a->insns, b->insns, a->len * sizeof(*a->insns)))
			return false;
	}
	return true;
}

static bool same_input(const struct input *a, const struct input *b)
{
	static u8 x[INPUT_MAX_SIZE], y[INPUT_MAX_SIZE];
	int n = input_write(a, x, sizeof(x));

	return n == input_write(b, y, sizeof(y)) && !memcmp(x, y, n);
}

/* Chains of mutations from generated inputs. */
static void test_mutants(void)
{
	u32 i, j, mutants = 0, valid = 0, wrong = 0, changed = 0;
	u32 depths = 0, platform_changes = 0;
	struct rng r = { 9 };

	for (i = 0; i < 2000; i++) {
		size_t max_size = 16 + rng_below(&r, i % 2 ? 4000 : 300000);

		in.platform = i % INPUT_PLATFORMS;
		generate_input(&r, &machines[in.platform], &in);
		for (j = 0; j < 12; j++) {
			u32 platform = in.platform, depth = in.stack.depth;

			input_copy(&other, &in);
			mutate_input(&r, &machines[platform], &in, max_size);
			mutants++;
			changed += !same_input(&in, &other);
			valid += is_valid(&in);
			wrong += !round_trips(&in, max_size);
			depths += in.stack.depth != depth;
			platform_changes += in.platform != platform;
		}
	}
	diag("%u %% of mutants are valid, %u %% are changed",
	     100 * valid / mutants, 100 * changed / mutants);
	ok(!wrong, "%u mutants have a raw form that is not too long", mutants);
	ok(valid > mutants / 2, "more than half of them pass the checker");
	ok(valid < mutants / 100 * 97, "but not all");
	ok(changed > mutants / 10 * 8,
	   "most are different from what they were");
	ok(depths > mutants / 50 && platform_changes > mutants / 100,
	   "stacks and platforms change too");
}

static void test_garbage(void)
{
	u32 i, wrong = 0, valid = 0;
	struct rng r = { 10 };

	for (i = 0; i < 20000; i++) {
		size_t max_size = 16 + rng_below(&r, 2500);

		random_input(&r, &in);
		mutate_input(&r, &machines[in.platform], &in, max_size);
		wrong += !round_trips(&in, max_size);
		random_input(&r, &other);
		mutate_cross(&r, &in, &other, max_size);
		wrong += !round_trips(&in, max_size);
		valid += is_valid(&in);
	}
	ok(!wrong, "%u pieces of garbage mutate and cross", i);
	ok(valid, "and %u come out as valid filters", valid);
}

static void test_smallest(void)
{
	u32 i, wrong = 0;
	struct rng r = { 11 };

	for (i = 0; i < 5000; i++) {
		generate_input(&r, &machines[0], &in);
		in.platform = 0;
		mutate_input(&r, &machines[0], &in, 16);
		wrong += !round_trips(&in, 16) || input_size(&in) != 16;
		mutate_cross(&r, &in, &other, 16);
		wrong += !round_trips(&in, 16);
	}
	ok(!wrong, "into 16 bytes there goes one record");

	in.stack.depth = 0;
	mutate_input(&r, &machines[0], &in, 16);
	ok(round_trips(&in, 16), "an empty stack becomes one");
	other.stack.depth = 0;
	mutate_cross(&r, &in, &other, 16);
	ok(round_trips(&in, 16), "and is nothing to cross with");
}

static void test_longest(void)
{
	u32 i, j, wrong = 0;
	struct rng r = { 12 };

	for (i = 0; i < 20; i++) {
		in.platform = 0;
		in.stack.depth = STACK_MAX_FILTERS;
		for (j = 0; j < STACK_MAX_FILTERS; j++) {
			struct sock_filter *room = input_room(&in, j);

			in.stack.filter[j] = (struct filter){
				room,
				generate_filter(&r, &machines[0], SHAPE_LIST,
						room, FILTER_MAX_INSNS)
			};
		}
		for (j = 0; j < 10; j++) {
			mutate_input(&r, &machines[0], &in, INPUT_MAX_SIZE);
			input_copy(&other, &in);
			mutate_cross(&r, &in, &other, INPUT_MAX_SIZE);
			wrong += !round_trips(&in, INPUT_MAX_SIZE);
		}
	}
	ok(!wrong, "full stacks mutate and cross");
}

static void test_cross(void)
{
	u32 i, valid = 0, wrong = 0, new_filters = 0, differ = 0;
	struct rng r = { 13 };

	for (i = 0; i < 10000; i++) {
		size_t max_size = 16 + rng_below(&r, 8000);
		u32 depth;

		in.platform = other.platform = i % INPUT_PLATFORMS;
		generate_input(&r, &machines[in.platform], &in);
		generate_input(&r, &machines[in.platform], &other);
		depth = in.stack.depth;
		mutate_cross(&r, &in, &other, max_size);
		wrong += !round_trips(&in, max_size);
		valid += is_valid(&in);
		new_filters += in.stack.depth > depth;
		differ += !same_input(&in, &other);
	}
	ok(!wrong, "crossed inputs have a raw form that is not too long");
	ok(valid > 5000, "%u of 10000 pass the checker", valid);
	ok(new_filters > 500 && differ > 9000, "%u have one more filter",
	   new_filters);
}

static void test_repeats(void)
{
	u32 i, differ = 0;

	for (i = 0; i < 1000; i++) {
		struct rng r = { i }, s;

		in.platform = 0;
		generate_input(&r, &machines[0], &in);
		input_copy(&other, &in);
		s = r;
		mutate_input(&r, &machines[0], &in, 5000);
		mutate_input(&s, &machines[0], &other, 5000);
		differ += !same_input(&in, &other);
	}
	ok(!differ, "the same state gives the same mutant");
}

int main(void)
{
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++)
		machine_init(&machines[i], &platforms[i], KERNEL_RELEASE(6, 12),
			     463, 463);
	for (i = 0; i < ARRAY_SIZE(jumps); i++) {
		test_jump(i, true);
		test_jump(i, false);
	}
	test_contents();
	test_range();
	test_far();
	test_semantics();
	test_repair();
	test_mutants();
	test_garbage();
	test_smallest();
	test_longest();
	test_cross();
	test_repeats();
	return tap_done();
}
