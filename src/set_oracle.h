/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The set oracle: the merged emulator for all system call numbers at once.
 *
 * It pushes the set of all numbers through the filter and splits it at each
 * test, instead of walking the filter once for every number. Same answers as
 * emulate_linux(), tens of times faster.
 */
#ifndef BITPROOF_SET_ORACLE_H
#define BITPROOF_SET_ORACLE_H

#include "filter.h"
#include "nrset.h"

struct set_result {
	struct nrset constant; /* the action is constant */
	struct nrset allow;    /* and it is exactly SECCOMP_RET_ALLOW */
};

/*
 * Numbers that are at the same instruction and whose A has the same form:
 * nr & value, or just value.
 */
struct set_group {
	struct nrset nrs;
	u32 value;
	bool is_nr;
	u16 next; /* in the same list, 0 at its end */
};

/* Caller's memory; nothing in it need be set. */
struct set_scratch {
	u64 waiting[FILTER_MAX_INSNS / 64]; /* where some group waits */
	u16 at[FILTER_MAX_INSNS];	    /* the first of them; only there */
	u16 freed;			    /* list of those to be had again */
	u16 unused;			    /* from here on none was ever used */
	/*
	 * From 1 on. They are not empty and do not overlap, but for one that is
	 * about to be split.
	 */
	struct set_group group[NR_MAX + 2];
};

/*
 * set_oracle - decide the numbers 0 to @nrs - 1
 * @f: a filter that filter_check() accepts
 * @arch: seccomp_data.arch
 * @nrs: 1 to NR_MAX
 *
 * Agrees with emulate_linux() for each of them: @r->constant has those for
 * which that does not give up, @r->allow those for which emu_allows().
 */
void set_oracle(const struct filter *f, u32 arch, u32 nrs,
		struct set_result *r, struct set_scratch *scratch);

#endif
