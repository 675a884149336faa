// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seccomp filters that a program attaches, as raw inputs.
 *
 *	capture [-o DIR] [-n NAME] [-t SECONDS] [-q SECONDS] PROGRAM [ARG...]
 *
 * Runs PROGRAM under ptrace with all that it starts. Whenever a task attaches a
 * filter, its whole stack, with what it inherited, is written to
 * DIR/NAME-1.raw, -2.raw, ... unless the same was written before. A stack of
 * more filters than an input can hold is cut to the newest. For each file one
 * line on standard output: its name, a tab, and the lengths of its filters,
 * oldest first.
 *
 * What PROGRAM does otherwise and how it ends don't matter. It is killed, with
 * its children, after -t seconds (10), or -q seconds (10) after its last new
 * filter. Its output goes to standard error.
 *
 * Exit status: 0 something was captured; 1 nothing was; 2 could not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/audit.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>

#include "../src/input.h"

#define NOTHING   1
#define COULD_NOT 2

#if defined(__x86_64__)
#define PLATFORM          0
#define COMPAT_ARCH       AUDIT_ARCH_I386
#define COMPAT_NR_PRCTL   172
#define COMPAT_NR_SECCOMP 354
#elif defined(__aarch64__)
#define PLATFORM          1
#define COMPAT_ARCH       AUDIT_ARCH_ARM
#define COMPAT_NR_PRCTL   172
#define COMPAT_NR_SECCOMP 383
#elif defined(__s390x__)
#define PLATFORM          2
#define COMPAT_ARCH       AUDIT_ARCH_S390
#define COMPAT_NR_PRCTL   172
#define COMPAT_NR_SECCOMP 348
#else
#error "no platform of struct input is this machine"
#endif

/* Filters are shared between the tasks that inherit them, and never freed. */
struct attached {
	struct attached *older;
	u32 len;
	struct sock_filter insns[];
};

struct task {
	pid_t tid;
	pid_t tgid;
	bool stopped;     /* seen before its creator told of it: it waits */
	bool whole_group; /* the attach in flight is for all threads */
	struct attached *stack;
	struct attached *pending; /* being attached by the call in flight */
};

struct written {
	struct written *next;
	size_t size;
	u8 data[];
};

static struct task *tasks;
static size_t nr_tasks, max_tasks;
static struct written *all_written;
static unsigned int nr_written;

static const char *dir = ".";
static const char *name;
static double quiet = 10, deadline;

static struct input input;
static u8 raw[INPUT_MAX_SIZE];

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt,
								...)
{
	va_list ap;

	fputs("capture: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(COULD_NOT);
}

static void *grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		die("out of memory");
	return p;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * Tasks
 */

static struct task *task_find(pid_t tid)
{
	size_t i;

	for (i = 0; i < nr_tasks; i++)
		if (tasks[i].tid == tid)
			return &tasks[i];
	return NULL;
}

static struct task *task_add(pid_t tid)
{
	if (nr_tasks == max_tasks) {
		max_tasks = max_tasks ? 2 * max_tasks : 64;
		tasks = grow(tasks, max_tasks * sizeof(*tasks));
	}
	tasks[nr_tasks] = (struct task){ .tid = tid };
	return &tasks[nr_tasks++];
}

static void task_remove(pid_t tid)
{
	struct task *t = task_find(tid);

	if (t)
		*t = tasks[--nr_tasks];
}

/* The thread group, which decides what TSYNC changes. */
static pid_t read_tgid(pid_t tid)
{
	char path[64], line[256];
	pid_t tgid = tid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	f = fopen(path, "r");
	if (!f)
		return tid;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	fclose(f);
	return tgid;
}

static void resume(pid_t tid, int sig)
{
	/* Fails only if the task is gone. */
	ptrace(PTRACE_SYSCALL, tid, NULL, (unsigned long)sig);
}

/*
 * Output
 */

static bool written_before(size_t size)
{
	struct written *w;

	for (w = all_written; w; w = w->next)
		if (w->size == size && !memcmp(w->data, raw, size))
			return true;
	return false;
}

static void write_raw(size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s-%u.raw", dir, name,
		     nr_written) >= (int)sizeof(path))
		die("%s: name too long", dir);
	f = fopen(path, "w");
	if (!f)
		die("%s: %s", path, strerror(errno));
	fwrite(raw, 1, size, f);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
}

