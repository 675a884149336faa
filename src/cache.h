/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the bitmap: what a kernel with the merged emulator caches for
 * a stack, and when a system call is answered from it.
 */
#ifndef BITPROOF_CACHE_H
#define BITPROOF_CACHE_H

#include "machine.h"
#include "set_oracle.h"

/* struct action_cache: one set for each table of the machine */
struct cache {
	struct nrset allow[2];
};

/* Before any filter, every call is allowed. */
void cache_init(struct cache *c, const struct machine *m);

/*
 * cache_prepare - the bitmap after one more filter
 * @c: that of the filters below; becomes that of the stack with @f on top
 *
 * A number stays if the filter's action for it is constant and ALLOW.
 * Exceptions are not in it: see struct table. kernel/seccomp.c:
 * seccomp_cache_prepare().
 */
void cache_prepare(struct cache *c, const struct machine *m,
		   const struct filter *f, struct set_scratch *scratch);

/*
 * cache_lookup - is this call answered without running the filters?
 *
 * A number that is negative, not in the table, or an x32 one never is. A
 * kernel without compat does not look at arch. kernel/seccomp.c:
 * seccomp_cache_check_allow().
 */
bool cache_lookup(const struct cache *c, const struct machine *m,
		  const struct sd *sd);

#endif
