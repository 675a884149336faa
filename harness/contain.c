// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "contain.h"

#define OTHERS (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

/* From the strongest to none. */
static const struct {
	u32 flags;
	u32 how;
} attempts[] = {
	{ CLONE_NEWPID | OTHERS, CONTAINED_PID | CONTAINED_OTHERS },
	{ CLONE_NEWUSER | CLONE_NEWPID | OTHERS,
	  CONTAINED_PID | CONTAINED_OTHERS },
	{ CLONE_NEWPID, CONTAINED_PID },
	{ CLONE_NEWUSER | CLONE_NEWPID, CONTAINED_PID },
	{ 0, 0 },
};

static pid_t fork_into(u32 flags)
{
	flags |= SIGCHLD;
#ifdef __s390x__
	return syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
	return syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

pid_t contain_fork(u32 *how)
{
	pid_t pid = -1;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(attempts) && pid < 0; i++) {
		*how = attempts[i].how;
		pid = attempts[i].flags ? fork_into(attempts[i].flags) : fork();
	}
	return pid;
}

static bool drop_capabilities(bool keep_admin)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2] = { 0 };

	if (keep_admin) {
		caps[0].effective = 1u << CAP_SYS_ADMIN;
		caps[0].permitted = 1u << CAP_SYS_ADMIN;
	}
	return !syscall(SYS_capset, &head, caps);
}

static void limit(int what, rlim_t value)
{
	struct rlimit r = { value, value };

	setrlimit(what, &r);
}

void contain_self(bool keep_admin, u32 *how, int *proc)
{
	bool own_proc;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (*how & CONTAINED_OTHERS)
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	own_proc = !(*how & CONTAINED_PID) ||
		   ((*how & CONTAINED_OTHERS) &&
		    !mount("proc", "/proc", "proc",
			   MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	*proc = own_proc ? open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	/* An empty directory that is always there. */
	if (!chroot("/proc/self/fdinfo") && !chdir("/"))
		*how |= CONTAINED_ROOT;
	if (drop_capabilities(keep_admin))
		*how |= CONTAINED_CAPS;
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, 64);
}
