// SPDX-License-Identifier: GPL-2.0-only
#include <linux/seccomp.h>

#include "ref_interp.h"

struct run ref_interp(const struct filter *f, const struct sd *sd)
{
	struct run run = { 0 };
	u32 A = 0, X = 0;
	u32 M[BPF_MEMWORDS] = { 0 };
	u32 wide = f->wide_shifts ? 32 : 0;
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];
		u32 k = insn->k;

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			run.reads |= 1u << k / 4;
			A = sd->w[k / 4];
			break;
		case BPF_LD | BPF_W | BPF_LEN:
			A = sizeof(*sd);
			break;
		case BPF_LDX | BPF_W | BPF_LEN:
			X = sizeof(*sd);
			break;
		case BPF_LD | BPF_IMM:
			A = k;
			break;
		case BPF_LDX | BPF_IMM:
			X = k;
			break;
		case BPF_LD | BPF_MEM:
			A = M[k];
			break;
		case BPF_LDX | BPF_MEM:
			X = M[k];
			break;
		case BPF_ST:
			M[k] = A;
			break;
		case BPF_STX:
			M[k] = X;
			break;
		case BPF_MISC | BPF_TAX:
			X = A;
			break;
		case BPF_MISC | BPF_TXA:
			A = X;
			break;

		case BPF_ALU | BPF_ADD | BPF_K:
			A += k;
			break;
		case BPF_ALU | BPF_ADD | BPF_X:
			A += X;
			break;
		case BPF_ALU | BPF_SUB | BPF_K:
			A -= k;
			break;
		case BPF_ALU | BPF_SUB | BPF_X:
			A -= X;
			break;
		case BPF_ALU | BPF_MUL | BPF_K:
			A *= k;
			break;
		case BPF_ALU | BPF_MUL | BPF_X:
			A *= X;
			break;
		case BPF_ALU | BPF_DIV | BPF_K:
			A /= k;
			break;
		case BPF_ALU | BPF_DIV | BPF_X:
			if (X == 0) {
				run.pc = pc;
				return run; /* 0: KILL_THREAD */
			}
			A /= X;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			A &= k;
			break;
		case BPF_ALU | BPF_AND | BPF_X:
			A &= X;
			break;
		case BPF_ALU | BPF_OR | BPF_K:
			A |= k;
			break;
		case BPF_ALU | BPF_OR | BPF_X:
			A |= X;
			break;
		case BPF_ALU | BPF_XOR | BPF_K:
			A ^= k;
			break;
		case BPF_ALU | BPF_XOR | BPF_X:
			A ^= X;
			break;
		case BPF_ALU | BPF_LSH | BPF_K:
			A <<= k;
			break;
		case BPF_ALU | BPF_LSH | BPF_X:
			A = X & wide ? 0 : A << (X & 31);
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			A >>= k;
			break;
		case BPF_ALU | BPF_RSH | BPF_X:
			A = X & wide ? 0 : A >> (X & 31);
			break;
		case BPF_ALU | BPF_NEG:
			A = -A;
			break;

		case BPF_JMP | BPF_JA:
			pc += k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += A == k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JEQ | BPF_X:
			pc += A == X ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += A >= k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_X:
			pc += A >= X ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += A > k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_X:
			pc += A > X ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			pc += A & k ? insn->jt : insn->jf;
			break;
		case BPF_JMP | BPF_JSET | BPF_X:
			pc += A & X ? insn->jt : insn->jf;
			break;

		case BPF_RET | BPF_K:
			run.ret = k;
			run.pc = pc;
			return run;
		case BPF_RET | BPF_A:
			run.ret = A;
			run.pc = pc;
			return run;

		default:
			goto invalid;
		}
	}

invalid:
	/* Not a filter that filter_check() accepts: fail closed. */
	run.ret = SECCOMP_RET_KILL_PROCESS;
	run.pc = pc;
	return run;
}
