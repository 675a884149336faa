// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "infile.h"
#include "status.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

bool infile_is_case(const char *path)
{
	return ends_with(path, ".bpf");
}

/* Directories hold inputs, and what is said about them. */
static bool not_an_input(const char *path)
{
	return ends_with(path, ".txt") || ends_with(path, ".md") ||
	       ends_with(path, ".c") || ends_with(path, "/manifest");
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int each_in(const char *path, int (*take)(const char *path, void *arg),
		   void *arg)
{
	struct dirent **names;
	int i, ret = 0, n = scandir(path, &names, not_hidden, alphasort);

	if (n < 0)
		return fail("%s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (!ret)
			ret = infile_each(file, take, arg);
		free(names[i]);
	}
	free(names);
	return ret;
}

int infile_each(const char *path, int (*take)(const char *path, void *arg),
		void *arg)
{
	struct stat st;

	if (stat(path, &st))
		return fail("%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return each_in(path, take, arg);
	return not_an_input(path) ? 0 : take(path, arg);
}

int infile_raw(const char *path, struct input *in, size_t *size)
{
	static u8 raw[INPUT_MAX_SIZE + 1];
	FILE *f = fopen(path, "rb");
	int error;

	if (!f)
		return -errno;
	*size = fread(raw, 1, sizeof(raw), f);
	error = ferror(f) ? -errno : 0;
	fclose(f);
	if (error)
		return error;
	return *size > INPUT_MAX_SIZE ? -E2BIG : input_read(in, raw, *size);
}
