// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of case files, the reference against every case of the corpus,
 * and what is printed for people.
 *
 *	unit_casefile [DIRECTORY...]	default: corpus, corpus/regress
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/casefile.h"
#include "../harness/report.h"
#include "tap.h"

static struct casefile c;
static char error[256];

static int parse(const char *text)
{
	error[0] = '\0';
	return casefile_parse("case", text, strlen(text), &c, error,
			      sizeof(error));
}

static const struct {
	const char *text;
	const char *error; /* how it begins */
} bad[] = {
	{ "", "case:1: no filter" },
	{ "; nothing\n", "case:1: no filter" },
	{ ";; filter\n;; what\nret a", "case:2: ';; what' without text" },
	{ ";; wat is this\nret a", "case:1: ';; wat': no such directive" },
	{ "ret a\n;;\n", "case:2: ';; ': no such directive" },
	{ ";; what one\n;; what two\nret a", "case:2: a second ';; what'" },
	{ ";; platform arm\nret a", "case:1: platform 'arm'" },
	{ ";; platform\nret a", "case:1: ';; platform' without a name" },
	{ ";; platform arm64, arm64\nret a", "case:1: platform 'arm64'" },
	{ ";; platform all\n;; platform all\nret a",
	  "case:2: a second ';; platform'" },
	{ ";; seed -1x\nret a", "case:1: seed '-1x'" },
	{ ";; seed 0x100000000\nret a", "case:1: seed" },
	{ ";; seed\nret a", "case:1: seed ''" },
	{ "ret a\n;; attach EACCES", "case:2: attach 'EACCES'" },
	{ "ret a\n;; attach 0\n;; attach 0", "case:3: a second ';; attach'" },
	{ "ret a\n;; filter 2\nret a", "case:2: ';; filter' takes nothing" },
	{ "ret a\n;; cached x32 none", "case:2: ABI 'x32'" },
	{ "ret a\n;; cached s390x none", "case:2: ABI 's390x' is of no" },
	{ "ret a\n;; cached ia32", "case:2: ';; cached ia32' without" },
	{ "ret a\n;; cached ia32 none\n;; cached ia32 none",
	  "case:3: a second ';; cached ia32'" },
	{ "ret a\n;; cached ia32 5,4", "case:2: '4': not in ascending" },
	{ "ret a\n;; cached ia32 5-4", "case:2: '5-4': not in ascending" },
	{ "ret a\n;; cached ia32 5-,9", "case:2: '9': not in ascending" },
	{ "ret a\n;; cached ia32 1-2-3", "case:2: '1-2-3': not a range" },
	{ "ret a\n;; cached ia32 -3", "case:2: '-3': not a number" },
	{ "ret a\n;; cached ia32 1,,2", "case:2: '': not a number" },
	{ "ret a\n;; cached ia32 0-512", "case:2: '0-512': no table" },
	{ "ret a\n;; cached ia32 some", "case:2: 'some': not a number" },
	{ "ret a\n;; verdict x nr=1 -> ALLOW", "case:2: ABI 'x'" },
	{ "ret a\n;; verdict arm nr=1 -> ALLOW", "case:2: ABI 'arm' is of" },
	{ "ret a\n;; verdict ia32 -> ALLOW", "case:2: verdict without nr=" },
	{ "ret a\n;; verdict ia32 nr=1", "case:2: verdict without '->'" },
	{ "ret a\n;; verdict ia32 nr= -> LOG", "case:2: 'nr=': not a 32" },
	{ "ret a\n;; verdict ia32 nr=4294967296 -> LOG", "case:2: 'nr=429" },
	{ "ret a\n;; verdict ia32 nr=-2147483649 -> LOG", "case:2: 'nr=-21" },
	{ "ret a\n;; verdict ia32 nr=1 nr=1 -> LOG", "case:2: 'nr=1': not" },
	{ "ret a\n;; verdict ia32 nr=1 arg=1 -> LOG", "case:2: 'arg=1': not" },
	{ "ret a\n;; verdict ia32 nr=1 args=1,2,3,4,5,6,7 -> LOG",
	  "case:2: 'args=1,2,3,4,5,6,7': not one to six" },
	{ "ret a\n;; verdict ia32 nr=1 args=0x10000000000000000 -> LOG",
	  "case:2: 'args=0x10000000000000000': not one to six" },
	{ "ret a\n;; verdict ia32 nr=1 ip=x -> LOG", "case:2: 'ip=x'" },
	{ "ret a\n;; verdict ia32 nr=1 -> OK", "case:2: verdict 'OK'" },
	{ "ret a\n;; verdict ia32 nr=1 ->", "case:2: verdict ''" },
	{ "ret a\n;; verdict ia32 nr=1 -> LOG LOG", "case:2: verdict 'LOG LO" },
	{ "ret a\n;; verdict ia32 nr=1 -> ERRNO", "case:2: verdict ERRNO nee" },
	{ "ret a\n;; verdict ia32 nr=1 -> TRAP(1", "case:2: 'TRAP(1'" },
	{ "ret a\n;; verdict ia32 nr=1 -> TRAP(65536)", "case:2: 'TRAP(655" },
	{ ";; catches\nret a", "case:1: ';; catches' without" },
	{ ";; catches one two,\nret a", "case:1: catches 'two,': not a name" },
	{ "ret a\n;; cached all none\n;; cached ia32 none",
	  "case:3: a second ';; cached ia32'" },
	{ "ret a\n;; cached all none\n;; platform all",
	  "case:3: ';; platform' after 'all'" },
	{ "ret a\n;; verdict all nr=x -> ALLOW", "case:2: 'nr=x'" },
	{ "ret a\nfoo\n", "case:3: instruction, or ':'" },
	{ "ret a\n;; filter\n\nret q\n", "case:4: unknown word" },
	{ "ret a\n/*\n;; filter\n*/", "case:2: unknown character" },
	{ "ret \033[2Ja", "case:1: unknown character" },
	{ ";; \033[2J\nret a", "case:1: ';; ?[2J'" },
	{ ";; filter\n;; filter\n;; filter\n;; filter\n;; filter\n;; filter\n"
	  ";; filter\n;; filter\n;; filter\n", "case:9: more than 8 filters" },
};

