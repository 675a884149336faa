// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module.h"
#include "ref_interp.h"
#include "shifts.h"
#include "stack.h"
#include "versus.h"

/* Of so many stacks one is looked at from outside, with a module too. */
#define LOOK_EVERY 32
#define LOOK_FIRST 8 /* and so many at the start; and when it matters */

struct context {
	const struct kernel *k;
	struct versus_result *r;
	struct versus_tally *t;
	struct versus_scratch *s;
	bool careful;
	bool privileged;
	/* What was seen at the stop. */
	bool want_count;
	int filters;
	int bits_error;
	struct bits bits;
};

static void report(struct context *x, struct finding f)
{
	x->t->by_class[f.class]++;
	if (x->r->c.present[f.class])
		return;
	x->r->c.present[f.class] = true;
	x->r->c.first[f.class] = f;
}

static void look(pid_t tid, void *context)
{
	struct context *x = context;

	if (x->k->has_bits)
		x->bits_error = bits_read(x->k->proc, x->k->machine.platform,
					  tid, &x->bits);
	if (x->want_count)
		x->filters = bits_filters(x->k->proc, tid);
}

static struct task *run(struct context *x, const struct plan *p,
			const struct input *in, u32 kill, bool stop)
{
	struct task *t = task_new();

	plan_task(p, in, t, kill);
	t->own_memory = x->careful;
	t->no_new_privs = !x->privileged;
	if (stop) {
		t->look = look;
		t->context = x;
	}
	x->r->error = task_run(t);
	return t;
}

static void compare_attach(struct context *x, const struct task *t)
{
	u32 i;

	for (i = 0; i < t->attached; i++) {
		const struct attachment *a = &t->attach[i];

		x->t->filters++;
		if (a->ret == a->expected) {
			x->t->refused += a->ret != 0;
			continue;
		}
		report(x, (struct finding){ .class = CHECKER,
					    .where = AT_ATTACH,
					    .filter = i,
					    .expected = -a->expected,
					    .seen = -a->ret });
	}
	if (x->want_count && x->filters >= 0 &&
	    (u32)x->filters != x->s->plan.stack.depth && !task_parted(t))
		report(x, (struct finding){ .class = CHECKER,
					    .where = AT_ATTACH,
					    .filter = x->filters });
	x->t->counted += x->want_count && x->filters >= 0;
}

/*
 * compare() does it, as in user space. The running kernel as its subject has
 * attached already, and executes nothing here: calls are compared elsewhere.
 */
static struct context *subject;
static u32 subject_next;

static void subject_reset(void)
{
	subject_next = 0;
}

static int subject_attach(const struct filter *f)
{
	return subject->s->plan.expected[subject_next++];
}

static const struct nrset *subject_bits(u32 arch)
{
	const struct machine *m = &subject->k->machine;
	const struct table *t = machine_table(m, arch);

	if (m->tables == 1)
		t = &m->table[0];
	return t ? &subject->bits.allow[t - m->table] : NULL;
}

static void subject_served(u32 arch, struct nrset *out)
{
	*out = *subject_bits(arch);
}

static bool subject_lookup(const struct sd *sd)
{
	const struct nrset *bits = subject_bits(sd->w[SD_ARCH]);

	return bits && sd->w[SD_NR] < NR_MAX && nrset_has(bits, sd->w[SD_NR]);
}

static void compare_with(struct context *x, const struct input *in)
{
	const struct machine *m = &x->k->machine;
	struct subject sub = {
		.name = x->k->name,
		.machine = *m,
		.reset = subject_reset,
		.attach = subject_attach,
		.served = subject_served,
		.lookup = subject_lookup,
	};
	struct comparison c;
	struct tally tally = { 0 };
	u32 i;

	if (!x->bits_error &&
	    (x->bits.nrs[0] != m->table[0].nrs ||
	     (m->tables == 2 && x->bits.nrs[1] != m->table[1].nrs)))
		x->bits_error = -EINVAL;
	if (x->bits_error) {
		x->r->error = -x->bits_error;
		return;
	}
	subject = x;
	compare(&sub, in, &c, &tally, &x->s->compare);
	for (i = 0; i < m->tables; i++) {
		x->t->bits += x->bits.nrs[i];
		x->t->ones += nrset_count(&x->bits.allow[i]);
	}
	for (i = 0; i < FINDING_CLASSES; i++) {
		x->t->by_class[i] += tally.by_class[i];
		if (!c.present[i] || x->r->c.present[i])
			continue;
		x->r->c.present[i] = true;
		x->r->c.first[i] = c.first[i];
	}
}

