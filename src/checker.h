/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which filters the kernel attaches.
 */
#ifndef BITPROOF_CHECKER_H
#define BITPROOF_CHECKER_H

#include "filter.h"

/*
 * filter_check - would the kernel accept this filter?
 * @f: any filter; with a length of 0 or above 4096 the program is not looked at
 *
 * Mirrors seccomp_prepare_filter() for the length, then bpf_check_classic()
 * with check_load_and_stores() (net/core/filter.c) and seccomp_check_filter()
 * (kernel/seccomp.c). Privilege and memory are not the filter's doing and not
 * modelled.
 *
 * Returns 0 or -EINVAL, the only error that these have for a filter.
 */
int filter_check(const struct filter *f);

/*
 * filter_converted_len - length of a valid filter after conversion to eBPF
 *
 * Mirrors bpf_convert_filter() (net/core/filter.c). The limit on a stack counts
 * these instructions, see stack_admits(). A JIT with constant blinding makes
 * programs longer than this.
 *
 * Returns a number of instructions, 4 to 20480.
 */
u32 filter_converted_len(const struct filter *f);

/*
 * filter_blinded_len - the same after a JIT that hides constants, which is what
 * net.core.bpf_jit_harden asks for
 *
 * kernel/bpf/core.c: bpf_jit_blind_insn(). The program keeps this length.
 */
u32 filter_blinded_len(const struct filter *f);

/*
 * code_allowed - is @code one of the 41 that seccomp accepts?
 *
 * kernel/seccomp.c: seccomp_check_filter().
 */
bool code_allowed(u16 code);

/* Is @code a conditional jump, so that jt and jf mean something? */
bool code_branches(u16 code);

#endif
