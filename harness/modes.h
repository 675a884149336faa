/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Execution modes: who runs a filter, and what the one who attaches it may. In
 * a guest all that the kernel has are gone through; elsewhere it is the one that
 * is there.
 */
#ifndef BITPROOF_MODES_H
#define BITPROOF_MODES_H

#include "types.h"

#define MODES_MAX 8

struct mode {
	char name[48];
	int jit;    /* net.core.bpf_jit_enable; -1: can't be known */
	int harden; /* net.core.bpf_jit_harden */
	bool set;   /* by us; else it is as it is */
	bool unprivileged; /* tasks drop all capabilities */
};

/*
 * modes_find - what there is to go through
 * @all: set what can be set; else the one mode that is there
 *
 * Returns their number, 1 at least.
 */
u32 modes_find(struct mode *modes, bool all);

/* Set it. Returns NULL once it reads back as it should, or what went wrong. */
const char *mode_enter(const struct mode *m);

/* Does it still read back as it should? */
bool mode_holds(const struct mode *m);

/* Do filters get longer, because their constants are hidden? */
bool mode_blinds(const struct mode *m);

#endif
