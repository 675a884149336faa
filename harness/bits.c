// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"

#define FILE_SIZE 65536 /* two tables of 512 lines are half of it */

/* Moves past @word if the text begins with it. */
static bool eat(const char **p, const char *end, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(end - *p) < n || memcmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

static bool eat_number(const char **p, const char *end, u32 *v)
{
	const char *start = *p;

	for (*v = 0; *p < end && **p >= '0' && **p <= '9' && *v < NR_MAX; ++*p)
		*v = *v * 10 + (**p - '0');
	return *p > start;
}

static bool parse_line(const struct platform *platform, const char **p,
		       const char *end, struct bits *b)
{
	u32 nr, i = 0;

	if (!eat(p, end, platform->native->name) || !eat(p, end, " ")) {
		i = 1;
		if (!platform->compat || !eat(p, end, platform->compat->name) ||
		    !eat(p, end, " "))
			return false;
	}
	if (!eat_number(p, end, &nr) || nr != b->nrs[i] || nr >= NR_MAX)
		return false;
	b->nrs[i]++;
	if (eat(p, end, " ALLOW\n")) {
		nrset_add(&b->allow[i], nr);
		return true;
	}
	return eat(p, end, " FILTER\n");
}

int bits_parse(const struct platform *platform, const char *text, size_t size,
	       struct bits *b)
{
	const char *end = text + size;

	memset(b, 0, sizeof(*b));
	while (text < end) {
		if (!parse_line(platform, &text, end, b))
			return -EINVAL;
	}
	return b->nrs[0] ? 0 : -EINVAL;
}

/* Returns the size or a negative errno. */
static ssize_t slurp(int proc, pid_t tid, const char *name, char *text,
		     size_t max)
{
	size_t size = 0;
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/%s", (int)tid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + size, max - size)) > 0)
		size += n;
	if (n < 0)
		size = -errno;
	close(fd);
	return size;
}

int bits_read(int proc, const struct platform *platform, pid_t tid,
	      struct bits *b)
{
	static char text[FILE_SIZE];
	ssize_t size = slurp(proc, tid, "seccomp_cache", text, sizeof(text));

	return size < 0 ? (int)size : bits_parse(platform, text, size, b);
}

int bits_filters(int proc, pid_t tid)
{
	static const char key[] = "Seccomp_filters:";
	char text[8192];
	ssize_t size = slurp(proc, tid, "status", text, sizeof(text) - 1);
	const char *line;

	if (size < 0)
		return size;
	text[size] = 0;
	line = strstr(text, key);
	return line ? atoi(line + sizeof(key) - 1) : -ENODATA;
}
