// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which findings are told apart.
 */
#include <linux/seccomp.h>

#include "cause.h"
#include "tap.h"

/* Two instructions and a return: code, jt, jf, k of each. */
static const struct sock_filter base[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 7, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
};

#define INSNS ARRAY_SIZE(base)

static u32 cause_with(u32 pc, struct sock_filter insn)
{
	struct sock_filter insns[INSNS];
	struct stack s = { .depth = 1, .filter = { { insns, INSNS } } };
	u32 i;

	for (i = 0; i < INSNS; i++)
		insns[i] = i == pc ? insn : base[i];
	return cause_of(UNSOUND, AT_BITMAP, &s);
}

int main(void)
{
	static const struct {
		const char *what;
		bool same;
		u32 pc;
		struct sock_filter insn;
	} row[] = {
		{ "the same", true, 0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0) },
		{ "another constant", true, 1,
		  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 8, 0, 1) },
		{ "other data of the same verdict", true, 3,
		  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 2) },
		{ "another word", false, 0,
		  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16) },
		{ "another opcode", false, 1,
		  BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 7, 0, 1) },
		{ "another jump", false, 1,
		  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 7, 1, 0) },
		{ "another verdict", false, 3,
		  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS) },
	};
	struct stack one = { .depth = 1, .filter = { { base, INSNS } } };
	struct stack two = { .depth = 2,
			     .filter = { { base, INSNS }, { base, INSNS } } };
	u32 cause = cause_of(UNSOUND, AT_BITMAP, &one);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row); i++)
		ok((cause_with(row[i].pc, row[i].insn) == cause) == row[i].same,
		   "%s: %s cause", row[i].what,
		   row[i].same ? "the same" : "another");
	ok(cause_of(UNSOUND, AT_BITMAP, &two) != cause,
	   "another depth: another cause");
	ok(cause_of(DIVERGENT, AT_BITMAP, &one) != cause,
	   "another class: another cause");
	ok(cause_of(UNSOUND, AT_LOOKUP, &one) != cause,
	   "another place: another cause");
	return tap_done();
}
