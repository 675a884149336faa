// SPDX-License-Identifier: GPL-2.0-only
/*
 * straddle_probe - the page-straddling probe as KVM guest code
 *
 *	straddle_probe [-n PROBES] [-s SEED] [FILE|DIR]...
 *
 * A KVM selftest: built with the framework of a kernel tree, see
 * scripts/straddle.sh. The guest runs the emulator's levels and the interpreter
 * on filters, with the seccomp_data across a page boundary, and sees in its own
 * page tables whether the second page was accessed. What it saw must fit what
 * the levels say (straddle_judge()) and the words that the interpreter noted.
 *
 * First the probe is checked: known accesses must show, and no others; and the
 * same check must fail for probes that are wrong in a known way. Then the files
 * (raw form of src/input.h), then PROBES (default 20000) of generated filters.
 * All of it once for each way to watch a page, see straddle_guest.h.
 *
 * A mark that contradicts is confirmed by a fault: only a fault shows that an
 * access was executed, and not only speculated on.
 *
 * KTAP; exit status 0, 1, or 4 if there is no KVM. A difference is printed, and as
 * "# bitproof-finding ...", the line that tools/bitproof-finding.c reads.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of tools/include: it hides the one with classic BPF. */
#define __TOOLS_LINUX_FILTER_H
#include <uapi/linux/filter.h>

#include "kvm_util.h"
#include "processor.h"
#include "ucall_common.h"
#include "kselftest_harness.h"

#include "checker.h"
#include "cli.h"
#include "generate.h"
#include "ref_interp.h"
#include "shrink.h"
#include "straddle.h"
#include "straddle_guest.h"
#include "witness.h"

#define MAX_INSNS   65536 /* half of it: the largest input */
#define MAX_FILTERS 1024
#define MAX_JOBS    8192
#define NUMBERS     8    /* for each filter and table */
#define TABLE_NRS   463  /* as in 6.12 */
#define BARE_PROBES 256  /* of which the time is taken, ... */
#define BARE_TURNS  8    /* ... as that of the quickest turn */
#define GUEST_PAGES 2048 /* more than the framework thinks of */
#define SECONDS     1800 /* that a test may take */
#define SEEDS       256  /* tried for one that shows a small input */

/* How the probe can be wrong: to show that the self-check sees it. */
enum wrong {
	RIGHT,
	NOT_FLUSHED,
	WRONG_PAGE,
	NOT_CLEARED,
	WRONGS,
};

static const char *const wrong_names[WRONGS] = {
	"none",
	"no flush",
	"wrong page",
	"not cleared",
};

enum task {
	SELF_CHECK, /* with order.wrong */
	BARE,       /* order.count probes of one word, order.word */
	BATCH,
};

/* From the host to the guest. */
static struct order {
	enum way way;
	enum task task;
	enum wrong wrong;
	u32 count, word;
} order;

struct job {
	u32 filter;
	struct sd sd;
};

static struct batch {
	u32 filters, insns, jobs;
	struct {
		u32 at, len, platform;
	} filter[MAX_FILTERS];
	struct sock_filter insn[MAX_INSNS];
	struct job job[MAX_JOBS];
} batch;

/* From the guest to the host. */
static struct outcome {
	bool supported;
	const char *why; /* of a self-check */
	u64 probes, accessed;
	u64 speculated; /* a mark that a fault did not confirm */
	bool differs;   /* then the rest is about the job that does */
	u32 job;
	enum straddle_rule rule;
	bool access, noted;
	u32 ret;
} outcome;

/* Both pages are ordinary memory of the guest, mapped page by page. */
static u8 pages[4 * 65536] __attribute__((aligned(4 * 65536)));
static struct emu_scratch scratch;

/* ---- guest code ---------------------------------------------------------- */

static bool probe_by(enum way way, straddle_exec exec, const void *context,
		     const struct sd *sd, u32 *ret)
{
	u8 *at = (u8 *)watched_page(1) - STRADDLE_BYTES;
	u32 page = order.wrong == WRONG_PAGE ? 2 : 1;

	memcpy(at, sd, sizeof(*sd));
	watch_begin(way, page, order.wrong != NOT_CLEARED,
		    order.wrong != NOT_FLUSHED);
	*ret = exec(context, (const struct sd *)at);
	return watch_end(way, page);
}

