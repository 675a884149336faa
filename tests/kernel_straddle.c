// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page-straddling probe: that its self-check finds what can be wrong with
 * it, what it sees of executions, and that it alone finds emulators that take
 * data for constants.
 */
#include <linux/audit.h>
#include <string.h>

#include "checker.h"
#include "generate.h"
#include "insns.h"
#include "ref_interp.h"
#include "straddle.h"
#include "straddle_compare.h"
#include "straddle_pages.h"
#include "subjects.h"
#include "tap.h"

#define NATIVE AUDIT_ARCH_X86_64

static struct compare_scratch scratch;
static struct comparison result;
static struct tally tally;
static struct input in;

static void test_self_check(void)
{
	u32 i;

	for (i = 0; i < STRADDLE_DEFECTS; i++) {
		const char *why;

		if (!ok(!straddle_open(i), "pages"))
			continue;
		why = straddle_self_check(straddle_probe);
		if (i == STRADDLE_SOUND)
			ok(!why, "self-check: a sound probe passes");
		else
			ok(why, "self-check: '%s' fails it: %s",
			   straddle_defect_name(i), why ? why : "");
	}
	straddle_open(STRADDLE_SOUND);
	ok(!straddle_self_check(straddle_probe), "self-check: once more");
}

/* Probes that are wrong in other ways; the check must see these, too. */
static u32 calls;

static bool reads_else(straddle_exec exec, const void *context,
		       const struct sd *sd, u32 *ret)
{
	bool accessed = straddle_probe(exec, context, sd, ret);

	*ret += exec == straddle_load;
	return accessed;
}

static bool filters_read_else(straddle_exec exec, const void *context,
			      const struct sd *sd, u32 *ret)
{
	bool accessed = straddle_probe(exec, context, sd, ret);

	*ret += exec != straddle_load;
	return accessed;
}

static bool filters_unseen(straddle_exec exec, const void *context,
			   const struct sd *sd, u32 *ret)
{
	return straddle_probe(exec, context, sd, ret) && exec == straddle_load;
}

static bool third_shows(straddle_exec exec, const void *context,
			const struct sd *sd, u32 *ret)
{
	return straddle_probe(exec, context, sd, ret) || ++calls == 3;
}

static void test_wrong_probes(void)
{
	static const struct {
		const char *what;
		straddle_probe_fn probe;
	} wrong[] = {
		{ "loads read something else", reads_else },
		{ "filters read something else", filters_read_else },
		{ "what filters access does not show", filters_unseen },
		{ "a run without an access shows one", third_shows },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		ok(straddle_self_check(wrong[i].probe), "self-check: %s",
		   wrong[i].what);
}

/* ---- what is seen of an execution ---------------------------------------- */

static const struct {
	const char *what;
	struct sock_filter insns[6];
	bool accessed;
	u32 ret; /* nr 7, all words of page 2 are 5 */
} runs[] = {
	{ "nr and arch",
	  { LD_NR, TAX, LD_ARCH, ALUX(OR), RET_A },
	  false,
	  NATIVE | 7 },
	{ "the length", { LD_LEN, RET_A }, false, 64 },
	{ "an argument, returned", { LD_ARG0, RET_A }, true, 5 },
	{ "an argument, not used", { LD_ARG0, LD_NR, RET_A }, true, 7 },
	{ "the last word", { LD(60), RET_A }, true, 5 },
	{ "the first word of the second page", { LD(8), RET_A }, true, 5 },
	{ "a load on the path",
	  { LD_NR, JMP(JEQ, 7, 0, 1), LD_ARG0, RET_A },
	  true,
	  5 },
	{ "a load beside the path",
	  { LD_NR, JMP(JEQ, 7, 1, 0), LD_ARG0, RET_A },
	  false,
	  7 },
	{ "a return before the load",
	  { LD_NR, ALLOW, LD_ARG0, RET_A },
	  false,
	  SECCOMP_RET_ALLOW },
	{ "a division by 0 before it",
	  { ALUX(DIV), LD_ARG0, RET_A },
	  false,
	  0 },
};

static u32 interpret(const void *filter, const struct sd *sd)
{
	return ref_interp(filter, sd).ret;
}

static u32 execute(const void *sub, const struct sd *sd)
{
	return ((const struct subject *)sub)->exec(0, sd);
}

static void test_runs(void)
{
	const struct subject *kernel = kernel_subject_x86_64();
	struct sd sd;
	u32 i;

	for (i = 0; i < SD_WORDS; i++)
		sd.w[i] = 5;
	sd.w[SD_NR] = 7;
	sd.w[SD_ARCH] = NATIVE;
	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		struct filter f = { runs[i].insns, ARRAY_SIZE(runs[i].insns) };
		u32 ours, its;
		bool by_us, by_it;

		while (BPF_CLASS(f.insns[f.len - 1].code) != BPF_RET)
			f.len--;
		kernel->reset();
		if (filter_check(&f) || kernel->attach(&f)) {
			ok(false, "run: %s: not a filter", runs[i].what);
			continue;
		}
		by_us = straddle_probe(interpret, &f, &sd, &ours);
		by_it = straddle_probe(execute, kernel, &sd, &its);
		ok(by_us == runs[i].accessed && ours == runs[i].ret,
		   "run: %s: the reference", runs[i].what);
		ok(by_it == runs[i].accessed && its == runs[i].ret,
		   "run: %s: ___bpf_prog_run()", runs[i].what);
	}
}

