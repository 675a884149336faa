// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "casefile.h"
#include "entry.h"
#include "infile.h"

#define CASE_NRS 463

struct inputs inputs;

static struct input in;

static int add_input(const char *path, const struct input *from)
{
	u32 n = inputs.n;
	struct raw *raw;

	if (n == FILES_MAX)
		return fail("%s: more than %d files", path, FILES_MAX);
	inputs.raw = realloc(inputs.raw, (n + 1) * sizeof(*inputs.raw));
	inputs.named = realloc(inputs.named, (n + 1) * sizeof(*inputs.named));
	inputs.path = realloc(inputs.path, (n + 1) * sizeof(*inputs.path));
	if (!inputs.raw || !inputs.named || !inputs.path)
		return fail("%s: no memory", path);
	inputs.named[n] = (struct named){ 0 };
	raw = &inputs.raw[n];
	raw->size = input_write(from, raw->data, sizeof(raw->data));
	if (raw->size < 0)
		return fail("%s: has no raw form", path);
	inputs.path[n] = strdup(path);
	inputs.n++;
	return 0;
}

/*
 * Is the reference, as compiled for this machine, what the case expects? What a case
 * says holds for tables of any size.
 */
static int check_case(const char *path, const struct casefile *c)
{
	struct machine m;
	char why[512];

	machine_init(&m, &platforms[ENTRY_PLATFORM], 0, CASE_NRS, CASE_NRS);
	if (casefile_check(c, &m, why, sizeof(why)))
		return fail("%s: the reference is not what it expects: %s",
			    path, why);
	return 0;
}

/* The calls that it names, of those that this machine can be asked for. */
static int add_named(const char *path, const struct casefile *c)
{
	const struct platform *p = &platforms[ENTRY_PLATFORM];
	struct named *named = &inputs.named[inputs.n - 1];
	u32 i;

	named->call = calloc(c->nr_verdicts, sizeof(*named->call));
	if (c->nr_verdicts && !named->call)
		return fail("%s: no memory", path);
	for (i = 0; i < c->nr_verdicts; i++) {
		const struct case_verdict *v = &c->verdict[i];

		if (v->abi != p->native && v->abi != p->compat)
			continue;
		if (named->n == PLAN_NAMED)
			return fail("%s: line %u: more than %d calls for %s",
				    path, v->line, PLAN_NAMED, p->name);
		named->call[named->n++] = *v;
	}
	return 0;
}

static int load_case(const char *path)
{
	struct casefile c;
	char why[512];
	int error = 0;

	if (casefile_read(path, &c, why, sizeof(why)))
		return fail("%s", why);
	if (casefile_wants(&c, &platforms[ENTRY_PLATFORM])) {
		c.input->platform = ENTRY_PLATFORM;
		error = check_case(path, &c);
		if (!error)
			error = add_input(path, c.input);
		if (!error)
			error = add_named(path, &c);
	} else {
		inputs.others++;
	}
	casefile_free(&c);
	return error;
}

static int load_raw(const char *path)
{
	size_t size = 0;
	int error = infile_raw(path, &in, &size);

	switch (error) {
	case 0:
		break;
	case -ENODATA:
	case -EBADMSG:
	case -E2BIG:
		inputs.none++;
		return opt.guided ? 0
				  : fail("%s: %zu bytes are no input", path,
					 size);
	default:
		return fail("%s: %s", path, strerror(-error));
	}
	if (in.platform == ENTRY_PLATFORM)
		return add_input(path, &in);
	inputs.others++;
	return 0;
}

static int load(const char *path, void *arg)
{
	return infile_is_case(path) ? load_case(path) : load_raw(path);
}

int inputs_load(const char *path)
{
	return infile_each(path, load, NULL);
}
