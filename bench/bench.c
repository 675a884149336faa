// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench - how fast the parts are, as ratios against peers
 *
 *	bench [FILE|DIR ...]
 *
 * The files are raw inputs (src/input.h) of real filters, as
 * scripts/capture-filters.sh has them; other files are skipped. Every figure is
 * of one core, in processor time. We and a peer take turns on the same filter,
 * and each side counts with its median: a ratio holds on a busy machine, the
 * figures beside it are this machine's.
 *
 * libseccomp's simulator is SCMP_BPF_SIM in the environment, see
 * scripts/build-scmp-sim.sh. It is a process for each call, so that beside the
 * whole call there is what it takes to print its help.
 *
 * States what it sees and exits with 0 whether a target is met or not; 2 if it
 * could not run.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not pcap.h: its BPF_* and those of the kernel's headers are the same names. */
struct bpf_insn;
unsigned int bpf_filter(const struct bpf_insn *, const unsigned char *,
			unsigned int wirelen, unsigned int buflen);

#include "checker.h"
#include "clock.h"
#include "compare.h"
#include "generate.h"
#include "ref_interp.h"
#include "subjects.h"

#define COULD_NOT 2
#define ROUNDS	  9
#define TURN_NS	  200000 /* at least this long is a turn of one side */
#define FILTERS	  24	 /* of each kind */
#define STACKS	  1024	 /* in the comparisons */
#define MAX_REAL  4096

static const struct subject *sub;
static struct set_scratch set_scratch;
static struct batch_scratch batch_scratch;
static struct batch_data batch_data;
static struct batch_run batch_run;
static struct compare_scratch compare_scratch;
static struct input input;

/* The data of all lanes once more, for those who take one at a time. */
static struct sd lane_sd[BATCH_LANES];
static unsigned char lane_packet[BATCH_LANES][sizeof(struct sd)];

static struct filter real[MAX_REAL];
static u32 reals;

static volatile u64 sink;

/* Nanoseconds of one call, out of a turn of @calls. */
typedef void (*side_fn)(const struct filter *f);

static double turn(side_fn side, const struct filter *f, u32 calls)
{
	double begin = now();
	u32 i;

	for (i = 0; i < calls; i++)
		side(f);
	return (now() - begin) / calls;
}

static u32 calls_in_a_turn(side_fn side, const struct filter *f)
{
	double once;

	turn(side, f, 1); /* warm */
	once = turn(side, f, 4);
	return 1 + TURN_NS / (once + 1);
}

#define SIDES 3

/* Each side's median for one call. */
static void take_turns(const side_fn *side, u32 sides, const struct filter *f,
		       double *ns)
{
	double t[SIDES][ROUNDS];
	u32 calls[SIDES];
	u32 i, round;

	for (i = 0; i < sides; i++)
		calls[i] = calls_in_a_turn(side[i], f);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < sides; i++)
			t[i][round] = turn(side[i], f, calls[i]);
	}
	for (i = 0; i < sides; i++)
		ns[i] = median(t[i], ROUNDS);
}

/* ---- the filters -------------------------------------------------------- */

struct kind {
	const char *name;
	enum shape shape; /* SHAPES: real ones */
	u32 len;
	u32 from, to; /* lengths of real ones that count as such */
};

static const struct kind kinds[] = {
	{ "random", SHAPE_RANDOM, 50, 0, 0 },
	{ "random", SHAPE_RANDOM, 300, 0, 0 },
	{ "chain", SHAPE_LIST, 50, 0, 0 },
	{ "chain", SHAPE_LIST, 300, 0, 0 },
	{ "tree", SHAPE_TREE, 50, 0, 0 },
	{ "tree", SHAPE_TREE, 300, 0, 0 },
	{ "real", SHAPES, 50, 25, 99 },
	{ "real", SHAPES, 300, 150, 599 },
};

static struct filter copy_filter(const struct sock_filter *insns, u32 len)
{
	struct sock_filter *copy = malloc(len * sizeof(*insns));

	if (!copy) {
		fprintf(stderr, "bench: no memory\n");
		exit(COULD_NOT);
	}
	memcpy(copy, insns, len * sizeof(*insns));
	return (struct filter){ copy, len };
}

static struct filter random_filter(enum shape shape, u32 len, u64 seed)
{
	struct rng r = { seed };

	rng_next(&r);
	len = generate_filter(&r, &sub->machine, shape, input.insns, len);
	return copy_filter(input.insns, len);
}

