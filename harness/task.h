/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task under test: it attaches a stack and makes calls, and any stack may
 * deny it every call. So it makes none but those under test. It writes what it
 * saw into memory that it shares with us, stops by a page fault when we want to
 * look at it from outside, and ends by one. No verdict can get in the way.
 *
 * The task has a process of its own and our memory (CLONE_VM), which is nearly
 * as cheap as a thread. With @two_threads a second thread, without filters,
 * outlives it: then KILL_THREAD and KILL_PROCESS are not the same.
 */
#ifndef BITPROOF_TASK_H
#define BITPROOF_TASK_H

#include <linux/filter.h>
#include <setjmp.h>
#include <sys/types.h>

#include "entry.h"

#define TASK_MAX_CALLS 96
#define ATTACH_TRAPPED (1ll << 40) /* no call returns that */

enum seen {
	SEEN_NOTHING, /* the task ended in it or before it */
	SEEN_RETURN,
	SEEN_TRAP,
};

/* What a call came back with. */
struct result {
	enum seen seen;
	s64 value;
	struct {
		s32 code;
		s32 error;
		s32 nr;
		u32 arch;
		u64 addr;
	} trap; /* of the siginfo */
};

enum task_end {
	END_FINISHED, /* all calls were made */
	END_SIGSYS,   /* the process was killed */
	END_THREAD,   /* the thread was, the other one lives */
	END_UNKNOWN,  /* wait status in @status */
	END_HUNG,
};

struct attachment {
	struct call call;
	struct sock_fprog prog;
	s64 expected;
	s64 ret;
};

struct task {
	/* What it shall do. */
	bool compat; /* made by the runner; then all its calls are the runner's */
	bool two_threads;
	bool own_memory;      /* fork: slower, and survives wild calls */
	bool no_new_privs;    /* set it before attaching */
	bool unprivileged;    /* drop all capabilities before that */
	u32 share;	      /* more that it shares with us: CLONE_FILES */
	/*
	 * For scenarios. In the task, from the start on, instead of attaching,
	 * stopping and calling; and outside, at each stop of who is traced,
	 * with @status set, instead of looking and letting go.
	 */
	void (*body)(struct task *t);
	void (*stopped)(struct task *t, pid_t tid);
	volatile u32 flag; /* between these two */
	volatile s64 note;
	u32 attachments;
	struct attachment attach[STACK_MAX_FILTERS];
	u32 calls;
	struct call call[TASK_MAX_CALLS];
	/* Called with the task attached and stopped; NULL: it does not stop. */
	void (*look)(pid_t tid, void *context);
	void *context;

	/* What was seen. */
	volatile u32 attached; /* attempts made, up to the first unexpected */
	volatile u32 next;     /* calls begun; one more when all are done */
	struct result result[TASK_MAX_CALLS];
	enum task_end end;
	int status;
	pid_t pid, tid;

	/* The task's own. */
	volatile pid_t alive; /* cleared by the kernel at the thread's end */
	volatile bool looked;
	sigjmp_buf jump;
};

/* Handlers, stacks, shared memory: once in each process that runs tasks. */
int task_setup(void);

/* The one task that there is; all that it says is forgotten. */
struct task *task_new(void);

/* The same, without privilege, and to attach this filter by a native call. */
struct task *task_filtered(struct sock_filter *insns, u32 len);

/* Where the struct sock_fprog number @i will be, of a task or a compat task. */
u64 task_prog(u32 i, bool compat);

/* Did the last attempt to attach come out otherwise than expected? */
bool task_parted(const struct task *t);

/* Runs it. Returns 0 or the errno of what could not be done. */
int task_run(struct task *t);

/* Let the task that stopped be looked at, then let it go on untraced. */
void task_look(struct task *t, pid_t tid);

/*
 * Parts of a task, for a body of another kind. They run in it, like all that
 * makes no call but those under test.
 */
s64 task_syscall(long nr, u64 a, u64 b, u64 c, u64 d);

/* Give up privilege, and become traced if somebody looks; or the task ends. */
void task_prepare(void);

/* Attach up to number @until, or to the first surprise, which is the end. */
void task_attach(u32 until, bool stop);

/* Stop by a fault, the first time; the second one is the end. */
void task_fault(void);

/* Make all calls, and end. */
void task_make_calls(void);

/* A second thread of this process. Returns its tid. */
pid_t task_thread(int (*fn)(void *));

/* End the process; something of the harness did not work. */
void task_give_up(void);

#endif
