// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_interp - what a subject caches and executes, against the reference
 *
 *	emu_vs_interp [--subject kernel|self-seed|self-linux|self-full]
 *		      [--straddle] [--platform NAME] [--seconds N]
 *		      [--filters N] [--seed N]
 *		      [--jobs N] [--findings DIR] [--strict] [--keep-going]
 *		      [--shrink TRIES] [--records FILE] [FILE|DIR ...]
 *	emu_vs_interp [--subject NAME] [--platform NAME] --picture FILE
 *
 * Replays the files (case text if named *.bpf, else the raw form of
 * src/input.h), then makes stacks from the seed until the time or the number
 * of filters is used up. Stops at the first finding that fails the property;
 * with --keep-going it does not, and tells each cause once. With --strict a LOST
 * fails too. --shrink 0 leaves findings as they are met. --records appends what
 * harness/records.h says to a file. With --straddle all is decided by the
 * page-straddling probe alone, whose self-check comes first: see
 * straddle_compare.h.
 *
 * The second form prints what became of each number of the bitmaps of a stack,
 * see harness/picture.h.
 *
 * Exit status: 0 the property holds for what was compared, 1 a finding, 2 it
 * could not run, could not decide, or compared nothing.
 *
 * Built with -DFUZZER the same source is a libFuzzer target, and with the
 * driver library of AFL++ a persistent target of that. From the environment:
 *
 *	BITPROOF_SUBJECT	as --subject
 *	BITPROOF_FINDINGS	as --findings, in /tmp without it. None are
 *				written if it is empty, or under afl-fuzz:
 *				fuzzers keep what they found themselves,
 *				replay that to shrink it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casefile.h"
#include "cli.h"
#include "crash.h"
#include "driver.h"
#include "generate.h"
#include "infile.h"
#include "mutate.h"
#include "picture.h"
#include "subjects.h"

/* For each platform that an input can name. */
static const struct subject *subjects[INPUT_PLATFORMS];

static bool choose_subject(const char *name)
{
	u32 i;

	if (!strcmp(name, "kernel")) {
		subjects[0] = kernel_subject_x86_64();
		subjects[1] = kernel_subject_arm64();
		subjects[2] = kernel_subject_s390x();
		return true;
	}
	for (i = 0; i < EMU_LEVELS; i++) {
		if (strncmp(name, "self-", 5) ||
		    strcmp(name + 5, emu_level_name(i)))
			continue;
		/* One at a time is valid: see subject_of(). */
		for (u32 p = 0; p < INPUT_PLATFORMS; p++)
			subjects[p] = self_subject(i, &platforms[p]);
		return true;
	}
	return false;
}

#ifdef FUZZER

#include "fuzz.h"

/* emu_vs_interp_stacked has only stacks of two filters and more. */
#ifndef LEAST_FILTERS
#define LEAST_FILTERS 1
#endif

static struct harness *h;
static const char *subject_name;
static const char *findings; /* NULL: no time to explain */

/* Self subjects share one state: name the one that is to be used now. */
static const struct subject *subject_for(u32 platform)
{
	choose_subject(subject_name);
	return subjects[platform];
}

static const struct machine *machine_of(u32 platform)
{
	return &subject_for(platform)->machine;
}

static void begin(void)
{
	const char *name = getenv("BITPROOF_SUBJECT");
	const char *dir = getenv("BITPROOF_FINDINGS");

	subject_name = name ? name : "kernel";
	findings = dir ? dir : "/tmp/bitproof-findings";
	/* It kills what is slow, and then has a hang and not a finding. */
	if (!*findings || getenv("__AFL_SHM_ID"))
		findings = NULL;

	h = harness_new();
	if (!h || !choose_subject(subject_name)) {
		fprintf(stderr, "bitproof: %s\n",
			h ? "BITPROOF_SUBJECT names no subject" : "no memory");
		exit(COULD_NOT_RUN);
	}
}

static void found(const struct subject *sub, const struct input *in)
{
	struct found found;

	input_copy(&h->in, in);
	if (findings) {
		finding_begin(&found, findings, "",
			      comparison_failure(&h->comparison), &h->in);
		finding_shrink(&found, h, sub);
		finding_tell(&found, h, sub, "emu_vs_interp", stderr);
	}
	abort();
}

