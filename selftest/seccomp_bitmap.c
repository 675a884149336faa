// SPDX-License-Identifier: GPL-2.0-only
/*
 * The constant-action bitmaps of seccomp: what they hold for a stack of filters,
 * and what system calls come to under it.
 *
 * The cases are in corpus.h. Each is attached by a thread of its own, in a
 * process of its own, since most of them leave a task little that it may do:
 *
 *  - bits compares each line of the thread's seccomp_cache with what the case
 *    says, which takes CONFIG_SECCOMP_CACHE_DEBUG and CAP_SYS_ADMIN;
 *  - verdicts makes the calls that the case names. Those that filters allow are
 *    made only if no kernel implements them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "../kselftest_harness.h"

#define MAX_INSNS	4097	/* one more than a filter may have */
#define MAX_FILTERS	8
#define CACHE_SIZE	(64 * 1024)

/* An instruction, which stands there @times times. */
struct insns {
	__u16 code;
	__u8 jt, jf;
	__u32 k;
	__u16 times;
};

struct filter {
	const struct insns *insns;	/* up to one with times of 0 */
	int error;			/* of attaching it */
};

/* Numbers as in "0-334,337-"; "" for none. */
struct cached {
	const char *arch;
	const char *numbers;
};

struct verdict {
	const char *arch;
	__u32 nr;
	__u64 args[6];
	__u32 action;
	__u32 data;
};

struct corpus_case {
	const char *platforms;		/* "all", or a list of them */
	struct filter filters[MAX_FILTERS];
	struct cached cached[7];
	const struct verdict *verdicts;	/* up to one without arch */
};

#if defined(__x86_64__) && !defined(__ILP32__)
#define PLATFORM	"x86_64"
#define NATIVE		"x86_64"
#elif defined(__aarch64__) && !defined(__ILP32__)
#define PLATFORM	"arm64"
#define NATIVE		"aarch64"
#elif defined(__s390x__)
#define PLATFORM	"s390x"
#define NATIVE		"s390x"
#else
#define PLATFORM	"none"
#define NATIVE		"none"
#endif

/*
 * Calls of a trampoline that the kernel maps into processes. They are allowed
 * natively, whatever filters say: seccomp_uprobe_exception().
 */
static const struct {
	unsigned int nr;
	unsigned int major, minor;	/* the first release that has it */
} exceptions[] = {
#ifdef __x86_64__
	{ 335, 6, 11 },	/* uretprobe */
	{ 336, 6, 18 },	/* uprobe */
#endif
	{ 0 }
};

enum state {
	STARTED,
	ATTACHED,
	RETURNED,
	TRAPPED,
};

/* What the process under test leaves to who started it. */
struct shared {
	int errors[MAX_FILTERS];
	unsigned int attempts;
	enum state state;
	bool thread_died;
	long ret;
	__u32 data;		/* that the SIGSYS came with */
	int cache_error;
	size_t cache_size;
	char cache[CACHE_SIZE];
};

static struct shared *shared;

/* In the process under test. */
static const struct corpus_case *test_case;
static const struct verdict *call;
static struct sock_filter insns[MAX_FILTERS][MAX_INSNS];
static struct sock_fprog progs[MAX_FILTERS];
static pid_t thread;

static void set_state(enum state state)
{
	__atomic_store_n(&shared->state, state, __ATOMIC_RELEASE);
}

static enum state get_state(void)
{
	return __atomic_load_n(&shared->state, __ATOMIC_ACQUIRE);
}

/* The thread makes no call that is not under test: it could be denied. */
static void stop(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	shared->data = info->si_errno;
	set_state(TRAPPED);
	stop();
}

static void expand(unsigned int i, const struct insns *from)
{
	struct sock_fprog *prog = &progs[i];
	unsigned int n;

	prog->filter = insns[i];
	for (; from->times; from++) {
		for (n = 0; n < from->times; n++)
			insns[i][prog->len++] = (struct sock_filter)
				{ from->code, from->jt, from->jf, from->k };
	}
}

static void *under_test(void *unused)
{
	const __u64 *a = call ? call->args : NULL;
	unsigned int i;

	thread = syscall(__NR_gettid);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (i = 0; i < MAX_FILTERS && test_case->filters[i].insns; i++) {
		int ret = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				  &progs[i]);

		shared->errors[i] = ret ? errno : 0;
		shared->attempts++;
	}
	set_state(ATTACHED);
	if (call) {
		long ret = syscall((int)call->nr, a[0], a[1], a[2], a[3], a[4],
				   a[5]);

		shared->ret = ret == -1 ? -errno : ret;
		set_state(RETURNED);
	}
	stop();
	return NULL;
}

