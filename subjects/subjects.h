/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subjects that can be linked into a program.
 */
#ifndef BITPROOF_SUBJECTS_H
#define BITPROOF_SUBJECTS_H

#include "emulator.h"
#include "subject.h"

/*
 * The functions of the kernel tree that build.sh was given, as built for a
 * platform. The address is always the same.
 */
const struct subject *kernel_subject_x86_64(void);
const struct subject *kernel_subject_arm64(void);
const struct subject *kernel_subject_s390x(void);

/*
 * Prepare the bitmaps of the newest filter once more: the kernel's emulator for
 * each number that the filters below let through, to be timed alone. Returns false
 * if this tree's function takes other arguments than those known.
 */
bool kernel_prepare_x86_64(void);
bool kernel_prepare_arm64(void);
bool kernel_prepare_s390x(void);

/*
 * self_subject - our own checker, emulator and interpreter as a subject
 * @platform: described with tables of 463 numbers, as 6.12 has them
 *
 * One stack for all of them: the subject of the last call is the valid one.
 */
const struct subject *self_subject(enum emu_level level,
				   const struct platform *platform);

#endif
