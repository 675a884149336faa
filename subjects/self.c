// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our own checker, emulator and interpreter as a subject: what is compared
 * when there is no kernel, and what a stronger emulator would still cache.
 */
#include <errno.h>
#include <string.h>

#include "checker.h"
#include "ref_interp.h"
#include "stack.h"
#include "subjects.h"

#define SELF_NRS 463 /* as in 6.12, on each platform */

static enum emu_level self_level;
static struct stack self_stack;
static struct sock_filter self_insns[STACK_MAX_FILTERS][FILTER_MAX_INSNS];
static struct nrset self_allow[2];
static struct emu_scratch self_scratch;
static struct subject self;

static void self_reset(void)
{
	self_stack.depth = 0;
}

/* As seccomp_cache_prepare(): a number that is out stays out. */
static void self_prepare(const struct filter *f, const struct table *t,
			 struct nrset *allow)
{
	u32 nr;

	if (self_stack.depth == 0)
		*allow = nrset_below(t->nrs);
	for_each_nr(nr, allow) {
		struct emu_result r = emulate(self_level, f, t->abi->audit_arch,
					      nr, &self_scratch);

		if (!emu_allows(&r))
			nrset_remove(allow, nr);
	}
}

static int self_attach(const struct filter *f)
{
	u32 i, depth = self_stack.depth;
	int ret;

	if (depth == STACK_MAX_FILTERS)
		return -E2BIG;
	ret = filter_check(f);
	if (ret)
		return ret;
	ret = stack_admits(&self_stack, f);
	if (ret)
		return ret;

	for (i = 0; i < self.machine.tables; i++)
		self_prepare(f, &self.machine.table[i], &self_allow[i]);

	memcpy(self_insns[depth], f->insns, f->len * sizeof(*f->insns));
	self_stack.filter[depth].insns = self_insns[depth];
	self_stack.filter[depth].len = f->len;
	self_stack.depth++;
	return 0;
}

/* A kernel without compat does not look at arch. */
static const struct nrset *self_bitmap(u32 arch)
{
	const struct machine *m = &self.machine;
	const struct table *t = machine_table(m, arch);

	if (m->tables == 1)
		t = &m->table[0];
	return self_stack.depth && t ? &self_allow[t - m->table] : NULL;
}

static void self_served(u32 arch, struct nrset *out)
{
	const struct nrset *allow = self_bitmap(arch);

	*out = allow ? *allow : (struct nrset){ 0 };
}

static bool self_lookup(const struct sd *sd)
{
	const struct nrset *allow = self_bitmap(sd->w[SD_ARCH]);
	u32 nr = sd->w[SD_NR];

	return allow && nr < NR_MAX && nrset_has(allow, nr);
}

static u32 self_run(const struct sd *sd, s32 *match)
{
	struct stack_run run;

	*match = -1;
	if (self_lookup(sd))
		return SECCOMP_RET_ALLOW;
	run = stack_run(&self_stack, sd);
	*match = run.match;
	return run.ret;
}

static u32 self_exec(u32 filter, const struct sd *sd)
{
	return ref_interp(&self_stack.filter[filter], sd).ret;
}

static struct subject self = {
	.reset = self_reset,
	.attach = self_attach,
	.served = self_served,
	.lookup = self_lookup,
	.run = self_run,
	.exec = self_exec,
};

const struct subject *self_subject(enum emu_level level,
				   const struct platform *platform)
{
	static const char *const names[EMU_LEVELS] = {
		[EMU_SEED] = "self-seed",
		[EMU_LINUX] = "self-linux",
		[EMU_FULL] = "self-full",
	};

	self_reset();
	self_level = level;
	self.name = names[level];
	/* Of no release, so that there are no exceptions. */
	machine_init(&self.machine, platform, 0, SELF_NRS,
		     platform->compat ? SELF_NRS : 0);
	return &self;
}
