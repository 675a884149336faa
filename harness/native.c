// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

static const char prologue[] =
	"#ifndef WORD\n"
	"#define WORD w\n"
	"#endif\n"
	"typedef unsigned int u32;\n"
	"static inline u32 load(const volatile u32 *data, u32 w)\n"
	"{\n"
	"#ifdef ALSO\n"
	"\t(void)data[ALSO];\n"
	"#endif\n"
	"\treturn data[WORD];\n"
	"}\n";

/* The right side of what is computed or compared: X, or a constant. */
static void put_operand(FILE *out, const struct sock_filter *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		fputs("X", out);
	else
		fprintf(out, "%" PRIu32 "u", insn->k);
}

static void put_load(FILE *out, const struct sock_filter *insn)
{
	const char to = BPF_CLASS(insn->code) == BPF_LD ? 'A' : 'X';

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		fprintf(out, "%c = load(data, %" PRIu32 ");", to, insn->k / 4);
		break;
	case BPF_IMM:
		fprintf(out, "%c = %" PRIu32 "u;", to, insn->k);
		break;
	case BPF_MEM:
		fprintf(out, "%c = M[%" PRIu32 "];", to, insn->k);
		break;
	default: /* the length */
		fprintf(out, "%c = 64;", to);
	}
}

static void put_alu(FILE *out, const struct sock_filter *insn)
{
	static const char *const ops[] = {
		[BPF_ADD >> 4] = "+",  [BPF_SUB >> 4] = "-",
		[BPF_MUL >> 4] = "*",  [BPF_DIV >> 4] = "/",
		[BPF_OR >> 4] = "|",   [BPF_AND >> 4] = "&",
		[BPF_LSH >> 4] = "<<", [BPF_RSH >> 4] = ">>",
		[BPF_XOR >> 4] = "^",
	};
	u16 op = BPF_OP(insn->code);

	if (op == BPF_NEG) {
		fputs("A = -A;", out);
		return;
	}
	if (op == BPF_DIV && BPF_SRC(insn->code) == BPF_X)
		fputs("if (!X) return 0; ", out);
	fprintf(out, "A = A %s (", ops[op >> 4]);
	put_operand(out, insn);
	fputs(op == BPF_LSH || op == BPF_RSH ? " & 31);" : ");", out);
}

static void put_jump(FILE *out, const struct sock_filter *insn, u32 next)
{
	static const char *const ops[] = {
		[BPF_JEQ >> 4] = "==",
		[BPF_JGT >> 4] = ">",
		[BPF_JGE >> 4] = ">=",
		[BPF_JSET >> 4] = "&",
	};
	u16 op = BPF_OP(insn->code);

	if (op == BPF_JA) {
		fprintf(out, "goto L%" PRIu32 ";", next + insn->k);
		return;
	}
	fprintf(out, "if (A %s ", ops[op >> 4]);
	put_operand(out, insn);
	fprintf(out, ") goto L%" PRIu32 "; goto L%" PRIu32 ";", next + insn->jt,
		next + insn->jf);
}

static void put_insn(FILE *out, const struct sock_filter *insn, u32 pc)
{
	fprintf(out, "L%" PRIu32 ":\t", pc);
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		put_load(out, insn);
		break;
	case BPF_ST:
		fprintf(out, "M[%" PRIu32 "] = A;", insn->k);
		break;
	case BPF_STX:
		fprintf(out, "M[%" PRIu32 "] = X;", insn->k);
		break;
	case BPF_ALU:
		put_alu(out, insn);
		break;
	case BPF_JMP:
		put_jump(out, insn, pc + 1);
		break;
	case BPF_RET:
		if (BPF_RVAL(insn->code) == BPF_A)
			fputs("return A;", out);
		else
			fprintf(out, "return %" PRIu32 "u;", insn->k);
		break;
	default:
		fputs(BPF_MISCOP(insn->code) == BPF_TAX ? "X = A;" : "A = X;",
		      out);
	}
	fputs("\n", out);
}

static void put_filter(FILE *out, const struct filter *f, u32 i)
{
	u32 pc;

	fprintf(out,
		"u32 filter%" PRIu32 "(const volatile u32 *data)\n{\n"
		"\tu32 A = 0, X = 0, M[16] = { 0 };\n",
		i);
	for (pc = 0; pc < f->len; pc++)
		put_insn(out, &f->insns[pc], pc);
	fputs("}\n", out);
}

static int put_all(const char *path, const struct filter *filters, u32 n)
{
	FILE *out = fopen(path, "w");
	int error;
	u32 i;

	if (!out)
		return -errno;
	fputs(prologue, out);
	for (i = 0; i < n; i++)
		put_filter(out, &filters[i], i);
	error = ferror(out) ? -EIO : 0;
	return fclose(out) ? -errno : error;
}

static int run_compiler(const char *from, const char *to)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command),
		 "${CC:-cc} -O1 -w -g0 -fPIC -shared -o %s %s", to, from);
	status = system(command);
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOEXEC;
}

static int find_all(const char *path, u32 n, native_fn *fn)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	char name[32];
	u32 i;

	for (i = 0; i < n && library; i++) {
		snprintf(name, sizeof(name), "filter%" PRIu32, i);
		*(void **)&fn[i] = dlsym(library, name);
		if (!fn[i])
			return -ENOENT;
	}
	return library ? 0 : -ELIBACC;
}

int native_compile(const struct filter *filters, u32 n, native_fn *fn)
{
	char dir[64], text[80], code[80];
	int error;

	snprintf(dir, sizeof(dir), "%.40s/bitproof-native.XXXXXX",
		 getenv("TMPDIR") ?: "/tmp");
	if (!mkdtemp(dir))
		return -errno;
	snprintf(text, sizeof(text), "%s/filters.c", dir);
	snprintf(code, sizeof(code), "%s/filters.so", dir);
	error = put_all(text, filters, n);
	if (!error)
		error = run_compiler(text, code);
	if (!error)
		error = find_all(code, n, fn);
	unlink(text);
	unlink(code);
	rmdir(dir);
	return error;
}
