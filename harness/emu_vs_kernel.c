// SPDX-License-Identifier: GPL-2.0-only
/*
 * emu_vs_kernel - what the running kernel caches and does, against the reference
 *
 *	emu_vs_kernel [--seconds N] [--stacks N] [--seed N] [--from N]
 *		      [--mode NAME] [--scenario NAME] [--shrink TRIES]
 *		      [--findings DIR] [--strict] [--keep-going] [--bench]
 *		      [--guided SHARE] [FILE|DIR ...]
 *
 * Replays the files (case text if named *.bpf, else the raw form of
 * src/input.h), then makes stacks from the seed, the first being number --from,
 * until the time or the number of stacks is used up. Each is attached by a task
 * of its own. Stops at the first finding that fails the property; with
 * --keep-going it does not, and tells the first one of each class and place. With
 * --strict a LOST fails too.
 *
 * With --bench it says how fast that is, against what the kernel alone takes: see
 * harness/bench_kernel.h.
 *
 * On a host it needs no privilege and makes only harmless calls, from contained
 * processes. As process 1 it is the init of a guest: results go to
 * /dev/vport0p1, and at the end the guest reboots. A guest divides its time
 * among all execution modes of modes.h, or has the one that --mode names.
 *
 * With --guided, in a guest whose kernel has KCOV, SHARE of a hundred stacks are made
 * from earlier ones that made the kernel run something new: see harness/guided.h. With
 * 0 the stacks are the usual ones; what the kernel runs is told. Files of bytes that
 * are no input, as fuzzers keep them too, are passed over and counted.
 *
 * A share of the stacks is run once more in one of the scenarios of scenario.h;
 * all stacks are in the one that --scenario names.
 *
 * Exit status, and that of the trailer, which is the last line: 0 the property
 * holds for what was compared, 1 a finding, 2 it could not run, could not
 * decide, or compared nothing.
 *
 * For scripts there are these lines among the others. In a guest, every few
 * seconds before the summary, at once for a finding, and for each mode:
 *
 *	bitproof-progress mode=NAME seconds=N of=N stacks=N filters=N calls=N rate=N
 *	bitproof-found class=NAME where=NAME raw=HEX end
 *	bitproof-finding class=NAME where=NAME cause=HEX kernel=NAME filter=N
 *		expected=HEX seen=HEX sd=HEX,... raw=HEX end
 *	bitproof-case platform=NAME status=N times=N path=PATH
 *	bitproof-mode name=NAME kernel=NAME stacks=N bits=N calls=N VERDICT=N...
 *		CLASS=N... path-NAME=N...
 *	bitproof-scenario name=NAME stacks=N EVENT=N...
 *	bitproof-absent name=NAME why=TEXT
 *	bitproof-kept new=N raw=HEX end
 *	bitproof-blocks HEX,...
 *	bitproof-guided stacks=N blocks=N pairs=N kept=N saturated=N others=N none=N
 *
 * -found is told at once, as it was met. -finding ends the text of a finding, with
 * what that is about: tools/bitproof-finding.c reads both. -case is a case file
 * that was replayed so many times; 1 if it met a finding. -kept is a stack that
 * --guided keeps, told at once, with how many pairs of blocks are new; or, with none,
 * what a worker died of. -blocks are the addresses of all code that was run.
 *
 * And anywhere this one at the end:
 *
 *	bitproof-trailer status=N stacks=N bits=N calls=N findings=N traced=N
 *		listened=N audited=N synced=N forked=N modes=N
 */
#define _GNU_SOURCE
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
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "cli.h"
#include "compat.h"
#include "contain.h"
#include "guest_init.h"
#include "guided.h"
#include "module.h"
#include "summary.h"
#include "worker.h"

#define STALL_SECONDS 60
#define MAX_DEATHS    20 /* of workers */

struct options opt = {
	.shrink = 1500,
	.findings = "findings-new",
	.seed = 1,
	.scenario = SCENARIO_ANY,
};

bool guest;
char no_module[128] = "the kernel is not a guest's";
struct board *board;

int fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "emu_vs_kernel: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return COULD_NOT_RUN;
}

static pid_t start_worker(double start, bool careful)
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
	board->status = worker_run(proc, start, careful);
	board->done = true;
	_exit(0);
}

