// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench_kernel.h"
#include "cli.h"
#include "compat.h"
#include "generate.h"
#include "guided.h"
#include "module.h"
#include "shifts.h"
#include "shrink.h"
#include "worker.h"

#define CONFIRMATIONS 2 /* times that a difference must show again */
#define SEEDS         64 /* tried for calls that show what a named one did */

static struct input in, candidate, scratch_in;
static struct versus_scratch scratch;

/* Of the case that is replayed: the calls that it names, and the kind of task. */
static const struct named *named;
static int base = -1;

static enum status cannot(const char *what, int error)
{
	snprintf(board->error, sizeof(board->error), "%s%s%s", what,
		 error ? ": " : "", error ? strerror(error) : "");
	return COULD_NOT_RUN;
}

static void save_raw(struct raw *raw, const struct input *from)
{
	raw->size = input_write(from, raw->data, sizeof(raw->data));
}

static struct versus_tally *tally(void)
{
	return &board->tally[board->mode];
}

static struct circumstances circumstances(bool careful)
{
	const struct mode *m = &board->in_mode[board->mode];

	return (struct circumstances){
		.careful = careful,
		.unprivileged = m->unprivileged,
		.blinded = mode_blinds(m),
		.scenario = opt.scenario,
		.named = named,
		.base = base,
	};
}

/* Compare a copy: doors are for each stack anew. */
static bool shows(const struct input *from, const struct finding *f,
		  struct versus_result *r)
{
	struct circumstances how = circumstances(true);
	struct versus_tally none = { 0 };

	input_copy(&scratch_in, from);
	versus(&board->kernel, &scratch_in, &how, r, &none, &scratch);
	return !r->error && r->c.present[f->class] &&
	       r->c.first[f->class].where == f->where;
}

static bool still_shows(const struct input *from, void *context)
{
	struct versus_result r;

	return shows(from, context, &r);
}

static const struct finding *failure(const struct comparison *c)
{
	if (comparison_failure(c))
		return comparison_failure(c);
	if (opt.strict && c->present[LOST])
		return &c->first[LOST];
	return c->present[UNPROVEN] ? &c->first[UNPROVEN] : NULL;
}

/* What the module shows can't be relied on: that is no finding, and no pass. */
static enum status no_bits(int error)
{
	if (error == EBADE)
		return cannot("the bits that the module copied are not those of seccomp_cache",
			      0);
	return error == ENODATA ? cannot("the module copied no bits", 0) : HOLDS;
}

/* Is the difference there again, each time? */
static bool confirmed(const struct finding *f, struct versus_result *r)
{
	u32 i;

	for (i = 0; i < CONFIRMATIONS; i++) {
		usleep(10000);
		if (!shows(&in, f, r))
			return false;
	}
	return true;
}

/*
 * A raw input names no calls. Small as it is, a seed is soon found whose own calls
 * show the same.
 */
static void find_seed(const struct finding *f, struct versus_result *r)
{
	const struct named *calls = named;
	const int kind = base;
	u32 i, seed = in.seed;

	named = NULL;
	base = -1;
	for (i = 0; i < SEEDS && !shows(&in, f, r); i++)
		in.seed = seed + i + 1;
	board->seedless = i == SEEDS;
	if (board->seedless)
		in.seed = seed;
	named = calls;
	base = kind;
}

/* Make a difference small, and tell. */
static enum status found(struct finding f, struct versus_result *r)
{
	board->finding = f;
	board->result = *r;
	save_raw(&board->original, &in);
	save_raw(&board->shrunk, &in);
	board->looked_at[f.class][f.where] = true;
	__atomic_store_n(&board->stage, MET, __ATOMIC_RELEASE);
	shrink_input(&in, &candidate, opt.shrink, still_shows, &f);
	board->seedless = false;
	if (named)
		find_seed(&f, r);
	/* With the doors that it needs. */
	if (shows(&in, &f, r)) {
		board->result = *r;
		board->finding = r->c.first[f.class];
		save_raw(&board->shrunk, &scratch_in);
	}
	__atomic_store_n(&board->stage, SMALL, __ATOMIC_RELEASE);
	if (!opt.keep_going)
		return f.class == UNPROVEN ? COULD_NOT_RUN : FINDING;
	while (__atomic_load_n(&board->stage, __ATOMIC_ACQUIRE) != NO_FINDING)
		usleep(1000);
	return HOLDS;
}

