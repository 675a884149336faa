/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A finding's folder. It begins with the input as it was found, written and
 * synced before anything else is done, and is filled when more is known:
 *
 *	found.raw	the input as it was found
 *	input.raw	the same made small, as all harnesses read it
 *	case.bpf	that as text
 *	stack.c		that as C
 *	finding.txt	what was seen, and how it is met again
 *	reproducer.c	a program that shows it, where a call or an attach can
 *
 * A file that is there is a whole one. What goes wrong is one line on standard
 * error, the first time.
 */
#ifndef BITPROOF_FOLDER_H
#define BITPROOF_FOLDER_H

#include <stdio.h>

#include "../src/input.h"

struct folder {
	char path[3000];
	bool made; /* it was not there */
	int error; /* negative errno of what could not be written first, or 0 */
};

/* folder_begin - DIR/NAME with found.raw; both are made if missing */
void folder_begin(struct folder *f, const char *dir, const char *name,
		  const struct input *in);

/* One that was begun by another process. */
void folder_open(struct folder *f, const char *path);

/* The input as it is now, in all forms. */
void folder_put_input(struct folder *f, const struct input *in);

/* A file with this text. */
void folder_put(struct folder *f, const char *name, const char *text,
		size_t size);

/* Nobody needs it: it is removed if it was made here. */
void folder_drop(struct folder *f);

#endif
