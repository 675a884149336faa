/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Case files (*.bpf): a stack of filters as text, and what is expected of it.
 *
 * The filters are in the language of ../src/text.h, oldest first. Lines that begin with
 * ";;" are comments to bpf_asm and directives here:
 *
 *	;; what TEXT		what the case pins down, and why
 *	;; catches NAMES	bugs of subjects/mutants.txt or kernel/mutants.txt
 *				with which the case fails; may be repeated. Only
 *				scripts/corpus-check.py looks at it
 *	;; platform NAMES	x86_64 (the default), arm64, s390x, or all
 *	;; seed N		seed for arguments, see struct input
 *	;; filter		starts a filter; optional before the first one
 *	;; attach ERRNO		what attaching the filter above gives: 0 (the
 *				default), EINVAL or ENOMEM
 *	;; cached ABI NRS	all numbers that the merged kernel's bitmap
 *				holds for the whole stack, exceptions not
 *				counted: none, all, or a list in ascending
 *				order such as 0-4,7,335-; "335-" goes to the
 *				end of the table, whatever its size
 *	;; verdict ABI nr=N [args=A,...] [ip=A] -> VERDICT[(DATA)]
 *				full execution of the whole stack. Arguments
 *				have 64 bits; those not named are 0. Data must
 *				be given for ERRNO (as the process sees it),
 *				TRAP and TRACE.
 *
 * ABI is one of seccomp_cache's names, or all: every one that the platforms of
 * the case have, which are named before it.
 *
 * A filter that is not attached is not part of the stack.
 */
#ifndef BITPROOF_CASEFILE_H
#define BITPROOF_CASEFILE_H

#include "../src/action.h"
#include "../src/input.h"
#include "../src/machine.h"
#include "../src/subject.h"

#define CASE_WHAT_SIZE	  256
#define CASE_MAX_CACHED	  (2 * INPUT_PLATFORMS)
#define CASE_MAX_VERDICTS 192

struct case_cached {
	const struct abi *abi;
	struct nrset nrs;
	u32 from; /* and all of the table from here on */
	u32 line;
};

struct case_verdict {
	const struct abi *abi;
	struct sd sd;
	enum verdict verdict;
	bool has_data;
	u32 data;
	u32 line;
};

struct casefile {
	char what[CASE_WHAT_SIZE]; /* "" if not given */
	u32 platforms;		   /* bit i: platforms[i] */
	struct input *input;	   /* its platform is the first of these */
	int attach[STACK_MAX_FILTERS]; /* 0 or negative errno */
	u32 attach_line[STACK_MAX_FILTERS];
	u32 nr_cached;
	struct case_cached cached[CASE_MAX_CACHED];
	u32 nr_verdicts;
	struct case_verdict verdict[CASE_MAX_VERDICTS];
};

/*
 * casefile_read - read a case file
 * @error: becomes one line "path:line: what" if something is wrong
 *
 * Returns 0, and *@c is to be freed with casefile_free(); or a negative errno:
 * -EINVAL for what the file says, others for why it could not be read.
 */
int casefile_read(const char *path, struct casefile *c, char *error,
		  size_t size);

/* The same for a text in memory; @name stands for the path. */
int casefile_parse(const char *name, const char *text, size_t len,
		   struct casefile *c, char *error, size_t size);

void casefile_free(struct casefile *c);

/* Is the case meant for this platform? */
bool casefile_wants(const struct casefile *c, const struct platform *platform);

/* Is @ret, the return value of a stack, what is expected? */
bool case_verdict_is(const struct case_verdict *v, u32 ret);

/*
 * casefile_check - hold our own reference against the expectations: checker,
 * model, emulator and interpreter
 * @m: tables that it does not have are not looked at
 * @why: becomes one line that says what differs
 *
 * Returns 0 or -EBADMSG.
 */
int casefile_check(const struct casefile *c, const struct machine *m, char *why,
		   size_t size);

/*
 * casefile_run - hold a subject's execution against the expected verdicts
 * @sub: has the case's stack attached, as compare() leaves it
 *
 * Deliberate exceptions, and calls of a table that it does not have, are not
 * looked at. Returns 0 or -EBADMSG, with *@why set as by casefile_check().
 */
int casefile_run(const struct casefile *c, const struct subject *sub,
		 char *why, size_t size);

#endif
