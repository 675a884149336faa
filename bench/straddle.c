// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench-straddle - ways to see in user space that page 2 was accessed
 *
 *	bench-straddle
 *
 * Each way probes the reference interpreter on two filters: one loads an
 * argument, one does not. A line says what such a probe takes, in processor time
 * and as a median of turns, and how many of the accesses were seen. Beside them is
 * what the merged design does instead: the emulator, and the interpreter's own note
 * of the words that it has loaded.
 *
 * States what it sees, and exits with 0; 2 if it could not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "clock.h"
#include "emulator.h"
#include "ref_interp.h"
#include "straddle_pages.h"

#define ROUNDS  9
#define TURN_NS 2000000 /* at least this long is a turn */

static const struct sock_filter loads_argument[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 16 },
	{ BPF_RET | BPF_A, 0, 0, 0 },
};
static const struct sock_filter loads_nr[] = {
	{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
	{ BPF_RET | BPF_A, 0, 0, 0 },
};
static const struct filter accessing = { loads_argument, 2 };
static const struct filter clean = { loads_nr, 2 };

static u8 *pages;
static size_t page_size;
static const struct sd *straddled;
static struct sd plain;
static volatile u32 sink;

static void die(const char *what)
{
	fprintf(stderr, "bench-straddle: %s: %s\n", what, strerror(errno));
	exit(2);
}

static u32 interpret(const void *filter, const struct sd *sd)
{
	return ref_interp(filter, sd).ret;
}

static void protect(int prot)
{
	if (mprotect(pages + page_size, page_size, prot))
		die("mprotect");
}

static void take_faults(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_NODEFER };

	if (sigaction(SIGSEGV, &action, NULL))
		die("sigaction");
}

/* ---- the ways: set up, and one probe ------------------------------------- */

static void open_ours(void)
{
	if (straddle_open(STRADDLE_SOUND))
		die("straddle_open");
}

static bool probe_ours(const struct filter *f)
{
	u32 ret;

	return straddle_probe(interpret, f, &plain, &ret);
}

/* A fault, and siglongjmp() with the signal mask. */
static sigjmp_buf after;

static void jump(int sig, siginfo_t *info, void *context)
{
	siglongjmp(after, 1);
}

static void open_mask(void)
{
	protect(PROT_NONE);
	take_faults(jump);
}

static bool probe_mask(const struct filter *f)
{
	if (sigsetjmp(after, 1)) {
		sink = interpret(f, &plain);
		return true;
	}
	sink = interpret(f, straddled);
	return false;
}

/* A fault; its handler opens the page and the run goes on. */
static volatile bool faulted;

static void let_in(int sig, siginfo_t *info, void *context)
{
	protect(PROT_READ);
	faulted = true;
}

static void open_let_in(void)
{
	protect(PROT_NONE);
	take_faults(let_in);
}

static bool probe_let_in(const struct filter *f)
{
	faulted = false;
	sink = interpret(f, straddled);
	if (faulted)
		protect(PROT_NONE);
	return faulted;
}

/* A fault; its handler goes on behind the load, whose value nobody knows. */
#ifdef __x86_64__
u32 load_or_skip(const void *at);
extern const char after_load[];
asm("load_or_skip: mov (%rdi), %eax\n"
    "after_load: ret\n");

static void skip(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = (long)after_load;
	faulted = true;
}

static void open_skip(void)
{
	protect(PROT_NONE);
	take_faults(skip);
}

static bool probe_skip(const struct filter *f)
{
	faulted = false;
	sink = load_or_skip((const u8 *)straddled + f->insns[0].k);
	return faulted;
}
#endif

/* The page is taken out of the page tables; is it there again? */
static int pagemap;

static void open_pagemap(void)
{
	protect(PROT_READ | PROT_WRITE);
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		die("/proc/self/pagemap");
}

static bool probe_pagemap(const struct filter *f)
{
	u64 entry;

	if (madvise(pages + page_size, page_size, MADV_DONTNEED))
		die("madvise");
	sink = interpret(f, straddled);
	if (pread(pagemap, &entry, 8,
		  (uintptr_t)(pages + page_size) / page_size * 8) != 8)
		die("pagemap");
	return entry >> 63;
}

