// SPDX-License-Identifier: GPL-2.0-only
/*
 * runner - a compat program that runs tasks under test
 *
 * harness/task.c runs tasks of the native ABI; this is the same for the 32-bit
 * one: tasks attach a stack and make calls, stop and end by page faults, and
 * leave what they saw in memory that is shared with the harness. The runner is
 * executed once, and for each byte that it reads it makes a task out of itself,
 * whose parent is the harness.
 *
 * Standard input is the socket that the bytes come from, standard output the
 * file that has struct orders, standard error is that of KCOV if the orders say so.
 * Static, with no C library, at RUNNER_TEXT.
 */
#include "arch.h"
#include "orders.h"

/* linux/sched.h, signal.h and so on, the same on all three machines. */
enum {
	CLONE_VM = 0x100,
	CLONE_FS = 0x200,
	CLONE_FILES = 0x400,
	CLONE_SIGHAND = 0x800,
	CLONE_PARENT = 0x8000,
	CLONE_THREAD = 0x10000,
	CLONE_SYSVSEM = 0x40000,
	CLONE_PARENT_SETTID = 0x100000,
	CLONE_CHILD_CLEARTID = 0x200000,

	SIGSEGV = 11,
	SIGCHLD = 17,
	SIGSYS = 31,
	SIG_BLOCK = 0,
	SA_SIGINFO = 4,
	SA_NODEFER = 0x40000000,

	FUTEX_WAIT = 0,
	PROT_READ_WRITE = 3,
	MAP_SHARED_FIXED = 0x11,
	PR_SET_DUMPABLE = 4,
	PR_SET_NO_NEW_PRIVS = 38,
	PTRACE_TRACEME = 0,
	AT_SYSINFO = 32,
	KCOV_ENABLE = 0x6364,
	KCOV_TRACE_PC = 0,
};

#define CAPABILITY_VERSION_3 0x20080522
#define STACK_SIZE           16384
#define STACK_FRAME          128 /* room that an ABI wants above the first frame */

/* As in harness/task.h. */
enum { SEEN_NOTHING, SEEN_RETURN, SEEN_TRAP };

struct sigaction {
	void *handler;
	u32 flags;
	void *restorer;
	u32 mask[2];
};

struct siginfo {
	s32 signo, error, code;
	u32 addr;
	s32 nr;
	u32 arch;
};

static struct orders *const orders = (struct orders *)ORDERS_ADDRESS;
static u8 stacks[2][STACK_SIZE] __attribute__((aligned(16)));
static u32 top; /* of the stack that the filtered thread has */
static volatile int *volatile wall;

void runner(const u32 *sp);

static u32 address(const volatile void *p)
{
	return (u32)(__UINTPTR_TYPE__)p;
}

static s32 raw(u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	u32 args[6] = { a, b, c, d };

	return enter_acting(nr, args);
}

static void fault(void)
{
	*wall = 0;
}

static void __attribute__((noreturn)) quit(u32 status)
{
	for (;;)
		raw(NR_EXIT_GROUP, status, 0, 0, 0);
}

/* ---- the task --------------------------------------------------------------*/

static s32 make(const struct order_call *c)
{
#ifdef __i386__
	if (c->entry == RUNNER_FAST)
		return enter_fast(c->nr, c->args);
#endif
	return c->entry == RUNNER_ACTING ? enter_acting(c->nr, c->args)
					 : enter_plain(c->nr, c->args);
}

static u32 parted(void)
{
	u32 i = orders->attached - 1;
	const struct order_result *r = &orders->attach_result[i];

	return orders->attached &&
	       (r->seen != SEEN_RETURN || r->value != orders->expected[i]);
}

static s32 give_up_privilege(void)
{
	u32 head[2] = { CAPABILITY_VERSION_3, 0 }, none[6] = { 0 };

	return raw(NR_CAPSET, address(head), address(none), 0, 0);
}

/* As kcov_task(). */
static s32 be_looked_at(void)
{
	return orders->kcov ? raw(NR_IOCTL, 2 /* standard error */, KCOV_ENABLE,
				  KCOV_TRACE_PC, 0)
			    : 0;
}

static s32 prepare(void)
{
	u32 segv[2] = { 1u << (SIGSEGV - 1), 0 };
	s32 error = 0;

	if (orders->unprivileged)
		error = give_up_privilege();
	if (!error && orders->no_new_privs)
		error = raw(NR_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0);
	if (!error && orders->stop)
		error = raw(NR_PTRACE, PTRACE_TRACEME, 0, 0, 0);
	else if (!error)
		error = raw(NR_RT_SIGPROCMASK, SIG_BLOCK, address(segv), 0,
			    sizeof(segv));
	return error;
}

/* Begins again here after a TRAP. */
static void make_calls(void)
{
	while (orders->next < orders->calls) {
		u32 i = orders->next;

		orders->next = i + 1;
		orders->result[i].value = make(&orders->call[i]);
		orders->result[i].seen = SEEN_RETURN;
	}
	orders->next = orders->calls + 1;
	/* Blocked: no handler runs, the kernel ends the process. */
	fault();
}

static void attached(void)
{
	if (parted())
		fault();
	make_calls();
}

/* A module can write to a page that is there, and so it is. */
static void forget_bits(void)
{
	u32 i;

	for (i = 0; i < ORDERS_FILTERS; i++)
		orders->bits[i].filters = 0;
}

