// SPDX-License-Identifier: GPL-2.0-only
/*
 * compare() on subjects that are wrong in a known way, and in no other.
 */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "checker.h"
#include "compare.h"
#include "generate.h"
#include "insns.h"
#include "stack.h"
#include "subjects.h"
#include "tap.h"

#define NATIVE AUDIT_ARCH_X86_64
#define COMPAT AUDIT_ARCH_I386

static struct compare_scratch scratch;
static struct comparison result;
static struct coverage coverage;
static struct tally tally;
static struct input in;

/* Our own emulator, and what is done to its answers. */
static const struct subject *honest;
static struct subject liar;

static struct {
	enum emu_level level;
	u32 arch, nr;	/* where the bitmap is wrong */
	int serves;	/* 1 always, -1 never, 0 as it should */
	bool bits_only; /* the lookup is right */
	bool lookup_only;
	u32 run_xor, exec_xor;
	s32 match_add;
	int attach;	/* 0: as it should; else what attach returns */
	bool lenient;	/* attaches anything, as one ALLOW */
	u64 warnings; /* so far */
	u32 warns;    /* more, each time that it is asked */
} lie;

/* The calls that it was asked to run. */
static struct {
	struct sd call[4096];
	u32 calls;
} asked;

static bool hits(u32 arch, u32 nr)
{
	return lie.serves && arch == lie.arch && nr == lie.nr;
}

static void liar_served(u32 arch, struct nrset *out)
{
	honest->served(arch, out);
	if (!hits(arch, lie.nr) || lie.lookup_only)
		return;
	if (lie.serves > 0)
		nrset_add(out, lie.nr);
	else
		nrset_remove(out, lie.nr);
}

static bool liar_lookup(const struct sd *sd)
{
	if (hits(sd->w[SD_ARCH], sd->w[SD_NR]) && !lie.bits_only)
		return lie.serves > 0;
	return honest->lookup(sd);
}

static u32 liar_run(const struct sd *sd, s32 *match)
{
	u32 ret = honest->run(sd, match);

	asked.call[asked.calls++ % ARRAY_SIZE(asked.call)] = *sd;

	if (hits(sd->w[SD_ARCH], sd->w[SD_NR]) && lie.serves > 0 &&
	    !lie.bits_only) {
		*match = -1;
		ret = SECCOMP_RET_ALLOW;
	}
	*match += lie.match_add;
	return ret ^ lie.run_xor;
}

static u32 liar_exec(u32 filter, const struct sd *sd)
{
	return honest->exec(filter, sd) ^ lie.exec_xor;
}

static int liar_attach(const struct filter *f)
{
	static const struct sock_filter allow[] = { ALLOW };
	static const struct filter instead = { allow, 1 };

	if (lie.attach)
		return lie.attach;
	if (lie.lenient && honest->attach(f))
		return honest->attach(&instead);
	return lie.lenient ? 0 : honest->attach(f);
}

static u64 liar_warnings(void)
{
	lie.warnings += lie.warns;
	return lie.warnings;
}

static void lie_begin(u32 release)
{
	memset(&lie, 0, sizeof(lie));
	lie.level = EMU_LINUX;
	honest = self_subject(EMU_LINUX, &platforms[0]);
	liar = *honest;
	liar.attach = liar_attach;
	liar.served = liar_served;
	liar.lookup = liar_lookup;
	liar.run = liar_run;
	liar.exec = liar_exec;
	liar.warnings = liar_warnings;
	machine_init(&liar.machine, &platforms[0], release, 463, 463);
}

static void begin(void)
{
	in.platform = 0;
	in.seed = 1;
	in.stack.depth = 0;
	lie_begin(KERNEL_RELEASE(6, 1));
}

static void add(const struct sock_filter *insns, u32 len)
{
	u32 i = in.stack.depth++;

	memcpy(input_room(&in, i), insns, len * sizeof(*insns));
	in.stack.filter[i] = (struct filter){ input_room(&in, i), len };
}

