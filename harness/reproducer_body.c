
#define DENIED 4096 /* no errno: an older filter denies seccomp(2) */

/* What the child tells of itself. Its filters may deny it every call. */
enum state {
	STARTED,
	ATTACHED,
	CALLED,   /* the call was begun */
	RETURNED, /* with a value */
	TRAPPED,  /* SIGSYS by RET_TRAP */
};

static volatile struct seen {
	enum state state;
	int attached; /* filters tried */
	int error[FILTERS];
	long long value;
	int data; /* of TRAP */
	int signal;
} * seen;

static sigjmp_buf jump;

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	if (seen->state == CALLED) {
		seen->data = info->si_errno;
		seen->state = TRAPPED;
	} else {
		seen->error[seen->attached - 1] = DENIED;
	}
	siglongjmp(jump, 1); /* rt_sigreturn() may be denied */
}

static long long make_call(void)
{
#if !HAS_CALL
	return args[0];
#elif defined(__x86_64__)
	register long long r10 __asm__("r10") = args[3];
	register long long r8 __asm__("r8") = args[4];
	register long long r9 __asm__("r9") = args[5];
	long long ret = (unsigned int)NR;

#if IA32
	/* Filters see all 64 bits of these registers. */
	__asm__ volatile(
		"push %%rbp\n\tmov %[a5], %%rbp\n\tint $0x80\n\tpop %%rbp"
		: "+a"(ret)
		: "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
		  "D"(args[4]), [a5] "r"(r9)
		: "memory");
	(void)r10, (void)r8;
#else
	__asm__ volatile("syscall"
			 : "+a"(ret)
			 : "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
#endif
	return ret;
#elif defined(__aarch64__)
	register unsigned long long x8 __asm__("x8") = (unsigned int)NR;
	register unsigned long long x0 __asm__("x0") = args[0];
	register unsigned long long x1 __asm__("x1") = args[1];
	register unsigned long long x2 __asm__("x2") = args[2];
	register unsigned long long x3 __asm__("x3") = args[3];
	register unsigned long long x4 __asm__("x4") = args[4];
	register unsigned long long x5 __asm__("x5") = args[5];

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#elif defined(__s390x__)
	register unsigned long r1 __asm__("1") = NR;
	register unsigned long r2 __asm__("2") = args[0];
	register unsigned long r3 __asm__("3") = args[1];
	register unsigned long r4 __asm__("4") = args[2];
	register unsigned long r5 __asm__("5") = args[3];
	register unsigned long r6 __asm__("6") = args[4];
	register unsigned long r7 __asm__("7") = args[5];

	__asm__ volatile("svc 0"
			 : "+d"(r2)
			 : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6), "d"(r7)
			 : "memory");
	return r2;
#else
	return syscall(NR, (long)args[0], (long)args[1], (long)args[2],
		       (long)args[3], (long)args[4], (long)args[5]);
#endif
}

#if HAS_CALL && defined(__x86_64__) && IA32
/* Not every kernel has it, nor every machine: a fault must not look like a kill. */
static int has_entry(void)
{
	int status, ret = 20; /* getpid() */
	pid_t pid = fork();

	if (!pid) {
		__asm__ volatile("int $0x80" : "+a"(ret) : : "memory");
		_exit(ret != getpid());
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}
#else
static int has_entry(void)
{
	return 1;
}
#endif

static void child(void)
{
	struct sigaction trap = { .sa_sigaction = on_sigsys,
				  .sa_flags = SA_SIGINFO | SA_NODEFER };
	int i;

	sigaction(SIGSYS, &trap, NULL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (sigsetjmp(jump, 0))
		goto out;
	for (i = 0; i < FILTERS; i++) {
		seen->attached = i + 1;
		seen->error[i] = DENIED;
		seen->error[i] = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					 0, &stack[i])
					 ? errno
					 : 0;
		if (seen->error[i] != attach_error[i])
			goto out;
	}
	seen->state = ATTACHED;
	if (HAS_CALL && !sigsetjmp(jump, 0)) {
		seen->state = CALLED;
		seen->value = make_call();
		seen->state = RETURNED;
	}
out:
	/* exit() may be denied: any fault will do. */
	signal(SIGSEGV, SIG_DFL);
	for (;;)
		*(volatile int *)8 = 0;
}

/* Is what was seen what this verdict leads to? */
static int shows(unsigned int verdict)
{
	int data = verdict & 0xffff;

	switch (verdict & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_TRAP:
		return seen->state == TRAPPED && seen->data == data;
	case SECCOMP_RET_ERRNO:
		return seen->state == RETURNED &&
		       seen->value == -(data > 4095 ? 4095 : data);
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		return seen->state == RETURNED && seen->value == -ENOSYS;
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return (seen->state == RETURNED || seen->state == CALLED) &&
		       seen->signal != SIGSYS;
	default:
		return seen->state == CALLED && seen->signal == SIGSYS;
	}
}

static int is_executed(unsigned int verdict)
{
	unsigned int action = verdict & SECCOMP_RET_ACTION_FULL;

	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static void print_seen(void)
{
	switch (seen->state) {
	case RETURNED:
		printf("# seen: returns %lld\n", seen->value);
		break;
	case TRAPPED:
		printf("# seen: SIGSYS by RET_TRAP with data %d\n", seen->data);
		break;
	default:
		printf("# seen: killed by signal %d\n", seen->signal);
	}
}

static const char *attached(int error)
{
	return error == DENIED ? "denied by an older filter"
	       : error         ? strerror(error)
			       : "accepted";
}

static int judge_attach(void)
{
	int last = seen->attached - 1;

	if (!IS_ATTACH || seen->error[last] == DENIED) {
		fprintf(stderr, "filter %d can't be attached: %s\n", last,
			attached(seen->error[last]));
		return 2;
	}
	printf("# filter %d: expected %s, seen %s\nnot ok 1 - %s\n", last,
	       attached(attach_error[last]), attached(seen->error[last]),
	       TITLE);
	return 1;
}

static int judge(void)
{
	int ok;

	if (seen->state < ATTACHED)
		return judge_attach();
	ok = !HAS_CALL || shows(EXPECTED);
	/* An executed call may return anything, also what a verdict would. */
	if (HAS_CALL && is_executed(EXPECTED) && !is_executed(SEEN))
		ok = ok && !shows(SEEN);
	if (HAS_CALL) {
		printf("# expected: %s\n", EXPECTED_TEXT);
		print_seen();
	}
	printf("%s 1 - %s\n", ok ? "ok" : "not ok", TITLE);
	return !ok;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	if (HAS_CALL && is_executed(EXPECTED) && argc < 2) {
		fprintf(stderr, "a good kernel executes this call: give any "
				"argument to let it\n");
		return 2;
	}
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	if (!has_entry()) {
		fprintf(stderr, "int $0x80 can't be used here\n");
		return 2;
	}
	printf("TAP version 13\n1..1\n");
	fflush(stdout);
	pid = fork();
	if (!pid)
		child();
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("fork");
		return 2;
	}
	seen->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return judge();
}