static void run(const struct input *in, struct coverage *coverage)
{
	const struct subject *sub = subject_for(in->platform);

	h->scratch.coverage = coverage;
	compare(sub, in, &h->comparison, &h->tally[in->platform], &h->scratch);
	h->scratch.coverage = NULL; /* not of what shrinking runs */
	if (comparison_failure(&h->comparison))
		found(sub, in);
	sub->reset(); /* later it would be edges of the next input */
}

const struct fuzz_target fuzz_target = {
	.least_filters = LEAST_FILTERS,
	.begin = begin,
	.machine_of = machine_of,
	.run = run,
};

#else /* the standalone driver */

#include "straddle_compare.h"
#include "straddle_pages.h"

struct shared *shared;
FILE *records;
static struct worker *self; /* of shared->worker[]; NULL in the parent */
static char rerun[512];
struct options opt = {
	.subject = "kernel",
	.findings = "findings-new",
	.compare = compare,
	.shrink = FINDING_TRIES,
	.platform = -1,
	.jobs = 1,
	.seed = 1,
};

const struct subject *subject_of(u32 platform)
{
	choose_subject(opt.subject);
	return subjects[platform];
}

static const struct finding *failure(const struct comparison *c)
{
	return comparison_failure(c)
		       ?: opt.strict && c->present[LOST] ? &c->first[LOST]
							 : NULL;
}

/* Is what comes next of any use? */
static bool goes_on(enum status status)
{
	return status == HOLDS || (status == FINDING && opt.keep_going);
}

static enum status worse(enum status a, enum status b)
{
	/* A finding is what counts, then that something could not run. */
	if (a == FINDING || b == FINDING)
		return FINDING;
	return a > b ? a : b;
}

static void record_finding(const struct found *found, const struct subject *sub)
{
	if (!records)
		return;
	fprintf(records,
		"bitproof-finding class=%s where=%s platform=%s "
		"cause=%08" PRIx32 " folder=%s\n",
		finding_class_name(found->f.class),
		finding_where_name(found->f.where), sub->machine.platform->name,
		found->cause, found->folder.error ? "" : found->folder.path);
	fflush(records);
}

/* Was no finding like this one told? */
static bool is_new(u32 cause)
{
	u32 i;

	while (__atomic_test_and_set(&shared->lock, __ATOMIC_ACQUIRE))
		usleep(100);
	for (i = 0; i < shared->causes && shared->cause[i] != cause; i++)
		;
	if (i == shared->causes && i < CAUSES)
		shared->cause[shared->causes++] = cause;
	else
		i = CAUSES;
	__atomic_clear(&shared->lock, __ATOMIC_RELEASE);
	return i < CAUSES;
}

/* Only the first of so many alike is worth the time that shrinking takes. */
static bool is_looked_at(const struct finding *f)
{
	if (!opt.keep_going)
		return !__atomic_test_and_set(&shared->stop, __ATOMIC_SEQ_CST);
	return __atomic_fetch_add(&shared->looks[f->class][f->where], 1,
				  __ATOMIC_RELAXED) < LOOKS;
}

static void tell(struct harness *h, const struct subject *sub,
		 const struct finding *f)
{
	struct found found;

	finding_begin(&found, opt.findings, "", f, &h->in);
	finding_shrink(&found, h, sub);
	if (!is_new(found.cause)) {
		folder_drop(&found.folder);
		return;
	}
	finding_tell(&found, h, sub, rerun, stdout);
	record_finding(&found, sub);
}

/*
 * Neither a proof nor a witness is no reason to stop: the next stacks may have
 * the witness. The first one is kept, the summary tells of all.
 */
static void note_unproven(struct harness *h, const struct subject *sub)
{
	struct found found;

	if (__atomic_test_and_set(&shared->undecided, __ATOMIC_SEQ_CST))
		return;
	finding_begin(&found, opt.findings, "",
		      &h->comparison.first[UNPROVEN], &h->in);
	finding_tell(&found, h, sub, rerun, stdout);
}

/* Compare h->in; report a failure unless another worker did. */
static enum status run_input(struct harness *h, const struct subject *sub)
{
	const struct finding *f;

