// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text to instructions and back. That the kernel's bpf_asm gives the same is
 * tested in bpf_asm.sh; the literal cases here were worked out from its
 * grammar.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../src/input.h"
#include "../src/rng.h"
#include "../src/text.h"
#include "tap.h"

#define MAX_CASE 8

static struct sock_filter out[INPUT_MAX_INSNS + 1];
static char text[TEXT_MAX_SIZE(INPUT_MAX_INSNS)];

static const struct {
	const char *text;
	int len;
	struct sock_filter insns[MAX_CASE];
} good[] = {
	{ "", 0, { { 0, 0, 0, 0 } } },
	{ "; nothing\n/* here */\n", 0, { { 0, 0, 0, 0 } } },
	{ "ret #0x7fff0000", 1, { { 0x06, 0, 0, 0x7fff0000 } } },
	{ "RET A ret %a ret x Ret %X", 4,
	  { { 0x16, 0, 0, 0 }, { 0x16, 0, 0, 0 }, { 0x0e, 0, 0, 0 },
	    { 0x0e, 0, 0, 0 } } },

	/* loads and stores */
	{ "ld [4] ldh [2] ldb [1]", 3,
	  { { 0x20, 0, 0, 4 }, { 0x28, 0, 0, 2 }, { 0x30, 0, 0, 1 } } },
	{ "ld [x + 4] ldh [%x + 2] ldb [x+0]", 3,
	  { { 0x40, 0, 0, 4 }, { 0x48, 0, 0, 2 }, { 0x50, 0, 0, 0 } } },
	{ "ld #5 ldi 5 ldi #5 ldx #6 ldxi 6 ldxi #6", 6,
	  { { 0, 0, 0, 5 }, { 0, 0, 0, 5 }, { 0, 0, 0, 5 },
	    { 1, 0, 0, 6 }, { 1, 0, 0, 6 }, { 1, 0, 0, 6 } } },
	{ "ld M[15] ldx m [ 3 ] st M[2] stx M[1]", 4,
	  { { 0x60, 0, 0, 15 }, { 0x61, 0, 0, 3 },
	    { 0x02, 0, 0, 2 }, { 0x03, 0, 0, 1 } } },
	{ "ld len ld #len ldx #LEN", 3, { { 0x80, 0, 0, 0 },
	    { 0x80, 0, 0, 0 }, { 0x81, 0, 0, 0 } } },
	{ "ldxb 4*([14]&0xf) ldx 4 * ( [ 14 ] & 15 )", 2,
	  { { 0xb1, 0, 0, 14 }, { 0xb1, 0, 0, 14 } } },
	{ "ld #type ldh proto ldb #vlan_tpid ld #nlan", 4,
	  { { 0x20, 0, 0, 0xfffff004 }, { 0x28, 0, 0, 0xfffff000 },
	    { 0x30, 0, 0, 0xfffff03c }, { 0x20, 0, 0, 0xfffff010 } } },

	/* numbers */
	{ "ld #017 ld #0b101 ld #0X1f ld #-1 ld #+7 ld #00", 6,
	  { { 0, 0, 0, 15 }, { 0, 0, 0, 5 }, { 0, 0, 0, 31 },
	    { 0, 0, 0, 0xffffffff }, { 0, 0, 0, 7 }, { 0, 0, 0, 0 } } },
	{ "ld #0x123456789 ld #4294967297 ld #99999999999999999999", 3,
	  { { 0, 0, 0, 0x23456789 }, { 0, 0, 0, 1 },
	    { 0, 0, 0, 0xffffffff } } },

	/* arithmetic */
	{ "add #1 sub x mul %x div #2 mod x and #3 or x xor #4", 8,
	  { { 0x04, 0, 0, 1 }, { 0x1c, 0, 0, 0 }, { 0x2c, 0, 0, 0 },
	    { 0x34, 0, 0, 2 },
	    { 0x9c, 0, 0, 0 }, { 0x54, 0, 0, 3 }, { 0x4c, 0, 0, 0 },
	    { 0xa4, 0, 0, 4 } } },
	{ "lsh #1 rsh x neg tax txa", 5,
	  { { 0x64, 0, 0, 1 }, { 0x7c, 0, 0, 0 }, { 0x84, 0, 0, 0 },
	    { 0x07, 0, 0, 0 }, { 0x87, 0, 0, 0 } } },

	/* jumps */
	{ "jeq #1, L1, L2\nL1: ret #0\nL2: ret #0", 3,
	  { { 0x15, 0, 1, 1 }, { 6, 0, 0, 0 }, { 6, 0, 0, 0 } } },
	{ "jgt x,L2 L1: ret #0 L2: ret #0", 3,
	  { { 0x2d, 1, 0, 0 }, { 6, 0, 0, 0 }, { 6, 0, 0, 0 } } },
	{ "jne #1,L2 jneq x,L2 jlt #2,L2 jle %x,L2 jset #3,L2 jge #4,L2 "
	  "L2: ret a", 7,
	  { { 0x15, 0, 5, 1 }, { 0x1d, 0, 4, 0 }, { 0x35, 0, 3, 2 },
	    { 0x2d, 0, 2, 0 }, { 0x45, 1, 0, 3 }, { 0x35, 0, 0, 4 },
	    { 0x16, 0, 0, 0 } } },
	{ "ja two\none: ret #1\ntwo: jmp one", 3,
	  { { 5, 0, 0, 1 }, { 6, 0, 0, 1 }, { 5, 0, 0, 0xfffffffe } } },
	/* the first of two labels with a name; case counts */
	{ "ja AA AA: ret #1 aa: ret #2 AA: ret #3", 4,
	  { { 5, 0, 0, 0 }, { 6, 0, 0, 1 }, { 6, 0, 0, 2 },
	    { 6, 0, 0, 3 } } },

	/* lines mean nothing but to a '#' that begins one */
	{ "ld\n#4 is a comment\n#5", -EINVAL,
	  { { 0, 0, 0, 0 } } },
	{ "ld\n# a comment\n [4]", 1, { { 0x20, 0, 0, 4 } } },
	{ "ld\n#len\nret #1", 2, { { 0x80, 0, 0, 0 }, { 6, 0, 0, 1 } } },
	{ "ret #12ret #13", 2, { { 6, 0, 0, 12 }, { 6, 0, 0, 13 } } },
	{ "ret /* #1 **x ; */ #2 ; #3", 1, { { 6, 0, 0, 2 } } },

	/* additions to the language */
	{ ".insn 0xffff, 1, 2, 0xdeadbeef", 1,
	  { { 0xffff, 1, 2, 0xdeadbeef } } },
	{ "ret a ; !jt=1 jf=2 k=3\nneg\t;!k=0x10", 2,
	  { { 0x16, 1, 2, 3 }, { 0x84, 0, 0, 16 } } },
	{ "jeq x, L1 ; !k=9\nL1: ret #0 ; !jf=255", 2,
	  { { 0x1d, 0, 0, 9 }, { 6, 0, 255, 0 } } },
	{ "neg ; !repeat=3\nret a ; !repeat=1 k=2", 4,
	  { { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 }, { 0x84, 0, 0, 0 },
	    { 0x16, 0, 0, 2 } } },
	/* each with its own distance; a label is the first one's */
	{ "ja L1\nL1: jeq #5, L2 ; !repeat=2\nL2: ret a", 4,
	  { { 5, 0, 0, 0 }, { 0x15, 1, 0, 5 }, { 0x15, 0, 0, 5 },
	    { 0x16, 0, 0, 0 } } },
	{ "ret a ; ! not this one\nret a ; !important", 2,
	  { { 0x16, 0, 0, 0 }, { 0x16, 0, 0, 0 } } },
};