static bool fits(const struct kind *k, const struct filter *f)
{
	return f->len >= k->from && f->len <= k->to;
}

static u32 pick_filters(const struct kind *k, struct filter *f)
{
	u32 i, n = 0, fit = 0, next = 0;

	/* Evenly out of those that fit: they come sorted by name. */
	for (i = 0; i < reals; i++)
		fit += fits(k, &real[i]);
	for (i = 0; k->shape == SHAPES && i < reals && n < FILTERS; i++) {
		if (fits(k, &real[i]) && next++ * FILTERS / fit >= n)
			f[n++] = real[i];
	}
	for (i = 0; k->shape != SHAPES && i < FILTERS; i++)
		f[n++] = random_filter(k->shape, k->len, i);
	return n;
}

static void free_filters(const struct kind *k, struct filter *f, u32 n)
{
	u32 i;

	for (i = 0; k->shape != SHAPES && i < n; i++)
		free((void *)f[i].insns);
}

static bool attach_alone(const struct filter *f)
{
	sub->reset();
	return sub->attach(f) == 0;
}

/* ---- all numbers of both archs ------------------------------------------ */

static void decide_by_sets(const struct filter *f)
{
	struct cache cache;

	cache_init(&cache, &sub->machine);
	cache_prepare(&cache, &sub->machine, f, &set_scratch);
	sink += cache.allow[0].w[0];
}

static void decide_by_kernel(const struct filter *f)
{
	kernel_prepare_x86_64();
}

/* ---- execution ---------------------------------------------------------- */

static void fill_lanes(void)
{
	struct rng r = { 1 };
	u32 lane, word;

	for (lane = 0; lane < BATCH_LANES; lane++) {
		for (word = 0; word < SD_WORDS; word++) {
			u32 value = rng_u32(&r);
			u32 big;

			if (word == SD_NR)
				value = lane;
			if (word == SD_ARCH)
				value = sub->machine.table[0].abi->audit_arch;
			batch_data.w[word][lane] = value;
			lane_sd[lane].w[word] = value;
			big = htobe32(value);
			memcpy(&lane_packet[lane][4 * word], &big, 4);
		}
	}
}

static void execute_batch(const struct filter *f)
{
	batch_first(f, &batch_data, BATCH_LANES, &batch_run, &batch_scratch);
}

static u32 execute_pcap_lane(const struct filter *f, u32 lane)
{
	return bpf_filter((const struct bpf_insn *)f->insns, lane_packet[lane],
			  sizeof(struct sd), sizeof(struct sd));
}

static void execute_pcap(const struct filter *f)
{
	u32 lane;

	for (lane = 0; lane < BATCH_LANES; lane++)
		sink += execute_pcap_lane(f, lane);
}

static void execute_kernel(const struct filter *f)
{
	u32 lane;

	for (lane = 0; lane < BATCH_LANES; lane++)
		sink += sub->exec(0, &lane_sd[lane]);
}

/* What all lanes together execute: the instructions that each one reaches. */
static u64 executed(const struct filter *f)
{
	static struct batch_data one;
	u64 n = 0;
	u32 lane, word, pc;

	for (lane = 0; lane < BATCH_LANES; lane++) {
		for (word = 0; word < SD_WORDS; word++)
			one.w[word][0] = lane_sd[lane].w[word];
		batch_first(f, &one, 1, &batch_run, &batch_scratch);
		for (pc = 0; pc < f->len; pc++)
			n += batch_run.seen[pc] & BATCH_REACHED;
	}
	return n;
}

/* Not all agree with libpcap: it shifts by an X above 31 in another way. */
static u32 differing_lanes(const struct filter *f)
{
	u32 lane, n = 0;

	execute_batch(f);
	for (lane = 0; lane < BATCH_LANES; lane++)
		n += execute_pcap_lane(f, lane) != batch_run.ret[lane];
	return n;
}

/* ---- tables ------------------------------------------------------------- */

static void print_ratio(double ratio, double target)
{
	printf(" %8.1fx", ratio);
	if (target)
		printf("  %5.0fx %s", target, ratio >= target ? "met" : "NOT met");
}

