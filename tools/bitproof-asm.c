// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters between text and instructions.
 *
 *	bitproof-asm [-c] [FILE]	text in bpf_asm's language to numbers,
 *					printed as the kernel's bpf_asm does;
 *					-c as members of a C array
 *	bitproof-asm -o OUT [FILE]	a case file to a raw input, as all
 *					harnesses read it
 *	bitproof-asm -O DIR FILE...	the same of many: a/b.bpf to DIR/a-b.raw
 *	bitproof-asm -d [FILE]		a raw input to a case file; -c to C
 *
 * Without FILE it reads standard input. The first form takes the whole file as
 * one filter: ";;" lines are comments to it, as they are to bpf_asm.
 *
 * Exit status: 0 done, 2 could not, with one line on standard error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/casefile.h"
#include "../harness/report.h"
#include "../src/text.h"

#define COULD_NOT 2

/* Room for any input in either form. */
#define MAX_FILE (4u << 20)

static struct input input;
static char buf[MAX_FILE + 1];
static u8 raw[INPUT_MAX_SIZE];

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	va_list ap;

	fputs("bitproof-asm: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n", stderr);
	exit(COULD_NOT);
}

static size_t read_file(FILE *f, const char *name)
{
	size_t n = fread(buf, 1, sizeof(buf), f);

	if (ferror(f))
		die("%s: %s", name, strerror(errno));
	if (n > MAX_FILE)
		die("%s: larger than any input", name);
	return n;
}

static void finish(FILE *out, const char *name)
{
	if (fflush(out) || ferror(out))
		die("%s: %s", name, strerror(errno));
}

/* The two formats of the kernel's tools/bpf/bpf_asm. */
static void print_numbers(const struct sock_filter *insns, u32 len, bool c)
{
	u32 i;

	if (!c)
		printf("%u,", len);
	for (i = 0; i < len; i++)
		printf(c ? "{ %#04x, %2u, %2u, %#010x },\n" : "%u %u %u %u,",
		       insns[i].code, insns[i].jt, insns[i].jf, insns[i].k);
	if (!c)
		printf("\n");
}

static void assemble(const char *name, size_t len, bool c)
{
	struct text_error error;
	int n;

	n = text_assemble(buf, len, input.insns, FILTER_MAX_INSNS, &error);
	if (n < 0)
		die("%s:%u: %s", name, error.line, error.what);
	if (n == 0)
		die("%s: no instructions", name);
	print_numbers(input.insns, n, c);
}

static void disassemble(const char *name, size_t len, bool c)
{
	int err = input_read(&input, (const u8 *)buf, len);

	if (err == -E2BIG)
		die("%s: too many filters or instructions", name);
	if (err)
		die("%s: not a raw input: %zu bytes", name, len);
	if (c)
		report_c(stdout, &input.stack);
	else
		report_input(stdout, &input, NULL);
}

static void write_raw(const char *name, size_t len, const char *out)
{
	struct casefile c;
	char error[256];
	FILE *f;
	int n;

	if (casefile_parse(name, buf, len, &c, error, sizeof(error)))
		die("%s", error);
	n = input_write(c.input, raw, sizeof(raw));
	casefile_free(&c);
	if (n < 0)
		die("%s: has no raw form: %s", name, strerror(-n));

	f = fopen(out, "w");
	if (!f)
		die("%s: %s", out, strerror(errno));
	fwrite(raw, 1, n, f);
	finish(f, out);
	if (fclose(f))
		die("%s: %s", out, strerror(errno));
}

/* Returns its length. */
static size_t read_named(const char *name)
{
	FILE *f = fopen(name, "r");
	size_t len;

	if (!f)
		die("%s: %s", name, strerror(errno));
	len = read_file(f, name);
	fclose(f);
	return len;
}

static void write_many(const char *dir, char **names)
{
	for (; *names; names++) {
		const char *end = strrchr(*names, '.');
		int len = end ? end - *names : (int)strlen(*names);
		char *out, *c;
		int at;

		if (asprintf(&out, "%s/%n%.*s.raw", dir, &at, len, *names) < 0)
			die("no memory");
		for (c = out + at; *c; c++)
			*c = *c == '/' ? '-' : *c;
		write_raw(*names, read_named(*names), out);
		free(out);
	}
}

int main(int argc, char **argv)
{
	const char *usage = "usage: bitproof-asm [-c] [-d | -o OUT] [FILE], or "
			    "-O DIR FILE...";
	const char *name = "standard input";
	const char *out = NULL, *dir = NULL;
	bool c = false, d = false;
	size_t len;
	int opt;

	opterr = 0;
	while ((opt = getopt(argc, argv, "cdho:O:")) != -1) {
		switch (opt) {
		case 'c':
			c = true;
			break;
		case 'd':
			d = true;
			break;
		case 'o':
			out = optarg;
			break;
		case 'O':
			dir = optarg;
			break;
		case 'h':
			puts(usage);
			return 0;
		default:
			die("%s", usage);
		}
	}
	if (dir ? c || d || out || optind == argc
		: argc - optind > 1 || (out && (c || d)))
		die("%s", usage);
	if (dir) {
		write_many(dir, argv + optind);
		return 0;
	}

	if (optind < argc)
		name = argv[optind];
	len = optind < argc ? read_named(name) : read_file(stdin, name);

	if (out)
		write_raw(name, len, out);
	else if (d)
		disassemble(name, len, c);
	else
		assemble(name, len, c);
	finish(stdout, "standard output");
	return 0;
}
