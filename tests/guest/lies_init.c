// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many runs of emu_vs_kernel in one guest, each with a lie of its own. Each line of
 * the file /lies is a run, "LIE ARGUMENT...": see tests/native_lies.c. Linked by
 * --wrap: each run is a child that takes itself for the init, and the real init
 * mounts, loads the module and ends the guest once. The result is, for each run,
 *
 *	bitproof-run LIE
 *
 * and what it says, with its own trailer; and at the end one for all of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_init.h"
#include "module.h"

#define MAX_ARGS 16

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
void __real_guest_init(void);
void __wrap_guest_init(void);
void __real_guest_exit(void);
void __wrap_guest_exit(void);
int __real_module_load(const char *path, char *why, size_t size);
int __wrap_module_load(const char *path, char *why, size_t size);

static bool asks;
static char no_module_here[128];
static int module_error;

/* What a run asks first is whether it is process 1. */
pid_t __wrap_getpid(void)
{
	bool first = asks;

	asks = false;
	return first ? 1 : __real_getpid();
}

void __wrap_guest_init(void)
{
}

int __wrap_module_load(const char *path, char *why, size_t size)
{
	snprintf(why, size, "%s", no_module_here);
	return module_error;
}

void __wrap_guest_exit(void)
{
	fflush(NULL);
	_exit(0);
}

/* run: in a child of its own, to which orphans go as they go to an init. */
static bool run(char *line)
{
	char *argv[MAX_ARGS + 1] = { line };
	int argc = 0, status;
	char *word;
	pid_t pid;

	for (word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		if (argc == MAX_ARGS)
			return false;
		argv[argc++] = word;
	}
	if (!argc)
		return false;
	printf("bitproof-run %s\n", argv[0]);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		setenv("BITPROOF_LIE", argv[0], 1);
		asks = true;
		_exit(__real_main(argc, argv));
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			return false;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int __wrap_main(int argc, char **argv)
{
	u32 runs = 0, bad = 0;
	char line[256];
	FILE *f;

	__real_guest_init();
	module_error = __real_module_load(MODULE_FILE, no_module_here,
					  sizeof(no_module_here));
	f = fopen("/lies", "re");
	for (; f && fgets(line, sizeof(line), f); runs++)
		bad += !run(line);
	printf("bitproof-trailer status=%u runs=%u\n", runs && !bad ? 0 : 2,
	       runs);
	__real_guest_exit();
	return 2;
}
