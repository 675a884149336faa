/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of emu_vs_kernel have in common: the options, and the board,
 * memory that outlives a worker that a call has killed.
 */
#ifndef BITPROOF_BOARD_H
#define BITPROOF_BOARD_H

#include "inputs.h"
#include "modes.h"
#include "status.h"
#include "versus.h"

#define FILES_MAX 4096

struct options {
	const char *findings;
	u64 seconds;
	u64 stacks; /* 0: no limit */
	u64 seed;
	u64 from;
	u64 shrink;
	bool bench;
	bool guided; /* KCOV is looked at; @share of 100 stacks come of it */
	u64 share;
	bool strict;
	bool keep_going;
	const char *mode; /* NULL: all that there are */
	int scenario;     /* -1: some, for some stacks */
	char **paths;
};

/* What the worker tells its parent. */
struct board {
	bool ready; /* the kernel was probed */
	bool done;
	enum status status;
	char error[256];
	struct kernel kernel;
	char no_compat[128]; /* why there are no compat tasks */
	u32 contained;
	u32 deaths; /* of workers */
	u64 files;  /* replayed, in all modes */
	u64 files_began; /* these when this mode did */
	bool bad_file[FILES_MAX]; /* a finding was met with it */
	u64 iteration;
	char path[512]; /* file in flight */
	u32 modes, mode;
	struct mode in_mode[MODES_MAX];
	struct versus_tally tally[MODES_MAX];
	u64 mode_began; /* iteration at which this one did */
	/* The finding: met, then made small, then told. */
	enum { NO_FINDING, MET, SMALL } stage;
	bool seedless; /* it shows by calls that a case names, and by no others */
	bool failed, unproven; /* one such was told */
	bool looked_at[FINDING_CLASSES][FINDING_PLACES];
	struct finding finding;
	struct versus_result result;
	struct raw original, shrunk;
};

extern struct options opt;
extern bool guest;
extern char no_module[128]; /* why calls that are allowed must be harmless */
extern struct board *board;

#endif
