// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every place at which the assembler can stop in the middle of an operand.
 */
#include <errno.h>
#include <string.h>

#include "input.h"
#include "tap.h"
#include "text.h"

static const struct {
	const char *text, *what;
} bad[] = {
	{ "ld [\"", "unknown character" },
	{ "ld [%\"", "unknown character" },
	{ "ld [%a + 4]", "'x' expected" },
	{ "ld [x 4]", "'+' expected" },
	{ "ld [x + x]", "number expected" },
	{ "ld [4)", "']' expected" },
	{ "ld M 4", "'[' expected" },
	{ "ld M[x]", "number expected" },
	{ "ld M[4", "']' expected" },
	{ "ldxb 4 ([14]&0xf)", "does not have" },
	{ "ldxb 4*\"", "unknown character" },
	{ "ldxb 4*[14]&0xf", "'(' expected" },
	{ "ldxb 4*(14&0xf)", "'[' expected" },
	{ "ldxb 4*([x]&0xf)", "number expected" },
	{ "ldxb 4*([14)", "']' expected" },
	{ "ldxb 4*([14]+0xf)", "expected" },
	{ "ldxb 4*([14]&x)", "number expected" },
	{ "ldxb 4*([14]&0xf", "')' expected" },
	{ "ldxb 4*([14]&\"", "unknown character" },
	{ ".insn", "number expected" },
	{ ".insn x, 0, 0, 0", "number expected" },
	{ ".insn 6 0, 0, 0", "',' expected" },
	{ ".insn 6, 0, 0, \"", "unknown character" },
	{ "jeq #1, L1, L2\nL1: ret a", "no such label" },
	{ "jeq #1, L2, L1\nL1: ret a", "no such label" },
	{ "ret a ; !jt=", "bad value" },
	{ "ret a ; !k=", "bad value" },
	{ "ret a /", "unknown character" },
	{ "ret a /*", "unknown character" },
	{ "ret a /* ", "unknown character" },
	{ "ret a / * */", "unknown character" },
};

int main(void)
{
	static struct sock_filter insns[INPUT_MAX_INSNS + 1];
	struct filter f = { insns, INPUT_MAX_INSNS + 1 };
	struct text_error error;
	char text[96];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		int n = text_assemble(bad[i].text, strlen(bad[i].text), insns,
				      8, &error);
		bool good = n == -EINVAL && strstr(error.what, bad[i].what);

		if (!good)
			diag("%d: %s", n, error.what);
		ok(good, "bad operand %u: %s", i, bad[i].what);
	}
	ok(text_assemble("", UINT32_MAX, insns, 8, &error) == -EINVAL &&
		   strstr(error.what, "too long"),
	   "a text of 4 GiB");
	ok(text_print(&f, text, sizeof(text)) == -ENOSPC,
	   "more instructions than an input can have");
	return tap_done();
}
