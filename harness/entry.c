// SPDX-License-Identifier: GPL-2.0-only
#include <sys/syscall.h>

#include "compat.h"
#include "compat/orders.h"
#include "entry.h"

/*
 * Each path twice: calls under test are made from [entry_tested, entry_acting),
 * which a module may keep from acting, all others from behind it.
 */
#define DECLARE(name)                                                          \
	s64 tested_##name(u64 nr, const u64 *args);                            \
	s64 acting_##name(u64 nr, const u64 *args);                            \
	extern const u8 tested_##name##_ip[], acting_##name##_ip[]

extern const u8 entry_tested[], entry_acting[], entry_end[];

DECLARE(native);

/* The end of a row: entries of our own, and the runner's. */
#define OWN		       0, 0, 0
#define ATTACHING	       0, SYS_prctl, SYS_seccomp
#define RUNNER_tested	       RUNNER_PLAIN
#define RUNNER_acting	       RUNNER_ACTING
#define RUNNER(entry, nr_mask) NULL, NULL, nr_mask, 0, 1 + (entry)

#if defined(__x86_64__)

#define NATIVE(name)                                                           \
	".type " name ", @function\n" name ":\n"                               \
	"	mov %rdi, %rax\n"                                                    \
	"	mov %rsi, %r11\n"                                                    \
	"	mov 0(%r11), %rdi\n"                                                 \
	"	mov 8(%r11), %rsi\n"                                                 \
	"	mov 16(%r11), %rdx\n"                                                \
	"	mov 24(%r11), %r10\n"                                                \
	"	mov 32(%r11), %r8\n"                                                 \
	"	mov 40(%r11), %r9\n"                                                 \
	"	syscall\n" name "_ip:\n"                                       \
	"	ret\n"
#define INT80(name)                                                            \
	".type " name ", @function\n" name ":\n"                               \
	"	push %rbx\n"                                                         \
	"	push %rbp\n"                                                         \
	"	mov %rdi, %rax\n"                                                    \
	"	mov %rsi, %r11\n"                                                    \
	"	mov 0(%r11), %rbx\n"                                                 \
	"	mov 8(%r11), %rcx\n"                                                 \
	"	mov 16(%r11), %rdx\n"                                                \
	"	mov 24(%r11), %rsi\n"                                                \
	"	mov 32(%r11), %rdi\n"                                                \
	"	mov 40(%r11), %rbp\n"                                                \
	"	int $0x80\n" name "_ip:\n"                                     \
	"	pop %rbp\n"                                                          \
	"	pop %rbx\n"                                                          \
	"	ret\n"
#define PATHS(where) NATIVE(where "_native") INT80(where "_int80")

DECLARE(int80);

/*
 * The x32 ABI is the native entry with a bit in nr. Filters see all 64 bits of
 * the registers at int $0x80 too, though the call gets 32 of them:
 * syscall_get_arguments() does not cut.
 */
