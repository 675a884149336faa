/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of emu_vs_interp's driver have in common: the options, and what
 * its workers share.
 */
#ifndef BITPROOF_DRIVER_H
#define BITPROOF_DRIVER_H

#include <sys/types.h>

#include "finding.h"
#include "records.h"
#include "status.h"
#include "watch.h"

struct options {
	const char *subject;
	const char *findings;
	compare_fn compare;
	s32 platform; /* -1: all */
	u64 seconds;
	u64 filters; /* 0: no limit */
	u64 seed;
	u64 shrink; /* tries */
	u32 jobs;
	bool strict;
	bool keep_going;
	const char *records;
	const char *picture;
	char **paths;
};

#define LOOKS  16 /* at findings of one class and place, with --keep-going */
#define CAUSES 32 /* that are told */

#define MAX_JOBS 256

/* What the parent sees of a worker, also after its death. */
struct worker {
	pid_t pid;
	bool done;
	enum status status;
	u64 files;
	u64 files_on[INPUT_PLATFORMS];
	u64 iteration;  /* the one in flight */
	char path[512]; /* the file in flight */
	bool reporting; /* a finding, which is on disk */
	bool hangs;
	bool again; /* for the second time: keep the input */
	struct watch watch;
	struct tally tally[INPUT_PLATFORMS];
	struct sampled sampled;
};

/* Shared between the processes. */
struct shared {
	bool stop;      /* one finding is enough */
	bool undecided; /* one such stack is shown */
	u32 looks[FINDING_CLASSES][FINDING_PLACES];
	bool lock; /* of what follows */
	u32 causes;
	u32 cause[CAUSES];
	struct worker worker[];
};

extern struct options opt;
extern struct shared *shared;
extern FILE *records; /* NULL: not wanted */

/* Self subjects share one state: name the one that is to be used again. */
const struct subject *subject_of(u32 platform);

/* How far it is: on a terminal, and as a record. @seconds: since the start */
void driver_progress(double seconds);

/* All that was compared. Returns the final status. */
enum status driver_summary(enum status status, double seconds);

#endif