static void read_cache(void)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/seccomp_cache", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		shared->cache_error = errno;
		return;
	}
	do {
		n = read(fd, shared->cache + shared->cache_size,
			 CACHE_SIZE - 1 - shared->cache_size);
		if (n < 0)
			shared->cache_error = errno;
		else
			shared->cache_size += n;
	} while (n > 0);
	close(fd);
}

static bool thread_is_gone(void)
{
	pid_t tid = __atomic_load_n(&thread, __ATOMIC_RELAXED);

	return tid && syscall(__NR_tgkill, getpid(), tid, 0) && errno == ESRCH;
}

static void run_process(void)
{
	enum state last = call ? RETURNED : ATTACHED;
	struct sigaction act = {
		.sa_sigaction = on_sigsys,
		.sa_flags = SA_SIGINFO,
	};
	pthread_t id;
	unsigned int i;

	for (i = 0; i < MAX_FILTERS && test_case->filters[i].insns; i++)
		expand(i, test_case->filters[i].insns);
	sigaction(SIGSYS, &act, NULL);
	if (pthread_create(&id, NULL, under_test, NULL))
		_exit(1);
	while (get_state() < last && !shared->thread_died) {
		usleep(100);
		/* It may have died after its last word. */
		shared->thread_died = thread_is_gone() && get_state() < last;
	}
	if (!call && !shared->thread_died)
		read_cache();
	_exit(0);
}

/* Attach the stack, and make the call or read the cache. Returns the status. */
static int run(const struct corpus_case *c, const struct verdict *v)
{
	int status = -1;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	test_case = c;
	call = v;
	pid = fork();
	if (!pid)
		run_process();
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

static bool is_in(const char *list, unsigned long nr)
{
	while (*list) {
		char *end;
		unsigned long from = strtoul(list, &end, 10), to = from;

		if (*end == '-')
			to = end[1] >= '0' && end[1] <= '9' ?
				strtoul(end + 1, &end, 10) : (end++, -1ul);
		if (from <= nr && nr <= to)
			return true;
		list = end + (*end == ',');
	}
	return false;
}

static bool is_exception(const char *arch, unsigned int nr)
{
	unsigned int i, major = 0, minor = 0;
	struct utsname name;

	if (strcmp(arch, NATIVE))
		return false;
	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	for (i = 0; exceptions[i].nr; i++) {
		if (nr == exceptions[i].nr)
			return major > exceptions[i].major ||
			       (major == exceptions[i].major &&
				minor >= exceptions[i].minor);
	}
	return false;
}

/*
 * Not implemented by any kernel on these archs, natively: 32-bit ABIs have their
 * calls with 64 bits of time there. With any number above all tables, too.
 */
static bool is_harmless(const struct verdict *v)
{
	__u32 nr = v->nr & ~0x40000000;

	return (nr >= 403 && nr <= 423) || v->nr > 0x40000fff ||
	       (v->nr > 1023 && v->nr < 0x40000000);
}

static bool is_executed(const struct verdict *v)
{
	return v->action == SECCOMP_RET_ALLOW || v->action == SECCOMP_RET_LOG;
}

/* What the registers of a call can say. */
static bool can_be_made(const struct verdict *v)
{
	if (strcmp(v->arch, NATIVE) || is_exception(v->arch, v->nr))
		return false;
#ifdef __s390x__
	/* Others are cut, and restart_syscall() acts before filters run. */
	if (v->nr > 0xffff || v->nr == 7)
		return false;
#endif
	return !is_executed(v) || is_harmless(v);
}

static int read_number(const char *path)
{
	char text[16] = "0";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '0';
		close(fd);
	}
	return atoi(text);
}

/* Why this kernel may differ, by its settings; NULL if it may not. */
static const char *excuse(const struct corpus_case *c)
{
	const struct filter *f;

	for (f = c->filters; f < c->filters + MAX_FILTERS && f->insns; f++) {
		if (f->error == ENOMEM &&
		    read_number("/proc/sys/net/core/bpf_jit_harden"))
			return "bpf_jit_harden makes filters longer";
	}
	return NULL;
}

/* An s390 JIT takes six bits of X in a shift, as it may: see ___bpf_prog_run(). */
static bool shifts_differ(const struct corpus_case *c)
{
#ifdef __s390x__
	const struct filter *f;
	const struct insns *insn;

	if (!read_number("/proc/sys/net/core/bpf_jit_enable"))
		return false;
	for (f = c->filters; f < c->filters + MAX_FILTERS && f->insns; f++) {
		const struct insns *x = NULL;

		for (insn = f->insns; insn->times; insn++) {
			if (insn->code == (BPF_LDX | BPF_IMM))
				x = insn;
			if ((insn->code == (BPF_ALU | BPF_LSH | BPF_X) ||
			     insn->code == (BPF_ALU | BPF_RSH | BPF_X)) &&
			    x && x->k > 31)
				return true;
		}
	}
#endif
	return false;
}

