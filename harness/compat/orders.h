/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the harness and the runner share: orders, and what the task
 * saw. Its layout is the same for a 64-bit and a 32-bit compiler.
 */
#ifndef BITPROOF_ORDERS_H
#define BITPROOF_ORDERS_H

#include "types.h"

/* Where the runner is linked to, and where it has this memory. */
#define RUNNER_TEXT     0x10000000u
#define RUNNER_TEXT_END 0x10010000u
#define ORDERS_ADDRESS  0x20000000u

/* How a task's process may end. */
#define THREAD_LIVES 7 /* exit status of a group whose thread is gone */
#define SETUP_FAILED 8

/* How the runner ends that can't begin; no errno is as large. */
enum {
	RUNNER_CANNOT_MAP = 200,
	RUNNER_CANNOT_DROP,
	RUNNER_CANNOT_HANDLE,
	RUNNER_CANNOT_CLONE,
};

#define ORDERS_CALLS   96
#define ORDERS_FILTERS 8
#define ORDERS_INSNS   4096

/* The runner's ways into the kernel. */
enum runner_entry {
	RUNNER_PLAIN, /* int $0x80 or svc, which a module may keep from acting */
	RUNNER_ACTING, /* the same from elsewhere */
	RUNNER_FAST,   /* x86: the vdso's sysenter or syscall */
	RUNNER_ENTRIES,
};

struct order_call {
	u32 entry;
	u32 nr;
	u32 args[6];
};

/* As enum seen. */
struct order_result {
	u32 seen;
	s32 value;
	s32 code, error, nr;
	u32 arch;
	u32 addr;
};

struct order_filter {
	u16 len;
	u16 unused;
	u32 insns; /* an address of the runner's */
};

struct order_insn {
	u16 code;
	u8 jt, jf;
	u32 k;
};

/* As struct bitproof_bits of kernel/module. */
struct order_bits {
	u32 filters;
	u32 others[3];
	u32 words[32];
} __attribute__((aligned(8)));

struct orders {
	/* Before it starts: the capabilities that it shall have at most. */
	u32 caps[2];
	/* Of the runner, when it is ready. */
	volatile u32 ready;
	u32 ip[RUNNER_ENTRIES]; /* where calls return to; 0: no such entry */
	/* The code of RUNNER_PLAIN, and of RUNNER_ACTING, which follows it. */
	u32 plain, acting, end;

	/* Standard error is KCOV's file, by which each task is looked at. */
	u32 kcov;

	/* What the task shall do. */
	u32 two_threads;
	u32 own_memory;
	u32 no_new_privs;
	u32 unprivileged; /* drop all capabilities */
	u32 stop; /* for a look, when all is attached */
	u32 attachments;
	u32 calls;
	s32 expected[ORDERS_FILTERS]; /* of attach[] */
	struct order_call attach[ORDERS_FILTERS];
	struct order_filter prog[ORDERS_FILTERS];
	struct order_call call[ORDERS_CALLS];

	/* What was seen. */
	volatile s32 alive; /* cleared by the kernel at the thread's end */
	volatile s32 pid, tid;
	volatile u32 attached;
	volatile u32 next;
	struct order_result attach_result[ORDERS_FILTERS];
	struct order_result result[ORDERS_CALLS];
	struct order_bits bits[ORDERS_FILTERS];

	struct order_insn insns[ORDERS_FILTERS][ORDERS_INSNS];
};

#endif
