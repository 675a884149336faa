// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "action.h"
#include "checker.h"
#include "compare.h"
#include "ref_interp.h"
#include "stack.h"

#define SAMPLES        8   /* single calls for each stack */
#define SEARCHES       4   /* witness searches for each table */
#define SEARCH_TRIES   512 /* stack executions for each of them */
#define MAX_CONSTANTS  64  /* that the filters compare with */
#define CONSTANT_SCANS 256 /* instructions of a filter looked at for them */
#define STRIDE         64  /* lanes that are filled at once: a word of a set */

/* Everything that one comparison needs at hand. */
struct context {
	const struct subject *sub;
	const struct machine *m;
	struct comparison *c;
	struct tally *t;
	struct compare_scratch *s;
	struct cache model;
	struct rng rng;
	u64 warnings; /* that the subject may have given when all is done */
	u32 loads;    /* words that some filter loads */
	u32 constants;
	u32 constant[MAX_CONSTANTS];
	u32 deck[2 * STRIDE]; /* the constants, as often as they fit */
};

void comparison_add(struct comparison *c, u64 *by_class,
		    const struct finding *f)
{
	by_class[f->class]++;
	if (c->present[f->class])
		return;
	c->present[f->class] = true;
	c->first[f->class] = *f;
}

static void report(struct context *x, struct finding f)
{
	comparison_add(x->c, x->t->by_class, &f);
}

bool attach_both(const struct subject *sub, const struct input *in,
		 struct comparison *c, struct tally *t,
		 struct compare_scratch *s)
{
	u32 i;

	sub->reset();
	s->stack.depth = 0;
	for (i = 0; i < in->stack.depth; i++) {
		const struct filter *f = &in->stack.filter[i];
		int expected = filter_check(f);
		int seen;

		if (!expected)
			expected = stack_admits(&s->stack, f);
		seen = sub->attach(f);
		t->filters++;
		t->subject_calls++;
		if (seen != expected) {
			struct finding differs = { .class = CHECKER,
						   .where = AT_ATTACH,
						   .filter = i,
						   .expected = -expected,
						   .seen = -seen };

			comparison_add(c, t->by_class, &differs);
			return false;
		}
		if (expected) {
			t->refused++;
			continue;
		}
		if (s->coverage)
			coverage_shape(s->coverage, f, s->stack.depth);
		s->stack.filter[s->stack.depth++] = *f;
	}
	c->depth = s->stack.depth;
	return true;
}

static void make_model(struct context *x)
{
	u32 i;

	cache_init(&x->model, x->m);
	for (i = 0; i < x->s->stack.depth; i++)
		cache_prepare(&x->model, x->m, &x->s->stack.filter[i],
			      &x->s->set);
}

static bool compares_with_constant(u16 code)
{
	return (BPF_CLASS(code) == BPF_JMP) & (BPF_OP(code) != BPF_JA) &
	       (BPF_SRC(code) == BPF_K);
}

/*
 * Which words a filter loads. What comes next is chance, here and below: there
 * is no branch on it.
 */
static u32 words_loaded(const struct filter *f)
{
	u32 loads = 0;
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		u32 load = insn->code == (BPF_LD | BPF_W | BPF_ABS);

		loads |= load << insn->k / 4 % SD_WORDS;
	}
	return loads;
}

/* What the filters load, and constants that they compare with. */
static void scan_filter(struct context *x, const struct filter *f)
{
	u32 step = 1 + f->len / CONSTANT_SCANS;
	u32 pc;

	x->loads |= words_loaded(f);
	for (pc = rng_below(&x->rng, step); pc < f->len; pc += step) {
		const struct sock_filter *insn = &f->insns[pc];
		bool is = compares_with_constant(insn->code);

		if (x->constants < MAX_CONSTANTS) {
			x->constant[x->constants] = insn->k;
			x->constants += is;
		} else if (is) {
			x->constant[rng_below(&x->rng, MAX_CONSTANTS)] =
				insn->k;
		}
	}
}

static void scan_stack(struct context *x)
{
	const struct stack *s = &x->s->stack;
	u32 i;

	for (i = 0; i < s->depth; i++)
		scan_filter(x, &s->filter[i]);
	if (!x->constants)
		return;
	for (i = 0; i < ARRAY_SIZE(x->deck); i++)
		x->deck[i] = i < x->constants ? x->constant[i]
					      : x->deck[i - x->constants];
}