/*
 * A stack may differ in several ways, and in one of them by chance.
 * @before: what was counted before this stack
 */
static enum status look_at(struct comparison c, const u64 *before)
{
	const struct finding *f;
	struct versus_result r;

	while ((f = failure(&c))) {
		/* Others like it were not there by chance. */
		if (board->looked_at[f->class][f->where])
			return HOLDS;
		if (confirmed(f, &r))
			return found(*f, &r);
		if (no_bits(r.error))
			return no_bits(r.error);
		tally()->retried++;
		tally()->by_class[f->class] = before[f->class];
		c.present[f->class] = false;
	}
	return HOLDS;
}

/* @made: gets the named calls that were, see struct plan; or NULL */
static enum status compare_input(bool careful, u64 *made)
{
	struct circumstances how = circumstances(careful);
	u64 before[FINDING_CLASSES];
	struct versus_result r;

	memcpy(before, tally()->by_class, sizeof(before));
	if (opt.guided)
		guided_before(&in);
	versus(&board->kernel, &in, &how, &r, tally(), &scratch);
	/* Seen once in days: a copy may not wait for memory. */
	if (r.error == ENODATA) {
		tally()->uncopied++;
		versus(&board->kernel, &in, &how, &r, tally(), &scratch);
	}
	if (no_bits(r.error))
		return no_bits(r.error);
	/* The runner is gone, by a call that should have been denied: so are we. */
	if (r.error == EOWNERDEAD)
		_exit(r.error);
	if (r.error)
		return cannot("a task", r.error);
	if (made)
		*made |= r.named;
	if (opt.guided)
		guided_after();
	return look_at(r.c, before);
}

/* The input of one iteration, a function of the seed, its number, and what is kept. */
static void make_input(u64 iteration)
{
	struct rng r = { opt.seed * 0xd1342543de82ef95ull + iteration };

	rng_next(&r);
	if (opt.guided) {
		guided_make(&r, opt.share, &board->kernel.machine, &in);
		return;
	}
	in.platform = ENTRY_PLATFORM;
	generate_input(&r, &board->kernel.machine, &in);
	in.seed = rng_u32(&r);
}

/* The files as they are; later, when modes take them again, other calls of each. */
static void read_file(u64 i)
{
	const struct raw *raw = &inputs.raw[i % inputs.n];
	struct rng r = { opt.seed + i };

	input_read(&in, raw->data, raw->size);
	if (i >= inputs.n && (opt.seconds || opt.stacks))
		in.seed = rng_u32(&r);
}

static u64 failures(void)
{
	const u64 *n = tally()->by_class;

	return n[UNSOUND] + n[DIVERGENT] + n[CHECKER] + n[UNPROVEN] +
	       (opt.strict ? n[LOST] : 0);
}

static bool is_compat(const struct case_verdict *v)
{
	return v->abi == board->kernel.machine.platform->compat;
}

/* With each kind of task that a call is named for. */
static enum status compare_case(u64 i, const struct named *calls, bool careful)
{
	const int kinds[] = { ENTRY_NATIVE, entry_compat };
	enum status status = HOLDS;
	u64 made = 0, compat = 0;
	u32 n;

	for (n = 0; n < calls->n; n++)
		compat |= (u64)is_compat(&calls->call[n]) << n;
	named = calls;
	for (n = 0; n < ARRAY_SIZE(kinds) && status == HOLDS; n++) {
		base = kinds[n];
		if (base == ENTRY_NATIVE ||
		    (compat && board->kernel.path[PATH_COMPAT])) {
			read_file(i);
			status = compare_input(careful, &made);
		}
	}
	named = NULL;
	base = -1;
	tally()->named += __builtin_popcountll(made);
	tally()->unnamed += calls->n - __builtin_popcountll(made);
	return status;
}

static enum status compare_file(u64 i, bool careful)
{
	const struct named *calls = &inputs.named[i % inputs.n];
	u64 before = failures();
	enum status status;

	snprintf(board->path, sizeof(board->path), "%s",
		 inputs.path[i % inputs.n]);
	if (calls->n) {
		status = compare_case(i, calls, careful);
	} else {
		read_file(i);
		status = compare_input(careful, NULL);
	}
	board->bad_file[i % inputs.n] |= failures() != before;
	return status;
}

/*
 * Each mode takes all files, beginning where the last one has stopped: if there is
 * no time for that, half of what it has is for stacks that are made.
 */
