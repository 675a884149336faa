// SPDX-License-Identifier: GPL-2.0-only
#include "coverage.h"

static void count(struct coverage *c, u32 i)
{
	if (c->counter[i] != UINT8_MAX)
		c->counter[i]++;
}

void coverage_run(struct coverage *c, const struct filter *f,
		  const struct batch_run *run)
{
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		if (!run->seen[pc])
			continue;
		count(c, (f->insns[pc].code % COVERAGE_CODES) * COVERAGE_SEEN +
				 run->seen[pc] % COVERAGE_SEEN);
	}
}

void coverage_emulator(struct coverage *c, const struct filter *f,
		       const struct emu_result *r)
{
	count(c, COVERAGE_CODES * COVERAGE_SEEN +
			 (f->insns[r->pc].code % COVERAGE_CODES) * EMU_REASONS +
			 r->reason);
}

void coverage_shape(struct coverage *c, const struct filter *f, u32 index)
{
	u32 log = 31 - __builtin_clz(f->len | 1);

	count(c, COVERAGE_CODES * (COVERAGE_SEEN + EMU_REASONS) +
			 index * COVERAGE_LENGTHS + log);
}
