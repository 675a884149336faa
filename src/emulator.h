/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The constant-action emulator: what does a filter return when only nr and
 * arch are known?
 */
#ifndef BITPROOF_EMULATOR_H
#define BITPROOF_EMULATOR_H

#include <linux/seccomp.h>

#include "filter.h"

/* Each level finds at least the constants of the one before. */
enum emu_level {
	EMU_SEED,  /* loads of nr and arch, JA, JEQ/JGE/JGT K, RET K */
	EMU_LINUX, /* and JSET K, AND K: the algorithm that was merged */
	EMU_FULL,  /* constants through ALU, X, M[], and over joins */
	EMU_LEVELS,
};

enum emu_reason {
	EMU_CONSTANT,	 /* did not give up */
	EMU_LOAD,	 /* a load of something else than nr and arch */
	EMU_INSN,	 /* an instruction that this level does not know */
	EMU_RET_UNKNOWN, /* full: RET A, and A is not constant */
	EMU_RET_DIFFERS, /* full: two reachable returns, two values */
	EMU_REASONS,
};

struct emu_result {
	enum emu_reason reason;
	u32 ret; /* the return value; with EMU_CONSTANT only */
	u32 pc;	 /* the instruction that returned or where it gave up */
};

/* What the full level knows before an instruction. Caller's memory. */
struct emu_state {
	u32 known; /* bit i: cell i is constant */
	bool reached;
	u32 cell[2 + BPF_MEMWORDS]; /* A, X, M[] */
};

struct emu_scratch {
	struct emu_state at[FILTER_MAX_INSNS];
};

/*
 * emulate_seed - the level of the message that the idea comes from
 *
 * Knows neither JSET nor AND, and takes any constant action.
 */
struct emu_result emulate_seed(const struct filter *f, u32 arch, u32 nr);

/*
 * emulate_linux - the merged level, step for step
 * @f: a filter that filter_check() accepts
 *
 * Mirrors seccomp_is_const_allow() (kernel/seccomp.c), but returns the action
 * instead of comparing it: see emu_allows().
 */
struct emu_result emulate_linux(const struct filter *f, u32 arch, u32 nr);

/*
 * emulate_full - constant propagation over all paths that are not excluded
 * @scratch: only f->len of its states are touched
 *
 * Not in any kernel: it says what a better emulator could still cache.
 */
struct emu_result emulate_full(const struct filter *f, u32 arch, u32 nr,
			       struct emu_scratch *scratch);

/*
 * full_allows - does every return that is not excluded have the action ALLOW?
 *
 * With any data, and not the same in all of them: seccomp_run_filters() compares
 * actions, and __seccomp_filter() has no use for the data of ALLOW.
 */
bool full_allows(const struct filter *f, u32 arch, u32 nr,
		 struct emu_scratch *scratch);

/* Any of them. */
struct emu_result emulate(enum emu_level level, const struct filter *f,
			  u32 arch, u32 nr, struct emu_scratch *scratch);

/*
 * Would a kernel with this emulator set the bit? Exactly SECCOMP_RET_ALLOW and
 * no data, as seccomp_is_const_allow() has it.
 */
static inline bool emu_allows(const struct emu_result *r)
{
	return r->reason == EMU_CONSTANT && r->ret == SECCOMP_RET_ALLOW;
}

const char *emu_level_name(enum emu_level level);
const char *emu_reason_name(enum emu_reason reason);

#endif
