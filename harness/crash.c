// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cause.h"
#include "crash.h"
#include "shrink.h"

#define TRIES       2000
#define TRY_MSECS   200 /* of processor time for one, which may hang */
#define ALL_SECONDS 10

struct crash {
	const struct subject *sub;
	struct harness *h;
	struct watch *w;
	const struct finding *f;
	time_t end;
};

bool crash_seen(const struct watch *w, int status, struct finding *f)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : SIGABRT;

	if (!w->inside || (WIFEXITED(status) && !WEXITSTATUS(status)))
		return false;
	*f = (struct finding){
		.class = CRASH,
		.where = w->where,
		.seen = signal == SIGKILL || signal == SIGPROF ? 0 : signal,
	};
	return true;
}

/* What the code under test says when it dies has been said once. */
static void be_silent(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
}

void crash_deadline(u32 msecs)
{
	const struct itimerval t = {
		.it_value = { msecs / 1000, msecs % 1000 * 1000 },
	};

	setitimer(ITIMER_PROF, &t, NULL);
}

static bool still_dies(const struct input *candidate, void *context)
{
	struct crash *c = context;
	struct tally tally = { 0 };
	struct comparison comparison;
	struct finding f;
	int status;
	pid_t pid;

	if (time(NULL) >= c->end)
		return false;
	c->w->inside = 0;
	pid = fork();
	if (!pid) {
		be_silent();
		crash_deadline(TRY_MSECS);
		c->h->compare(watch_subject(c->sub, c->w), candidate,
			      &comparison, &tally, &c->h->scratch);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return crash_seen(c->w, status, &f) && f.where == c->f->where &&
	       f.seen == c->f->seen;
}

void crash_shrink(struct found *found, struct harness *h,
		  const struct subject *sub, struct watch *w)
{
	struct crash c = { sub, h, w, &found->f, time(NULL) + ALL_SECONDS };

	fflush(NULL); /* or children would say it too */
	shrink_input(&h->in, &h->candidate,
		     h->shrink_tries < TRIES ? h->shrink_tries : TRIES,
		     still_dies, &c);
	found->cause =
		cause_of(found->f.class, found->f.where, &h->in.stack);
}