static void test_bad(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int err = parse(bad[i].text);
		bool right = err == -EINVAL &&
			     !strncmp(error, bad[i].error,
				      strlen(bad[i].error)) &&
			     !strchr(error, '\n');

		if (!right)
			diag("%d: %s", err, error);
		ok(right, "refused: %s", bad[i].error);
		casefile_free(&c);
	}
}

static void test_unreadable(void)
{
	static const char zero[] = "ret a\n\0ret a";
	int err;

	err = casefile_read("/nonexistent/case.bpf", &c, error, sizeof(error));
	ok(err == -ENOENT && !strncmp(error, "/nonexistent/case.bpf: ", 23),
	   "a file that is not there");
	err = casefile_read("/", &c, error, sizeof(error));
	ok(err == -EISDIR && !strncmp(error, "/: ", 3), "a directory");
	err = casefile_read("/dev/zero", &c, error, sizeof(error));
	ok(err == -EFBIG, "a file without end");
	err = casefile_parse("case", zero, sizeof(zero) - 1, &c, error,
			     sizeof(error));
	ok(err == -EINVAL && !strncmp(error, "case:2: a zero", 14),
	   "a zero byte");
	err = casefile_parse("case", "ret q", 5, &c, error, 8);
	ok(err == -EINVAL && strlen(error) == 7, "a short error buffer");
}

