// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our checker and interpreters against code that others wrote, on generated
 * programs: the kernel's checker and interpreter, libpcap's interpreter, and
 * libseccomp's simulator.
 *
 *	foreign_agree [--programs N] [--seed N] [--sims N]
 *
 * --programs, or PROGRAMS in the environment: how many the checkers look at
 * --seed: another set of programs
 * --sims: how often the simulator is started; it is a process for each call
 *
 * The simulator is SCMP_BPF_SIM in the environment, see
 * scripts/build-scmp-sim.sh; without it that part is skipped, and says so. An
 * engine with which nothing was compared is a failure.
 */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action.h"
#include "batch.h"
#include "checker.h"
#include "cli.h"
#include "generate.h"
#include "insns.h"
#include "ref_interp.h"
#include "subjects.h"
#include "tap.h"
#include "text.h"
#include "witness.h"

#define LANES	      24 /* calls that an executed program is given */
#define EXECUTE_EVERY 8	 /* programs, of those that are accepted */
#define SHOWN	      3	 /* differences that are printed */

/* libpcap's own header and <linux/filter.h> define the same names. */
unsigned int bpf_filter(const struct sock_filter *insns, const u8 *packet,
			unsigned int wire_len, unsigned int len);

extern char **environ;

static struct {
	u64 programs;
	u64 seed;
	u64 sims;
	const char *sim;
} opt = { 400000, 1, 1200, NULL };

static const struct subject *subjects[INPUT_PLATFORMS];
static struct sock_filter insns[INPUT_MAX_INSNS + 1];
static struct batch_scratch scratch;
static struct batch_data data;
static struct batch_run run;

/* One engine or checker: what was compared with it, and what came out. */
struct tally {
	u64 compared;
	u64 differ;
};

static struct tally checked, batched, kernel, pcap, sim;
static u64 accepted, refused, executed;

/* Programs that one cannot run, or runs differently, and why that is known. */
enum known {
	PCAP_FAR_SHIFT,
	SIM_OPCODE,
	SIM_LENGTH,
	SIM_ACTION,
	SIM_IP,
	KNOWN,
};

static struct {
	const char *what;
	u64 cases;
} known[KNOWN] = {
	[PCAP_FAR_SHIFT] = {
		.what = "libpcap: a shift by X of 32 and more gives 0",
	},
	[SIM_OPCODE] = {
		.what = "libseccomp knows no JSET, X, M[], RET A, LEN, IMM and "
			"no ALU but AND and OR",
	},
	[SIM_LENGTH] = { .what = "libseccomp takes 4095 instructions" },
	[SIM_ACTION] = {
		.what = "libseccomp knows no USER_NOTIF and not all actions",
	},
	[SIM_IP] = {
		.what = "libseccomp's instruction pointer is always 0",
	},
};

static void show(const char *who, const struct filter *f, const struct sd *sd,
		 u32 want, u32 got)
{
	static char text[TEXT_MAX_SIZE(INPUT_MAX_INSNS)];
	char *line;
	u32 i;

	diag("%s: 0x%08x, and not 0x%08x", who, got, want);
	for (i = 0; sd && i < SD_WORDS; i++)
		diag("word %u is 0x%08x", i, sd->w[i]);
	if (text_print(f, text, sizeof(text)) < 0)
		return;
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		diag("%s", line);
}

/* Counts one comparison; false and a text if it failed. */
static bool agree(struct tally *t, const char *who, const struct filter *f,
		  const struct sd *sd, u32 want, u32 got)
{
	t->compared++;
	if (want == got)
		return true;
	if (t->differ++ < SHOWN)
		show(who, f, sd, want, got);
	return false;
}

/*
 * Was the run at instruction @pc, and with which X? Cut there, the filter
 * returns; a jump over the cut ends elsewhere.
 */
static bool x_at(const struct filter *f, const struct sd *sd, u32 pc, u32 *x)
{
	static struct sock_filter cut[FILTER_MAX_INSNS + 1];
	struct filter c = { cut, pc + 1 };

	memcpy(cut, f->insns, pc * sizeof(*cut));
	cut[pc] = (struct sock_filter)RET_A;
	if (ref_interp(&c, sd).pc != pc)
		return false;
	cut[pc] = (struct sock_filter)TXA;
	cut[pc + 1] = (struct sock_filter)RET_A;
	c.len++;
	*x = ref_interp(&c, sd).ret;
	return true;
}

