// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines as data, and the model of the bitmap.
 */
#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "cache.h"
#include "insns.h"
#include "tap.h"

static struct set_scratch scratch;

/* __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE | EM_*, as numbers */
static const struct {
	const char *name;
	u32 audit_arch;
	bool big_endian;
} abis[] = {
	{ "x86_64", 0xc000003e, false },
	{ "ia32", 0x40000003, false },
	{ "aarch64", 0xc00000b7, false },
	{ "arm", 0x40000028, false },
	{ "s390x", 0x80000016, true },
	{ "s390", 0x00000016, true },
	{ "ppc64le", 0xc0000015, false },
	{ "ppcle", 0x40000014, false },
	{ "ppc64", 0x80000015, true },
	{ "ppc", 0x00000014, true },
	{ "parisc64", 0x8000000f, true },
	{ "parisc", 0x0000000f, true },
	{ "riscv64", 0xc00000f3, false },
	{ "riscv32", 0x400000f3, false },
	{ "loongarch64", 0xc0000102, false },
	{ "loongarch32", 0x40000102, false },
	{ "sh", 0x4000002a, false },
	{ "csky", 0x400000fc, false },
	{ "m68k", 0x00000004, true },
	{ "xtensa", 0x0000005e, false },
};

static void test_abis(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(abis); i++) {
		const struct abi *abi = abi_find(abis[i].name);

		ok(abi && abi->audit_arch == abis[i].audit_arch &&
			   abi->big_endian == abis[i].big_endian &&
			   abi_by_audit_arch(abis[i].audit_arch) == abi,
		   "%s is 0x%08x", abis[i].name, abis[i].audit_arch);
	}
	ok(!abi_find("x86") && !abi_find("") && !abi_find("x86_64x") &&
		   !abi_by_audit_arch(0) && !abi_by_audit_arch(0xc0000003),
	   "no other is known");
}

static const struct {
	const char *name, *native, *compat;
} pairs[] = {
	{ "x86_64", "x86_64", "ia32" },
	{ "arm64", "aarch64", "arm" },
	{ "s390x", "s390x", "s390" },
	{ "ppc64le", "ppc64le", "ppcle" },
	{ "ppc64", "ppc64", "ppc" },
	{ "parisc64", "parisc64", "parisc" },
	{ "riscv64", "riscv64", NULL },
	{ "riscv32", "riscv32", NULL },
	{ "loongarch64", "loongarch64", NULL },
	{ "loongarch32", "loongarch32", NULL },
	{ "i386", "ia32", NULL },
	{ "arm", "arm", NULL },
	{ "sh", "sh", NULL },
	{ "csky", "csky", NULL },
	{ "m68k", "m68k", NULL },
	{ "xtensa", "xtensa", NULL },
};

static void test_platforms(void)
{
	u32 i;

	ok(nr_platforms == ARRAY_SIZE(pairs), "%u platforms", nr_platforms);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct platform *p = platform_find(pairs[i].name);
		bool compat = p && (pairs[i].compat ?
					    p->compat &&
						    !strcmp(p->compat->name,
							    pairs[i].compat) :
					    !p->compat);

		ok(p == &platforms[i] &&
			   !strcmp(p->native->name, pairs[i].native) && compat,
		   "%s: %s and %s", pairs[i].name, pairs[i].native,
		   pairs[i].compat ? pairs[i].compat : "nothing");
	}
	ok(!platform_find("x86") && !platform_find(""), "no other is known");
}

static const struct {
	const char *platform;
	u32 native, compat;
	int ret;
	u32 tables;
} sizes[] = {
	{ "x86_64", 463, 463, 0, 2 },	 { "x86_64", 463, 0, 0, 1 },
	{ "x86_64", 1, 1, 0, 2 },	 { "x86_64", 512, 512, 0, 2 },
	{ "x86_64", 513, 463, -ERANGE, 0 }, { "x86_64", 463, 513, -ERANGE, 0 },
	{ "x86_64", 0, 463, -ERANGE, 0 },	 { "riscv64", 463, 0, 0, 1 },
	{ "riscv64", 463, 1, -EINVAL, 0 },
};

static void test_sizes(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct machine m = { 0 };
		int ret = machine_init(&m, platform_find(sizes[i].platform),
				       KERNEL_RELEASE(6, 12), sizes[i].native,
				       sizes[i].compat);

		ok(ret == sizes[i].ret && m.tables == sizes[i].tables &&
			   (ret || m.table[0].nrs == sizes[i].native),
		   "%s with tables of %u and %u: %d", sizes[i].platform,
		   sizes[i].native, sizes[i].compat, ret);
	}
}

