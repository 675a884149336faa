// SPDX-License-Identifier: GPL-2.0-only
/*
 * The classic cases of the kernel's lib/test_bpf.c, with the results that its
 * authors expect, in our interpreters and in the kernel's.
 *
 *	foreign_test_bpf [TREE]
 *
 * TREE, or KERNEL in the environment, or what scripts/fetch-kernel.sh finds.
 * The cases are taken from it by scripts/test-bpf-cases.py when this runs.
 *
 * A case is for a socket filter. Its packet becomes a seccomp_data: loads of
 * words are big-endian there. What seccomp refuses, or what depends on a packet
 * of another length than 64, is counted as not applicable, with the reason.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "checker.h"
#include "insns.h"
#include "ref_interp.h"
#include "subjects.h"
#include "tap.h"

#define NO_PACKET  1
#define REFUSED	   2
#define FRAGMENTS  4
#define MAX_TESTS  3
#define PACKET	   128

static struct bpf_case {
	u32 flags;
	u32 len;
	u32 tests;
	char name[128];
	struct sock_filter insns[FILTER_MAX_INSNS + 1];
	u8 packet[PACKET];
	struct {
		s32 size;
		u32 result;
	} test[MAX_TESTS];
} c;

static struct batch_scratch scratch;
static struct batch_data data;
static struct batch_run run;
static const struct subject *subjects[3];

enum reason {
	PACKET_LOAD,
	MODULO,
	ANCILLARY,
	UNALIGNED,
	SOCKET_CHECK,
	LENGTH,
	SHORT_PACKET,
	REASONS,
};

/* Not applicable: whole cases but for the last two, which are of subtests. */
static struct {
	const char *what;
	u32 count;
} reasons[REASONS] = {
	[PACKET_LOAD] = { .what = "cases that load bytes, halfwords or at X" },
	[MODULO] = { .what = "cases with MOD" },
	[ANCILLARY] = {
		.what = "cases that load beyond 64 bytes or at SKF_AD_OFF",
	},
	[UNALIGNED] = { .what = "cases that load a word at an odd place" },
	[SOCKET_CHECK] = { .what = "other cases that seccomp refuses" },
	[LENGTH] = {
		.what = "subtests with LEN of a packet that is not 64",
	},
	[SHORT_PACKET] = {
		.what = "subtests that load behind a shorter packet",
	},
};

static u32 cases, used, used_subtests, used_refused, executions;

static bool read_case(FILE *in)
{
	u32 i, byte;

	if (fscanf(in, "case %u %u %u %127[^\n] ", &c.flags, &c.len, &c.tests,
		   c.name) != 4 ||
	    c.len > ARRAY_SIZE(c.insns) || c.tests > MAX_TESTS)
		return false;
	for (i = 0; i < c.len; i++) {
		u32 code, jt, jf, k;

		if (fscanf(in, "%u %u %u %u ", &code, &jt, &jf, &k) != 4)
			return false;
		c.insns[i] = (struct sock_filter){ code, jt, jf, k };
	}
	if (fscanf(in, "data ") == EOF)
		return false;
	for (i = 0; i < PACKET; i++) {
		if (fscanf(in, "%2x", &byte) != 1)
			return false;
		c.packet[i] = byte;
	}
	for (i = 0; i < c.tests; i++) {
		if (fscanf(in, " test %d %u ", &c.test[i].size,
			   &c.test[i].result) != 2)
			return false;
	}
	return true;
}

/* Why seccomp refuses a program that a socket takes. */
static enum reason why_refused(void)
{
	u32 pc;

	for (pc = 0; pc < c.len; pc++) {
		const struct sock_filter *insn = &c.insns[pc];

		if (BPF_CLASS(insn->code) == BPF_ALU &&
		    BPF_OP(insn->code) == BPF_MOD)
			return MODULO;
		if (BPF_CLASS(insn->code) > BPF_LDX)
			continue;
		if (BPF_MODE(insn->code) == BPF_IND ||
		    BPF_MODE(insn->code) == BPF_MSH ||
		    (BPF_MODE(insn->code) == BPF_ABS &&
		     BPF_SIZE(insn->code) != BPF_W))
			return PACKET_LOAD;
		if (BPF_MODE(insn->code) == BPF_ABS && insn->k >= 64)
			return ANCILLARY;
		if (BPF_MODE(insn->code) == BPF_ABS && insn->k % 4)
			return UNALIGNED;
	}
	return SOCKET_CHECK;
}

