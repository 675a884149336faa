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
#include "compat.h"
#include "entry.h"
#include "filter.h"
#include "module.h"

#define CONTROL "/proc/bitproof"

#define COMPAT_GETPPID 64 /* in all three ABIs */

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
static int ask(u32 entry, u32 nr_getppid, s64 *value)
{
	struct task *t = task_new();
	int error;

	t->compat = entries[entry].runner;
	t->calls = 1;
	t->call[0] = (struct call){ entry, nr_getppid, { 0 } };
	error = task_run(t);
	*value = t->result[0].value;
	return error;
}

static int check(u32 base, u32 nr_getppid, char *why, size_t size)
{
	s64 tested = 0, acting = 0;
	int error = ask(base, nr_getppid, &tested) ?:
		    ask(ENTRY_ACTING(base), nr_getppid, &acting);

	if (!error && tested == BITPROOF_NEUTERED && acting == getpid())
		return 0;
	snprintf(why, size,
		 "the module, %s: a call that should not act returned "
		 "%lld, one that should %lld",
		 entries[base].name, (long long)tested, (long long)acting);
	return error ?: EBADE;
}

/* A worker before this one may have told it. */
static int tell_ranges(const u64 *neuter, const u64 *attach, u64 buffer)
{
	int error = tell("neuter %#llx %#llx", (unsigned long long)neuter[0],
			 (unsigned long long)neuter[1]);

	if (error && error != EEXIST)
		return error;
	error = tell("attach %#llx %#llx %#llx %#x",
		     (unsigned long long)attach[0],
		     (unsigned long long)attach[1], (unsigned long long)buffer,
		     STACK_MAX_FILTERS);
	return error == EEXIST ? 0 : error;
}

static int use_native(void)
{
	const struct entry_range *r = entry_ranges;
	u64 neuter[2] = { (uintptr_t)r[0].from, (uintptr_t)r[0].to };
	u64 attach[2] = { (uintptr_t)r[1].from, (uintptr_t)r[1].to };

	return tell_ranges(neuter, attach, (uintptr_t)slots);
}

static int use_compat(void)
{
	u64 neuter[2], attach[2], buffer;

	compat_range(false, &neuter[0], &neuter[1]);
	compat_range(true, &attach[0], &attach[1]);
	compat_bits(&buffer);
	return tell_ranges(neuter, attach, buffer);
}

int module_use(char *why, size_t size)
{
	bool compat = !compat_error();
	int error;

	if (!loaded)
		return 0;
	error = use_native() ?: compat ? use_compat() : 0;
	if (error) {
		errno = error;
		return fail(why, size, CONTROL ": %s", strerror(error));
	}
	used = true;
	error = check(ENTRY_NATIVE, SYS_getppid, why, size);
	if (!error && compat)
		error = check(entry_compat, COMPAT_GETPPID, why, size);
	return error;
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

int module_bits(u32 filters, bool compat, struct bits *b)
{
	const struct bitproof_bits *slot;
	u64 address;
	u32 i;

	_Static_assert(sizeof(b->allow) == sizeof(slot->allow), "sets differ");
	if (!used || !filters || filters > STACK_MAX_FILTERS)
		return -ENODATA;
	slot = compat ? compat_bits(&address) : slots;
	slot += filters - 1;
	if (slot->filters != filters)
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
