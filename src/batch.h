/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The batch interpreter: one filter on up to 512 seccomp_data in one pass.
 *
 * Jumps only go forward, so one pass in program order serves all lanes: an
 * instruction is executed once, for those lanes that are there. Same answers
 * as ref_interp(), many times faster; the reference is that one.
 */
#ifndef BITPROOF_BATCH_H
#define BITPROOF_BATCH_H

#include "filter.h"
#include "nrset.h"

#define BATCH_LANES NR_MAX

/* The data, one column for each of the 16 words. */
struct batch_data {
	u32 w[SD_WORDS][BATCH_LANES] __attribute__((aligned(64)));
};

/* How an instruction was seen, over all lanes. */
#define BATCH_REACHED	 1
#define BATCH_JUMPED	 2 /* a compare was true */
#define BATCH_NOT_JUMPED 4 /* a compare was false */

struct batch_run {
	u32 ret[BATCH_LANES] __attribute__((aligned(64)));
	struct nrset reads[SD_WORDS]; /* lanes that loaded this word */
	u8 seen[FILTER_MAX_INSNS];    /* BATCH_*, for each instruction */
};

/* Caller's memory; @live and @words must be zero at the first call, and stay so. */
struct batch_scratch {
	struct nrset live[FILTER_MAX_INSNS]; /* the lanes that are there */
	u8 words[FILTER_MAX_INSNS];	     /* of the set that have some */
	struct nrset running; /* lanes that have not returned */
	u32 A[BATCH_LANES] __attribute__((aligned(64)));
	u32 X[BATCH_LANES] __attribute__((aligned(64)));
	u32 M[BPF_MEMWORDS][BATCH_LANES] __attribute__((aligned(64)));
};

/*
 * batch_interp - run @f on some lanes of @data
 * @f: a filter that filter_check() accepts
 * @lanes: any, also none
 *
 * For each lane i of these ret[i] is what ref_interp() returns; the lanes of
 * reads[w] are those whose run reads word w. ret[] of other lanes stays as it
 * was. A few lanes, or lanes in few words of the set, are cheaper than all.
 */
void batch_interp(const struct filter *f, const struct batch_data *data,
		  const struct nrset *lanes, struct batch_run *run,
		  struct batch_scratch *s);

/* The same for the lanes 0 to @n - 1; 1 to BATCH_LANES. */
static inline void batch_first(const struct filter *f,
			       const struct batch_data *data, u32 n,
			       struct batch_run *run, struct batch_scratch *s)
{
	struct nrset lanes = nrset_below(n);

	batch_interp(f, data, &lanes, run, s);
}

/* The lanes that hold @value. */
struct nrset batch_equal(const u32 *lanes, u32 value);

/* The seccomp_data of one lane. */
struct sd batch_sd(const struct batch_data *data, u32 lane);

#endif