/* Native ABI of x86_64 only. */
static const struct {
	const char *platform;
	u32 release, nrs;
	u32 nr[2];
	u32 count;
} exceptions[] = {
	{ "x86_64", KERNEL_RELEASE(6, 1), 451, { 0 }, 0 },
	{ "x86_64", KERNEL_RELEASE(6, 10), 462, { 0 }, 0 },
	{ "x86_64", KERNEL_RELEASE(6, 11), 463, { 335 }, 1 },
	{ "x86_64", KERNEL_RELEASE(6, 12), 463, { 335 }, 1 },
	{ "x86_64", KERNEL_RELEASE(6, 17), 468, { 335 }, 1 },
	{ "x86_64", KERNEL_RELEASE(6, 18), 470, { 335, 336 }, 2 },
	{ "x86_64", KERNEL_RELEASE(7, 3), 472, { 335, 336 }, 2 },
	{ "x86_64", KERNEL_RELEASE(7, 3), 336, { 335 }, 1 },
	{ "x86_64", KERNEL_RELEASE(7, 3), 335, { 0 }, 0 },
	{ "arm64", KERNEL_RELEASE(7, 3), 472, { 0 }, 0 },
	{ "s390x", KERNEL_RELEASE(7, 3), 472, { 0 }, 0 },
	{ "i386", KERNEL_RELEASE(7, 3), 472, { 0 }, 0 },
	{ "riscv64", KERNEL_RELEASE(7, 3), 472, { 0 }, 0 },
};

static void test_exceptions(void)
{
	u32 i, k, nr;

	for (i = 0; i < ARRAY_SIZE(exceptions); i++) {
		const struct platform *p =
			platform_find(exceptions[i].platform);
		struct nrset want = { 0 };
		struct machine m;
		bool good;

		for (k = 0; k < exceptions[i].count; k++)
			nrset_add(&want, exceptions[i].nr[k]);
		machine_init(&m, p, exceptions[i].release, exceptions[i].nrs,
			     p->compat ? exceptions[i].nrs : 0);
		good = !memcmp(&m.table[0].exceptions, &want, sizeof(want));
		if (m.tables == 2)
			good &= nrset_empty(&m.table[1].exceptions);
		for (nr = 0; nr < NR_MAX; nr++)
			good &= table_excepts(&m.table[0], nr) ==
				nrset_has(&want, nr);
		good &= !table_excepts(&m.table[0], -1u);
		ok(good, "%s %u.%u, %u numbers: %u exceptions",
		   exceptions[i].platform, exceptions[i].release >> 16,
		   exceptions[i].release & 0xffff, exceptions[i].nrs,
		   exceptions[i].count);
	}

	ok(!strcmp(exception_name(AUDIT_ARCH_X86_64, 335), "uretprobe") &&
		   !strcmp(exception_name(AUDIT_ARCH_X86_64, 336), "uprobe") &&
		   !exception_name(AUDIT_ARCH_X86_64, 334) &&
		   !exception_name(AUDIT_ARCH_X86_64, 337) &&
		   !exception_name(AUDIT_ARCH_I386, 335),
	   "names of exceptions");
}

static const struct sock_filter filter_native[] = {
	LD_ARCH, JMP(JEQ, AUDIT_ARCH_X86_64, 0, 3), LD_NR,
	JMP(JGE, 5, 1, 0), ALLOW, DENY,
};
static const struct sock_filter filter_not3[] = {
	LD_NR, JMP(JEQ, 3, 1, 0), ALLOW, DENY,
};
static const struct sock_filter filter_arg[] = {
	LD_NR, JMP(JEQ, 1, 0, 2), LD_ARG0, JMP(JEQ, 0, 0, 0), ALLOW,
};
static const struct sock_filter filter_all[] = { ALLOW };

#define FILTER(f) { f, ARRAY_SIZE(f) }

static const struct {
	const char *what;
	struct filter filter[3];
	u32 depth;
	u64 native, compat; /* the numbers 0 to 7 that have a bit */
} stacks[] = {
	{ "no filter", { { NULL, 0 } }, 0, 0xff, 0xff },
	{ "ALLOW", { FILTER(filter_all) }, 1, 0xff, 0xff },
	{ "a filter for one arch", { FILTER(filter_native) }, 1, 0x1f, 0 },
	{ "two filters", { FILTER(filter_native), FILTER(filter_not3) }, 2,
	  0x17, 0 },
	{ "in the other order", { FILTER(filter_not3), FILTER(filter_native) },
	  2, 0x17, 0 },
	{ "what is out stays out",
	  { FILTER(filter_not3), FILTER(filter_all), FILTER(filter_all) }, 3,
	  0xf7, 0xf7 },
	{ "an argument is read for one number", { FILTER(filter_arg) }, 1, 0xfd,
	  0xfd },
};

static void test_prepare(void)
{
	struct machine m;
	u32 i, k;

	machine_init(&m, &platforms[0], KERNEL_RELEASE(6, 12), 8, 8);
	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		struct cache c;

		cache_init(&c, &m);
		for (k = 0; k < stacks[i].depth; k++)
			cache_prepare(&c, &m, &stacks[i].filter[k], &scratch);
		ok(c.allow[0].w[0] == stacks[i].native &&
			   c.allow[1].w[0] == stacks[i].compat &&
			   nrset_next(&c.allow[0], 64) == NR_MAX,
		   "%s", stacks[i].what);
	}
}

