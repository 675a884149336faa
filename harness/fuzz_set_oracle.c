// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_set_oracle - all numbers at once, against one at a time
 *
 * The set oracle must say of each number what the merged emulator says, and the
 * levels of the emulator must agree where they know an answer: what one level
 * finds constant, the next one does too.
 */
#include "checker.h"
#include "fuzz.h"
#include "emulator.h"
#include "mutator.h"
#include "set_oracle.h"

static void compare_levels(const struct input *in, const struct filter *f,
			   u32 arch, u32 nr,
			   const struct emu_result *linux_level)
{
	static struct emu_scratch scratch;
	struct emu_result seed = emulate_seed(f, arch, nr);
	struct emu_result full;

	if (seed.reason == EMU_CONSTANT &&
	    (linux_level->reason != EMU_CONSTANT ||
	     linux_level->ret != seed.ret))
		fuzz_found(in,
			   "ENGINE: arch %#x nr %u: constant at the level "
			   "seed, and not the same at linux",
			   arch, nr);
	if (linux_level->reason != EMU_CONSTANT)
		return;
	full = emulate_full(f, arch, nr, &scratch);
	if (full.reason != EMU_CONSTANT || full.ret != linux_level->ret)
		fuzz_found(in,
			   "ENGINE: arch %#x nr %u: constant at the level "
			   "linux, and not the same at full",
			   arch, nr);
}

static void compare_nrs(const struct input *in, const struct filter *f,
			const struct table *t, struct coverage *coverage)
{
	static struct set_scratch scratch;
	u32 arch = t->abi->audit_arch, nr;
	struct set_result set;

	set_oracle(f, arch, t->nrs, &set, &scratch);
	for (nr = 0; nr < t->nrs; nr++) {
		struct emu_result r = emulate_linux(f, arch, nr);
		bool constant = r.reason == EMU_CONSTANT;

		coverage_emulator(coverage, f, &r);
		if (nrset_has(&set.constant, nr) != constant ||
		    nrset_has(&set.allow, nr) != emu_allows(&r))
			fuzz_found(in,
				   "ENGINE: arch %#x nr %u: the set oracle "
				   "says %s, the emulator %s",
				   arch, nr,
				   nrset_has(&set.allow, nr)      ? "allow"
				   : nrset_has(&set.constant, nr) ? "constant"
								  : "unknown",
				   emu_allows(&r) ? "allow"
				   : constant     ? "constant"
						  : "unknown");
		if (nr % 64 == in->seed % 64)
			compare_levels(in, f, arch, nr, &r);
	}
}

static void run(const struct input *in, struct coverage *coverage)
{
	const struct machine *m = mutator_machine(in->platform);
	u32 i, table;

	for (i = 0; i < in->stack.depth; i++) {
		const struct filter *f = &in->stack.filter[i];

		coverage_shape(coverage, f, i);
		if (filter_check(f))
			continue;
		for (table = 0; table < m->tables; table++)
			compare_nrs(in, f, &m->table[table], coverage);
	}
}

const struct fuzz_target fuzz_target = {
	.least_filters = 1,
	.machine_of = mutator_machine,
	.run = run,
};
