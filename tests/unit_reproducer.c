// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reproducers, compiled and run on this machine's kernel, which has no bug: what
 * is true is "ok", and a finding that says the kernel did right is "not ok".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checker.h"
#include "insns.h"
#include "reproducer.h"
#include "tap.h"

#if defined(__x86_64__)
#define PLATFORM 0
#elif defined(__aarch64__)
#define PLATFORM 1
#else
#define PLATFORM 2
#endif

#define NO_SUCH 400 /* a number that nobody implements */

static struct input in;
static char dir[] = "/tmp/reproducer.XXXXXX";

static int command(const char *format, const char *argument)
{
	char line[256];
	int status;

	snprintf(line, sizeof(line), format, dir, dir, argument);
	status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The status of the program that is made of it; -1: it was not made. */
static int reproduce(const struct finding *f, const char *argument)
{
	char path[64];
	FILE *out;
	int error;

	snprintf(path, sizeof(path), "%s/r.c", dir);
	out = fopen(path, "w");
	if (!out)
		return -1;
	error = reproducer_write(out, "linux", &platforms[PLATFORM], &in, f);
	if (fclose(out) || error ||
	    command("cc -Wall -Werror -o %s/r %s/r.c%s", ""))
		return -1;
	return command("exec %s/r %.0s%s >/dev/null 2>&1", argument);
}

static void put(u32 filter, const struct sock_filter *insns, u32 n)
{
	memcpy(input_room(&in, filter), insns, n * sizeof(*insns));
	in.stack.filter[filter] = (struct filter){ input_room(&in, filter), n };
	in.stack.depth = filter + 1;
}

/* One number gets @ret, all others are allowed. */
static void deny(u32 filter, u32 nr, u32 ret)
{
	const struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ret),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	put(filter, insns, ARRAY_SIZE(insns));
}

static struct finding at_run(const struct abi *abi, u32 nr, u32 expected,
			     u32 seen)
{
	struct finding f = { .class = DIVERGENT,
			     .where = AT_RUN,
			     .expected = expected,
			     .seen = seen };

	f.sd.w[SD_NR] = nr;
	f.sd.w[SD_ARCH] = abi->audit_arch;
	return f;
}

static void test_verdicts(void)
{
	static const struct {
		const char *name;
		u32 ret;
	} row[] = {
		{ "ERRNO(5)", SECCOMP_RET_ERRNO | 5 },
		{ "ERRNO above 4095", SECCOMP_RET_ERRNO | 0xffff },
		{ "TRAP(7)", SECCOMP_RET_TRAP | 7 },
		{ "TRACE", SECCOMP_RET_TRACE | 3 },
		{ "USER_NOTIF", SECCOMP_RET_USER_NOTIF },
		{ "KILL_THREAD", SECCOMP_RET_KILL_THREAD },
		{ "KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
		{ "an unknown action", 0x00010000 },
	};
	const struct abi *abi = platforms[PLATFORM].native;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++) {
		struct finding f =
			at_run(abi, SYS_getppid, row[i].ret, SECCOMP_RET_ALLOW);

		deny(0, SYS_getppid, row[i].ret);
		ok(reproduce(&f, "") == 0, "%s, as it is", row[i].name);
		/* The kernel as it should not be: it executes the call. */
		deny(0, SYS_getppid, SECCOMP_RET_ALLOW);
		ok(reproduce(&f, "") == 1, "%s, and it is allowed",
		   row[i].name);
	}
}

static void test_allow(void)
{
	const struct abi *abi = platforms[PLATFORM].native;
	struct finding f = at_run(abi, SYS_getppid, SECCOMP_RET_ALLOW,
				  SECCOMP_RET_ERRNO | 5);

	deny(0, SYS_getppid, SECCOMP_RET_ALLOW);
	ok(reproduce(&f, "") == 2, "a call that is allowed waits for consent");
	ok(reproduce(&f, "yes") == 0, "ALLOW, as it is");
	deny(0, SYS_getppid, SECCOMP_RET_ERRNO | 5);
	ok(reproduce(&f, "yes") == 1, "ALLOW, and it is denied");
	deny(0, SYS_getppid, SECCOMP_RET_KILL_PROCESS);
	ok(reproduce(&f, "yes") == 1, "ALLOW, and it is killed");
}

