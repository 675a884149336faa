// SPDX-License-Identifier: GPL-2.0-only
/*
 * Return values: their order, their verdicts, and who wins in a stack.
 */
#include <string.h>

#include "action.h"
#include "filter.h"
#include "insns.h"
#include "stack.h"
#include "tap.h"

static const struct {
	u32 ret;
	enum verdict verdict;
	const char *name;
} verdicts[] = {
	{ 0x80000000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0x80001234, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0x00000000, VERDICT_KILL_THREAD, "KILL_THREAD" },
	{ 0x0000ffff, VERDICT_KILL_THREAD, "KILL_THREAD" },
	{ 0x00030000, VERDICT_TRAP, "TRAP" },
	{ 0x0003ffff, VERDICT_TRAP, "TRAP" },
	{ 0x00050000, VERDICT_ERRNO, "ERRNO" },
	{ 0x0005ffff, VERDICT_ERRNO, "ERRNO" },
	{ 0x7fc00000, VERDICT_USER_NOTIF, "USER_NOTIF" },
	{ 0x7fc0ffff, VERDICT_USER_NOTIF, "USER_NOTIF" },
	{ 0x7ff00000, VERDICT_TRACE, "TRACE" },
	{ 0x7ff0ffff, VERDICT_TRACE, "TRACE" },
	{ 0x7ffc0000, VERDICT_LOG, "LOG" },
	{ 0x7ffc0001, VERDICT_LOG, "LOG" },
	{ 0x7fff0000, VERDICT_ALLOW, "ALLOW" },
	{ 0x7fffffff, VERDICT_ALLOW, "ALLOW" },
	/* what the kernel does not know kills the process */
	{ 0x00010000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0x00040000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0x7ffe0000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0x80010000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0xffff0000, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
	{ 0xffffffff, VERDICT_KILL_PROCESS, "KILL_PROCESS" },
};

static void test_verdicts(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		enum verdict v = action_verdict(verdicts[i].ret);

		ok(v == verdicts[i].verdict &&
			   !strcmp(verdict_name(v), verdicts[i].name),
		   "0x%08x is %s", verdicts[i].ret, verdicts[i].name);
	}
}

/* Each is strictly below the next one. */
static const u32 order[] = {
	0x80000000, /* KILL_PROCESS */
	0x80010000, /* unknown, negative */
	0xffff0000,
	0x00000000, /* KILL_THREAD */
	0x00010000, /* unknown, above KILL_THREAD */
	0x00030000, /* TRAP */
	0x00050000, /* ERRNO */
	0x7fc00000, /* USER_NOTIF */
	0x7ff00000, /* TRACE */
	0x7ffc0000, /* LOG */
	0x7ffe0000, /* unknown, below ALLOW */
	0x7fff0000, /* ALLOW */
};

static void test_order(void)
{
	bool good = true, data = true;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		for (k = 0; k < ARRAY_SIZE(order); k++)
			good &= (action_order(order[i]) <
				 action_order(order[k])) == (i < k);
		data &= action_order(order[i]) ==
			action_order(order[i] | 0xffff);
	}
	ok(good, "the order of actions");
	ok(data, "data does not count");
}

static const struct {
	u32 ret, code;
} errnos[] = {
	{ 0x00050000, 0 },    { 0x00050001, 1 },    { 0x00050ffe, 4094 },
	{ 0x00050fff, 4095 }, { 0x00051000, 4095 }, { 0x0005ffff, 4095 },
};

static void test_errno(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errnos); i++)
		ok(action_errno(errnos[i].ret) == errnos[i].code,
		   "0x%08x gives errno %u", errnos[i].ret, errnos[i].code);
}

/* Return values from the oldest filter to the newest, and who wins. */
static const struct {
	const char *what;
	u32 rets[4];
	u32 depth;
	u32 ret;
	s32 match;
} stacks[] = {
	{ "no filter", { 0 }, 0, 0x7fff0000, -1 },
	{ "one ALLOW", { 0x7fff0000 }, 1, 0x7fff0000, -1 },
	{ "ALLOW with data is no match", { 0x7fff0001 }, 1, 0x7fff0000, -1 },
	{ "one LOG", { 0x7ffc0000 }, 1, 0x7ffc0000, 0 },
	{ "one unknown just below ALLOW", { 0x7ffe0007 }, 1, 0x7ffe0007, 0 },
	{ "the oldest is lower", { 0x00050001, 0x7ffc0000 }, 2, 0x00050001, 0 },
	{ "the newest is lower", { 0x7ffc0000, 0x00050001 }, 2, 0x00050001, 1 },
	{ "newest on a tie", { 0x00050001, 0x00050002 }, 2, 0x00050002, 1 },
	{ "newest on a tie, lower data below",
	  { 0x00050000, 0x0005ffff }, 2, 0x0005ffff, 1 },
	{ "a tie of three under an ALLOW",
	  { 0x00050001, 0x00050002, 0x00050003, 0x7fff0000 }, 4, 0x00050003,
	  2 },
	{ "KILL_THREAD below KILL_PROCESS",
	  { 0x80000000, 0x00000000 }, 2, 0x80000000, 0 },
	{ "KILL_THREAD above KILL_PROCESS",
	  { 0x00000000, 0x80000000 }, 2, 0x80000000, 1 },
	{ "an unknown negative one is above KILL_PROCESS",
	  { 0x80000001, 0xffff0000 }, 2, 0x80000001, 0 },
	{ "the lowest in the middle",
	  { 0x00050000, 0x00000000, 0x00030000 }, 3, 0x00000000, 1 },
};

static void test_stacks(void)
{
	static const struct sd zero;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		struct sock_filter insns[4][1];
		struct stack s = { 0 };
		struct stack_run r;

		for (k = 0; k < stacks[i].depth; k++) {
			u32 ret = stacks[i].rets[k];

			insns[k][0] = (struct sock_filter)RET(ret);
			s.filter[s.depth++] = (struct filter){ insns[k], 1 };
		}
		r = stack_run(&s, &zero);
		ok(r.ret == stacks[i].ret && r.match == stacks[i].match &&
			   !r.reads,
		   "%s", stacks[i].what);
	}
}

/* All filters run, also those below a KILL_PROCESS. */
static void test_reads(void)
{
	static const struct sock_filter ip[] = { LD(8), ALLOW };
	static const struct sock_filter arg5[] = { LD(60), DENY };
	static const struct sock_filter kill[] = {
		RET(SECCOMP_RET_KILL_PROCESS)
	};
	static const struct sd zero;
	struct stack s = { 3, { { ip, 2 }, { arg5, 2 }, { kill, 1 } } };
	struct stack_run r = stack_run(&s, &zero);

	ok(r.reads == (1u << 2 | 1u << 15) && r.match == 2 &&
		   r.ret == SECCOMP_RET_KILL_PROCESS,
	   "what a stack reads is what any filter reads");
}

int main(void)
{
	test_verdicts();
	test_order();
	test_errno();
	test_stacks();
	test_reads();
	return tap_done();
}
