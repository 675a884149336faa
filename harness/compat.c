// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kernel/module/bitproof.h"
#include "compat.h"
#include "compat/orders.h"
#include "kcov.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

_Static_assert(TASK_MAX_CALLS == ORDERS_CALLS, "calls of a task");
_Static_assert(STACK_MAX_FILTERS == ORDERS_FILTERS, "filters of a task");
_Static_assert(sizeof(struct bitproof_bits) == sizeof(struct order_bits),
	       "bits of a filter");
_Static_assert(FILTER_MAX_INSNS == ORDERS_INSNS, "length of a filter");

/* The runner for this machine, a file that the Makefile names. */
__asm__(".section .rodata\n"
	".globl runner_begin, runner_end\n"
	"runner_begin:\n"
	"	.incbin \"" RUNNER_FILE "\"\n"
	"runner_end:\n"
	".previous\n");
extern const u8 runner_begin[], runner_end[];

static struct {
	int program, memory; /* files */
	int socket;
	pid_t pid;
	struct orders *orders;
	const char *what; /* could not be done */
	int error;
} runner = { -1, -1, -1, 0, NULL, "not set up", 0 };

static bool cannot(const char *what)
{
	runner.what = what;
	runner.error = errno;
	return false;
}

/*
 * A file that no directory has. Old kernels don't know MFD_EXEC, new ones may
 * insist on it, and a small guest has no memfd, but a root directory in memory.
 */
