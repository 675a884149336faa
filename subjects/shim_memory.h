/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's allocator in user space. What was written out of bounds, or is freed
 * twice, ends the process: when that memory is freed, or in shim_check_memory(). Fresh
 * memory is a pattern, so that a bug that reads what nobody set does the same in every
 * run.
 *
 * AddressSanitizer sees more, and where it happens: it has exact sizes, without this. So
 * has MemorySanitizer, for which what nobody set must stay unset.
 */
#ifndef BITPROOF_SHIM_MEMORY_H
#define BITPROOF_SHIM_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

#ifdef __SANITIZE_ADDRESS__
#define SHIM_EXACT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SHIM_EXACT 1
#endif
#endif

#ifdef SHIM_EXACT

#define shim_alloc(size)     malloc(size)
#define shim_zalloc(size)    calloc(1, size)
#define shim_free(p)         free((void *)(p))
#define shim_resize(p, size) realloc(p, size)
#define shim_check_memory()  ((void)0)

#else

/* Before the memory; all that there is are in a list. */
struct shim_block {
	struct shim_block *next, **link;
	u64 size;
	u64 mark;
};

static struct shim_block *shim_blocks;

#define SHIM_MARK 0x9e3779b97f4a7c15ull
#define SHIM_BYTE 0xa5

/*
 * Bytes behind the memory: a jump of 255 instructions over the end of a filter is
 * still in them when check_load_and_stores() marks its target, 2 bytes for each.
 */
#define SHIM_ZONE 512

static inline void *shim_alloc_as(size_t size, int byte)
{
	struct shim_block *b = malloc(sizeof(*b) + size + SHIM_ZONE);

	if (!b)
		return NULL;
	b->size = size;
	b->mark = SHIM_MARK;
	b->next = shim_blocks;
	b->link = &shim_blocks;
	if (b->next)
		b->next->link = &b->next;
	shim_blocks = b;
	memset(b + 1, byte, size);
	memset((char *)(b + 1) + size, SHIM_BYTE, SHIM_ZONE);
	return b + 1;
}

static inline void shim_check_block(const struct shim_block *b)
{
	const u8 *zone = (const u8 *)(b + 1) + b->size;

	if (b->mark == SHIM_MARK && *zone == SHIM_BYTE &&
	    !memcmp(zone, zone + 1, SHIM_ZONE - 1))
		return;
	fprintf(stderr, "kernel BUG: memory was written out of its bounds, or "
			"is freed twice\n");
	abort();
}

static inline void shim_check_memory(void)
{
	const struct shim_block *b;

	for (b = shim_blocks; b; b = b->next)
		shim_check_block(b);
}

static inline void shim_free(const void *p)
{
	struct shim_block *b = (struct shim_block *)p - 1;

	if (!p)
		return;
	shim_check_block(b);
	*b->link = b->next;
	if (b->next)
		b->next->link = b->link;
	b->mark = 0;
	free(b);
}

#define shim_alloc(size)  shim_alloc_as(size, SHIM_BYTE)
#define shim_zalloc(size) shim_alloc_as(size, 0)

/* As realloc(), but that it always moves. */
static inline void *shim_resize(void *old, size_t size)
{
	size_t had = ((struct shim_block *)old - 1)->size;
	void *p = shim_alloc(size);

	if (!p)
		return NULL;
	memcpy(p, old, had < size ? had : size);
	shim_free(old);
	return p;
}

#endif

static inline void *shim_memdup(const void *src, size_t size)
{
	void *p = shim_alloc(size);

	return p ? memcpy(p, src, size) : NULL;
}

#endif
