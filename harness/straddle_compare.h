/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The comparison that knows nothing but the page-straddling probe.
 */
#ifndef BITPROOF_STRADDLE_COMPARE_H
#define BITPROOF_STRADDLE_COMPARE_H

#include "compare.h"

/*
 * straddle_compare - hold one stack against the probe alone
 *
 * All arguments as those of compare(); straddle_open() comes first. For a
 * sample of numbers the subject and the reference execute each filter over
 * straddled data. What the subject serves must return ALLOW in all of them, and
 * leave page 2 alone; both must access the same; and our emulator's levels must
 * fit what was seen, see straddle_judge().
 *
 * An access in what is served is an UNSOUND with the arguments that show it. If
 * none are found, it is EXTRA where the full level knows that what was accessed
 * does not matter, and UNPROVEN where not.
 */
void straddle_compare(const struct subject *sub, const struct input *in,
		      struct comparison *c, struct tally *t,
		      struct compare_scratch *s);

#endif