static void test_good(void)
{
	int err = parse(";; what it is\n"
			"  ;; platform s390x, arm64\n"
			";; seed 7\n"
			"ret #1 ret #2\n"
			";; filter\n"
			";; attach EINVAL\n"
			";; filter\n"
			"ret #3\n"
			";; cached s390 1-3, 7 9-\n"
			";; verdict s390x args=0x100000002,-1 nr=-1 "
			"ip=0x300000004 -> ERRNO(0x10)\n");
	const struct stack *s;

	if (!ok(err == 0, "a file with every directive"))
		return diag("%s", error);
	s = &c.input->stack;
	ok(!strcmp(c.what, "it is") && c.platforms == 6 &&
	   c.input->platform == 1 && c.input->seed == 7, "its head");
	ok(s->depth == 3 && s->filter[0].len == 2 && s->filter[1].len == 0 &&
	   s->filter[2].len == 1 && s->filter[2].insns[0].k == 3,
	   "its filters");
	ok(s->filter[2].insns == input_room(c.input, 2),
	   "each in the room of its own");
	ok(!c.attach[0] && c.attach[1] == -EINVAL && !c.attach[2],
	   "what attaching them gives");
	ok(c.nr_cached == 1 && nrset_has(&c.cached[0].nrs, 7) &&
	   nrset_has(&c.cached[0].nrs, 3) && !nrset_has(&c.cached[0].nrs, 8) &&
	   c.cached[0].from == 9, "the bitmap");
	ok(c.nr_verdicts == 1 && c.verdict[0].sd.w[SD_NR] == 0xffffffff &&
	   c.verdict[0].sd.w[SD_ARCH] == 0x80000016 &&
	   c.verdict[0].sd.w[SD_IP] == 3 && c.verdict[0].sd.w[SD_IP + 1] == 4 &&
	   c.verdict[0].sd.w[SD_ARGS] == 1 &&
	   c.verdict[0].sd.w[SD_ARGS + 1] == 2 &&
	   c.verdict[0].sd.w[SD_ARGS + 3] == 0xffffffff &&
	   c.verdict[0].verdict == VERDICT_ERRNO && c.verdict[0].data == 16,
	   "the call, in words of a big-endian machine");
	casefile_free(&c);

	err = parse(";; platform s390x, x86_64\n;; catches one-1 two\n"
		    "ret a\n;; cached all 7\n"
		    ";; verdict all nr=2 args=1 -> ALLOW\n");
	ok(err == 0 && c.nr_cached == 4 && c.nr_verdicts == 4 &&
	   c.cached[3].abi == abi_find("s390") &&
	   nrset_has(&c.cached[3].nrs, 7) &&
	   c.verdict[0].sd.w[SD_ARGS] == 1 && c.verdict[0].sd.w[SD_NR] == 2 &&
	   c.verdict[3].sd.w[SD_ARGS + 1] == 1, "one line for all ABIs");
	casefile_free(&c);
}

static struct machine machine(u32 platform, u32 native, u32 compat)
{
	struct machine m;

	if (machine_init(&m, &platforms[platform], KERNEL_RELEASE(6, 12),
			 native, compat))
		abort();
	return m;
}

/* Expectations that are wrong, each in one way. */
static const struct {
	const char *text, *why;
} wrong[] = {
	{ "ret a\n;; attach EINVAL", "line 2: filter 0: attach gives 0, not" },
	{ "\n;; filter\nret x", "line 3: filter 0: attach gives EINVAL" },
	{ "ret #0x7fff0000\n;; cached ia32 1-", "line 2: ia32 nr 0 is cached" },
	{ "ret #0x7fff0001\n;; cached ia32 7", "line 2: ia32 nr 7 is not cac" },
	{ "ret #0x7fff0000\n;; cached ia32 0-461", "line 2: ia32 nr 462 is c" },
	{ "ret #0x50001\n;; verdict ia32 nr=1 -> ALLOW",
	  "line 2: the verdict is ERRNO(1)" },
	{ "ret #0x51fff\n;; verdict ia32 nr=1 -> ERRNO(4094)",
	  "line 2: the verdict is ERRNO(4095)" },
	{ "ret #0x3002a\n;; verdict ia32 nr=1 -> TRAP(43)",
	  "line 2: the verdict is TRAP(42)" },
};

