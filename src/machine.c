// SPDX-License-Identifier: GPL-2.0-only
#include <linux/audit.h>
#include <linux/errno.h>

#include "machine.h"

enum abi_id {
	X86_64,
	IA32,
	AARCH64,
	ARM,
	S390X,
	S390,
	PPC64LE,
	PPCLE,
	PPC64,
	PPC,
	PARISC64,
	PARISC,
	RISCV64,
	RISCV32,
	LOONGARCH64,
	LOONGARCH32,
	SH,
	CSKY,
	M68K,
	XTENSA,
	ABIS,
};

/* asm/seccomp.h and uapi/linux/audit.h of every architecture with a bitmap */
static const struct abi abis[ABIS] = {
	[X86_64] = { "x86_64", AUDIT_ARCH_X86_64, false },
	[IA32] = { "ia32", AUDIT_ARCH_I386, false },
	[AARCH64] = { "aarch64", AUDIT_ARCH_AARCH64, false },
	[ARM] = { "arm", AUDIT_ARCH_ARM, false },
	[S390X] = { "s390x", AUDIT_ARCH_S390X, true },
	[S390] = { "s390", AUDIT_ARCH_S390, true },
	[PPC64LE] = { "ppc64le", AUDIT_ARCH_PPC64LE, false },
	[PPCLE] = { "ppcle", AUDIT_ARCH_PPC | __AUDIT_ARCH_LE, false },
	[PPC64] = { "ppc64", AUDIT_ARCH_PPC64, true },
	[PPC] = { "ppc", AUDIT_ARCH_PPC, true },
	[PARISC64] = { "parisc64", AUDIT_ARCH_PARISC64, true },
	[PARISC] = { "parisc", AUDIT_ARCH_PARISC, true },
	[RISCV64] = { "riscv64", AUDIT_ARCH_RISCV64, false },
	[RISCV32] = { "riscv32", AUDIT_ARCH_RISCV32, false },
	[LOONGARCH64] = { "loongarch64", AUDIT_ARCH_LOONGARCH64, false },
	[LOONGARCH32] = { "loongarch32", AUDIT_ARCH_LOONGARCH32, false },
	[SH] = { "sh", AUDIT_ARCH_SHEL, false },
	[CSKY] = { "csky", AUDIT_ARCH_CSKY, false },
	[M68K] = { "m68k", AUDIT_ARCH_M68K, true },
	[XTENSA] = { "xtensa", AUDIT_ARCH_XTENSA, false },
};

const struct platform platforms[] = {
	{ "x86_64", &abis[X86_64], &abis[IA32] },
	{ "arm64", &abis[AARCH64], &abis[ARM] },
	{ "s390x", &abis[S390X], &abis[S390] },
	{ "ppc64le", &abis[PPC64LE], &abis[PPCLE] },
	{ "ppc64", &abis[PPC64], &abis[PPC] },
	{ "parisc64", &abis[PARISC64], &abis[PARISC] },
	{ "riscv64", &abis[RISCV64], NULL },
	{ "riscv32", &abis[RISCV32], NULL },
	{ "loongarch64", &abis[LOONGARCH64], NULL },
	{ "loongarch32", &abis[LOONGARCH32], NULL },
	{ "i386", &abis[IA32], NULL },
	{ "arm", &abis[ARM], NULL },
	{ "sh", &abis[SH], NULL },
	{ "csky", &abis[CSKY], NULL },
	{ "m68k", &abis[M68K], NULL },
	{ "xtensa", &abis[XTENSA], NULL },
};
const u32 nr_platforms = ARRAY_SIZE(platforms);

/*
 * Calls that a kernel serves from the bitmap whatever the filters say, from
 * the release on that has the call. They are made by a trampoline that the
 * kernel maps into the process, and an older filter must not break that.
 * kernel/seccomp.c: seccomp_uprobe_exception(), native ABI only. A release
 * without the exception caches these numbers like any other.
 */
static const struct {
	u32 audit_arch;
	u32 nr;
	u32 since;
	const char *name;
} exceptions[] = {
	{ AUDIT_ARCH_X86_64, 335, KERNEL_RELEASE(6, 11), "uretprobe" },
	{ AUDIT_ARCH_X86_64, 336, KERNEL_RELEASE(6, 18), "uprobe" },
};

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct platform *platform_find(const char *name)
{
	u32 i;

	for (i = 0; i < nr_platforms; i++) {
		if (same(platforms[i].name, name))
			return &platforms[i];
	}
	return NULL;
}

const struct abi *abi_find(const char *name)
{
	u32 i;

	for (i = 0; i < ABIS; i++) {
		if (same(abis[i].name, name))
			return &abis[i];
	}
	return NULL;
}

const struct abi *abi_by_audit_arch(u32 audit_arch)
{
	u32 i;

	for (i = 0; i < ABIS; i++) {
		if (abis[i].audit_arch == audit_arch)
			return &abis[i];
	}
	return NULL;
}

static void table_init(struct table *t, const struct abi *abi, u32 nrs,
		       u32 release)
{
	u32 i;

	*t = (struct table){ .abi = abi, .nrs = nrs };
	for (i = 0; i < ARRAY_SIZE(exceptions); i++) {
		if (exceptions[i].audit_arch == abi->audit_arch &&
		    exceptions[i].nr < nrs && release >= exceptions[i].since)
			nrset_add(&t->exceptions, exceptions[i].nr);
	}
}

int machine_init(struct machine *m, const struct platform *platform,
		 u32 release, u32 native_nrs, u32 compat_nrs)
{
	if (native_nrs == 0 || native_nrs > NR_MAX || compat_nrs > NR_MAX)
		return -ERANGE;
	if (compat_nrs && !platform->compat)
		return -EINVAL;

	m->platform = platform;
	m->release = release;
	m->tables = compat_nrs ? 2 : 1;
	table_init(&m->table[0], platform->native, native_nrs, release);
	if (compat_nrs) {
		table_init(&m->table[1], platform->compat, compat_nrs, release);
		m->table[1].exceptions = (struct nrset){ 0 };
	}
	return 0;
}

const struct table *machine_table(const struct machine *m, u32 audit_arch)
{
	u32 i;

	for (i = 0; i < m->tables; i++) {
		if (m->table[i].abi->audit_arch == audit_arch)
			return &m->table[i];
	}
	return NULL;
}

const char *exception_name(u32 audit_arch, u32 nr)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(exceptions); i++) {
		if (exceptions[i].audit_arch == audit_arch &&
		    exceptions[i].nr == nr)
			return exceptions[i].name;
	}
	return NULL;
}