static bool probe(straddle_exec exec, const void *context, const struct sd *sd,
		  u32 *ret)
{
	bool accessed = probe_by(order.way, exec, context, sd, ret);

	outcome.probes++;
	outcome.accessed += accessed;
	return accessed;
}

static void probe_bare(void)
{
	struct sd sd = { .w = { 0 } };
	u32 i, ret;

	for (i = 0; i < order.count; i++)
		probe(straddle_load, &order.word, &sd, &ret);
}

struct tracked {
	const struct filter *filter;
	struct run *run;
};

static u32 interpret(const void *context, const struct sd *sd)
{
	const struct tracked *t = context;

	*t->run = ref_interp(t->filter, sd);
	return t->run->ret;
}

/* Does the job contradict what the levels say, or what the interpreter noted? */
static bool differs(const struct emu_result *claim, const struct run *run,
		    bool accessed)
{
	outcome.rule = straddle_judge(claim, accessed, run->ret);
	outcome.noted = run->reads & ~SD_CONST_WORDS;
	outcome.access = accessed;
	outcome.ret = run->ret;
	return outcome.rule != STRADDLE_HOLDS || outcome.noted != accessed;
}

static bool job_differs(const struct job *job)
{
	const struct filter f = {
		.insns = &batch.insn[batch.filter[job->filter].at],
		.len = batch.filter[job->filter].len,
	};
	struct emu_result claim[EMU_LEVELS];
	struct run run;
	const struct tracked t = { &f, &run };
	bool accessed;
	u32 i, ret;

	for (i = 0; i < EMU_LEVELS; i++)
		claim[i] = emulate(i, &f, job->sd.w[SD_ARCH], job->sd.w[SD_NR],
				   &scratch);
	accessed = probe(interpret, &t, &job->sd, &ret);
	if (!differs(claim, &run, accessed))
		return false;
	if (order.way == BY_FAULT || !accessed || !watch_supported(BY_FAULT))
		return true;
	accessed = probe_by(BY_FAULT, interpret, &t, &job->sd, &ret);
	if (differs(claim, &run, accessed))
		return true;
	outcome.speculated++;
	return false;
}

static void probe_batch(void)
{
	u32 i;

	for (i = 0; i < batch.jobs && !outcome.differs; i++) {
		outcome.differs = job_differs(&batch.job[i]);
		outcome.job = i;
	}
}

static void guest_code(void)
{
	for (;;) {
		outcome.supported = watch_supported(order.way);
		if (outcome.supported) {
			switch (order.task) {
			case SELF_CHECK:
				outcome.why = straddle_self_check(probe);
				break;
			case BARE:
				probe_bare();
				break;
			case BATCH:
				probe_batch();
				break;
			}
		}
		GUEST_SYNC(0);
	}
}

/* ---- the host's side of a guest ------------------------------------------ */

struct guest {
	struct kvm_vm *vm;
	struct kvm_vcpu *vcpu;
	double seconds; /* in the guest */
};

static void guest_new(struct guest *g)
{
	u64 gva = (u64)pages;

	g->seconds = 0;
	/* Of what it is asked for, it makes room for the page tables only. */
	g->vm = __vm_create_with_one_vcpu(&g->vcpu, GUEST_PAGES * 256,
					  guest_code);
	watched_gva = gva;
	watched_size = g->vm->page_size;
	watched_gpa = addr_gva2gpa(g->vm, gva);
	watch_map(g->vm, g->vcpu);
	watch_install(g->vm, g->vcpu);
	sync_global_to_guest(g->vm, watched_gva);
	sync_global_to_guest(g->vm, watched_size);
	sync_global_to_guest(g->vm, watched_gpa);
}

/* The guest carries out the order; outcome becomes what it saw. */
static void guest_run(struct guest *g)
{
	struct ucall uc;
	double begin;

	memset(&outcome, 0, sizeof(outcome));
	sync_global_to_guest(g->vm, order);
	sync_global_to_guest(g->vm, outcome);
	begin = now();
	vcpu_run(g->vcpu);
	g->seconds += now() - begin;
	switch (get_ucall(g->vcpu, &uc)) {
	case UCALL_SYNC:
		break;
	case UCALL_ABORT:
		REPORT_GUEST_ASSERT(uc);
		break;
	default:
		TEST_FAIL("the guest ended with ucall %lu",
			  (unsigned long)uc.cmd);
	}
	sync_global_from_guest(g->vm, outcome);
}

