// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "module.h"
#include "shifts.h"
#include "stack.h"
#include "versus.h"

/* Of so many stacks one is looked at from outside, with a module too. */
#define LOOK_EVERY 32
#define LOOK_FIRST 8 /* and so many at the start; and when it matters */

static void report(struct context *x, struct finding f)
{
	comparison_add(&x->r->c, x->t->by_class, &f);
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

struct task *versus_task(struct context *x, const struct plan *p,
			 const struct input *in, u32 kill)
{
	struct task *t = task_new();

	plan_task(p, in, t, kill);
	t->own_memory = x->how->careful;
	t->no_new_privs = !x->privileged;
	t->unprivileged = x->how->unprivileged;
	return t;
}

static struct task *run(struct context *x, const struct plan *p,
			const struct input *in, u32 kill, bool stop)
{
	struct task *t = versus_task(x, p, in, kill);

	if (stop) {
		t->look = look;
		t->context = x;
	}
	x->r->error = task_run(t);
	return t;
}

/* A descriptor or a tid is no errno. */
static u32 error_of(s64 ret)
{
	return ret < 0 && ret > -4096 ? -ret : 0;
}

bool versus_attached(struct context *x, const struct plan *p,
		     const struct task *t)
{
	u32 i;

	for (i = 0; i < t->attached; i++) {
		const struct attachment *a = &t->attach[i];

		x->t->filters++;
		if (a->ret == a->expected) {
			x->t->refused += !p->accepted[i];
			continue;
		}
		report(x, (struct finding){ .class = CHECKER,
					    .where = AT_ATTACH,
					    .filter = i,
					    .expected = error_of(a->expected),
					    .seen = error_of(a->ret) });
		x->r->attach_expected = a->expected;
		x->r->attach_seen = a->ret;
		return false;
	}
	return true;
}

static void compare_count(struct context *x)
{
	if (!x->want_count || x->filters < 0)
		return;
	x->t->counted++;
	if ((u32)x->filters == x->s->plan.stack.depth)
		return;
	report(x, (struct finding){ .class = CHECKER,
				    .where = AT_ATTACH,
				    .filter = x->filters });
	x->r->attach_expected = x->s->plan.stack.depth;
	x->r->attach_seen = x->filters;
}

/*
 * compare() does it, as in user space. The running kernel as its subject has
 * attached already, and executes nothing here: calls are compared elsewhere.
 */
static struct context *subject;

static void subject_reset(void)
{
}

/* Those of versus_bits() are accepted, and were. */
static int subject_attach(const struct filter *f)
{
	return 0;
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

void versus_bits(struct context *x, const struct stack *s,
		 const struct bits *bits)
{
	const struct machine *m = &x->k->machine;
	struct input *in = &x->s->bits;

	if (bits->nrs[0] != m->table[0].nrs ||
	    (m->tables == 2 && bits->nrs[1] != m->table[1].nrs)) {
		x->r->error = EINVAL;
		return;
	}
	if (bits != &x->bits)
		x->bits = *bits;
	in->platform = ENTRY_PLATFORM;
	in->seed = x->seed;
	input_set_stack(in, s);
	compare_with(x, in);
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
static void compare_older_bits(struct context *x)
{
	struct stack older = x->s->plan.stack;
	struct bits bits;
	int error;
	u32 i;

	for (i = 1; i < x->s->plan.stack.depth && !x->r->error; i++) {
		error = module_bits(i, in_runner(x), &bits);
		x->t->raws++;
		older.depth = i;
		if (error)
			x->r->error = -error;
		else if (as_modelled(x, &bits, &x->s->model[i - 1]))
			x->t->bits += bits.nrs[0] + bits.nrs[1];
		else
			versus_bits(x, &older, &bits);
	}
}

static void compare_bits(struct context *x, bool looked)
{
	struct bits newest;

	choose_bits(x, looked);
	x->r->error = -x->bits_error;
	if (!x->r->error)
		versus_bits(x, &x->s->plan.stack, &x->bits);
	if (x->r->error || !module_neuters())
		return;
	newest = x->bits;
	compare_older_bits(x);
	x->bits = newest;
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

static void count(struct context *x, const struct call *c, u32 ret, bool plain)
{
	enum verdict v = action_verdict(ret);
	u32 action = ret & SECCOMP_RET_ACTION_FULL;

	x->t->calls++;
	x->t->by_verdict[v]++;
	x->t->by_path[path_of(x->k, c)]++;
	x->t->unknown += v == VERDICT_KILL_PROCESS &&
			 action != SECCOMP_RET_KILL_PROCESS;
	x->t->clamped += v == VERDICT_ERRNO &&
			 (ret & SECCOMP_RET_DATA) != action_errno(ret);
	x->t->from_cache += plain && in_model(x, c);
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

void versus_differs(struct context *x, const struct versus_call *v, u32 ret,
		    s64 executed)
{
	struct sd sd = call_sd(&v->call);

	if (!x->r->has_call)
		x->r->call = *v;
	x->r->has_call = true;
	report(x, (struct finding){
			  .class = !v->way && served(x, &sd) ? UNSOUND :
							       DIVERGENT,
			  .where = AT_RUN,
			  .sd = sd,
			  .expected = ret,
			  .seen = outcome_verdict(&v->seen, executed) });
}

bool versus_call(struct context *x, const struct versus_call *v, u32 ret,
		 s64 executed)
{
	if (outcome_same(&v->expected, &v->seen)) {
		count(x, &v->call, ret, !v->way);
		return true;
	}
	versus_differs(x, v, ret, executed);
	return false;
}

static bool compare_call(struct context *x, const struct plan *p,
			 const struct task *t, u32 i, const char *way)
{
	struct versus_call v = { .call = t->call[i], .way = way };
	struct sd sd = call_sd(&v.call);
	s64 executed = 0;
	u32 ret;

	/* Only calls that are not executed may have no value. */
	callable_value(&v.call, t, &executed);
	v.expected = outcome_in_scenario(way, &p->stack, &sd, executed,
					 t->two_threads, &ret);
	v.seen = outcome_seen(t, i);
	x->t->shifts += x->k->wide_shifts && by_wide_shifts(p, &sd, ret);
	return versus_call(x, &v, ret, executed);
}

void versus_calls(struct context *x, const struct plan *p, const struct task *t,
		  const char *way)
{
	u32 i;

	for (i = 0; i < t->calls; i++) {
		/* What follows a difference may be its consequence. */
		if (!compare_call(x, p, t, i, way))
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

	if (!plan_twin(twin, &x->s->plan, x->how->blinded, in, &x->s->twin))
		return;
	t = run(x, twin, &x->s->twin, kill, false);
	if (x->r->error || task_parted(t))
		return;
	versus_calls(x, twin, t, "the twin that is never cached");
	x->t->twins++;
}

/* A task of its own for each named call that ends it, but for the one that did. */
static void run_named_kills(struct context *x, const struct input *in, u32 made)
{
	const struct plan *p = &x->s->plan;
	u32 i;

	for (i = 0; i < p->named_kills && !x->r->error; i++) {
		struct task *t;

		if (i == made)
			continue;
		t = versus_task(x, p, in, i);
		t->call[0] = p->kill[i];
		t->calls = 1;
		x->r->error = task_run(t);
		if (!x->r->error && versus_attached(x, p, t))
			versus_calls(x, p, t, NULL);
	}
}

/* Attach it, look at it, make the calls. Returns false if that is all. */
static bool run_plain(struct context *x, const struct input *in, u32 kill)
{
	const struct plan *p = &x->s->plan;
	bool looked = x->want_count || (x->k->has_bits && !module_neuters());
	const struct task *t = run(x, p, in, kill, looked);

	if (x->r->error)
		return false;
	x->t->doors += p->doors;
	x->t->cut += p->cut;
	x->t->privileged += x->privileged;
	x->t->compat += p->base == entry_compat;
	x->t->stacks += p->stack.depth > 0;
	x->t->deepest += p->stack.depth == STACK_MAX_FILTERS;
	if (!versus_attached(x, p, t) || !p->stack.depth)
		return false;
	compare_count(x);
	model(x);
	if (x->k->has_bits)
		compare_bits(x, looked);
	if (!x->r->error)
		versus_calls(x, p, t, NULL);
	if (!x->r->error)
		run_named_kills(x, in, kill);
	x->r->named = p->named;
	return !x->r->error;
}

void versus(const struct kernel *k, struct input *in,
	    const struct circumstances *how, struct versus_result *r,
	    struct versus_tally *t, struct versus_scratch *s)
{
	struct plan_wishes wishes = { .blinded = how->blinded };
	struct context x = { .k = k, .how = how, .r = r, .t = t, .s = s,
			     .seed = in->seed };
	struct rng rng = { in->seed };
	u32 first, kills, base = ENTRY_NATIVE;

	memset(r, 0, sizeof(*r));
	if (rng_one_in(&rng, COMPAT_EVERY) && k->path[PATH_COMPAT])
		base = entry_compat;
	if (how->base >= 0)
		base = how->base;
	shifts_set(in, k->wide_shifts);
	plan_attach(&s->plan, base, in, &wishes, &rng);
	plan_calls(&s->plan, &k->machine, how->named, &rng,
		   &s->compare.witness);
	x.privileged = (base ? k->compat_may : k->may) &&
		       !how->unprivileged && rng_one_in(&rng, 2);
	x.want_count = k->proc >= 0 &&
		       (rng_one_in(&rng, LOOK_EVERY) || how->careful ||
			t->stacks < LOOK_FIRST);
	first = rng_below(&rng, 2);

	/* One kill ends the plain run, another one the twin's. */
	kills = s->plan.kills;
	if (!run_plain(&x, in, kills ? first % kills : 0))
		return;
	run_twin(&x, in, kills ? (first + 1) % kills : 0);
	if (!r->error && !comparison_failure(&r->c))
		scenario_run(&x, in, &rng);
}

static struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

/* A filter that allows everything, attached in some way. */
static int probe_attach(struct context *x, u32 base, bool no_new_privs,
			bool unprivileged, s64 *ret)
{
	struct input *in = &x->s->twin;
	struct task *t = task_new();
	struct rng r = { 1 };
	int error;

	*input_room(in, 0) = allow;
	in->stack = (struct stack){ 1, { { input_room(in, 0), 1 } } };
	plan_attach(&x->s->plan, base, in, NULL, &r);
	plan_task(&x->s->plan, in, t, 0);
	t->no_new_privs = no_new_privs;
	t->unprivileged = unprivileged;
	t->look = x->k->proc >= 0 ? look : NULL;
	t->context = x;
	error = task_run(t);
	*ret = t->attach[0].ret;
	return error;
}

/* Without no_new_privs it takes privilege, and nothing else is refused. */
static int probe_may(struct context *x, u32 base, bool *may)
{
	s64 ret = 0;
	int error = probe_attach(x, base, false, false, &ret);

	*may = !error && !ret;
	return error || !ret || ret == -EACCES ? error : (int)-ret;
}

int kernel_refuses(const struct kernel *k, struct versus_scratch *s)
{
	struct context x = { .k = k, .s = s };
	s64 ret;
	int error = probe_attach(&x, ENTRY_NATIVE, false, true, &ret);

	if (!error && ret == -EACCES && k->path[PATH_COMPAT])
		error = probe_attach(&x, entry_compat, false, true, &ret);
	return error ? -error : (int)ret;
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
	error = probe_attach(&x, ENTRY_NATIVE, true, false, &ret);
	if (error == EPERM && proc >= 0) {
		/* Something else traces us: no looking. */
		k->proc = -1;
		error = probe_attach(&x, ENTRY_NATIVE, true, false, &ret);
	}
	if (error || ret)
		return error ?: (int)-ret;
	k->traces = k->proc >= 0;
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
	find_paths(k);
	scenario_probe(k);
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
