// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "cause.h"
#include "cli.h"
#include "finding.h"
#include "report.h"
#include "reproducer.h"
#include "shrink.h"
#include "stack.h"

#define PRINTED_LINES  100 /* of each filter */
#define SHRINK_SECONDS 5 /* of what waits for the answer */

struct harness *harness_new(void)
{
	size_t align = _Alignof(struct harness);
	struct harness *h = aligned_alloc(align, sizeof(*h));

	if (!h)
		return NULL;
	memset(h, 0, sizeof(*h));
	h->compare = compare;
	h->shrink_tries = FINDING_TRIES;
	return h;
}

struct shrinking {
	const struct subject *sub;
	struct harness *h;
	enum finding_class class;
	enum finding_where where;
	double end; /* of shrinking */
};

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

void finding_print_kernel(FILE *out, const char *kernel,
			  const struct machine *m)
{
	u32 i;

	fprintf(out, "  kernel    %s", kernel);
	for (i = 0; i < m->tables; i++)
		fprintf(out, ", %s %" PRIu32 " numbers", m->table[i].abi->name,
			m->table[i].nrs);
	fputs("\n", out);
}

/* FNV-1a over all of it */
static u32 number_of(const struct input *in)
{
	u32 hash = 2166136261u ^ in->seed;
	u32 i;
	size_t at;

	for (i = 0; i < in->stack.depth; i++) {
		const struct filter *f = &in->stack.filter[i];
		const u8 *byte = (const u8 *)f->insns;

		hash = (hash ^ f->len) * 16777619u;
		for (at = 0; at < f->len * sizeof(*f->insns); at++)
			hash = (hash ^ byte[at]) * 16777619u;
	}
	return hash;
}

void finding_begin(struct found *found, const char *dir, const char *of,
		   const struct finding *f, const struct input *in)
{
	char name[128];

	snprintf(name, sizeof(name), "%s-%s-%s%s-%08" PRIx32,
		 finding_class_name(f->class), finding_where_name(f->where), of,
		 platforms[in->platform].name, number_of(in));
	found->f = *f;
	folder_begin(&found->folder, dir, name, in);
}

void finding_shrink(struct found *found, struct harness *h,
		    const struct subject *sub)
{
	struct shrinking s = { .sub = sub,
			       .h = h,
			       .class = found->f.class,
			       .where = found->f.where,
			       .end = now() + SHRINK_SECONDS };
	struct tally tally = { 0 };

	shrink_input(&h->in, &h->candidate, h->shrink_tries, still_shows,
		     &s);
	h->compare(sub, &h->in, &h->comparison, &tally, &h->scratch);
	/* What depends on more than the input shows now and then: as it was found. */
	if (h->comparison.present[s.class])
		found->f = h->comparison.first[s.class];
	if (found->f.class == UNSOUND)
		shrink_sd(&found->f.sd, sd_still_unsound, &s);
	found->cause = cause_of(s.class, s.where, &h->in.stack);
}

/* Not every finding has one. */
static void put_reproducer(struct found *found, const char *kernel,
			   const struct input *in, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	if (!reproducer_write(f, kernel, &platforms[in->platform], in,
			      &found->f)) {
		fflush(f);
		folder_put(&found->folder, "reproducer.c", text, size);
		fprintf(out,
			"  reproduce cc -o reproducer %s/reproducer.c && "
			"./reproducer\n",
			found->folder.path);
	}
	fclose(f);
	free(text);
}

static void print_raw(FILE *out, const struct input *in)
{
	u8 *raw = malloc(INPUT_MAX_SIZE);
	int size = raw ? input_write(in, raw, INPUT_MAX_SIZE) : 0;
	int i;

	fputs("  raw       ", out);
	for (i = 0; i < size; i++)
		fprintf(out, "%02x", raw[i]);
	fputs("\n", out);
	free(raw);
}

void finding_put(struct found *found, const char *kernel,
		 const struct input *in, const char *text, const char *rerun,
		 FILE *out)
{
	char *more = NULL, *all = NULL;
	size_t size;
	FILE *f = open_memstream(&more, &size);
	int n;

	if (!f)
		return;
	folder_put_input(&found->folder, in);
	fprintf(f, "  rerun     %s %s/input.raw\n", rerun, found->folder.path);
	put_reproducer(found, kernel, in, f);
	fclose(f);
	n = asprintf(&all, "%s%s", text + strspn(text, "\n"), more);
	if (n > 0)
		folder_put(&found->folder, "finding.txt", all, n);
	if (found->folder.error) {
		fprintf(out, "%s  not saved: %s\n", text,
			strerror(-found->folder.error));
		print_raw(out, in);
	} else {
		fprintf(out, "%s%s", text, more);
	}
	fflush(out);
	free(all);
	free(more);
}

void finding_tell(struct found *found, const struct harness *h,
		  const struct subject *sub, const char *rerun, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	finding_print(f, sub->name, sub->machine.platform, &h->in, &found->f);
	finding_print_kernel(f, sub->name, &sub->machine);
	fclose(f);
	finding_put(found, sub->name, &h->in, text, rerun, out);
	free(text);
}