/* ---- batches ------------------------------------------------------------- */

static struct machine machines[INPUT_PLATFORMS];
static struct rng rng;
static struct input in, candidate;
static u64 total_probes, total_accessed, total_speculated;

static void batch_clear(void)
{
	batch.filters = batch.insns = batch.jobs = 0;
}

static u32 pick_nr(const struct filter *f, struct rng *r)
{
	u32 nr = f->insns[rng_below(r, f->len)].k + rng_below(r, 3) - 1;

	return nr < TABLE_NRS || rng_one_in(r, 8) ? nr
						  : rng_below(r, TABLE_NRS);
}

static void add_job(u32 filter, const struct stack *alone, u32 arch, u32 nr,
		    struct rng *r)
{
	struct job *job = &batch.job[batch.jobs++];

	job->filter = filter;
	job->sd.w[SD_NR] = nr;
	job->sd.w[SD_ARCH] = arch;
	witness_fill(alone, &job->sd, r);
}

static void add_filter(const struct filter *f, u32 platform, struct rng *r)
{
	const struct machine *m = &machines[platform];
	struct stack alone = { .depth = 1, .filter = { *f } };
	u32 i, n = batch.filters++;

	batch.filter[n].at = batch.insns;
	batch.filter[n].len = f->len;
	batch.filter[n].platform = platform;
	memcpy(&batch.insn[batch.insns], f->insns, f->len * sizeof(*f->insns));
	batch.insns += f->len;
	for (i = 0; i < NUMBERS * m->tables; i++)
		add_job(n, &alone, m->table[i % m->tables].abi->audit_arch,
			pick_nr(f, r), r);
}

/* Room for another input? */
static bool batch_has_room(void)
{
	return batch.filters + STACK_MAX_FILTERS <= MAX_FILTERS &&
	       batch.insns + STACK_MAX_FILTERS * FILTER_MAX_INSNS <=
		       MAX_INSNS &&
	       batch.jobs + STACK_MAX_FILTERS * 2 * NUMBERS <= MAX_JOBS;
}

/* The jobs of an input are a function of its seed. */
static void add_input(const struct input *from)
{
	struct rng r = { from->seed };
	u32 i;

	for (i = 0; i < from->stack.depth; i++) {
		if (!filter_check(&from->stack.filter[i]))
			add_filter(&from->stack.filter[i], from->platform, &r);
	}
}

static void run_batch(struct guest *g)
{
	order.task = BATCH;
	sync_global_to_guest(g->vm, batch);
	guest_run(g);
	total_probes += outcome.probes;
	total_accessed += outcome.accessed;
	total_speculated += outcome.speculated;
}

/* ---- findings ------------------------------------------------------------ */

struct shrinking {
	struct guest *g;
	struct sd sd;
};

static bool still_differs(const struct input *smaller, void *context)
{
	struct shrinking *s = context;
	struct rng r = { 0 };

	if (smaller->stack.depth != 1 ||
	    filter_check(&smaller->stack.filter[0]))
		return false;
	batch_clear();
	add_filter(&smaller->stack.filter[0], smaller->platform, &r);
	batch.jobs = 1;
	batch.job[0].sd = s->sd;
	sync_global_to_guest(s->g->vm, batch);
	guest_run(s->g);
	return outcome.differs;
}

/* A seed with which the input shows it again. */
static bool find_seed(struct guest *g)
{
	for (in.seed = 0; in.seed < SEEDS; in.seed++) {
		batch_clear();
		add_input(&in);
		run_batch(g);
		if (outcome.differs)
			return true;
	}
	in.seed = 0;
	return false;
}

static void print_finding(const struct sd *sd)
{
	static u8 raw[INPUT_HEADER + INPUT_RECORD * INPUT_MAX_INSNS];
	struct emu_result full = emulate_full(
		&in.stack.filter[0], sd->w[SD_ARCH], sd->w[SD_NR], &scratch);
	int size = input_write(&in, raw, sizeof(raw));
	int i;

	printf("# bitproof-finding class=DIVERGENT where=%s kernel=straddle "
	       "filter=0 expected=%x seen=%x sd=",
	       finding_where_name(straddle_rule_place(outcome.rule)),
	       outcome.ret, full.ret);
	for (i = 0; i < SD_WORDS; i++)
		printf("%s%x", i ? "," : "", sd->w[i]);
	printf(" raw=");
	for (i = 0; i < size; i++)
		printf("%02x", raw[i]);
	printf(" end\n");
}

