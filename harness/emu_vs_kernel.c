// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_kernel - what the running kernel caches and does, against the reference
 *
 *	emu_vs_kernel [--seconds N] [--stacks N] [--seed N] [--from N]
 *		      [--shrink TRIES] [--findings DIR] [--bench] [FILE|DIR ...]
 *
 * Replays the files (case text if named *.bpf, else the raw form of
 * src/input.h), then makes stacks from the seed, the first being number --from,
 * until the time or the number of stacks is used up. Each is attached by a task
 * of its own. Stops at the first finding that fails the property.
 *
 * With --bench it says how fast that is, against what the kernel alone takes: see
 * harness/bench_kernel.h.
 *
 * On a host it needs no privilege and makes only harmless calls, from contained
 * processes. As process 1 it is the init of a guest: results go to
 * /dev/vport0p1, and at the end the guest reboots.
 *
 * Exit status, and that of the trailer, which is the last line: 0 the property
 * holds for what was compared, 1 a finding, 2 it could not run, could not
 * decide, or compared nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench_kernel.h"
#include "casefile.h"
#include "compat.h"
#include "contain.h"
#include "finding.h"
#include "generate.h"
#include "guest_init.h"
#include "module.h"
#include "report.h"
#include "shrink.h"
#include "versus.h"

#define CONFIRMATIONS 2 /* times that a difference must show again */
#define STALL_SECONDS 60
#define PROGRESS_SECONDS 2 /* between two lines of a guest */
#define MAX_DEATHS    20 /* of workers */

enum status {
	HOLDS,
	FINDING,
	COULD_NOT_RUN,
};

/* One input, in the form that survives the death of who worked on it. */
struct raw {
	int size;
	u8 data[INPUT_MAX_SIZE];
};

/* What the worker tells its parent. */
struct board {
	bool ready; /* the kernel was probed */
	bool done;
	enum status status;
	char error[256];
	struct kernel kernel;
	char no_compat[128]; /* why there are no compat tasks */
	u32 contained;
	u32 deaths; /* of workers */
	u64 files;
	u64 others; /* inputs of another platform */
	u64 iteration;
	char path[512]; /* file in flight */
	struct versus_tally tally;
	/* The finding. */
	bool found;
	struct finding finding;
	struct versus_result result;
	u32 original_seed;
	struct raw original, shrunk;
};

struct files {
	u32 n;
	struct raw *raw;
	char **path;
};

static struct options {
	const char *findings;
	u64 seconds;
	u64 stacks; /* 0: no limit */
	u64 seed;
	u64 from;
	u64 shrink;
	bool bench;
	char **paths;
} opt = {
	.shrink = 1500,
	.findings = "findings-new",
	.seed = 1,
};

#define MODULE_FILE "/bitproof.ko"

static bool guest;
/* Why calls that are allowed must be harmless ones. */
static char no_module[128] = "the kernel is not a guest's";
static struct board *board;
static struct files files;
static struct input in, candidate, scratch_in;
static struct versus_scratch scratch;

__attribute__((format(printf, 1, 2))) static int fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "emu_vs_kernel: ");
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

static int add_input(const char *path, const struct input *from)
{
	u32 n = files.n;
	struct raw *raw;

	files.raw = realloc(files.raw, (n + 1) * sizeof(*files.raw));
	files.path = realloc(files.path, (n + 1) * sizeof(*files.path));
	if (!files.raw || !files.path)
		return fail("%s: no memory", path);
	raw = &files.raw[n];
	raw->size = input_write(from, raw->data, sizeof(raw->data));
	if (raw->size < 0)
		return fail("%s: has no raw form", path);
	files.path[n] = strdup(path);
	files.n++;
	return 0;
}

static int load_case(const char *path)
{
	struct casefile c;
	char why[512];
	int error = 0;

	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	if (casefile_wants(&c, &platforms[ENTRY_PLATFORM])) {
		c.input->platform = ENTRY_PLATFORM;
		error = add_input(path, c.input);
	} else {
		board->others++;
	}
	casefile_free(&c);
	return error;
}

