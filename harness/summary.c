// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain.h"
#include "finding.h"
#include "guest_records.h"
#include "guided.h"
#include "report.h"
#include "summary.h"

#define PROGRESS_SECONDS 2 /* between two lines of a guest */

const char *summary_self;
static struct input in;

/* Of all modes. Every member is an u64. */
static void add_all(struct versus_tally *sum)
{
	u32 i, m;

	memset(sum, 0, sizeof(*sum));
	for (m = 0; m < board->modes; m++) {
		for (i = 0; i < sizeof(*sum) / sizeof(u64); i++)
			((u64 *)sum)[i] += ((u64 *)&board->tally[m])[i];
	}
}

static double rate(u64 n, double seconds)
{
	return n / (seconds > 0 ? seconds : 1);
}

static void print_call(FILE *out)
{
	const struct versus_call *v = &board->result.call;

	fprintf(out, "  entry     %s%s%s\n", entries[v->call.entry].name,
		v->way ? ", " : "", v->way ?: "");
	fprintf(out, "  expected  ");
	outcome_print(out, &v->expected);
	fprintf(out, "\n  seen      ");
	outcome_print(out, &v->seen);
	fputs("\n", out);
}

static void put(const char *text)
{
	struct found found = { .f = board->finding };
	char rerun[512];

	snprintf(rerun, sizeof(rerun), "%s%s%s", summary_self,
		 opt.scenario >= 0 ? " --scenario " : "",
		 opt.scenario >= 0 ? scenarios[opt.scenario].name : "");
	input_read(&in, board->original.data, board->original.size);
	finding_begin(&found, opt.findings, "kernel-", &board->finding, &in);
	input_read(&in, board->shrunk.data, board->shrunk.size);
	finding_put(&found, board->kernel.name, &in, text, rerun, stdout);
}

static void print_finding(FILE *out)
{
	const struct machine *m = &board->kernel.machine;
	const struct finding *f = &board->finding;

	finding_print(out, board->kernel.name, m->platform, &in, f);
	if (f->where == AT_RUN && board->result.has_call)
		print_call(out);
	if (board->seedless)
		fprintf(out,
			"  case      only a call that it names shows it\n");
	if (f->where == AT_ATTACH)
		fprintf(out,
			"  attaching comes to %" PRId64 ", expected %" PRId64
			"\n",
			board->result.attach_seen,
			board->result.attach_expected);
	fprintf(out, "  mode      %s\n", board->in_mode[board->mode].name);
	finding_print_kernel(out, board->kernel.name, m);
}

static bool found_told;

void summary_finding(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	input_read(&in, board->shrunk.data, board->shrunk.size);
	if (out) {
		print_finding(out);
		fclose(out);
	}
	if (guest) {
		if (!found_told)
			guest_tell_found();
		printf("%s", text ?: "");
		guest_tell_finding(&board->finding, &in);
	} else if (text) {
		put(text);
	}
	fflush(stdout);
	free(text);
	board->failed |= board->finding.class != UNPROVEN;
	board->unproven |= board->finding.class == UNPROVEN;
	found_told = false;
	__atomic_store_n(&board->stage, NO_FINDING, __ATOMIC_RELEASE);
}

static void print_contained(void)
{
	u32 how = board->contained;

	if (guest)
		printf("contained   by the guest\n");
	else
		printf("contained  %s%s%s%s%s\n",
		       how & CONTAINED_PID ? " pids" : "",
		       how & CONTAINED_OTHERS ? " mounts network ipc" : "",
		       how & CONTAINED_ROOT ? " root" : "",
		       how & CONTAINED_CAPS ? " capabilities" : "",
		       how ? "" : " by nothing but the choice of calls");
}

static void print_kinds(const struct versus_tally *t)
{
	u32 i;

	for (i = 0; i < VERDICTS; i++)
		printf(" %s %" PRIu64, verdict_name(i), t->by_verdict[i]);
	printf(" (unknown actions %" PRIu64 ", errno clamped %" PRIu64 ")\n",
	       t->unknown, t->clamped);
}

static void print_paths(const struct versus_tally *t)
{
	u32 i;

	printf("paths      ");
	for (i = 0; i < PATHS; i++) {
		if (board->kernel.path[i])
			printf(" %s %" PRIu64, path_name(i), t->by_path[i]);
	}
	printf("\n");
}

static void print_findings(const struct versus_tally *t)
{
	u32 i;

	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s %" PRIu64, finding_class_name(i), t->by_class[i]);
	printf("\n");
}

