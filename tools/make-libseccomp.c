// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters as libseccomp makes them, as raw inputs.
 *
 *	make-libseccomp DIR
 *
 * Most filters in the world come out of this library, in two shapes: a chain of
 * compares (optimize 1), and a binary tree over the numbers (optimize 2). Writes
 * DIR/libseccomp-1.raw, -2.raw, ... for all combinations of the tables below:
 * the same for the same version of the library, on any host. For each file one
 * line on standard output: its name, a tab, its length, a tab, what it is.
 *
 * Exit status: 0; 2 could not, with one line on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#include <seccomp.h>

#include "../src/input.h"

#define COULD_NOT 2

#define MAX_ARCHS 3

static const struct target {
	const char *name;
	u32 platform;
	bool big_endian;
	u32 archs[MAX_ARCHS]; /* 0 ends them */
} targets[] = {
	{ "x86_64", 0, false, { SCMP_ARCH_X86_64 } },
	{ "x86_64+x86", 0, false, { SCMP_ARCH_X86_64, SCMP_ARCH_X86 } },
	{ "x86_64+x86+x32",
	  0,
	  false,
	  { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 } },
	{ "arm64", 1, false, { SCMP_ARCH_AARCH64 } },
	{ "arm64+arm", 1, false, { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM } },
	{ "s390x", 2, true, { SCMP_ARCH_S390X } },
	{ "s390x+s390", 2, true, { SCMP_ARCH_S390X, SCMP_ARCH_S390 } },
};

/* Action 0 of a list is what most rules have. */
static const struct policy {
	const char *name;
	u32 fallback;
	u32 bad_arch;
	u32 actions[4];
} policies[] = {
	{ "allow list",
	  SCMP_ACT_ERRNO(1),
	  SCMP_ACT_KILL_PROCESS,
	  { SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, SCMP_ACT_LOG,
	    SCMP_ACT_ERRNO(38) } },
	{ "deny list",
	  SCMP_ACT_ALLOW,
	  SCMP_ACT_ALLOW,
	  { SCMP_ACT_ERRNO(1), SCMP_ACT_KILL_PROCESS, SCMP_ACT_TRAP,
	    SCMP_ACT_TRACE(7) } },
};

/*
 * How many calls, and of how many one has compares of arguments (0: none). The
 * library takes time for those that grows with the square of their number.
 */
static const struct list {
	unsigned int size;
	unsigned int every;
	const char *name;
} lists[] = {
	{ 20, 0, "" },
	{ 20, 3, ", many arguments" },
	{ 60, 8, ", few arguments" },
	{ 150, 0, "" },
	{ 150, 12, ", few arguments" },
	{ 400, 0, "" },
	{ 400, 40, ", few arguments" },
};

static unsigned int nr_written;
static struct input input;
static u8 raw[INPUT_MAX_SIZE];

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt,
								...)
{
	va_list ap;

	fputs("make-libseccomp: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(COULD_NOT);
}

static void check(int err, const char *what)
{
	if (err < 0)
		die("%s: %s", what, strerror(-err));
}

/* xorshift: the choice only has to be varied, and always the same. */
static u32 random_state;

static u32 below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

static struct scmp_arg_cmp random_compare(unsigned int arg)
{
	static const enum scmp_compare ops[] = {
		SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_LT,        SCMP_CMP_LE,
		SCMP_CMP_GT, SCMP_CMP_GE, SCMP_CMP_MASKED_EQ,
	};
	static const u64 values[] = {
		0,
		1,
		2,
		8,
		0x7e020000,
		0x10000000,
		0xffffffff,
		0x100000000u,
		0xffffffff00000002u,
	};
	struct scmp_arg_cmp c = {
		.arg = arg,
		.op = ops[below(ARRAY_SIZE(ops))],
		.datum_a = values[below(ARRAY_SIZE(values))],
	};

	if (c.op == SCMP_CMP_MASKED_EQ)
		c.datum_b = c.datum_a & values[below(ARRAY_SIZE(values))];
	return c;
}

static void add_rule(scmp_filter_ctx ctx, u32 action, int nr, bool args)
{
	struct scmp_arg_cmp compares[3];
	unsigned int n = 0, arg;
	int err;

	if (args)
		for (arg = below(4); arg < 6 && n < ARRAY_SIZE(compares);
		     arg += 1 + below(3))
			compares[n++] = random_compare(arg);

	/*
	 * Of two rules that can't both hold the library takes the first, as it
	 * does with calls that one of the architectures lacks.
	 */
	err = seccomp_rule_add_array(ctx, action, nr, n, compares);
	if (err && err != -EEXIST && err != -EACCES && err != -EDOM &&
	    err != -EINVAL && err != -EOPNOTSUPP)
		check(err, "seccomp_rule_add");
}

/* The library's numbers are the host's, so a call is known by its name. */
static int syscall_of(u32 nr)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
	int host;

	if (!name)
		return __NR_SCMP_ERROR;
	host = seccomp_syscall_resolve_name(name);
	free(name);
	return host;
}

