// SPDX-License-Identifier: GPL-2.0-only
/*
 * The subjects by literal cases: what the kernel does, looked up in its
 * sources, for each platform that it was built for. Ours must do the same.
 */
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "action.h"
#include "subjects.h"
#include "tap.h"

#define MAX_CONVERTED 8195 /* of 4096 times RET K: 3 + 2 * 4096 */

#define INSN(...) ((struct sock_filter)__VA_ARGS__)
#define LD_ABS(off) INSN({ BPF_LD | BPF_W | BPF_ABS, 0, 0, off })
#define LD_NR LD_ABS(0)
#define LD_ARCH LD_ABS(4)
#define LD_ARG0 LD_ABS(16)
#define JEQ(k, jt, jf) INSN({ BPF_JMP | BPF_JEQ | BPF_K, jt, jf, k })
#define RET(k) INSN({ BPF_RET | BPF_K, 0, 0, k })
#define RET_A INSN({ BPF_RET | BPF_A, 0, 0, 0 })
#define ALLOW RET(SECCOMP_RET_ALLOW)
#define DENY RET(SECCOMP_RET_ERRNO | 1)

#define ATTACH(sub, ...)                                         \
	attach((sub), (const struct sock_filter[]){ __VA_ARGS__ }, \
	       ARRAY_SIZE(((const struct sock_filter[]){ __VA_ARGS__ })))

static const char *who; /* the subject that is tested, for names of results */

static int attach(const struct subject *sub, const struct sock_filter *insns,
		  u32 len)
{
	struct filter f = { insns, len };

	return sub->attach(&f);
}

static bool same(const struct nrset *a, const struct nrset *b)
{
	struct nrset more = nrset_minus(*a, b), less = nrset_minus(*b, a);

	return nrset_empty(&more) && nrset_empty(&less);
}

/* The numbers served in table @i are those of @want and the exceptions. */
static bool serves(const struct subject *sub, u32 i, struct nrset want)
{
	const struct table *t = &sub->machine.table[i];
	struct nrset got;

	sub->served(t->abi->audit_arch, &got);
	want = nrset_or(want, &t->exceptions);
	if (same(&got, &want))
		return true;
	diag("%s: serves %u numbers, not %u", t->abi->name, nrset_count(&got),
	     nrset_count(&want));
	return false;
}

static struct nrset only(u32 nr)
{
	struct nrset set = { 0 };

	nrset_add(&set, nr);
	return set;
}

static const struct nrset none;

/* In all tables the same ones. */
static bool all_serve(const struct subject *sub, struct nrset want)
{
	u32 i;

	for (i = 0; i < sub->machine.tables; i++) {
		if (!serves(sub, i, want))
			return false;
	}
	return true;
}

static struct sd call(const struct subject *sub, u32 table, u32 nr)
{
	struct sd sd = { { 0 } };

	sd.w[SD_NR] = nr;
	sd.w[SD_ARCH] = sub->machine.table[table].abi->audit_arch;
	return sd;
}

static const struct {
	const char *what;
	struct sock_filter insns[3];
	u32 len;
	int ret;
} attach_cases[] = {
	{ "empty", { ALLOW }, 0, -EINVAL },
	{ "one return", { ALLOW }, 1, 0 },
	{ "no return at the end", { ALLOW, LD_NR }, 2, -EINVAL },
	{ "a halfword load", { { BPF_LD | BPF_H | BPF_ABS, 0, 0, 0 }, ALLOW },
	  2, -EINVAL },
	{ "an indirect load", { { BPF_LD | BPF_W | BPF_IND, 0, 0, 0 }, ALLOW },
	  2, -EINVAL },
	{ "the last word", { LD_ABS(60), RET_A }, 2, 0 },
	{ "a word behind the data", { LD_ABS(64), RET_A }, 2, -EINVAL },
	{ "an unaligned word", { LD_ABS(2), RET_A }, 2, -EINVAL },
	{ "an ancillary load", { LD_ABS(0xfffff000), RET_A }, 2, -EINVAL },
	{ "a division by 0", { { BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0 }, RET_A },
	  2, -EINVAL },
	{ "a remainder", { { BPF_ALU | BPF_MOD | BPF_K, 0, 0, 3 }, RET_A },
	  2, -EINVAL },
	{ "a shift by 31", { { BPF_ALU | BPF_LSH | BPF_K, 0, 0, 31 }, RET_A },
	  2, 0 },
	{ "a shift by 32", { { BPF_ALU | BPF_LSH | BPF_K, 0, 0, 32 }, RET_A },
	  2, -EINVAL },
	{ "a load of M[] before a store", { { BPF_LD | BPF_MEM, 0, 0, 3 },
	  RET_A }, 2, -EINVAL },
	{ "a store to M[15]", { { BPF_ST, 0, 0, 15 },
	  { BPF_LD | BPF_MEM, 0, 0, 15 }, RET_A }, 3, 0 },
	{ "a store to M[16]", { { BPF_ST, 0, 0, 16 }, ALLOW }, 2, -EINVAL },
	{ "a jump to the end", { JEQ(0, 0, 1), ALLOW, DENY }, 3, 0 },
	{ "a jump behind the end", { JEQ(0, 0, 2), ALLOW, DENY }, 3, -EINVAL },
	{ "a backward jump", { { BPF_JMP | BPF_JA, 0, 0, -1u }, ALLOW }, 2,
	  -EINVAL },
	{ "an internal opcode", { { BPF_LDX | BPF_W | BPF_ABS, 0, 0, 0 },
	  RET_A }, 2, -EINVAL },
};

