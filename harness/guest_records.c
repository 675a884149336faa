// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cause.h"
#include "guest_records.h"

static char absent[8192]; /* lines */

void guest_absent(const char *name, const char *why)
{
	size_t used = strlen(absent);

	snprintf(absent + used, sizeof(absent) - used,
		 "bitproof-absent name=%s why=%s\n", name, why);
}

static void print_hex(const struct raw *raw)
{
	int i;

	for (i = 0; i < raw->size; i++)
		printf("%02x", raw->data[i]);
}

static void print_words(const struct sd *sd)
{
	u32 i;

	for (i = 0; i < SD_WORDS; i++)
		printf("%s%x", i ? "," : "", sd->w[i]);
}

void guest_tell_found(void)
{
	printf("bitproof-found class=%s where=%s raw=",
	       finding_class_name(board->finding.class),
	       finding_where_name(board->finding.where));
	print_hex(&board->original);
	printf(" end\n");
	fflush(stdout);
}

void guest_tell_finding(const struct finding *f, const struct input *in)
{
	printf("bitproof-finding class=%s where=%s cause=%08" PRIx32
	       " kernel=%s filter=%" PRIu32 " expected=%" PRIx32
	       " seen=%" PRIx32 " sd=",
	       finding_class_name(f->class), finding_where_name(f->where),
	       cause_of(f->class, f->where, &in->stack), board->kernel.name,
	       f->filter, f->expected, f->seen);
	print_words(&f->sd);
	printf(" raw=");
	print_hex(&board->shrunk);
	printf(" end\n");
}

/* What was done in one mode. */
static void tell_mode(const char *mode, const struct versus_tally *t)
{
	u32 i;

	printf("bitproof-mode name=%s kernel=%s stacks=%" PRIu64
	       " bits=%" PRIu64 " calls=%" PRIu64,
	       mode, board->kernel.name, t->stacks, t->bits, t->calls);
	for (i = 0; i < VERDICTS; i++)
		printf(" %s=%" PRIu64, verdict_name(i), t->by_verdict[i]);
	for (i = 0; i < FINDING_CLASSES; i++)
		printf(" %s=%" PRIu64, finding_class_name(i), t->by_class[i]);
	for (i = 0; i < PATHS; i++) {
		if (board->kernel.path[i])
			printf(" path-%s=%" PRIu64, path_name(i),
			       t->by_path[i]);
	}
	printf("\n");
}

static void tell_scenario(const struct versus_tally *t, enum scenario_id id)
{
	enum scenario_id of;
	u32 i;

	printf("bitproof-scenario name=%s stacks=%" PRIu64, scenarios[id].name,
	       t->in_scenario[id]);
	for (i = 0; i < SCENARIO_EVENTS; i++) {
		const char *name = scenario_event_name(i, &of);

		if (of == id)
			printf(" %s=%" PRIu64, name, t->events[i]);
	}
	printf("\n");
}

static void tell_cases(void)
{
	u32 i;

	for (i = 0; i < inputs.n; i++) {
		const char *path = inputs.path[i];
		size_t n = strlen(path);

		if (n > 4 && !strcmp(path + n - 4, ".bpf"))
			printf("bitproof-case platform=%s status=%d "
			       "times=%" PRIu64 " path=%s\n",
			       platforms[ENTRY_PLATFORM].name,
			       board->bad_file[i],
			       board->files / inputs.n +
				       (board->files % inputs.n > i),
			       path);
	}
}

void guest_tell_all(const struct versus_tally *t)
{
	u32 i;

	for (i = 0; i < board->modes; i++)
		tell_mode(board->in_mode[i].name, &board->tally[i]);
	for (i = 0; i < SCENARIOS; i++)
		tell_scenario(t, i);
	tell_cases();
	fputs(absent, stdout);
}
