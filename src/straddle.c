// SPDX-License-Identifier: GPL-2.0-only
#include "ref_interp.h"
#include "straddle.h"

enum straddle_rule straddle_judge(const struct emu_result claim[EMU_LEVELS],
				  bool accessed, u32 ret)
{
	u32 i;

	for (i = 0; i < EMU_LEVELS; i++) {
		if (claim[i].reason != EMU_CONSTANT)
			continue;
		if (accessed && i != EMU_FULL)
			return STRADDLE_ACCESS;
		if (claim[i].ret != ret)
			return STRADDLE_VALUE;
	}
	if (!accessed && claim[EMU_FULL].reason != EMU_CONSTANT)
		return STRADDLE_UNCLAIMED;
	return STRADDLE_HOLDS;
}

const char *straddle_rule_name(enum straddle_rule rule)
{
	static const char *const names[] = {
		[STRADDLE_HOLDS] = "holds",
		[STRADDLE_ACCESS] = "page 2 accessed, called constant",
		[STRADDLE_VALUE] = "another value than the constant",
		[STRADDLE_UNCLAIMED] =
			"page 2 not accessed, not called constant",
	};

	return names[rule];
}

enum finding_where straddle_rule_place(enum straddle_rule rule)
{
	static const enum finding_where places[] = {
		[STRADDLE_HOLDS] = AT_ACCESS, /* two executors part there */
		[STRADDLE_ACCESS] = AT_ACCESS,
		[STRADDLE_VALUE] = AT_CONSTANT,
		[STRADDLE_UNCLAIMED] = AT_UNCLAIMED,
	};

	return places[rule];
}

/* ---- the self-check ------------------------------------------------------ */

u32 straddle_load(const void *context, const struct sd *sd)
{
	return ((const volatile struct sd *)sd)->w[*(const u32 *)context];
}

static u32 load_nothing(const void *context, const struct sd *sd)
{
	return SD_WORDS;
}

static u32 interpret(const void *context, const struct sd *sd)
{
	return ref_interp(context, sd).ret;
}

/* One access of a known word, bare and by a filter; then a run without any. */
static const char *check_word(straddle_probe_fn probe, u32 word,
			      const struct sd *sd)
{
	struct sock_filter insns[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 4 * word },
		{ BPF_RET | BPF_A, 0, 0, 0 },
	};
	struct filter f = { insns, ARRAY_SIZE(insns) };
	bool beyond = !(SD_CONST_WORDS >> word & 1);
	u32 ret;

	if (probe(straddle_load, &word, sd, &ret) != beyond)
		return beyond ? "an access of page 2 does not show"
			      : "an access of page 1 shows as one of page 2";
	if (ret != sd->w[word])
		return "an access has read something else";
	if (probe(interpret, &f, sd, &ret) != beyond)
		return "a filter's access does not show, or one that it did "
		       "not make";
	if (ret != sd->w[word])
		return "a filter has read something else";
	if (probe(load_nothing, NULL, sd, &ret))
		return "a run without an access shows one";
	return NULL;
}

const char *straddle_self_check(straddle_probe_fn probe)
{
	const char *why = NULL;
	struct sd sd;
	u32 word;

	for (word = 0; word < SD_WORDS; word++)
		sd.w[word] = 0x5eed0000 + word;
	for (word = 0; word < SD_WORDS && !why; word++)
		why = check_word(probe, word, &sd);
	return why;
}