static void print_events(const struct versus_tally *t, enum scenario_id id)
{
	enum scenario_id of;
	u32 i;

	for (i = 0; i < SCENARIO_EVENTS; i++) {
		const char *name = scenario_event_name(i, &of);

		if (of == id)
			printf(" %s %" PRIu64, name, t->events[i]);
	}
}

static void print_scenarios(const struct versus_tally *t)
{
	u32 i;

	for (i = 0; i < SCENARIOS; i++) {
		if (!t->in_scenario[i])
			continue;
		printf("%-11s %" PRIu64 " stacks,", scenarios[i].name,
		       t->in_scenario[i]);
		print_events(t, i);
		printf("\n");
	}
}

static void print_modes(void)
{
	u32 m;

	for (m = 0; m < board->modes; m++) {
		const struct versus_tally *t = &board->tally[m];

		printf("mode        %s: stacks %" PRIu64 ", bits %" PRIu64
		       ", calls",
		       board->in_mode[m].name, t->stacks, t->bits);
		print_kinds(t);
		printf("mode        %s: findings", board->in_mode[m].name);
		print_findings(t);
	}
}

/* One thing that was not run. @fmt: NULL, it just did not come about. */
__attribute__((format(printf, 2, 3))) static u32 left_out(const char *name,
							  const char *fmt, ...)
{
	char why[256] = "none came about";
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		vsnprintf(why, sizeof(why), fmt, ap);
		va_end(ap);
	}
	if (fmt)
		printf(" %s (%s)", name, why);
	else
		printf(" %s", name);
	guest_absent(name, why);
	return 1;
}

static u32 no_scenario(const struct versus_tally *t, enum scenario_id id)
{
	const char *why = board->kernel.cannot[id], *name = scenarios[id].name;
	enum scenario_id of;
	char both[64];
	u32 i, n = 0;

	if (why)
		return left_out(name, "%s", why);
	if (!t->in_scenario[id])
		return left_out(name, NULL);
	for (i = 0; i < SCENARIO_EVENTS; i++) {
		const char *event = scenario_event_name(i, &of);

		if (of != id || t->events[i])
			continue;
		snprintf(both, sizeof(both), "%s:%s", name, event);
		n += left_out(both, NULL);
	}
	return n;
}

/* They are taken in turn. */
static u64 files_replayed(void)
{
	return board->files < inputs.n ? board->files : inputs.n;
}

/* Verdicts, paths, scenarios and modes that were not met. */
static u32 not_met(const struct versus_tally *t)
{
	u32 i, n = 0;

	for (i = 0; i < VERDICTS; i++) {
		if (!t->by_verdict[i])
			n += left_out(verdict_name(i), NULL);
	}
	for (i = 0; i < PATHS; i++) {
		if (board->kernel.path[i] && !t->by_path[i])
			n += left_out(path_name(i), NULL);
	}
	for (i = 0; i < SCENARIOS; i++)
		n += no_scenario(t, i);
	for (i = 0; i < board->modes; i++) {
		if (!board->tally[i].stacks)
			n += left_out(board->in_mode[i].name, NULL);
	}
	if (t->unnamed)
		n += left_out("named-calls",
			      "%" PRIu64 " times: no task may or can",
			      t->unnamed);
	if (!t->unknown)
		n += left_out("unknown-actions", NULL);
	if (!t->clamped)
		n += left_out("errno-clamped", NULL);
	if (files_replayed() < inputs.n)
		n += left_out("files", "no time for %" PRIu64 " of them",
			      inputs.n - files_replayed());
	if (!t->deepest)
		n += left_out("deepest-stacks", NULL);
	return n;
}

/* What was not run is not passed. */
static void print_not_run(const struct versus_tally *t)
{
	const struct kernel *k = &board->kernel;
	u32 n;

	printf("not run    ");
	n = not_met(t);
	if (no_module[0])
		n += left_out("numbers-that-act", "no module: %s", no_module);
	if (!k->has_bits)
		n += left_out("bits", "no seccomp_cache: verdict only");
	if (k->path[PATH_X32] && !k->x32)
		n += left_out("x32-calls", NULL);
	if (!k->path[PATH_COMPAT])
		n += left_out("compat", "the runner: %s",
			      *board->no_compat ? board->no_compat
						: "its calls are not answered");
	printf("%s\n", n ? "" : " nothing");
}