/* One line: the sums over all filters of a kind. */
static void decide_kind(const struct kind *k)
{
	static const side_fn side[] = { decide_by_sets, decide_by_kernel };
	struct filter f[FILTERS];
	double sum[2] = { 0 }, lowest = 1e9;
	u32 n = pick_filters(k, f);
	u32 i;

	if (!n)
		return;
	for (i = 0; i < n; i++) {
		double ns[2];

		if (!attach_alone(&f[i]))
			continue;
		take_turns(side, 2, &f[i], ns);
		sum[0] += ns[0];
		sum[1] += ns[1];
		if (ns[1] / ns[0] < lowest)
			lowest = ns[1] / ns[0];
	}
	printf("  %-7s %4u %7.2f us %9.2f us %8.1fx", k->name, k->len,
	       sum[0] / n / 1000, sum[1] / n / 1000, lowest);
	print_ratio(sum[1] / sum[0], 20);
	printf("\n");
	free_filters(k, f, n);
}

static void decide_all(void)
{
	u32 i;

	printf("all numbers of both archs: the set oracle and %s's own emulator\n",
	       sub->name);
	printf("  filters  len   set oracle     emulator    lowest     ratio  target\n");
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		decide_kind(&kinds[i]);
	printf("\n");
}

static void execute_kind(const struct kind *k)
{
	static const side_fn side[] = { execute_batch, execute_pcap,
					execute_kernel };
	struct filter f[FILTERS];
	double sum[3] = { 0 };
	u64 insns = 0;
	u32 differing = 0;
	u32 n = pick_filters(k, f);
	u32 i;

	if (!n)
		return;
	for (i = 0; i < n; i++) {
		double ns[3];
		u32 j;

		if (!attach_alone(&f[i]))
			continue;
		take_turns(side, 3, &f[i], ns);
		for (j = 0; j < 3; j++)
			sum[j] += ns[j];
		insns += executed(&f[i]);
		differing += differing_lanes(&f[i]);
	}
	printf("  %-7s %4u %6.2f ns %6.2f ns %6.2f ns %8.1fx", k->name, k->len,
	       sum[0] / insns, sum[1] / insns, sum[2] / insns, sum[2] / sum[0]);
	print_ratio(sum[1] / sum[0], 4);
	if (differing)
		printf("  (%.2f%% of the results differ)",
		       100.0 * differing / (n * BATCH_LANES));
	printf("\n");
	free_filters(k, f, n);
}

static void execute_all(void)
{
	u32 i;

	printf("one executed instruction, on %u seccomp_data: the batch interpreter, libpcap's\n"
	       "bpf_filter(), ___bpf_prog_run() on the converted filter\n",
	       BATCH_LANES);
	printf("  filters  len    batch    libpcap    kernel  to kernel to libpcap  target\n");
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		execute_kind(&kinds[i]);
	printf("\n");
}

/* ---- libseccomp's simulator ---------------------------------------------- */

#define SIM_CALLS 200

static bool sim_knows(const struct filter *f)
{
	u32 pc;

	for (pc = 0; pc < f->len; pc++) {
		switch (f->insns[pc].code) {
		case BPF_LD | BPF_W | BPF_ABS:
		case BPF_ALU | BPF_OR | BPF_K:
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_JMP | BPF_JA:
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_RET | BPF_K:
			break;
		default:
			return false;
		}
	}
	return true;
}