/* Did the run shift by an X of 32 and more? */
static bool shifts_far(const struct filter *f, const struct sd *sd)
{
	u32 pc, x;

	for (pc = 0; pc < f->len; pc++) {
		if ((f->insns[pc].code == (BPF_ALU | BPF_LSH | BPF_X) ||
		     f->insns[pc].code == (BPF_ALU | BPF_RSH | BPF_X)) &&
		    x_at(f, sd, pc, &x) && x > 31)
			return true;
	}
	return false;
}

/* A packet's words are big-endian, and so libpcap reads them. */
static void compare_pcap(const struct filter *f, const struct sd *sd, u32 want)
{
	u8 packet[4 * SD_WORDS];
	u32 i, got;

	for (i = 0; i < sizeof(packet); i++)
		packet[i] = sd->w[i / 4] >> (24 - i % 4 * 8);
	got = bpf_filter(f->insns, packet, sizeof(packet), sizeof(packet));
	if (got != want && shifts_far(f, sd)) {
		known[PCAP_FAR_SHIFT].cases++;
		return;
	}
	agree(&pcap, "libpcap", f, sd, want, got);
}

/* Random calls, and calls that the filter's constants were solved for. */
static void make_calls(const struct filter *f, const struct machine *m,
		       struct rng *r)
{
	static struct witness_scratch search;
	struct stack s = { 1, { *f } };
	u32 lane, word;

	for (lane = 0; lane < LANES; lane++) {
		struct sd sd;

		sd.w[SD_NR] = rng_below(r, 8) ? rng_below(r, 480) : rng_u32(r);
		sd.w[SD_ARCH] =
			m->table[rng_below(r, m->tables)].abi->audit_arch;
		for (word = SD_IP; word < SD_WORDS; word++)
			sd.w[word] = rng_u32(r);
		if (lane % 4) {
			witness_fill(&s, &sd, r);
			/* nr is compared more often than any argument. */
			if (lane % 4 > 1)
				sd.w[SD_NR] = sd.w[SD_IP];
		}
		if (lane % 8 == 1)
			witness_search(&s, &sd, 16, r, &search);
		for (word = 0; word < SD_WORDS; word++)
			data.w[word][lane] = sd.w[word];
	}
}

static void compare_engines(const struct subject *sub, const struct filter *f,
			    struct rng *r)
{
	u32 lane;

	make_calls(f, &sub->machine, r);
	batch_first(f, &data, LANES, &run, &scratch);
	executed++;
	for (lane = 0; lane < LANES; lane++) {
		struct sd sd = batch_sd(&data, lane);
		u32 want = ref_interp(f, &sd).ret;

		agree(&batched, "batch", f, &sd, want, run.ret[lane]);
		agree(&kernel, sub->name, f, &sd, want, sub->exec(0, &sd));
		compare_pcap(f, &sd, want);
	}
}

/* A field of a valid program gets another value: half are valid still. */
static void change_field(struct rng *r, u32 len)
{
	struct sock_filter *insn = &insns[rng_below(r, len)];

	switch (rng_below(r, 4)) {
	case 0:
		insn->code ^= 1u << rng_below(r, 16);
		break;
	case 1:
		insn->jt += rng_below(r, 3) - 1;
		break;
	case 2:
		insn->jf = rng_u32(r);
		break;
	default:
		insn->k ^= 1u << rng_below(r, 32);
	}
}

static u32 any_len(struct rng *r)
{
	if (rng_one_in(r, 5000))
		return FILTER_MAX_INSNS - rng_below(r, 2);
	if (rng_one_in(r, 200))
		return 1 + rng_below(r, 1000);
	return 1 + rng_below(r, 40);
}

/* Every shape, every third a near-miss, another third with a field changed. */
static struct filter make_program(struct rng *r, u64 i)
{
	const struct machine *m = &subjects[i % INPUT_PLATFORMS]->machine;
	enum shape shape = i % 3 ? i % SHAPE_NEAR_MISS : SHAPE_NEAR_MISS;
	struct filter f = { insns, 0 };

	f.len = generate_filter(r, m, shape, insns, any_len(r));
	if (i % 3 == 1)
		change_field(r, f.len);
	return f;
}

static void progress(const char *what, u64 i, u64 n)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (i < n)
		fprintf(stderr, "\r%s: %" PRIu64 " of %" PRIu64 " ", what, i,
			n);
	else
		fprintf(stderr, "\r\033[K");
}