#define ENTRIES(where)                                                         \
	{ "native", "x86_64", where##_native, where##_native_ip, ~0u, 0,       \
	  ATTACHING },                                                         \
	{ "int80", "ia32", where##_int80, where##_int80_ip, ~0u, 0, OWN },     \
	{ "x32", "x86_64", where##_native, where##_native_ip, ~0u,             \
	  X32_SYSCALL_BIT, OWN },                                              \
	{ "compat", "ia32", RUNNER(RUNNER_##where, ~0u), 172, 354 },           \
	{ "vsyscall", "ia32", RUNNER(RUNNER_FAST, ~0u), 0, 0 },

const u32 entry_compat = 3;

#elif defined(__aarch64__)

#define NATIVE(name)                                                           \
	".type " name ", @function\n" name ":\n"                               \
	"	mov x8, x0\n"                                                        \
	"	mov x9, x1\n"                                                        \
	"	ldp x0, x1, [x9]\n"                                                  \
	"	ldp x2, x3, [x9, 16]\n"                                              \
	"	ldp x4, x5, [x9, 32]\n"                                              \
	"	svc 0\n" name "_ip:\n"                                         \
	"	ret\n"
#define PATHS(where) NATIVE(where "_native")
#define ENTRIES(where)                                                         \
	{ "native", "aarch64", where##_native, where##_native_ip, ~0u, 0,      \
	  ATTACHING },                                                         \
	{ "compat", "arm", RUNNER(RUNNER_##where, ~0u), 172, 383 },

const u32 entry_compat = 1;

#elif defined(__s390x__)

/* The caller's frame has room for r6 and r7 at 48. */
#define NATIVE(name)                                                           \
	".type " name ", @function\n" name ":\n"                               \
	"	stmg %r6, %r7, 48(%r15)\n"                                           \
	"	lgr %r1, %r2\n"                                                      \
	"	lmg %r2, %r7, 0(%r3)\n"                                              \
	"	svc 0\n" name "_ip:\n"                                         \
	"	lmg %r6, %r7, 48(%r15)\n"                                            \
	"	br %r14\n"
#define PATHS(where) NATIVE(where "_native")

/* __do_syscall() takes 16 bits of r1. */
#define ENTRIES(where)                                                         \
	{ "native", "s390x", where##_native, where##_native_ip, 0xffff, 0,     \
	  ATTACHING },                                                         \
	{ "compat", "s390", RUNNER(RUNNER_##where, 0xffff), 172, 348 },

const u32 entry_compat = 1;

#endif

__asm__(".text\n"
	"entry_tested:\n" PATHS("tested") "entry_acting:\n" PATHS(
		"acting") "entry_end:\n");

const struct entry entries[] = { ENTRIES(tested) ENTRIES(acting) };

const u32 nr_entries = ARRAY_SIZE(entries) / 2;

const struct entry_range entry_ranges[2] = {
	{ entry_tested, entry_acting },
	{ entry_acting, entry_end },
};

u64 entry_ip(u32 entry)
{
	const struct entry *e = &entries[entry];

	return e->runner ? compat_ip(e->runner - 1) : (uintptr_t)e->ip;
}

s64 call_make(const struct call *c)
{
	return entries[c->entry].enter(c->nr, c->args);
}

const struct abi *entry_abi(u32 entry)
{
	static const struct abi *abi[ARRAY_SIZE(entries)];

	if (!abi[entry])
		abi[entry] = abi_find(entries[entry].abi);
	return abi[entry];
}

static void set_field(struct sd *sd, u32 word, u64 v, bool big_endian)
{
	sd->w[word + big_endian] = v;
	sd->w[word + !big_endian] = v >> 32;
}

struct sd call_sd(const struct call *c)
{
	const struct entry *e = &entries[c->entry];
	const struct abi *abi = entry_abi(c->entry);
	struct sd sd;
	u32 i;

	sd.w[SD_NR] = c->nr & e->nr_mask;
	sd.w[SD_ARCH] = abi->audit_arch;
	set_field(&sd, SD_IP, entry_ip(c->entry), abi->big_endian);
	for (i = 0; i < 6; i++)
		set_field(&sd, SD_ARGS + 2 * i,
			  e->runner ? (u32)c->args[i] : c->args[i],
			  abi->big_endian);
	return sd;
}

struct call call_of_sd(u32 entry, const struct sd *sd)
{
	bool be = entry_abi(entry)->big_endian;
	struct call c = { .entry = entry, .nr = sd->w[SD_NR] };
	u32 i;

	for (i = 0; i < 6; i++)
		c.args[i] = (u64)sd->w[sd_arg_hi(i, be)] << 32 |
			    sd->w[sd_arg_lo(i, be)];
	return c;
}

u64 sd_instruction_pointer(const struct sd *sd)
{
	bool be = abi_by_audit_arch(sd->w[SD_ARCH])->big_endian;

	return (u64)sd->w[SD_IP + !be] << 32 | sd->w[SD_IP + be];
}

struct call call_normalized(struct call c)
{
	u32 first = c.entry - ENTRY_PATH(c.entry);
	u32 i;

	c.nr &= entries[c.entry].nr_mask;
	for (i = 0; i < nr_entries; i++) {
		if (entries[i].nr_set && entries[c.entry].abi == entries[i].abi)
			c.entry = first + (c.nr & entries[i].nr_set ? i : 0);
	}
	return c;
}
