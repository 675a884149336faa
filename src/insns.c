// SPDX-License-Identifier: GPL-2.0-only
/*
 * Edits of a program that keep its jumps meaningful.
 */
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "checker.h"
#include "mutate.h"

/*
 * What becomes of a jump's distance when @n instructions appear before @at.
 * A jump out of the filter stays as far out as it was written.
 */
static u64 stretched(u32 pc, u32 distance, u32 len, u32 at, u32 n)
{
	u64 target = (u64)pc + 1 + distance;

	return target > at && target <= len ? (u64)distance + n : distance;
}

/* And when @n instructions from @at on are gone. */
static u32 shortened(u32 pc, u32 distance, u32 at, u32 n)
{
	u64 target = (u64)pc + 1 + distance;

	if (target >= (u64)at + n)
		return distance - n;
	return target > at ? at - pc - 1 : distance;
}

void insns_remove(struct sock_filter *insns, u32 *len, u32 at, u32 n)
{
	u32 pc;

	for (pc = 0; pc < at; pc++) {
		struct sock_filter *insn = &insns[pc];

		if (code_branches(insn->code)) {
			insn->jt = shortened(pc, insn->jt, at, n);
			insn->jf = shortened(pc, insn->jf, at, n);
		} else if (insn->code == (BPF_JMP | BPF_JA)) {
			insn->k = shortened(pc, insn->k, at, n);
		}
	}
	for (pc = at; pc + n < *len; pc++)
		insns[pc] = insns[pc + n];
	*len -= n;
}

int insns_insert(struct sock_filter *insns, u32 *len, u32 at,
		 const struct sock_filter *new_insns, u32 n)
{
	u32 pc;

	/* From further away than that no conditional jump gets over @at. */
	for (pc = at > 255 ? at - 255 : 0; pc < at; pc++) {
		struct sock_filter *insn = &insns[pc];

		if (code_branches(insn->code) &&
		    (stretched(pc, insn->jt, *len, at, n) > 255 ||
		     stretched(pc, insn->jf, *len, at, n) > 255))
			return -ERANGE;
	}
	for (pc = 0; pc < at; pc++) {
		struct sock_filter *insn = &insns[pc];

		if (code_branches(insn->code)) {
			insn->jt = stretched(pc, insn->jt, *len, at, n);
			insn->jf = stretched(pc, insn->jf, *len, at, n);
		} else if (insn->code == (BPF_JMP | BPF_JA)) {
			insn->k = stretched(pc, insn->k, *len, at, n);
		}
	}
	for (pc = *len; pc-- > at;)
		insns[pc + n] = insns[pc];
	for (pc = 0; pc < n; pc++)
		insns[at + pc] = new_insns[pc];
	*len += n;
	return 0;
}

static u32 last(u32 jump, u32 left)
{
	return jump < left ? jump : left - 1;
}

/* The part of filter_check() that looks at one instruction, made true. */
static void insn_repair(struct sock_filter *insn, u32 left)
{
	u32 k = insn->k;

	/* A load of nr can stand everywhere but at the end. */
	if (!code_allowed(insn->code) ||
	    (BPF_CLASS(insn->code) == BPF_JMP && left == 0))
		*insn = (struct sock_filter){ .code = BPF_LD | BPF_W |
						      BPF_ABS };
	if (code_branches(insn->code)) {
		insn->jt = last(insn->jt, left);
		insn->jf = last(insn->jf, left);
	}

	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		insn->k = k % (SD_WORDS * sizeof(u32)) & ~3u;
		break;
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		insn->k = k % BPF_MEMWORDS;
		break;
	case BPF_ALU | BPF_DIV | BPF_K:
		insn->k = k ? k : 1;
		break;
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		insn->k = k % 32;
		break;
	case BPF_JMP | BPF_JA:
		insn->k = last(k, left);
		break;
	}
}

/* A load of a cell that some path has not stored becomes a store. */
static void loads_repair(struct sock_filter *insns, u32 len)
{
	u16 stored_at[FILTER_MAX_INSNS];
	u16 stored = 0;
	u32 pc;

	for (pc = 0; pc < len; pc++)
		stored_at[pc] = 0xffff;

	for (pc = 0; pc < len; pc++) {
		struct sock_filter *insn = &insns[pc];

		stored &= stored_at[pc];
		switch (insn->code) {
		case BPF_LD | BPF_MEM:
			if (!(stored & 1u << insn->k))
				insn->code = BPF_ST;
			stored |= 1u << insn->k;
			break;
		case BPF_LDX | BPF_MEM:
			if (!(stored & 1u << insn->k))
				insn->code = BPF_STX;
			stored |= 1u << insn->k;
			break;
		case BPF_ST:
		case BPF_STX:
			stored |= 1u << insn->k;
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
}

void insns_repair(struct sock_filter *insns, u32 *len)
{
	static const struct sock_filter allow = { BPF_RET | BPF_K, 0, 0,
						  SECCOMP_RET_ALLOW };
	bool loads = false;
	u32 pc;

	if (*len == 0)
		insns[(*len)++] = allow;
	if (*len > FILTER_MAX_INSNS)
		*len = FILTER_MAX_INSNS;

	for (pc = 0; pc < *len; pc++) {
		insn_repair(&insns[pc], *len - pc - 1);
		loads |= insns[pc].code == (BPF_LD | BPF_MEM) ||
			 insns[pc].code == (BPF_LDX | BPF_MEM);
	}
	if (BPF_CLASS(insns[*len - 1].code) != BPF_RET)
		insns[*len - 1] = allow;
	if (loads)
		loads_repair(insns, *len);
}
