// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "action.h"
#include "checker.h"
#include "report.h"
#include "reproducer.h"
#include "stack.h"

/* The part that is the same for all: a file of this directory, as a string. */
extern const char reproducer_body[];
__asm__(".pushsection .rodata\n"
	".balign 16\n"
	".global reproducer_body\n"
	"reproducer_body:\n"
	".incbin \"harness/reproducer_body.c\"\n"
	".byte 0\n"
	".balign 16\n"
	".popsection\n");

static const char includes[] = "#define _GNU_SOURCE\n"
			       "#include <errno.h>\n"
			       "#include <linux/filter.h>\n"
			       "#include <linux/seccomp.h>\n"
			       "#include <setjmp.h>\n"
			       "#include <signal.h>\n"
			       "#include <stdio.h>\n"
			       "#include <string.h>\n"
			       "#include <sys/mman.h>\n"
			       "#include <sys/prctl.h>\n"
			       "#include <sys/syscall.h>\n"
			       "#include <sys/wait.h>\n"
			       "#include <unistd.h>\n"
			       "\n"
			       "#ifndef SECCOMP_RET_KILL_PROCESS\n"
			       "#define SECCOMP_RET_KILL_PROCESS 0x80000000U\n"
			       "#endif\n"
			       "#ifndef SECCOMP_RET_USER_NOTIF\n"
			       "#define SECCOMP_RET_USER_NOTIF 0x7fc00000U\n"
			       "#endif\n";

/* One filter's value is seen only if there is no other one. */
static bool is_a_call(const struct finding *f, const struct stack *s)
{
	return f->where == AT_BITMAP || f->where == AT_LOOKUP ||
	       f->where == AT_RUN || (f->where == AT_EXECUTE && s->depth == 1);
}

static void write_title(FILE *out, const char *subject,
			const struct platform *platform,
			const struct finding *f)
{
	fprintf(out, "%s at %s, %s %s", finding_class_name(f->class),
		finding_where_name(f->where), subject, platform->name);
}

static void write_comment(FILE *out, const struct input *in)
{
	fprintf(out,
		"/*\n * Made by bitproof from the stack with seed %" PRIu32
		".\n *\n"
		" * Build it with cc and run it on the kernel in question: "
		"\"ok\" and status 0\n"
		" * if it does not have the bug, \"not ok\" and 1 if it does, "
		"2 if that can't be\n"
		" * told. A kernel that has it may execute the call.\n */\n",
		in->seed);
}

/* Only what is compiled for this arch can make the call. */
static void write_guard(FILE *out, const struct abi *abi)
{
	static const struct {
		const char *abi, *macro, *how;
	} guards[] = {
		{ "x86_64", "__x86_64__", "cc on x86_64" },
		{ "ia32", "__x86_64__", "cc on x86_64" },
		{ "aarch64", "__aarch64__", "cc on arm64" },
		{ "arm", "__arm__", "arm-linux-gnueabihf-gcc -static" },
		{ "s390x", "__s390x__", "cc on s390x" },
		{ "s390", "__s390__) && !defined(__s390x__",
		  "a compiler for 31-bit s390" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(guards); i++) {
		if (!strcmp(guards[i].abi, abi->name))
			fprintf(out,
				"#if !defined(%s)\n#error \"build it with "
				"%s\"\n#endif\n",
				guards[i].macro, guards[i].how);
	}
}

static void write_call(FILE *out, const struct finding *f,
		       const struct abi *abi)
{
	u32 i;

	fprintf(out, "#define HAS_CALL 1\n#define IA32 %d\n",
		!strcmp(abi->name, "ia32"));
	fprintf(out, "#define NR 0x%08" PRIx32 " /* %" PRId32 " */\n",
		f->sd.w[SD_NR], (s32)f->sd.w[SD_NR]);
	fprintf(out, "#define EXPECTED 0x%08" PRIx32 "u\n", f->expected);
	fprintf(out, "#define SEEN 0x%08" PRIx32 "u\n", f->seen);
	fputs("#define EXPECTED_TEXT \"", out);
	report_return(out, f->expected);
	fputs("\"\nstatic const unsigned long long args[6] = {\n", out);
	for (i = 0; i < 6; i++)
		fprintf(out, "\t0x%08" PRIx32 "%08" PRIx32 "ull,\n",
			f->sd.w[sd_arg_hi(i, abi->big_endian)],
			f->sd.w[sd_arg_lo(i, abi->big_endian)]);
	fputs("};\n", out);
}

static void write_no_call(FILE *out)
{
	fputs("#define HAS_CALL 0\n#define IA32 0\n#define NR 0\n"
	      "#define EXPECTED 0u\n#define SEEN 0u\n#define EXPECTED_TEXT "
	      "\"\"\n"
	      "static const unsigned long long args[6];\n",
	      out);
}

/* The filters, and how the reference expects each to be answered. */
static void write_stack(FILE *out, const struct input *in)
{
	struct stack s = { 0 };
	u32 i;

	report_c(out, &in->stack);
	fprintf(out, "#define FILTERS %" PRIu32 "\n", in->stack.depth);
	fputs("static const struct sock_fprog stack[] = {\n", out);
	for (i = 0; i < in->stack.depth; i++)
		fprintf(out, "\t{ %" PRIu32 ", filter%" PRIu32 " },\n",
			in->stack.filter[i].len, i);
	fputs("};\nstatic const int attach_error[] = {", out);
	for (i = 0; i < in->stack.depth; i++) {
		const struct filter *f = &in->stack.filter[i];
		int error = filter_check(f) ?: stack_admits(&s, f);

		fprintf(out, " %d,", -error);
		if (!error)
			s.filter[s.depth++] = *f;
	}
	fputs(" };\n", out);
}

int reproducer_write(FILE *out, const char *subject,
		     const struct platform *platform, const struct input *in,
		     const struct finding *f)
{
	const struct abi *abi = platform->native;
	bool call = is_a_call(f, &in->stack);

	if (call)
		abi = abi_by_audit_arch(f->sd.w[SD_ARCH]);
	else if (f->where != AT_ATTACH)
		return -EOPNOTSUPP;
	if (!abi || (f->class != UNSOUND && f->class != DIVERGENT &&
		     f->class != CHECKER))
		return -EOPNOTSUPP;

	fputs("// SPDX-License-Identifier: GPL-2.0-only\n", out);
	write_comment(out, in);
	fputs(includes, out);
	write_guard(out, abi);
	fputs("\n#define TITLE \"", out);
	write_title(out, subject, platform, f);
	fprintf(out, "\"\n#define IS_ATTACH %d\n", f->where == AT_ATTACH);
	write_stack(out, in);
	if (call)
		write_call(out, f, abi);
	else
		write_no_call(out);
	fputs(reproducer_body, out);
	return ferror(out) ? -EIO : 0;
}
