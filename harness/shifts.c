// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>

#include "shifts.h"
#include "task.h"

#define ALU_X(op)    BPF_STMT(BPF_ALU | (op) | BPF_X, 0)
#define LDX(k)       BPF_STMT(BPF_LDX | BPF_IMM, k)
#define LD(k)        BPF_STMT(BPF_LD | BPF_IMM, k)
#define UNLESS(k, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, n)
#define RET(k)       BPF_STMT(BPF_RET | BPF_K, k)

#define WIDE 1 /* ERRNO of the call if all shifts are */
#define NOT  2

/* clang-format off */
static struct sock_filter probe[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
	RET(SECCOMP_RET_ALLOW),
	LDX(32), LD(1),		 ALU_X(BPF_LSH), UNLESS(0, 9),
	LDX(63), LD(0xffffffff), ALU_X(BPF_RSH), UNLESS(0, 5),
	LDX(64), LD(3),		 ALU_X(BPF_LSH), UNLESS(3, 1),
	RET(SECCOMP_RET_ERRNO | WIDE),
	RET(SECCOMP_RET_ERRNO | NOT),
};
/* clang-format on */

int shifts_probe(bool *wide)
{
	struct task *t = task_filtered(probe, ARRAY_SIZE(probe));
	const struct result *r = &t->result[0];
	int error;

	t->calls = 1;
	t->call[0] = (struct call){ .nr = SYS_getppid };
	error = task_run(t);
	if (error)
		return error;
	*wide = r->seen == SEEN_RETURN && r->value == -WIDE &&
		!strcmp(platforms[ENTRY_PLATFORM].name, "s390x");
	return 0;
}

void shifts_set(struct input *in, bool wide)
{
	u32 i;

	for (i = 0; i < in->stack.depth; i++)
		in->stack.filter[i].wide_shifts = wide;
}
