// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

int fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "emu_vs_interp: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return COULD_NOT_RUN;
}

static void add(struct tally *sum, const struct tally *t)
{
	const u64 *from = (const u64 *)t;
	u64 *to = (u64 *)sum;
	u32 i;

	for (i = 0; i < sizeof(*t) / sizeof(u64); i++)
		to[i] += from[i];
}

/* Of one platform. */
static struct tally total_on(u32 platform, u64 *files)
{
	struct tally sum = { 0 };
	u32 i;

	*files = 0;
	for (i = 0; i < opt.jobs; i++) {
		add(&sum, &shared->worker[i].tally[platform]);
		*files += shared->worker[i].files_on[platform];
	}
	return sum;
}

static struct tally total(void)
{
	struct tally sum = { 0 };
	u64 files;
	u32 i;

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		struct tally t = total_on(i, &files);

		add(&sum, &t);
	}
	return sum;
}

/* All are replayed by the first worker. */
static u64 files_replayed(void)
{
	return shared->worker[0].files;
}

void driver_progress(double t)
{
	static double recorded;
	struct tally sum;

	if (records && t - recorded >= 1) {
		recorded = t;
		sum = total();
		fprintf(records,
			"bitproof-progress seconds=%.1f stacks=%" PRIu64
			" filters=%" PRIu64 " verdicts=%" PRIu64 "\n",
			t, sum.stacks, sum.filters, sum.verdicts);
		fflush(records);
	}
	if (!isatty(STDERR_FILENO))
		return;
	sum = total();
	fprintf(stderr,
		"\r%s: %.0f of %" PRIu64 " s, %" PRIu64 " files, %" PRIu64
		" filters, %.0f/s, %" PRIu64 " verdicts  ",
		subject_of(0)->name, t, opt.seconds, files_replayed(),
		sum.filters, sum.filters / (t > 0 ? t : 1), sum.verdicts);
}

static void record_all(enum status status, double seconds)
{
	struct sampled sum = { 0 };
	u32 i, j;

	for (i = 0; i < INPUT_PLATFORMS; i++) {
		u64 files;
		struct tally t = total_on(i, &files);

		if (opt.platform < 0 || opt.platform == (s32)i)
			records_platform(records, subject_of(i), files, &t);
	}
	for (i = 0; i < opt.jobs; i++) {
		const u64 *from = (const u64 *)&shared->worker[i].sampled;

		for (j = 0; j < sizeof(sum) / sizeof(u64); j++)
			((u64 *)&sum)[j] += from[j];
	}
	records_sampled(records, &sum);
	fprintf(records, "bitproof-trailer status=%d seconds=%.1f\n", status,
		seconds);
	if (ferror(records) || fclose(records))
		fail("%s: %s", opt.records, strerror(errno));
}

enum status driver_summary(enum status status, double seconds)
{
	struct tally t = total();
	u32 i;

	printf("\nsubject     %s%s\n", subject_of(0)->name,
	       t.probes ? ", by the page-straddling probe" : "");
	printf("replayed    %" PRIu64 " files\n", files_replayed());
	printf("filters     %" PRIu64 " offered, %" PRIu64
	       " refused by both sides, %.0f/s\n",
	       t.filters, t.refused, t.filters / (seconds > 0 ? seconds : 1));
	printf("stacks      %" PRIu64 "\n", t.stacks);
	printf("verdicts    %" PRIu64 " (arch, nr) decided\n", t.verdicts);
	printf("constants   %" PRIu64
	       " served and ALLOW in full execution, %" PRIu64
	       " of them proven for all arguments\n",
	       t.constants, t.proven);
	printf("calls       %" PRIu64 " into the subject's code\n",
	       t.subject_calls);
	if (!t.probes)
		printf("executions  %" PRIu64 " of one filter in full\n",
		       t.executions);
	else
		printf("probes      %" PRIu64 " over straddled data, %" PRIu64
		       " of them without an access of page 2\n",
		       t.probes, t.untouched);
	printf("findings   ");
	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s %" PRIu64, finding_class_name(i), t.by_class[i]);
	if (opt.keep_going && shared->causes)
		printf(", of %" PRIu32 " causes", shared->causes);
	printf("\n");

	if (status == HOLDS && t.by_class[UNPROVEN])
		status =
			fail("%" PRIu64
			     " served verdicts were neither proven nor refuted",
			     t.by_class[UNPROVEN]);
	if (status == HOLDS && !t.verdicts)
		status = fail("nothing was compared");
	printf("%s\n", status_text(status));
	if (records)
		record_all(status, seconds);
	return status;
}
