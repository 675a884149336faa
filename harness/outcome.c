// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "outcome.h"
#include "stack.h"

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of a SIGSYS */
#endif

struct outcome outcome_returns(s64 value)
{
	return (struct outcome){ .kind = OUTCOME_RETURNS, .value = value };
}

/* kernel/seccomp.c: seccomp_init_siginfo() */
static struct outcome traps(const struct sd *sd, u32 ret)
{
	struct outcome o = { .kind = OUTCOME_TRAPS };

	o.trap.code = SYS_SECCOMP;
	o.trap.error = ret & SECCOMP_RET_DATA;
	o.trap.nr = sd->w[SD_NR];
	o.trap.arch = sd->w[SD_ARCH];
	o.trap.addr = sd_instruction_pointer(sd);
	return o;
}

static struct outcome kills(enum outcome_kind kind, bool two_threads)
{
	return (struct outcome){ .kind = two_threads ? kind : OUTCOME_KILLS };
}

struct outcome outcome_expected(const struct stack *s, const struct sd *sd,
				s64 executed, bool two_threads, u32 *ret)
{
	*ret = stack_run(s, sd).ret;
	switch (action_verdict(*ret)) {
	case VERDICT_KILL_PROCESS:
		return kills(OUTCOME_KILLS_PROCESS, two_threads);
	case VERDICT_KILL_THREAD:
		return kills(OUTCOME_KILLS_THREAD, two_threads);
	case VERDICT_TRAP:
		return traps(sd, *ret);
	case VERDICT_ERRNO:
		return outcome_returns(-(s64)action_errno(*ret));
	case VERDICT_TRACE:
	case VERDICT_USER_NOTIF:
		return outcome_returns(-ENOSYS); /* nobody traces or listens */
	default:
		return outcome_returns(executed);
	}
}

/* How the task ended while it was in the call. */
static struct outcome ended(const struct task *t)
{
	switch (t->end) {
	case END_SIGSYS:
		return kills(OUTCOME_KILLS_PROCESS, t->two_threads);
	case END_THREAD:
		return kills(OUTCOME_KILLS_THREAD, t->two_threads);
	case END_HUNG:
		return (struct outcome){ .kind = OUTCOME_HANGS };
	default:
		return (struct outcome){ .kind = OUTCOME_ENDS,
					 .value = t->status };
	}
}

struct outcome outcome_seen(const struct task *t, u32 i)
{
	const struct result *r = &t->result[i];
	struct outcome o = { .kind = OUTCOME_TRAPS };

	switch (r->seen) {
	case SEEN_RETURN:
		return outcome_returns(r->value);
	case SEEN_TRAP:
		o.trap.code = r->trap.code;
		o.trap.error = r->trap.error;
		o.trap.nr = r->trap.nr;
		o.trap.arch = r->trap.arch;
		o.trap.addr = r->trap.addr;
		return o;
	default:
		if (i + 1 == t->next)
			return ended(t);
		return (struct outcome){ .kind = OUTCOME_NONE };
	}
}

static bool same_record(const struct record *a, const struct record *b)
{
	return a->sig == b->sig && a->arch == b->arch && a->nr == b->nr &&
	       a->compat == b->compat && a->ip == b->ip && a->code == b->code;
}

bool outcome_same(const struct outcome *a, const struct outcome *b)
{
	if (a->kind != b->kind || a->watch.by != b->watch.by ||
	    a->records != b->records)
		return false;
	if (a->watch.by && memcmp(&a->watch, &b->watch, sizeof(a->watch)))
		return false;
	if (a->records && !same_record(&a->record, &b->record))
		return false;
	switch (a->kind) {
	case OUTCOME_RETURNS:
	case OUTCOME_ENDS:
		return a->value == b->value;
	case OUTCOME_TRAPS:
		return a->trap.code == b->trap.code &&
		       a->trap.error == b->trap.error &&
		       a->trap.nr == b->trap.nr &&
		       a->trap.arch == b->trap.arch &&
		       a->trap.addr == b->trap.addr;
	default:
		return true;
	}
}

u32 outcome_verdict(const struct outcome *o, s64 executed)
{
	switch (o->kind) {
	case OUTCOME_TRAPS:
		return SECCOMP_RET_TRAP | (o->trap.error & SECCOMP_RET_DATA);
	case OUTCOME_KILLS_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case OUTCOME_KILLS_PROCESS:
	case OUTCOME_KILLS:
		return SECCOMP_RET_KILL_PROCESS;
	case OUTCOME_RETURNS:
		if (o->value != executed && o->value <= 0 && o->value > -4096)
			return SECCOMP_RET_ERRNO | -o->value;
		return SECCOMP_RET_ALLOW;
	default:
		return SECCOMP_RET_ALLOW;
	}
}

static void print_status(FILE *out, int status)
{
	if (WIFSIGNALED(status))
		fprintf(out, "the task dies of SIG%s",
			sigabbrev_np(WTERMSIG(status)) ?: "?");
	else
		fprintf(out, "the task exits with %d", WEXITSTATUS(status));
}

static void print_watch(FILE *out, const struct watch *w)
{
	u32 i;

	if (!w->by)
		return;
	fprintf(out, w->by == WATCHED_BY_TRACER ?
			     "stops %u times, message %u, words" :
			     "notifies %u times, pid %u, words",
		w->times, w->data);
	for (i = 0; i < SD_WORDS; i++)
		fprintf(out, " %x", w->sd.w[i]);
	fputs("; then ", out);
}

static void print_record(FILE *out, const struct outcome *o)
{
	const struct record *r = &o->record;

	if (o->records)
		fprintf(out,
			"; %" PRIu32 " records: sig=%d arch=%x syscall=%" PRId64
			" compat=%u ip=0x%" PRIx64 " code=0x%x",
			o->records, r->sig, r->arch, r->nr, r->compat, r->ip,
			r->code);
}

static void print_end(FILE *out, const struct outcome *o)
{
	const char *name;

	switch (o->kind) {
	case OUTCOME_NONE:
		fputs("the call was not reached", out);
		break;
	case OUTCOME_RETURNS:
		name = o->value < 0 && o->value > -4096 ?
			       strerrorname_np(-o->value) :
			       NULL;
		fprintf(out, "returns %" PRId64 "%s%s", o->value,
			name ? " -" : "", name ? name : "");
		break;
	case OUTCOME_TRAPS:
		fprintf(out,
			"SIGSYS code=%d errno=%d nr=%d arch=0x%08x ip=0x%" PRIx64,
			o->trap.code, o->trap.error, o->trap.nr, o->trap.arch,
			o->trap.addr);
		break;
	case OUTCOME_KILLS_THREAD:
		fputs("the thread is killed, the other one lives", out);
		break;
	case OUTCOME_KILLS_PROCESS:
		fputs("the process is killed with SIGSYS", out);
		break;
	case OUTCOME_KILLS:
		fputs("the task is killed with SIGSYS", out);
		break;
	case OUTCOME_ENDS:
		print_status(out, o->value);
		break;
	case OUTCOME_HANGS:
		fputs("the task hangs", out);
		break;
	}
}

void outcome_print(FILE *out, const struct outcome *o)
{
	print_watch(out, &o->watch);
	print_end(out, o);
	print_record(out, o);
}