/* An argument word: random, or a constant that is compared with, or next to it. */
static u32 argument(struct context *x)
{
	u64 r = rng_next(&x->rng);
	u32 value = r >> 32;

	if (!x->constants || (r & 3) == 0)
		return value;
	value = x->constant[(u64)value * x->constants >> 32];
	return value + (r >> 2 & 3) % 3 - 1;
}

/*
 * As argument(), for a word of many lanes: a hash for each lane, and constants
 * in turn from a random place, so that a compiler makes vector code of it.
 */
static void fill_stride(struct context *x, u32 *column)
{
	u64 r = rng_next(&x->rng);
	const u32 *constant = x->deck + r % STRIDE;
	u32 some = x->constants ? 3 : 0;
	u32 salt = r >> 32;
	u32 i;

	for (i = 0; i < STRIDE; i++) {
		u32 hash = (salt + i) * 0x9e3779b1;
		u32 random, near;

		hash = (hash ^ hash >> 16) * 0x7feb352d;
		hash = (hash ^ hash >> 15) * 0x846ca68b;
		random = hash + (u32)r;
		near = constant[i] + (hash >> 20 & 1) - (hash >> 21 & 1);
		column[i] = hash >> 22 & some ? near : random;
	}
}

/* A lane for each of these numbers, and some more. Their arguments are any. */
static void fill_lanes(struct context *x, u32 arch, const struct nrset *lanes)
{
	struct batch_data *d = &x->s->data;
	u32 first, i;

	for (first = 0; first < BATCH_LANES; first += STRIDE) {
		if (!lanes->w[first / STRIDE])
			continue;
		for (i = first; i < first + STRIDE; i++) {
			d->w[SD_NR][i] = i;
			d->w[SD_ARCH][i] = arch;
		}
	}
}

/* Arguments of its own for each of these lanes, in the words that matter. */
static void fill_arguments(struct context *x, const struct nrset *lanes)
{
	u32 first, word;

	for (first = 0; first < BATCH_LANES; first += STRIDE) {
		if (!lanes->w[first / STRIDE])
			continue;
		for (word = SD_IP; word < SD_WORDS; word++) {
			if (x->loads >> word & 1)
				fill_stride(x, &x->s->data.w[word][first]);
		}
	}
}

/* And for one. */
static void fill_one(struct context *x, u32 lane)
{
	u32 column[STRIDE];
	u32 word;

	fill_stride(x, column);
	for (word = SD_IP; word < SD_WORDS; word++)
		x->s->data.w[word][lane] = column[word];
}

static void combine_stride(u32 *ret, const u32 *next)
{
	u32 i;

	for (i = 0; i < STRIDE; i++) {
		s32 a = ret[i] & SECCOMP_RET_ACTION_FULL;
		s32 b = next[i] & SECCOMP_RET_ACTION_FULL;

		ret[i] = b < a ? next[i] : ret[i];
	}
}

/*
 * Full execution of the stack for some numbers, on their lanes' arguments.
 * Returns the lanes that read nothing but nr and arch: their verdict is
 * proven for all arguments.
 */
static struct nrset execute_lanes(struct context *x, const struct nrset *lanes)
{
	struct nrset clean = *lanes;
	u32 i, word, first;

	/* No filter has run: the stack allows. */
	for (first = 0; first < BATCH_LANES; first += STRIDE) {
		for (i = 0; i < STRIDE && lanes->w[first / STRIDE]; i++)
			x->s->ret[first + i] = SECCOMP_RET_ALLOW;
	}

	for (i = x->s->stack.depth; i-- > 0;) {
		const struct filter *f = &x->s->stack.filter[i];

		batch_interp(f, &x->s->data, lanes, &x->s->run, &x->s->batch);
		for (first = 0; first < BATCH_LANES; first += STRIDE) {
			if (lanes->w[first / STRIDE])
				combine_stride(x->s->ret + first,
					       x->s->run.ret + first);
		}
		for (word = SD_IP; word < SD_WORDS; word++)
			clean = nrset_minus(clean, &x->s->run.reads[word]);
		if (x->s->coverage)
			coverage_run(x->s->coverage, f, &x->s->run);
	}
	x->t->executions += x->s->stack.depth * nrset_count(lanes);
	return clean;
}