	sub = watch_subject(sub, &self->watch);
	if (self->again)
		input_copy(&self->watch.in, &h->in);
	h->compare(sub, &h->in, &h->comparison, &h->tally[h->in.platform],
		   &h->scratch);
	h->scratch.coverage = NULL; /* not of what shrinking runs */
	f = failure(&h->comparison);
	if (!f) {
		if (h->comparison.present[UNPROVEN])
			note_unproven(h, sub);
		return HOLDS;
	}
	if (!is_looked_at(f))
		return opt.keep_going ? FINDING : HOLDS;
	self->reporting = true;
	tell(h, sub, f);
	self->reporting = false;
	return FINDING;
}

/* The same of a file, which counts. */
static enum status run_file(struct harness *h, struct worker *w)
{
	u32 platform = h->in.platform;

	w->files_on[platform]++;
	return run_input(h, subject_of(platform));
}

static void record_case(u32 platform, enum status status, const char *path)
{
	if (!records)
		return;
	fprintf(records, "bitproof-case platform=%s status=%d path=%s\n",
		platforms[platform].name, status, path);
	fflush(records);
}

static enum status unexpected(struct harness *h, u32 platform, const char *who,
			      const char *path, const char *why)
{
	printf("\nDIVERGENT at case: %s is not what a case expects\n  %s: %s\n",
	       who, path, why);
	h->tally[platform].by_class[DIVERGENT]++;
	return FINDING;
}

/* One case on one platform. */
static enum status run_case(struct harness *h, struct worker *w,
			    const struct casefile *c, const char *path,
			    u32 platform)
{
	const struct subject *sub = subject_of(platform);
	enum status status;
	char why[512];

	if (casefile_check(c, &sub->machine, why, sizeof(why)))
		return unexpected(h, platform, "the reference", path, why);
	input_copy(&h->in, c->input);
	h->in.platform = platform;
	status = run_file(h, w);
	if (status == HOLDS && casefile_run(c, sub, why, sizeof(why)))
		status = unexpected(h, platform, "the subject", path, why);
	return status;
}

static enum status replay_case(struct harness *h, struct worker *w,
			       const char *path)
{
	struct casefile c;
	char why[512];
	enum status status = HOLDS;
	u32 i;

	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	for (i = 0; i < INPUT_PLATFORMS && goes_on(status); i++) {
		enum status one;

		if (!casefile_wants(&c, &platforms[i]) ||
		    (opt.platform >= 0 && opt.platform != (s32)i))
			continue;
		one = run_case(h, w, &c, path, i);
		record_case(i, one, path);
		status = worse(status, one);
	}
	casefile_free(&c);
	return status;
}

/* Into h->in; says what is wrong. */
static enum status read_raw(struct harness *h, const char *path)
{
	size_t size = 0;
	int error = infile_raw(path, &h->in, &size);

	switch (error) {
	case 0:
		return HOLDS;
	case -ENODATA:
		return fail(
			"%s: %zu bytes: less than a header and an instruction",
			path, size);
	case -EBADMSG:
		return fail("%s: %zu bytes: the last instruction is cut short",
			    path, size);
	case -E2BIG:
		return fail("%s: more than %d filters, or than %d instructions "
			    "in one",
			    path, STACK_MAX_FILTERS, INPUT_MAX_INSNS);
	default:
		return fail("%s: %s", path, strerror(-error));
	}
}

static enum status replay_raw(struct harness *h, struct worker *w,
			      const char *path)
{
	enum status status = read_raw(h, path);

	if (status != HOLDS ||
	    (opt.platform >= 0 && opt.platform != (s32)h->in.platform))
		return status;
	status = run_file(h, w);
	record_case(h->in.platform, status, path);
	return status;
}

struct replaying {
	struct harness *h;
	struct worker *w;
	enum status status; /* the worst so far */
};

static int replay_file(const char *path, void *arg)
{
	struct replaying *r = arg;
	struct worker *w = r->w;

	snprintf(w->path, sizeof(w->path), "%s", path);
	r->status = worse(r->status, infile_is_case(path)
					     ? replay_case(r->h, w, path)
					     : replay_raw(r->h, w, path));
	w->path[0] = 0;
	w->files++;
	memcpy(w->tally, r->h->tally, sizeof(w->tally));
	return goes_on(r->status) ? 0 : (int)r->status;
}

