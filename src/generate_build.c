// SPDX-License-Identifier: GPL-2.0-only
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "generate_build.h"

#define PICK(r, table) ((table)[rng_below((r), ARRAY_SIZE(table))])

void gen_begin(struct gen *g, struct sock_filter *insns, u32 len)
{
	u32 pc;

	g->insns = insns;
	g->pc = 0;
	g->len = len;
	g->reach = 0;
	g->a = HOLDS_OTHER;
	g->mask = 0xffffffff;
	g->stored = 0;
	for (pc = 0; pc < len; pc++)
		g->stored_at[pc] = 0xffff;
}

static void put(struct gen *g, u16 code, u32 k, u32 jt, u32 jf)
{
	g->insns[g->pc] = (struct sock_filter){ code, jt, jf, k };
	if (++g->pc < g->len)
		g->stored &= g->stored_at[g->pc];
}

void emit(struct gen *g, u16 code, u32 k)
{
	put(g, code, k, 0, 0);
}

void emit_store(struct gen *g, u16 code, u32 k)
{
	g->stored |= 1u << k;
	put(g, code, k, 0, 0);
}

static void jumps_to(struct gen *g, u32 target)
{
	g->stored_at[target] &= g->stored;
	if (g->reach < target)
		g->reach = target;
}

void emit_branch(struct gen *g, u16 code, u32 k, u32 jt, u32 jf)
{
	jumps_to(g, g->pc + 1 + jt);
	jumps_to(g, g->pc + 1 + jf);
	g->stored = 0xffff;
	put(g, code, k, jt, jf);
}

void emit_ja(struct gen *g, u32 k)
{
	jumps_to(g, g->pc + 1 + k);
	g->stored = 0xffff;
	put(g, BPF_JMP | BPF_JA, k, 0, 0);
}

void emit_word(struct gen *g, u32 word)
{
	static const enum holds holds[SD_WORDS] = {
		[SD_NR] = HOLDS_NR,
		[SD_ARCH] = HOLDS_ARCH,
		[SD_IP... SD_WORDS - 1] = HOLDS_ARG,
	};

	g->a = holds[word];
	g->mask = 0xffffffff;
	emit(g, BPF_LD | BPF_W | BPF_ABS, word * sizeof(u32));
}

void emit_and(struct gen *g, u32 mask)
{
	g->mask &= mask;
	emit(g, BPF_ALU | BPF_AND | BPF_K, mask);
}

void emit_nr(struct gen *g)
{
	emit_word(g, SD_NR);
}

void emit_arch(struct gen *g)
{
	emit_word(g, SD_ARCH);
}

void emit_hit(struct gen *g)
{
	emit(g, BPF_RET | BPF_K, pick_hit(g));
}

void emit_default(struct gen *g)
{
	emit(g, BPF_RET | BPF_K, pick_default(g));
}

/* Edges of the system call tables, of signedness, and of the x32 range. */
static u32 boundary(struct rng *r, const struct machine *m)
{
	static const u32 fixed[] = {
		0,          1,          2,          31,         32,
		63,         64,         65,         127,        128,
		255,        256,        334,        335,        336,
		337,        402,        403,        423,        424,
		NR_MAX - 1, NR_MAX,     0xffff,     0x10000,    0x3fffffff,
		0x40000000, 0x40000001, 0x400001ff, 0x40000200, 0x7fffffff,
		0x80000000, 0x80000001, 0xc0000000, 0xfffffffe, 0xffffffff,
	};
	u32 nrs;

	if (rng_one_in(r, 2))
		return PICK(r, fixed);
	nrs = m->table[rng_below(r, m->tables)].nrs;
	return nrs - 2 + rng_below(r, 4);
}

u32 pick_arch(struct rng *r, const struct machine *m)
{
	u32 pick = rng_below(r, 16);

	if (pick < 10)
		return m->table[0].abi->audit_arch;
	if (pick < 14)
		return m->table[m->tables - 1].abi->audit_arch;
	return platforms[rng_below(r, nr_platforms)].native->audit_arch;
}

u32 pick_mask(struct rng *r)
{
	static const u32 masks[] = {
		0,
		1,
		3,
		7,
		0xf,
		0xff,
		0x1ff,
		0x1fe,
		0xffff,
		0xffff0000,
		0x80000000,
		0x40000000,
		0x3fffffff,
		0x7fffffff,
		0xbfffffff,
		0xfffffffe,
		0xffffff00,
		0xfffffe00,
		0xffffffff,
		0x0fffffff,
		__AUDIT_ARCH_64BIT,
		__AUDIT_ARCH_LE,
	};
	u32 bit = 1u << rng_below(r, 32);

	switch (rng_below(r, 8)) {
	case 0:
	case 1:
		return 1u << rng_below(r, 10);
	case 2:
		return bit;
	case 3:
		return ~bit;
	case 4:
		return bit - 1;
	default:
		return PICK(r, masks);
	}
}

u32 generate_constant(struct rng *r, const struct machine *m)
{
	const struct table *t = &m->table[rng_below(r, m->tables)];
	u32 any = rng_u32(r);

	switch (rng_below(r, 16)) {
	case 0:
	case 1:
	case 2:
		return boundary(r, m);
	case 3:
		return X32_SYSCALL_BIT | any % t->nrs;
	case 4:
		return pick_arch(r, m);
	case 5:
		return pick_arch(r, m) + (any & 1 ? 1 : -1);
	case 6:
		return pick_mask(r);
	case 7:
		return any % 8;
	case 8:
		return generate_action(r);
	case 9:
		return any;
	default:
		return any % t->nrs;
	}
}

u32 pick_nr(struct gen *g)
{
	if (!rng_one_in(g->r, 4))
		return PICK(g->r, g->favourites->nr);
	return generate_constant(g->r, g->m);
}

