/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions for tables of cases, by bpf_asm's names.
 */
#ifndef BITPROOF_INSNS_H
#define BITPROOF_INSNS_H

#include <linux/filter.h>
#include <linux/seccomp.h>

#define LD(off)		  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, off)
#define LD_NR		  LD(0)
#define LD_ARCH		  LD(4)
#define LD_ARG0		  LD(16)
#define LD_LEN		  BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)
#define LDX_LEN		  BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0)
#define LDI(k)		  BPF_STMT(BPF_LD | BPF_IMM, k)
#define LDXI(k)		  BPF_STMT(BPF_LDX | BPF_IMM, k)
#define LDM(k)		  BPF_STMT(BPF_LD | BPF_MEM, k)
#define LDXM(k)		  BPF_STMT(BPF_LDX | BPF_MEM, k)
#define ST(k)		  BPF_STMT(BPF_ST, k)
#define STX(k)		  BPF_STMT(BPF_STX, k)
#define TAX		  BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define TXA		  BPF_STMT(BPF_MISC | BPF_TXA, 0)
#define ALU(op, k)	  BPF_STMT(BPF_ALU | BPF_##op | BPF_K, k)
#define ALUX(op)	  BPF_STMT(BPF_ALU | BPF_##op | BPF_X, 0)
#define NEG		  BPF_STMT(BPF_ALU | BPF_NEG, 0)
#define JA(k)		  BPF_STMT(BPF_JMP | BPF_JA, k)
#define JMP(op, k, t, f)  BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, k, t, f)
#define JMPX(op, t, f)	  BPF_JUMP(BPF_JMP | BPF_##op | BPF_X, 0, t, f)
#define RET(k)		  BPF_STMT(BPF_RET | BPF_K, k)
#define RET_A		  BPF_STMT(BPF_RET | BPF_A, 0)
#define ALLOW		  RET(SECCOMP_RET_ALLOW)
#define DENY		  RET(SECCOMP_RET_ERRNO | 1)
#define DENIED		  (SECCOMP_RET_ERRNO | 1)

#endif