static enum status replay(struct harness *h, struct worker *w, const char *path)
{
	struct replaying r = { h, w, HOLDS };
	enum status ended = infile_each(path, replay_file, &r);

	return worse(r.status, ended);
}

static void set_up(struct harness *h)
{
	h->compare = opt.compare;
	h->shrink_tries = opt.shrink;
}

/* The input of one iteration, a function of the seed and its number. */
static void make_input(struct input *in, u64 iteration)
{
	struct rng r = { opt.seed * 0xd1342543de82ef95ull + iteration };

	rng_next(&r);
	in->platform = opt.platform >= 0 ? (u32)opt.platform
					 : iteration % INPUT_PLATFORMS;
	generate_input(&r, &subjects[in->platform]->machine, in);
	in->seed = rng_u32(&r);
}

static u64 filters_of(const struct harness *h)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++)
		n += h->tally[i].filters;
	return n;
}

/* Now and then one is looked at. */
static void sample(struct harness *h, struct worker *w, u64 i)
{
	static struct coverage coverage;

	h->scratch.coverage =
		records && i % SAMPLE_EVERY == 0 ? &coverage : NULL;
	if (records && i % SAMPLE_EVERY == 1)
		sampled_add(&w->sampled, &coverage);
}

/* Worker @id takes every jobs-th iteration. */
static enum status generate(struct harness *h, struct worker *w, u32 id)
{
	double end = now() + opt.seconds;
	enum status status = HOLDS;
	u64 i;

	for (i = 0; goes_on(status); i++) {
		if (i % 64 == 0) {
			memcpy(w->tally, h->tally, sizeof(w->tally));
			if ((opt.seconds && now() >= end) ||
			    (opt.filters &&
			     filters_of(h) >= opt.filters / opt.jobs) ||
			    __atomic_load_n(&shared->stop, __ATOMIC_RELAXED))
				break;
		}
		w->iteration = id + opt.jobs * i;
		sample(h, w, i);
		make_input(&h->in, w->iteration);
		status =
			worse(status, run_input(h, subject_of(h->in.platform)));
	}
	return status;
}

static enum status work(struct harness *h, struct worker *w, u32 id)
{
	enum status status = HOLDS;
	char **path;

	/* Files are few: the first worker takes them all. */
	for (path = opt.paths; id == 0 && *path && goes_on(status); path++)
		status = worse(status, replay(h, w, *path));
	if (goes_on(status) && (opt.seconds || opt.filters))
		status = worse(status, generate(h, w, id));
	memcpy(w->tally, h->tally, sizeof(w->tally));
	return status;
}

static void describe(char *how, size_t size, const struct worker *w, int status)
{
	if (w->hangs)
		snprintf(how, size, "worker hangs");
	else if (WIFSIGNALED(status))
		snprintf(how, size, "worker died with signal %d",
			 WTERMSIG(status));
	else
		snprintf(how, size, "worker died with status %d",
			 WEXITSTATUS(status));
}

/* The input that the worker was at, once more, in a process of its own. */
static enum status again(struct harness *h, struct worker *w)
{
	char path[sizeof(w->path)];

	self = w;
	w->again = true;
	/* What is replayed becomes the path in flight: not from itself. */
	snprintf(path, sizeof(path), "%s", w->path);
	if (path[0])
		return replay(h, w, path);
	make_input(&h->in, w->iteration);
	return run_input(h, subject_of(h->in.platform));
}

static void tell_crash(struct harness *h, struct worker *w,
		       const struct finding *f)
{
	const struct subject *sub = subject_of(h->in.platform);
	struct found found;

	finding_begin(&found, opt.findings, "", f, &h->in);
	crash_shrink(&found, h, sub, &w->watch);
	finding_tell(&found, h, sub, rerun, stdout);
	record_finding(&found, sub);
}

/*
 * It was in the code under test: does that die of the same input once more? Then
 * it is a finding.
 */