static int new_file(const char *name)
{
	int fd = syscall(SYS_memfd_create, name, MFD_CLOEXEC | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_memfd_create, name, MFD_CLOEXEC);
	if (fd < 0 && errno == ENOSYS)
		fd = open("/", O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
	return fd;
}

/* The same file, not for writing: else it would be too busy to be executed. */
static int reopen(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return again;
}

static bool create(void)
{
	size_t size = runner_end - runner_begin;

	runner.program = new_file("runner");
	runner.memory = new_file("orders");
	if (runner.program < 0 || runner.memory < 0)
		return cannot("making a file in memory");
	if (write(runner.program, runner_begin, size) != (ssize_t)size ||
	    ftruncate(runner.memory, sizeof(struct orders)))
		return cannot("filling a file in memory");
	runner.program = reopen(runner.program);
	if (runner.program < 0)
		return cannot("opening a file in memory");
	runner.what = NULL;
	return true;
}

void compat_create(void)
{
	create();
}

/* The runner shall have no more than we have. */
static bool own_capabilities(u32 *caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	caps[0] = data[0].effective;
	caps[1] = data[1].effective;
	return true;
}

static void execute(int socket)
{
	char *none[] = { NULL }, *argv[] = { "runner", NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (dup2(socket, STDIN_FILENO) >= 0 &&
	    dup2(runner.memory, STDOUT_FILENO) >= 0 &&
	    (kcov_file() < 0 || dup2(kcov_file(), STDERR_FILENO) >= 0))
		syscall(SYS_execveat, runner.program, "", argv, none,
			AT_EMPTY_PATH);
	_exit(errno);
}

/* How it ended that should have run. */
static bool ended(int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	errno = 0;
	switch (code) {
	case RUNNER_CANNOT_MAP:
		return cannot("it can't map its memory");
	case RUNNER_CANNOT_DROP:
		return cannot("it can't drop capabilities");
	case RUNNER_CANNOT_HANDLE:
		return cannot("it can't handle signals");
	case RUNNER_CANNOT_CLONE:
		return cannot("it can't clone a task");
	}
	errno = code;
	return cannot(code ? "executing it" : "it died");
}

/* It tells by a task that does nothing, or by its end. */
static bool started(void)
{
	struct task none = { 0 };
	int status;
	pid_t pid;

	/* What it is at if this fails is told by how it ends. */
	compat_start(&none);
	pid = waitpid(-1, &status, __WALL);
	if (pid == runner.pid)
		return ended(status);
	return (pid > 0 && pid == compat_pid()) || cannot("its first task");
}

static bool start(void)
{
	int ends[2];

	runner.orders =
		mmap(NULL, sizeof(*runner.orders), PROT_READ | PROT_WRITE,
		     MAP_SHARED, runner.memory, 0);
	if (runner.orders == MAP_FAILED)
		return cannot("mapping its memory");
	memset(runner.orders, 0, offsetof(struct orders, insns));
	runner.orders->kcov = kcov_file() >= 0;
	if (!own_capabilities(runner.orders->caps))
		return cannot("capget");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return cannot("a socket");
	runner.pid = fork();
	if (!runner.pid)
		execute(ends[1]);
	close(ends[1]);
	runner.socket = ends[0];
	return runner.pid > 0 ? started() : cannot("fork");
}

void compat_setup(void)
{
	if (!runner.what)
		start();
}

const char *compat_error(void)
{
	static char text[128];

	if (!runner.what)
		return NULL;
	snprintf(text, sizeof(text), "%s%s%s", runner.what,
		 runner.error ? ": " : "",
		 runner.error ? strerror(runner.error) : "");
	return text;
}

bool compat_admin(void)
{
	return runner.orders->caps[0] >> CAP_SYS_ADMIN & 1;
}

u64 compat_ip(u32 runner_entry)
{
	return runner.what ? 0 : runner.orders->ip[runner_entry];
}

void compat_range(bool acting, u64 *from, u64 *to)
{
	const struct orders *o = runner.orders;

	*from = acting ? o->acting : o->plain;
	*to = acting ? o->end : o->acting;
}

const void *compat_bits(u64 *address)
{
	*address = ORDERS_ADDRESS + offsetof(struct orders, bits);
	return runner.orders->bits;
}

u64 compat_prog(u32 i)
{
	return ORDERS_ADDRESS + offsetof(struct orders, prog[i]);
}

static struct order_call order_call(const struct call *c)
{
	struct order_call o = { .entry = entries[c->entry].runner - 1,
				.nr = c->nr };
	u32 i;

	for (i = 0; i < 6; i++)
		o.args[i] = c->args[i];
	return o;
}

static void order(const struct task *t, struct orders *o)
{
	u32 i;

	o->two_threads = t->two_threads;
	o->own_memory = t->own_memory;
	o->no_new_privs = t->no_new_privs;
	o->unprivileged = t->unprivileged;
	o->stop = !!t->look;
	o->attachments = t->attachments;
	o->calls = t->calls;
	o->pid = 0;
	o->tid = 0;
	o->attached = 0;
	o->next = 0;
	for (i = 0; i < t->attachments; i++) {
		const struct attachment *a = &t->attach[i];
		size_t size = a->prog.len * sizeof(*o->insns[i]);

		o->attach[i] = order_call(&a->call);
		o->expected[i] = a->expected;
		o->attach_result[i].seen = SEEN_NOTHING;
		o->prog[i].len = a->prog.len;
		o->prog[i].insns =
			ORDERS_ADDRESS + offsetof(struct orders, insns[i]);
		/* What has no legal length is not read. */
		if (a->prog.len <= ORDERS_INSNS)
			memcpy(o->insns[i], a->prog.filter, size);
	}
	for (i = 0; i < t->calls; i++) {
		o->call[i] = order_call(&t->call[i]);
		o->result[i].seen = SEEN_NOTHING;
	}
}

int compat_start(const struct task *t)
{
	order(t, runner.orders);
	return send(runner.socket, "", 1, MSG_NOSIGNAL) == 1 ? 0 : EOWNERDEAD;
}

pid_t compat_pid(void)
{
	return runner.orders->pid;
}

bool compat_is_runner(pid_t pid)
{
	return pid == runner.pid;
}

static struct result result(const struct order_result *r)
{
	return (struct result){
		.seen = r->seen,
		.value = r->value,
		.trap = { r->code, r->error, r->nr, r->arch, r->addr },
	};
}

void compat_collect(struct task *t)
{
	const struct orders *o = runner.orders;
	u32 i;

	t->tid = t->two_threads ? o->tid : o->pid;
	t->attached = o->attached;
	t->next = o->next;
	for (i = 0; i < t->attached; i++) {
		const struct order_result *r = &o->attach_result[i];

		t->attach[i].ret =
			r->seen == SEEN_RETURN ? r->value : ATTACH_TRAPPED;
	}
	for (i = 0; i < t->calls; i++)
		t->result[i] = result(&o->result[i]);
}