#define ADD(...)                                     \
	add((const struct sock_filter[]){ __VA_ARGS__ }, \
	    ARRAY_SIZE(((const struct sock_filter[]){ __VA_ARGS__ })))

/* Bits of the classes that were found. */
static u32 classes(void)
{
	u32 i, bits = 0;

	memset(&tally, 0, sizeof(tally));
	scratch.coverage = &coverage;
	compare(&liar, &in, &result, &tally, &scratch);
	for (i = 0; i < FINDING_CLASSES; i++) {
		bits |= (u32)result.present[i] << i;
		if (result.present[i] != !!tally.by_class[i])
			bits |= 1u << 31;
	}
	return bits;
}

#define IS(class) (1u << (class))

static const struct finding *first(enum finding_class class)
{
	return &result.first[class];
}

static bool at(enum finding_class class, enum finding_where where, u32 arch,
	       u32 nr)
{
	const struct finding *f = first(class);

	if (result.present[class] && f->class == class && f->where == where &&
	    f->sd.w[SD_ARCH] == arch && f->sd.w[SD_NR] == nr)
		return true;
	diag("%s at %s, arch %08x, nr %u", finding_class_name(f->class),
	     finding_where_name(f->where), f->sd.w[SD_ARCH], f->sd.w[SD_NR]);
	return false;
}

static bool fails(enum finding_class class)
{
	return comparison_failure(&result) == first(class);
}

/* Number 5 is allowed; 9 only with argument 1 of 0x12345678'9abcdef0. */
static void add_hidden(void)
{
	ADD(LD_NR, JMP(JEQ, 5, 5, 0), JMP(JEQ, 9, 0, 3), LD(24),
	    JMP(JEQ, 0x9abcdef0, 0, 2), LD(28), JMP(JEQ, 0x12345678, 1, 0),
	    ALLOW, DENY);
}

/* Whatever is served is a lie only for what its filter says. */
static void test_honest(void)
{
	begin();
	ADD(LD_NR, JMP(JEQ, 5, 0, 1), ALLOW, DENY);
	ADD(ALLOW);
	ok(classes() == 0 && !comparison_failure(&result) && result.depth == 2,
	   "nothing is found in what is right");
	ok(tally.stacks == 1 && tally.filters == 2 && tally.refused == 0 &&
		   tally.verdicts == 2 * 463 && tally.constants == 2 &&
		   tally.proven == 2,
	   "and the tally says what was compared");
	compare(&liar, &in, &result, &tally, &scratch);
	ok(tally.stacks == 2 && tally.filters == 4 &&
		   tally.verdicts == 4 * 463 && tally.subject_calls > 2000 &&
		   tally.executions > 2 * 8,
	   "it sums over calls");

	in.stack.depth = 0;
	memset(&tally, 0, sizeof(tally));
	compare(&liar, &in, &result, &tally, &scratch);
	ok(!tally.stacks && !tally.verdicts && !comparison_failure(&result),
	   "no filter, no verdict");
}

static void test_unsound(void)
{
	struct stack_run r;

	begin();
	add_hidden();
	lie.arch = COMPAT;
	lie.nr = 9;
	lie.serves = 1;
	ok(classes() == IS(UNSOUND) && fails(UNSOUND) &&
		   at(UNSOUND, AT_BITMAP, COMPAT, 9),
	   "a bit for what arguments decide");
	r = stack_run(&in.stack, &first(UNSOUND)->sd);
	ok(r.ret == DENIED && first(UNSOUND)->expected == DENIED &&
		   first(UNSOUND)->seen == SECCOMP_RET_ALLOW &&
		   (first(UNSOUND)->sd.w[6] == 0x9abcdef0 &&
		    first(UNSOUND)->sd.w[7] == 0x12345678),
	   "the witness shows it");

	lie.arch = NATIVE;
	lie.nr = 5;
	ok(classes() == 0, "a bit that is there anyway");

	begin();
	ADD(LD_NR, JMP(JEQ, 9, 0, 1), DENY, ALLOW);
	lie.arch = NATIVE;
	lie.nr = 9;
	lie.serves = 1;
	ok(classes() == IS(UNSOUND) && at(UNSOUND, AT_BITMAP, NATIVE, 9) &&
		   first(UNSOUND)->expected == DENIED,
	   "a bit for what is always denied");

	/* The number is above all of the table's. */
	lie.nr = 463;
	in.stack.depth = 0;
	ADD(DENY);
	ok(classes() == IS(UNSOUND) && at(UNSOUND, AT_BITMAP, NATIVE, 463),
	   "a bit behind the table");

	/* ALLOW is constant, and yet no table has the number. */
	in.stack.depth = 0;
	ADD(ALLOW);
	ok(classes() == IS(EXTRA), "a bit behind the table that is harmless");
}