static bool report_crash(struct worker *w)
{
	struct harness *h = harness_new();
	struct finding f;
	bool dies = false;
	int status;
	pid_t pid;

	fflush(NULL);
	w->watch.inside = 0;
	if (h)
		set_up(h);
	pid = h ? fork() : -1;
	if (!pid) {
		crash_deadline(CRASH_MSECS);
		_exit(again(h, w));
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		dies = crash_seen(&w->watch, status, &f);
	if (dies && is_looked_at(&f)) {
		input_copy(&h->in, &w->watch.in);
		w->tally[h->in.platform].by_class[CRASH]++;
		tell_crash(h, w, &f);
	}
	free(h);
	return dies;
}

/*
 * It died while it made a finding small: memory that the code under test has broken
 * may do that. As it was found, then, by a process that does not try. Returns false
 * if that dies, too, or finds nothing.
 */
static bool tell_as_found(struct worker *w)
{
	struct harness *h = harness_new();
	int status = -1;
	bool found;
	pid_t pid;

	fflush(NULL);
	shared->stop = false;
	pid = h ? fork() : -1;
	if (!pid) {
		crash_deadline(CRASH_MSECS);
		opt.shrink = 0;
		set_up(h);
		memcpy(h->tally, w->tally, sizeof(h->tally));
		found = again(h, w) == FINDING;
		memcpy(w->tally, h->tally, sizeof(w->tally));
		fflush(NULL);
		_exit(!found);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	free(h);
	return !status;
}

/* A worker that did not end by itself: save what it was doing. */
static enum status crashed(struct worker *w, int wait_status)
{
	static struct input in;
	struct folder folder;
	char how[64], name[64];

	describe(how, sizeof(how), w, wait_status);
	if (w->reporting) {
		if (!tell_as_found(w))
			fail("%s while it made a finding small; as it was "
			     "found it is in %s",
			     how, opt.findings);
		return FINDING;
	}
	if (w->watch.inside && report_crash(w))
		return FINDING;
	if (w->path[0])
		return fail("%s in %s", how, w->path);

	make_input(&in, w->iteration);
	snprintf(name, sizeof(name), "DIED-%08" PRIx32, in.seed);
	folder_begin(&folder, opt.findings, name, &in);
	return fail("%s, its input is in %s/found.raw", how, folder.path);
}

/* Workers that are in the code under test for too long are ended. */
static void end_hanging(void)
{
	static struct {
		u64 entries;
		double since;
	} seen[MAX_JOBS];
	double t = now();
	u32 i;

	for (i = 0; i < opt.jobs; i++) {
		struct worker *w = &shared->worker[i];

		if (!w->pid || !w->watch.inside ||
		    w->watch.entries != seen[i].entries) {
			seen[i].entries = w->watch.entries;
			seen[i].since = t;
		} else if (t - seen[i].since > CRASH_HANG && !w->hangs) {
			w->hangs = true;
			kill(w->pid, SIGKILL);
		}
	}
}

static enum status wait_for_workers(double start)
{
	enum status status = HOLDS;
	u32 left = opt.jobs;

	while (left) {
		u32 i;

		for (i = 0; i < opt.jobs; i++) {
			struct worker *w = &shared->worker[i];
			int wait_status;

			if (!w->pid ||
			    waitpid(w->pid, &wait_status, WNOHANG) != w->pid)
				continue;
			w->pid = 0;
			left--;
			status = worse(status,
				       w->done ? w->status
					       : crashed(w, wait_status));
			if (!goes_on(status))
				shared->stop = true;
		}
		end_hanging();
		driver_progress(now() - start);
		usleep(left ? 20000 : 0);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	return status;
}

static int usage(const char *what, const char *value)
{
	return fail("%s%s%s; see the head of harness/emu_vs_interp.c", what,
		    value ? " " : "", value ? value : "");
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "subject", required_argument, NULL, 's' },
		{ "platform", required_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 't' },
		{ "filters", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 'r' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "findings", required_argument, NULL, 'f' },
		{ "straddle", no_argument, NULL, 'S' },
		{ "strict", no_argument, NULL, 'x' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "shrink", required_argument, NULL, 'm' },
		{ "records", required_argument, NULL, 'o' },
		{ "picture", required_argument, NULL, 'g' },
		{ 0 },
	};
	u64 jobs = 1;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 's':
			opt.subject = optarg;
			good = choose_subject(optarg);
			break;
		case 'p':
			for (opt.platform = INPUT_PLATFORMS - 1;
			     opt.platform >= 0; opt.platform--) {
				if (!strcmp(platforms[opt.platform].name,
					    optarg))
					break;
			}
			good = opt.platform >= 0;
			break;
		case 't':
			good = parse_u64(optarg, &opt.seconds);
			break;
		case 'n':
			good = parse_u64(optarg, &opt.filters) && opt.filters;
			break;
		case 'r':
			good = parse_u64(optarg, &opt.seed);
			break;
		case 'j':
			good = parse_u64(optarg, &jobs) && jobs &&
			       jobs <= MAX_JOBS;
			break;
		case 'f':
			opt.findings = optarg;
			break;
		case 'S':
			opt.compare = straddle_compare;
			break;
		case 'x':
			opt.strict = true;
			break;
		case 'k':
			opt.keep_going = true;
			break;
		case 'm':
			good = parse_u64(optarg, &opt.shrink) &&
			       opt.shrink <= UINT32_MAX;
			break;
		case 'o':
			opt.records = optarg;
			break;
		case 'g':
			opt.picture = optarg;
			break;
		default:
			return usage("unknown or incomplete option",
				     argv[optind - 1]);
		}
		if (!good)
			return usage("impossible value", optarg);
	}
	opt.jobs = jobs;
	opt.paths = argv + optind;
	if (!opt.picture && !opt.seconds && !opt.filters && !*opt.paths)
		return usage("nothing to do: no file, --seconds or --filters",
			     NULL);
	return 0;
}

