// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

static const struct subject *inner;
static struct watch *watch;

static void enter(enum finding_where where)
{
	watch->where = where;
	watch->entries++;
	__atomic_store_n(&watch->inside, 1, __ATOMIC_RELEASE);
}

static void leave(void)
{
	__atomic_store_n(&watch->inside, 0, __ATOMIC_RELEASE);
}

static void watched_reset(void)
{
	enter(AT_ATTACH);
	inner->reset();
	leave();
}

static int watched_attach(const struct filter *f)
{
	int ret;

	enter(AT_ATTACH);
	ret = inner->attach(f);
	leave();
	return ret;
}

static void watched_served(u32 arch, struct nrset *out)
{
	enter(AT_LOOKUP);
	inner->served(arch, out);
	leave();
}

static bool watched_lookup(const struct sd *sd)
{
	bool ret;

	enter(AT_LOOKUP);
	ret = inner->lookup(sd);
	leave();
	return ret;
}

static u32 watched_run(const struct sd *sd, s32 *match)
{
	u32 ret;

	enter(AT_RUN);
	ret = inner->run(sd, match);
	leave();
	return ret;
}

static u32 watched_exec(u32 filter, const struct sd *sd)
{
	u32 ret;

	enter(AT_EXECUTE);
	ret = inner->exec(filter, sd);
	leave();
	return ret;
}

const struct subject *watch_subject(const struct subject *sub, struct watch *w)
{
	static struct subject watched;

	watch = w;
	inner = sub;
	watched = *sub;
	watched.reset = watched_reset;
	watched.attach = watched_attach;
	watched.served = watched_served;
	watched.lookup = watched_lookup;
	watched.run = sub->run ? watched_run : NULL;
	watched.exec = sub->exec ? watched_exec : NULL;
	return &watched;
}