static void test_good(void)
{
	struct text_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		int n = text_assemble(good[i].text, strlen(good[i].text), out,
				      MAX_CASE, &error);
		bool same = n == good[i].len &&
			    (n < 0 || !memcmp(out, good[i].insns,
					      n * sizeof(*out)));

		if (!same && n < 0)
			diag("line %u: %s", error.line, error.what);
		ok(same, "case %u gives its instructions", i);
	}
}

static const struct {
	const char *text;
	u32 line;
	const char *what; /* a part of it */
} bad[] = {
	{ "ret #1\nfoo\n", 3, "':' after a label" },
	{ "L1:", 1, "instruction expected" },
	{ "L1: L2: ret #1", 1, "instruction expected" },
	{ "ret #1\n\nL: ret #2", 3, "two characters" },
	{ "ret", 1, "operand expected" },
	{ "ret 1", 1, "does not have" },
	{ "ret\n#\n", 3, "number expected" },
	{ "ld x", 1, "does not have" },
	{ "add %a", 1, "does not have" },
	{ "add % #1", 1, "register" },
	{ "ld [x+4]", 1, "blank before the number" },
	{ "ld [4", 1, "']' expected" },
	{ "ld (4)", 1, "operand expected" },
	{ "st [0]", 1, "does not have" },
	{ "ldxb 3*([14]&0xf)", 1, "4*([k]&0xf)" },
	{ "ldx 4*([14]&7)", 1, "4*([k]&0xf)" },
	{ "ldx 4", 1, "does not have" },
	{ "ld #-0", 1, "unknown character" },
	{ "ld #08", 1, "instruction expected" },
	{ "ja #1", 1, "label expected" },
	{ "jeq #1", 1, "',' expected" },
	{ "jeq #1, add", 1, "label expected" },
	{ "jne #1, L1, L2\nL1: ret a\nL2: ret a", 1, "instruction expected" },
	{ "ret a\nja L1\n", 2, "no such label" },
	{ "L1: ret a\njeq #1,\nL1", 3, "jump back" },
	{ "ret #1\n/* for ever", 2, "unknown character" },
	{ "ret #1 /***/", 1, "unknown character" },
	{ "ret #1\r\n", 1, "unknown character" },
	{ "ret #\"1\"", 1, "unknown character" },
	{ ".insn 0x10000, 0, 0, 0", 1, "too large" },
	{ ".insn 6, 256, 0, 0", 1, "too large" },
	{ ".insn 6, 0, 0", 1, "',' expected" },
	{ ".insns 6, 0, 0, 0", 1, "unknown character" },
	{ "; !jt=1\nret a", 2, "without an instruction" },
	{ "; !jt=1\n", 2, "without an instruction" },
	{ "ret a ; !jt=256", 1, "bad value" },
	{ "ret a ; !jt=1 jt=2", 1, "bad value" },
	{ "ret a ; !jt=1x", 1, "bad value" },
	{ "ret a\nret a ; !jt=1 x=2", 2, "only jt=" },
	{ "neg ; !repeat=0\nret a", 1, "bad value" },
	{ "neg ; !repeat=4098\nret a", 1, "bad value" },
	{ "neg ; !repeat=2 repeat=2\nret a", 1, "bad value" },
	{ "neg ; !repeat=9", 1, "too many" },
	{ "neg ; !repeat=8\nret a", 2, "too many" },
	{ "ret #1 ; !k=2", 1, "uses" },
	{ "jeq #1, L1 ; !jf=2\nL1: ret a", 2, "uses" },
	{ "ret a ret a ret a ret a ret a ret a ret a ret a\nret a", 2,
	  "too many" },
};

