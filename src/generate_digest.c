// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters that look at all of seccomp_data. Others decide by a few words, most by
 * nr and arch alone: one bit of an argument that is lost on the way to them is
 * hardly ever seen. Here it changes what is returned, for nearly every call.
 */
#include <linux/seccomp.h>

#include "generate_build.h"

#define MIX   4  /* instructions that mix() emits */
#define END   11 /* and end() */

/* What user space gets to see of a return value. */
static const struct {
	u32 action, data;
} returns[] = {
	{ SECCOMP_RET_ERRNO, 0xfff },
	{ SECCOMP_RET_ERRNO, 0xfff },
	{ SECCOMP_RET_TRAP, SECCOMP_RET_DATA },
	{ SECCOMP_RET_TRACE, SECCOMP_RET_DATA },
};

static void multiply(struct gen *g)
{
	emit(g, BPF_ALU | BPF_MUL | BPF_K, rng_u32(g->r) | 1);
}

/* A word into what A holds: no bit is lost, and their order counts. */
static void mix(struct gen *g, u32 word)
{
	emit(g, BPF_MISC | BPF_TAX, 0);
	emit_word(g, word);
	emit(g, BPF_ALU | BPF_XOR | BPF_X, 0);
	multiply(g);
}

/* A product's low bits know nothing of the high ones of its factors. */
static void fold(struct gen *g)
{
	emit(g, BPF_MISC | BPF_TAX, 0);
	emit(g, BPF_ALU | BPF_RSH | BPF_K, 16);
	emit(g, BPF_ALU | BPF_XOR | BPF_X, 0);
	multiply(g);
}

static void end(struct gen *g)
{
	u32 i = rng_below(g->r, ARRAY_SIZE(returns));

	fold(g);
	fold(g);
	emit(g, BPF_ALU | BPF_AND | BPF_K, returns[i].data);
	emit(g, BPF_ALU | BPF_OR | BPF_K, returns[i].action);
	emit(g, BPF_RET | BPF_A, 0);
}

/* As many words as there is room for, none twice: that could undo itself. */
void shape_digest(struct gen *g)
{
	u32 first = rng_below(g->r, SD_WORDS);
	u32 i;

	for (i = 0; i < SD_WORDS && g->pc + MIX + END <= g->len; i++)
		mix(g, (first + i) % SD_WORDS);
	while (g->pc + END < g->len)
		multiply(g);
	if (g->pc + END == g->len)
		end(g);
	while (g->pc < g->len)
		emit_hit(g);
}