static void compare_programs(void)
{
	struct rng r = { opt.seed };
	u64 i;

	for (i = 0; i < opt.programs; i++) {
		const struct subject *sub = subjects[i / 7 % INPUT_PLATFORMS];
		struct filter f = make_program(&r, i);
		int ret = filter_check(&f);

		if (i % 4096 == 0)
			progress("programs", i, opt.programs);
		sub->reset();
		if (!agree(&checked, sub->name, &f, NULL, ret, sub->attach(&f)))
			continue;
		if (ret) {
			refused++;
			continue;
		}
		if (accepted++ % EXECUTE_EVERY == 0)
			compare_engines(sub, &f, &r);
	}
	progress("programs", i, i);
}

/* ---- libseccomp's simulator ------------------------------------------- */

/* What it knows: see its bpf_execute(). */
static bool sim_runs(const struct filter *f)
{
	u32 pc;

	if (f->len == FILTER_MAX_INSNS) {
		known[SIM_LENGTH].cases++;
		return false;
	}
	for (pc = 0; pc < f->len; pc++) {
		const struct sock_filter *insn = &f->insns[pc];

		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (insn->k != 8 && insn->k != 12)
				break;
			known[SIM_IP].cases++;
			return false;
		case BPF_ALU | BPF_OR | BPF_K:
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_JMP | BPF_JA:
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_RET | BPF_K:
			break;
		default:
			known[SIM_OPCODE].cases++;
			return false;
		}
	}
	return true;
}

/* What it prints for a return value; false: it does not know the action. */
static bool sim_prints(u32 ret, char *text, size_t size)
{
	u32 d = ret & SECCOMP_RET_DATA;

	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
		snprintf(text, size, "KILL_PROCESS\n");
		return true;
	case SECCOMP_RET_KILL_THREAD:
		snprintf(text, size, "KILL\n");
		return true;
	case SECCOMP_RET_TRAP:
		snprintf(text, size, "TRAP\n");
		return true;
	case SECCOMP_RET_ERRNO:
		snprintf(text, size, "ERRNO(%u)\n", d);
		return true;
	case SECCOMP_RET_TRACE:
		snprintf(text, size, "TRACE(%u)\n", d);
		return true;
	case SECCOMP_RET_LOG:
		snprintf(text, size, "LOG\n");
		return true;
	case SECCOMP_RET_ALLOW:
		snprintf(text, size, "ALLOW\n");
		return true;
	default:
		return false;
	}
}

/* Its names, for the archs that our platforms have. */
static const char *sim_arch(const struct abi *abi)
{
	return strcmp(abi->name, "ia32") ? abi->name : "x86";
}

/* The program as the target has it in memory. */
static bool sim_write(const char *path, const struct filter *f, bool big_endian)
{
	FILE *out = fopen(path, "wb");
	u32 pc;

	if (!out)
		return false;
	for (pc = 0; pc < f->len; pc++) {
		struct sock_filter insn = f->insns[pc];

		if (big_endian) {
			insn.code = __builtin_bswap16(insn.code);
			insn.k = __builtin_bswap32(insn.k);
		}
		fwrite(&insn, sizeof(insn), 1, out);
	}
	return !fclose(out);
}