/* The bitmaps of a stack, on each platform that it is for. */
static enum status picture(const char *path)
{
	struct harness *h = harness_new();
	struct casefile c;
	char why[512];
	u32 i;

	if (!h)
		return fail("no memory");
	if (!infile_is_case(path)) {
		if (read_raw(h, path) != HOLDS)
			return COULD_NOT_RUN;
		picture_write(stdout, h, subject_of(h->in.platform));
		return HOLDS;
	}
	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	for (i = 0; i < INPUT_PLATFORMS; i++) {
		if (!casefile_wants(&c, &platforms[i]) ||
		    (opt.platform >= 0 && opt.platform != (s32)i))
			continue;
		input_copy(&h->in, c.input);
		h->in.platform = i;
		picture_write(stdout, h, subject_of(i));
	}
	casefile_free(&c);
	free(h);
	return HOLDS;
}

static int start(u32 id)
{
	struct worker *w = &shared->worker[id];
	struct harness *h;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail("fork: %s", strerror(errno));
	if (pid) {
		w->pid = pid; /* the memory is shared: not in the child */
		return 0;
	}

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	self = w;
	h = harness_new();
	if (!h)
		exit(fail("no memory"));
	set_up(h);
	w->status = work(h, w, id);
	w->done = true;
	free(h);
	exit(0);
}

/* A probe that does not see what it must see tells nothing. */
static int start_probe(void)
{
	int error = straddle_open(STRADDLE_SOUND);
	const char *why;

	if (error)
		return fail("no straddling pages: %s", strerror(-error));
	why = straddle_self_check(straddle_probe);
	return why ? fail("self-check: %s", why) : 0;
}

int main(int argc, char **argv)
{
	double begin = now();
	enum status status;
	u32 i;

	if (parse(argc, argv))
		return COULD_NOT_RUN;
	choose_subject(opt.subject);
	if (opt.compare == straddle_compare && start_probe())
		return COULD_NOT_RUN;
	snprintf(rerun, sizeof(rerun), "%s --subject %s%s", argv[0],
		 opt.subject,
		 opt.compare == straddle_compare ? " --straddle" : "");

	shared =
		mmap(NULL, sizeof(*shared) + sizeof(struct worker) * opt.jobs,
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return fail("no memory: %s", strerror(errno));
	if (opt.picture)
		return picture(opt.picture);
	if (opt.records) {
		records = fopen(opt.records, "a");
		if (!records)
			return fail("%s: %s", opt.records, strerror(errno));
	}

	for (i = 0; i < opt.jobs; i++) {
		if (start(i))
			return COULD_NOT_RUN;
	}
	status = wait_for_workers(begin);
	return driver_summary(status, now() - begin);
}

#endif
