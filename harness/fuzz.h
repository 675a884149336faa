/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all fuzz targets share: the reader, the mutator and the feedback. A
 * target says what it does with an input; fuzz.c is libFuzzer's interface, which
 * AFL++ and honggfuzz drive too. From the environment:
 *
 *	BITPROOF_NO_MUTATOR	if set, libFuzzer mutates bytes by itself
 *	BITPROOF_COUNT		if set, the end says how many inputs there were,
 *				not counting bytes that are none
 */
#ifndef BITPROOF_FUZZ_H
#define BITPROOF_FUZZ_H

#include "coverage.h"
#include "input.h"
#include "machine.h"

struct fuzz_target {
	/* Stacks of fewer filters are no inputs of this target; at least 1. */
	u32 least_filters;

	/* Once, before the first input; may be NULL. */
	void (*begin)(void);

	/* Whose numbers and arch values the mutator uses. */
	const struct machine *(*machine_of)(u32 platform);

	/* One input. What does not hold is reported, and ends in abort(). */
	void (*run)(const struct input *in, struct coverage *coverage);

	/*
	 * The same for an input that is text and no stack; NULL: there is none.
	 * It begins with a printable character, what is in raw form never does.
	 */
	void (*run_text)(const char *text, size_t size);
};

/* Each program has one. */
extern const struct fuzz_target fuzz_target;

/* One line that says what does not hold, the stack if there is one; abort(). */
__attribute__((noreturn, format(printf, 2, 3))) void
fuzz_found(const struct input *in, const char *fmt, ...);

#endif
