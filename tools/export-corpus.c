// SPDX-License-Identifier: GPL-2.0-only
/*
 * Case files as a header for the exported selftest, selftest/seccomp_bitmap.c.
 *
 *	export-corpus FILE...
 *
 * Verdicts of compat ABIs are left out, as the test is a native program, and those
 * that need an instruction pointer, since a program can't choose its own. What the
 * test does with the rest is its concern.
 *
 * Exit status: 0 done, 2 could not, with one line on standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/casefile.h"
#include "../src/text.h"

#define COULD_NOT 2

static struct casefile c;
static char text[TEXT_MAX_SIZE(INPUT_MAX_INSNS)];

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("export-corpus: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(COULD_NOT);
}

/* "corpus/regress/arg-words.bpf" is arg_words. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *p;

	if (!name)
		die("%s", strerror(ENOMEM));
	for (p = name; *p && strcmp(p, ".bpf"); p++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", *p))
			*p = '_';
	}
	*p = 0;
	return name;
}

/* One line of @line as a comment, without its label's column. */
static const char *put_comment(const char *line)
{
	fputs("\t/* ", stdout);
	for (; *line && *line != '\n'; line++)
		putchar(*line == '\t' ? ' ' : *line);
	fputs(" */\n", stdout);
	return *line ? line + 1 : line;
}

static void skip_lines(const char **line, u32 n)
{
	while (n--) {
		const char *end = strchr(*line, '\n');

		*line = end ? end + 1 : "";
	}
}

static void put_filter(const char *name, u32 i, const struct filter *f)
{
	const char *line = text;
	u32 pc, times;

	if (text_print(f, text, sizeof(text)) < 0)
		die("%s: filter %u can't be printed", name, i);
	printf("static const struct insns %s_%u[] = {\n", name, i);
	for (pc = 0; pc < f->len; pc += times) {
		const struct sock_filter *insn = &f->insns[pc];

		for (times = 1; pc + times < f->len; times++) {
			if (memcmp(insn, insn + times, sizeof(*insn)))
				break;
		}
		printf("\t{ 0x%02x, %u, %u, 0x%08" PRIx32 ", %u },", insn->code,
		       insn->jt, insn->jf, insn->k, times);
		put_comment(*line == '\t' ? line + 1 : line);
		skip_lines(&line, times);
	}
	printf("\t{ 0 }\n};\n\n");
}

static const char *error_name(int err)
{
	return err == -EINVAL ? "EINVAL" : err == -ENOMEM ? "ENOMEM" : "0";
}

static void put_platforms(void)
{
	const char *between = "";
	u32 i;

	if (c.platforms == (1u << INPUT_PLATFORMS) - 1) {
		printf("\t.platforms = \"all\",\n");
		return;
	}
	printf("\t.platforms = \"");
	for (i = 0; i < INPUT_PLATFORMS; i++) {
		if (!casefile_wants(&c, &platforms[i]))
			continue;
		printf("%s%s", between, platforms[i].name);
		between = ", ";
	}
	printf("\",\n");
}

static void put_cached(const struct case_cached *cached)
{
	const char *between = "";
	u32 nr, last;

	printf("\t\t{ \"%s\", \"", cached->abi->name);
	for (nr = 0; nr < NR_MAX && nr < cached->from; nr = last + 1) {
		last = nr;
		if (!nrset_has(&cached->nrs, nr))
			continue;
		while (last + 1 < NR_MAX && last + 1 < cached->from &&
		       nrset_has(&cached->nrs, last + 1))
			last++;
		if (last > nr)
			printf("%s%u-%u", between, nr, last);
		else
			printf("%s%u", between, nr);
		between = ",";
	}
	if (cached->from < NR_MAX)
		printf("%s%u-", between, cached->from);
	printf("\" },\n");
}

static const char *const actions[VERDICTS] = {
	[VERDICT_KILL_PROCESS] = "SECCOMP_RET_KILL_PROCESS",
	[VERDICT_KILL_THREAD] = "SECCOMP_RET_KILL_THREAD",
	[VERDICT_TRAP] = "SECCOMP_RET_TRAP",
	[VERDICT_ERRNO] = "SECCOMP_RET_ERRNO",
	[VERDICT_USER_NOTIF] = "SECCOMP_RET_USER_NOTIF",
	[VERDICT_TRACE] = "SECCOMP_RET_TRACE",
	[VERDICT_LOG] = "SECCOMP_RET_LOG",
	[VERDICT_ALLOW] = "SECCOMP_RET_ALLOW",
};

static bool is_native(const struct abi *abi)
{
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		if (platforms[i].native == abi)
			return true;
	}
	return false;
}

static void put_verdict(const struct case_verdict *v)
{
	bool be = v->abi->big_endian;
	u32 arg;

	if (!is_native(v->abi) || v->sd.w[SD_IP] || v->sd.w[SD_IP + 1])
		return;
	printf("\t\t{ \"%s\", 0x%" PRIx32 ", {", v->abi->name, v->sd.w[SD_NR]);
	for (arg = 0; arg < 6; arg++)
		printf(" 0x%" PRIx64 "%s",
		       (u64)v->sd.w[sd_arg_hi(arg, be)] << 32 |
			       v->sd.w[sd_arg_lo(arg, be)],
		       arg < 5 ? "," : " },\n\t\t  ");
	printf("%s, %u },\n", actions[v->verdict], v->data);
}

static void put_case(const char *path)
{
	const struct stack *s = &c.input->stack;
	char *name = name_of(path);
	u32 i;

	printf("/* %s */\n\n", c.what);
	for (i = 0; i < s->depth; i++)
		put_filter(name, i, &s->filter[i]);
	printf("static const struct corpus_case case_%s = {\n", name);
	put_platforms();
	printf("\t.filters = {\n");
	for (i = 0; i < s->depth; i++)
		printf("\t\t{ %s_%u, %s },\n", name, i,
		       error_name(c.attach[i]));
	printf("\t},\n\t.cached = {\n");
	for (i = 0; i < c.nr_cached; i++)
		put_cached(&c.cached[i]);
	printf("\t},\n\t.verdicts = (const struct verdict[]) {\n");
	for (i = 0; i < c.nr_verdicts; i++)
		put_verdict(&c.verdict[i]);
	printf("\t\t{ 0 }\n\t},\n};\n\nCORPUS_CASE(%s);\n\n", name);
	free(name);
}

int main(int argc, char **argv)
{
	char error[512];
	int i;

	if (argc < 2)
		die("usage: export-corpus FILE...");
	printf("/* SPDX-License-Identifier: GPL-2.0-only */\n"
	       "/*\n * The regression corpus, made by bitproof's 'make export-selftest': not to be\n"
	       " * edited here. An instruction is code, jt, jf, k, and how often it stands there.\n */\n\n");
	for (i = 1; i < argc; i++) {
		if (casefile_read(argv[i], &c, error, sizeof(error)))
			die("%s", error);
		put_case(argv[i]);
		casefile_free(&c);
	}
	if (fflush(stdout) || ferror(stdout))
		die("%s", strerror(errno));
	return 0;
}
