// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_interp - what a subject caches and executes, against the reference
 *
 *	emu_vs_interp [--subject kernel|self-seed|self-linux|self-full]
 *		      [--straddle] [--platform NAME] [--seconds N] [--filters N] [--seed N]
 *		      [--jobs N] [--findings DIR] [FILE|DIR ...]
 *
 * Replays the files (case text if named *.bpf, else the raw form of
 * src/input.h), then makes stacks from the seed until the time or the number
 * of filters is used up. Stops at the first finding that fails the property.
 * With --straddle all is decided by the page-straddling probe alone, whose
 * self-check comes first: see straddle_compare.h.
 *
 * Exit status: 0 the property holds for what was compared, 1 a finding, 2 it
 * could not run, could not decide, or compared nothing.
 *
 * Built with -DFUZZER the same source is a libFuzzer target, and with the
 * driver library of AFL++ a persistent target of that. From the environment:
 *
 *	BITPROOF_SUBJECT	as --subject
 *	BITPROOF_FINDINGS	as --findings, in /tmp without it; not under
 *				afl-fuzz, which keeps what it found itself:
 *				replay that to shrink it
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "casefile.h"
#include "crash.h"
#include "finding.h"
#include "generate.h"
#include "mutate.h"
#include "subjects.h"

enum status {
	HOLDS,
	FINDING,
	COULD_NOT_RUN,
};

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
static bool hurry; /* no time to explain */

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

	subject_name = name ? name : "kernel";
	/* It kills what is slow, and then has a hang and not a finding. */
	hurry = getenv("__AFL_SHM_ID");

	h = harness_new();
	if (!h || !choose_subject(subject_name)) {
		fprintf(stderr, "bitproof: %s\n",
			h ? "BITPROOF_SUBJECT names no subject" : "no memory");
		exit(COULD_NOT_RUN);
	}
}

static void found(const struct subject *sub, const struct input *in)
{
	const char *dir = getenv("BITPROOF_FINDINGS");

	input_copy(&h->in, in);
	if (!hurry)
		finding_report(h, sub, dir ? dir : "/tmp/bitproof-findings",
			       "emu_vs_interp", stderr);
	abort();
}