static const struct {
	const char *what;
	u32 compat_nrs;
	u32 arch, nr;
	bool hit;
} lookups[] = {
	{ "0", 455, AUDIT_ARCH_X86_64, 0, true },
	{ "the last number", 455, AUDIT_ARCH_X86_64, 462, true },
	{ "the table size", 455, AUDIT_ARCH_X86_64, 463, false },
	{ "512", 455, AUDIT_ARCH_X86_64, 512, false },
	{ "513", 455, AUDIT_ARCH_X86_64, 513, false },
	{ "-1", 455, AUDIT_ARCH_X86_64, -1u, false },
	{ "0x80000000", 455, AUDIT_ARCH_X86_64, 0x80000000, false },
	{ "x32 0", 455, AUDIT_ARCH_X86_64, X32_SYSCALL_BIT, false },
	{ "x32 1", 455, AUDIT_ARCH_X86_64, X32_SYSCALL_BIT | 1, false },
	{ "0x10000, 0 in 16 bits", 455, AUDIT_ARCH_X86_64, 0x10000, false },
	{ "the last number of compat", 455, AUDIT_ARCH_I386, 454, true },
	{ "the table size of compat", 455, AUDIT_ARCH_I386, 455, false },
	{ "another machine's arch", 455, AUDIT_ARCH_AARCH64, 0, false },
	{ "arch 0", 455, 0, 0, false },
	/* SECCOMP_ARCH_COMPAT not defined: arch is not looked at */
	{ "native only", 0, AUDIT_ARCH_X86_64, 462, true },
	{ "native only, the table size", 0, AUDIT_ARCH_X86_64, 463, false },
	{ "native only, compat arch", 0, AUDIT_ARCH_I386, 462, true },
	{ "native only, arch 0", 0, 0, 0, true },
	{ "native only, arch 0, -1", 0, 0, -1u, false },
};

static void test_lookups(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lookups); i++) {
		struct sd sd = { { lookups[i].nr, lookups[i].arch } };
		struct machine m;
		struct cache c;
		bool full, empty;

		machine_init(&m, &platforms[0], KERNEL_RELEASE(6, 12), 463,
			     lookups[i].compat_nrs);
		cache_init(&c, &m);
		full = cache_lookup(&c, &m, &sd);
		c.allow[0] = c.allow[1] = (struct nrset){ 0 };
		empty = cache_lookup(&c, &m, &sd);
		ok(full == lookups[i].hit && !empty, "lookup of %s: %s",
		   lookups[i].what, full ? "hit" : "miss");
	}
}

/* One table's bits say nothing about the other's. */
static void test_tables(void)
{
	struct sd native = { { 5, AUDIT_ARCH_X86_64 } };
	struct sd compat = { { 5, AUDIT_ARCH_I386 } };
	struct machine m;
	struct cache c = { 0 };

	machine_init(&m, &platforms[0], KERNEL_RELEASE(6, 12), 463, 463);
	nrset_add(&c.allow[1], 5);
	ok(!cache_lookup(&c, &m, &native) && cache_lookup(&c, &m, &compat) &&
		   machine_table(&m, AUDIT_ARCH_I386) == &m.table[1] &&
		   machine_table(&m, AUDIT_ARCH_X86_64) == &m.table[0] &&
		   !machine_table(&m, AUDIT_ARCH_ARM),
	   "each arch has its table");
}

static void test_nrset(void)
{
	static const u32 sizes[] = {
		0, 1, 63, 64, 65, 127, 128, 511, 512, 600,
	};
	struct nrset s = { 0 };
	bool good = true;
	u32 i, nr, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 size = sizes[i] < NR_MAX ? sizes[i] : NR_MAX;
		struct nrset below = nrset_below(sizes[i]);

		for (nr = 0; nr < NR_MAX; nr++)
			good &= nrset_has(&below, nr) == (nr < size);
		good &= nrset_count(&below) == size &&
			nrset_empty(&below) == !size;
	}
	ok(good, "sets of the first numbers");

	for (i = 0; i < ARRAY_SIZE(sizes) - 2; i++)
		nrset_add(&s, sizes[i]);
	n = 0;
	for_each_nr(nr, &s)
		good &= nr == sizes[n++];
	nrset_remove(&s, 64);
	nrset_remove(&s, 66);
	ok(good && n == ARRAY_SIZE(sizes) - 2 && nrset_next(&s, 64) == 65 &&
		   nrset_next(&s, 511) == 511 && nrset_next(&s, 512) == NR_MAX,
	   "each number of a set, in order");
}

int main(void)
{
	test_abis();
	test_platforms();
	test_sizes();
	test_exceptions();
	test_prepare();
	test_lookups();
	test_tables();
	test_nrset();
	return tap_done();
}
