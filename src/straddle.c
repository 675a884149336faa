// SPDX-License-Identifier: GPL-2.0-only
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