static void test_wrong(void)
{
	struct machine m = machine(0, 463, 463);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		char why[200] = "";
		int err = parse(wrong[i].text);

		if (!err)
			err = casefile_check(&c, &m, why, sizeof(why));
		if (!ok(err == -EBADMSG && !strncmp(why, wrong[i].why,
						    strlen(wrong[i].why)),
			"differs: %s", wrong[i].why))
			diag("%d: %s%s", err, error, why);
		casefile_free(&c);
	}
}

/*
 * The limit on a stack, to the instruction. A filter is 3 converted ones, 5
 * for each division by X, 1 for a negation and 2 for the return: 20475 for
 * 4094 divisions, and with the penalty of 4 there are 12289 left to a second
 * filter, which are 2456 divisions and 4 negations.
 */
static void test_enomem(void)
{
	static const struct {
		int divs, negs;
		const char *attach;
	} filters[] = {
		{ 4094, 0, "0" },
		{ 4094, 0, "ENOMEM" },
		{ 2456, 5, "ENOMEM" },
		{ 2456, 4, "0" },
		{ 0, 0, "ENOMEM" },
	};
	static char text[100000];
	struct machine m = machine(0, 463, 463);
	char why[200] = "";
	size_t len = 0;
	u32 f;
	int i, err;

	for (f = 0; f < ARRAY_SIZE(filters); f++) {
		len += sprintf(text + len, ";; filter\n");
		for (i = 0; i < filters[f].divs; i++)
			len += sprintf(text + len, "div x\n");
		for (i = 0; i < filters[f].negs; i++)
			len += sprintf(text + len, "neg\n");
		len += sprintf(text + len, "ret #0\n;; attach %s\n",
			       filters[f].attach);
	}
	err = parse(text);
	if (!err)
		err = casefile_check(&c, &m, why, sizeof(why));
	if (!ok(!err, "the limit on a stack, to the instruction"))
		diag("%s%s", error, why);
	casefile_free(&c);
}

/* On kernels with other tables than the one that the case was written for. */
static bool check_case(const char *path)
{
	static const struct {
		u32 native, compat;
	} sizes[] = { { 463, 463 }, { 451, 441 }, { 463, 0 }, { 512, 512 } };
	char why[200];
	u32 p, i;

	if (casefile_read(path, &c, error, sizeof(error))) {
		diag("%s", error);
		return false;
	}
	if (!c.what[0] || (!c.nr_cached && !c.nr_verdicts)) {
		diag("%s: says nothing", path);
		return false;
	}
	for (p = 0; p < INPUT_PLATFORMS; p++) {
		if (!casefile_wants(&c, &platforms[p]))
			continue;
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct machine m = machine(p, sizes[i].native,
						   sizes[i].compat);

			if (!casefile_check(&c, &m, why, sizeof(why)))
				continue;
			diag("%s, table of %u: %s", path, sizes[i].native, why);
			return false;
		}
	}
	return true;
}

/* What is reported reads back as the same stack. */
static bool check_report(void)
{
	struct casefile again;
	char *text = NULL;
	size_t size;
	bool same;
	FILE *f = open_memstream(&text, &size);
	u32 i;

	if (!f)
		return false;
	report_input(f, c.input, c.what);
	fclose(f);
	same = !casefile_parse("report", text, size, &again, error,
			       sizeof(error));
	free(text);
	if (!same) {
		diag("%s", error);
		return false;
	}
	same = again.input->stack.depth == c.input->stack.depth &&
	       !strcmp(again.what, c.what) &&
	       again.input->seed == c.input->seed &&
	       again.input->platform == c.input->platform;
	for (i = 0; same && i < c.input->stack.depth; i++) {
		const struct filter *a = &c.input->stack.filter[i];
		const struct filter *b = &again.input->stack.filter[i];

		same = a->len == b->len &&
		       !memcmp(a->insns, b->insns, a->len * sizeof(*a->insns));
	}
	casefile_free(&again);
	return same;
}

