// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "action.h"
#include "callable.h"
#include "checker.h"
#include "mutate.h"
#include "plan.h"
#include "ref_interp.h"
#include "stack.h"

#define WAYS         24 /* tried to attach a filter */
#define CALL_TRIES   160
#define FILLED       8 /* a power of two */
#define SEARCHES     3 /* for a call that is denied, from one that is not */
#define SEARCH_TRIES 48

static bool executes(u32 ret)
{
	enum verdict v = action_verdict(ret);

	return v == VERDICT_ALLOW || v == VERDICT_LOG;
}

/* A call that must be executed though filters are in force already. */
struct way {
	u32 base; /* entry */
	u32 nr;	  /* of seccomp(2), for which prctl(2) may do, or of clone(2) */
	u32 flags;
	u64 prog;
};

/* What these do not look at is anything. */
static void attach_call(struct call *c, const struct way *w, struct rng *r)
{
	if (!w->flags && rng_one_in(r, 2)) {
		c->nr = entries[w->base].nr_prctl;
		c->args[0] = PR_SET_SECCOMP;
		c->args[1] = SECCOMP_MODE_FILTER;
	} else {
		c->nr = w->nr;
		c->args[0] = SECCOMP_SET_MODE_FILTER;
		c->args[1] = w->flags;
		if (rng_one_in(r, 2))
			c->args[1] |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	}
	c->args[2] = w->prog;
}

/* A fork, for which we are the parent; on the same stack, as it is a copy. */
static void clone_call(struct call *c)
{
#ifdef __s390x__
	u32 flags = 1, stack = 0;
#else
	u32 flags = 0, stack = 1;
#endif
	c->nr = SYS_clone;
	c->args[flags] = CLONE_PARENT | SIGCHLD;
	c->args[stack] = 0;
}

static struct call way_call(const struct stack *s, const struct way *w,
			    struct rng *r)
{
	struct sd sd = { .w = { 0 } };
	struct call c;

	if (s->depth)
		witness_fill(s, &sd, r);
	c = call_of_sd(ENTRY_ACTING(w->base), &sd);
	if (w->prog)
		attach_call(&c, w, r);
	else
		clone_call(&c);
	return c;
}

static bool find_way(const struct stack *s, const struct way *w, struct rng *r,
		     struct call *c)
{
	u32 i;

	for (i = 0; i < WAYS; i++) {
		struct sd sd;

		*c = way_call(s, w, r);
		sd = call_sd(c);
		if (executes(stack_run(s, &sd).ret))
			return true;
	}
	return false;
}

/*
 * A filter that lets @nr pass, then sees A as it is at the start. It costs four
 * instructions; AND is known to the merged emulator, LD IMM is not.
 */
static bool add_door(struct input *in, u32 filter, u32 nr)
{
	const struct sock_filter door[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * SD_NR),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0),
	};
	struct filter *f = &in->stack.filter[filter];
	u32 len = f->len;

	if (len + ARRAY_SIZE(door) > FILTER_MAX_INSNS)
		return false;
	insns_insert(input_room(in, filter), &len, 0, door, ARRAY_SIZE(door));
	f->len = len;
	return true;
}

/* Open what was attached, from the newest down, until it can be passed. */
static bool open_doors(struct plan *p, struct input *in, const u32 *index,
		       const struct way *w, struct rng *r, struct call *c)
{
	u32 i;

	for (i = p->stack.depth; i-- > 0;) {
		struct sd sd = call_sd(c);

		/* Only those that are in the way. */
		if (executes(ref_interp(&p->stack.filter[i], &sd).ret))
			continue;
		if (!add_door(in, index[i], w->nr))
			return false;
		p->stack.filter[i] = in->stack.filter[index[i]];
		p->doors++;
	}
	return find_way(&p->stack, w, r, c);
}

static bool make_way(struct plan *p, struct input *in, const u32 *index,
		     const struct way *w, struct rng *r, struct call *c)
{
	if (find_way(&p->stack, w, r, c))
		return true;
	do
		*c = way_call(&p->stack, w, r);
	while (c->nr != w->nr);
	return open_doors(p, in, index, w, r, c);
}