static void report(struct guest *g)
{
	const struct job *job = &batch.job[outcome.job];
	struct stack alone = { .depth = 1 };
	struct shrinking s = { g, job->sd };

	alone.filter[0].insns = &batch.insn[batch.filter[job->filter].at];
	alone.filter[0].len = batch.filter[job->filter].len;
	in.platform = batch.filter[job->filter].platform;
	in.seed = 0;
	input_set_stack(&in, &alone);
	shrink_input(&in, &candidate, 2000, still_differs, &s);
	if (find_seed(g))
		s.sd = batch.job[outcome.job].sd;
	else
		still_differs(&in, &s);
	ksft_print_msg("differs: %s; page 2 %saccessed, the interpreter noted "
		       "%s, returned 0x%08x\n",
		       straddle_rule_name(outcome.rule),
		       outcome.access ? "" : "not ",
		       outcome.noted ? "it" : "none", outcome.ret);
	ksft_print_msg("differs: arch 0x%08x nr %u\n", s.sd.w[SD_ARCH],
		       s.sd.w[SD_NR]);
	print_finding(&s.sd);
}

/* ---- inputs -------------------------------------------------------------- */

static char **paths;
static u64 wanted = 20000, seed = 1;

static bool read_raw(const char *path)
{
	static u8 raw[INPUT_MAX_SIZE + 1];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f)
		return false;
	size = fread(raw, 1, sizeof(raw), f);
	fclose(f);
	return size <= INPUT_MAX_SIZE && !input_read(&in, raw, size);
}

/* False: it differs, and was reported. */
static bool flush_batch(struct guest *g)
{
	if (batch.jobs)
		run_batch(g);
	if (outcome.differs) {
		report(g);
		return false;
	}
	batch_clear();
	return true;
}

static bool is_raw(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && name[0] != '.' && !strcmp(name + n - 4, ".raw");
}

/* False: something differs, and was reported, or could not be read. */
static bool probe_file(struct guest *g, const char *path, u32 *files)
{
	if (!read_raw(path)) {
		ksft_print_msg("%s is no input\n", path);
		return false;
	}
	++*files;
	add_input(&in);
	return batch_has_room() || flush_batch(g);
}

/* Directories have lists and texts beside inputs, files are what is named. */
static bool probe_path(struct guest *g, const char *path, u32 *files)
{
	struct dirent **names;
	bool good = true;
	int i, n = scandir(path, &names, NULL, alphasort);

	if (n < 0)
		return probe_file(g, path, files);
	for (i = 0; i < n; i++) {
		char inner[4096];

		snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name);
		if (is_raw(names[i]->d_name))
			good = good && probe_file(g, inner, files);
		free(names[i]);
	}
	free(names);
	return good;
}

static bool probe_generated(struct guest *g)
{
	while (total_probes < wanted) {
		while (batch_has_room() && total_probes + batch.jobs < wanted) {
			in.platform = rng_below(&rng, INPUT_PLATFORMS);
			generate_input(&rng, &machines[in.platform], &in);
			in.seed = rng_u32(&rng);
			add_input(&in);
		}
		if (!flush_batch(g))
			return false;
	}
	return true;
}

/* ---- tests --------------------------------------------------------------- */

FIXTURE(page2)
{
	struct guest guest;
};

FIXTURE_VARIANT(page2)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(page2, mark){
	.way = BY_MARK,
};

FIXTURE_VARIANT_ADD(page2, fault){
	.way = BY_FAULT,
};

FIXTURE_SETUP(page2)
{
	guest_new(&self->guest);
	order.way = variant->way;
	order.wrong = RIGHT;
	order.task = SELF_CHECK;
	guest_run(&self->guest);
	if (!outcome.supported)
		SKIP(return, "not offered by this processor and framework");
	ASSERT_EQ(NULL, outcome.why)
	{
		ksft_print_msg("self-check: %s\n", outcome.why);
	}
	self->guest.seconds = 0;
}

