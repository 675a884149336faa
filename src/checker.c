// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>

#include "checker.h"

/*
 * An LDX with BPF_ABS is what the kernel rewrites a seccomp_data load to. It
 * is refused from users by chk_code_allowed(), and so not in this list.
 */
bool code_allowed(u16 code)
{
	switch (code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_W | BPF_LEN:
	case BPF_LDX | BPF_W | BPF_LEN:
	case BPF_LD | BPF_IMM:
	case BPF_LDX | BPF_IMM:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
	case BPF_MISC | BPF_TAX:
	case BPF_MISC | BPF_TXA:
	case BPF_ALU | BPF_ADD | BPF_K:
	case BPF_ALU | BPF_ADD | BPF_X:
	case BPF_ALU | BPF_SUB | BPF_K:
	case BPF_ALU | BPF_SUB | BPF_X:
	case BPF_ALU | BPF_MUL | BPF_K:
	case BPF_ALU | BPF_MUL | BPF_X:
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_DIV | BPF_X:
	case BPF_ALU | BPF_AND | BPF_K:
	case BPF_ALU | BPF_AND | BPF_X:
	case BPF_ALU | BPF_OR | BPF_K:
	case BPF_ALU | BPF_OR | BPF_X:
	case BPF_ALU | BPF_XOR | BPF_K:
	case BPF_ALU | BPF_XOR | BPF_X:
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_LSH | BPF_X:
	case BPF_ALU | BPF_RSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_X:
	case BPF_ALU | BPF_NEG:
	case BPF_JMP | BPF_JA:
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
	case BPF_RET | BPF_K:
	case BPF_RET | BPF_A:
		return true;
	default:
		return false;
	}
}

bool code_branches(u16 code)
{
	switch (code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JEQ | BPF_X:
	case BPF_JMP | BPF_JGE | BPF_K:
	case BPF_JMP | BPF_JGE | BPF_X:
	case BPF_JMP | BPF_JGT | BPF_K:
	case BPF_JMP | BPF_JGT | BPF_X:
	case BPF_JMP | BPF_JSET | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_X:
		return true;
	default:
		return false;
	}
}

/* The per-instruction part; @left is the number of instructions after it. */
static bool insn_allowed(const struct sock_filter *insn, u32 left)
{
	u32 k = insn->k;

	if (!code_allowed(insn->code))
		return false;
	if (code_branches(insn->code))
		return insn->jt < left && insn->jf < left;

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		return k < SD_WORDS * sizeof(u32) && !(k & 3);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return k < BPF_MEMWORDS;
	case BPF_ALU | BPF_DIV | BPF_K:
		return k != 0;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return k < 32;
	case BPF_JMP | BPF_JA:
		return k < left;
	default:
		return true;
	}
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
		switch (insn->code) {
		case BPF_ST:
		case BPF_STX:
			stored |= 1u << insn->k;
			break;
		case BPF_LD | BPF_MEM:
		case BPF_LDX | BPF_MEM:
			if (!(stored & 1u << insn->k))
				return false;
			break;
		case BPF_JMP | BPF_JA:
			stored_at[pc + 1 + insn->k] &= stored;
			stored = 0xffff;
			break;
		default:
			if (!code_branches(insn->code))
				break;
			stored_at[pc + 1 + insn->jt] &= stored;
			stored_at[pc + 1 + insn->jf] &= stored;
			stored = 0xffff;
		}
	}
	return true;
}

int filter_check(const struct filter *f)
{
	u16 last;
	u32 pc;

	if (f->len == 0 || f->len > FILTER_MAX_INSNS)
		return -EINVAL;

	for (pc = 0; pc < f->len; pc++) {
		if (!insn_allowed(&f->insns[pc], f->len - pc - 1))
			return -EINVAL;
	}

	last = f->insns[f->len - 1].code;
	if (last != (BPF_RET | BPF_K) && last != (BPF_RET | BPF_A))
		return -EINVAL;

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