/* A line that is made of a call is the line of a case. */
static bool check_verdict_lines(void)
{
	char *text = NULL;
	size_t size;
	FILE *f;
	bool same = true;
	u32 i;

	for (i = 0; i < c.nr_verdicts && same; i++) {
		const struct case_verdict *v = &c.verdict[i];
		struct casefile again;

		f = open_memstream(&text, &size);
		if (!f)
			return false;
		fprintf(f, "ret a\n;; platform all\n");
		report_verdict(f, &platforms[c.input->platform], &v->sd,
			       0x50001);
		fclose(f);
		same = !casefile_parse("verdict", text, size, &again, error,
				       sizeof(error)) &&
		       again.verdict[0].verdict == VERDICT_ERRNO &&
		       !memcmp(&again.verdict[0].sd, &v->sd, sizeof(v->sd));
		if (!same)
			diag("%s: %s", text, error);
		free(text);
		casefile_free(&again);
	}
	return same;
}

static void test_corpus(const char *directory)
{
	struct dirent **names;
	int n = scandir(directory, &names, NULL, alphasort);
	int i, cases = 0;

	for (i = 0; i < n; i++) {
		size_t len = strlen(names[i]->d_name);
		char path[4096];

		if (len > 4 && !strcmp(names[i]->d_name + len - 4, ".bpf")) {
			snprintf(path, sizeof(path), "%s/%s", directory,
				 names[i]->d_name);
			ok(check_case(path) && check_report() &&
			   check_verdict_lines(), "%s", path);
			casefile_free(&c);
			cases++;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	ok(cases >= 40, "%s has cases", directory);
}

static void test_report(void)
{
	static const char want[] =
		"nr                  1073741825 (0x40000001), x32 1\n"
		"arch                x86_64 (0xc000003e)\n"
		"instruction_pointer 0x0000000200000001\n"
		"args[0]             0x0000000400000003\n"
		"args[1]             0x0000000000000000\n"
		"args[2]             0x0000000000000000\n"
		"args[3]             0x0000000000000000\n"
		"args[4]             0x0000000000000000\n"
		"args[5]             0x0000000000000000\n"
		";; verdict x86_64 nr=1073741825 args=0x400000003 "
		"ip=0x200000001 -> TRACE(0)\n"
		"; verdict arch=0x00000007 nr=-1 args=0x300000004 "
		"ip=0x100000002 -> KILL_PROCESS(1)\n"
		"static struct sock_filter filter0[1] = {\n"
		"\t{ 0x06, 1, 2, 0x7fff0000 },\n"
		"};\n";
	struct sd sd = { { 0x40000001, 0xc000003e, 1, 2, 3, 4 } };
	struct sock_filter insn = { 0x06, 1, 2, 0x7fff0000 };
	struct stack s = { 1, { { &insn, 1 } } };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	report_sd(f, &platforms[0], &sd);
	report_verdict(f, &platforms[0], &sd, 0x7ff00000);
	sd.w[SD_NR] = -1;
	sd.w[SD_ARCH] = 7;
	report_verdict(f, platform_find("s390x"), &sd, 0x12340001);
	report_c(f, &s);
	fclose(f);
	if (!ok(!strcmp(text, want), "calls and filters in words"))
		diag("%s", text);
	free(text);
}

int main(int argc, char **argv)
{
	int i;

	test_bad();
	test_unreadable();
	test_good();
	test_wrong();
	test_enomem();
	test_report();
	if (argc < 2) {
		test_corpus("corpus");
		test_corpus("corpus/regress");
	}
	for (i = 1; i < argc; i++)
		test_corpus(argv[i]);
	return tap_done();
}
