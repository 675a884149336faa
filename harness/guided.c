// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "board.h"
#include "guided.h"
#include "kcov.h"
#include "mutate.h"

#define MOST_KEPT  4096
#define MOST_BYTES (64u << 20)
#define MOST_GROWN 4096 /* of a raw form, by mutation; more is slow */

#define CROSS   4 /* one in so many is of two */
#define AT_ONCE 4 /* changes, at most */

#define SLOTS     (1u << 16)
#define MOST_SEEN (SLOTS / 2)

/* Numbers that were seen; 0 never is one. */
struct numbers {
	u32 n;
	u64 slot[SLOTS];
};

/* Untouched pages of it take no memory. */
struct guided {
	struct numbers blocks, pairs;
	u64 stacks, saturated;
	u32 kept, told;
	u64 bytes;
	bool full; /* something new was not noted */
	struct raw tried;
	struct {
		u64 at;
		u32 size;
		u32 new_pairs;
	} input[MOST_KEPT];
	u8 raw[MOST_BYTES];
};

static struct guided *g;
static struct input other;

int guided_begin(void)
{
	int error = kcov_open();

	if (error == ENOENT || error == ENODEV)
		return fail("--guided: this kernel has no KCOV");
	if (error)
		return fail("--guided: KCOV: %s", strerror(error));
	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return g == MAP_FAILED ? fail("no memory: %s", strerror(errno)) : 0;
}

/* Was it not there before? */
static bool add(struct numbers *s, u64 what)
{
	u32 i = what * 0x9e3779b97f4a7c15ull >> 48;

	for (; s->slot[i]; i = (i + 1) % SLOTS) {
		if (s->slot[i] == what)
			return false;
	}
	if (s->n == MOST_SEEN) {
		g->full = true;
		return false;
	}
	s->slot[i] = what;
	s->n++;
	return true;
}

/* Of two addresses; that two pairs have the same one is rare, and does no harm. */
static u64 pair(u64 before, u64 block)
{
	return (before << 32 | before >> 32) ^ block;
}

static void keep(u32 new_pairs)
{
	u32 i = g->kept;

	if (g->tried.size < 0)
		return;
	if (i == MOST_KEPT || g->bytes + g->tried.size > MOST_BYTES) {
		g->full = true;
		return;
	}
	g->input[i].at = g->bytes;
	g->input[i].size = g->tried.size;
	g->input[i].new_pairs = new_pairs;
	memcpy(g->raw + g->bytes, g->tried.data, g->tried.size);
	g->bytes += g->tried.size;
	__atomic_store_n(&g->kept, i + 1, __ATOMIC_RELEASE);
}

void guided_before(const struct input *in)
{
	g->tried.size = input_write(in, g->tried.data, sizeof(g->tried.data));
	kcov_clear();
}

void guided_after(void)
{
	const u64 *blocks;
	u64 before = 0;
	u32 i, n = kcov_ran(&blocks), new_pairs = 0;

	g->stacks++;
	g->saturated += n >= KCOV_WORDS - 1;
	for (i = 0; i < n; i++) {
		new_pairs += add(&g->pairs, pair(before, blocks[i]));
		add(&g->blocks, blocks[i]);
		before = blocks[i];
	}
	if (new_pairs)
		keep(new_pairs);
}

static void read_kept(u32 i, struct input *in)
{
	input_read(in, g->raw + g->input[i].at, g->input[i].size);
}

static void change(struct rng *r, const struct machine *m, struct input *in)
{
	u32 i;

	read_kept(rng_below(r, g->kept), in);
	if (rng_one_in(r, CROSS)) {
		read_kept(rng_below(r, g->kept), &other);
		mutate_cross(r, in, &other, MOST_GROWN);
	}
	for (i = rng_below(r, AT_ONCE) + 1; i; i--) {
		mutate_input(r, m, in, MOST_GROWN);
		in->platform = ENTRY_PLATFORM; /* it may have changed that */
	}
}

void guided_make(struct rng *r, u32 share, const struct machine *m,
		 struct input *in)
{
	in->platform = ENTRY_PLATFORM;
	if (g->kept && rng_below(r, 100) < share)
		change(r, m, in);
	else
		generate_input(r, m, in);
	in->seed = rng_u32(r);
}

static void tell(u32 new_pairs, const u8 *raw, u32 size)
{
	u32 i;

	printf("bitproof-kept new=%" PRIu32 " raw=", new_pairs);
	for (i = 0; i < size; i++)
		printf("%02x", raw[i]);
	printf(" end\n");
}

void guided_tell(void)
{
	u32 kept;

	if (!g)
		return;
	kept = __atomic_load_n(&g->kept, __ATOMIC_ACQUIRE);
	for (; g->told < kept; g->told++)
		tell(g->input[g->told].new_pairs, g->raw + g->input[g->told].at,
		     g->input[g->told].size);
}

void guided_tell_last(void)
{
	guided_tell();
	if (g->tried.size > 0)
		tell(0, g->tried.data, g->tried.size);
}

static void tell_blocks(void)
{
	u32 i, n = 0;

	for (i = 0; i < SLOTS; i++) {
		if (!g->blocks.slot[i])
			continue;
		printf("%s%" PRIx64,
		       n % 64 ? ","
		       : n    ? "\nbitproof-blocks "
			      : "bitproof-blocks ",
		       g->blocks.slot[i]);
		n++;
	}
	if (n)
		printf("\n");
}

int guided_summary(void)
{
	if (!g)
		return 0;
	guided_tell();
	printf("guided      %" PRIu64 " stacks ran %" PRIu32 " blocks, %" PRIu32
	       " in pairs; %" PRIu32 " stacks are kept; coverage of %" PRIu64
	       " was cut short at %u blocks; %" PRIu64
	       " files are for other platforms, %" PRIu64 " are no input\n",
	       g->stacks, g->blocks.n, g->pairs.n, g->kept, g->saturated,
	       KCOV_WORDS - 1, inputs.others, inputs.none);
	tell_blocks();
	printf("bitproof-guided stacks=%" PRIu64 " blocks=%" PRIu32
	       " pairs=%" PRIu32 " kept=%" PRIu32 " saturated=%" PRIu64
	       " others=%" PRIu64 " none=%" PRIu64 "\n",
	       g->stacks, g->blocks.n, g->pairs.n, g->kept, g->saturated,
	       inputs.others, inputs.none);
	if (g->full)
		printf("guided      no room to learn more\n");
	return g->blocks.n ? 0 : fail("KCOV has shown no code at all");
}
