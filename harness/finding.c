// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "action.h"
#include "finding.h"
#include "report.h"
#include "reproducer.h"
#include "shrink.h"
#include "stack.h"

#define PRINTED_LINES  100 /* of each filter */
#define SHRINK_TRIES   20000
#define SHRINK_SECONDS 5 /* of what waits for the answer */

struct harness *harness_new(void)
{
	size_t align = _Alignof(struct harness);
	struct harness *h = aligned_alloc(align, sizeof(*h));

	if (!h)
		return NULL;
	memset(h, 0, sizeof(*h));
	h->compare = compare;
	return h;
}

static int complain(const char *path, int error)
{
	fprintf(stderr, "bitproof: %s: %s\n", path, strerror(error));
	return -error;
}

/* Write and sync; a file that is there is a whole one. */
static int save(const char *path, const void *data, size_t size)
{
	char temporary[4096];
	ssize_t n = 0;
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return complain(temporary, errno);
	while (size && (n = write(fd, data, size)) > 0) {
		data = (const char *)data + n;
		size -= n;
	}
	if (n < 0 || fsync(fd)) {
		n = errno;
		close(fd);
		unlink(temporary);
		return complain(path, n);
	}
	close(fd);
	return rename(temporary, path) ? complain(path, errno) : 0;
}

static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0 || fsync(fd))
		error = errno;
	if (fd >= 0)
		close(fd);
	return error ? complain(dir, error) : 0;
}

static int save_raw(const char *path, const struct input *in)
{
	u8 *raw = malloc(INPUT_MAX_SIZE);
	int size, error;

	if (!raw)
		return complain(path, ENOMEM);
	size = input_write(in, raw, INPUT_MAX_SIZE);
	error = size < 0 ? complain(path, -size) : save(path, raw, size);
	free(raw);
	return error;
}

static int save_text(const char *path, const struct input *in)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int error;

	if (!f)
		return complain(path, errno);
	report_input(f, in, NULL);
	fclose(f);
	error = save(path, text, size);
	free(text);
	return error;
}

int finding_save(const char *dir, const char *name, const struct input *in)
{
	char path[4000];
	int raw, text;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return complain(dir, errno);
	snprintf(path, sizeof(path), "%s/%s.raw", dir, name);
	raw = save_raw(path, in);
	snprintf(path, sizeof(path), "%s/%s.bpf", dir, name);
	text = raw ? raw : save_text(path, in);
	return text ? text : sync_dir(dir);
}

/* Not every finding has one. Returns 0 or a negative errno. */
static int save_reproducer(const char *path, const char *subject,
			   const struct platform *platform,
			   const struct input *in, const struct finding *f)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int error;

	if (!out)
		return complain(path, errno);
	error = reproducer_write(out, subject, platform, in, f);
	fclose(out);
	if (!error)
		error = save(path, text, size);
	free(text);
	return error;
}