u32 pick_known_nr(struct gen *g)
{
	return pick_nr(g) % g->m->table[0].nrs;
}

static u32 pick_held(struct gen *g)
{
	struct rng *r = g->r;

	switch (g->a) {
	case HOLDS_NR:
		return rng_one_in(r, 4) ? rng_below(r, g->m->table[0].nrs)
					: pick_nr(g);
	case HOLDS_ARCH:
		return pick_arch(r, g->m);
	case HOLDS_ARG:
		return rng_one_in(r, 2) ? rng_below(r, 4) : pick_mask(r);
	default:
		return generate_constant(r, g->m);
	}
}

u32 pick_test(struct gen *g)
{
	if (rng_one_in(g->r, 8))
		return generate_constant(g->r, g->m);
	return pick_held(g) & g->mask;
}

static const u32 common_denials[] = {
	SECCOMP_RET_ERRNO | 1,   SECCOMP_RET_ERRNO | 38,
	SECCOMP_RET_ERRNO | 0,   SECCOMP_RET_KILL_PROCESS,
	SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
	SECCOMP_RET_LOG,         SECCOMP_RET_TRACE,
};

/* Data at its limits, actions that no kernel knows, and "nearly ALLOW". */
static const u32 odd_denials[] = {
	SECCOMP_RET_ERRNO | 4,
	SECCOMP_RET_ERRNO | 4095,
	SECCOMP_RET_ERRNO | 4096,
	SECCOMP_RET_ERRNO | 0xffff,
	SECCOMP_RET_KILL_PROCESS | 1,
	SECCOMP_RET_KILL_THREAD | 1,
	SECCOMP_RET_TRAP | 0xffff,
	SECCOMP_RET_TRACE | 0x1234,
	SECCOMP_RET_USER_NOTIF,
	SECCOMP_RET_USER_NOTIF | 1,
	SECCOMP_RET_LOG | 1,
	SECCOMP_RET_LOG | 0xffff,
	SECCOMP_RET_ALLOW | 1,
	SECCOMP_RET_ALLOW | 0x8000,
	SECCOMP_RET_ALLOW | 0xffff,
	SECCOMP_RET_ALLOW - 1,
	SECCOMP_RET_ALLOW + 0x10000,
	0x7ffb0000,
	0x7ffe0000,
	0x00040000,
	0x00060000,
	0x00010000,
	0x12340000,
	0x80010000,
	0xfffc0000,
	0xffff0000,
	0xffffffff,
};

u32 pick_denial(struct rng *r)
{
	switch (rng_below(r, 8)) {
	case 0:
	case 1:
		return PICK(r, odd_denials);
	case 2:
		return SECCOMP_RET_ALLOW ^ 1u << rng_below(r, 32);
	default:
		return PICK(r, common_denials);
	}
}

u32 generate_action(struct rng *r)
{
	return rng_one_in(r, 2) ? SECCOMP_RET_ALLOW : pick_denial(r);
}

/* In how many of 16 cases a return allows. */
static const struct {
	u8 hit;
	u8 other;
} allows[MOODS] = {
	[MOOD_ALLOW] = { 4, 15 },
	[MOOD_DENY] = { 14, 1 },
	[MOOD_MIXED] = { 10, 8 },
	[MOOD_LENIENT] = { 12, 16 },
};

u32 pick_hit(struct gen *g)
{
	if (rng_below(g->r, 16) < allows[g->mood].hit)
		return SECCOMP_RET_ALLOW;
	return pick_denial(g->r);
}

u32 pick_default(struct gen *g)
{
	if (rng_below(g->r, 16) < allows[g->mood].other)
		return SECCOMP_RET_ALLOW;
	return pick_denial(g->r);
}

u32 pick_data_word(struct rng *r)
{
	return SD_IP + rng_below(r, SD_WORDS - SD_IP);
}

u16 pick_compare(struct rng *r)
{
	static const u8 ops[] = { BPF_JEQ, BPF_JEQ, BPF_JEQ, BPF_JGE,
				  BPF_JGE, BPF_JGT, BPF_JGT, BPF_JSET };

	return BPF_JMP | BPF_K | PICK(r, ops);
}

u16 pick_alu(struct rng *r)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR,
				  BPF_AND, BPF_LSH, BPF_RSH, BPF_XOR };

	return BPF_ALU | PICK(r, ops);
}

u32 pick_operand(struct gen *g, u16 code)
{
	static const u8 shifts[] = { 0, 1, 2, 8, 16, 24, 30, 31 };
	static const u32 divisors[] = { 1,       2,          3,         64,
					0x10000, 0x80000000, 0xffffffff };

	switch (BPF_OP(code)) {
	case BPF_LSH:
	case BPF_RSH:
		return PICK(g->r, shifts);
	case BPF_DIV:
		return PICK(g->r, divisors);
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		if (!rng_one_in(g->r, 4))
			return pick_mask(g->r);
		break;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
		if (rng_one_in(g->r, 2))
			return rng_below(g->r, 4);
		break;
	}
	return generate_constant(g->r, g->m);
}

u32 pick_jump(struct gen *g)
{
	u32 left = gen_left(g);
	u32 limit = left - 1 < 255 ? left - 1 : 255;
	u32 pick = rng_below(g->r, 16);
	u32 jump;

	if (pick < 8)
		jump = rng_below(g->r, 4);
	else if (pick < 12)
		jump = rng_below(g->r, 16);
	else if (pick < 14)
		jump = limit - rng_below(g->r, 2);
	else
		jump = rng_below(g->r, limit + 1);
	/* Also for limit == 0, from which 1 was taken. */
	return jump < limit ? jump : limit;
}
