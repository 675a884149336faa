// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/seccomp.h>

#include "checker.h"
#include "mutate.h"

/*
 * Where a jump of @distance at @at - 1 or before must go when @n instructions
 * before @pc's target appear. Jumps that leave the filter stay as they are.
 */
static u64 stretched(u32 pc, u32 distance, u32 len, u32 at, u32 n)
{
	u64 target = (u64)pc + 1 + distance;

	return target > at && target <= len ? (u64)distance + n : distance;
}

/* The same when @n instructions from @at on are gone. */
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

	/* No jump that is longer than 255 now reaches from further away. */
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
