// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that runs one kernel selftest, with our arguments: /test. First
 * the modules in /modules are loaded, N-NAME.ko in the order of their numbers.
 *
 * What the test prints is the result. Its exit status is the trailer's: 0, 1, and
 * 4 (skipped); all else is "could not run".
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest_init.h"

#define TEST      "/test"
#define MODULES   "/modules"
#define COULD_NOT 2
#define SKIPPED   4

static int is_module(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void load_modules(void)
{
	struct dirent **names;
	int i, n = scandir(MODULES, &names, is_module, versionsort);

	for (i = 0; i < n; i++) {
		char path[300];
		int fd;

		snprintf(path, sizeof(path), MODULES "/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		/* The test will say what it misses. */
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			printf("# %s: %s\n", path, strerror(errno));
		close(fd);
		free(names[i]);
	}
}

/* Its lines pass through here: the result may be the console, with marks. */
static int run_test(char **argv)
{
	char line[8192];
	int end[2], status;
	pid_t pid;
	FILE *f;

	if (pipe2(end, O_CLOEXEC) || (pid = fork()) < 0) {
		printf("# " TEST ": %s\n", strerror(errno));
		return COULD_NOT;
	}
	if (!pid) {
		argv[0] = TEST;
		dup2(end[1], STDOUT_FILENO);
		dup2(end[1], STDERR_FILENO);
		execv(TEST, argv);
		dprintf(STDOUT_FILENO, "# " TEST ": %s\n", strerror(errno));
		_exit(127);
	}
	close(end[1]);
	f = fdopen(end[0], "r");
	while (f && fgets(line, sizeof(line), f)) {
		fputs(line, stdout);
		fflush(stdout);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		printf("# " TEST " ended with wait status %x\n", status);
		return COULD_NOT;
	}
	switch (WEXITSTATUS(status)) {
	case 0:
	case 1:
	case SKIPPED:
		return WEXITSTATUS(status);
	}
	printf("# " TEST " ended with status %d\n", WEXITSTATUS(status));
	return COULD_NOT;
}

int main(int argc, char **argv)
{
	int status;

	guest_init();
	load_modules();
	status = run_test(argv);
	printf("bitproof-trailer status=%d test=straddle_probe\n", status);
	guest_exit();
}