FIXTURE(bitmap) {
};

FIXTURE_VARIANT(bitmap) {
	const struct corpus_case *c;
};

#define CORPUS_CASE(name)						\
	FIXTURE_VARIANT_ADD(bitmap, name) { .c = &case_##name }

#include "corpus.h"

FIXTURE_SETUP(bitmap)
{
	const __u32 action = SECCOMP_RET_ALLOW;
	const struct rlimit none = { 0, 0 };

	if (strcmp(variant->c->platforms, "all") &&
	    !strstr(variant->c->platforms, PLATFORM))
		SKIP(return, "a case for %s", variant->c->platforms);
	if (syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action))
		SKIP(return, "no seccomp filters: %s", strerror(errno));
	if (excuse(variant->c))
		SKIP(return, "%s", excuse(variant->c));
	setrlimit(RLIMIT_CORE, &none);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
}

FIXTURE_TEARDOWN(bitmap)
{
}

/* Attaching has gone as the case says. */
static void check_attached(struct __test_metadata *_metadata,
			   const struct corpus_case *c)
{
	unsigned int i;

	for (i = 0; i < MAX_FILTERS && c->filters[i].insns; i++) {
		EXPECT_EQ(c->filters[i].error, shared->errors[i])
			TH_LOG("attaching filter %u", i);
	}
	EXPECT_EQ(i, shared->attempts);
}

static const char *numbers_of(const struct corpus_case *c, const char *arch)
{
	const struct cached *cached;

	for (cached = c->cached; cached->arch; cached++) {
		if (!strcmp(cached->arch, arch))
			return cached->numbers;
	}
	return NULL;
}

TEST_F(bitmap, bits)
{
	unsigned int nr;
	int lines = 0;
	char arch[16], what[16], *p;
	int used;

	ASSERT_EQ(0, run(variant->c, NULL));
	check_attached(_metadata, variant->c);
	/* A skip would hide a failure. */
	if (_metadata->exit_code)
		return;
	if (!variant->c->cached[0].arch)
		SKIP(return, "the case says nothing of bits");
	if (shared->cache_error == ENOENT)
		SKIP(return, "no seccomp_cache: CONFIG_SECCOMP_CACHE_DEBUG");
	if (shared->cache_error == EACCES)
		SKIP(return, "seccomp_cache needs CAP_SYS_ADMIN");
	ASSERT_EQ(0, shared->cache_error);

	for (p = shared->cache;
	     sscanf(p, "%15s %u %15s%n", arch, &nr, what, &used) == 3;
	     p += used) {
		const char *numbers = numbers_of(variant->c, arch);

		if (!numbers || is_exception(arch, nr))
			continue;
		lines++;
		EXPECT_STREQ(is_in(numbers, nr) ? "ALLOW" : "FILTER", what)
			TH_LOG("%s %u", arch, nr);
	}
	EXPECT_LT(400, lines);
}

static void check_verdict(struct __test_metadata *_metadata,
			  const struct corpus_case *c, const struct verdict *v)
{
	int status = run(c, v);
	int state = get_state();

	switch (v->action) {
	case SECCOMP_RET_KILL_PROCESS:
		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		break;
	case SECCOMP_RET_KILL_THREAD:
		EXPECT_EQ(0, status);
		EXPECT_TRUE(shared->thread_died);
		break;
	case SECCOMP_RET_TRAP:
		EXPECT_EQ(TRAPPED, state);
		EXPECT_EQ(v->data, shared->data);
		break;
	case SECCOMP_RET_ERRNO:
		EXPECT_EQ(RETURNED, state);
		EXPECT_EQ(-(long)v->data, shared->ret);
		break;
	default:
		/* Nobody is there to answer, or there is no such call. */
		EXPECT_EQ(RETURNED, state);
		EXPECT_EQ(-ENOSYS, shared->ret);
	}
	check_attached(_metadata, c);
}

TEST_F(bitmap, verdicts)
{
	const struct verdict *v;
	unsigned int made = 0;

	if (shifts_differ(variant->c))
		SKIP(return, "this JIT shifts by six bits of X");
	for (v = variant->c->verdicts; v->arch; v++) {
		int failed = _metadata->exit_code;

		if (!can_be_made(v))
			continue;
		made++;
		check_verdict(_metadata, variant->c, v);
		if (_metadata->exit_code != failed)
			TH_LOG("call %d(0x%llx, 0x%llx, ...)", (int)v->nr,
			       v->args[0], v->args[1]);
	}
	if (!made)
		SKIP(return, "no call of this case can be made natively");
}

TEST_HARNESS_MAIN