static double children_ns(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e9 +
	       (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

/* Processor time of the child, its start included; 0: it could not be run. */
static double sim_ns(const char *sim, char *option, char *value)
{
	char *argv[] = { (char *)sim, option, value, NULL };
	posix_spawn_file_actions_t quiet;
	double begin = children_ns();
	int status, error;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	error = posix_spawn(&pid, sim, &quiet, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (error || waitpid(pid, &status, 0) != pid)
		return 0;
	return children_ns() - begin;
}

static void interpret_lane(const struct filter *f)
{
	sink += ref_interp(f, &lane_sd[0]).ret;
}

static bool sim_filter(struct filter *f)
{
	u64 seed;

	for (seed = 0; seed < 10000; seed++) {
		*f = random_filter(SHAPE_LIST, 50, seed);
		if (sim_knows(f))
			return true;
		free((void *)f->insns);
	}
	return false;
}

static void simulate(const char *sim, const struct filter *f, char *path)
{
	static const side_fn side[] = { interpret_lane };
	double whole[SIM_CALLS], help[SIM_CALLS], ours;
	u32 i;

	for (i = 0; i < SIM_CALLS; i++) {
		whole[i] = sim_ns(sim, "-f", path);
		help[i] = sim_ns(sim, "-h", NULL);
	}
	take_turns(side, 1, f, &ours);
	printf("  libseccomp's simulator %.0f us, %.0f us without a filter; our interpreter %.3f us\n",
	       median(whole, SIM_CALLS) / 1000, median(help, SIM_CALLS) / 1000,
	       ours / 1000);
}

static void simulate_all(void)
{
	const char *sim = getenv("SCMP_BPF_SIM");
	char path[] = "/tmp/bench.XXXXXX";
	struct filter f;
	size_t size;
	int fd;

	printf("one call of a chain of 50 instructions:\n");
	if (!sim || access(sim, X_OK) || !sim_filter(&f)) {
		printf("  libseccomp's simulator was not measured: no SCMP_BPF_SIM\n\n");
		return;
	}
	size = f.len * sizeof(*f.insns);
	fd = mkstemp(path);
	if (fd < 0 || write(fd, f.insns, size) != (ssize_t)size)
		printf("  could not be measured: %s: %s\n", path,
		       strerror(errno));
	else
		simulate(sim, &f, path);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	free((void *)f.insns);
	printf("\n");
}

/* ---- the whole comparison ----------------------------------------------- */

struct mix {
	const char *name;
	void (*make)(struct input *in, u64 seed);
	double target; /* filters a second */
};

static void make_random_50(struct input *in, u64 seed)
{
	struct rng r = { seed * 0xd1342543de82ef95ull };
	u32 len;

	rng_next(&r);
	in->seed = rng_u32(&r);
	len = generate_filter(&r, &sub->machine, SHAPE_RANDOM, in->insns, 50);
	in->stack.depth = 1;
	in->stack.filter[0] = (struct filter){ in->insns, len };
}

static void make_mixed(struct input *in, u64 seed)
{
	struct rng r = { seed * 0xd1342543de82ef95ull };

	rng_next(&r);
	generate_input(&r, &sub->machine, in);
}

static const struct mix mixes[] = {
	{ "random, 50 instructions, no stacks", make_random_50, 50000 },
	{ "the generator's mix of stacks", make_mixed, 0 },
};

/*
 * What a comparison is made of. A stage is timed in a loop over all stacks that
 * also runs the stage before it, and that one's time is taken off: no clock is
 * read for a single stack, and each meets its filters for the first time.
 */
enum stage {
	STAGE_GENERATE,
	STAGE_ATTACH,
	STAGE_PREPARE, /* a part of attach, once more */
	STAGE_SERVED,
	STAGE_SETS,
	STAGE_BATCH,
	STAGE_COMPARE,
	STAGES,
};

static const struct {
	const char *name;
	enum stage after; /* itself: none */
} stages[STAGES] = {
	[STAGE_GENERATE] = { "generating", STAGE_GENERATE },
	[STAGE_ATTACH] = { "attaching to the subject", STAGE_GENERATE },
	[STAGE_PREPARE] = { "  of it the kernel's emulator", STAGE_ATTACH },
	[STAGE_SERVED] = { "the subject's lookup, 1024 times", STAGE_ATTACH },
	[STAGE_SETS] = { "the set oracle", STAGE_GENERATE },
	[STAGE_BATCH] = { "full execution of what is served", STAGE_SETS },
	[STAGE_COMPARE] = { "the whole comparison", STAGE_GENERATE },
};

static void run_stage(enum stage stage, const struct input *in)
{
	const struct machine *m = &sub->machine;
	const struct stack *s = &in->stack;
	static struct comparison comparison;
	static struct tally tally;
	static struct cache cache;
	struct nrset served;
	u32 i, table;

	switch (stage) {
	case STAGE_ATTACH:
		sub->reset();
		for (i = 0; i < s->depth; i++)
			sub->attach(&s->filter[i]);
		break;
	case STAGE_PREPARE:
		kernel_prepare_x86_64();
		break;
	case STAGE_SERVED:
		for (table = 0; table < m->tables; table++) {
			sub->served(m->table[table].abi->audit_arch, &served);
			sink += served.w[0];
		}
		break;
	case STAGE_SETS:
		cache_init(&cache, m);
		for (i = 0; i < s->depth; i++) {
			if (!filter_check(&s->filter[i]))
				cache_prepare(&cache, m, &s->filter[i],
					      &set_scratch);
		}
		break;
	case STAGE_BATCH:
		for (table = 0; table < m->tables; table++) {
			for (i = 0; i < s->depth; i++) {
				if (!filter_check(&s->filter[i]))
					batch_interp(&s->filter[i], &batch_data,
						     &cache.allow[table],
						     &batch_run,
						     &batch_scratch);
			}
		}
		break;
	case STAGE_COMPARE:
		compare(sub, in, &comparison, &tally, &compare_scratch);
		break;
	default:
		break;
	}
}

/* Nanoseconds a filter, for @stage and what comes before it. */
static double time_stage(const struct mix *mix, enum stage stage)
{
	enum stage after = stages[stage].after;
	double begin = now();
	u64 filters = 0;
	u32 i;

	for (i = 0; i < STACKS; i++) {
		mix->make(&input, 1 + i); /* always the same stacks */
		filters += input.stack.depth;
		if (after != STAGE_GENERATE)
			run_stage(after, &input);
		run_stage(stage, &input);
	}
	return (now() - begin) / filters;
}

static void print_stages(const double *ns, double total)
{
	u32 stage;

	for (stage = 0; stage < STAGES; stage++)
		printf("    %-34s %7.2f us %5.1f%%\n", stages[stage].name,
		       ns[stage] / 1000, 100 * ns[stage] / total);
	printf("    %-34s %7.2f us\n", "  of it on top of these",
	       (ns[STAGE_COMPARE] - ns[STAGE_ATTACH] - ns[STAGE_SERVED] -
		ns[STAGE_SETS] - ns[STAGE_BATCH]) / 1000);
}

static void compare_mix(const struct mix *mix)
{
	double t[STAGES][ROUNDS], sum[STAGES], ns[STAGES], total, bare, rate;
	u32 stage, round;

	for (round = 0; round < ROUNDS; round++) {
		for (stage = 0; stage < STAGES; stage++)
			t[stage][round] = time_stage(mix, stage);
	}
	for (stage = 0; stage < STAGES; stage++)
		sum[stage] = median(t[stage], ROUNDS);
	for (stage = 0; stage < STAGES; stage++) {
		ns[stage] = sum[stage];
		if (stages[stage].after != stage)
			ns[stage] -= sum[stages[stage].after];
	}

	total = sum[STAGE_COMPARE];
	bare = ns[STAGE_ATTACH] + ns[STAGE_SERVED];
	rate = 1e9 / total;
	printf("  %s: %.0f filters/s, %.1f times the subject's code alone (%.0f/s)",
	       mix->name, rate, total / bare, 1e9 / bare);
	if (mix->target)
		printf(", target %.0f %s", mix->target,
		       rate >= mix->target ? "met" : "NOT met");
	printf("\n");
	print_stages(ns, total);
}

static void compare_all(void)
{
	u32 i;

	printf("the whole comparison against %s, a filter:\n", sub->name);
	for (i = 0; i < ARRAY_SIZE(mixes); i++)
		compare_mix(&mixes[i]);
}

/* ---- real filters ------------------------------------------------------- */

static void read_raw(const char *path)
{
	static u8 raw[INPUT_MAX_SIZE + 1];
	FILE *f = fopen(path, "rb");
	size_t size;
	u32 i;

	if (!f) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		exit(COULD_NOT);
	}
	size = fread(raw, 1, sizeof(raw), f);
	fclose(f);
	if (input_read(&input, raw, size))
		return;
	for (i = 0; i < input.stack.depth && reals < MAX_REAL; i++) {
		if (!filter_check(&input.stack.filter[i]))
			real[reals++] = copy_filter(input.stack.filter[i].insns,
						    input.stack.filter[i].len);
	}
}

static void read_path(const char *path)
{
	struct dirent **names;
	int i, n = scandir(path, &names, NULL, alphasort);

	if (n < 0) {
		read_raw(path);
		return;
	}
	for (i = 0; i < n; i++) {
		size_t len = strlen(names[i]->d_name);
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (len > 4 && !strcmp(names[i]->d_name + len - 4, ".raw"))
			read_raw(file);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	int i;

	sub = kernel_subject_x86_64();
	if (!kernel_prepare_x86_64()) {
		fprintf(stderr,
			"bench: %s: seccomp_cache_prepare() takes other arguments than one filter\n",
			sub->name);
		return 2;
	}
	for (i = 1; i < argc; i++)
		read_path(argv[i]);
	if (reals)
		printf("%u real filters\n\n", reals);
	else
		printf("no real filters: name files that scripts/capture-filters.sh made\n\n");

	fill_lanes();
	decide_all();
	execute_all();
	simulate_all();
	compare_all();
	return 0;
}