static void save(struct attached *newest)
{
	struct stack s = { 0 };
	struct attached *a;
	struct written *w;
	int size;
	u32 i;

	for (a = newest; a && s.depth < STACK_MAX_FILTERS; a = a->older)
		s.depth++;
	for (a = newest, i = s.depth; i-- > 0; a = a->older)
		s.filter[i] = (struct filter){ a->insns, a->len };

	input.platform = PLATFORM;
	input.seed = 0;
	input_set_stack(&input, &s);
	size = input_write(&input, raw, sizeof(raw));
	if (size < 0)
		die("a stack has no raw form: %s", strerror(-size));
	if (written_before(size))
		return;

	w = grow(NULL, sizeof(*w) + size);
	w->next = all_written;
	w->size = size;
	memcpy(w->data, raw, size);
	all_written = w;
	nr_written++;

	write_raw(size);
	printf("%s-%u.raw\t", name, nr_written);
	for (i = 0; i < s.depth; i++)
		printf("%s%u", i ? "+" : "", s.filter[i].len);
	printf("\n");
	fflush(stdout);

	if (now() + quiet < deadline)
		deadline = now() + quiet;
}

/*
 * Attaching
 */

/* By words, with ptrace: works where process_vm_readv() is refused. */
static bool read_tracee(pid_t tid, u64 from, void *to, size_t size)
{
	char *p = to;
	size_t done, part;
	long word;

	for (done = 0; done < size; done += part) {
		part = size - done < sizeof(word) ? size - done : sizeof(word);
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, tid, (unsigned long)from + done,
			      NULL);
		if (errno)
			return false;
		memcpy(p + done, &word, part);
	}
	return true;
}

static struct attached *read_filter(pid_t tid, u64 addr, bool compat)
{
	struct attached *a;
	u64 insns;
	u16 len;

	if (compat) {
		struct {
			u16 len;
			u32 filter;
		} prog;

		if (!read_tracee(tid, addr, &prog, sizeof(prog)))
			return NULL;
		len = prog.len;
		insns = prog.filter;
	} else {
		struct {
			u16 len;
			u64 filter;
		} prog;

		if (!read_tracee(tid, addr, &prog, sizeof(prog)))
			return NULL;
		len = prog.len;
		insns = prog.filter;
	}
	if (len == 0 || len > FILTER_MAX_INSNS)
		return NULL;

	a = grow(NULL, sizeof(*a) + len * sizeof(a->insns[0]));
	a->len = len;
	if (read_tracee(tid, insns, a->insns, len * sizeof(a->insns[0])))
		return a;
	free(a);
	return NULL;
}

static void syscall_entry(struct task *t, u32 arch, u64 nr, const __u64 *args)
{
	bool compat = arch == COMPAT_ARCH;

	t->pending = NULL;
	t->whole_group = false;

#ifdef __X32_SYSCALL_BIT
	/* x32 shares the arch and most numbers, but pointers are 32 bits. */
	if (nr & __X32_SYSCALL_BIT) {
		nr &= ~(u64)__X32_SYSCALL_BIT;
		compat = true;
	} else
#endif
		if (compat) {
		if (nr == COMPAT_NR_PRCTL)
			nr = __NR_prctl;
		else if (nr == COMPAT_NR_SECCOMP)
			nr = __NR_seccomp;
		else
			return;
	}

	if (nr == __NR_prctl && args[0] == PR_SET_SECCOMP &&
	    args[1] == SECCOMP_MODE_FILTER) {
		t->pending = read_filter(t->tid, args[2], compat);
	} else if (nr == __NR_seccomp && args[0] == SECCOMP_SET_MODE_FILTER) {
		t->pending = read_filter(t->tid, args[2], compat);
		t->whole_group = args[1] & SECCOMP_FILTER_FLAG_TSYNC;
	}
}

static void syscall_exit(struct task *t, s64 result, bool error)
{
	struct attached *a = t->pending;
	size_t i;

	if (!a)
		return;
	t->pending = NULL;
	/* With TSYNC a positive result is a thread that can't follow. */
	if (error || (t->whole_group && result > 0)) {
		free(a);
		return;
	}
	a->older = t->stack;
	t->stack = a;
	if (t->whole_group)
		for (i = 0; i < nr_tasks; i++)
			if (tasks[i].tgid == t->tgid)
				tasks[i].stack = a;
	save(a);
}

/*
 * Events
 */

static void on_syscall(struct task *t)
{
	struct ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) < 0) {
		if (errno != ESRCH)
			die("PTRACE_GET_SYSCALL_INFO: %s", strerror(errno));
		return;
	}
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		syscall_entry(t, info.arch, info.entry.nr, info.entry.args);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		syscall_exit(t, info.exit.rval, info.exit.is_error);
}

static void on_create(pid_t tid)
{
	unsigned long message = 0;
	struct attached *stack;
	struct task *child;

	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message) < 0)
		return;
	stack = task_find(tid)->stack;
	child = task_find(message);
	if (!child)
		child = task_add(message);
	child->stack = stack;
	/* Now, not when it first stops: a TSYNC may be seen before that. */
	child->tgid = read_tgid(child->tid);
	if (child->stopped)
		resume(child->tid, 0);
}