/*
 * What the attempt comes to, in the order of kernel/seccomp.c: flags, filter, a
 * second listener, length, threads that can't follow.
 */
static s64 attempt(const struct plan *p, const struct filter *f, u32 i,
		   const struct plan_wishes *w)
{
	s64 refuses = w->refuses[i];
	s64 ret = refuses == -EINVAL ? refuses : filter_check(f);

	if (!ret && refuses == -EBUSY)
		ret = refuses;
	if (!ret)
		ret = w->blinded ? stack_admits_blinded(&p->stack, f) :
				   stack_admits(&p->stack, f);
	return ret ?: refuses;
}

/* The next one to attach; false if there is no way. */
static bool plan_filter(struct plan *p, struct input *in, u32 i, u32 *index,
			const struct plan_wishes *w, struct rng *r)
{
	const struct filter *f = &in->stack.filter[i];
	struct way way = { p->base, entries[p->base].nr_seccomp, w->flags[i],
			   task_prog(i, entries[p->base].runner) };
	s64 refused;

	if (!make_way(p, in, index, &way, r, &p->attach[i]))
		return false;
	refused = attempt(p, f, i, w);
	p->below[i] = p->stack.depth;
	p->accepted[i] = !refused;
	p->expected[i] = refused ?: w->returns[i];
	if (!refused) {
		index[p->stack.depth] = i;
		p->stack.filter[p->stack.depth++] = *f;
	}
	return true;
}

static bool plan_clone(struct plan *p, struct input *in, const u32 *index,
		       struct rng *r)
{
	static const struct way way = { .base = ENTRY_NATIVE, .nr = SYS_clone };

	return make_way(p, in, index, &way, r, &p->clone);
}

static void cut(struct plan *p, struct input *in, u32 depth)
{
	p->cut += in->stack.depth - depth;
	in->stack.depth = depth;
}

void plan_attach(struct plan *p, u32 base, struct input *in,
		 const struct plan_wishes *w, struct rng *r)
{
	static const struct plan_wishes none;
	u32 index[STACK_MAX_FILTERS];
	u32 i, doors;

	w = w ?: &none;
	memset(p, 0, sizeof(*p));
	p->base = base;
again:
	doors = p->doors;
	p->stack.depth = 0;
	for (i = 0; i <= in->stack.depth; i++) {
		if (w->clone && i == w->clone_at &&
		    !plan_clone(p, in, index, r))
			cut(p, in, 0);
		if (i < in->stack.depth &&
		    !plan_filter(p, in, i, index, w, r))
			cut(p, in, i);
	}
	/* A door changes what the filters before it meet. */
	if (p->doors != doors)
		goto again;
	p->attachments = in->stack.depth;
}

static u32 compared_nr(const struct stack *s, struct rng *r)
{
	u32 i;

	for (i = 0; i < 8; i++) {
		const struct filter *f = &s->filter[rng_below(r, s->depth)];
		const struct sock_filter *insn =
			&f->insns[rng_below(r, f->len)];

		if (BPF_CLASS(insn->code) == BPF_JMP &&
		    BPF_OP(insn->code) != BPF_JA)
			return insn->k + rng_below(r, 3) - 1;
	}
	return rng_below(r, NR_MAX);
}

static u32 pick_nr(const struct stack *s, const struct machine *m, u32 entry,
		   struct rng *r)
{
	static const u32 odd[] = { UINT32_MAX, UINT32_MAX, INT32_MAX,
				   1u << 31,   (u32)-512,  0xffff };
	u32 table = !strcmp(entries[entry].abi, m->table[0].abi->name) ? 0 : 1;
	u32 nrs = table < m->tables ? m->table[table].nrs : 463;

	switch (rng_below(r, 8)) {
	case 0:
	case 1:
		return callable_pick(entry, r);
	case 2:
		return odd[rng_below(r, ARRAY_SIZE(odd))];
	case 3:
		return nrs + rng_below(r, 3) - 1;
	case 4:
		return compared_nr(s, r) | entries[entry].nr_set;
	case 5:
		return rng_u32(r) >> rng_below(r, 24);
	default:
		return rng_below(r, nrs) | entries[entry].nr_set;
	}
}

