/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between architectures and kernel versions, as data.
 */
#ifndef BITPROOF_MACHINE_H
#define BITPROOF_MACHINE_H

#include "nrset.h"
#include "types.h"

/* A system call interface as a filter sees it. */
struct abi {
	const char *name; /* as in /proc/PID/seccomp_cache */
	u32 audit_arch;	  /* seccomp_data.arch */
	bool big_endian;
};

/* An architecture whose kernels keep a bitmap: asm/seccomp.h's NATIVE, COMPAT. */
struct platform {
	const char *name;
	const struct abi *native;
	const struct abi *compat; /* NULL: none */
};

extern const struct platform platforms[];
extern const u32 nr_platforms;

/* Finds by name; NULL if there is none. */
const struct platform *platform_find(const char *name);
const struct abi *abi_find(const char *name);

/* The row for this seccomp_data.arch, or NULL. */
const struct abi *abi_by_audit_arch(u32 audit_arch);

/* An x32 number is an x86_64 one with this bit; it never hits the bitmap. */
#define X32_SYSCALL_BIT 0x40000000u

#define KERNEL_RELEASE(major, minor) ((u32)(major) << 16 | (u32)(minor))

/* One bitmap: an ABI and the size of its system call table. */
struct table {
	const struct abi *abi;
	u32 nrs; /* 1 to NR_MAX: numbers 0 to nrs - 1 have a bit */
	struct nrset exceptions;
};

/*
 * A kernel of some release on some platform.
 * table[0] is the native one, table[1] compat if tables == 2.
 */
struct machine {
	const struct platform *platform;
	u32 release; /* KERNEL_RELEASE() */
	u32 tables;
	struct table table[2];
};

/*
 * machine_init - describe a kernel
 * @release: decides which exceptions that kernel makes, see machine.c
 * @native_nrs, @compat_nrs: table sizes; compat_nrs 0: built without compat
 *
 * Returns 0, -ERANGE for a size above NR_MAX or a native size of 0, -EINVAL
 * for a compat size on a platform without compat.
 */
int machine_init(struct machine *m, const struct platform *platform,
		 u32 release, u32 native_nrs, u32 compat_nrs);

/* The table for this seccomp_data.arch, or NULL: then nothing is cached. */
const struct table *machine_table(const struct machine *m, u32 audit_arch);

/* Is @nr a deliberate exception: allowed whatever the filters say? */
static inline bool table_excepts(const struct table *t, u32 nr)
{
	return nr < t->nrs && nrset_has(&t->exceptions, nr);
}

/* The name of an exception ("uretprobe"); NULL if @nr is none in any release. */
const char *exception_name(u32 audit_arch, u32 nr);

#endif