/* ---- the rules ----------------------------------------------------------- */

static void test_rules(void)
{
	static const struct {
		u32 constants; /* bit i: level i says so */
		u32 value;     /* that it gives; 1 is what is returned */
		bool accessed;
		enum straddle_rule rule;
	} cases[] = {
		{ 0, 0, true, STRADDLE_HOLDS },
		{ 0, 0, false, STRADDLE_UNCLAIMED },
		{ 1 << EMU_FULL, 1, false, STRADDLE_HOLDS },
		{ 1 << EMU_FULL, 1, true, STRADDLE_HOLDS },
		{ 1 << EMU_FULL, 2, true, STRADDLE_VALUE },
		{ 1 << EMU_FULL, 2, false, STRADDLE_VALUE },
		{ 1 << EMU_LINUX, 1, true, STRADDLE_ACCESS },
		{ 1 << EMU_LINUX, 1, false, STRADDLE_UNCLAIMED },
		{ 1 << EMU_LINUX, 2, false, STRADDLE_VALUE },
		{ 1 << EMU_SEED, 1, true, STRADDLE_ACCESS },
		{ 7, 1, false, STRADDLE_HOLDS },
		{ 7, 1, true, STRADDLE_ACCESS },
	};
	u32 i, level;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct emu_result claim[EMU_LEVELS];

		for (level = 0; level < EMU_LEVELS; level++) {
			bool constant = cases[i].constants >> level & 1;

			claim[level].reason =
				constant ? EMU_CONSTANT : EMU_LOAD;
			claim[level].ret = cases[i].value;
		}
		ok(straddle_judge(claim, cases[i].accessed, 1) == cases[i].rule,
		   "rule: %s: levels %x, %s, value %u",
		   straddle_rule_name(cases[i].rule), cases[i].constants,
		   cases[i].accessed ? "accessed" : "not accessed",
		   cases[i].value);
	}
}

/* ---- emulators that take data for constants ------------------------------ */

#define WORDS(from, to) ((2u << (to)) - (1u << (from)))

static const struct sock_filter keeps_a = JA(0), is_zero = ALU(AND, 0),
				is_arch = LD_ARCH;

static const struct bug {
	const char *what;
	u32 words;                     /* loads of these ... */
	const struct sock_filter *are; /* ... are this to the emulator */
} bugs[] = {
	{ "none", 0, NULL },
	{ "data keeps A", WORDS(SD_IP, 15), &keeps_a },
	{ "data is 0", WORDS(SD_IP, 15), &is_zero },
	{ "instruction_pointer is 0", WORDS(SD_IP, 3), &is_zero },
	{ "low half of args[0] is 0", WORDS(4, 4), &is_zero },
	{ "high half of args[5] is 0", WORDS(15, 15), &is_zero },
	{ "low half of args[1] is arch", WORDS(6, 6), &is_arch },
};

static const struct subject *kernel;
static struct subject buggy;
static const struct bug *bug;
static struct sock_filter seen[STACK_MAX_FILTERS][FILTER_MAX_INSNS];
static struct stack emulated;

static void buggy_reset(void)
{
	kernel->reset();
	emulated.depth = 0;
}

static int buggy_attach(const struct filter *f)
{
	int error = kernel->attach(f);
	struct sock_filter *to = seen[emulated.depth];
	u32 i;

	if (error)
		return error;
	for (i = 0; i < f->len; i++) {
		to[i] = f->insns[i];
		if (to[i].code == (BPF_LD | BPF_W | BPF_ABS) &&
		    bug->words >> to[i].k / 4 & 1)
			to[i] = *bug->are;
	}
	emulated.filter[emulated.depth++] = (struct filter){ to, f->len };
	return 0;
}

