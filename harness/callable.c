// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kernel/module/bitproof.h"
#include "callable.h"
#include "module.h"

enum value {
	VALUE_SAME, /* as at the probe */
	VALUE_TGID,
	VALUE_TID,
	VALUE_PPID,
};

struct known {
	u16 nr;
	enum value value;
};

struct range {
	u16 from, to;
};

struct numbers {
	const struct known *known;
	const struct range *gaps;
	u32 nr_known, nr_gaps;
	u32 own; /* positive numbers from here on do something; 0: none */
};

static const struct known native_known[] = {
	{ SYS_getpid, VALUE_TGID },  { SYS_gettid, VALUE_TID },
	{ SYS_getppid, VALUE_PPID }, { SYS_getuid, VALUE_SAME },
	{ SYS_getgid, VALUE_SAME },  { SYS_geteuid, VALUE_SAME },
	{ SYS_getegid, VALUE_SAME },
};

/* The 32-bit ABIs have the same old numbers. */
#ifdef __s390x__
#define COMPAT_GETTID 236
#else
#define COMPAT_GETTID 224
#endif

static const struct known compat_known[] = {
	{ 20, VALUE_TGID },  { COMPAT_GETTID, VALUE_TID },
	{ 64, VALUE_PPID },  { 24, VALUE_SAME },
	{ 47, VALUE_SAME },  { 49, VALUE_SAME },
	{ 50, VALUE_SAME },  { 199, VALUE_SAME },
	{ 200, VALUE_SAME }, { 201, VALUE_SAME },
	{ 202, VALUE_SAME },
};

/*
 * Numbers that no kernel with a bitmap implements, as far as we know: the
 * probe decides. Called with zeroes they would do no harm.
 */
#if defined(__x86_64__)
static const struct range native_gaps[] = {
	{ 134, 134 }, { 156, 156 }, { 174, 174 }, { 177, 178 }, { 180, 185 },
	{ 205, 205 }, { 211, 212 }, { 214, 215 }, { 236, 236 }, { 337, 423 },
};

static const struct range compat_gaps[] = {
	{ 17, 17 },   { 31, 32 },   { 35, 35 },   { 44, 44 },   { 53, 53 },
	{ 56, 56 },   { 58, 58 },   { 98, 98 },   { 112, 112 }, { 127, 127 },
	{ 130, 130 }, { 134, 134 }, { 137, 137 }, { 149, 149 }, { 167, 167 },
	{ 169, 169 }, { 188, 189 }, { 222, 223 }, { 251, 251 }, { 253, 253 },
	{ 273, 273 }, { 285, 285 }, { 387, 392 }, { 415, 415 },
};
#elif defined(__aarch64__)
static const struct range native_gaps[] = {
	{ 18, 18 },
	{ 42, 42 },
	{ 244, 259 },
	{ 295, 423 },
};

static const struct range compat_gaps[] = {
	{ 7, 7 },     { 13, 13 },   { 17, 18 },	  { 22, 22 },	{ 25, 25 },
	{ 27, 28 },   { 30, 32 },   { 35, 35 },	  { 44, 44 },	{ 48, 48 },
	{ 53, 53 },   { 56, 56 },   { 58, 59 },	  { 68, 69 },	{ 76, 76 },
	{ 82, 82 },   { 84, 84 },   { 89, 90 },	  { 98, 98 },	{ 101, 101 },
	{ 109, 110 }, { 112, 113 }, { 123, 123 }, { 127, 127 }, { 130, 130 },
	{ 137, 137 }, { 166, 167 }, { 169, 169 }, { 188, 189 }, { 222, 223 },
	{ 254, 255 }, { 415, 415 },
};
#elif defined(__s390x__)
static const struct range native_gaps[] = {
	{ 13, 13 },   { 16, 18 },   { 23, 25 },   { 28, 28 },   { 31, 32 },
	{ 35, 35 },   { 44, 44 },   { 46, 47 },   { 49, 50 },   { 53, 53 },
	{ 56, 56 },   { 58, 59 },   { 68, 71 },   { 76, 76 },   { 80, 82 },
	{ 84, 84 },   { 95, 95 },   { 98, 98 },   { 101, 101 }, { 109, 110 },
	{ 112, 113 }, { 123, 123 }, { 127, 127 }, { 130, 130 }, { 134, 134 },
	{ 137, 140 }, { 149, 149 }, { 164, 167 }, { 169, 171 }, { 182, 182 },
	{ 188, 189 }, { 192, 197 }, { 221, 221 }, { 223, 223 }, { 242, 242 },
	{ 263, 264 }, { 317, 317 }, { 387, 391 }, { 403, 423 },
};

static const struct range compat_gaps[] = {
	{ 17, 18 },   { 28, 28 },   { 31, 32 },	  { 35, 35 },	{ 44, 44 },
	{ 53, 53 },   { 56, 56 },   { 58, 59 },	  { 68, 69 },	{ 82, 82 },
	{ 84, 84 },   { 98, 98 },   { 109, 109 }, { 113, 113 }, { 123, 123 },
	{ 127, 127 }, { 130, 130 }, { 137, 137 }, { 166, 167 }, { 169, 169 },
	{ 189, 189 }, { 242, 242 }, { 263, 263 }, { 317, 317 },
	{ 387, 391 }, { 415, 415 },
};
#endif

