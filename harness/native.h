/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters as machine code: translated to C, and that by the C compiler, many at a
 * time. An executor for the page-straddling probe that shares nothing with the
 * interpreters, as a JIT would.
 *
 * Loads are volatile: what a filter accesses its code accesses, used or not.
 */
#ifndef BITPROOF_NATIVE_H
#define BITPROOF_NATIVE_H

#include <stdio.h>

#include "filter.h"

typedef u32 (*native_fn)(const struct sd *sd);

/*
 * native_compile - compile filters that filter_check() accepts
 * @fn: becomes a function for each
 *
 * The compiler is $CC, or cc. Code stays until the process ends. Returns 0 or a
 * negative errno, after what the compiler had to say on standard error.
 *
 * For tests there is code that is wrong: with -DWORD=EXPR among $CC word EXPR is
 * loaded in place of word w, with -DALSO=EXPR another one is accessed too.
 */
int native_compile(const struct filter *filters, u32 n, native_fn *fn);

#endif
