/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the runner needs of the machine: a way in, with all registers of a call
 * known, and numbers of calls. There is no C library, and no kernel header for
 * the 32-bit side of a cross compiler.
 */
#ifndef BITPROOF_RUNNER_ARCH_H
#define BITPROOF_RUNNER_ARCH_H

#include "types.h"

enum {
	NR_READ = 3,
	NR_PTRACE = 26,
	NR_IOCTL = 54,
	NR_CLONE = 120,
	NR_PRCTL = 172,
	NR_RT_SIGACTION = 174,
	NR_RT_SIGPROCMASK = 175,
	NR_CAPGET = 184,
	NR_CAPSET = 185,
	NR_MMAP2 = 192,
#if defined(__i386__)
	NR_FUTEX = 240,
	NR_EXIT_GROUP = 252,
#elif defined(__arm__)
	NR_FUTEX = 240,
	NR_EXIT_GROUP = 248,
#elif defined(__s390__) && !defined(__s390x__)
	NR_FUTEX = 238,
	NR_EXIT_GROUP = 248,
#else
#error "no runner for this machine"
#endif
};

/* s390 has clone(stack, flags, ptid, ctid, tls), mmap2() by a pointer. */
#ifdef __s390__
#define CLONE_ARGS(flags, top, ptid, ctid)                                     \
	{                                                                      \
		top, flags, ptid, ctid, 0, 0                                   \
	}
#else
#define CLONE_ARGS(flags, top, ptid, ctid)                                     \
	{                                                                      \
		flags, top, ptid, 0, ctid, 0                                   \
	}
#endif

/* Make a call. Returns what the kernel leaves in the result register. */
s32 enter_plain(u32 nr, const u32 *args);
s32 enter_acting(u32 nr, const u32 *args);
extern const u8 enter_plain_ip[], enter_acting_ip[];
extern const u8 plain_begin[], acting_begin[], acting_end[];

#ifdef __i386__
/* By way of __kernel_vsyscall(), whose address this is. */
s32 enter_fast(u32 nr, const u32 *args);
extern u32 kernel_vsyscall;
#endif

/* clone() with @args; the child runs @child on its new stack. */
s32 spawn(u32 nr, const u32 *args, void (*child)(void));

/* Go on with @next at the top of a stack: what is on it now is forgotten. */
void restart(void (*next)(void), u32 top) __attribute__((noreturn));

#endif