static void test_attach(const struct subject *sub)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(attach_cases); i++) {
		int ret;

		sub->reset();
		ret = attach(sub, attach_cases[i].insns, attach_cases[i].len);
		if (ret != attach_cases[i].ret)
			diag("%s: %d", attach_cases[i].what, ret);
		if (ret != attach_cases[i].ret)
			break;
	}
	ok(i == ARRAY_SIZE(attach_cases), "%s: attach accepts and refuses", who);
}

/* Three of the longest filters fit into 32768, the fourth does not. */
static void test_limits(const struct subject *sub)
{
	static struct sock_filter insns[FILTER_MAX_INSNS + 1];
	struct sd sd = call(sub, 0, 7);
	s32 match;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(insns); i++)
		insns[i] = DENY;
	sub->reset();
	ok(attach(sub, insns, FILTER_MAX_INSNS + 1) == -EINVAL,
	   "%s: 4097 instructions are too long", who);
	for (i = 0; i < 3; i++) {
		if (attach(sub, insns, FILTER_MAX_INSNS))
			break;
	}
	ok(i == 3 && attach(sub, insns, FILTER_MAX_INSNS) == -ENOMEM,
	   "%s: a stack of four times %u is too long", who, MAX_CONVERTED);
	ok(sub->run(&sd, &match) == DENY.k && match == 2,
	   "%s: what did not fit has left the stack as it was", who);
}

static void test_bits(const struct subject *sub)
{
	struct nrset five = only(5);

	sub->reset();
	ATTACH(sub, LD_NR, JEQ(5, 0, 1), ALLOW, DENY);
	ok(all_serve(sub, five), "%s: one number is served", who);

	sub->reset();
	ATTACH(sub, DENY);
	ok(all_serve(sub, none), "%s: exceptions only", who);

	sub->reset();
	ATTACH(sub, RET(SECCOMP_RET_LOG));
	ok(all_serve(sub, none), "%s: LOG is not served", who);

	sub->reset();
	ATTACH(sub, RET(SECCOMP_RET_ALLOW | 1));
	ok(all_serve(sub, none), "%s: ALLOW with data is not served", who);

	sub->reset();
	ATTACH(sub, LD_NR, JEQ(5, 0, 3), LD_ARG0, JEQ(0, 0, 1), ALLOW, DENY);
	ok(all_serve(sub, none), "%s: what reads an argument is not", who);
}

/* Each table has its size, and its own arch value. */
static void test_tables(const struct subject *sub)
{
	u32 i, k;

	sub->reset();
	ATTACH(sub, ALLOW);
	for (i = 0; i < sub->machine.tables; i++)
		ok(serves(sub, i, nrset_below(sub->machine.table[i].nrs)),
		   "%s: %s has %u bits", who, sub->machine.table[i].abi->name,
		   sub->machine.table[i].nrs);

	for (i = 0; i < sub->machine.tables; i++) {
		const struct table *t = &sub->machine.table[i];
		bool good = true;

		sub->reset();
		ATTACH(sub, LD_ARCH, JEQ(t->abi->audit_arch, 0, 1), ALLOW,
		       DENY);
		for (k = 0; k < sub->machine.tables; k++)
			good &= serves(sub, k, k == i ? nrset_below(t->nrs) :
						       none);
		ok(good, "%s: a filter for %s", who, t->abi->name);
	}
}

static void test_lookup(const struct subject *sub)
{
	const struct machine *m = &sub->machine;
	u32 i;

	sub->reset();
	ATTACH(sub, ALLOW);
	for (i = 0; i < m->tables; i++) {
		u32 nrs = m->table[i].nrs;
		struct sd first = call(sub, i, 0);
		struct sd last = call(sub, i, nrs - 1);
		struct sd end = call(sub, i, nrs);
		struct sd after = call(sub, i, nrs + 1);
		struct sd x32 = call(sub, i, X32_SYSCALL_BIT | 1);
		struct sd minus = call(sub, i, -1u);

		ok(sub->lookup(&first) && sub->lookup(&last) &&
		   !sub->lookup(&end) && !sub->lookup(&after) &&
		   !sub->lookup(&x32) && !sub->lookup(&minus),
		   "%s: lookups at the edges of %s", who,
		   m->table[i].abi->name);
	}
}

