// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only the subject is compiled with coverage, and edges are flags rather than
 * counters. It emulates a filter some 900 times for each attach: how often a
 * loop went round, modulo 256, would be noise that a fuzzer takes for news.
 *
 * libFuzzer is told that the flags are its counters; it reads and clears them,
 * and the filters' own coverage, by itself. For AFL++ both are copied into its
 * map.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feedback.h"

__attribute__((
	section("__libfuzzer_extra_counters"))) static struct coverage coverage;

static u8 *flags;
static size_t nr_flags;
static u32 *guards; /* AFL++: where in the map; first of the flags */

/* Whichever fuzzer it was linked with; a sanitizer may have some as stubs. */
extern u8 *__afl_area_ptr __attribute__((weak));
void __sanitizer_cov_trace_pc_guard_init(u32 *start, u32 *end)
	__attribute__((weak));
void __sanitizer_cov_8bit_counters_init(u8 *start, u8 *end)
	__attribute__((weak));
void __sanitizer_cov_bool_flag_init(bool *start, bool *end);
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *end);

static bool is_afl(void)
{
	return &__afl_area_ptr;
}

/* Before its runtime maps the memory, or the map is larger than need be. */
static void reserve_guards(void)
{
	size_t n = nr_flags + COVERAGE_SIZE;

	if (guards)
		return;
	guards = calloc(n, sizeof(*guards));
	if (!guards) {
		fprintf(stderr, "bitproof: no memory\n");
		exit(2);
	}
	__sanitizer_cov_trace_pc_guard_init(guards, guards + n);
}

/*
 * Called by a constructor of every object that has flags, each time with the
 * flags of all of them.
 */
void __sanitizer_cov_bool_flag_init(bool *start, bool *end)
{
	flags = (u8 *)start;
	nr_flags = end - start;
	if (is_afl())
		reserve_guards();
	else if (__sanitizer_cov_8bit_counters_init)
		__sanitizer_cov_8bit_counters_init((u8 *)start, (u8 *)end);
}

/* AFL++ has none. */
__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t *start,
						    const uintptr_t *end)
{
}

/* Not yet done if it was built with other coverage than ours. */
void feedback_init(void)
{
	if (is_afl())
		reserve_guards();
}

/* Most are zero: look at eight at a time. */
static void give_to_afl(const u8 *counter, size_t n, const u32 *guard)
{
	size_t i, j, part;

	for (i = 0; i < n; i += part) {
		u64 bytes = 0;

		part = n - i < sizeof(bytes) ? n - i : sizeof(bytes);
		memcpy(&bytes, counter + i, part);
		if (!bytes)
			continue;
		for (j = i; j < i + part; j++) {
			if (counter[j])
				__afl_area_ptr[guard[j]] = counter[j];
		}
	}
}

struct coverage *feedback_begin(void)
{
	if (is_afl()) {
		memset(flags, 0, nr_flags);
		memset(&coverage, 0, sizeof(coverage));
	}
	return &coverage;
}

void feedback_end(void)
{
	if (!is_afl())
		return;
	give_to_afl(flags, nr_flags, guards);
	give_to_afl(coverage.counter, COVERAGE_SIZE, guards + nr_flags);
}
