// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "straddle_pages.h"

#define PAGES 3 /* the two, and one without rights behind them */

static u8 *pages = MAP_FAILED;
static size_t page_size;
static enum straddle_defect broken;
static sigjmp_buf after_access;
static volatile sig_atomic_t armed;
static struct sigaction before;

/* A fault that is none of ours happens again, and ends the process. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	size_t offset = (u8 *)info->si_addr - pages;

	if (!armed || offset < page_size || offset >= PAGES * page_size) {
		sigaction(sig, &before, NULL);
		return;
	}
	siglongjmp(after_access, 1);
}

void straddle_close(void)
{
	if (pages == MAP_FAILED)
		return;
	sigaction(SIGSEGV, &before, NULL);
	munmap(pages, PAGES * page_size);
	pages = MAP_FAILED;
}

int straddle_open(enum straddle_defect defect)
{
	/* The mask needs no care then: neither saved nor restored. */
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO | SA_NODEFER };
	u32 readable = defect == STRADDLE_NOT_PROTECTED ? 3
		       : defect == STRADDLE_WRONG_PAGE  ? 2
							: 1;

	straddle_close();
	page_size = sysconf(_SC_PAGESIZE);
	broken = defect;
	pages = mmap(NULL, PAGES * page_size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return -errno;
	if (mprotect(pages, readable * page_size, PROT_READ | PROT_WRITE) ||
	    sigaction(SIGSEGV, &action, &before)) {
		int error = errno;

		munmap(pages, PAGES * page_size);
		pages = MAP_FAILED;
		return -error;
	}
	return 0;
}

/* False: it was ended by an access, and @ret is not known. */
static bool runs_to_the_end(straddle_exec exec, const void *context,
			    const struct sd *sd, u32 *ret)
{
	if (sigsetjmp(after_access, 0)) {
		armed = false;
		return false;
	}
	armed = true;
	*ret = exec(context, sd);
	armed = false;
	return true;
}

bool straddle_probe(straddle_exec exec, const void *context,
		    const struct sd *sd, u32 *ret)
{
	u8 *at = pages + page_size - STRADDLE_BYTES;
	static bool stale;

	/* Nothing can read what belongs on page 2: there it is not needed. */
	memcpy(at, sd, STRADDLE_BYTES);
	if (runs_to_the_end(exec, context, (const struct sd *)at, ret))
		return stale && broken == STRADDLE_NOT_CLEARED;
	stale = true;
	*ret = exec(context, sd);
	return broken != STRADDLE_NOT_NOTED;
}

const char *straddle_defect_name(enum straddle_defect defect)
{
	static const char *const names[STRADDLE_DEFECTS] = {
		[STRADDLE_SOUND] = "none",
		[STRADDLE_NOT_PROTECTED] = "page 2 not protected",
		[STRADDLE_WRONG_PAGE] = "wrong page",
		[STRADDLE_NOT_NOTED] = "access not noted",
		[STRADDLE_NOT_CLEARED] = "not cleared",
	};

	return names[defect];
}
