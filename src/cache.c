// SPDX-License-Identifier: GPL-2.0-only
#include "cache.h"

void cache_init(struct cache *c, const struct machine *m)
{
	u32 i;

	for (i = 0; i < m->tables; i++)
		c->allow[i] = nrset_below(m->table[i].nrs);
}

void cache_prepare(struct cache *c, const struct machine *m,
		   const struct filter *f, struct set_scratch *scratch)
{
	u32 i;

	for (i = 0; i < m->tables; i++) {
		const struct table *t = &m->table[i];
		struct set_result r;

		set_oracle(f, t->abi->audit_arch, t->nrs, &r, scratch);
		c->allow[i] = nrset_and(c->allow[i], &r.allow);
	}
}

bool cache_lookup(const struct cache *c, const struct machine *m,
		  const struct sd *sd)
{
	const struct table *t = machine_table(m, sd->w[SD_ARCH]);
	u32 nr = sd->w[SD_NR];

	if (m->tables == 1)
		t = &m->table[0];
	return t && nr < t->nrs && nrset_has(&c->allow[t - m->table], nr);
}
