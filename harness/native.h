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
 * @flags: more for the compiler; NATIVE_WRONG_* for code that is wrong, or ""
 *
 * The compiler is $CC, or cc. Code stays until the process ends. Returns 0 or a
 * negative errno, after what the compiler had to say on standard error.
 */
int native_compile(const struct filter *filters, u32 n, native_fn *fn,
		   const char *flags);

#define NATIVE_WRONG_WORD   "-DWORD=(w^1)" /* the other half is loaded */
#define NATIVE_WRONG_ACCESS "-DALSO=15"    /* the last word is accessed, too */

#endif
