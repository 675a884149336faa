// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compat.h"
#include "compat/orders.h"
#include "kcov.h"
#include "module.h"
#include "task.h"

#define STACK_SIZE 65536

/*
 * How long a task may take. A JIT that hides the constants of 12,000 instructions
 * needs 3 seconds on an emulated machine that has a processor for itself, and many
 * times that where it shares one.
 */
#define HANG_SECONDS	 10
#define INSNS_PER_SECOND 200

static struct task *task;
static u8 *stacks;
static volatile int *wall; /* a page that faults */
static volatile sig_atomic_t ticks;

/* Inside the task: no C library from here on but sigsetjmp(). */

s64 task_syscall(long nr, u64 a, u64 b, u64 c, u64 d)
{
	u64 args[6] = { a, b, c, d };

	return entries[ENTRY_ACTING(0)].enter(nr, args);
}

void task_fault(void)
{
	(void)*wall;
}

bool task_parted(const struct task *t)
{
	const struct attachment *last = &t->attach[t->attached - 1];

	return t->attached && last->ret != last->expected;
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	struct result *r;

	if (!task->next) {
		task->attach[task->attached - 1].ret = ATTACH_TRAPPED;
		siglongjmp(task->jump, 1);
	}
	r = &task->result[task->next - 1];
	r->trap.code = info->si_code;
	r->trap.error = info->si_errno;
	r->trap.nr = info->si_syscall;
	r->trap.arch = info->si_arch;
	r->trap.addr = (uintptr_t)info->si_call_addr;
	r->seen = SEEN_TRAP;
	/* Not by rt_sigreturn(), which the filters may deny. */
	siglongjmp(task->jump, 1);
}

/* SIGSEGV stays blocked after this one, so the next fault is the end. */
static void on_sigsegv(int sig)
{
	task->looked = true;
	siglongjmp(task->jump, 1);
}

void task_give_up(void)
{
	task_syscall(SYS_exit_group, SETUP_FAILED, 0, 0, 0);
}

static s64 drop_capabilities(void)
{
	static struct __user_cap_header_struct head;
	static const struct __user_cap_data_struct none[2];

	head.version = _LINUX_CAPABILITY_VERSION_3;
	return task_syscall(SYS_capset, (uintptr_t)&head, (uintptr_t)none, 0,
			    0);
}

void task_prepare(void)
{
	u64 segv = 1ull << (SIGSEGV - 1);
	s64 error = 0;

	if (task->unprivileged)
		error = drop_capabilities();
	if (!error && task->no_new_privs)
		error = task_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
	if (!error && (task->look || task->stopped))
		error = task_syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	else if (!error)
		error = task_syscall(SYS_rt_sigprocmask, SIG_BLOCK,
				     (uintptr_t)&segv, 0, sizeof(segv));
	if (error)
		task_give_up();
}

void task_attach(u32 until, bool stop)
{
	if (!sigsetjmp(task->jump, 0)) {
		while (task->attached < until && !task_parted(task)) {
			struct attachment *a = &task->attach[task->attached++];

			a->ret = call_make(&a->call);
		}
		if (stop)
			task_fault();
	}
	if (task_parted(task))
		task_fault();
}

void task_make_calls(void)
{
	/* Comes back here after a TRAP; the loop's state is in memory. */
	sigsetjmp(task->jump, 0);
	while (task->next < task->calls) {
		u32 i = task->next;

		task->next = i + 1;
		task->result[i].value = call_make(&task->call[i]);
		task->result[i].seen = SEEN_RETURN;
	}
	task->next = task->calls + 1;
	/* Blocked: no handler runs, the kernel ends the process. */
	task_fault();
}

static int filtered(void *unused)
{
	kcov_task();
	module_forget_bits();
	if (task->body) {
		task->body(task);
		task_give_up();
	}
	task_prepare();
	task_attach(task->attachments, task->look || task->stopped);
	task_make_calls();
	return 0;
}

pid_t task_thread(int (*fn)(void *))
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
		    CLONE_CHILD_CLEARTID;

	task->alive = -1;
	if (clone(fn, stacks + 2 * STACK_SIZE, flags, NULL, &task->tid, NULL,
		  &task->alive) < 0)
		task_give_up();
	return task->tid;
}

/* The thread without filters. */
static int bystander(void *unused)
{
	pid_t tid;

	task_thread(filtered);
	while ((tid = task->alive))
		task_syscall(SYS_futex, (uintptr_t)&task->alive, FUTEX_WAIT,
			     tid, 0);
	task_syscall(SYS_exit_group, THREAD_LIVES, 0, 0, 0);
	return 0;
}

