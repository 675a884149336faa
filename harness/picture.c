// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>

#include "action.h"
#include "picture.h"
#include "stack.h"

#define WITNESS_TRIES 2000

enum cell {
	CACHED,
	EXCEPTED,
	MORE,
	WRONG,
	UNDECIDED,
	LACKING,
	/* Not served, and not to be: what took the bit away first. */
	GAVE_UP_LOAD,
	GAVE_UP_INSN,
	ALLOWED_WITH_DATA,
	CONSTANT, /* and one more for each verdict but ALLOW */
	CELLS = CONSTANT + VERDICT_ALLOW,
};

static const struct {
	char letter;
	const char *means;
} cells[CELLS] = {
	[CACHED] = { '#', "cached" },
	[EXCEPTED] = { 'x', "cached: a deliberate exception" },
	[MORE] = { '+', "EXTRA: cached, and proven constant" },
	[WRONG] = { '!', "UNSOUND: cached, and not always allowed" },
	[UNDECIDED] = { '?', "UNPROVEN: cached, neither proof nor witness" },
	[LACKING] = { '-', "LOST: constant, and not cached" },
	[GAVE_UP_LOAD] = { 'l', "filtered: the verdict may depend on "
				"an argument or the instruction pointer" },
	[GAVE_UP_INSN] = { 'i', "filtered: an instruction that the emulator "
				"does not know" },
	[ALLOWED_WITH_DATA] = { 'a', "filtered: ALLOW with data" },
	[CONSTANT + VERDICT_KILL_PROCESS] = { 'P', "filtered: KILL_PROCESS" },
	[CONSTANT + VERDICT_KILL_THREAD] = { 'K', "filtered: KILL_THREAD" },
	[CONSTANT + VERDICT_TRAP] = { 'T', "filtered: TRAP" },
	[CONSTANT + VERDICT_ERRNO] = { 'E', "filtered: ERRNO" },
	[CONSTANT + VERDICT_USER_NOTIF] = { 'N', "filtered: USER_NOTIF" },
	[CONSTANT + VERDICT_TRACE] = { 'R', "filtered: TRACE" },
	[CONSTANT + VERDICT_LOG] = { 'L', "filtered: LOG" },
};

/* What the oldest filter that takes the bit away does; CACHED if none does. */
static enum cell taken_by(const struct stack *s, const struct sd *sd)
{
	u32 i;

	for (i = 0; i < s->depth; i++) {
		struct emu_result e = emulate_linux(
			&s->filter[i], sd->w[SD_ARCH], sd->w[SD_NR]);

		if (emu_allows(&e))
			continue;
		if (e.reason == EMU_LOAD)
			return GAVE_UP_LOAD;
		if (e.reason != EMU_CONSTANT)
			return GAVE_UP_INSN;
		if (action_verdict(e.ret) == VERDICT_ALLOW)
			return ALLOWED_WITH_DATA;
		return CONSTANT + action_verdict(e.ret);
	}
	return CACHED;
}

static bool is_constant(const struct stack *s, const struct sd *sd,
			struct compare_scratch *scratch)
{
	u32 i;

	for (i = 0; i < s->depth; i++) {
		struct emu_result e =
			emulate_full(&s->filter[i], sd->w[SD_ARCH],
				     sd->w[SD_NR], &scratch->emu);

		if (!emu_allows(&e))
			return false;
	}
	return true;
}

/* Served, though the model does not. */
static enum cell beyond(const struct stack *s, struct sd sd,
			struct compare_scratch *scratch)
{
	struct rng r = { sd.w[SD_NR] };

	if (is_constant(s, &sd, scratch))
		return MORE;
	if (stack_run(s, &sd).ret != SECCOMP_RET_ALLOW ||
	    witness_search(s, &sd, WITNESS_TRIES, &r, &scratch->witness))
		return WRONG;
	return UNDECIDED;
}

static enum cell cell_of(const struct stack *s, const struct table *t, u32 nr,
			 bool served, struct compare_scratch *scratch)
{
	struct sd sd = {
		.w = { [SD_NR] = nr, [SD_ARCH] = t->abi->audit_arch }
	};
	enum cell why = taken_by(s, &sd);

	if (!served)
		return why == CACHED ? LACKING : why;
	if (why == CACHED)
		return CACHED;
	if (table_excepts(t, nr))
		return EXCEPTED;
	return beyond(s, sd, scratch);
}

void picture_write(FILE *out, struct harness *h, const struct subject *sub)
{
	const struct machine *m = &sub->machine;
	struct tally none = { 0 };
	u32 i, nr;

	/* It leaves the stack attached. */
	compare(sub, &h->in, &h->comparison, &none, &h->scratch);
	for (i = 0; i < CELLS; i++)
		fprintf(out, "bitproof-cell letter=%c means=%s\n",
			cells[i].letter, cells[i].means);
	for (i = 0; i < m->tables; i++) {
		const struct table *t = &m->table[i];
		struct nrset served;

		sub->served(t->abi->audit_arch, &served);
		fprintf(out,
			"bitproof-picture kernel=%s platform=%s abi=%s "
			"nrs=%" PRIu32 " cells=",
			sub->name, m->platform->name, t->abi->name, t->nrs);
		for (nr = 0; nr < t->nrs; nr++)
			fputc(cells[cell_of(&h->scratch.stack, t, nr,
					    nrset_has(&served, nr),
					    &h->scratch)]
				      .letter,
			      out);
		fputc('\n', out);
	}
}