static void add_rules(scmp_filter_ctx ctx, const struct policy *p,
		      const struct list *l)
{
	const u32 numbers = 463;
	unsigned int i;

	/* Runs of numbers with holes, as lists that people write have. */
	for (i = 0; i < l->size; i++) {
		u32 nr = l->size > 200 ? i : i * numbers / l->size + below(3);
		bool args = l->every && below(l->every) == 0;
		u32 action = p->actions[0];
		int host = syscall_of(nr);
		unsigned int n;

		if (host == __NR_SCMP_ERROR)
			continue;
		if (below(6) == 0)
			action = p->actions[below(ARRAY_SIZE(p->actions))];
		/* Several rules for one call are alternatives. */
		for (n = args ? 1 + below(4) : 1; n; n--)
			add_rule(ctx, action, host, args);
	}
}

static u32 decode(const u8 *p, unsigned int bytes, bool big_endian)
{
	u32 v = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		v |= (u32)p[i] << 8 * (big_endian ? bytes - 1 - i : i);
	return v;
}

/* The library writes what the target would have in memory. */
static u32 export(scmp_filter_ctx ctx, bool big_endian,
		  struct sock_filter *insns)
{
	static u8 buf[FILTER_MAX_INSNS * 8 + 1];
	int fd = memfd_create("filter", 0);
	ssize_t size;
	u32 i;

	if (fd < 0)
		die("memfd_create: %s", strerror(errno));
	check(seccomp_export_bpf(ctx, fd), "seccomp_export_bpf");
	size = pread(fd, buf, sizeof(buf), 0);
	close(fd);
	if (size < 8 || (size > FILTER_MAX_INSNS * 8))
		return 0;

	for (i = 0; i < size / 8; i++) {
		const u8 *p = buf + 8 * i;

		insns[i].code = decode(p, 2, big_endian);
		insns[i].jt = p[2];
		insns[i].jf = p[3];
		insns[i].k = decode(p + 4, 4, big_endian);
	}
	return size / 8;
}

static void write_file(const char *dir, const struct target *t,
		       const struct filter *f, const char *what)
{
	struct stack s = { .depth = 1, .filter = { *f } };
	char path[4096];
	FILE *file;
	int size;

	input.platform = t->platform;
	input.seed = 0;
	input_set_stack(&input, &s);
	size = input_write(&input, raw, sizeof(raw));
	check(size, "no raw form");

	snprintf(path, sizeof(path), "%s/libseccomp-%u.raw", dir, ++nr_written);
	file = fopen(path, "w");
	if (!file)
		die("%s: %s", path, strerror(errno));
	fwrite(raw, 1, size, file);
	if (fclose(file))
		die("%s: %s", path, strerror(errno));
	printf("libseccomp-%u.raw\t%u\t%s\n", nr_written, f->len, what);
}

static void make(const char *dir, const struct target *t,
		 const struct policy *p, const struct list *l,
		 unsigned int optimize)
{
	static struct sock_filter insns[FILTER_MAX_INSNS];
	struct filter f = { insns, 0 };
	scmp_filter_ctx ctx;
	char what[256];
	unsigned int i;

	ctx = seccomp_init(p->fallback);
	if (!ctx)
		die("seccomp_init failed");
	check(seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, p->bad_arch),
	      "SCMP_FLTATR_ACT_BADARCH");
	check(seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, optimize),
	      "SCMP_FLTATR_CTL_OPTIMIZE");

	/* The native one is in from the start, and may be of another order. */
	check(seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE),
	      "seccomp_arch_remove");
	for (i = 0; i < MAX_ARCHS && t->archs[i]; i++)
		check(seccomp_arch_add(ctx, t->archs[i]), "seccomp_arch_add");

	random_state = 0x9e3779b9u ^ l->size << 8 ^ l->every;
	add_rules(ctx, p, l);

	f.len = export(ctx, t->big_endian, insns);
	seccomp_release(ctx);
	snprintf(what, sizeof(what), "%s, %s of %u, %s%s", t->name, p->name,
		 l->size, optimize == 2 ? "binary tree" : "linear", l->name);
	if (f.len)
		write_file(dir, t, &f, what);
	else
		fprintf(stderr, "make-libseccomp: too long for a filter: %s\n",
			what);
}

int main(int argc, char **argv)
{
	unsigned int t, p, l, optimize;

	if (argc != 2)
		die("usage: make-libseccomp DIR");
	/* Not what this host's kernel can do: all that the library knows. */
	if (seccomp_api_set(5))
		die("libseccomp is too old: API level 5 is needed");

	for (t = 0; t < ARRAY_SIZE(targets); t++)
		for (p = 0; p < ARRAY_SIZE(policies); p++)
			for (l = 0; l < ARRAY_SIZE(lists); l++)
				for (optimize = 1; optimize <= 2; optimize++)
					make(argv[1], &targets[t], &policies[p],
					     &lists[l], optimize);
	if (fflush(stdout) || ferror(stdout))
		die("standard output: %s", strerror(errno));
	return 0;
}
