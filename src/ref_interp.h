/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference interpreter: full execution of one filter.
 */
#ifndef BITPROOF_REF_INTERP_H
#define BITPROOF_REF_INTERP_H

#include "filter.h"

struct run {
	u32 ret;   /* the 32-bit return value */
	u32 reads; /* bit i: word i of the seccomp_data was loaded */
	u32 pc;	   /* the instruction that returned */
};

/*
 * ref_interp - run a filter on a seccomp_data
 * @f: a filter that filter_check() accepts
 * @sd: the words that the target would load
 *
 * Semantics of classic BPF as bpf_convert_filter() (net/core/filter.c) and
 * ___bpf_prog_run() (kernel/bpf/core.c) give them: A and X start as 0,
 * arithmetic is modulo 2^32, compares are unsigned, a shift by X uses the low
 * five bits of X, and a division by X == 0 ends the filter with 0.
 *
 * If @reads has no bit but those of SD_CONST_WORDS, then the return value is
 * the same for every seccomp_data with this nr and arch: the run would take
 * the same path on each of them.
 */
struct run ref_interp(const struct filter *f, const struct sd *sd);

#endif