#define ARG1	 6 /* word */
#define COMPARED 0x12345678u

/* An argument is compared, and does not count: the full level serves it. */
static void add_compared(void)
{
	honest = self_subject(EMU_FULL, &platforms[0]);
	ADD(LD(4 * ARG1), JMP(JEQ, COMPARED, 0, 0), ALLOW);
}

/* What there was of a word: @near the compared constant, and @random. */
struct spread {
	u32 near[3], random, repeated;
	u32 value[ARRAY_SIZE(asked.call)];
};

static bool is_near(u32 value)
{
	return value - (COMPARED - 1) < 3;
}

static void spread_add(struct spread *s, u32 value)
{
	u32 i;

	if (is_near(value)) {
		s->near[value - (COMPARED - 1)]++;
		return;
	}
	for (i = 0; i < s->random && s->value[i] != value; i++)
		;
	if (i < s->random)
		s->repeated++;
	else
		s->value[s->random++] = value;
}

static bool spread_is(const struct spread *s, const char *what, u32 least)
{
	diag("%s: next to the constant %u, %u, %u, others %u, repeated %u", what,
	     s->near[0], s->near[1], s->near[2], s->random, s->repeated);
	return s->near[0] >= least && s->near[1] >= least &&
	       s->near[2] >= least && s->random >= least &&
	       s->repeated == 0;
}

/* Those of each number are its own, and others each time. */
static void test_arguments(void)
{
	static struct spread lanes;
	static u32 earlier[BATCH_LANES];
	const u32 *word = scratch.data.w[ARG1];
	u32 nr, same = 0;

	begin();
	add_compared();
	ok(classes() == IS(EXTRA) && tally.constants == 2 * 463,
	   "an argument may be read where it does not count");
	memcpy(earlier, word, sizeof(earlier));
	for (nr = 0; nr < 463; nr++)
		spread_add(&lanes, word[nr]);
	ok(spread_is(&lanes, "lanes", 50),
	   "full execution has random arguments, and compared ones");

	in.seed = 2;
	classes();
	for (nr = 0; nr < 463; nr++)
		same += word[nr] == earlier[nr] && !is_near(word[nr]);
	ok(same == 0, "and others with another seed");
}

