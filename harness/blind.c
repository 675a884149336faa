// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzz target without a fuzzer: bytes of chance, and nothing is learned from them.
 * What fuzzers are worth is seen beside it (scripts/yardstick.py).
 *
 *	blind SEED
 *
 * Goes on until the target aborts, or SIGINT; a last line on standard error says how
 * many inputs there were.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rng.h"

#define LARGEST 1024 /* as most of what harness/mutator.c makes */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max);

static u64 inputs;

/* Targets refer to it, for mutators that are never called here. */
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max)
{
	return size;
}

static void tell(int signal)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "blind: %" PRIu64 " inputs\n",
			 inputs);

	if (write(STDERR_FILENO, line, n) != n || signal == SIGINT)
		_exit(0);
}

int main(int argc, char **argv)
{
	static const int deadly[] = { SIGABRT, SIGSEGV, SIGBUS,
				      SIGILL,  SIGFPE,  SIGTRAP };
	struct rng r = { argc > 1 ? strtoull(argv[1], NULL, 0) : 1 };
	static u8 data[LARGEST];
	u32 i, size;

	for (i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		sigaction(deadly[i],
			  &(struct sigaction){ .sa_handler = tell,
					       .sa_flags = SA_RESETHAND },
			  NULL);
	signal(SIGINT, tell);
	LLVMFuzzerInitialize(&argc, &argv);
	for (;;) {
		size = 1 + rng_below(&r, LARGEST);
		for (i = 0; i < size; i++)
			data[i] = rng_u32(&r);
		inputs++;
		LLVMFuzzerTestOneInput(data, size);
	}
}