struct shrinking {
	const struct subject *sub;
	struct harness *h;
	enum finding_class class;
	enum finding_where where;
	double end; /* of shrinking */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Same class, same place: shrinking must not slide to another finding. */
static bool still_shows(const struct input *candidate, void *context)
{
	struct shrinking *s = context;
	struct tally tally = { 0 };
	struct comparison c;

	if (now() >= s->end)
		return false;
	s->h->compare(s->sub, candidate, &c, &tally, &s->h->scratch);
	return c.present[s->class] && c.first[s->class].where == s->where;
}

/* Is the served verdict of this one call wrong? */
static bool sd_still_unsound(const struct sd *sd, void *context)
{
	struct shrinking *s = context;

	return s->sub->lookup(sd) &&
	       stack_run(&s->h->scratch.stack, sd).ret != SECCOMP_RET_ALLOW;
}

static void print_verdict(FILE *out, const char *what, u32 ret)
{
	fprintf(out, "  %-9s ", what);
	report_return(out, ret);
	fprintf(out, " (0x%08" PRIx32 ")\n", ret);
}

static void print_crash(FILE *out, const struct finding *f)
{
	fprintf(out, "  expected  an answer\n  seen      ");
	if (f->seen)
		fprintf(out, "signal %" PRIu32 " (%s)\n", f->seen,
			strsignal(f->seen));
	else
		fprintf(out, "none, it hangs\n");
}

static void print_values(FILE *out, const struct finding *f)
{
	if (f->class == CRASH) {
		print_crash(out, f);
		return;
	}
	switch (f->where) {
	case AT_ATTACH:
		fprintf(out, "  expected  %s\n  seen      %s\n",
			f->expected ? strerrorname_np(f->expected) : "accepted",
			f->seen ? strerrorname_np(f->seen) : "accepted");
		break;
	case AT_WARNING:
		fprintf(out,
			"  expected  no warning\n  seen      %" PRIu32 "\n",
			f->seen);
		break;
	case AT_MATCH:
		fprintf(out, "  expected  filter %d\n  seen      filter %d\n",
			(int)f->expected, (int)f->seen);
		break;
	case AT_ACCESS:
		print_verdict(out, "returned", f->expected);
		fprintf(out, "  expected  no access of page 2\n"
			     "  seen      one\n");
		break;
	case AT_UNCLAIMED:
		print_verdict(out, "returned", f->expected);
		fprintf(out, "  expected  a constant at the full level\n"
			     "  seen      none\n");
		break;
	default:
		print_verdict(out, "expected", f->expected);
		print_verdict(out, "seen", f->seen);
	}
}

static const char *explain(const struct finding *f)
{
	if (f->class == CRASH)
		return f->seen ? "the code under test dies"
			       : "the code under test does not come back";
	switch (f->where) {
	case AT_ATTACH:
		return "a filter is accepted or refused unlike the reference";
	case AT_BITMAP:
	case AT_LOOKUP:
		return f->class == UNPROVEN ? "served from the bitmap; neither "
					      "proof nor witness"
					    : "served from the bitmap, but "
					      "full execution says otherwise";
	case AT_EXECUTE:
		return "one filter returns another value than the reference";
	case AT_ACCESS:
		return "page 2 is accessed, where nothing may depend on it";
	case AT_CONSTANT:
		return "our emulator's constant is not what is returned";
	case AT_UNCLAIMED:
		return "page 2 is not accessed, but no level knows a constant";
	case AT_RUN:
		return "the stack returns another value than the reference";
	case AT_WARNING:
		return "the code under test warns of itself";
	case AT_MATCH:
		return "another filter is held responsible for the verdict";
	default:
		return "two engines of the reference disagree";
	}
}

/* A case to look at, not all of it: the file that was saved has the rest. */
static void print_input(FILE *out, const struct input *in)
{
	u32 left = PRINTED_LINES, cut = 0;
	char *text = NULL, *line, *end;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	report_input(f, in, NULL);
	fclose(f);
	for (line = text; line && *line; line = end + 1) {
		end = strchrnul(line, '\n');
		/* A filter's head, and its last instruction, are always shown. */
		if (line[0] == ';')
			left = PRINTED_LINES;
		if (left || end[0] == 0 || end[1] == 0 || end[1] == ';') {
			if (cut)
				fprintf(out, "; %" PRIu32 " lines more\n", cut);
			cut = 0;
			fprintf(out, "%.*s\n", (int)(end - line), line);
			left -= left > 0;
		} else {
			cut++;
		}
		if (!*end)
			break;
	}
	free(text);
}

void finding_print(FILE *out, const char *subject,
		   const struct platform *platform, const struct input *in,
		   const struct finding *f)
{
	fprintf(out, "\n%s at %s: %s %s: %s\n", finding_class_name(f->class),
		finding_where_name(f->where), subject, platform->name,
		explain(f));
	print_input(out, in);
	fprintf(out, "\n");
	if (f->where == AT_ATTACH || f->where == AT_EXECUTE ||
	    f->where >= AT_ACCESS)
		fprintf(out, "  filter    %" PRIu32 "\n", f->filter);
	if (f->where != AT_ATTACH && f->where != AT_WARNING &&
	    f->class != CRASH)
		report_sd(out, platform, &f->sd);
	print_values(out, f);
}

void finding_print_saved(FILE *out, int error, const char *rerun,
			 const char *dir, const char *name)
{
	if (error)
		fprintf(out, "  not saved: %s\n", strerror(-error));
	else
		fprintf(out, "  rerun     %s %s/%s.raw\n", rerun, dir, name);
}

int finding_report(struct harness *h, const struct subject *sub,
		   const char *dir, const char *rerun, FILE *out)
{
	const struct finding *found = comparison_failure(&h->comparison);
	struct shrinking s = { .sub = sub, .h = h };
	struct tally tally = { 0 };
	struct finding f;
	char name[128], path[4000];
	int error;

	s.class = found->class;
	s.where = found->where;
	snprintf(name, sizeof(name), "%s-%s-%08" PRIx32,
		 finding_class_name(s.class), sub->machine.platform->name,
		 h->in.seed);

	/* As it was found, before anything else can go wrong. */
	error = finding_save(dir, name, &h->in);

	s.end = now() + SHRINK_SECONDS;
	shrink_input(&h->in, &h->candidate, SHRINK_TRIES, still_shows, &s);
	h->compare(sub, &h->in, &h->comparison, &tally, &h->scratch);
	f = h->comparison.first[s.class];
	if (f.class == UNSOUND)
		shrink_sd(&f.sd, sd_still_unsound, &s);
	if (!error)
		error = finding_save(dir, name, &h->in);

	finding_print(out, sub->name, sub->machine.platform, &h->in, &f);
	finding_print_saved(out, error, rerun, dir, name);
	snprintf(path, sizeof(path), "%s/%s.c", dir, name);
	if (!error && !save_reproducer(path, sub->name, sub->machine.platform,
				       &h->in, &f))
		fprintf(out,
			"  reproduce cc -o reproducer %s && ./reproducer\n",
			path);
	fflush(out);
	return error;
}
