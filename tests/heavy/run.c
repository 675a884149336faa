// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that runs /program: what that says is the result, and its
 * status that of the trailer.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status = -1, fd;
	pid_t pid;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/dev/vport0p1", O_WRONLY);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	pid = fork();
	if (!pid) {
		execl("/program", "/program", NULL);
		_exit(2);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	printf("bitproof-trailer status=%d program=1\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	fflush(stdout);
	fsync(STDOUT_FILENO);
	reboot(RB_AUTOBOOT);
	return 0;
}