bool plan_never(const struct call *c, const struct machine *m)
{
	const struct table *t =
		machine_table(m, entry_abi(c->entry)->audit_arch);

	/* Allowed whatever the filters say, and fatal to who is no trampoline. */
	if (t && table_excepts(t, c->nr))
		return true;
#ifdef __s390x__
	/* restart_syscall() has an effect before the filters run. */
	if (c->nr == 7)
		return true;
#endif
	return false;
}

/*
 * Mostly the base; int $0x80 can cost as much as fifty native calls. A few are
 * executed where others are kept from it, if they are made elsewhere.
 */
static u32 pick_entry(u32 base, struct rng *r)
{
	u32 i = rng_below(r, 8);
	bool kin = i < nr_entries && !entries[i].runner == !entries[base].runner;

	i = kin && callable[i].enosys ? i : base;
	return rng_one_in(r, 16) && entry_ip(ENTRY_ACTING(i)) != entry_ip(i) ?
		       ENTRY_ACTING(i) :
		       i;
}

static bool kills(u32 ret)
{
	enum verdict v = action_verdict(ret);

	return v == VERDICT_KILL_THREAD || v == VERDICT_KILL_PROCESS;
}

static void take_kill(struct plan *p, const struct call *c, u32 ret)
{
	bool process = action_verdict(ret) == VERDICT_KILL_PROCESS;
	u32 i;

	for (i = 0; i < p->kills; i++) {
		struct sd sd = call_sd(&p->kill[i]);
		u32 other = stack_run(&p->stack, &sd).ret;

		if ((action_verdict(other) == VERDICT_KILL_PROCESS) == process)
			return;
	}
	p->kill[p->kills++] = *c;
}

/* May it be made, where the stack returns @ret? */
static bool may_make(const struct call *c, const struct machine *m, u32 ret)
{
	s64 value;

	return !plan_never(c, m) &&
	       (!executes(ret) || callable_value(c, NULL, &value));
}

/* Take the call if it may be made. */
static bool take(struct plan *p, const struct machine *m, const struct call *c)
{
	struct sd sd = call_sd(c);
	u32 ret = stack_run(&p->stack, &sd).ret;

	if (!may_make(c, m, ret))
		return false;
	if (kills(ret)) {
		take_kill(p, c, ret);
		return false;
	}
	if (p->calls < PLAN_CALLS)
		p->call[p->calls++] = *c;
	return true;
}

/* All but the instruction pointer, which a call can't choose. */
static bool same_call(const struct sd *a, const struct sd *b)
{
	u32 i;

	for (i = 0; i < SD_WORDS; i++) {
		if (a->w[i] != b->w[i] && i != SD_IP && i != SD_IP + 1)
			return false;
	}
	return true;
}

/* A call of this base with that data; false: none reaches the kernel so. */
static bool call_with(u32 base, const struct sd *wanted, struct call *c)
{
	u32 i;

	for (i = 0; i < nr_entries; i++) {
		struct sd sd;

		if (!entries[i].runner != !entries[base].runner ||
		    entry_abi(i)->audit_arch != wanted->w[SD_ARCH] ||
		    !callable[i].enosys)
			continue;
		*c = call_normalized(call_of_sd(i, wanted));
		sd = call_sd(c);
		if (same_call(&sd, wanted))
			return true;
	}
	return false;
}

/*
 * Returns whether it is taken as it is named. It is not where its verdict is
 * another one, say by the instruction pointer, or by filters that were left off.
 */
static bool take_named(struct plan *p, const struct machine *m,
		       const struct case_verdict *v)
{
	struct call c;
	struct sd sd;
	u32 ret;

	if (!call_with(p->base, &v->sd, &c))
		return false;
	sd = call_sd(&c);
	ret = stack_run(&p->stack, &sd).ret;
	if (!may_make(&c, m, ret))
		return false;
	if (kills(ret))
		p->kill[p->named_kills++] = c;
	else
		p->call[p->calls++] = c;
	return case_verdict_is(v, ret);
}

static void take_all_named(struct plan *p, const struct machine *m,
			   const struct named *named)
{
	u32 i;

	for (i = 0; i < named->n; i++) {
		if (take_named(p, m, &named->call[i]))
			p->named |= 1ull << i;
	}
	p->kills = p->named_kills;
}