static u64 all_calls(void)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < board->modes; i++)
		n += board->tally[i].calls;
	return n;
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
		if (all_calls() != calls || board->stage != NO_FINDING) {
			calls = all_calls();
			moved = now();
		}
		if (now() - moved > STALL_SECONDS)
			kill(pid, SIGKILL);
		summary_progress(now() - start);
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
	if (opt.guided) {
		guided_tell_last();
		return fail("worker died again, with %s, of the last stack that is kept",
			    how);
	}
	return fail("worker died again, with %s, in --mode %s --seed %" PRIu64
		    " --from %" PRIu64 " --stacks 1",
		    how, board->in_mode[board->mode].name, opt.seed,
		    board->iteration);
}

/* A number for what the worker is at. */
static u64 where(void)
{
	return ((u64)board->mode << 56) + board->files + board->iteration;
}

/*
 * A worker may die of a call that the kernel should have denied. Another one
 * goes on in its place, and begins with care.
 */
static enum status supervise(double start)
{
	u64 at = UINT64_MAX;

	for (;;) {
		u64 place = where();
		pid_t pid = start_worker(start, at == place);
		int status;

		if (pid < 0)
			return fail("fork: %s", strerror(errno));
		status = wait_for_worker(pid, start);
		/* If it died of the finding, that is as it was met. */
		if (board->stage != NO_FINDING)
			summary_finding();
		if (board->failed && !opt.keep_going)
			return FINDING;
		if (board->done) {
			if (board->error[0])
				fail("%s", board->error);
			return board->status;
		}
		place = where();
		if (at == place || !board->ready ||
		    ++board->deaths == MAX_DEATHS)
			return crashed(status);
		at = place;
	}
}

static int usage(const char *what, const char *value)
{
	return fail("%s%s%s; see the head of harness/emu_vs_kernel.c", what,
		    value ? " " : "", value ? value : "");
}

static int parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "stacks", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'i' },
		{ "shrink", required_argument, NULL, 's' },
		{ "mode", required_argument, NULL, 'm' },
		{ "scenario", required_argument, NULL, 'c' },
		{ "findings", required_argument, NULL, 'f' },
		{ "bench", no_argument, NULL, 'b' },
		{ "guided", required_argument, NULL, 'g' },
		{ "strict", no_argument, NULL, 'x' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool good = true;

		switch (c) {
		case 't':
			good = parse_u64(optarg, &opt.seconds);
			break;
		case 'n':
			good = parse_u64(optarg, &opt.stacks) && opt.stacks;
			break;
		case 'r':
			good = parse_u64(optarg, &opt.seed);
			break;
		case 'i':
			good = parse_u64(optarg, &opt.from);
			break;
		case 's':
			good = parse_u64(optarg, &opt.shrink) &&
			       opt.shrink <= UINT32_MAX;
			break;
		case 'm':
			opt.mode = optarg;
			break;
		case 'c':
			opt.scenario = scenario_find(optarg);
			good = opt.scenario >= 0;
			break;
		case 'f':
			opt.findings = optarg;
			break;
		case 'b':
			opt.bench = true;
			break;
		case 'g':
			opt.guided = true;
			good = parse_u64(optarg, &opt.share) &&
			       opt.share <= 100;
			break;
		case 'x':
			opt.strict = true;
			break;
		case 'k':
			opt.keep_going = true;
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
		return usage("nothing to do: no file, --seconds, --stacks or "
			     "--bench",
			     NULL);
	return 0;
}

/* All modes that there are, or the one that was asked for. */
static int find_modes(void)
{
	u32 i;

	board->modes = modes_find(board->in_mode, guest);
	if (!opt.mode)
		return 0;
	for (i = 0; i < board->modes; i++) {
		if (strcmp(board->in_mode[i].name, opt.mode))
			continue;
		board->in_mode[0] = board->in_mode[i];
		board->modes = 1;
		return 0;
	}
	return fail("no such mode here: %s; there is %s", opt.mode,
		    board->in_mode[0].name);
}

static enum status run(int argc, char **argv)
{
	double start = now();
	enum status status;
	char **path;

	if (parse(argc, argv))
		return COULD_NOT_RUN;
	for (path = opt.paths; *path; path++) {
		if (inputs_load(*path))
			return COULD_NOT_RUN;
	}
	if (find_modes())
		return COULD_NOT_RUN;
	if (opt.guided && !guest)
		return fail("--guided is for guests");
	if (opt.guided && guided_begin())
		return COULD_NOT_RUN;
	summary_self = argv[0];
	board->iteration = board->mode_began = opt.from;
	status = supervise(start);
	return board->failed                        ? FINDING
	       : status == HOLDS && board->unproven ? COULD_NOT_RUN
						    : status;
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
	status = summary_end(status, now() - start);
	if (guest)
		guest_exit();
	return status;
}
