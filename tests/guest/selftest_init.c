// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that runs one program, /selftest, whose output is the result.
 *
 * The trailer's status is how the program ended: 0 passed, 1 failed, 4 skipped, as
 * kselftest has it; 2 for anything else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL "/dev/vport0p1"

/* It appears when the host's side has told its name. */
static int open_channel(void)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	int fd = -1;

	for (int ms = 0; fd < 0 && ms < 5000; ms++) {
		fd = open(CHANNEL, O_WRONLY);
		if (fd < 0)
			nanosleep(&tick, NULL);
	}
	return fd;
}

static int run(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/selftest", "selftest", NULL);
		printf("# /selftest: %s\n", strerror(errno));
		fflush(stdout);
		_exit(2);
	}
	/* Orphans are reaped on the way. */
	while (wait(&status) != pid)
		;
	if (!WIFEXITED(status))
		return 2;
	return WEXITSTATUS(status);
}

int main(void)
{
	int status;

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) ||
	    mount("dev", "/dev", "devtmpfs", 0, NULL))
		return 1;
	if (dup2(open_channel(), STDOUT_FILENO) < 0 ||
	    dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return 1;
	status = run();
	printf("bitproof-trailer status=%d selftest=1\n",
	       status == 0 || status == 1 || status == 4 ? status : 2);
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