static bool same_bits(const struct bits *a, const struct bits *b)
{
	return !memcmp(a->nrs, b->nrs, sizeof(a->nrs)) &&
	       !memcmp(a->allow, b->allow, sizeof(a->allow));
}

/* Is the task that of the runner? */
static bool in_runner(const struct context *x)
{
	return entries[x->s->plan.base].runner;
}

/* The module's, if there is one; and these must be what the text says. */
static void choose_bits(struct context *x, bool looked)
{
	struct bits raw;

	x->t->texts += looked;
	if (!module_neuters())
		return;
	x->t->raws++;
	if (looked && x->bits_error)
		return;
	x->bits_error = module_bits(x->s->plan.stack.depth, in_runner(x),
				    &raw);
	if (!x->bits_error && looked && !same_bits(&raw, &x->bits))
		x->bits_error = -EBADE;
	x->bits = raw;
}

/* Are these the model's, for a stack that ends there? */
static bool as_modelled(const struct context *x, const struct bits *b,
			const struct cache *model)
{
	const struct machine *m = &x->k->machine;
	u32 i;

	for (i = 0; i < m->tables; i++) {
		struct nrset more = nrset_minus(b->allow[i], &model->allow[i]);
		struct nrset less = nrset_minus(model->allow[i], &b->allow[i]);

		more = nrset_minus(more, &m->table[i].exceptions);
		if (b->nrs[i] != m->table[i].nrs || nrset_count(&more) ||
		    nrset_count(&less))
			return false;
	}
	return true;
}

/*
 * A module has seen the bits of the older filters too. They are held against the
 * model, which is cheap, and only where they differ against full execution too.
 */
static void compare_older_bits(struct context *x, const struct input *in)
{
	struct stack *s = &x->s->plan.stack;
	u32 depth = s->depth, attempt = 0, i;
	struct input *older = &x->s->twin;

	for (i = 1; i < depth && !x->bits_error; i++) {
		for (; x->s->plan.expected[attempt]; attempt++)
			;
		attempt++;
		x->bits_error = module_bits(i, in_runner(x), &x->bits);
		x->t->raws++;
		if (!x->bits_error &&
		    as_modelled(x, &x->bits, &x->s->model[i - 1])) {
			x->t->bits += x->bits.nrs[0] + x->bits.nrs[1];
			continue;
		}
		input_copy(older, in);
		older->stack.depth = attempt;
		s->depth = i;
		compare_with(x, older);
		s->depth = depth;
	}
	if (x->bits_error)
		x->r->error = -x->bits_error;
}

static void compare_bits(struct context *x, const struct input *in, bool looked)
{
	choose_bits(x, looked);
	compare_with(x, in);
	if (!x->bits_error && module_neuters()) {
		struct bits newest = x->bits;

		compare_older_bits(x, in);
		x->bits = newest;
	}
}

static enum path path_of(const struct kernel *k, const struct call *c)
{
	u32 nr = c->nr & entries[c->entry].nr_mask;

	if (entries[c->entry].runner)
		return ENTRY_PATH(c->entry) == entry_compat ? PATH_COMPAT :
							      PATH_VSYSCALL;
	if (nr == entries[c->entry].nr_mask)
		return PATH_MINUS_ONE;
	if (entries[c->entry].nr_set)
		return PATH_X32;
	if (ENTRY_PATH(c->entry))
		return PATH_INT80;
	return nr >= k->machine.table[0].nrs ? PATH_BEYOND : PATH_NATIVE;
}

static bool in_model(struct context *x, const struct call *c)
{
	struct sd sd = call_sd(c);

	return cache_lookup(&x->s->model[x->s->plan.stack.depth - 1],
			    &x->k->machine, &sd);
}

static void count(struct context *x, const struct call *c, u32 ret, bool twin)
{
	enum verdict v = action_verdict(ret);
	u32 action = ret & SECCOMP_RET_ACTION_FULL;

	x->t->calls++;
	x->t->by_verdict[v]++;
	x->t->by_path[path_of(x->k, c)]++;
	x->t->unknown +=
		v == VERDICT_KILL_PROCESS && action != SECCOMP_RET_KILL_PROCESS;
	x->t->clamped += v == VERDICT_ERRNO &&
			 (ret & SECCOMP_RET_DATA) != action_errno(ret);
	x->t->from_cache += !twin && in_model(x, c);
	x->t->neutered += (v == VERDICT_ALLOW || v == VERDICT_LOG) &&
			  callable_neutered(c);
}