static void test_bad(void)
{
	struct text_error error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int n = text_assemble(bad[i].text, strlen(bad[i].text), out,
				      MAX_CASE, &error);
		bool right = n == -EINVAL && error.line == bad[i].line &&
			     strstr(error.what, bad[i].what);

		if (!right && n == -EINVAL)
			diag("line %u: %s", error.line, error.what);
		ok(right, "bad case %u: %s", i, bad[i].what);
	}
}

static const struct {
	struct sock_filter insn;
	const char *text;
} printed[] = {
	{ { 0x20, 0, 0, 0 }, "\tld [0]\t; nr\n" },
	{ { 0x20, 0, 0, 4 }, "\tld [4]\t; arch\n" },
	{ { 0x20, 0, 0, 12 }, "\tld [12]\t; instruction_pointer\n" },
	{ { 0x20, 0, 0, 60 }, "\tld [60]\t; args[5]\n" },
	{ { 0x20, 0, 0, 64 }, "\tld [64]\n" },
	{ { 0x20, 3, 0, 0 }, "\tld [0]\t; !jt=3\n" },
	{ { 0x06, 0, 0, 0x7fff0000 }, "\tret #0x7fff0000\t; ALLOW\n" },
	{ { 0x06, 0, 0, 0x50001 }, "\tret #0x50001\t; ERRNO(1)\n" },
	{ { 0x06, 0, 0, 0x12340000 }, "\tret #0x12340000\t; unknown action\n" },
	{ { 0x16, 1, 2, 3 }, "\tret a\t; !jt=1 jf=2 k=3\n" },
	{ { 0xb1, 0, 0, 14 }, "\tldx 4*([14]&0xf)\n" },
	{ { 0x48, 0, 0, 999 }, "\tldh [x + 999]\n" },
	{ { 0x60, 0, 0, 1000 }, "\tld M[0x3e8]\n" },
	{ { 0x05, 0, 0, 0xffffffff }, "L0:\tja L0\n" },
	{ { 0x05, 0, 0, 0 }, "\t.insn 0x5, 0, 0, 0\n" },
	{ { 0x15, 0, 0, 1 }, "\t.insn 0x15, 0, 0, 1\n" },
	{ { 0x62, 0, 0, 1 }, "\t.insn 0x62, 0, 0, 1\n" },
	{ { 0x120, 0, 0, 1 }, "\t.insn 0x120, 0, 0, 1\n" },
};