/* Is the stack's verdict ALLOW by constants alone, at the full level? */
static bool proven_constant(struct context *x, const struct sd *sd)
{
	const struct stack *s = &x->s->stack;
	u32 i;

	for (i = 0; i < s->depth; i++) {
		if (!full_allows(&s->filter[i], sd->w[SD_ARCH], sd->w[SD_NR],
				 &x->s->emu))
			return false;
	}
	return true;
}

/*
 * The subject serves this call, and it is not known that it may: prove it or
 * find the witness. @beyond: the merged level does not cache it.
 */
static void judge_served(struct context *x, struct sd sd,
			 enum finding_where where, bool beyond)
{
	struct finding f = { .where = where,
			     .sd = sd,
			     .expected = SECCOMP_RET_ALLOW,
			     .seen = SECCOMP_RET_ALLOW };
	struct stack_run r = stack_run(&x->s->stack, &sd);

	x->t->executions += x->s->stack.depth;
	if (r.ret != SECCOMP_RET_ALLOW) {
		f.class = UNSOUND;
		f.expected = r.ret;
	} else if (!(r.reads & ~SD_CONST_WORDS) || proven_constant(x, &sd)) {
		f.class = EXTRA;
	} else if (witness_search(&x->s->stack, &f.sd, SEARCH_TRIES, &x->rng,
				  &x->s->witness)) {
		f.class = UNSOUND;
		f.expected = stack_run(&x->s->stack, &f.sd).ret;
	} else {
		f.class = UNPROVEN;
	}
	if (f.class != EXTRA || beyond)
		report(x, f);
}

static void report_all(struct context *x, const struct nrset *nrs,
		       enum finding_class class)
{
	u32 nr;

	for_each_nr (nr, nrs) {
		report(x, (struct finding){ .class = class,
					    .where = AT_BITMAP,
					    .sd = batch_sd(&x->s->data, nr),
					    .expected = SECCOMP_RET_ALLOW,
					    .seen = SECCOMP_RET_ALLOW });
	}
}

/* They are served whatever any filter says, so that there is nothing to run. */
static void report_exceptions(struct context *x, const struct table *t,
			      const struct nrset *nrs)
{
	u32 nr;

	for_each_nr (nr, nrs) {
		struct sd sd = {
			.w = { [SD_NR] = nr, [SD_ARCH] = t->abi->audit_arch }
		};

		report(x, (struct finding){ .class = EXCEPTION,
					    .where = AT_BITMAP,
					    .sd = sd,
					    .expected = SECCOMP_RET_ALLOW,
					    .seen = SECCOMP_RET_ALLOW });
	}
}

/*
 * The bits of one table against the model and against full execution. A number
 * whose filters run in any case has no claim to be executed for; @nr is run for
 * compare_engines(). The others should not read an argument, and get some only
 * if they do.
 */
static void compare_bits(struct context *x, u32 table,
			 const struct nrset *served, u32 nr)
{
	const struct table *t = &x->m->table[table];
	const struct nrset *model = &x->model.allow[table];
	struct nrset claimed, lanes, clean, allowed, sound, set;
	u32 searches = 0;

	x->t->verdicts += t->nrs;
	claimed = nrset_minus(*served, &t->exceptions);
	claimed = nrset_or(claimed, model);
	lanes = claimed;
	nrset_add(&lanes, nr);
	fill_lanes(x, t->abi->audit_arch, &lanes);
	fill_one(x, nr);
	clean = execute_lanes(x, &lanes);
	set = nrset_minus(claimed, &clean);
	if (!nrset_empty(&set)) {
		fill_arguments(x, &lanes);
		clean = execute_lanes(x, &lanes);
	}
	allowed = batch_equal(x->s->ret, SECCOMP_RET_ALLOW);
	sound = nrset_and(allowed, &clean);

	set = nrset_and(*served, &lanes);
	set = nrset_and(set, &allowed);
	x->t->constants += nrset_count(&set);
	set = nrset_and(*served, &sound);
	x->t->proven += nrset_count(&set);

	set = nrset_minus(*model, served);
	report_all(x, &set, LOST);

	/* Served and seen as it should be: ALLOW, and no argument was read. */
	set = nrset_minus(*served, model);
	set = nrset_minus(set, &t->exceptions);
	set = nrset_and(set, &sound);
	report_all(x, &set, EXTRA);

	set = nrset_and(*served, &t->exceptions);
	set = nrset_minus(set, model);
	report_exceptions(x, t, &set);

	/* Served, and the run does not show that it may be. */
	set = nrset_minus(*served, &t->exceptions);
	set = nrset_minus(set, &sound);
	for_each_nr (nr, &set) {
		if (searches++ == SEARCHES)
			break;
		judge_served(x, batch_sd(&x->s->data, nr), AT_BITMAP,
			     !nrset_has(model, nr));
	}
}

