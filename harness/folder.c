// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "report.h"

#define PATH_SIZE (sizeof(((struct folder *)0)->path) + 64)

static const char *const files[] = {
	"found.raw", "input.raw",   "case.bpf",
	"stack.c",   "finding.txt", "reproducer.c",
};

static void complain(struct folder *f, const char *path, int error)
{
	if (f->error)
		return;
	f->error = -error;
	fprintf(stderr, "bitproof: %s: %s\n", path, strerror(error));
}

static void sync_dir(struct folder *f, const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		complain(f, dir, errno);
	if (fd >= 0)
		close(fd);
}

void folder_put(struct folder *f, const char *name, const char *text,
		size_t size)
{
	char path[PATH_SIZE], temporary[PATH_SIZE];
	ssize_t n = 0;
	int fd;

	if (f->error)
		return;
	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	snprintf(temporary, sizeof(temporary), "%s/%s.new", f->path, name);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0) {
		complain(f, temporary, errno);
		return;
	}
	while (size && (n = write(fd, text, size)) > 0) {
		text += n;
		size -= n;
	}
	if (n < 0 || fsync(fd)) {
		complain(f, path, errno);
		unlink(temporary);
	} else if (rename(temporary, path)) {
		complain(f, path, errno);
	}
	close(fd);
	sync_dir(f, f->path);
}

static void put_raw(struct folder *f, const char *name, const struct input *in)
{
	u8 *raw = malloc(INPUT_MAX_SIZE);
	int size = raw ? input_write(in, raw, INPUT_MAX_SIZE) : -ENOMEM;

	if (size < 0)
		complain(f, name, -size);
	else
		folder_put(f, name, (char *)raw, size);
	free(raw);
}

/* @what: writes the text */
static void put_text(struct folder *f, const char *name, const struct input *in,
		     void (*what)(FILE *out, const struct input *in))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out) {
		complain(f, name, errno);
		return;
	}
	what(out, in);
	fclose(out);
	folder_put(f, name, text, size);
	free(text);
}

static void as_case(FILE *out, const struct input *in)
{
	report_input(out, in, NULL);
}

static void as_c(FILE *out, const struct input *in)
{
	fputs("#include <linux/filter.h>\n\n", out);
	report_c(out, &in->stack);
}

static void remove_files(struct folder *f, u32 from)
{
	char path[PATH_SIZE];
	u32 i;

	for (i = from; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->path, files[i]);
		unlink(path);
	}
}

/* Was it not there before? */
static bool make(struct folder *f, const char *dir)
{
	if (!mkdir(dir, 0755))
		return true;
	if (errno != EEXIST)
		complain(f, dir, errno);
	return false;
}

void folder_begin(struct folder *f, const char *dir, const char *name,
		  const struct input *in)
{
	*f = (struct folder){ 0 };
	make(f, dir);
	if (snprintf(f->path, sizeof(f->path), "%s/%s", dir, name) >=
	    (int)sizeof(f->path))
		complain(f, dir, ENAMETOOLONG);
	if (!f->error)
		f->made = make(f, f->path);
	put_raw(f, "found.raw", in);
	if (!f->error)
		sync_dir(f, dir);
}

void folder_open(struct folder *f, const char *path)
{
	*f = (struct folder){ 0 };
	snprintf(f->path, sizeof(f->path), "%s", path);
}

void folder_put_input(struct folder *f, const struct input *in)
{
	/* What an earlier run has said of this input is not of this kernel. */
	if (!f->error)
		remove_files(f, 1);
	put_raw(f, "input.raw", in);
	put_text(f, "case.bpf", in, as_case);
	put_text(f, "stack.c", in, as_c);
}

void folder_drop(struct folder *f)
{
	if (!f->made)
		return;
	remove_files(f, 0);
	rmdir(f->path);
}
