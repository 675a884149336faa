/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Integer types in the kernel's spelling. Everything under src/ includes this
 * first and nothing that needs a C library: the directory compiles freestanding.
 */
#ifndef BITPROOF_TYPES_H
#define BITPROOF_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

#endif
