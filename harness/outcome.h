/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a call comes to: what the verdict of the reference makes of it, and
 * what was seen.
 */
#ifndef BITPROOF_OUTCOME_H
#define BITPROOF_OUTCOME_H

#include <stdio.h>

#include "action.h"
#include "task.h"

enum outcome_kind {
	OUTCOME_NONE, /* the call was not made */
	OUTCOME_RETURNS,
	OUTCOME_TRAPS,
	OUTCOME_KILLS_THREAD,
	OUTCOME_KILLS_PROCESS,
	OUTCOME_KILLS, /* one thread: it can't be told which */
	OUTCOME_ENDS,  /* otherwise than by a verdict; value: wait status */
	OUTCOME_HANGS,
};

/* Who is told of a call before it comes to something. */
enum watcher {
	WATCHED_BY_NOBODY,
	WATCHED_BY_TRACER,
	WATCHED_BY_LISTENER,
};

struct watch {
	enum watcher by;
	u32 times; /* once */
	u32 data; /* the tracer's message, the pid that a listener is given */
	struct sd sd;
};

/* What is in audit records of type SECCOMP. */
struct record {
	s32 sig;
	u32 arch;
	s64 nr;
	u32 compat;
	u64 ip;
	u32 code;
};

struct outcome {
	enum outcome_kind kind;
	s64 value;
	struct {
		s32 code;
		s32 error;
		s32 nr;
		u32 arch;
		u64 addr;
	} trap;
	struct watch watch;
	u32 records; /* 0, 1; more are too many */
	struct record record;
};

/* It comes back with this value. */
struct outcome outcome_returns(s64 value);

/*
 * outcome_expected - what full execution by the reference leads to
 * @executed: what the call returns where it is executed
 * @ret: becomes the return value of the stack
 */
struct outcome outcome_expected(const struct stack *s, const struct sd *sd,
				s64 executed, bool two_threads, u32 *ret);

/*
 * outcome_in_scenario - the same, for the scenario that is named
 *
 * That makes no difference to the reference.
 */
struct outcome outcome_in_scenario(const char *scenario, const struct stack *s,
				   const struct sd *sd, s64 executed,
				   bool two_threads, u32 *ret);

/* What a tracer does when a TRACE verdict stops the call. */
struct trace_change {
	bool change;
	u32 nr;	   /* which it sets */
	s64 value; /* and what the call returns if that skips it */
};

/*
 * outcome_traced - where a tracer has asked for PTRACE_O_TRACESECCOMP
 * @change: what it does at the stop
 * @executed: what the call returns, as changed, where it is executed
 */
struct outcome outcome_traced(const struct stack *s, const struct call *c,
			      const struct trace_change *change, s64 executed,
			      bool two_threads, u32 *ret);

/* The call as it is once the tracer is done. */
struct call trace_changed(const struct call *c,
			  const struct trace_change *change);

/* A listener's answer, as in struct seccomp_notif_resp. */
struct answer {
	s32 error;
	s64 value;
	bool go_on; /* SECCOMP_USER_NOTIF_FLAG_CONTINUE */
};

/*
 * outcome_listened - where filter @listened of the stack has a listener
 * @pid: of the task, as the listener sees it
 */
struct outcome outcome_listened(const struct stack *s, const struct sd *sd,
				u32 listened, const struct answer *answer,
				u32 pid, s64 executed, bool two_threads,
				u32 *ret);

/*
 * outcome_logged - does this verdict leave an audit record?
 * @flagged: bit i: filter i was attached with SECCOMP_FILTER_FLAG_LOG
 * @logged: bit i: enum verdict i is in seccomp/actions_logged
 * @x32: records of x32 numbers say compat
 */
bool outcome_logged(const struct stack *s, const struct sd *sd, u32 flagged,
		    u32 logged, bool x32, struct record *record);

/* What call @i of a task that was run came to. */
struct outcome outcome_seen(const struct task *t, u32 i);

bool outcome_same(const struct outcome *a, const struct outcome *b);

/*
 * The verdict that an outcome shows, as a return value with its data. Several
 * verdicts may come to the same: then it is the likeliest.
 */
u32 outcome_verdict(const struct outcome *o, s64 executed);

/* In words, without a line end. */
void outcome_print(FILE *out, const struct outcome *o);

#endif
