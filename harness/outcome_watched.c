// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the reference says where somebody watches: a tracer, a listener, audit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "outcome.h"
#include "stack.h"

struct outcome outcome_in_scenario(const char *scenario, const struct stack *s,
				   const struct sd *sd, s64 executed,
				   bool two_threads, u32 *ret)
{
	return outcome_expected(s, sd, executed, two_threads, ret);
}

struct call trace_changed(const struct call *c,
			  const struct trace_change *change)
{
	struct call changed = *c;

	if (change->change)
		changed.nr = change->nr;
	return call_normalized(changed);
}

/*
 * What a call returns that a tracer has left alone, and that is skipped because
 * its number is negative. On x86 the result register holds ENOSYS already; on
 * arm64 it holds the first argument, but for -1. Numbers of s390x have 16 bits.
 */
static s64 skipped(const struct call *c)
{
#ifdef __aarch64__
	if (c->nr != UINT32_MAX)
		return c->args[0];
#endif
	return -ENOSYS;
}

/*
 * kernel/seccomp.c: __seccomp_filter(). Where the number is negative then, the
 * call is skipped, else it is checked once more: TRACE means allowed then.
 */
struct outcome outcome_traced(const struct stack *s, const struct call *c,
			      const struct trace_change *change, s64 executed,
			      bool two_threads, u32 *ret)
{
	struct call changed = trace_changed(c, change);
	struct sd sd = call_sd(c), then = call_sd(&changed);
	struct outcome o;
	u32 again;

	*ret = stack_run(s, &sd).ret;
	if (action_verdict(*ret) != VERDICT_TRACE)
		return outcome_in_scenario("traced", s, &sd, executed,
					   two_threads, ret);
	if ((s32)then.w[SD_NR] < 0)
		o = outcome_returns(change->change ? change->value : skipped(c));
	else if (action_verdict(stack_run(s, &then).ret) == VERDICT_TRACE)
		o = outcome_returns(executed);
	else
		o = outcome_in_scenario("traced", s, &then, executed,
					two_threads, &again);
	o.watch.by = WATCHED_BY_TRACER;
	o.watch.times = 1;
	o.watch.data = *ret & SECCOMP_RET_DATA;
	o.watch.sd = sd;
	return o;
}

/* kernel/seccomp.c: seccomp_do_user_notification(), of the filter that won */
struct outcome outcome_listened(const struct stack *s, const struct sd *sd,
				u32 listened, const struct answer *answer,
				u32 pid, s64 executed, bool two_threads,
				u32 *ret)
{
	struct stack_run run = stack_run(s, sd);
	struct outcome o;

	*ret = run.ret;
	if (action_verdict(run.ret) != VERDICT_USER_NOTIF ||
	    run.match != (s32)listened)
		return outcome_in_scenario("listened", s, sd, executed,
					   two_threads, ret);
	o = outcome_returns(answer->go_on ? executed :
		    answer->error ? answer->error :
				    answer->value);
	o.watch.by = WATCHED_BY_LISTENER;
	o.watch.times = 1;
	o.watch.data = pid;
	o.watch.sd = *sd;
	return o;
}

/* kernel/seccomp.c: seccomp_log() and its callers */
bool outcome_logged(const struct stack *s, const struct sd *sd, u32 flagged,
		    u32 logged, bool x32, struct record *record)
{
	const struct abi *compat = platforms[ENTRY_PLATFORM].compat;
	struct stack_run run = stack_run(s, sd);
	enum verdict v = action_verdict(run.ret);
	bool kills = v == VERDICT_KILL_THREAD || v == VERDICT_KILL_PROCESS;

	if (v == VERDICT_ALLOW || !(logged >> v & 1))
		return false;
	if (v != VERDICT_LOG && !kills &&
	    (run.match < 0 || !(flagged >> run.match & 1)))
		return false;
	*record = (struct record){
		.sig = kills ? SIGSYS : 0,
		.arch = sd->w[SD_ARCH],
		.nr = (s32)sd->w[SD_NR],
		.compat = (compat && sd->w[SD_ARCH] == compat->audit_arch) ||
			  (x32 && sd->w[SD_NR] & X32_SYSCALL_BIT),
		.ip = sd_instruction_pointer(sd),
		.code = run.ret & SECCOMP_RET_ACTION_FULL,
	};
	return true;
}