/* Seccomp_data with words that the filters look at, for many calls. */
static void fill_all(const struct stack *s, struct sd *filled, struct rng *r)
{
	u32 i;

	for (i = 0; i < FILLED; i++)
		witness_fill(s, &filled[i], r);
}

/* Each argument from one of them: as good as new, and much cheaper. */
static struct call pick_call(struct plan *p, const struct machine *m,
			     const struct sd *filled, struct rng *r)
{
	u64 pick = rng_next(r);
	struct sd sd = { .w = { 0 } };
	struct call c;
	u32 i;

	for (i = SD_ARGS; i < SD_WORDS; i++, pick >>= 3)
		sd.w[i] = filled[pick % FILLED].w[i];
	c = call_of_sd(pick_entry(p->base, r), &sd);
	c.nr = pick_nr(&p->stack, m, c.entry, r);
	return call_normalized(c);
}

/* From a call that is allowed to one that is not. */
static void search(struct plan *p, const struct machine *m,
		   const struct call *from, struct rng *r,
		   struct witness_scratch *scratch)
{
	struct sd sd = call_sd(from);
	struct stack_run start = stack_run(&p->stack, &sd);
	struct call c;

	/* Nothing but nr and arch was read: no argument makes a difference. */
	if (executes(start.ret) && !(start.reads & ~SD_CONST_WORDS))
		return;
	if (!witness_search(&p->stack, &sd, SEARCH_TRIES, r, scratch))
		return;
	c = call_of_sd(from->entry, &sd);
	take(p, m, &c);
}

void plan_calls(struct plan *p, const struct machine *m,
		const struct named *named, struct rng *r,
		struct witness_scratch *scratch)
{
	struct sd filled[FILLED];
	u32 i;

	if (!p->stack.depth)
		return;
	if (named)
		take_all_named(p, m, named);
	fill_all(&p->stack, filled, r);
	for (i = 0; i < SEARCHES; i++) {
		u32 entry = pick_entry(p->base, r);
		struct call c = { .entry = entry,
				  .nr = callable_pick(entry, r) };

		search(p, m, &c, r, scratch);
	}
	for (i = 0; i < CALL_TRIES && p->calls < PLAN_CALLS; i++) {
		struct call c = pick_call(p, m, filled, r);

		if (take(p, m, &c) || p->calls == PLAN_CALLS)
			continue;
		c.nr = callable_pick(c.entry, r);
		take(p, m, &c);
	}
}

bool plan_twin(struct plan *twin, const struct plan *p, bool blinded,
	       const struct input *from, struct input *in)
{
	static const struct sock_filter prefix[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4 * SD_ARGS),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
	};
	u32 i;

	*twin = *p;
	input_copy(in, from);
	twin->stack.depth = 0;
	for (i = 0; i < in->stack.depth; i++) {
		struct filter *f = &in->stack.filter[i];
		u32 len = f->len;

		if (!p->accepted[i])
			continue; /* refused again */
		if (len + ARRAY_SIZE(prefix) > FILTER_MAX_INSNS)
			return false;
		insns_insert(input_room(in, i), &len, 0, prefix,
			     ARRAY_SIZE(prefix));
		f->len = len;
		if (blinded ? stack_admits_blinded(&twin->stack, f) :
			      stack_admits(&twin->stack, f))
			return false;
		twin->stack.filter[twin->stack.depth++] = *f;
	}
	return true;
}

void plan_task(const struct plan *p, const struct input *in, struct task *t,
	       u32 kill)
{
	u32 i;

	for (i = 0; i < p->attachments; i++) {
		const struct filter *f = &in->stack.filter[i];
		struct attachment *a = &t->attach[i];

		a->call = p->attach[i];
		a->prog.len = f->len;
		a->prog.filter = (struct sock_filter *)f->insns;
		a->expected = p->expected[i];
	}
	t->compat = entries[p->base].runner;
	t->attachments = p->attachments;
	for (i = 0; i < p->calls; i++)
		t->call[i] = p->call[i];
	t->calls = p->calls;
	t->two_threads = kill < p->kills;
	if (t->two_threads)
		t->call[t->calls++] = p->kill[kill];
}