/* A thread that executes takes the number of its group's leader. */
static void on_exec(pid_t tid)
{
	unsigned long former = 0;
	struct task *t;

	if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &former) < 0 ||
	    (pid_t)former == tid)
		return;
	t = task_find(former);
	if (t) {
		struct attached *stack = t->stack;

		task_remove(former);
		task_find(tid)->stack = stack;
	}
}

static void on_stop(pid_t tid, int status)
{
	struct task *t = task_find(tid);
	int event = status >> 16;
	int sig = WSTOPSIG(status);

	/* A leader that was gone already, and whose number a thread takes. */
	if (!t && event == PTRACE_EVENT_EXEC)
		t = task_add(tid);
	if (!t) {
		task_add(tid)->stopped = true;
		return;
	}
	if (sig == (SIGTRAP | 0x80)) {
		on_syscall(t);
		sig = 0;
	} else if (event) {
		if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		    event == PTRACE_EVENT_CLONE)
			on_create(tid);
		else if (event == PTRACE_EVENT_EXEC)
			on_exec(tid);
		sig = 0;
	}
	resume(tid, sig);
}

static void on_alarm(int sig)
{
}

/* Returns when nothing is left to trace, or the time is over. */
static void trace(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int status;
	pid_t tid;

	/*
	 * Nothing but a signal ends a wait early. It comes again, should it
	 * hit just before the wait.
	 */
	sigaction(SIGALRM, &sa, NULL);
	while (nr_tasks) {
		double left = deadline - now();

		if (left <= 0)
			return;
		if (left > 0.1)
			left = 0.1;
		ualarm((useconds_t)(left * 1e6) + 1, 10000);
		tid = waitpid(-1, &status, __WALL);
		ualarm(0, 0);
		if (tid < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (WIFSTOPPED(status))
			on_stop(tid, status);
		else
			task_remove(tid);
	}
}

/*
 * Starting
 */

static void child(char **argv, int error_fd)
{
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		dup2(null, 0);
	dup2(2, 1);
	/* A group of its own: a program that kills its group spares us. */
	setsid();
	raise(SIGSTOP);
	execvp(argv[0], argv);
	dprintf(error_fd, "%s: %s", argv[0], strerror(errno));
	_exit(127);
}

static void start(char **argv, int *error_fd)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD |
				      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
				      PTRACE_O_EXITKILL;
	struct task *t;
	int status;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		child(argv, fds[1]);
	close(fds[1]);
	*error_fd = fds[0];

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("the child did not stop");
	if (ptrace(PTRACE_SEIZE, pid, NULL, options)) {
		int err = errno;

		kill(pid, SIGKILL);
		die("ptrace: %s", strerror(err));
	}
	t = task_add(pid);
	t->tgid = pid;
	kill(pid, SIGCONT);
}

static double seconds(const char *text)
{
	char *end;
	double d = strtod(text, &end);

	if (end == text || *end || !(d > 0 && d < 1e6))
		die("'%s' is not a number of seconds", text);
	return d;
}

int main(int argc, char **argv)
{
	const char *usage = "usage: capture [-o DIR] [-n NAME] [-t SECONDS] "
			    "[-q SECONDS] PROGRAM [ARG...]";
	double limit = 10;
	char error[512];
	int error_fd;
	ssize_t n;
	int opt;

	opterr = 0;
	while ((opt = getopt(argc, argv, "+ho:n:t:q:")) != -1) {
		switch (opt) {
		case 'o':
			dir = optarg;
			break;
		case 'n':
			name = optarg;
			break;
		case 't':
			limit = seconds(optarg);
			break;
		case 'q':
			quiet = seconds(optarg);
			break;
		case 'h':
			puts(usage);
			return 0;
		default:
			die("%s", usage);
		}
	}
	if (optind == argc)
		die("%s", usage);
	if (!name) {
		const char *slash = strrchr(argv[optind], '/');

		name = slash ? slash + 1 : argv[optind];
	}
	if (access(dir, W_OK | X_OK))
		die("%s: %s", dir, strerror(errno));

	deadline = now() + limit;
	start(argv + optind, &error_fd);
	trace();

	/* The tracees that are left die with this process: O_EXITKILL. */
	fcntl(error_fd, F_SETFL, O_NONBLOCK);
	n = read(error_fd, error, sizeof(error) - 1);
	if (n > 0) {
		error[n] = 0;
		die("%s", error);
	}
	return nr_written ? 0 : NOTHING;
}
