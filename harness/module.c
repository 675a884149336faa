// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kernel/module/bitproof.h"
#include "entry.h"
#include "filter.h"
#include "module.h"

#define CONTROL "/proc/bitproof"

static bool loaded, used;
static struct bitproof_bits *slots;

__attribute__((format(printf, 3, 4))) static int fail(char *why, size_t size,
						      const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return error;
}

int module_load(const char *path, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return fail(why, size, "%s: %s", path, strerror(errno));
	error = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	if (error) {
		errno = error;
		return fail(why, size, "%s: %s", path, strerror(error));
	}
	/* Tasks of all workers write to it, some with memory of their own. */
	slots = mmap(NULL, STACK_MAX_FILTERS * sizeof(*slots),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		return fail(why, size, "no memory");
	loaded = true;
	why[0] = 0;
	return 0;
}

__attribute__((format(printf, 1, 2))) static int tell(const char *fmt, ...)
{
	int fd = open(CONTROL, O_WRONLY | O_CLOEXEC);
	char text[128];
	int error = 0;
	va_list ap;

	if (fd < 0)
		return errno;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* getppid() takes no arguments and has no other answer. */
static int check(char *why, size_t size)
{
	u64 args[6] = { 0 };
	s64 tested = entries[0].enter(SYS_getppid, args);
	s64 acting = entries[ENTRY_ACTING(0)].enter(SYS_getppid, args);

	if (tested != BITPROOF_NEUTERED || acting != getppid()) {
		snprintf(why, size,
			 "the module: a call that should not act returned "
			 "%lld, one that should %lld",
			 (long long)tested, (long long)acting);
		return EBADE;
	}
	return 0;
}

int module_use(char *why, size_t size)
{
	const struct entry_range *r = entry_ranges;
	int error;

	if (!loaded)
		return 0;
	error = tell("neuter %#lx %#lx", (unsigned long)r[0].from,
		     (unsigned long)r[0].to);
	if (!error || error == EEXIST)
		error = tell("attach %#lx %#lx %#lx %#x",
			     (unsigned long)r[1].from, (unsigned long)r[1].to,
			     (unsigned long)slots, STACK_MAX_FILTERS);
	/* A worker before this one has told it. */
	if (error && error != EEXIST) {
		errno = error;
		return fail(why, size, CONTROL ": %s", strerror(error));
	}
	used = true;
	return check(why, size);
}

bool module_neuters(void)
{
	return used;
}

void module_forget_bits(void)
{
	volatile struct bitproof_bits *slot = slots;
	u32 i;

	for (i = 0; used && i < STACK_MAX_FILTERS; i++)
		slot[i].filters = 0;
}

int module_bits(u32 filters, struct bits *b)
{
	const struct bitproof_bits *slot = &slots[filters - 1];
	u32 i;

	_Static_assert(sizeof(b->allow) == sizeof(slot->allow), "sets differ");
	if (!used || !filters || filters > STACK_MAX_FILTERS ||
	    slot->filters != filters)
		return -ENODATA;
	if (slot->size != sizeof(*slot) || !slot->nrs[0] ||
	    slot->nrs[0] > NR_MAX || slot->nrs[1] > NR_MAX)
		return -EINVAL;
	memcpy(b->allow, slot->allow, sizeof(b->allow));
	for (i = 0; i < 2; i++) {
		struct nrset table = nrset_below(slot->nrs[i]);

		/* bitmap_fill() leaves ones behind the end of a table. */
		b->allow[i] = nrset_and(b->allow[i], &table);
		b->nrs[i] = slot->nrs[i];
	}
	return 0;
}