static void buggy_served(u32 arch, struct nrset *out)
{
	u32 nr, i;

	*out = nrset_below(buggy.machine.table[0].nrs);
	for (i = 0; i < emulated.depth; i++) {
		for_each_nr (nr, out) {
			struct emu_result r;

			r = emulate_linux(&emulated.filter[i], arch, nr);
			if (!emu_allows(&r))
				nrset_remove(out, nr);
		}
	}
}

static void generate(u64 seed)
{
	struct rng r = { seed * 0xd1342543de82ef95ull };

	rng_next(&r);
	in.platform = 0;
	generate_input(&r, &kernel->machine, &in);
	in.seed = rng_u32(&r);
}

/* Stacks until it is found; 0: not in @max. */
static u32 stacks_until_found(const struct subject *sub, u32 max)
{
	u32 i;

	for (i = 1; i <= max; i++) {
		generate(i);
		straddle_compare(sub, &in, &result, &tally, &scratch);
		if (comparison_failure(&result))
			return i;
	}
	return 0;
}

static void test_bugs(void)
{
	const struct finding *f;
	u32 i, n;

	kernel = kernel_subject_x86_64();
	buggy = *kernel;
	buggy.reset = buggy_reset;
	buggy.attach = buggy_attach;
	buggy.served = buggy_served;
	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		bug = &bugs[i];
		n = stacks_until_found(&buggy, bug->words ? 20000 : 1000);
		f = comparison_failure(&result);
		if (!bug->words)
			ok(!n && !tally.by_class[UNPROVEN],
			   "emulator: without a bug, 1000 stacks raise no "
			   "alarm");
		else
			ok(n && f && f->class == UNSOUND, "emulator: %s: found",
			   bug->what);
		if (n)
			diag("by stack %u", n);
	}
}

/* ---- what else can differ ------------------------------------------------ */

static u32 exec_xor;
static bool exec_looks;

static u32 other_exec(u32 filter, const struct sd *sd)
{
	u32 ret = kernel->exec(filter, sd);

	if (exec_looks)
		(void)*(const volatile u32 *)&sd->w[15];
	return ret ^ exec_xor;
}

static void set_filter(const struct sock_filter *insns, u32 len)
{
	struct stack s = { .depth = 1, .filter = { { insns, len } } };

	in.platform = 0;
	in.seed = 1;
	input_set_stack(&in, &s);
}

#define SET(...)                                                               \
	do {                                                                   \
		static const struct sock_filter insns[] = { __VA_ARGS__ };     \
		set_filter(insns, ARRAY_SIZE(insns));                          \
	} while (0)

static void serve_all(u32 arch, struct nrset *out)
{
	*out = nrset_below(kernel->machine.table[0].nrs);
}

static bool found(const struct subject *sub, enum finding_class class,
		  enum finding_where where)
{
	straddle_compare(sub, &in, &result, &tally, &scratch);
	return result.present[class] && result.first[class].where == where;
}

static void test_others(void)
{
	const struct subject *full;
	struct subject sub = *kernel;

	sub.exec = other_exec;
	SET(LD_NR, RET_A);
	ok(!found(&sub, DIVERGENT, AT_ACCESS), "executor: as the reference");
	exec_looks = true;
	ok(found(&sub, DIVERGENT, AT_ACCESS), "executor: looks at more");
	exec_looks = false;
	exec_xor = 1;
	ok(found(&sub, DIVERGENT, AT_EXECUTE), "executor: another value");
	exec_xor = 0;

	sub.served = serve_all;
	SET(DENY);
	ok(found(&sub, UNSOUND, AT_BITMAP), "served: denied");
	SET(LD_ARG0, JMP(JEQ, 0x12345678, 0, 1), DENY, ALLOW);
	ok(found(&sub, UNSOUND, AT_BITMAP) &&
		   result.first[UNSOUND].sd.w[4] == 0x12345678,
	   "served: denied for one argument, which is found");
	SET(LD_ARG0, LD_NR, ALLOW);
	ok(found(&sub, EXTRA, AT_ACCESS) && !comparison_failure(&result),
	   "served: an access that does not matter is no alarm");
	SET(LD_ARG0, ALU(AND, 0xff), JMP(JGT, 0x100, 0, 1), DENY, ALLOW);
	ok(found(&sub, UNPROVEN, AT_ACCESS),
	   "served: neither proof nor witness");
	SET(LD(3), ALLOW);
	ok(!found(&sub, CHECKER, AT_ATTACH) && !result.depth,
	   "refused by both sides");

	full = self_subject(EMU_FULL, &platforms[0]);
	ok(!stacks_until_found(full, 300), "the full level raises no alarm");
}

int main(void)
{
	test_self_check();
	test_wrong_probes();
	test_runs();
	test_rules();
	test_bugs();
	test_others();
	return tap_done();
}
