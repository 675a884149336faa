// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's finding, from the lines of its results to a folder on this side.
 *
 *	bitproof-finding --begin DIR
 *		a line bitproof-found: makes the folder, with the input as it
 *		was met, synced; prints its path
 *	bitproof-finding --tell FOLDER RERUN
 *		the text of a finding, and somewhere in it a line
 *		bitproof-finding: fills the folder, and prints what it is about.
 *		FOLDER is empty if there is none: then the input is printed too.
 *		RERUN is the command line that the path of an input is added to
 *
 * Both read standard input; harness/emu_vs_kernel.c has the lines' forms.
 *
 * Exit status: 0 done, 2 could not, with one line on standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../harness/finding.h"

#define COULD_NOT 2

static char *line;
static size_t room;
static struct input in;
static u8 raw[INPUT_MAX_SIZE];

static int fail(const char *what)
{
	fprintf(stderr, "bitproof-finding: %s\n", what);
	return COULD_NOT;
}

/* The text after " KEY=" in @line, up to the next space; "" if it has none. */
static const char *value(const char *key, size_t *size)
{
	size_t n = strlen(key);
	const char *at = line;

	while ((at = strchr(at, ' '))) {
		at++;
		if (!strncmp(at, key, n) && at[n] == '=') {
			*size = strcspn(at + n + 1, " \n");
			return at + n + 1;
		}
	}
	*size = 0;
	return "";
}

static bool is(const char *key, const char *name)
{
	size_t size;
	const char *v = value(key, &size);

	return size == strlen(name) && !memcmp(v, name, size);
}

static u32 number(const char *key, int base)
{
	size_t size;

	return strtoul(value(key, &size), NULL, base);
}

static bool read_what(struct finding *f)
{
	for (f->class = 0; f->class < FINDING_CLASSES; f->class ++) {
		if (is("class", finding_class_name(f->class)))
			break;
	}
	for (f->where = 0; f->where < FINDING_PLACES; f->where++) {
		if (is("where", finding_where_name(f->where)))
			break;
	}
	return f->class < FINDING_CLASSES && f->where < FINDING_PLACES;
}

static bool read_raw(void)
{
	size_t size, i;
	const char *hex = value("raw", &size);

	if (size / 2 > sizeof(raw))
		return false;
	for (i = 0; i < size / 2; i++) {
		if (sscanf(hex + 2 * i, "%2hhx", &raw[i]) != 1)
			return false;
	}
	return !input_read(&in, raw, size / 2);
}

static void read_call(struct finding *f)
{
	size_t size;
	const char *word = value("sd", &size);
	u32 i;

	f->filter = number("filter", 10);
	f->expected = number("expected", 16);
	f->seen = number("seen", 16);
	for (i = 0; i < SD_WORDS; i++) {
		char *end;

		f->sd.w[i] = strtoul(word, &end, 16);
		word = *end == ',' ? end + 1 : end;
	}
}

static bool begins(const char *word)
{
	size_t n = strlen(line);

	return !strncmp(line, word, strlen(word)) && n > 5 &&
	       !strcmp(line + n - 5, " end\n");
}

static int begin(const char *dir)
{
	struct found found = { 0 };

	if (getline(&line, &room, stdin) < 0 || !begins("bitproof-found ") ||
	    !read_what(&found.f) || !read_raw())
		return fail("no line bitproof-found");
	finding_begin(&found, dir, "kernel-", &found.f, &in);
	if (found.folder.error)
		return COULD_NOT;
	puts(found.folder.path);
	return 0;
}

/* From the text without the line, which is left in @line. */
static char *read_text(void)
{
	char *text = NULL, *found = NULL;
	size_t size, n = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	while (getline(&line, &room, stdin) >= 0) {
		if (!begins("bitproof-finding ")) {
			fputs(line, out);
			continue;
		}
		free(found);
		found = line;
		n = room;
		line = NULL;
		room = 0;
	}
	fclose(out);
	free(line);
	line = found;
	room = n;
	return text;
}

static int tell(const char *path, const char *rerun)
{
	struct found found = { 0 };
	char *text = read_text();
	char kernel[128];
	size_t size;
	const char *name;

	if (!text)
		return fail(strerror(errno));
	if (!line || !read_what(&found.f) || !read_raw())
		return fail("no line bitproof-finding");
	read_call(&found.f);
	name = value("kernel", &size);
	snprintf(kernel, sizeof(kernel), "%.*s", (int)size, name);
	folder_open(&found.folder, path);
	if (!*path)
		found.folder.error = -EIO;
	finding_put(&found, kernel, &in, text, rerun, stdout);
	free(text);
	return found.folder.error ? COULD_NOT : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--begin"))
		return begin(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "--tell"))
		return tell(argv[2], argv[3]);
	return fail(
		"usage: bitproof-finding --begin DIR | --tell FOLDER RERUN");
}
