// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>

#include "../src/action.h"
#include "../src/text.h"
#include "report.h"

static void print_filter(FILE *out, const struct filter *f, char *text,
			 size_t size)
{
	fputs(";; filter\n", out);
	if (text && text_print(f, text, size) >= 0)
		fputs(text, out);
	else
		fputs("; no memory to print it\n", out);
}

void report_input(FILE *out, const struct input *in, const char *what)
{
	size_t size = TEXT_MAX_SIZE(INPUT_MAX_INSNS);
	char *text = malloc(size);
	u32 i;

	if (what)
		fprintf(out, ";; what %s\n", what);
	fprintf(out, ";; platform %s\n", platforms[in->platform].name);
	fprintf(out, ";; seed %" PRIu32 "\n", in->seed);
	for (i = 0; i < in->stack.depth; i++)
		print_filter(out, &in->stack.filter[i], text, size);
	free(text);
}

void report_c(FILE *out, const struct stack *s)
{
	u32 i, pc;

	for (i = 0; i < s->depth; i++) {
		const struct filter *f = &s->filter[i];

		fprintf(out, "static struct sock_filter filter%u[%u] = {\n", i,
			f->len);
		for (pc = 0; pc < f->len; pc++) {
			const struct sock_filter *insn = &f->insns[pc];

			fprintf(out, "\t{ 0x%02x, %u, %u, 0x%08x },\n",
				insn->code, insn->jt, insn->jf, insn->k);
		}
		fputs("};\n", out);
	}
}

static bool words_are_big_endian(const struct platform *platform,
				 const struct sd *sd)
{
	const struct abi *abi = abi_by_audit_arch(sd->w[SD_ARCH]);

	return (abi ?: platform->native)->big_endian;
}

static u64 sd_u64(const struct sd *sd, u32 lo, u32 hi)
{
	return (u64)sd->w[hi] << 32 | sd->w[lo];
}

static u64 sd_ip(const struct sd *sd, bool be)
{
	return sd_u64(sd, SD_IP + be, SD_IP + !be);
}

static u64 sd_arg(const struct sd *sd, u32 arg, bool be)
{
	return sd_u64(sd, sd_arg_lo(arg, be), sd_arg_hi(arg, be));
}

void report_sd(FILE *out, const struct platform *platform,
	       const struct sd *sd)
{
	const struct abi *abi = abi_by_audit_arch(sd->w[SD_ARCH]);
	bool be = words_are_big_endian(platform, sd);
	u32 nr = sd->w[SD_NR];
	u32 arg;

	fprintf(out, "nr                  %" PRId32, (s32)nr);
	if (nr >= NR_MAX)
		fprintf(out, " (0x%08" PRIx32 ")", nr);
	if (abi && abi == abi_find("x86_64") && (s32)nr > 0 &&
	    nr & X32_SYSCALL_BIT)
		fprintf(out, ", x32 %" PRIu32, nr & ~X32_SYSCALL_BIT);
	fprintf(out, "\narch                %s (0x%08" PRIx32 ")\n",
		abi ? abi->name : "unknown", sd->w[SD_ARCH]);
	fprintf(out, "instruction_pointer 0x%016" PRIx64 "\n", sd_ip(sd, be));
	for (arg = 0; arg < 6; arg++)
		fprintf(out, "args[%u]             0x%016" PRIx64 "\n", arg,
			sd_arg(sd, arg, be));
}

void report_return(FILE *out, u32 ret)
{
	enum verdict verdict = action_verdict(ret);
	u32 data = ret & SECCOMP_RET_DATA;

	fputs(verdict_name(verdict), out);
	if (verdict == VERDICT_ERRNO)
		data = action_errno(ret);
	if (data || verdict == VERDICT_ERRNO || verdict == VERDICT_TRAP ||
	    verdict == VERDICT_TRACE)
		fprintf(out, "(%" PRIu32 ")", data);
}

void report_verdict(FILE *out, const struct platform *platform,
		    const struct sd *sd, u32 ret)
{
	const struct abi *abi = abi_by_audit_arch(sd->w[SD_ARCH]);
	bool be = words_are_big_endian(platform, sd);
	u32 last = 5;
	u32 arg;

	if (abi)
		fprintf(out, ";; verdict %s", abi->name);
	else
		fprintf(out, "; verdict arch=0x%08" PRIx32, sd->w[SD_ARCH]);
	fprintf(out, " nr=%" PRId32, (s32)sd->w[SD_NR]);

	while (last > 0 && !sd_arg(sd, last, be))
		last--;
	for (arg = 0; arg <= last; arg++)
		fprintf(out, "%s0x%" PRIx64, arg ? "," : " args=",
			sd_arg(sd, arg, be));
	fprintf(out, " ip=0x%" PRIx64 " -> ", sd_ip(sd, be));
	report_return(out, ret);
	fputs("\n", out);
}
