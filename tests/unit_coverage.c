// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters of the interpreted filters' coverage.
 */
#include <string.h>

#include "coverage.h"
#include "insns.h"
#include "tap.h"

#define LD_CODE	 0x20
#define JEQ_CODE 0x15
#define RET_CODE 0x06

static struct coverage coverage;
static struct batch_run run;
static struct batch_data data;
static struct batch_scratch scratch;

static const struct sock_filter insns[] = {
	LD_NR, JMP(JEQ, 3, 0, 1), ALLOW, DENY,
};
static const struct filter filter = { insns, ARRAY_SIZE(insns) };

/* How many counters are not 0, and their sum. */
static u32 set(u32 *sum)
{
	u32 i, n = 0;

	*sum = 0;
	for (i = 0; i < COVERAGE_SIZE; i++) {
		n += coverage.counter[i] != 0;
		*sum += coverage.counter[i];
	}
	return n;
}

static u8 seen(u32 code, u32 how)
{
	return coverage.counter[code * COVERAGE_SEEN + how];
}

static void test_run(void)
{
	u32 lane, sum;

	for (lane = 0; lane < BATCH_LANES; lane++)
		data.w[SD_NR][lane] = lane;
	batch_first(&filter, &data, 3, &run, &scratch);
	coverage_run(&coverage, &filter, &run);
	ok(set(&sum) == 3 && sum == 3 && seen(LD_CODE, BATCH_REACHED) == 1 &&
		   seen(JEQ_CODE, BATCH_REACHED | BATCH_NOT_JUMPED) == 1 &&
		   seen(RET_CODE, BATCH_REACHED) == 1,
	   "what lanes 0 to 2 do; one return is not reached");

	batch_first(&filter, &data, 4, &run, &scratch);
	coverage_run(&coverage, &filter, &run);
	ok(set(&sum) == 4 && sum == 7 && seen(LD_CODE, BATCH_REACHED) == 2 &&
		   seen(JEQ_CODE, BATCH_REACHED | BATCH_NOT_JUMPED |
					  BATCH_JUMPED) == 1 &&
		   seen(RET_CODE, BATCH_REACHED) == 3,
	   "lane 3 jumps: another counter, and both returns");

	for (lane = 0; lane < 300; lane++)
		coverage_run(&coverage, &filter, &run);
	ok(seen(LD_CODE, BATCH_REACHED) == 255 &&
		   seen(RET_CODE, BATCH_REACHED) == 255,
	   "counters stop at 255");
}

/* A counter of its own for each opcode and reason. */
static void test_emulator(void)
{
	u32 sum, reason, pc;

	memset(&coverage, 0, sizeof(coverage));
	for (pc = 0; pc < 3; pc++) {
		for (reason = 0; reason < EMU_REASONS; reason++) {
			struct emu_result r = { reason, 0, pc };

			coverage_emulator(&coverage, &filter, &r);
		}
	}
	ok(set(&sum) == 3 * EMU_REASONS && sum == 3 * EMU_REASONS,
	   "each opcode and reason counts for itself");
	coverage_emulator(&coverage, &filter,
			  &(struct emu_result){ EMU_LOAD, 0, 0 });
	ok(set(&sum) == 3 * EMU_REASONS && sum == 3 * EMU_REASONS + 1,
	   "the same again in the same counter");
}

/* Lengths by powers of two, 1 to 4096, in each place of a stack. */
static void test_shape(void)
{
	u32 len, index, sum, last;

	memset(&coverage, 0, sizeof(coverage));
	for (index = 0; index < STACK_MAX_FILTERS; index++) {
		for (len = 1; len <= FILTER_MAX_INSNS; len++)
			coverage_shape(&coverage, &(struct filter){ insns, len },
				       index);
	}
	last = COVERAGE_SIZE - 1;
	ok(set(&sum) == STACK_MAX_FILTERS * COVERAGE_LENGTHS &&
		   coverage.counter[last] == 1 &&
		   coverage.counter[last - 1] == 255 &&
		   coverage.counter[last - COVERAGE_LENGTHS + 3] == 4,
	   "13 lengths in 8 places, the last counter is that of 4096");
}

int main(void)
{
	test_run();
	test_emulator();
	test_shape();
	return tap_done();
}
