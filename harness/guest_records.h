/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a guest's results that are for scripts; the head of
 * emu_vs_kernel.c has their forms.
 */
#ifndef BITPROOF_GUEST_RECORDS_H
#define BITPROOF_GUEST_RECORDS_H

#include "board.h"

/* The input of the finding on the board, as it was met. */
void guest_tell_found(void);

/* What the text before it is about. @in: what board->shrunk is */
void guest_tell_finding(const struct finding *f, const struct input *in);

/* Remember for guest_tell_all() that this was not run. */
void guest_absent(const char *name, const char *why);

/* What was done. @t: in all modes */
void guest_tell_all(const struct versus_tally *t);

#endif