/* Would the kernel's interpreter come to another verdict? */
static bool by_wide_shifts(const struct plan *p, const struct sd *sd, u32 ret)
{
	struct stack s = p->stack;
	u32 i;

	for (i = 0; i < s.depth; i++)
		s.filter[i].wide_shifts = false;
	return stack_run(&s, sd).ret != ret;
}

/* Served from the bitmap, if it can be known: then the bit is what is wrong. */
static bool served(struct context *x, const struct sd *sd)
{
	subject = x;
	return x->k->has_bits && subject_lookup(sd);
}

static bool compare_call(struct context *x, const struct plan *p,
			 const struct task *t, u32 i, bool twin)
{
	const struct call *c = &t->call[i];
	struct versus_call v = { .call = *c, .twin = twin };
	struct sd sd = call_sd(c);
	s64 executed = 0;
	u32 ret;

	/* Only calls that are not executed may have no value. */
	callable_value(c, t, &executed);
	v.expected = outcome_expected(&p->stack, &sd, executed, t->two_threads,
				      &ret);
	v.seen = outcome_seen(t, i);
	if (outcome_same(&v.expected, &v.seen)) {
		count(x, c, ret, twin);
		x->t->shifts += x->k->wide_shifts && by_wide_shifts(p, &sd, ret);
		return true;
	}
	if (!x->r->has_call)
		x->r->call = v;
	x->r->has_call = true;
	report(x,
	       (struct finding){ .class = !twin && served(x, &sd) ? UNSOUND
								  : DIVERGENT,
				 .where = AT_RUN,
				 .sd = sd,
				 .expected = ret,
				 .seen = outcome_verdict(&v.seen, executed) });
	return false;
}

static void compare_calls(struct context *x, const struct plan *p,
			  const struct task *t, bool twin)
{
	u32 i;

	for (i = 0; i < t->calls; i++) {
		/* What follows a difference may be its consequence. */
		if (!compare_call(x, p, t, i, twin))
			return;
	}
	if (t->calls && t->next <= t->calls && !t->two_threads)
		x->r->error = ECHILD;
}

static void model(struct context *x)
{
	const struct stack *s = &x->s->plan.stack;
	u32 i;

	for (i = 0; i < s->depth; i++) {
		struct cache *model = &x->s->model[i];

		if (i)
			*model = model[-1];
		else
			cache_init(model, &x->k->machine);
		cache_prepare(model, &x->k->machine, &s->filter[i],
			      &x->s->compare.set);
	}
}

static void run_twin(struct context *x, const struct input *in, u32 kill)
{
	struct plan *twin = &x->s->twin_plan;
	const struct task *t;

	if (!plan_twin(twin, &x->s->plan, in, &x->s->twin))
		return;
	t = run(x, twin, &x->s->twin, kill, false);
	if (x->r->error || task_parted(t))
		return;
	compare_calls(x, twin, t, true);
	x->t->twins++;
}

void versus(const struct kernel *k, struct input *in, bool careful,
	    struct versus_result *r, struct versus_tally *t,
	    struct versus_scratch *s)
{
	struct context x = {
		.k = k, .r = r, .t = t, .s = s, .careful = careful
	};
	struct rng rng = { in->seed };
	const struct task *task;
	u32 first, base = ENTRY_NATIVE;
	bool looked;

	memset(r, 0, sizeof(*r));
	if (rng_one_in(&rng, COMPAT_EVERY) && k->path[PATH_COMPAT])
		base = entry_compat;
	shifts_set(in, k->wide_shifts);
	plan_attach(&s->plan, base, in, &rng);
	plan_calls(&s->plan, &k->machine, &rng, &s->compare.witness);
	x.privileged = (base ? k->compat_may : k->may) && rng_one_in(&rng, 2);
	x.want_count = k->proc >= 0 && (rng_one_in(&rng, LOOK_EVERY) ||
					careful || t->stacks < LOOK_FIRST);
	first = rng_below(&rng, 2);