static void filtered(void)
{
	forget_bits();
	if (be_looked_at() || prepare())
		quit(SETUP_FAILED);
	while (orders->attached < orders->attachments && !parted()) {
		u32 i = orders->attached++;

		orders->attach_result[i].value = make(&orders->attach[i]);
		orders->attach_result[i].seen = SEEN_RETURN;
	}
	if (orders->stop)
		fault();
	attached();
}

/* Handlers don't return: the filters may deny rt_sigreturn(). */
static void on_sigsys(s32 sig, const struct siginfo *info, void *context)
{
	struct order_result *r;

	if (!orders->next) {
		orders->attach_result[orders->attached - 1].seen = SEEN_TRAP;
		restart(attached, top);
	}
	r = &orders->result[orders->next - 1];
	r->code = info->code;
	r->error = info->error;
	r->nr = info->nr;
	r->arch = info->arch;
	r->addr = info->addr;
	r->seen = SEEN_TRAP;
	restart(make_calls, top);
}

/* SIGSEGV stays blocked after this one, so the next fault is the end. */
static void on_sigsegv(s32 sig)
{
	restart(attached, top);
}

static u32 stack_top(u32 i)
{
	return address(stacks[i]) + STACK_SIZE - STACK_FRAME;
}

/* The thread without filters. */
static void bystander(void)
{
	u32 flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
		    CLONE_CHILD_CLEARTID;
	u32 args[6] = CLONE_ARGS(flags, stack_top(1), address(&orders->tid),
				 address(&orders->alive));
	s32 tid;

	orders->alive = -1;
	if (spawn(NR_CLONE, args, filtered) < 0)
		quit(SETUP_FAILED);
	while ((tid = orders->alive))
		raw(NR_FUTEX, address(&orders->alive), FUTEX_WAIT, tid, 0);
	quit(THREAD_LIVES);
}

/* ---- the runner ------------------------------------------------------------*/

static s32 start_task(void)
{
	u32 flags =
		CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD |
		(orders->own_memory ? 0 : CLONE_VM | CLONE_FS | CLONE_FILES);
	u32 args[6] = CLONE_ARGS(flags, stack_top(0), address(&orders->pid), 0);

	top = stack_top(!!orders->two_threads);
	return spawn(NR_CLONE, args,
		     orders->two_threads ? bystander : filtered);
}

static s32 map_orders(void)
{
	u32 args[6] = { ORDERS_ADDRESS,          sizeof(struct orders),
			PROT_READ_WRITE,         MAP_SHARED_FIXED,
			1 /* standard output */, 0 };
#ifdef __s390__
	return raw(NR_MMAP2, address(args), 0, 0, 0);
#else
	return enter_acting(NR_MMAP2, args);
#endif
}

/* Who executes a program as root has all capabilities again. */
static s32 drop_capabilities(void)
{
	u32 head[2] = { CAPABILITY_VERSION_3, 0 };
	u32 caps[2][3]; /* effective, permitted, inheritable */
	s32 error = raw(NR_CAPGET, address(head), address(caps), 0, 0);
	u32 i;

	for (i = 0; i < 2; i++) {
		caps[i][0] &= orders->caps[i];
		caps[i][1] &= orders->caps[i];
	}
	return error ?: raw(NR_CAPSET, address(head), address(caps), 0, 0);
}

static s32 set_handlers(void)
{
	struct sigaction trap = { .handler = on_sigsys,
				  .flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction segv = { .handler = on_sigsegv };
	u32 size = sizeof(trap.mask);

	return raw(NR_PRCTL, PR_SET_DUMPABLE, 0, 0, 0) ?:
	       raw(NR_RT_SIGACTION, SIGSYS, address(&trap), 0, size) ?:
	       raw(NR_RT_SIGACTION, SIGSEGV, address(&segv), 0, size);
}

/*
 * However it goes in, the call returns to what follows an int $0x80 that is
 * there for processors that have nothing faster. Before it, and before the
 * stack is as it was, there is sysenter or syscall.
 */
static void find_fast_entry(const u32 *sp)
{
#ifdef __i386__
	const u8 *code = 0;
	u32 i, fast = 0;

	sp += *sp + 2; /* argc, argv, 0 */
	while (*sp++)
		; /* environment */
	for (; sp[0]; sp += 2) {
		if (sp[0] == AT_SYSINFO)
			code = (const u8 *)sp[1];
	}
	if (!code)
		return;
	for (i = 0; i < 32; i++) {
		if (code[i] == 0x0f &&
		    (code[i + 1] == 0x34 || code[i + 1] == 5))
			fast = 1;
		if (code[i] == 0xcd && code[i + 1] == 0x80 && fast) {
			kernel_vsyscall = address(code);
			orders->ip[RUNNER_FAST] = address(code + i + 2);
			return;
		}
	}
#endif
}

void runner(const u32 *sp)
{
	u8 byte;

	if (map_orders() != (s32)ORDERS_ADDRESS)
		quit(RUNNER_CANNOT_MAP);
	if (drop_capabilities())
		quit(RUNNER_CANNOT_DROP);
	if (set_handlers())
		quit(RUNNER_CANNOT_HANDLE);
	orders->ip[RUNNER_PLAIN] = address(enter_plain_ip);
	orders->ip[RUNNER_ACTING] = address(enter_acting_ip);
	orders->plain = address(plain_begin);
	orders->acting = address(acting_begin);
	orders->end = address(acting_end);
	find_fast_entry(sp);
	orders->ready = 1;
	while (raw(NR_READ, 0, address(&byte), 1, 0) == 1) {
		if (start_task() < 0)
			quit(RUNNER_CANNOT_CLONE);
	}
	quit(0);
}