/* Neither number nor arch nor arguments of single calls are always of a table. */
static void test_calls(void)
{
	static const u32 odd[] = {
		0,	462,	    463,	464,	    511,	512,
		0xffff, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	static struct spread nrs, archs, args;
	u32 i, k, natives = 0, compats = 0, met = 0, known;

	begin();
	add_compared();
	asked.calls = 0;
	for (in.seed = 1; asked.calls < ARRAY_SIZE(asked.call); in.seed++)
		classes();
	for (i = 0; i < ARRAY_SIZE(asked.call); i++) {
		const struct sd *sd = &asked.call[i];
		u32 nr = sd->w[SD_NR], arch = sd->w[SD_ARCH];

		natives += arch == NATIVE && nr < 463;
		compats += arch == COMPAT && nr < 463;
		for (k = 0, known = 0; k < ARRAY_SIZE(odd); k++)
			known |= (u32)(nr == odd[k]) << k;
		met |= known;
		spread_add(&args, sd->w[ARG1]);
		if (arch != NATIVE && arch != COMPAT)
			spread_add(&archs, arch);
		/* Not those that come again and again: these, tables, and x32. */
		if (!known && (nr & ~X32_SYSCALL_BIT) >= NR_MAX)
			spread_add(&nrs, nr);
	}
	ok(natives > 500 && compats > 500, "calls of both tables");
	ok(met == (1u << ARRAY_SIZE(odd)) - 1,
	   "of numbers where tables and types end");
	ok(spread_is(&nrs, "numbers", 10), "calls with any number");
	ok(spread_is(&archs, "archs", 10), "calls of any arch");
	ok(spread_is(&args, "arguments", 100), "calls with any argument");
}

/* An execution is one of a filter, on one seccomp_data. */
static void test_executions(void)
{
	static struct coverage shape;
	u32 i, depth, seen = 0, lost = 0;
	bool good = true;

	for (depth = 1; depth < 4; depth++) {
		begin();
		for (i = 0; i < depth; i++)
			ADD(ALLOW);
		classes();
		good &= tally.executions >= depth * 2 * 463 &&
			tally.executions < depth * 2 * (463 + 64);
	}
	ok(good, "executions are counted for each filter and number");

	memset(&coverage, 0, sizeof(coverage));
	classes();
	for (i = 0; i < depth - 1; i++)
		coverage_shape(&shape, &in.stack.filter[i], i);
	for (i = 0; i < COVERAGE_SIZE; i++) {
		seen += !!shape.counter[i];
		lost += shape.counter[i] && !coverage.counter[i];
	}
	ok(seen && !lost, "coverage has the shape of each filter");
}

/* Wrong by the lookup of one call: the samples get there in some rounds. */
static void test_lookup(void)
{
	u32 seed, all = 0;

	begin();
	ADD(LD_NR, JMP(JEQ, 9, 0, 1), DENY, ALLOW);
	lie.arch = NATIVE;
	lie.nr = 9;
	lie.serves = 1;
	lie.lookup_only = true;
	for (seed = 0; seed < 200; seed++) {
		u32 c;

		in.seed = seed;
		c = classes();
		all |= c;
		if (c && !at(UNSOUND, AT_LOOKUP, NATIVE, 9))
			break;
	}
	ok(seed == 200 && all == IS(UNSOUND),
	   "a lookup that allows what the bits do not");

	/* The merged level does not know it, but nothing is read. */
	in.stack.depth = 0;
	ADD(LDI(9), JMP(JEQ, 9, 0, 0), LDI(SECCOMP_RET_ALLOW), RET_A);
	for (seed = 0, all = 0; seed < 300; seed++) {
		in.seed = seed;
		all |= classes();
	}
	ok(all == IS(EXTRA), "a lookup that allows what is proven");

	in.stack.depth = 0;
	ADD(DENY);
	lie.arch = 0;
	lie.nr = 0;
	for (seed = 0, all = 0; seed < 3000; seed++) {
		in.seed = seed;
		all |= classes();
	}
	ok(all == IS(UNSOUND), "a lookup that allows a foreign arch");

	in.stack.depth = 0;
	ADD(LD_NR, JMP(JEQ, 9, 0, 1), DENY, ALLOW);
	lie.arch = NATIVE;
	lie.nr = 8;
	lie.serves = -1;
	for (seed = 0, all = 0; seed < 3000; seed++) {
		in.seed = seed;
		all |= classes();
	}
	ok(all == IS(LOST) && !comparison_failure(&result),
	   "a lookup that misses a bit");
}

static void test_extra(void)
{
	begin();
	ADD(LDI(SECCOMP_RET_ALLOW), RET_A);
	lie.arch = COMPAT;
	lie.nr = 77;
	lie.serves = 1;
	ok(classes() == IS(EXTRA) && at(EXTRA, AT_BITMAP, COMPAT, 77) &&
		   !comparison_failure(&result),
	   "more than the merged level, nothing read");

	in.stack.depth = 0;
	ADD(LD_ARG0, JMP(JGE, 0, 0, 1), ALLOW, DENY);
	ok(classes() == IS(EXTRA) && at(EXTRA, AT_BITMAP, COMPAT, 77) &&
		   !comparison_failure(&result),
	   "an argument is read, and proven not to count");

	in.stack.depth = 0;
	ADD(LD_ARG0, RET(SECCOMP_RET_ALLOW | 7));
	ok(classes() == IS(EXTRA), "ALLOW with data is ALLOW");
	in.stack.depth = 0;
	ADD(RET(SECCOMP_RET_ALLOW | 7));
	ok(classes() == IS(EXTRA), "also where it is not served");

	/* All of them, in both tables. */
	begin();
	honest = self_subject(EMU_FULL, &platforms[0]);
	ADD(LDI(SECCOMP_RET_ALLOW), RET_A);
	ok(classes() == IS(EXTRA) && tally.by_class[EXTRA] == 2 * 463 &&
		   at(EXTRA, AT_BITMAP, NATIVE, 0),
	   "each of them is counted, the first is kept");
}

static void test_unproven(void)
{
	begin();
	/* No square is 2 modulo 4, which nobody here knows. */
	ADD(LD_ARG0, TAX, ALUX(MUL), ALU(AND, 3), JMP(JEQ, 2, 0, 1), DENY,
	    ALLOW);
	lie.arch = NATIVE;
	lie.nr = 3;
	lie.serves = 1;
	ok(classes() == IS(UNPROVEN) && at(UNPROVEN, AT_BITMAP, NATIVE, 3) &&
		   !comparison_failure(&result),
	   "neither proof nor witness");
}

static void test_lost(void)
{
	begin();
	ADD(ALLOW);
	lie.arch = NATIVE;
	lie.nr = 300;
	lie.serves = -1;
	ok(classes() == IS(LOST) && at(LOST, AT_BITMAP, NATIVE, 300) &&
		   tally.by_class[LOST] >= 1 && !comparison_failure(&result),
	   "a bit that is missing");
}

static void test_divergent(void)
{
	begin();
	ADD(LD_NR, JMP(JEQ, 5, 0, 1), ALLOW, DENY);
	lie.run_xor = 1;
	ok(classes() == IS(DIVERGENT) && fails(DIVERGENT) &&
		   first(DIVERGENT)->where == AT_RUN &&
		   first(DIVERGENT)->seen == (first(DIVERGENT)->expected ^ 1),
	   "another value than full execution");

	lie.run_xor = 0;
	lie.match_add = 1;
	ok(classes() == IS(DIVERGENT) && first(DIVERGENT)->where == AT_MATCH,
	   "another filter is held responsible");

	lie.match_add = 0;
	lie.exec_xor = 0x80000000;
	ok(classes() == IS(DIVERGENT) &&
		   first(DIVERGENT)->where == AT_EXECUTE &&
		   first(DIVERGENT)->filter == 0,
	   "one filter for itself");

	/* The bits say it is served, and the entry path runs the filters. */
	begin();
	ADD(ALLOW);
	lie.arch = NATIVE;
	lie.nr = 9;
	lie.serves = 1;
	lie.bits_only = true;
	ok(classes() == 0, "served or run, ALLOW is ALLOW");
}

static void test_warning(void)
{
	begin();
	ADD(ALLOW);
	lie.warnings = 7;
	ok(classes() == 0, "warnings before it are not of this stack");
	lie.warns = 100; /* lookups that may warn are not that many */
	ok(classes() == IS(DIVERGENT) && fails(DIVERGENT) &&
		   first(DIVERGENT)->where == AT_WARNING &&
		   first(DIVERGENT)->seen <= 100,
	   "warnings of the subject's");

	/* Seldom is an arch tried that has no bitmap: go on until one was. */
	begin();
	ADD(LD_ARCH, JMP(JEQ, 5, 0, 1), DENY, ALLOW);
	lie.warns = 2;
	for (in.seed = 1; in.seed < 1000; in.seed++) {
		if (!classes())
			break;
	}
	ok(in.seed < 1000, "a lookup of an arch without a bitmap may warn");
}

static void test_checker(void)
{
	begin();
	ADD(ALLOW);
	ADD(ALU(MOD, 3), ALLOW);
	ADD(DENY);
	lie.lenient = true;
	ok(classes() == IS(CHECKER) && fails(CHECKER) &&
		   first(CHECKER)->where == AT_ATTACH &&
		   first(CHECKER)->filter == 1 &&
		   first(CHECKER)->expected == EINVAL &&
		   first(CHECKER)->seen == 0 && tally.filters == 2 &&
		   !tally.verdicts,
	   "a bad filter is accepted: nothing more is compared");

	lie.lenient = false;
	ok(classes() == 0 && tally.filters == 3 && tally.refused == 1 &&
		   result.depth == 2,
	   "refused on both sides: the others are compared");

	lie.attach = -EINVAL;
	ok(classes() == IS(CHECKER) && first(CHECKER)->expected == 0 &&
		   first(CHECKER)->seen == EINVAL &&
		   first(CHECKER)->filter == 0,
	   "a good filter is refused");
	lie.attach = -ENOMEM;
	in.stack.depth = 0;
	ADD(ALU(MOD, 3), ALLOW);
	ok(classes() == IS(CHECKER) && first(CHECKER)->expected == EINVAL &&
		   first(CHECKER)->seen == ENOMEM,
	   "another errno");
}

/* The limit on a stack is the checker's too. */
static void test_limit(void)
{
	static struct sock_filter insns[FILTER_MAX_INSNS];
	u32 i;

	begin();
	for (i = 0; i < FILTER_MAX_INSNS; i++)
		insns[i] = (struct sock_filter)ALLOW;
	for (i = 0; i < 5; i++)
		add(insns, i == 4 ? 1 : FILTER_MAX_INSNS);
	ok(classes() == 0 && tally.refused == 1 && result.depth == 4,
	   "the fourth of the longest is refused by both");
}

/* The same bits with another release, or another table. */
static const struct {
	const char *what;
	u32 release, arch, nr;
	u32 classes;
} exceptions[] = {
	{ "335 on 6.12", KERNEL_RELEASE(6, 12), NATIVE, 335, IS(EXCEPTION) },
	{ "335 on 6.1", KERNEL_RELEASE(6, 1), NATIVE, 335, IS(UNSOUND) },
	{ "335 of ia32 on 6.12", KERNEL_RELEASE(6, 12), COMPAT, 335,
	  IS(UNSOUND) },
	{ "336 on 6.12", KERNEL_RELEASE(6, 12), NATIVE, 336, IS(UNSOUND) },
	{ "336 on 6.18", KERNEL_RELEASE(6, 18), NATIVE, 336, IS(EXCEPTION) },
	{ "334 on 7.3", KERNEL_RELEASE(7, 3), NATIVE, 334, IS(UNSOUND) },
};

static void test_exceptions(void)
{
	u32 i, seed;

	for (i = 0; i < ARRAY_SIZE(exceptions); i++) {
		begin();
		lie_begin(exceptions[i].release);
		ADD(DENY);
		lie.arch = exceptions[i].arch;
		lie.nr = exceptions[i].nr;
		lie.serves = 1;
		ok(classes() == exceptions[i].classes &&
			   tally.by_class[EXCEPTION] ==
				   (exceptions[i].classes == IS(EXCEPTION)),
		   "%s", exceptions[i].what);
	}

	begin();
	lie_begin(KERNEL_RELEASE(6, 12));
	ADD(ALLOW);
	lie.arch = NATIVE;
	lie.nr = 335;
	lie.serves = 1;
	ok(classes() == 0, "what the filter allows is no exception");

	/* Single calls of the exception are not findings either. */
	in.stack.depth = 0;
	ADD(LD_NR, JMP(JEQ, 335, 0, 1), DENY, ALLOW);
	for (seed = 0; seed < 300; seed++) {
		in.seed = seed;
		if (classes() != IS(EXCEPTION))
			break;
	}
	ok(seed == 300, "nor are calls of an exception");
}

/* One bitmap, whatever arch says; and a platform with the other byte order. */
static void test_platforms(void)
{
	u32 i;

	begin();
	add_hidden();
	machine_init(&liar.machine, &platforms[0], 0, 463, 0);
	((struct subject *)honest)->machine = liar.machine;
	lie.arch = NATIVE;
	ok(classes() == 0 && tally.verdicts == 463, "without compat");

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		const struct subject *sub = self_subject(EMU_LINUX,
							 &platforms[i]);

		in.platform = i;
		compare(sub, &in, &result, &tally, &scratch);
		ok(!comparison_failure(&result) && !result.present[LOST] &&
			   !result.present[EXTRA],
		   "%s", platforms[i].name);
	}
}