	/* One kill ends the plain run, another one the twin's. */
	looked = x.want_count || (k->has_bits && !module_neuters());
	task = run(&x, &s->plan, in, s->plan.kills ? first % s->plan.kills : 0,
		   looked);
	if (r->error)
		return;
	t->doors += s->plan.doors;
	t->cut += s->plan.cut;
	t->privileged += x.privileged;
	t->compat += base == entry_compat;
	t->stacks += s->plan.stack.depth > 0;
	compare_attach(&x, task);
	if (task_parted(task) || !s->plan.stack.depth)
		return;
	model(&x);
	if (k->has_bits)
		compare_bits(&x, in, looked);
	compare_calls(&x, &s->plan, task, false);
	if (!r->error)
		run_twin(&x, in,
			 s->plan.kills ? (first + 1) % s->plan.kills : 0);
}

static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

/* A filter that allows everything, attached in some way. */
static int probe_attach(struct context *x, u32 base, bool no_new_privs,
			s64 *ret)
{
	struct task *t = task_new();
	struct attachment *a = &t->attach[0];
	struct rng r = { 1 };
	int error;

	struct input *in = &x->s->twin;

	*input_room(in, 0) = allow;
	in->stack = (struct stack){ 1, { { input_room(in, 0), 1 } } };
	plan_attach(&x->s->plan, base, in, &r);
	plan_task(&x->s->plan, in, t, 0);
	t->no_new_privs = no_new_privs;
	t->look = x->k->proc >= 0 ? look : NULL;
	t->context = x;
	error = task_run(t);
	*ret = a->ret;
	return error;
}

/* Without no_new_privs it takes privilege, and nothing else is refused. */
static int probe_may(struct context *x, u32 base, bool *may)
{
	s64 ret = 0;
	int error = probe_attach(x, base, false, &ret);

	*may = !error && !ret;
	return error || !ret || ret == -EACCES ? error : (int)-ret;
}

static const char *release_numbers(const char *release, u32 *numbers)
{
	unsigned int major = 0, minor = 0;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return "is no release";
	*numbers = KERNEL_RELEASE(major, minor);
	return NULL;
}

static void find_paths(struct kernel *k)
{
	u32 i, entry;

	for (i = 0; i < PATHS; i++) {
		for (entry = 0; entry < nr_entries; entry++) {
			if (!strcmp(path_name(i), entries[entry].name))
				k->path[i] = callable[entry].enosys;
		}
	}
	k->path[PATH_MINUS_ONE] = k->path[PATH_NATIVE];
	k->path[PATH_BEYOND] = k->path[PATH_NATIVE];
	k->x32 = k->path[PATH_X32] && callable[2].works;
}

int kernel_probe(struct kernel *k, int proc, const char *release,
		 struct versus_scratch *s)
{
	const struct platform *p = &platforms[ENTRY_PLATFORM];
	struct versus_result r;
	struct context x = { .k = k, .r = &r, .s = s };
	u32 numbers = 0;
	s64 ret;
	int error;

	memset(k, 0, sizeof(*k));
	snprintf(k->name, sizeof(k->name), "linux-%s", release);
	k->proc = proc;
	if (release_numbers(release, &numbers))
		return EINVAL;
	/* Until it is known: sizes that 6.12 has. */
	machine_init(&k->machine, p, numbers, 463, p->compat ? 463 : 0);

	k->has_bits = proc >= 0;
	error = probe_attach(&x, ENTRY_NATIVE, true, &ret);
	if (error == EPERM && proc >= 0) {
		/* Something else traces us: no looking. */
		k->proc = -1;
		error = probe_attach(&x, ENTRY_NATIVE, true, &ret);
	}
	if (error || ret)
		return error ?: (int)-ret;
	k->has_bits = k->proc >= 0 && !x.bits_error;
	if (k->has_bits)
		error = -machine_init(&k->machine, p, numbers, x.bits.nrs[0],
				      x.bits.nrs[1]);
	if (!error)
		error = probe_may(&x, ENTRY_NATIVE, &k->may);
	if (!error && entry_ip(entry_compat))
		error = probe_may(&x, entry_compat, &k->compat_may);
	if (!error)
		error = callable_probe();
	if (!error)
		error = shifts_probe(&k->wide_shifts);
	find_paths(k);
	return error;
}

const char *path_name(enum path path)
{
	static const char *const names[PATHS] = {
		[PATH_NATIVE] = "native",
		[PATH_INT80] = "int80",
		[PATH_X32] = "x32",
		[PATH_COMPAT] = "compat",
		[PATH_VSYSCALL] = "vsyscall",
		[PATH_MINUS_ONE] = "minus-one",
		[PATH_BEYOND] = "beyond-table",
	};

	return names[path];
}