static void run(const struct input *in, struct coverage *coverage)
{
	const struct subject *sub = subject_for(in->platform);

	h->scratch.coverage = coverage;
	compare(sub, in, &h->comparison, &h->tally, &h->scratch);
	h->scratch.coverage = NULL; /* not of what finding_report() runs */
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

#define MAX_JOBS 256

struct options {
	const char *subject;
	const char *findings;
	compare_fn compare;
	s32 platform; /* -1: all */
	u64 seconds;
	u64 filters; /* 0: no limit */
	u64 seed;
	u32 jobs;
	char **paths;
};

/* What the parent sees of a worker, also after its death. */
struct worker {
	pid_t pid;
	bool done;
	enum status status;
	u64 files;
	u64 iteration; /* the one in flight */
	char path[512]; /* the file in flight */
	bool reporting; /* a finding, which is on disk */
	bool hangs;
	bool again; /* for the second time: keep the input */
	struct watch watch;
	struct tally tally;
};

static struct worker *workers; /* shared between the processes */
static struct worker *self;    /* of these; NULL in the parent */
static bool *reported;         /* shared: one finding is enough */
static bool *undecided;        /* shared: one such stack is shown */
static char rerun[512];
static struct options opt = {
	.subject = "kernel",
	.findings = "findings-new",
	.compare = compare,
	.platform = -1,
	.jobs = 1,
	.seed = 1,
};

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "emu_vs_interp: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return COULD_NOT_RUN;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Self subjects share one state: name the one that is to be used again. */
static const struct subject *subject_of(u32 platform)
{
	choose_subject(opt.subject);
	return subjects[platform];
}

/*
 * Neither a proof nor a witness is no reason to stop: the next stacks may have
 * the witness. The first one is kept, the summary tells of all.
 */
static void note_unproven(struct harness *h, const struct subject *sub)
{
	char name[64];

	if (__atomic_test_and_set(undecided, __ATOMIC_SEQ_CST))
		return;
	snprintf(name, sizeof(name), "UNPROVEN-%s-%08" PRIx32,
		 sub->machine.platform->name, h->in.seed);
	finding_save(opt.findings, name, &h->in);
	finding_print(stdout, sub->name, sub->machine.platform, &h->in,
		      &h->comparison.first[UNPROVEN]);
	fflush(stdout);
}

/* Compare h->in; report a failure unless another worker did. */
static enum status run_input(struct harness *h, const struct subject *sub)
{
	sub = watch_subject(sub, &self->watch);
	if (self->again)
		input_copy(&self->watch.in, &h->in);
	h->compare(sub, &h->in, &h->comparison, &h->tally, &h->scratch);
	if (!comparison_failure(&h->comparison)) {
		if (h->comparison.present[UNPROVEN])
			note_unproven(h, sub);
		return HOLDS;
	}
	if (__atomic_test_and_set(reported, __ATOMIC_SEQ_CST))
		return HOLDS;
	self->reporting = true;
	finding_report(h, sub, opt.findings, rerun, stdout);
	return FINDING;
}

static enum status replay_case(struct harness *h, const char *path)
{
	struct casefile c;
	char why[512];
	enum status status = HOLDS;
	u32 i;

	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	for (i = 0; i < INPUT_PLATFORMS && status == HOLDS; i++) {
		const struct subject *sub;

		if (!casefile_wants(&c, &platforms[i]) ||
		    (opt.platform >= 0 && opt.platform != (s32)i))
			continue;
		sub = subject_of(i);
		if (casefile_check(&c, &sub->machine, why, sizeof(why))) {
			printf("\nDIVERGENT at case: the reference is not what a case expects\n  %s\n",
			       why);
			h->tally.by_class[DIVERGENT]++;
			status = FINDING;
			break;
		}
		input_copy(&h->in, c.input);
		h->in.platform = i;
		status = run_input(h, sub);
	}
	casefile_free(&c);
	return status;
}

static enum status replay_raw(struct harness *h, const char *path)
{
	u8 *raw = malloc(INPUT_MAX_SIZE + 1);
	FILE *f = fopen(path, "rb");
	size_t size = 0;
	int error = 0;

	if (!raw || !f)
		error = errno;
	if (!error) {
		size = fread(raw, 1, INPUT_MAX_SIZE + 1, f);
		if (ferror(f))
			error = errno;
	}
	if (f)
		fclose(f);
	if (!error)
		error = size > INPUT_MAX_SIZE ? E2BIG :
						-input_read(&h->in, raw, size);
	free(raw);
	switch (error) {
	case 0:
		break;
	case ENODATA:
		return fail("%s: %zu bytes: less than a header and an instruction",
			    path, size);
	case EBADMSG:
		return fail("%s: %zu bytes: the last instruction is cut short",
			    path, size);
	case E2BIG:
		return fail("%s: more than %d filters, or than %d instructions in one",
			    path, STACK_MAX_FILTERS, INPUT_MAX_INSNS);
	default:
		return fail("%s: %s", path, strerror(error));
	}
	if (opt.platform >= 0 && opt.platform != (s32)h->in.platform)
		return HOLDS;
	return run_input(h, subject_of(h->in.platform));
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static enum status replay(struct harness *h, struct worker *w,
			  const char *path);

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static enum status replay_dir(struct harness *h, struct worker *w,
			      const char *path)
{
	struct dirent **names;
	enum status status = HOLDS;
	int i, n = scandir(path, &names, not_hidden, alphasort);

	if (n < 0)
		return fail("%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (status == HOLDS)
			status = replay(h, w, file);
		free(names[i]);
	}
	free(names);
	return status;
}

/* Directories hold inputs, and what is said about them. */
static bool not_an_input(const char *path)
{
	return ends_with(path, ".txt") || ends_with(path, ".md") ||
	       ends_with(path, ".c") || ends_with(path, "/manifest");
}

static enum status replay(struct harness *h, struct worker *w, const char *path)
{
	enum status status;
	struct stat st;

	if (stat(path, &st))
		return fail("%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return replay_dir(h, w, path);
	if (not_an_input(path))
		return HOLDS;

	snprintf(w->path, sizeof(w->path), "%s", path);
	status = ends_with(path, ".bpf") ? replay_case(h, path) :
					   replay_raw(h, path);
	w->path[0] = 0;
	w->files++;
	w->tally = h->tally;
	return status;
}

/* The input of one iteration, a function of the seed and its number. */
static void make_input(struct input *in, u64 iteration)
{
	struct rng r = { opt.seed * 0xd1342543de82ef95ull + iteration };

	rng_next(&r);
	in->platform = opt.platform >= 0 ? (u32)opt.platform :
					   iteration % INPUT_PLATFORMS;
	generate_input(&r, &subjects[in->platform]->machine, in);
	in->seed = rng_u32(&r);
}

/* Worker @id takes every jobs-th iteration. */
static enum status generate(struct harness *h, struct worker *w, u32 id)
{
	double end = now() + opt.seconds;
	u64 i;

	for (i = 0;; i++) {
		enum status status;

		if (i % 64 == 0) {
			w->tally = h->tally;
			if ((opt.seconds && now() >= end) ||
			    (opt.filters &&
			     h->tally.filters >= opt.filters / opt.jobs) ||
			    __atomic_load_n(reported, __ATOMIC_RELAXED))
				return HOLDS;
		}
		w->iteration = id + opt.jobs * i;
		make_input(&h->in, w->iteration);
		status = run_input(h, subject_of(h->in.platform));
		if (status != HOLDS)
			return status;
	}
}

static enum status work(struct harness *h, struct worker *w, u32 id)
{
	enum status status = HOLDS;
	char **path;

	/* Files are few: the first worker takes them all. */
	for (path = opt.paths; id == 0 && *path && status == HOLDS; path++)
		status = replay(h, w, *path);
	if (status == HOLDS && (opt.seconds || opt.filters))
		status = generate(h, w, id);
	w->tally = h->tally;
	return status;
}

static void add(struct tally *sum, const struct tally *t)
{
	const u64 *from = (const u64 *)t;
	u64 *to = (u64 *)sum;
	u32 i;

	for (i = 0; i < sizeof(*t) / sizeof(u64); i++)
		to[i] += from[i];
}

static struct tally total(u64 *files)
{
	struct tally sum = { 0 };
	u32 i;

	*files = 0;
	for (i = 0; i < opt.jobs; i++) {
		add(&sum, &workers[i].tally);
		*files += workers[i].files;
	}
	return sum;
}

static void progress(double start)
{
	double t = now() - start;
	struct tally sum;
	u64 files;

	if (!isatty(STDERR_FILENO))
		return;
	sum = total(&files);
	fprintf(stderr,
		"\r%s: %.0f of %" PRIu64 " s, %" PRIu64 " files, %" PRIu64
		" filters, %.0f/s, %" PRIu64 " verdicts  ",
		subjects[0]->name, t, opt.seconds, files, sum.filters,
		sum.filters / (t > 0 ? t : 1), sum.verdicts);
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
	self = w;
	w->again = true;
	if (w->path[0])
		return replay(h, w, w->path);
	make_input(&h->in, w->iteration);
	return run_input(h, subject_of(h->in.platform));
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
		h->compare = opt.compare;
	pid = h ? fork() : -1;
	if (!pid) {
		crash_deadline(CRASH_MSECS);
		_exit(again(h, w));
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid)
		dies = crash_seen(&w->watch, status, &f);
	if (dies && !__atomic_test_and_set(reported, __ATOMIC_SEQ_CST)) {
		input_copy(&h->in, &w->watch.in);
		w->tally.by_class[CRASH]++;
		crash_report(h, subject_of(h->in.platform), &w->watch, &f,
			     opt.findings, rerun, stdout);
	}
	free(h);
	return dies;
}

/* A worker that did not end by itself: save what it was doing. */
static enum status crashed(struct worker *w, int wait_status)
{
	static struct input in;
	char how[64], name[64];

	describe(how, sizeof(how), w, wait_status);
	if (w->reporting) {
		fail("%s while it made a finding small; as it was found it is "
		     "in %s",
		     how, opt.findings);
		return FINDING;
	}
	if (w->watch.inside && report_crash(w))
		return FINDING;
	if (w->path[0])
		return fail("%s in %s", how, w->path);

	make_input(&in, w->iteration);
	snprintf(name, sizeof(name), "DIED-%08" PRIx32, in.seed);
	finding_save(opt.findings, name, &in);
	return fail("%s, its input is in %s/%s.raw", how, opt.findings, name);
}

static enum status worse(enum status a, enum status b)
{
	/* A finding is what counts, then that something could not run. */
	if (a == FINDING || b == FINDING)
		return FINDING;
	return a > b ? a : b;
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
		struct worker *w = &workers[i];

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
			struct worker *w = &workers[i];
			int wait_status;

			if (!w->pid ||
			    waitpid(w->pid, &wait_status, WNOHANG) != w->pid)
				continue;
			w->pid = 0;
			left--;
			status = worse(status, w->done ? w->status :
							 crashed(w, wait_status));
			if (status != HOLDS)
				*reported = true; /* the others stop */
		}
		end_hanging();
		progress(start);
		usleep(left ? 20000 : 0);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	return status;
}

static enum status summary(enum status status, double seconds)
{
	u64 files;
	struct tally t = total(&files);
	u32 i;

	printf("\nsubject     %s\n", subjects[0]->name);
	printf("replayed    %" PRIu64 " files\n", files);
	printf("filters     %" PRIu64 " offered, %" PRIu64
	       " refused by both sides, %.0f/s\n",
	       t.filters, t.refused, t.filters / (seconds > 0 ? seconds : 1));
	printf("stacks      %" PRIu64 "\n", t.stacks);
	printf("verdicts    %" PRIu64 " (arch, nr) decided\n", t.verdicts);
	printf("constants   %" PRIu64 " served and ALLOW in full execution, %"
	       PRIu64 " of them proven for all arguments\n",
	       t.constants, t.proven);
	printf("calls       %" PRIu64 " into the subject's code\n",
	       t.subject_calls);
	printf("executions  %" PRIu64 " of one filter in full\n",
	       t.executions);
	if (t.probes)
		printf("probes      %" PRIu64 " over straddled data, %" PRIu64
		       " of them without an access of page 2\n",
		       t.probes, t.untouched);
	printf("findings   ");
	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s %" PRIu64, finding_class_name(i), t.by_class[i]);
	printf("\n");

	if (status == HOLDS && t.by_class[UNPROVEN])
		status = fail("%" PRIu64
			      " served verdicts were neither proven nor refuted",
			      t.by_class[UNPROVEN]);
	if (status == HOLDS && !t.verdicts)
		status = fail("nothing was compared");
	printf("%s\n", status == HOLDS ? "holds" :
		       status == FINDING ? "FAILS" : "could not run or decide");
	return status;
}

static int usage(const char *what, const char *value)
{
	return fail("%s%s%s; see the head of harness/emu_vs_interp.c", what,
		    value ? " " : "", value ? value : "");
}

static bool number(const char *s, u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(s, &end, 0);
	return *s >= '0' && *s <= '9' && !*end && !errno;
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
			good = number(optarg, &opt.seconds);
			break;
		case 'n':
			good = number(optarg, &opt.filters) && opt.filters;
			break;
		case 'r':
			good = number(optarg, &opt.seed);
			break;
		case 'j':
			good = number(optarg, &jobs) && jobs &&
			       jobs <= MAX_JOBS;
			break;
		case 'f':
			opt.findings = optarg;
			break;
		case 'S':
			opt.compare = straddle_compare;
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
	if (!opt.seconds && !opt.filters && !*opt.paths)
		return usage("nothing to do: no file, --seconds or --filters",
			     NULL);
	return 0;
}

static int start(u32 id)
{
	struct worker *w = &workers[id];
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

	self = w;
	h = harness_new();
	if (!h)
		exit(fail("no memory"));
	h->compare = opt.compare;
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
	why = straddle_self_check();
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

	workers = mmap(NULL, sizeof(*workers) * opt.jobs + 2,
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		       0);
	if (workers == MAP_FAILED)
		return fail("no memory: %s", strerror(errno));
	reported = (bool *)&workers[opt.jobs];
	undecided = reported + 1;

	for (i = 0; i < opt.jobs; i++) {
		if (start(i))
			return COULD_NOT_RUN;
	}
	status = wait_for_workers(begin);
	return summary(status, now() - begin);
}

#endif