/* Each level against the merged one, and the kernel's own against ours. */
static void test_generated(void)
{
	static const struct {
		const char *name;
		enum emu_level level;
		bool kernel;
		u32 may; /* findings that are as they should be */
	} subjects[] = {
		{ "self-seed", EMU_SEED, false, IS(LOST) },
		{ "self-linux", EMU_LINUX, false, 0 },
		{ "self-full", EMU_FULL, false, IS(EXTRA) },
		{ "kernel", EMU_LINUX, true, IS(EXCEPTION) },
	};
	u32 s, i, k;

	scratch.coverage = NULL;
	for (s = 0; s < ARRAY_SIZE(subjects); s++) {
		struct rng r = { 11 };
		u32 found = 0;

		memset(&tally, 0, sizeof(tally));
		for (i = 0; i < 1500; i++) {
			const struct subject *sub =
				i % 3 == 0 ? kernel_subject_x86_64() :
				i % 3 == 1 ? kernel_subject_arm64() :
					     kernel_subject_s390x();

			if (!subjects[s].kernel)
				sub = self_subject(subjects[s].level,
						   &platforms[i % 3]);
			in.platform = i % 3;
			generate_input(&r, &sub->machine, &in);
			compare(sub, &in, &result, &tally, &scratch);
			for (k = 0; k < FINDING_CLASSES; k++)
				found |= (u32)result.present[k] << k;
		}
		ok(!(found & ~subjects[s].may) &&
			   (subjects[s].kernel || found == subjects[s].may) &&
			   tally.verdicts > 100000 && tally.refused,
		   "%s: %llu filters, only what is expected", subjects[s].name,
		   (unsigned long long)tally.filters);
	}
}

static void test_names(void)
{
	static const char *const classes_in_order[] = {
		"UNSOUND",  "DIVERGENT", "CHECKER", "CRASH",
		"UNPROVEN", "LOST",	 "EXTRA",   "EXCEPTION",
	};
	static const char *const places[] = {
		"attach", "bitmap", "lookup",  "execute",
		"run",	  "match",  "warning", "engine",
		"access", "constant", "unclaimed",
	};
	bool good = true;
	u32 i;

	for (i = 0; i < FINDING_CLASSES; i++)
		good &= !strcmp(finding_class_name(i), classes_in_order[i]);
	for (i = 0; i < FINDING_PLACES; i++)
		good &= !strcmp(finding_where_name(i), places[i]);
	ok(good, "names");
}

int main(void)
{
	test_honest();
	test_unsound();
	test_arguments();
	test_calls();
	test_executions();
	test_lookup();
	test_extra();
	test_unproven();
	test_lost();
	test_divergent();
	test_warning();
	test_checker();
	test_limit();
	test_exceptions();
	test_platforms();
	test_generated();
	test_names();
	return tap_done();
}
