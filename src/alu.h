/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic and compares by operation, for those who evaluate one at a time.
 * The reference interpreter spells them out instead.
 */
#ifndef BITPROOF_ALU_H
#define BITPROOF_ALU_H

#include <linux/filter.h>

#include "types.h"

/* A @op= b. A division by 0 must not come here. BPF_NEG ignores @b. */
static inline u32 alu_apply(u16 op, u32 a, u32 b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return a / b;
	case BPF_AND:
		return a & b;
	case BPF_OR:
		return a | b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default:
		return -a;
	}
}

/* Does a compare of A with @b jump? */
static inline bool alu_jumps(u16 op, u32 a, u32 b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGE:
		return a >= b;
	case BPF_JGT:
		return a > b;
	default:
		return a & b;
	}
}

#endif
