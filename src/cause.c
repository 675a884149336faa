// SPDX-License-Identifier: GPL-2.0-only
#include "action.h"
#include "cause.h"

/* FNV-1a, a word at a time */
static u32 mix(u32 hash, u32 word)
{
	u32 i;

	for (i = 0; i < 4; i++, word >>= 8)
		hash = (hash ^ (word & 0xff)) * 16777619u;
	return hash;
}

/* What of k belongs to the shape. */
static u32 shape_of_k(const struct sock_filter *insn)
{
	switch (insn->code) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
	case BPF_JMP | BPF_JA:
		return insn->k;
	case BPF_RET | BPF_K:
		return action_verdict(insn->k);
	default:
		return 0;
	}
}

u32 cause_of(enum finding_class class, enum finding_where where,
	     const struct stack *s)
{
	u32 hash = mix(mix(2166136261u, class), where);
	u32 i, pc;

	for (i = 0; i < s->depth; i++) {
		const struct filter *f = &s->filter[i];

		hash = mix(hash, f->len);
		for (pc = 0; pc < f->len; pc++) {
			const struct sock_filter *insn = &f->insns[pc];

			hash = mix(hash, (u32)insn->code << 16 | insn->jt << 8 |
						 insn->jf);
			hash = mix(hash, shape_of_k(insn));
		}
	}
	return hash;
}
