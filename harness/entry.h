/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry paths: the ways in which a task of this machine enters the kernel, each
 * a few instructions of assembly, so that the instruction pointer and all
 * registers of a call are known.
 *
 * Each has a second copy, at other addresses. In a guest with the module of
 * kernel/module, calls that the first ones make are allowed without acting; what
 * the harness needs done, and calls that shall be executed, go by the second.
 */
#ifndef BITPROOF_ENTRY_H
#define BITPROOF_ENTRY_H

#include "filter.h"
#include "machine.h"

/* Of the machine that this is compiled for: an index into platforms[]. */
#if defined(__x86_64__)
#define ENTRY_PLATFORM 0
#elif defined(__aarch64__)
#define ENTRY_PLATFORM 1
#elif defined(__s390x__)
#define ENTRY_PLATFORM 2
#else
#error "no entry paths for this machine"
#endif

struct entry {
	const char *name;
	const char *abi; /* as a filter sees it */
	s64 (*enter)(u64 nr, const u64 *args);
	const void *ip; /* where the kernel returns to; see entry_ip() */
	u32 nr_mask;    /* bits of nr that reach the kernel */
	u32 nr_set;     /* bits that all numbers of this path have */
	/* Of the runner (compat.h): 1 + enum runner_entry. Arguments are cut. */
	u32 runner;
	/* Attach filters, if this is the first entry of a kind of task. */
	u32 nr_prctl, nr_seccomp;
};

/* First those for calls under test, then the same ones that always act. */
extern const struct entry entries[];
extern const u32 nr_entries; /* without the copies */

#define ENTRY_ACTING(i) (nr_entries + (i))
/* The path, whichever copy. */
#define ENTRY_PATH(i) ((i) < nr_entries ? (i) : (i)-nr_entries)

/* Tasks of this program begin with the first entry, those of the runner here. */
#define ENTRY_NATIVE 0
extern const u32 entry_compat;

/* Where the kernel returns to; 0: there is no such entry. */
u64 entry_ip(u32 entry);

/* Where each of the two kinds is. */
extern const struct entry_range {
	const void *from, *to;
} entry_ranges[2];

/* That of a path, as the tables of machine.h know it. */
const struct abi *entry_abi(u32 entry);

/* What a task asks the kernel to do. */
struct call {
	u32 entry; /* index into entries[] */
	u32 nr;
	u64 args[6];
};

/* Make it, if it is native. Returns what the kernel leaves in the result register. */
s64 call_make(const struct call *c);

/* The seccomp_data that a filter is given for it. */
struct sd call_sd(const struct call *c);

/* The call for a seccomp_data: its nr and its arguments, not its ip. */
struct call call_of_sd(u32 entry, const struct sd *sd);

/* Its instruction_pointer, from two words. */
u64 sd_instruction_pointer(const struct sd *sd);

/*
 * The same call with the entry path that its number belongs to: x32 numbers are
 * another path than that which their bit was left out of.
 */
struct call call_normalized(struct call c);

#endif
