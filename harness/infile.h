/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inputs in files and directories: case text if named *.bpf, else the raw form of
 * src/input.h.
 */
#ifndef BITPROOF_INFILE_H
#define BITPROOF_INFILE_H

#include "input.h"

bool infile_is_case(const char *path);

/*
 * infile_each - a file, or all in a directory and below it, by their names
 * @take: gets each of them, and @arg; anything but 0 ends it
 *
 * Passed over: what is hidden, and what directories have beside inputs (*.txt, *.md,
 * *.c, manifest). Returns what @take did last, or a status after one line.
 */
int infile_each(const char *path, int (*take)(const char *path, void *arg),
		void *arg);

/*
 * infile_raw - read an input in its raw form
 * @size: how many bytes were read, INPUT_MAX_SIZE + 1 at most
 *
 * Returns 0 or a negative errno: those of input_read() for bytes that are no input,
 * E2BIG among them if they are too many.
 */
int infile_raw(const char *path, struct input *in, size_t *size);

#endif