static bool probe_mincore(const struct filter *f)
{
	unsigned char there;

	if (madvise(pages + page_size, page_size, MADV_DONTNEED))
		die("madvise");
	sink = interpret(f, straddled);
	if (mincore(pages + page_size, page_size, &there))
		die("mincore");
	return there & 1;
}

/* The accessed bit itself, as far as the kernel shows it. */
static int clear_refs;

static void open_refs(void)
{
	protect(PROT_READ | PROT_WRITE);
	pages[page_size] = 1;
	clear_refs = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (clear_refs < 0)
		die("/proc/self/clear_refs");
}

static bool referenced(void)
{
	char line[256];
	unsigned long from;
	bool ours = false, seen = false;
	unsigned int kb;
	FILE *f = fopen("/proc/self/smaps", "re");

	if (!f)
		die("/proc/self/smaps");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-", &from) == 1 && strchr(line, '-'))
			ours = from == (uintptr_t)(pages + page_size);
		if (ours && sscanf(line, "Referenced: %u", &kb) == 1)
			seen = kb;
	}
	fclose(f);
	return seen;
}

static bool probe_refs(const struct filter *f)
{
	if (pwrite(clear_refs, "1", 1, 0) != 1)
		die("clear_refs");
	sink = interpret(f, straddled);
	return referenced();
}

static void open_nothing(void)
{
}

static bool probe_note(const struct filter *f)
{
	return ref_interp(f, &plain).reads & ~SD_CONST_WORDS;
}

static bool probe_emulator(const struct filter *f)
{
	return emulate_linux(f, plain.w[SD_ARCH], plain.w[SD_NR]).reason !=
	       EMU_RET_UNKNOWN;
}

static const struct way {
	const char *name;
	void (*open)(void);
	bool (*probe)(const struct filter *f);
	bool tells; /* of an access */
} ways[] = {
	{ "no rights; siglongjmp, run again", open_ours, probe_ours, true },
	{ "the same, and the signal mask", open_mask, probe_mask, true },
	{ "no rights; mprotect, go on", open_let_in, probe_let_in, true },
#ifdef __x86_64__
	{ "no rights; skip the load", open_skip, probe_skip, true },
#endif
	{ "MADV_DONTNEED, pagemap", open_pagemap, probe_pagemap, true },
	{ "MADV_DONTNEED, mincore", open_pagemap, probe_mincore, true },
	{ "clear_refs, smaps", open_refs, probe_refs, true },
	{ "no probe: the interpreter's note", open_nothing, probe_note, true },
	{ "no probe: emulate_linux()", open_nothing, probe_emulator, false },
};

/* Nanoseconds of a probe; @seen: of how many accesses of 100. */
static double measure(const struct way *way, const struct filter *f, u32 *seen)
{
	double t[ROUNDS], begin;
	u32 i, round, n = 4;

	*seen = 0;
	for (i = 0; i < 100; i++)
		*seen += way->probe(f);
	begin = now();
	for (i = 0; i < n; i++)
		way->probe(f);
	n = 1 + TURN_NS / ((now() - begin) / n + 1);
	for (round = 0; round < ROUNDS; round++) {
		begin = now();
		for (i = 0; i < n; i++)
			way->probe(f);
		t[round] = (now() - begin) / n;
	}
	return median(t, ROUNDS);
}

int main(void)
{
	double ours = 0;
	u32 i;

	page_size = sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		die("mmap");
	straddled = (const struct sd *)(pages + page_size - STRADDLE_BYTES);
	memset(pages, 0, 2 * page_size);

	printf("one probe of two instructions: page 2 is accessed, or not\n");
	printf("  way                               accessed  seen     not  "
	       "seen  to the first\n");
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct way *way = &ways[i];
		double yes, no;
		u32 hits, alarms;

		way->open();
		yes = measure(way, &accessing, &hits);
		no = measure(way, &clean, &alarms);
		if (!i)
			ours = yes + no;
		printf("  %-32s %7.0f ns", way->name, yes);
		printf(way->tells ? " %3u%%" : "    -", hits);
		printf(" %7.0f ns", no);
		printf(way->tells ? " %3u%%" : "    -", alarms);
		printf(" %7.2fx\n", (yes + no) / ours);
		straddle_close();
	}
	return 0;
}
