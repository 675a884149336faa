// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a guest that tests scripts/qemu-run.sh and the kernels that
 * scripts/build-kernel.sh makes. Freestanding of the rest of the project.
 *
 *	init			facts about this kernel, then the trailer
 *	init console		the same, by way of the console
 *	init panic | hang | mutter | silent | half | STATUS
 *				how a guest may fail: /init ends, nothing
 *				happens, no trailer, a part of one; a number is
 *				the status that the trailer has
 *
 * Facts are lines "name value" on the result channel, /dev/vport0p1. With
 * arguments that are none of the above, they are repeated, one a line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/reboot.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL "/dev/vport0p1"

static FILE *out;

/* The end of every guest: with -no-reboot, QEMU ends at a reboot too, and a
 * kernel without ACPI can't power off. */
static void __attribute__((noreturn)) end(void)
{
	if (out)
		fflush(out);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void __attribute__((noreturn, format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("init: ", stdout);
	vprintf(fmt, ap);
	printf(": %s\n", strerror(errno));
	fflush(stdout);
	va_end(ap);
	end();
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("%s", path);
	close(fd);
}

static char *get(const char *path)
{
	static char text[65536];
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail("%s", path);
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	if (got < 0)
		fail("%s", path);
	text[n] = '\0';
	close(fd);
	return text;
}

/* Where /dev/vport0p1 is missing, lines go to the console, each after a mark. */
static ssize_t mark(void *cookie, const char *text, size_t n)
{
	static int within;

	for (size_t i = 0; i < n; i++) {
		if (!within)
			fputs("bitproof> ", stdout);
		within = text[i] != '\n';
		putchar(text[i]);
	}
	fflush(stdout);
	return n;
}

static const cookie_io_functions_t marked = { .write = mark };

/* The channel's file appears when the host's side has told its name. */
static void open_channel(void)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	int fd = -1;

	for (int ms = 0; fd < 0 && ms < 5000; ms++) {
		fd = open(CHANNEL, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			nanosleep(&tick, NULL);
	}
	if (fd < 0 || !(out = fdopen(fd, "w")))
		fail(CHANNEL);
}

/* One line for each arch that seccomp_cache names: its lines, and those that
 * say ALLOW, of a process that has attached "return ALLOW". */
static void seccomp_cache(void)
{
	struct sock_filter ret = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog prog = { 1, &ret };
	char name[32], last[32] = "", verdict[16];
	int lines = 0, allowed = 0, nr, used;
	char *p;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		fail("seccomp");
	for (p = get("/proc/self/seccomp_cache");
	     sscanf(p, "%31s %d %15s%n", name, &nr, verdict, &used) == 3;
	     p += used) {
		if (strcmp(name, last) && lines) {
			fprintf(out, "seccomp_cache %s %d %d\n", last, lines,
				allowed);
			lines = allowed = 0;
		}
		strcpy(last, name);
		lines++;
		allowed += !strcmp(verdict, "ALLOW");
	}
	fprintf(out, "seccomp_cache %s %d %d\n", last, lines, allowed);
}

static void facts(void)
{
	static const char jit[] = "/proc/sys/net/core/bpf_jit_enable";
	struct utsname u;

	uname(&u);
	fprintf(out, "release %s\narch %s\n", u.release, u.machine);
	fprintf(out, "jit %s", get(jit));
	put(jit, "0");
	fprintf(out, "jit_off %s", get(jit));
	put(jit, "1");
	fprintf(out, "jit_on %s", get(jit));
	fprintf(out, "actions %s",
		get("/proc/sys/kernel/seccomp/actions_avail"));
	fflush(out);
	seccomp_cache();
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	char *rest;
	long status;

	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL))
		fail("/proc");
	if (mount("dev", "/dev", "devtmpfs", 0, NULL))
		fail("/dev");
	if (!strcmp(mode, "console"))
		out = fopencookie(NULL, "w", marked);
	else
		open_channel();

	if (!strcmp(mode, "panic"))
		return 1; /* the kernel can't go on without /init */
	for (; !strcmp(mode, "hang");)
		pause();
	/* Results that end, and a console that does not. */
	if (!strcmp(mode, "mutter"))
		fprintf(out, "begun\n");
	for (; !strcmp(mode, "mutter"); sleep(1)) {
		fflush(out);
		puts("rcu: INFO: rcu_sched detected stalls on CPUs/tasks:");
		fflush(stdout);
	}
	if (!strcmp(mode, "half"))
		fputs("bitproof-trailer status=0", out);
	if (!strcmp(mode, "half") || !strcmp(mode, "silent"))
		end();

	status = strtol(mode, &rest, 10);
	if (!*mode || *rest)
		status = 0;
	for (int i = 1; i < argc; i++)
		fprintf(out, "argument %s\n", argv[i]);
	facts();
	fprintf(out, "bitproof-trailer status=%ld arguments=%d\n", status,
		argc - 1);
	end();
}