static void print_summary(const struct versus_tally *t, double seconds)
{
	printf("\nkernel      %s %s\n", board->kernel.name,
	       platforms[ENTRY_PLATFORM].name);
	print_contained();
	printf("replayed    %" PRIu64 " of %" PRIu64 " files, %" PRIu64
	       " times in all modes, %" PRIu64 " are for other platforms\n",
	       files_replayed(), (u64)inputs.n, board->files, inputs.others);
	printf("stacks      %" PRIu64 ", %.0f/s, %" PRIu64
	       " with privilege, %" PRIu64 " twins, %" PRIu64
	       " by compat tasks, filters counted in %" PRIu64 ", %" PRIu64
	       " with %d filters\n",
	       t->stacks, rate(t->stacks, seconds), t->privileged, t->twins,
	       t->compat, t->counted, t->deepest, STACK_MAX_FILTERS);
	printf("filters     %" PRIu64 " offered, %" PRIu64
	       " refused by both sides, %" PRIu64 " doors, %" PRIu64
	       " left off\n",
	       t->filters, t->refused, t->doors, t->cut);
	printf("bits        %" PRIu64 ", %" PRIu64
	       " of them set; as text for %" PRIu64
	       " stacks, by the module for %" PRIu64 " filters\n",
	       t->bits, t->ones, t->texts, t->raws);
	printf("calls       %" PRIu64 ", %.0f/s, %" PRIu64
	       " served from the bitmap by the model, %" PRIu64
	       " allowed and kept from acting, %" PRIu64 " named by cases\n",
	       t->calls, rate(t->calls, seconds), t->from_cache, t->neutered,
	       t->named);
	printf("verdicts   ");
	print_kinds(t);
	print_paths(t);
	print_scenarios(t);
	print_modes();
	print_not_run(t);
	if (t->shifts)
		printf("deviation   compiled code takes six bits of X in a "
		       "shift, not five: %" PRIu64
		       " calls have another verdict by it\n",
		       t->shifts);
	printf("retried     %" PRIu64
	       " differences that did not show again, %" PRIu64
	       " stacks whose bits were not copied, %" PRIu32
	       " workers that died\n",
	       t->retried, t->uncopied, board->deaths);
	printf("findings   ");
	print_findings(t);
}

/* The last line is for scripts: without it the run was cut short. */
enum status summary_end(enum status status, double seconds)
{
	struct versus_tally t;
	u32 i;

	add_all(&t);
	if (board->ready)
		print_summary(&t, seconds);
	if (guest && board->ready)
		guest_tell_all(&t);
	if (guided_summary() && status == HOLDS)
		status = COULD_NOT_RUN;
	if (status == HOLDS && !t.calls && !t.bits)
		status = fail("nothing was compared");
	printf("%s\n", status_text(status));
	printf("bitproof-trailer status=%d stacks=%" PRIu64 " bits=%" PRIu64
	       " calls=%" PRIu64 " findings=%" PRIu64,
	       status, t.stacks, t.bits, t.calls,
	       t.by_class[UNSOUND] + t.by_class[DIVERGENT] +
		       t.by_class[CHECKER]);
	for (i = 0; i < SCENARIOS; i++)
		printf(" %s=%" PRIu64, scenarios[i].name, t.in_scenario[i]);
	printf(" modes=%" PRIu32 "\n", board->modes);
	fflush(stdout);
	return status;
}

static void progress_line(const struct versus_tally *t, double seconds)
{
	printf("bitproof-progress mode=%s seconds=%.0f of=%" PRIu64
	       " stacks=%" PRIu64 " filters=%" PRIu64 " calls=%" PRIu64
	       " rate=%.0f\n",
	       board->in_mode[board->mode].name, seconds, opt.seconds,
	       t->stacks, t->filters, t->calls, rate(t->stacks, seconds));
	fflush(stdout);
}

/* Something of a finding was to be told. */
static bool tell_new(void)
{
	int stage = __atomic_load_n(&board->stage, __ATOMIC_ACQUIRE);

	if (stage == SMALL && opt.keep_going) {
		summary_finding();
		return true;
	}
	if (!guest || stage == NO_FINDING || found_told)
		return false;
	guest_tell_found();
	found_told = true;
	return true;
}

void summary_progress(double seconds)
{
	static double told;
	struct versus_tally t;

	bool news = tell_new();

	guided_tell();
	if (!guest && !isatty(STDERR_FILENO))
		return;
	if (guest && !news && seconds - told < PROGRESS_SECONDS)
		return;
	told = seconds;
	add_all(&t);
	if (guest) {
		progress_line(&t, seconds);
		return;
	}
	fprintf(stderr,
		"\r%s: %.0f of %" PRIu64 " s, %" PRIu64 " files, %" PRIu64
		" stacks, %.0f/s, %" PRIu64 " calls  ",
		board->kernel.name, seconds, opt.seconds, board->files,
		t.stacks, rate(t.stacks, seconds), t.calls);
}