static void test_printed(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(printed); i++) {
		struct filter f = { &printed[i].insn, 1 };
		int n = text_print(&f, text, sizeof(text));
		bool same = n == (int)strlen(printed[i].text) &&
			    !strcmp(text, printed[i].text);

		if (!same)
			diag("%d: %s", n, text);
		ok(same, "print case %u", i);
	}
}

/* A code of the language in most cases, and jumps that often stay inside. */
static struct sock_filter random_insn(struct rng *r, u32 left, bool garbage)
{
	struct sock_filter insn = {
		.code = garbage ? rng_u32(r) : rng_u32(r) & 0xff,
	};

	if (rng_one_in(r, 3))
		insn.code = BPF_JMP | (rng_u32(r) & 0x78);
	if (left && rng_below(r, 8)) {
		insn.jt = rng_one_in(r, 3) ? 0 : rng_below(r, left);
		insn.jf = rng_one_in(r, 3) ? 0 : rng_below(r, left);
		insn.k = rng_below(r, left);
	} else {
		insn.jt = rng_u32(r);
		insn.jf = rng_u32(r);
		insn.k = rng_u32(r) >> rng_below(r, 32);
	}
	return insn;
}

/* Print and read back; says what is wrong, or NULL. */
static const char *round_trip(const struct filter *f)
{
	static char shorter[sizeof(text)];
	struct text_error error;
	int n, len;

	len = text_print(f, text, TEXT_MAX_SIZE(f->len));
	if (len < 0 || (size_t)len != strlen(text))
		return "does not print";
	if (text_print(f, shorter, len) != -ENOSPC)
		return "prints into less room than it needs";
	n = text_assemble(text, len, out, INPUT_MAX_INSNS, &error);
	if (n < 0)
		diag("line %u: %s", error.line, error.what);
	if (n != (int)f->len)
		return "does not read back";
	if (memcmp(out, f->insns, n * sizeof(*out)))
		return "reads back as something else";
	return NULL;
}