/* One line of its output, or "" and a line of diagnosis. */
static void sim_call(const char *path, const struct abi *abi,
		     const struct sd *sd, char *text, size_t size)
{
	char nr[16], arg[6][32];
	char *argv[] = {
		(char *)opt.sim, "-f", (char *)path, "-a",
		(char *)sim_arch(abi), "-s", nr, "-0", arg[0], "-1", arg[1],
		"-2", arg[2], "-3", arg[3], "-4", arg[4], "-5", arg[5], NULL,
	};
	posix_spawn_file_actions_t actions;
	int fds[2], err, status = 0;
	ssize_t n = 0;
	pid_t pid;
	u32 i;

	snprintf(nr, sizeof(nr), "0x%x", sd->w[SD_NR]);
	for (i = 0; i < 6; i++) {
		u32 lo = sd->w[sd_arg_lo(i, abi->big_endian)];
		u32 hi = sd->w[sd_arg_hi(i, abi->big_endian)];

		snprintf(arg[i], sizeof(arg[i]), "0x%08x%08x", hi, lo);
	}

	*text = 0;
	if (pipe(fds))
		return;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
	err = posix_spawn(&pid, opt.sim, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (!err) {
		n = read(fds[0], text, size - 1);
		waitpid(pid, &status, 0);
	}
	close(fds[0]);
	text[n > 0 ? n : 0] = 0;
	if (err)
		diag("%s: %s", opt.sim, strerror(err));
}

/* Prefers programs that it knows: lists and trees over nr and arguments. */
static void compare_sim(void)
{
	static const enum shape shapes[] = {
		SHAPE_LIST, SHAPE_TREE, SHAPE_LIST, SHAPE_STUB, SHAPE_RANDOM,
	};
	char path[] = "/tmp/foreign_agree.XXXXXX";
	struct rng r = { opt.seed + 1 };
	int fd = mkstemp(path);
	u64 i, lane;

	if (fd < 0) {
		diag("no temporary file: %s", strerror(errno));
		return;
	}
	close(fd);

	for (i = 0; sim.compared < opt.sims && i < 100 * opt.sims; i++) {
		const struct subject *sub = subjects[i % INPUT_PLATFORMS];
		const struct machine *m = &sub->machine;
		struct filter f = { insns, 0 };

		f.len = generate_filter(&r, m,
					shapes[i % ARRAY_SIZE(shapes)], insns,
					rng_one_in(&r, 400) ?
						FILTER_MAX_INSNS :
						1 + rng_below(&r, 60));
		if (!sim_runs(&f) ||
		    !sim_write(path, &f, m->platform->native->big_endian))
			continue;
		make_calls(&f, m, &r);
		for (lane = 0; lane < 6; lane++) {
			struct sd sd = batch_sd(&data, lane);
			const struct abi *abi =
				abi_by_audit_arch(sd.w[SD_ARCH]);
			u32 ret = ref_interp(&f, &sd).ret;
			char want[32], got[64];

			if (!sim_prints(ret, want, sizeof(want))) {
				known[SIM_ACTION].cases++;
				continue;
			}
			sim_call(path, abi, &sd, got, sizeof(got));
			if (!agree(&sim, "libseccomp", &f, &sd, ret,
				   strcmp(want, got) ? ~ret : ret))
				diag("it printed %s", got);
		}
		progress("libseccomp", sim.compared, opt.sims);
	}
	progress("libseccomp", 1, 1);
	unlink(path);
}

static bool all_agree(const struct tally *t)
{
	return t->compared && !t->differ;
}

static void report(void)
{
	u32 i;

	ok(all_agree(&checked) && accepted && refused,
	   "the kernel's checks: %" PRIu64 " programs, %" PRIu64
	   " accepted and %" PRIu64 " refused by both, %" PRIu64 " differ",
	   checked.compared, accepted, refused, checked.differ);
	ok(all_agree(&kernel),
	   "the kernel's interpreter: %" PRIu64 " calls of %" PRIu64
	   " programs, %" PRIu64 " differ",
	   kernel.compared, executed, kernel.differ);
	ok(all_agree(&batched),
	   "batch and reference: %" PRIu64 " calls, %" PRIu64 " differ",
	   batched.compared, batched.differ);
	ok(all_agree(&pcap), "libpcap: %" PRIu64 " calls, %" PRIu64 " differ",
	   pcap.compared, pcap.differ);
	if (opt.sim)
		ok(all_agree(&sim),
		   "libseccomp's simulator: %" PRIu64 " calls, %" PRIu64
		   " differ", sim.compared, sim.differ);
	else
		ok(true, "libseccomp's simulator # SKIP no SCMP_BPF_SIM, see "
			 "scripts/build-scmp-sim.sh");

	for (i = 0; i < KNOWN; i++) {
		if (known[i].cases)
			diag("set aside: %s: %" PRIu64, known[i].what,
			     known[i].cases);
	}
}

static int usage(const char *what)
{
	fprintf(stderr, "foreign_agree: %s; see the head of its source\n",
		what);
	return 2;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		u64 *value;
	} options[] = {
		{ "--programs", &opt.programs },
		{ "--seed", &opt.seed },
		{ "--sims", &opt.sims },
	};
	const char *env = getenv("PROGRAMS");
	int i;
	u32 k;

	if (env && !parse_u64(env, &opt.programs))
		return usage("PROGRAMS is no number");
	for (i = 1; i < argc; i += 2) {
		for (k = 0; k < ARRAY_SIZE(options); k++) {
			if (!strcmp(argv[i], options[k].name))
				break;
		}
		if (k == ARRAY_SIZE(options))
			return usage("unknown option");
		if (!argv[i + 1] || !parse_u64(argv[i + 1], options[k].value))
			return usage("impossible value");
	}
	opt.sim = getenv("SCMP_BPF_SIM");
	if (opt.sim && !*opt.sim)
		opt.sim = NULL;

	subjects[0] = kernel_subject_x86_64();
	subjects[1] = kernel_subject_arm64();
	subjects[2] = kernel_subject_s390x();
	compare_programs();
	if (opt.sim)
		compare_sim();
	report();
	return tap_done();
}
