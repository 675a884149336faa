// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "guest_init.h"

static const struct {
	const char *type, *dir;
} mounts[] = {
	{ "devtmpfs", "/dev" },
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "tmpfs", "/tmp" },
};

/*
 * Thousands of killed tasks need no record each. Where a kernel has no such
 * file there is nothing to quieten.
 */
static const struct {
	const char *path, *value;
} settings[] = {
	{ "/proc/sys/kernel/seccomp/actions_logged", "\n" },
	{ "/proc/sys/debug/exception-trace", "0\n" },
	{ "/proc/sys/kernel/print-fatal-signals", "0\n" },
	{ "/proc/sys/net/core/bpf_jit_limit", "1000000000\n" },
};

static const int limits[] = { RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK };

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "init: %s: %s\n", path, strerror(errno));
	close(fd);
}

static void mount_all(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].dir, 0755);
		if (mount(mounts[i].type, mounts[i].dir, mounts[i].type, 0,
			  NULL) &&
		    errno != EBUSY)
			fprintf(stderr, "init: %s: %s\n", mounts[i].dir,
				strerror(errno));
	}
}

/* Each line after a mark, in one write: kernel messages may come between. */
static ssize_t write_marked(void *cookie, const char *text, size_t n)
{
	static const char mark[] = "bitproof> ";
	static bool within;
	size_t done = 0;

	while (done < n) {
		const char *end = memchr(text + done, '\n', n - done);
		size_t part = end ? end + 1 - text - done : n - done;
		struct iovec line[] = {
			{ (void *)mark, within ? 0 : sizeof(mark) - 1 },
			{ (void *)(text + done), part },
		};

		if (writev(STDERR_FILENO, line, 2) < 0)
			return 0;
		within = !end;
		done += part;
	}
	return n;
}

/* The console, where there is nothing better. */
static void mark_result(void)
{
	static const cookie_io_functions_t marked = { .write = write_marked };
	FILE *f = fopencookie(NULL, "w", marked);

	if (!f)
		return;
	setvbuf(f, NULL, _IOLBF, 0);
	stdout = f;
	stderr = f;
}

/* With its driver, the device is there when the host has told its name. */
static int open_port(void)
{
	int fd = -1, tries = access("/sys/class/virtio-ports", F_OK) ? 1 : 5000;

	while (tries-- && fd < 0) {
		fd = open("/dev/vport0p1", O_WRONLY | O_CLOEXEC);
		if (fd < 0 && tries)
			usleep(1000);
	}
	return fd;
}

static void open_result(void)
{
	int fd = open_port();

	fflush(stdout);
	if (fd < 0) {
		mark_result();
		return;
	}
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

void guest_init(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
	u32 i;

	mount_all();
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		set(settings[i].path, settings[i].value);
	for (i = 0; i < ARRAY_SIZE(limits); i++)
		setrlimit(limits[i], &most);
	open_result();
}

void guest_exit(void)
{
	fflush(NULL);
	fsync(STDOUT_FILENO);
	sync();
	/* Small machines have no way to power off; QEMU ends at a reboot. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
