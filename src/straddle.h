/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other way to find a constant action: lay the seccomp_data across a page
 * boundary, nr and arch as the last words of one page, all else on the next,
 * execute the filter, and look whether the second page was accessed.
 *
 * What such a probe has seen decides about an emulator's answer without a look
 * at the filter:
 *
 * - A run that leaves page 2 alone depends on nothing there: its return value is
 *   the same for every seccomp_data with this nr and arch. It has followed one
 *   path on which all is known, so the full level must say so too.
 * - The seed and linux levels follow one path and give up at a load of anything
 *   else. What they call constant is a run that leaves page 2 alone.
 * - The full level may call constant what a run does access: a value that is
 *   loaded and not used. But then it is the value that every run returns.
 */
#ifndef BITPROOF_STRADDLE_H
#define BITPROOF_STRADDLE_H

#include "compare.h"

/* Bytes of a seccomp_data on page 1. */
#define STRADDLE_BYTES offsetof(struct seccomp_data, instruction_pointer)

enum straddle_rule {
	STRADDLE_HOLDS,
	STRADDLE_ACCESS, /* seed or linux: constant, and page 2 was accessed */
	STRADDLE_VALUE,  /* some level: constant, and not what was returned */
	STRADDLE_UNCLAIMED, /* no access, and the full level gave up */
};

/*
 * straddle_judge - what the levels say of one (filter, arch, nr), against a run
 * @claim: each level's answer
 * @accessed: the run accessed page 2
 * @ret: it returned this
 */
enum straddle_rule straddle_judge(const struct emu_result claim[EMU_LEVELS],
				  bool accessed, u32 ret);

const char *straddle_rule_name(enum straddle_rule rule);

/* Where a finding by that rule is seen. */
enum finding_where straddle_rule_place(enum straddle_rule rule);

/* Executes something on @sd as it lies there. */
typedef u32 (*straddle_exec)(const void *context, const struct sd *sd);

/*
 * A probe: executes over straddled data.
 * @ret: what was returned, for this @sd
 *
 * Returns whether page 2 was accessed before the return.
 */
typedef bool (*straddle_probe_fn)(straddle_exec exec, const void *context,
				  const struct sd *sd, u32 *ret);

/*
 * straddle_self_check - accesses that are known must show, and no others
 *
 * Returns NULL, or what the probe did not see as it should.
 */
const char *straddle_self_check(straddle_probe_fn probe);

/* Of one word of @sd; @context is its index, a u32. */
u32 straddle_load(const void *context, const struct sd *sd);

#endif
