// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "checker.h"

/* What an instruction does, as far as what it may say depends on it. */
enum kind {
	REFUSED,
	PLAIN,
	LOADS_WORD, /* of seccomp_data */
	LOADS_CELL, /* of M[] */
	STORES_CELL,
	DIVIDES,
	SHIFTS,
	JUMPS,
	BRANCHES,
	RETURNS,
	KINDS,
};

/*
 * An LDX with BPF_ABS is what the kernel rewrites a seccomp_data load to. It
 * is refused from users by chk_code_allowed(), and so not in this list.
 */
static const u8 kinds[256] = {
	[BPF_LD | BPF_W | BPF_ABS] = LOADS_WORD,
	[BPF_LD | BPF_W | BPF_LEN] = PLAIN,
	[BPF_LDX | BPF_W | BPF_LEN] = PLAIN,
	[BPF_LD | BPF_IMM] = PLAIN,
	[BPF_LDX | BPF_IMM] = PLAIN,
	[BPF_LD | BPF_MEM] = LOADS_CELL,
	[BPF_LDX | BPF_MEM] = LOADS_CELL,
	[BPF_ST] = STORES_CELL,
	[BPF_STX] = STORES_CELL,
	[BPF_MISC | BPF_TAX] = PLAIN,
	[BPF_MISC | BPF_TXA] = PLAIN,
	[BPF_ALU | BPF_ADD | BPF_K] = PLAIN,
	[BPF_ALU | BPF_ADD | BPF_X] = PLAIN,
	[BPF_ALU | BPF_SUB | BPF_K] = PLAIN,
	[BPF_ALU | BPF_SUB | BPF_X] = PLAIN,
	[BPF_ALU | BPF_MUL | BPF_K] = PLAIN,
	[BPF_ALU | BPF_MUL | BPF_X] = PLAIN,
	[BPF_ALU | BPF_DIV | BPF_K] = DIVIDES,
	[BPF_ALU | BPF_DIV | BPF_X] = PLAIN,
	[BPF_ALU | BPF_AND | BPF_K] = PLAIN,
	[BPF_ALU | BPF_AND | BPF_X] = PLAIN,
	[BPF_ALU | BPF_OR | BPF_K] = PLAIN,
	[BPF_ALU | BPF_OR | BPF_X] = PLAIN,
	[BPF_ALU | BPF_XOR | BPF_K] = PLAIN,
	[BPF_ALU | BPF_XOR | BPF_X] = PLAIN,
	[BPF_ALU | BPF_LSH | BPF_K] = SHIFTS,
	[BPF_ALU | BPF_LSH | BPF_X] = PLAIN,
	[BPF_ALU | BPF_RSH | BPF_K] = SHIFTS,
	[BPF_ALU | BPF_RSH | BPF_X] = PLAIN,
	[BPF_ALU | BPF_NEG] = PLAIN,
	[BPF_JMP | BPF_JA] = JUMPS,
	[BPF_JMP | BPF_JEQ | BPF_K] = BRANCHES,
	[BPF_JMP | BPF_JEQ | BPF_X] = BRANCHES,
	[BPF_JMP | BPF_JGE | BPF_K] = BRANCHES,
	[BPF_JMP | BPF_JGE | BPF_X] = BRANCHES,
	[BPF_JMP | BPF_JGT | BPF_K] = BRANCHES,
	[BPF_JMP | BPF_JGT | BPF_X] = BRANCHES,
	[BPF_JMP | BPF_JSET | BPF_K] = BRANCHES,
	[BPF_JMP | BPF_JSET | BPF_X] = BRANCHES,
	[BPF_RET | BPF_K] = RETURNS,
	[BPF_RET | BPF_A] = RETURNS,
};

/* Which k it may have. */
static const struct {
	u32 least, most;
	u32 zero; /* bits that must not be set */
} ks[KINDS] = {
	[REFUSED] = { 1, 0, 0 }, /* none */
	[PLAIN] = { 0, UINT32_MAX, 0 },
	[LOADS_WORD] = { 0, (SD_WORDS - 1) * sizeof(u32), 3 },
	[LOADS_CELL] = { 0, BPF_MEMWORDS - 1, 0 },
	[STORES_CELL] = { 0, BPF_MEMWORDS - 1, 0 },
	[DIVIDES] = { 1, UINT32_MAX, 0 },
	[SHIFTS] = { 0, 31, 0 },
	[JUMPS] = { 0, UINT32_MAX, 0 },
	[BRANCHES] = { 0, UINT32_MAX, 0 },
	[RETURNS] = { 0, UINT32_MAX, 0 },
};