/* Outside of it. */

static void on_tick(int sig)
{
	ticks++;
}

int task_setup(void)
{
	struct sigaction trap = { .sa_sigaction = on_sigsys,
				  .sa_flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction fault = { .sa_handler = on_sigsegv };
	struct sigaction tick = { .sa_handler = on_tick };
	struct itimerval second = { { 1, 0 }, { 1, 0 } };

	task = mmap(NULL, sizeof(*task), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	wall = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (task == MAP_FAILED || stacks == MAP_FAILED || wall == MAP_FAILED)
		return ENOMEM;

	/* Tasks die by the thousand: no core files. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    sigaction(SIGSYS, &trap, NULL) ||
	    sigaction(SIGSEGV, &fault, NULL) ||
	    sigaction(SIGALRM, &tick, NULL) ||
	    setitimer(ITIMER_REAL, &second, NULL))
		return errno;
	return 0;
}

struct task *task_new(void)
{
	/* The arrays are not read beyond what is in them. */
	memset(task, 0, offsetof(struct task, attach));
	task->calls = 0;
	task->look = NULL;
	return task;
}

struct task *task_filtered(struct sock_filter *insns, u32 len)
{
	struct task *t = task_new();

	t->no_new_privs = true;
	t->attachments = 1;
	t->attach[0] = (struct attachment){
		.call = { .entry = ENTRY_ACTING(ENTRY_NATIVE),
			  .nr = SYS_seccomp,
			  .args = { SECCOMP_SET_MODE_FILTER, 0,
				    task_prog(0, false) } },
		.prog = { len, insns },
	};
	return t;
}

u64 task_prog(u32 i, bool compat)
{
	return compat ? compat_prog(i) : (uintptr_t)&task->attach[i].prog;
}

static void forget(struct task *t)
{
	u32 i;

	t->attached = 0;
	t->next = 0;
	t->looked = false;
	t->tid = 0;
	for (i = 0; i < t->calls; i++)
		t->result[i].seen = SEEN_NOTHING;
}

static enum task_end how_it_ended(const struct task *t)
{
	int s = t->status;

	if (WIFSIGNALED(s) && WTERMSIG(s) == SIGSYS)
		return END_SIGSYS;
	if (WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV &&
	    (t->next > t->calls || task_parted(t)))
		return END_FINISHED;
	if (t->two_threads && WIFEXITED(s) && WEXITSTATUS(s) == THREAD_LIVES)
		return END_THREAD;
	return END_UNKNOWN;
}

void task_look(struct task *t, pid_t tid)
{
	if (t->look)
		t->look(tid, t->context);
	ptrace(PTRACE_DETACH, tid, NULL, WSTOPSIG(t->status));
}

static int patience(const struct task *t)
{
	u32 i, insns = 0;

	for (i = 0; i < t->attachments; i++)
		insns += t->attach[i].prog.len;
	return HANG_SECONDS + insns / INSNS_PER_SECOND;
}

static int wait_for(struct task *t)
{
	int end = ticks + patience(t);

	for (;;) {
		pid_t pid = waitpid(-1, &t->status, __WALL);

		if (pid < 0 && errno != EINTR)
			return errno;
		if (t->compat)
			t->pid = compat_pid();
		if (t->compat && compat_is_runner(pid))
			return EOWNERDEAD;
		if (pid < 0 && ticks >= end) {
			if (!t->pid)
				return EOWNERDEAD;
			kill(t->pid, SIGKILL);
			t->end = END_HUNG;
		} else if (pid > 0 && WIFSTOPPED(t->status)) {
			(t->stopped ?: task_look)(t, pid);
		} else if (pid == t->pid) {
			break;
		}
	}
	if (t->compat)
		compat_collect(t);
	if (t->end != END_HUNG)
		t->end = how_it_ended(t);
	return WIFEXITED(t->status) && WEXITSTATUS(t->status) == SETUP_FAILED
		       ? EPERM
		       : 0;
}

static int start(struct task *t)
{
	int flags = SIGCHLD | t->share |
		    (t->own_memory ? 0 : CLONE_VM | CLONE_FS | CLONE_FILES);
	u8 *top = stacks + STACK_SIZE;

	t->pid = 0;
	if (t->compat)
		return compat_start(t);
	t->pid = clone(t->two_threads ? bystander : filtered, top, flags, NULL);
	return t->pid < 0 ? errno : 0;
}

int task_run(struct task *t)
{
	int error;

	forget(t);
	t->end = END_FINISHED;
	error = start(t);
	if (error)
		return error;
	if (!t->two_threads)
		t->tid = t->pid;
	return wait_for(t);
}