/* Our fast engines against the plain ones, for one number of a table. */
static void compare_engines(struct context *x, u32 table, u32 nr)
{
	const struct stack *s = &x->s->stack;
	struct sd sd = batch_sd(&x->s->data, nr);
	struct stack_run r = stack_run(s, &sd);
	bool allow = true;
	u32 i;

	x->t->executions += s->depth;
	for (i = 0; i < s->depth; i++) {
		struct emu_result e;

		e = emulate_linux(&s->filter[i], sd.w[SD_ARCH], nr);
		allow &= emu_allows(&e);
		if (x->s->coverage)
			coverage_emulator(x->s->coverage, &s->filter[i], &e);
	}
	if (r.ret != x->s->ret[nr] ||
	    allow != nrset_has(&x->model.allow[table], nr))
		report(x, (struct finding){ .class = DIVERGENT,
					    .where = AT_ENGINE,
					    .sd = sd,
					    .expected = r.ret,
					    .seen = x->s->ret[nr] });
}

static void compare_table(struct context *x, u32 table,
			  const struct nrset *served)
{
	u32 nr = rng_below(&x->rng, x->m->table[table].nrs);

	compare_bits(x, table, served, nr);
	compare_engines(x, table, nr);
}

/*
 * A subject that executes nothing here. Where nothing is served, and nothing
 * should be, there is nothing to execute for us either.
 */
static void compare_only_bits(struct context *x, u32 table,
			      const struct nrset *served)
{
	const struct table *t = &x->m->table[table];
	struct nrset set = nrset_or(*served, &x->model.allow[table]);

	set = nrset_minus(set, &t->exceptions);
	if (nrset_count(&set)) {
		compare_table(x, table, served);
		return;
	}
	x->t->verdicts += t->nrs;
	set = nrset_and(*served, &t->exceptions);
	report_exceptions(x, t, &set);
}

static u32 sample_nr(struct context *x, const struct table *t)
{
	static const u32 odd[] = {
		0,      UINT32_MAX, INT32_MAX, 1u << 31, X32_SYSCALL_BIT,
		NR_MAX, NR_MAX - 1, 0xffff,
	};
	u32 r = rng_below(&x->rng, 16);

	if (r < 8)
		return rng_below(&x->rng, t->nrs);
	if (r < 10)
		return argument(x);
	if (r < 12)
		return t->nrs + rng_below(&x->rng, 3) - 1;
	if (r < 14)
		return X32_SYSCALL_BIT | rng_below(&x->rng, t->nrs);
	return odd[rng_below(&x->rng, ARRAY_SIZE(odd))];
}

/* One call: the lookup, the stack, each filter. */
static void compare_call(struct context *x, const struct sd *sd, bool bit)
{
	const struct table *t = machine_table(x->m, sd->w[SD_ARCH]);
	struct stack *s = &x->s->stack;
	struct stack_run expected = stack_run(s, sd);
	struct finding f = { .class = DIVERGENT, .sd = *sd };
	bool served = x->sub->lookup(sd);
	s32 match;
	u32 i;

	x->t->executions += s->depth;
	x->t->subject_calls += 2 + s->depth;
	if (x->m->tables == 2 && !t)
		x->warnings += 2; /* the lookup alone, and within the run */

	if (served && !(t && table_excepts(t, sd->w[SD_NR])) && !bit)
		judge_served(x, *sd, AT_LOOKUP, true);
	if (!served && bit)
		report(x, (struct finding){ .class = LOST,
					    .where = AT_LOOKUP,
					    .sd = *sd,
					    .expected = SECCOMP_RET_ALLOW,
					    .seen = SECCOMP_RET_ALLOW });

	f.expected = served ? SECCOMP_RET_ALLOW : expected.ret;
	f.seen = x->sub->run(sd, &match);
	f.where = AT_RUN;
	if (f.seen != f.expected)
		report(x, f);
	f.expected = served ? -1 : expected.match;
	f.seen = match;
	f.where = AT_MATCH;
	if (f.seen != f.expected)
		report(x, f);

	f.where = AT_EXECUTE;
	for (i = 0; i < s->depth; i++) {
		f.filter = i;
		f.expected = expected.by_filter[i];
		f.seen = x->sub->exec(i, sd);
		if (f.seen != f.expected)
			report(x, f);
	}
}