FIXTURE_TEARDOWN(page2)
{
	kvm_vm_free(self->guest.vm);
}

static void tell(const struct guest *g, const char *what)
{
	ksft_print_msg("%s: probes=%lu accessed=%lu speculated=%lu ns=%lu\n",
		       what, (unsigned long)total_probes,
		       (unsigned long)total_accessed,
		       (unsigned long)total_speculated,
		       (unsigned long)(g->seconds * 1000000000 / total_probes));
}

/* Probes of one word: how many show an access, and what each takes. */
static u64 bare(struct guest *g, u32 word, const char *what)
{
	u64 accessed = 0, probes = 0, best = ~0ull;
	u32 i;

	order.task = BARE;
	order.word = word;
	order.count = BARE_PROBES;
	for (i = 0; i < BARE_TURNS; i++) {
		u64 ns;

		g->seconds = 0;
		guest_run(g);
		ns = g->seconds * 1000000000 / outcome.probes;
		best = ns < best ? ns : best;
		accessed += outcome.accessed;
		probes += outcome.probes;
	}
	ksft_print_msg("%s: %lu of %lu show, ns=%lu\n", what,
		       (unsigned long)accessed, (unsigned long)probes,
		       (unsigned long)best);
	return accessed;
}

/* Its set-up has done the self-check. */
TEST_F_TIMEOUT(page2, self_check, SECONDS)
{
	struct guest *g = &self->guest;

	EXPECT_EQ(BARE_PROBES * BARE_TURNS, bare(g, SD_ARGS, "accesses"));
	EXPECT_EQ(0, bare(g, SD_NR, "others"));
}

/* The self-check must see what is wrong with a probe. */
TEST_F_TIMEOUT(page2, wrong_probes, SECONDS)
{
	struct guest *g = &self->guest;

	for (order.wrong = NOT_FLUSHED; order.wrong < WRONGS; order.wrong++) {
#ifdef __s390x__
		if (order.wrong == NOT_FLUSHED)
			continue; /* there is nothing to flush */
#endif
		order.task = SELF_CHECK;
		guest_run(g);
		EXPECT_NE(NULL, outcome.why)
		{
			ksft_print_msg("%s: passes the self-check\n",
				       wrong_names[order.wrong]);
		}
		ksft_print_msg("%s: %s\n", wrong_names[order.wrong],
			       outcome.why ? outcome.why : "");
		bare(g, SD_ARGS, wrong_names[order.wrong]);
	}
}

TEST_F_TIMEOUT(page2, files, SECONDS)
{
	struct guest *g = &self->guest;
	bool good = true;
	u32 files = 0;

	if (!*paths)
		SKIP(return, "no files are given");
	for (; *paths; paths++)
		good = good && probe_path(g, *paths, &files);
	EXPECT_TRUE(good && flush_batch(g));
	if (good && !total_probes)
		SKIP(return, "no filter of these files can be attached");
	ksft_print_msg("%u files\n", files);
	tell(g, "files");
}

TEST_F_TIMEOUT(page2, generated, SECONDS)
{
	struct guest *g = &self->guest;

	EXPECT_TRUE(probe_generated(g));
	EXPECT_GE(total_probes, wanted);
	tell(g, "generated");
}

static int usage(void)
{
	fprintf(stderr,
		"usage: straddle_probe [-n PROBES] [-s SEED] [FILE|DIR]...\n");
	return KSFT_FAIL;
}

int main(int argc, char **argv)
{
	char *alone[] = { argv[0], NULL };
	u32 i;
	int c, fd;

	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (!(c == 'n' && parse_u64(optarg, &wanted) && wanted) &&
		    !(c == 's' && parse_u64(optarg, &seed)))
			return usage();
	}
	paths = argv + optind;
	rng.state = seed;
	for (i = 0; i < INPUT_PLATFORMS; i++)
		machine_init(&machines[i], &platforms[i], KERNEL_RELEASE(6, 12),
			     TABLE_NRS, TABLE_NRS);
	fd = open("/dev/kvm", O_RDWR);
	if (fd < 0) {
		ksft_print_header();
		ksft_exit_skip("/dev/kvm: %s\n", strerror(errno));
	}
	close(fd);
	optind = 1; /* the harness looks for options, too */
	return test_harness_run(1, alone);
}