static void test_round_trips(bool garbage)
{
	static struct sock_filter insns[INPUT_MAX_INSNS];
	struct rng r = { 1 };
	const char *wrong = NULL;
	u32 i, pc;

	for (i = 0; i < 2000 && !wrong; i++) {
		struct filter f = { insns, 1 + rng_below(&r, 60) };

		if (i % 200 == 0)
			f.len = INPUT_MAX_INSNS - (i % 400 != 0);
		for (pc = 0; pc < f.len; pc++)
			insns[pc] = random_insn(&r, f.len - pc - 1, garbage);
		wrong = round_trip(&f);
	}
	if (wrong)
		diag("program %u %s", i, wrong);
	ok(!wrong, "programs of %s make the round trip",
	   garbage ? "any codes" : "codes of 8 bits");
}

/* Each code of 16 bits, with and without fields. */
static void test_every_code(void)
{
	const char *wrong = NULL;
	u32 code = 0;

	for (; code <= 0xffff && !wrong; code++) {
		struct sock_filter insns[2] = {
			{ code, code % 3, code % 5, code * 2654435761u },
			{ code, 0, 0, 0 },
		};
		struct filter f = { insns, 2 };

		wrong = round_trip(&f);
	}
	if (wrong)
		diag("code 0x%x %s", code - 1, wrong);
	ok(!wrong, "every code makes the round trip");
}

/* Any bytes give a result or an error, and never reach past their end. */
static void test_junk(void)
{
	static const char bits[] =
		" \n\t;#!.,:[](){}*/&%+-xaMm01789LL_jtk=ldret";
	struct rng r = { 2 };
	u32 i, n, assembled = 0;

	for (i = 0; i < 20000; i++) {
		struct text_error error = { 0 };
		u32 size = rng_below(&r, 40);
		char *copy = malloc(size ? size : 1);

		for (n = 0; n < size; n++)
			copy[n] = rng_one_in(&r, 50) ? (char)rng_u32(&r) :
				  bits[rng_below(&r, sizeof(bits) - 1)];
		if (text_assemble(copy, size, out, MAX_CASE, &error) >= 0)
			assembled++;
		else if (!error.line || !error.what)
			break;
		free(copy);
	}
	ok(i == 20000, "junk ends in a result or an error (%u results)",
	   assembled);
}

/* As many labels as there can be, all of them used, and one jump too far. */
static void test_long(void)
{
	static char big[INPUT_MAX_INSNS * 64];
	struct text_error error = { 0 };
	size_t len = 0;
	int i, n;

	for (i = 0; i < INPUT_MAX_INSNS; i++)
		len += sprintf(big + len,
			       "a_long_label_%d: ja a_long_label_%d\n",
			       i, INPUT_MAX_INSNS - 1 - i);
	n = text_assemble(big, len, out, INPUT_MAX_INSNS, &error);
	ok(n == INPUT_MAX_INSNS && out[0].k == INPUT_MAX_INSNS - 2,
	   "4097 labels, each used");
	n = text_assemble(big, len, out, FILTER_MAX_INSNS, &error);
	ok(n == -EINVAL && error.line == INPUT_MAX_INSNS,
	   "one instruction more than there is room for");
	strcpy(big + len, "ret #0");
	n = text_assemble(big, len + 6, out, INPUT_MAX_INSNS + 1, &error);
	ok(n == -EINVAL && error.line == INPUT_MAX_INSNS + 1,
	   "4098 instructions are refused in any room");

	for (n = 255; n <= 256; n++) {
		len = sprintf(big, "jeq #1, far\n");
		for (i = 0; i < n; i++)
			len += sprintf(big + len, "neg\n");
		len += sprintf(big + len, "far: ret a");
		i = text_assemble(big, len, out, INPUT_MAX_INSNS, &error);
		if (n == 255)
			ok(i == 257 && out[0].jt == 255, "a jump over 255");
		else
			ok(i == -EINVAL && error.line == 1, "none over 256");
	}
}

int main(void)
{
	test_good();
	test_bad();
	test_printed();
	test_round_trips(false);
	test_round_trips(true);
	test_every_code();
	test_junk();
	test_long();
	return tap_done();
}