#define NUMBERS(known, gaps, own) \
	{ known, gaps, ARRAY_SIZE(known), ARRAY_SIZE(gaps), own }

/* In the order of entries[]. */
static const struct numbers numbers[] = {
	NUMBERS(native_known, native_gaps, 0),
#if defined(__x86_64__)
	NUMBERS(compat_known, compat_gaps, 0),
	NUMBERS(native_known, native_gaps, 0),
	NUMBERS(compat_known, compat_gaps, 0),
	NUMBERS(compat_known, compat_gaps, 0),
#elif defined(__aarch64__)
	/* set_tls() and so on, then SIGILL: arch/arm64/kernel/sys_compat.c */
	NUMBERS(compat_known, compat_gaps, 0x0f0000),
#else
	NUMBERS(compat_known, compat_gaps, 0),
#endif
};

struct callable callable[CALLABLE_ENTRIES];

static const struct known *find_known(u32 entry, u32 nr, u32 *row)
{
	const struct numbers *n = &numbers[ENTRY_PATH(entry)];

	for (*row = 0; *row < n->nr_known; ++*row) {
		if (n->known[*row].nr == nr)
			return &n->known[*row];
	}
	return NULL;
}

static s64 value_of(enum value value, s64 same, const struct task *t)
{
	switch (value) {
	case VALUE_TGID:
		return t->pid;
	case VALUE_TID:
		return t->tid;
	case VALUE_PPID:
		return getpid();
	default:
		return same;
	}
}

bool callable_neutered(const struct call *c)
{
	return c->entry < nr_entries && module_neuters() &&
	       entry_ip(c->entry) != entry_ip(ENTRY_ACTING(c->entry));
}

bool callable_value(const struct call *c, const struct task *t, s64 *value)
{
	const struct callable *k = &callable[ENTRY_PATH(c->entry)];
	const u32 own = numbers[ENTRY_PATH(c->entry)].own;
	u32 nr = c->nr & entries[c->entry].nr_mask;
	const struct known *known;
	u32 row;

	if (callable_neutered(c)) {
		*value = BITPROOF_NEUTERED;
		return true;
	}
	nr &= ~entries[c->entry].nr_set;
	*value = -ENOSYS;
	if (own && nr >= own && nr <= INT32_MAX)
		return false;
	/* Without the path nobody implements anything. */
	if (nr >= NR_MAX + 64 || (entries[c->entry].nr_set && !k->works))
		return true;
	if (nr < NR_MAX && nrset_has(&k->is_enosys, nr))
		return true;
	known = find_known(c->entry, nr, &row);
	if (!known || !(k->known >> row & 1))
		return false;
	if (t)
		*value = value_of(known->value, k->same[row], t);
	return true;
}

u32 callable_pick(u32 entry, struct rng *r)
{
	const struct callable *k = &callable[ENTRY_PATH(entry)];
	const struct numbers *n = &numbers[ENTRY_PATH(entry)];
	u32 nr;

	if (rng_one_in(r, 2) && k->enosys)
		nr = k->list[rng_below(r, k->enosys)];
	else
		nr = n->known[rng_below(r, n->nr_known)].nr;
	return nr | entries[entry].nr_set;
}

/* One call in a task of its own, which it may end. */
static int probe(u32 entry, u32 nr, s64 *value, struct task **task)
{
	struct task *t = *task = task_new();
	int error;

	t->compat = entries[entry].runner;
	t->calls = 1;
	t->call[0] = (struct call){ ENTRY_ACTING(entry),
				    nr | entries[entry].nr_set,
				    { 0 } };
	error = task_run(t);
	*value = t->result[0].seen == SEEN_RETURN ? t->result[0].value : 0;
	return error;
}

static int probe_known(u32 entry)
{
	struct callable *k = &callable[entry];
	u32 i;

	for (i = 0; i < numbers[entry].nr_known; i++) {
		const struct known *known = &numbers[entry].known[i];
		struct task *t;
		s64 value;
		int error = probe(entry, known->nr, &value, &t);

		if (error)
			return error;
		k->same[i] = value;
		if (value >= 0 && value == value_of(known->value, value, t))
			k->known |= 1u << i;
	}
	k->works = k->known & 1; /* getpid() */
	return 0;
}

static int probe_gaps(u32 entry)
{
	struct callable *k = &callable[entry];
	u32 i, nr;

	for (i = 0; i < numbers[entry].nr_gaps; i++) {
		const struct range *gap = &numbers[entry].gaps[i];

		for (nr = gap->from; nr <= gap->to; nr++) {
			struct task *t;
			s64 value;
			int error = probe(entry, nr, &value, &t);

			if (error)
				return error;
			if (value != -ENOSYS)
				continue;
			nrset_add(&k->is_enosys, nr);
			k->list[k->enosys++] = nr;
		}
	}
	return 0;
}

int callable_probe(void)
{
	u32 i;

	for (i = 0; i < nr_entries; i++) {
		int error;

		if (!entry_ip(i))
			continue;
		error = probe_known(i);
		if (!error && (callable[i].works || entries[i].nr_set))
			error = probe_gaps(i);
		if (error)
			return error;
	}
	return 0;
}