static bool uses_length(void)
{
	u32 pc;

	for (pc = 0; pc < c.len; pc++) {
		if (c.insns[pc].code == (BPF_LD | BPF_W | BPF_LEN) ||
		    c.insns[pc].code == (BPF_LDX | BPF_W | BPF_LEN))
			return true;
	}
	return false;
}

static struct sd packet_words(void)
{
	struct sd sd;
	u32 i;

	for (i = 0; i < SD_WORDS; i++) {
		const u8 *p = &c.packet[4 * i];

		sd.w[i] = (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
	}
	return sd;
}

static bool returns(const char *who, u32 got, u32 want)
{
	executions++;
	if (got == want)
		return true;
	diag("%s: %s: 0x%08x, expected 0x%08x", c.name, who, got, want);
	return false;
}

static bool run_subtest(const struct filter *f, u32 i)
{
	u32 size = c.flags & NO_PACKET ? 0 : c.test[i].size;
	struct sd sd = packet_words();
	struct run r = ref_interp(f, &sd);
	u32 word, k;
	bool good;

	if (uses_length() && size != 64) {
		reasons[LENGTH].count++;
		return true;
	}
	for (word = 0; word < SD_WORDS; word++) {
		if (r.reads >> word & 1 && 4 * word + 4 > size) {
			reasons[SHORT_PACKET].count++;
			return true;
		}
		data.w[word][17] = sd.w[word];
	}

	good = returns("ref_interp", r.ret, c.test[i].result);
	batch_first(f, &data, BATCH_LANES, &run, &scratch);
	good &= returns("batch", run.ret[17], c.test[i].result);
	for (k = 0; k < ARRAY_SIZE(subjects); k++)
		good &= returns(subjects[k]->name, subjects[k]->exec(0, &sd),
				c.test[i].result);
	used_subtests++;
	return good;
}

/* Both checkers, then each subtest that means something here. */
static bool run_case(void)
{
	struct filter f = { c.insns, c.len };
	int ret = filter_check(&f);
	u32 before = used_subtests;
	bool good = true;
	u32 i;

	cases++;
	for (i = 0; i < ARRAY_SIZE(subjects); i++) {
		subjects[i]->reset();
		if (subjects[i]->attach(&f) == ret)
			continue;
		diag("%s: %s attaches otherwise: not %d", c.name,
		     subjects[i]->name, ret);
		good = false;
	}
	if (c.flags & REFUSED) {
		if (!ret)
			diag("%s: accepted", c.name);
		used_refused++;
		used++;
		return good && ret;
	}
	if (ret) {
		reasons[why_refused()].count++;
		return good;
	}
	for (i = 0; i < c.tests; i++)
		good &= run_subtest(&f, i);
	used += used_subtests > before;
	return good;
}

static const char *first_line(const char *command)
{
	static char line[4096];
	FILE *p = popen(command, "r");

	if (!p)
		return NULL;
	if (!fgets(line, sizeof(line), p))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	return pclose(p) || !line[0] ? NULL : line;
}

int main(int argc, char **argv)
{
	const char *tree = argc > 1 ? argv[1] : getenv("KERNEL");
	char command[4200];
	bool good = true;
	FILE *in;
	u32 i;

	subjects[0] = kernel_subject_x86_64();
	subjects[1] = kernel_subject_arm64();
	subjects[2] = kernel_subject_s390x();
	if (!tree || !*tree)
		tree = first_line("scripts/fetch-kernel.sh 6.12");
	if (!ok(tree, "a kernel tree to take the cases from"))
		return tap_done();

	snprintf(command, sizeof(command), "scripts/test-bpf-cases.py '%s'",
		 tree);
	in = popen(command, "r");
	while (in && read_case(in))
		good &= run_case();
	ok(in && feof(in) && !pclose(in) && cases > 100,
	   "%u classic cases in lib/test_bpf.c", cases);
	ok(good && used > used_refused && used_refused,
	   "as expected there: %u of them, with %u subtests in %u executions; "
	   "%u are programs to be refused", used, used_subtests, executions,
	   used_refused);
	for (i = 0; i < REASONS; i++) {
		if (reasons[i].count)
			diag("not applicable: %u %s", reasons[i].count,
			     reasons[i].what);
	}
	return tap_done();
}
