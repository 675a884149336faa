/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects that everything here is about: a filter, a stack of filters, and
 * the seccomp_data that a filter sees.
 */
#ifndef BITPROOF_FILTER_H
#define BITPROOF_FILTER_H

#include <linux/filter.h>

#include "types.h"

#define FILTER_MAX_INSNS  BPF_MAXINSNS /* 4096 */
#define STACK_MAX_FILTERS 8

/*
 * A seccomp cBPF program. It may be invalid: only filter_check() says that it
 * is not. Every executor below wants one that passed.
 */
struct filter {
	const struct sock_filter *insns;
	u32 len; /* instructions; 0 and more than FILTER_MAX_INSNS occur */
	/*
	 * It is executed where a shift by X takes six bits of X and not five, so
	 * that 32 to 63 shift everything out: JITs may, and that of s390 does.
	 */
	bool wide_shifts;
};

/*
 * The filters of one task in the order in which they were attached:
 * filter[0] is the oldest, filter[depth - 1] the newest, which runs first.
 */
struct stack {
	u32 depth;
	struct filter filter[STACK_MAX_FILTERS];
};

/*
 * struct seccomp_data as the 16 words that 32-bit loads at offset 4 * i see on
 * the target. On a big-endian target the high half of a 64-bit field comes
 * first, so a model made of words serves any target on any host.
 */
#define SD_WORDS 16

enum sd_word {
	SD_NR,
	SD_ARCH,
	SD_IP,	 /* two words */
	SD_ARGS = 4, /* six times two words */
};

/* What a cached verdict may depend on: nr and arch. */
#define SD_CONST_WORDS ((1u << SD_NR) | (1u << SD_ARCH))

struct sd {
	u32 w[SD_WORDS];
};

/*
 * Index of the low or the high half of argument @arg (0 to 5).
 */
static inline u32 sd_arg_lo(u32 arg, bool big_endian)
{
	return SD_ARGS + 2 * arg + (big_endian ? 1 : 0);
}

static inline u32 sd_arg_hi(u32 arg, bool big_endian)
{
	return SD_ARGS + 2 * arg + (big_endian ? 0 : 1);
}

#endif