/* High words too, in the order of this machine. */
static void test_arguments(void)
{
	const struct abi *abi = platforms[PLATFORM].native;
	struct finding f =
		at_run(abi, NO_SUCH, SECCOMP_RET_ERRNO | 9, SECCOMP_RET_ALLOW);
	u32 arg;

	for (arg = 0; arg < 6; arg++) {
		u32 hi = sd_arg_hi(arg, abi->big_endian);
		u32 lo = sd_arg_lo(arg, abi->big_endian);
		const struct sock_filter insns[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * hi),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xfedcba98, 0, 2),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * lo),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x80000001, 1, 0),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 9),
		};

		put(0, insns, ARRAY_SIZE(insns));
		f.sd.w[hi] = 0xfedcba98;
		f.sd.w[lo] = 0x80000001;
		ok(reproduce(&f, "") == 0, "args[%u] is what it was", arg);
		f.sd.w[hi] = f.sd.w[lo] = 0;
	}
}

static void test_stack(void)
{
	const struct abi *abi = platforms[PLATFORM].native;
	struct finding f = at_run(abi, SYS_getppid, SECCOMP_RET_ERRNO | 2,
				  SECCOMP_RET_ERRNO | 1);

	deny(0, SYS_getppid, SECCOMP_RET_ERRNO | 1);
	deny(1, SYS_getppid, SECCOMP_RET_ERRNO | 2);
	ok(reproduce(&f, "") == 0, "the newest of two");
	deny(0, SYS_seccomp, SECCOMP_RET_ERRNO | 1);
	deny(1, SYS_getppid, SECCOMP_RET_ERRNO | 2);
	ok(reproduce(&f, "") == 2, "the first denies the second");
	deny(0, SYS_seccomp, SECCOMP_RET_TRAP);
	deny(1, SYS_getppid, SECCOMP_RET_ERRNO | 2);
	ok(reproduce(&f, "") == 2, "the first traps the second");
}

static void test_attach(void)
{
	static const struct sock_filter bad[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct finding f = { .class = CHECKER,
			     .where = AT_ATTACH,
			     .expected = EINVAL };

	put(0, bad, ARRAY_SIZE(bad));
	ok(reproduce(&f, "") == 0, "what must be refused is");
}

#if defined(__x86_64__)
/* Some hypervisors have none, even where the kernel would. */
static bool has_int80(void)
{
	int status, nr = 20;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer's would explain it */
		__asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && !status;
}
#endif

static void test_entries(void)
{
#if defined(__x86_64__)
	static const u32 nrs[] = { SYS_getppid | 0x40000000, UINT32_MAX };
	const struct abi *ia32 = abi_find("ia32");
	struct finding f;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		f = at_run(abi_find("x86_64"), nrs[i], SECCOMP_RET_ERRNO | 5,
			   SECCOMP_RET_ALLOW);
		deny(0, nrs[i], SECCOMP_RET_ERRNO | 5);
		ok(reproduce(&f, "") == 0, "nr 0x%08x", nrs[i]);
	}
	f = at_run(ia32, 64, SECCOMP_RET_ERRNO | 5, SECCOMP_RET_ALLOW);
	deny(0, 64, SECCOMP_RET_ERRNO | 5);
	if (has_int80())
		ok(reproduce(&f, "") == 0, "int $0x80");
	else
		ok(reproduce(&f, "") == 2, "no int $0x80 here: it says so");
#endif
}

static void test_none(void)
{
	struct finding f = at_run(platforms[PLATFORM].native, 1, 0, 0);
	FILE *out = fopen("/dev/null", "w");

	deny(0, 1, SECCOMP_RET_ALLOW);
	f.class = LOST;
	ok(reproducer_write(out, "linux", &platforms[PLATFORM], &in, &f) ==
		   -EOPNOTSUPP,
	   "a lost bit has none");
	f.class = DIVERGENT;
	f.where = AT_MATCH;
	ok(reproducer_write(out, "linux", &platforms[PLATFORM], &in, &f) ==
		   -EOPNOTSUPP,
	   "nor has what only user space can see");
	fclose(out);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 2;
	in.platform = PLATFORM;
	test_verdicts();
	test_allow();
	test_arguments();
	test_stack();
	test_attach();
	test_entries();
	test_none();
	command("rm -r %s%.0s%s", "");
	return tap_done();
}