/* Only a kernel with compat looks at arch. */
static void test_foreign_arch(const struct subject *sub)
{
	struct sd sd = call(sub, 0, 1);

	sub->reset();
	ATTACH(sub, ALLOW);
	sd.w[SD_ARCH] = 0x1234;
	ok(sub->lookup(&sd) == (sub->machine.tables == 1),
	   "%s: lookup with an unknown arch", who);
}

static void test_stack(const struct subject *sub)
{
	struct sd five = call(sub, 0, 5), six = call(sub, 0, 6);
	struct sd seven = call(sub, 0, 7);
	s32 match;

	sub->reset();
	ATTACH(sub, LD_NR, JEQ(5, 1, 0), JEQ(6, 0, 1), ALLOW, DENY);
	ATTACH(sub, LD_NR, JEQ(6, 0, 1), RET(SECCOMP_RET_ERRNO | 2), ALLOW);
	ok(all_serve(sub, only(5)), "%s: served is what all filters allow",
	   who);

	ok(sub->run(&five, &match) == SECCOMP_RET_ALLOW && match == -1,
	   "%s: a served call matches no filter", who);
	ok(sub->run(&six, &match) == (SECCOMP_RET_ERRNO | 2) && match == 1,
	   "%s: the newest filter refuses", who);
	ok(sub->run(&seven, &match) == DENY.k && match == 0,
	   "%s: the oldest filter refuses", who);
	ok(sub->exec(0, &six) == SECCOMP_RET_ALLOW &&
	   sub->exec(1, &six) == (SECCOMP_RET_ERRNO | 2) &&
	   sub->exec(0, &seven) == DENY.k &&
	   sub->exec(1, &seven) == SECCOMP_RET_ALLOW,
	   "%s: each filter for itself", who);
}

static void test_order(const struct subject *sub)
{
	struct sd sd = call(sub, 0, 5);
	s32 match;

	sub->reset();
	ATTACH(sub, RET(SECCOMP_RET_ERRNO | 1));
	ATTACH(sub, RET(SECCOMP_RET_ERRNO | 2));
	ATTACH(sub, RET(SECCOMP_RET_LOG));
	ok(sub->run(&sd, &match) == (SECCOMP_RET_ERRNO | 2) && match == 1,
	   "%s: on a tie the newest counts", who);
	ATTACH(sub, RET(SECCOMP_RET_TRAP));
	ATTACH(sub, RET(SECCOMP_RET_KILL_THREAD));
	ok(sub->run(&sd, &match) == SECCOMP_RET_KILL_THREAD && match == 4,
	   "%s: KILL_THREAD is below TRAP", who);
	ATTACH(sub, RET(SECCOMP_RET_KILL_PROCESS));
	ATTACH(sub, RET(SECCOMP_RET_KILL_THREAD));
	ok(sub->run(&sd, &match) == SECCOMP_RET_KILL_PROCESS && match == 5,
	   "%s: KILL_PROCESS is below all", who);
}

/* On any host a load gives the word of the model. */
static void test_words(const struct subject *sub)
{
	struct sd sd;
	u32 i;

	sub->reset();
	for (i = 0; i < SD_WORDS; i++)
		sd.w[i] = 0x80000000 + 0x10001 * i;
	for (i = 0; i < SD_WORDS; i++) {
		sub->reset();
		ATTACH(sub, LD_ABS(4 * i), RET_A);
		if (sub->exec(0, &sd) != sd.w[i])
			break;
	}
	ok(i == SD_WORDS, "%s: all words are loaded as they are", who);
}

static void test_reset(const struct subject *sub)
{
	struct sd sd = call(sub, 0, 5);
	s32 match = 0;

	sub->reset();
	ATTACH(sub, DENY);
	sub->reset();
	ok(!sub->lookup(&sd) && sub->run(&sd, &match) == SECCOMP_RET_ALLOW &&
	   match == -1, "%s: without filters nothing is refused", who);
}

static void test_subject(const struct subject *sub)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s %s", sub->name,
		 sub->machine.platform->name);
	who = name;
	test_attach(sub);
	test_limits(sub);
	test_bits(sub);
	test_tables(sub);
	test_lookup(sub);
	test_foreign_arch(sub);
	test_stack(sub);
	test_order(sub);
	test_words(sub);
	test_reset(sub);
}

/* The one warning that these cases give rise to: a lookup of no known arch. */
static void test_warnings(const struct subject *sub)
{
	ok(sub->warnings() == (sub->machine.tables == 1 ? 0 : 1),
	   "%s %s: warnings as expected", sub->name,
	   sub->machine.platform->name);
}

int main(void)
{
	u32 i;

	test_subject(kernel_subject_x86_64());
	test_subject(kernel_subject_arm64());
	test_subject(kernel_subject_s390x());
	test_warnings(kernel_subject_x86_64());
	test_warnings(kernel_subject_arm64());
	test_warnings(kernel_subject_s390x());
	for (i = 0; i < 3; i++)
		test_subject(self_subject(EMU_LINUX, &platforms[i]));
	return tap_done();
}
