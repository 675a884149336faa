/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The property: for every stack, arch and nr, if the subject serves (arch, nr)
 * from its bitmap, then full execution returns ALLOW for ALL instruction
 * pointers and arguments. And what a subject executes is what the reference
 * executes.
 */
#ifndef BITPROOF_COMPARE_H
#define BITPROOF_COMPARE_H

#include "batch.h"
#include "cache.h"
#include "coverage.h"
#include "emulator.h"
#include "input.h"
#include "subject.h"
#include "witness.h"

enum finding_class {
	/* These fail the gate. */
	UNSOUND,   /* served, and the witness shows another verdict */
	DIVERGENT, /* executed, and not as the reference does */
	CHECKER,   /* accepted or refused unlike the reference */
	CRASH,	   /* the subject dies or hangs: harness/crash.h sees that */
	/* This one is no verdict: the gate says that it could not decide. */
	UNPROVEN, /* served beyond the merged level; neither proof nor witness */
	/* These are reported. */
	LOST,	   /* constant at the merged level, and not served */
	EXTRA,	   /* served beyond the merged level, and proven constant */
	EXCEPTION, /* a deliberate exception of this release */
	FINDING_CLASSES,
};

/* Where a difference was seen. */
enum finding_where {
	AT_ATTACH,  /* the result of attaching filter @filter */
	AT_BITMAP,  /* bits against the model, or against full execution */
	AT_LOOKUP,  /* a single lookup against the bits */
	AT_EXECUTE, /* one filter's return value; @filter says which */
	AT_RUN,	    /* the whole stack's return value */
	AT_MATCH,   /* the filter that is held responsible for it */
	AT_WARNING, /* a WARN_ON() of the subject's */
	AT_ENGINE,  /* our own engines among themselves */
	/* Of the page-straddling probe, see straddle.h. */
	AT_ACCESS,    /* an access of what a constant must not depend on */
	AT_CONSTANT,  /* a level's constant, and another value returned */
	AT_UNCLAIMED, /* no access, and the full level knows no constant */
	FINDING_PLACES,
};

struct finding {
	enum finding_class class;
	enum finding_where where;
	u32 filter;
	struct sd sd;	/* nr, arch and, for an UNSOUND, the witness */
	u32 expected;	/* return value, or errno at AT_ATTACH */
	u32 seen;	/* of a CRASH: the signal, 0 if it hangs */
};

/* What was compared. Sums over many calls of compare(). */
struct tally {
	u64 stacks;
	u64 filters;	  /* offered */
	u64 refused;	  /* by the checker, both sides agreeing */
	u64 verdicts;	  /* (arch, nr) decided, once for each stack */
	u64 constants;	  /* of these: served, and full execution says ALLOW */
	u64 proven;	  /* of these: no run read more than nr and arch */
	u64 subject_calls;
	u64 executions;	  /* of one filter on one seccomp_data, in full */
	u64 probes;	  /* executions over straddled data */
	u64 untouched;	  /* of these: without an access of page 2 */
	u64 by_class[FINDING_CLASSES];
};

struct compare_scratch {
	struct set_scratch set;
	struct emu_scratch emu;
	struct batch_scratch batch; /* must start as zero */
	struct batch_data data;
	struct batch_run run;
	struct witness_scratch witness;
	u32 ret[BATCH_LANES];	    /* of the stack, for each lane */
	struct stack stack;	    /* the filters that were attached */
	struct coverage *coverage;  /* NULL: not wanted */
};

struct comparison {
	/* The first of each class; valid where present is set. */
	struct finding first[FINDING_CLASSES];
	bool present[FINDING_CLASSES];
	u32 depth; /* filters that both sides attached */
};

/*
 * compare - hold one stack against the property
 * @sub: attached to and left with this stack attached
 *
 * Stops at the first CHECKER finding: from there on the stacks differ.
 */
void compare(const struct subject *sub, const struct input *in,
	     struct comparison *c, struct tally *t, struct compare_scratch *s);

/*
 * attach_both - the part of it that comes first, for other comparisons
 *
 * Attaches all filters on both sides; s->stack becomes those that both accept.
 * Returns false if the two sides part, which is a CHECKER finding.
 */
bool attach_both(const struct subject *sub, const struct input *in,
		 struct comparison *c, struct tally *t,
		 struct compare_scratch *s);

/* Count a finding, and keep it if it is the first of its class. */
void comparison_add(struct comparison *c, u64 *by_class,
		    const struct finding *f);

/* The first finding that fails the gate; NULL if there is none. */
const struct finding *comparison_failure(const struct comparison *c);

const char *finding_class_name(enum finding_class class);
const char *finding_where_name(enum finding_where where);

#endif