/* An arch that no table has, unless the kernel does not look at it. */
static u32 sample_arch(struct context *x, u32 table)
{
	if (x->m->tables == 2 && rng_one_in(&x->rng, 8))
		return x->constants ? argument(x) : 0;
	return x->m->table[table].abi->audit_arch;
}

static void compare_samples(struct context *x, u32 table,
			    const struct nrset *served)
{
	const struct table *t = &x->m->table[table];
	struct sd call[STRIDE / SD_WORDS];
	u32 i;

	for (i = 0; i < SAMPLES / x->m->tables; i++) {
		struct sd *sd = &call[i % ARRAY_SIZE(call)];
		bool bit;

		if (sd == call)
			fill_stride(x, sd->w);
		sd->w[SD_NR] = sample_nr(x, t);
		sd->w[SD_ARCH] = sample_arch(x, table);
		bit = sd->w[SD_ARCH] == t->abi->audit_arch &&
		      sd->w[SD_NR] < NR_MAX && nrset_has(served, sd->w[SD_NR]);
		if (machine_table(x->m, sd->w[SD_ARCH]) != t &&
		    machine_table(x->m, sd->w[SD_ARCH]))
			continue; /* the other table's turn */
		compare_call(x, sd, bit);
	}
}

/*
 * A lookup warns of an arch that has no bitmap; nothing else does. A kernel
 * that keeps silent about it does no harm.
 */
static void compare_warnings(struct context *x)
{
	u64 seen = x->sub->warnings();

	if (seen <= x->warnings)
		return;
	report(x, (struct finding){ .class = DIVERGENT,
				    .where = AT_WARNING,
				    .seen = seen - x->warnings });
}

static void compare_attached(struct context *x)
{
	u32 i;

	x->t->stacks++;
	scan_stack(x);
	for (i = 0; i < x->m->tables; i++) {
		struct nrset served;

		x->sub->served(x->m->table[i].abi->audit_arch, &served);
		x->t->subject_calls += NR_MAX;
		if (!x->sub->run) {
			compare_only_bits(x, i, &served);
			continue;
		}
		compare_table(x, i, &served);
		compare_samples(x, i, &served);
	}
}

void compare(const struct subject *sub, const struct input *in,
	     struct comparison *c, struct tally *t, struct compare_scratch *s)
{
	struct context x = {
		.sub = sub,
		.m = &sub->machine,
		.c = c,
		.t = t,
		.s = s,
		.rng = { in->seed },
	};

	*c = (struct comparison){ 0 };
	if (sub->warnings)
		x.warnings = sub->warnings();
	if (attach_both(sub, in, c, t, s) && s->stack.depth) {
		make_model(&x);
		compare_attached(&x);
	}
	if (sub->warnings)
		compare_warnings(&x);
}

const struct finding *comparison_failure(const struct comparison *c)
{
	u32 i;

	for (i = UNSOUND; i <= CRASH; i++) {
		if (c->present[i])
			return &c->first[i];
	}
	return NULL;
}

const char *finding_class_name(enum finding_class class)
{
	static const char *const names[FINDING_CLASSES] = {
		[UNSOUND] = "UNSOUND",   [DIVERGENT] = "DIVERGENT",
		[CHECKER] = "CHECKER",   [CRASH] = "CRASH",
		[UNPROVEN] = "UNPROVEN", [LOST] = "LOST",
		[EXTRA] = "EXTRA",       [EXCEPTION] = "EXCEPTION",
	};

	return names[class];
}

const char *finding_where_name(enum finding_where where)
{
	static const char *const names[FINDING_PLACES] = {
		[AT_ATTACH] = "attach",     [AT_BITMAP] = "bitmap",
		[AT_LOOKUP] = "lookup",     [AT_EXECUTE] = "execute",
		[AT_RUN] = "run",           [AT_MATCH] = "match",
		[AT_WARNING] = "warning",   [AT_ENGINE] = "engine",
		[AT_ACCESS] = "access",     [AT_CONSTANT] = "constant",
		[AT_UNCLAIMED] = "unclaimed",
	};

	return names[where];
}