static enum status replay(double end, bool careful)
{
	double half = (now() + end) / 2;
	enum status status = HOLDS;

	while (status == HOLDS && board->files - board->files_began < inputs.n &&
	       (!opt.seconds || now() < half)) {
		status = compare_file(board->files, careful);
		board->files++;
	}
	board->path[0] = 0;
	return status;
}

/* As many in each mode. */
static u64 stacks_of_mode(void)
{
	return (opt.stacks + board->modes - 1) / board->modes;
}

static enum status generate(u64 from, double end, bool careful)
{
	enum status status = HOLDS;
	u64 i;

	for (i = from; status == HOLDS; i++) {
		board->iteration = i;
		if ((opt.stacks && i - board->mode_began >= stacks_of_mode()) ||
		    (opt.seconds && now() >= end))
			break;
		make_input(i);
		status = compare_input(careful && i == from, NULL);
	}
	return status;
}

static enum status attached_without(void)
{
	snprintf(board->error, sizeof(board->error),
		 "a filter was attached with neither privilege nor no_new_privs");
	return FINDING;
}

static enum status enter_mode(void)
{
	const struct mode *m = &board->in_mode[board->mode];
	const char *error = mode_enter(m);
	int refused;

	if (error) {
		snprintf(board->error, sizeof(board->error), "%s: %s", m->name,
			 error);
		return COULD_NOT_RUN;
	}
	refused = shifts_probe(&board->kernel.wide_shifts);
	if (refused)
		return cannot("shifts", refused);
	if (!m->unprivileged)
		return HOLDS;
	refused = kernel_refuses(&board->kernel, &scratch);
	if (!refused)
		return attached_without();
	return refused == -EACCES ? HOLDS : cannot("a task", -refused);
}

static void make_bench_input(u64 i, struct input *to)
{
	make_input(i);
	input_copy(to, &in);
}

static enum status bench(void)
{
	struct circumstances how = circumstances(false);
	struct versus_result r;

	how.scenario = SCENARIO_NONE;
	if (!bench_kernel(&board->kernel, &how, make_bench_input, tally(), &r,
			  &scratch))
		return HOLDS;
	if (failure(&r.c))
		return fail("a finding in the benchmark: run without --bench");
	return no_bits(r.error) ?: cannot("a task", r.error);
}

static enum status run_mode(double end, bool careful)
{
	enum status status = enter_mode();

	if (status == HOLDS)
		status = replay(end, careful);
	if (status == HOLDS && (opt.seconds || opt.stacks))
		status = generate(board->iteration, end, careful);
	if (status == HOLDS && opt.bench)
		status = bench();
	if (status == HOLDS && board->in_mode[board->mode].set &&
	    !mode_holds(&board->in_mode[board->mode])) {
		snprintf(board->error, sizeof(board->error),
			 "%s: it was changed meanwhile",
			 board->in_mode[board->mode].name);
		status = COULD_NOT_RUN;
	}
	return status;
}

static void next_mode(void)
{
	board->files_began = board->files;
	board->mode_began = board->iteration;
	board->mode++;
}

static enum status run_modes(double start, bool careful)
{
	enum status status;

	for (;;) {
		double end = start + (double)opt.seconds * (board->mode + 1) /
					     board->modes;

		status = run_mode(end, careful);
		if (status != HOLDS || board->mode + 1 == board->modes)
			return status;
		next_mode();
		careful = false;
	}
}

/* Do we have what lets a task attach without no_new_privs? */
static bool admin(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = { 0 };

	return !syscall(SYS_capget, &head, caps) &&
	       caps[0].effective >> CAP_SYS_ADMIN & 1;
}

enum status worker_run(int proc, double start, bool careful)
{
	struct utsname name;
	int error;

	if (uname(&name))
		return cannot("uname", errno);
	error = task_setup();
	if (error)
		return cannot("setting up", error);
	compat_setup();
	if (compat_error())
		snprintf(board->no_compat, sizeof(board->no_compat), "%s",
			 compat_error());
	error = kernel_probe(&board->kernel, proc, name.release, &scratch);
	if (error)
		return cannot("attaching a filter", error);
	error = module_use(board->error, sizeof(board->error));
	if (error)
		return COULD_NOT_RUN;
	board->ready = true;
	if ((board->kernel.may && !admin()) ||
	    (board->kernel.compat_may && !compat_admin()))
		return attached_without();
	return run_modes(start, careful);
}