static int load_raw(const char *path)
{
	static u8 data[INPUT_MAX_SIZE + 1];
	FILE *f = fopen(path, "rb");
	size_t size;
	int error;

	if (!f)
		return fail("%s: %s", path, strerror(errno));
	size = fread(data, 1, sizeof(data), f);
	error = ferror(f);
	fclose(f);
	if (error)
		return fail("%s: cannot be read", path);
	if (size > INPUT_MAX_SIZE || input_read(&in, data, size))
		return fail("%s: %zu bytes are no input", path, size);
	if (in.platform == ENTRY_PLATFORM)
		return add_input(path, &in);
	board->others++;
	return 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int load(const char *path);

static int load_dir(const char *path)
{
	struct dirent **names;
	int i, error = 0, n = scandir(path, &names, not_hidden, alphasort);

	if (n < 0)
		return fail("%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (!error)
			error = load(file);
		free(names[i]);
	}
	free(names);
	return error;
}

static int load(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return fail("%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return load_dir(path);
	if (ends_with(path, ".txt") || ends_with(path, ".md") ||
	    ends_with(path, ".c") || ends_with(path, "/manifest"))
		return 0;
	return ends_with(path, ".bpf") ? load_case(path) : load_raw(path);
}

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

/* Compare a copy: doors are for each stack anew. */
static bool shows(const struct input *from, const struct finding *f,
		  struct versus_result *r)
{
	struct versus_tally tally = { 0 };

	input_copy(&scratch_in, from);
	versus(&board->kernel, &scratch_in, true, r, &tally, &scratch);
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
	return comparison_failure(c) ?:
	       c->present[UNPROVEN] ? &c->first[UNPROVEN] :
				      NULL;
}

/* What the module shows can't be relied on: that is no finding, and no pass. */
static enum status no_bits(int error)
{
	if (error == EBADE)
		return cannot("the bits that the module copied are not those of seccomp_cache",
			      0);
	return error == ENODATA ? cannot("the module copied no bits", 0) : HOLDS;
}

/* A difference: is it there again? Then make it small, and tell. */
static enum status found(const struct versus_result *first)
{
	struct finding f = *failure(&first->c);
	struct versus_result r;
	u32 i;

	for (i = 0; i < CONFIRMATIONS; i++) {
		usleep(10000);
		if (!shows(&in, &f, &r)) {
			if (no_bits(r.error))
				return no_bits(r.error);
			board->tally.retried++;
			board->tally.by_class[f.class]--;
			return HOLDS;
		}
	}
	board->finding = f;
	board->result = r;
	board->original_seed = in.seed;
	save_raw(&board->original, &in);
	save_raw(&board->shrunk, &in);
	__atomic_store_n(&board->found, true, __ATOMIC_RELEASE);
	shrink_input(&in, &candidate, opt.shrink, still_shows, &f);
	/* With the doors that it needs. */
	if (shows(&in, &f, &r)) {
		board->result = r;
		board->finding = r.c.first[f.class];
		save_raw(&board->shrunk, &scratch_in);
	}
	return f.class == UNPROVEN ? COULD_NOT_RUN : FINDING;
}

static enum status compare_input(bool careful)
{
	struct versus_result r;

	versus(&board->kernel, &in, careful, &r, &board->tally, &scratch);
	if (no_bits(r.error))
		return no_bits(r.error);
	/* The runner is gone, by a call that should have been denied: so are we. */
	if (r.error == EOWNERDEAD)
		_exit(r.error);
	if (r.error)
		return cannot("a task", r.error);
	return failure(&r.c) ? found(&r) : HOLDS;
}

/* The input of one iteration, a function of the seed and its number. */
static void make_input(u64 iteration)
{
	struct rng r = { opt.seed * 0xd1342543de82ef95ull + iteration };

	rng_next(&r);
	in.platform = ENTRY_PLATFORM;
	generate_input(&r, &board->kernel.machine, &in);
	in.seed = rng_u32(&r);
}

static enum status replay(u64 from, bool careful)
{
	enum status status = HOLDS;
	u64 i;

	for (i = from; i < files.n && status == HOLDS; i++) {
		board->files = i;
		snprintf(board->path, sizeof(board->path), "%s", files.path[i]);
		input_read(&in, files.raw[i].data, files.raw[i].size);
		status = compare_input(careful);
	}
	board->files = i;
	board->path[0] = 0;
	return status;
}

static enum status generate(u64 from, double end, bool careful)
{
	enum status status = HOLDS;
	u64 i;

	for (i = from; status == HOLDS; i++) {
		board->iteration = i;
		if ((opt.stacks && i - opt.from >= opt.stacks) ||
		    (opt.seconds && now() >= end))
			break;
		make_input(i);
		status = compare_input(careful && i == from);
	}
	return status;
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

static void make_bench_input(u64 i, struct input *to)
{
	make_input(i);
	input_copy(to, &in);
}

static enum status bench(void)
{
	struct versus_result r;

	/* Of what was compared so far, the boot is the first part. */
	if (!bench_kernel(&board->kernel, make_bench_input, &board->tally, &r,
			  &scratch))
		return HOLDS;
	if (failure(&r.c))
		return fail("a finding in the benchmark: run without --bench");
	return no_bits(r.error) ?: cannot("a task", r.error);
}

/* From where the board says; the first one carefully if a worker died there. */
static enum status work(int proc, double end, bool careful)
{
	enum status status = HOLDS;
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
	    (board->kernel.compat_may && !compat_admin())) {
		snprintf(board->error, sizeof(board->error),
			 "a filter was attached with neither privilege nor no_new_privs");
		return FINDING;
	}
	status = replay(board->files, careful);
	if (status == HOLDS && (opt.seconds || opt.stacks))
		status = generate(board->iteration, end, careful);
	if (status == HOLDS && opt.bench)
		status = bench();
	return status;
}

static pid_t start_worker(double end, bool careful)
{
	pid_t pid;
	int proc;

	fflush(NULL);
	board->contained = 0;
	pid = guest ? fork() : contain_fork(&board->contained);
	if (pid)
		return pid;
	if (guest)
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	else
		contain_self(geteuid() == 0, &board->contained, &proc);
	board->status = work(proc, end, careful);
	board->done = true;
	_exit(0);
}

static void print_hex(const struct raw *raw)
{
	int i;

	for (i = 0; i < raw->size; i++)
		printf("%02x", raw->data[i]);
}

/*
 * What the host is told while a guest works. A finding as it was found: what
 * comes next may be the end of the guest.
 */
static void tell_host(double s)
{
	static bool told_finding;
	static double told;
	const struct versus_tally *t = &board->tally;

	if (board->found && !told_finding) {
		told_finding = true;
		printf("bitproof-found class=%s seed=%08" PRIx32 " raw=",
		       finding_class_name(board->finding.class),
		       board->original_seed);
		print_hex(&board->original);
		printf(" end\n");
	} else if (s - told < PROGRESS_SECONDS) {
		return;
	}
	told = s;
	printf("bitproof-progress mode=comparing seconds=%.0f stacks=%" PRIu64
	       " calls=%" PRIu64 " rate=%.0f\n",
	       s, t->stacks, t->calls, t->stacks / (s > 0 ? s : 1));
	fflush(stdout);
}

static void progress(double start)
{
	const struct versus_tally *t = &board->tally;
	double s = now() - start;

	if (guest)
		tell_host(s);
	if (guest || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr,
		"\r%s: %.0f of %" PRIu64 " s, %" PRIu64 " files, %" PRIu64
		" stacks, %.0f/s, %" PRIu64 " calls  ",
		board->kernel.name, s, opt.seconds, board->files, t->stacks,
		t->stacks / (s > 0 ? s : 1), t->calls);
}

/* Wait for it, and for nothing else if it makes no progress. */
static int wait_for_worker(pid_t pid, double start)
{
	double moved = now();
	u64 calls = 0;
	int status;

	for (;;) {
		pid_t got = waitpid(-1, &status, WNOHANG);

		if (got == pid)
			break;
		if (got > 0)
			continue; /* init reaps orphans */
		if (board->tally.calls != calls || board->found) {
			calls = board->tally.calls;
			moved = now();
		}
		if (now() - moved > STALL_SECONDS)
			kill(pid, SIGKILL);
		progress(start);
		usleep(20000);
	}
	if (!guest && isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	return status;
}

/* What a worker was at when it died, for others to look at. */
static enum status crashed(int status)
{
	char how[64];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "status %d", WEXITSTATUS(status));
	if (!board->ready)
		return fail("worker died with %s before it began", how);
	if (board->path[0])
		return fail("worker died again, with %s, in %s", how,
			    board->path);
	return fail("worker died again, with %s, in --seed %" PRIu64
		    " --from %" PRIu64 " --stacks 1",
		    how, opt.seed, board->iteration);
}

/*
 * A worker may die of a call that the kernel should have denied. Another one
 * goes on in its place, and begins with care.
 */
static enum status supervise(double start)
{
	double end = now() + opt.seconds;
	u64 at = UINT64_MAX;

	for (;;) {
		u64 place = board->files + board->iteration;
		pid_t pid = start_worker(end, at == place);
		int status;

		if (pid < 0)
			return fail("fork: %s", strerror(errno));
		status = wait_for_worker(pid, start);
		if (board->done) {
			if (board->error[0])
				fail("%s", board->error);
			return board->status;
		}
		place = board->files + board->iteration;
		if (at == place || !board->ready ||
		    ++board->deaths == MAX_DEATHS)
			return crashed(status);
		at = place;
	}
}

static void print_call(FILE *out)
{
	const struct versus_call *v = &board->result.call;

	fprintf(out, "  entry     %s%s\n", entries[v->call.entry].name,
		v->twin ? ", in the twin that is never cached" : "");
	fprintf(out, "  expected  ");
	outcome_print(out, &v->expected);
	fprintf(out, "\n  seen      ");
	outcome_print(out, &v->seen);
	fputs("\n", out);
}

static void print_found(const char *self)
{
	const struct finding *f = &board->finding;
	const struct platform *p = board->kernel.machine.platform;
	char name[128];

	input_read(&in, board->original.data, board->original.size);
	snprintf(name, sizeof(name), "%s-kernel-%s-%08" PRIx32,
		 finding_class_name(f->class), p->name, in.seed);
	input_read(&in, board->shrunk.data, board->shrunk.size);
	finding_print(stdout, board->kernel.name, p, &in, f);
	if (f->where == AT_RUN && board->result.has_call)
		print_call(stdout);
	if (guest) {
		printf("  raw       ");
		print_hex(&board->shrunk);
		printf("\n");
	} else if (finding_save(opt.findings, name, &in)) {
		printf("  not saved\n");
	} else {
		printf("  rerun     %s %s/%s.raw\n", self, opt.findings, name);
	}
	fflush(stdout);
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

	printf("verdicts   ");
	for (i = 0; i < VERDICTS; i++)
		printf(" %s %" PRIu64, verdict_name(i), t->by_verdict[i]);
	printf(" (unknown actions %" PRIu64 ", errno clamped %" PRIu64 ")\n",
	       t->unknown, t->clamped);
	printf("paths      ");
	for (i = 0; i < PATHS; i++) {
		if (board->kernel.path[i])
			printf(" %s %" PRIu64, path_name(i), t->by_path[i]);
	}
	printf("\n");
}

/* What was not run is not passed. */
static void print_not_run(const struct versus_tally *t)
{
	u32 i;

	printf("not run    ");
	for (i = 0; i < VERDICTS; i++) {
		if (!t->by_verdict[i])
			printf(" %s", verdict_name(i));
	}
	for (i = 0; i < PATHS; i++) {
		if (board->kernel.path[i] && !t->by_path[i])
			printf(" %s", path_name(i));
	}
	if (no_module[0])
		printf(" numbers-that-act (no module: %s)", no_module);
	if (!board->kernel.has_bits)
		printf(" bits (no seccomp_cache: verdict only)");
	if (board->kernel.path[PATH_X32] && !board->kernel.x32)
		printf(" x32-calls");
	if (!board->kernel.path[PATH_COMPAT])
		printf(" compat (the runner: %s)",
		       *board->no_compat ? board->no_compat :
					   "its calls are not answered");
	printf(" audit-of-LOG TRACE-with-tracer USER_NOTIF-with-listener TSYNC fork\n");
}

static void print_summary(double seconds)
{
	const struct versus_tally *t = &board->tally;
	u32 i;

	printf("\nkernel      %s %s\n", board->kernel.name,
	       platforms[ENTRY_PLATFORM].name);
	print_contained();
	printf("replayed    %" PRIu64 " files, %" PRIu64
	       " are for other platforms\n",
	       board->files, board->others);
	printf("stacks      %" PRIu64 ", %.0f/s, %" PRIu64 " with privilege, %"
	       PRIu64 " twins, %" PRIu64
	       " by compat tasks, filters counted in %" PRIu64 "\n",
	       t->stacks, t->stacks / (seconds > 0 ? seconds : 1),
	       t->privileged, t->twins, t->compat, t->counted);
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
	       " allowed and kept from acting\n",
	       t->calls, t->calls / (seconds > 0 ? seconds : 1),
	       t->from_cache, t->neutered);
	print_kinds(t);
	print_not_run(t);
	if (board->kernel.wide_shifts)
		printf("deviation   compiled code takes six bits of X in a shift, not five: %"
		       PRIu64 " calls have another verdict by it\n",
		       t->shifts);
	printf("retried     %" PRIu64 " differences that did not show again, %"
	       PRIu32 " workers that died\n",
	       t->retried, board->deaths);
	printf("findings   ");
	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s %" PRIu64, finding_class_name(i), t->by_class[i]);
	printf("\n");
}

/* For scripts/guests.sh: what was done in one mode. */
static void print_mode(const char *mode, const struct versus_tally *t)
{
	u32 i;

	printf("bitproof-mode name=%s kernel=%s stacks=%" PRIu64
	       " bits=%" PRIu64 " calls=%" PRIu64,
	       mode, board->kernel.name, t->stacks, t->bits, t->calls);
	for (i = 0; i < VERDICTS; i++)
		printf(" %s=%" PRIu64, verdict_name(i), t->by_verdict[i]);
	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s=%" PRIu64, finding_class_name(i), t->by_class[i]);
	printf("\n");
}

/* The last line is for scripts: without it the run was cut short. */
static enum status conclude(enum status status, double seconds)
{
	const struct versus_tally *t = &board->tally;
	u64 findings = t->by_class[UNSOUND] + t->by_class[DIVERGENT] +
		       t->by_class[CHECKER];

	if (board->ready)
		print_summary(seconds);
	if (guest && board->ready)
		print_mode("as-booted", t);
	if (status == HOLDS && !t->calls && !t->bits)
		status = fail("nothing was compared");
	printf("%s\n", status == HOLDS ? "holds" :
		       status == FINDING ? "FAILS" : "could not run or decide");
	printf("bitproof-trailer status=%d stacks=%" PRIu64 " bits=%" PRIu64
	       " calls=%" PRIu64 " findings=%" PRIu64 "\n",
	       status, t->stacks, t->bits, t->calls, findings);
	fflush(stdout);
	return status;
}

static int usage(const char *what, const char *value)
{
	return fail("%s%s%s; see the head of harness/emu_vs_kernel.c", what,
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
		{ "seconds", required_argument, NULL, 't' },
		{ "stacks", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'i' },
		{ "shrink", required_argument, NULL, 's' },
		{ "findings", required_argument, NULL, 'f' },
		{ "bench", no_argument, NULL, 'b' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 't':
			good = number(optarg, &opt.seconds);
			break;
		case 'n':
			good = number(optarg, &opt.stacks) && opt.stacks;
			break;
		case 'r':
			good = number(optarg, &opt.seed);
			break;
		case 'i':
			good = number(optarg, &opt.from);
			break;
		case 's':
			good = number(optarg, &opt.shrink);
			break;
		case 'f':
			opt.findings = optarg;
			break;
		case 'b':
			opt.bench = true;
			break;
		default:
			return usage("unknown or incomplete option",
				     argv[optind - 1]);
		}
		if (!good)
			return usage("impossible value", optarg);
	}
	opt.paths = argv + optind;
	if (!opt.seconds && !opt.stacks && !opt.bench && !*opt.paths)
		return usage("nothing to do: no file, --seconds, --stacks or --bench",
			     NULL);
	return 0;
}

static enum status run(int argc, char **argv)
{
	double start = now();
	enum status status;
	char **path;

	if (parse(argc, argv))
		return COULD_NOT_RUN;
	for (path = opt.paths; *path; path++) {
		if (load(*path))
			return COULD_NOT_RUN;
	}
	board->iteration = opt.from;
	status = supervise(start);
	if (board->found)
		print_found(argv[0]);
	return status;
}

int main(int argc, char **argv)
{
	double start = now();
	enum status status;

	guest = getpid() == 1;
	if (guest) {
		guest_init();
		module_load(MODULE_FILE, no_module, sizeof(no_module));
	}
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		return fail("no memory: %s", strerror(errno));
	compat_create();
	status = run(argc, argv);
	status = conclude(status, now() - start);
	if (guest)
		guest_exit();
	return status;
}
