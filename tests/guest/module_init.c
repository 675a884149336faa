// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that tests kernel/module: every number of every path, allowed
 * by the bitmap and by a filter that is executed, with random arguments, is a
 * call that returns BITPROOF_NEUTERED and does nothing; and calls by the paths
 * that always act do what they are for.
 *
 * A line "ok WHAT" or "not ok WHAT" for each, and the trailer: status 0 if all
 * are ok, 1 if not, 2 without the module.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kernel/module/bitproof.h"
#include "callable.h"
#include "compat.h"
#include "guest_init.h"
#include "module.h"
#include "versus.h"

#define VICTIM  "/victim"
#define NUMBERS 480 /* a little more than a table has */

static struct sock_filter cached[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_filter executed[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * SD_ARGS),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static struct versus_scratch scratch;
static struct kernel kernel;
static struct rng rng = { 1 };
static u32 bad;

static void is(bool ok, const char *what, const char *more)
{
	printf("%sok %s%s\n", ok ? "" : "not ", what, more);
	bad += !ok;
}

static struct task *with_filter(u32 entry, bool from_cache)
{
	struct task *t = task_new();
	u32 base = entries[entry].runner ? entry_compat : ENTRY_NATIVE;
	struct attachment *a = &t->attach[0];

	t->compat = entries[entry].runner;
	a->prog.len = from_cache ? ARRAY_SIZE(cached) : ARRAY_SIZE(executed);
	a->prog.filter = from_cache ? cached : executed;
	a->call = (struct call){ ENTRY_ACTING(base),
				 entries[base].nr_seccomp,
				 { 1, 0, task_prog(0, t->compat) } };
	t->attachments = 1;
	t->no_new_privs = true;
	return t;
}

/* s390's restart_syscall() has an effect before the filters run. */
static bool may(u32 nr)
{
	return ENTRY_PLATFORM != 2 || nr != 7;
}

static u32 some_calls(struct task *t, u32 entry, u32 *nr)
{
	u32 i;

	for (t->calls = 0; t->calls < TASK_MAX_CALLS && *nr < NUMBERS; ++*nr) {
		struct call *c = &t->call[t->calls];

		if (!may(*nr))
			continue;
		c->entry = entry;
		c->nr = *nr | entries[entry].nr_set;
		for (i = 0; i < 6; i++)
			c->args[i] =
				rng_one_in(&rng, 4)
					? rng_below(&rng, 8)
					: rng_next(&rng) >> rng_below(&rng, 64);
		t->calls++;
	}
	return t->calls;
}

/* All numbers by one path. */
static void all_numbers(u32 entry, bool from_cache)
{
	u32 nr = 0, made = 0, good = 0, i;
	char more[128];

	while (nr < NUMBERS) {
		struct task *t = with_filter(entry, from_cache);

		made += some_calls(t, entry, &nr);
		if (task_run(t))
			break;
		for (i = 0; i < t->calls; i++)
			good += t->result[i].seen == SEEN_RETURN &&
				t->result[i].value == BITPROOF_NEUTERED;
	}
	snprintf(more, sizeof(more),
		 "%s %s: %u of %u calls return and do nothing",
		 entries[entry].name, from_cache ? "cached" : "executed", good,
		 made);
	is(made >= NUMBERS - 1 && good == made, "", more);
}

static s64 one_call(u32 entry, u32 nr, u64 a, u64 b, u64 c, u64 d,
		    struct task **task)
{
	struct task *t = *task = with_filter(entry, true);

	t->own_memory = true;
	t->calls = 1;
	t->call[0] = (struct call){ entry, nr, { a, b, c, d } };
	return task_run(t) || t->result[0].seen != SEEN_RETURN
		       ? -EIO
		       : t->result[0].value;
}

static bool there(void)
{
	return !access(VICTIM, F_OK);
}

/* What would be seen if it acted; then it may. */
static void known_calls(void)
{
	u32 tested = 0, acting = ENTRY_ACTING(0);
	struct task *t;
	s64 v;

	close(open(VICTIM, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	v = one_call(tested, SYS_unlinkat, AT_FDCWD, (uintptr_t)VICTIM, 0, 0,
		     &t);
	is(v == BITPROOF_NEUTERED && there(), "unlinkat", " removes nothing");
	v = one_call(acting, SYS_unlinkat, AT_FDCWD, (uintptr_t)VICTIM, 0, 0,
		     &t);
	is(!v && !there(), "unlinkat", " removes the file where it acts");

	v = one_call(tested, SYS_exit_group, 3, 0, 0, 0, &t);
	is(v == BITPROOF_NEUTERED, "exit_group", " does not end the task");
	one_call(acting, SYS_exit_group, 3, 0, 0, 0, &t);
	is(WIFEXITED(t->status) && WEXITSTATUS(t->status) == 3, "exit_group",
	   " does where it acts");

	/* These would be the end of this guest, without a trailer. */
	v = one_call(tested, SYS_reboot, LINUX_REBOOT_MAGIC1,
		     LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, 0, &t);
	is(v == BITPROOF_NEUTERED, "reboot", " does not");
	v = one_call(tested, SYS_kill, getpid(), SIGKILL, 0, 0, &t);
	is(v == BITPROOF_NEUTERED, "kill", " does not");
	v = one_call(acting, SYS_getppid, 0, 0, 0, 0, &t);
	is(v == getpid(), "getppid", " tells the truth where it acts");
}

static int tests(void)
{
	char why[128] = "";
	u32 entry;
	int error;

	compat_create();
	error = module_load(MODULE_FILE, why, sizeof(why));
	if (!error)
		error = task_setup();
	compat_setup();
	if (!error)
		error = kernel_probe(&kernel,
				     open("/proc", O_PATH | O_DIRECTORY),
				     "6.12", &scratch);
	if (!error)
		error = module_use(why, sizeof(why));
	if (error) {
		printf("can't begin: %s\n", why[0] ? why : strerror(error));
		return 2;
	}
	known_calls();
	for (entry = 0; entry < nr_entries; entry++) {
		if (!entry_ip(entry)) {
			printf("no path %s\n", entries[entry].name);
			continue;
		}
		if (entry_ip(entry) == entry_ip(ENTRY_ACTING(entry))) {
			printf("path %s always acts\n", entries[entry].name);
			continue;
		}
		all_numbers(entry, true);
		all_numbers(entry, false);
	}
	return bad ? 1 : 0;
}

int main(void)
{
	int status;

	guest_init();
	fflush(stdout);
	/* What ends it by mistake must not be process 1. */
	if (!fork()) {
		status = tests();
		fflush(stdout);
		_exit(status);
	}
	wait(&status);
	printf("bitproof-trailer status=%d\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	guest_exit();
}
