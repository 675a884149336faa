// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kcov.h"
#include "task.h"

/* Its usual place is in sysfs, which may not be there. */
#define DEBUGFS "/debug"

static int fd = -1;
static u64 *area; /* the first word is how many follow */

int kcov_open(void)
{
	if ((mkdir(DEBUGFS, 0700) && errno != EEXIST) ||
	    mount("debugfs", DEBUGFS, "debugfs", 0, NULL))
		return errno;
	fd = open(DEBUGFS "/kcov", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, KCOV_WORDS))
		return errno;
	area = mmap(NULL, KCOV_WORDS * sizeof(*area), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	return area == MAP_FAILED ? errno : 0;
}

int kcov_file(void)
{
	return fd;
}

/* The end of the task is the end of it. */
void kcov_task(void)
{
	if (fd >= 0 &&
	    task_syscall(SYS_ioctl, fd, KCOV_ENABLE, KCOV_TRACE_PC, 0))
		task_give_up();
}

void kcov_clear(void)
{
	__atomic_store_n(area, 0, __ATOMIC_RELAXED);
}

u32 kcov_ran(const u64 **blocks)
{
	*blocks = area + 1;
	return __atomic_load_n(area, __ATOMIC_RELAXED);
}