static enum kind kind_of(u16 code)
{
	return code < ARRAY_SIZE(kinds) ? kinds[code] : REFUSED;
}

bool code_allowed(u16 code)
{
	return kind_of(code) != REFUSED;
}

bool code_branches(u16 code)
{
	return kind_of(code) == BRANCHES;
}

/*
 * The per-instruction part; @left is the number of instructions after it. What
 * comes next is chance: no branches.
 */
static bool insn_allowed(const struct sock_filter *insn, enum kind kind,
			 u32 left)
{
	u32 k = insn->k;
	bool allowed = (k >= ks[kind].least) & (k <= ks[kind].most) &
		       !(k & ks[kind].zero);
	bool within = (insn->jt < left) & (insn->jf < left);

	return allowed & ((kind != BRANCHES) | within) &
	       ((kind != JUMPS) | (k < left));
}

/*
 * Every M[k] is stored on all paths before it is loaded. Code that no jump and
 * no fall-through reaches counts as having every cell stored.
 */
static bool loads_follow_stores(const struct filter *f)
{
	u16 stored_at[FILTER_MAX_INSNS];
	u16 stored = 0;
	u32 pc;

	for (pc = 0; pc < f->len; pc++)
		stored_at[pc] = 0xffff;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];

		stored &= stored_at[pc];
		switch (kind_of(insn->code)) {
		case STORES_CELL:
			stored |= 1u << insn->k;
			break;
		case LOADS_CELL:
			if (!(stored & 1u << insn->k))
				return false;
			break;
		case JUMPS:
			stored_at[pc + 1 + insn->k] &= stored;
			stored = 0xffff;
			break;
		case BRANCHES:
			stored_at[pc + 1 + insn->jt] &= stored;
			stored_at[pc + 1 + insn->jf] &= stored;
			stored = 0xffff;
			break;
		default:
			break;
		}
	}
	return true;
}

int filter_check(const struct filter *f)
{
	u32 seen = 0; /* kinds */
	bool allowed = true;
	enum kind kind = REFUSED;
	u32 pc;

	if (f->len == 0 || f->len > FILTER_MAX_INSNS)
		return -EINVAL;

	for (pc = 0; pc < f->len; pc++) {
		kind = kind_of(f->insns[pc].code);
		seen |= 1u << kind;
		allowed &= insn_allowed(&f->insns[pc], kind, f->len - pc - 1);
	}
	if (!allowed || kind != RETURNS)
		return -EINVAL;

	/* Nothing need be stored where nothing is loaded. */
	if (!(seen & 1u << LOADS_CELL))
		return 0;
	return loads_follow_stores(f) ? 0 : -EINVAL;
}

static u32 insn_converted_len(const struct sock_filter *insn)
{
	u32 len;

	switch (insn->code) {
	case BPF_RET | BPF_K:
		return 2;
	case BPF_ALU | BPF_DIV | BPF_X:
		return 5; /* the test for zero comes along */
	default:
		if (BPF_CLASS(insn->code) != BPF_JMP ||
		    BPF_OP(insn->code) == BPF_JA)
			return 1;
	}

	/* eBPF has one target and a signed immediate. */
	len = 1;
	if (BPF_SRC(insn->code) == BPF_K && (s32)insn->k < 0)
		len++;
	if (insn->jf != 0 &&
	    (insn->jt != 0 || BPF_OP(insn->code) == BPF_JSET))
		len++;
	return len;
}

u32 filter_converted_len(const struct filter *f)
{
	u32 len = 3; /* A = 0, X = 0, context */
	u32 pc;

	for (pc = 0; pc < f->len; pc++)
		len += insn_converted_len(&f->insns[pc]);
	return len;
}

/* A constant that is hidden takes two instructions more. */
static u32 insn_blinded_len(const struct sock_filter *insn)
{
	u32 len = insn_converted_len(insn);

	switch (insn->code) {
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_ALU | BPF_DIV | BPF_X: /* the zero of its test */
		return len + 2;
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_RET | BPF_K:
		return len + (insn->k ? 2 : 0); /* 0 is made by an XOR */
	default:
		if (BPF_CLASS(insn->code) != BPF_JMP ||
		    BPF_OP(insn->code) == BPF_JA ||
		    BPF_SRC(insn->code) != BPF_K)
			return len;
		return len + 2;
	}
}

u32 filter_blinded_len(const struct filter *f)
{
	u32 len = 3;
	u32 pc;

	for (pc = 0; pc < f->len; pc++)
		len += insn_blinded_len(&f->insns[pc]);
	return len;
}
