// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the kernel's functions: what is done wrong with 10 bytes of it ends
 * the process when they are freed, or with a sanitizer at once.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim_memory.h"
#include "tap.h"

#define SIZE 10

/* No compiler may know what is written where. */
static void put(char *p, int at, char byte)
{
	((volatile char *)p)[at] = byte;
}

static void within(char *p)
{
	put(p, 0, 1);
	put(p, SIZE - 1, 1);
	shim_free(p);
	shim_free(NULL);
}

static void behind(char *p)
{
	put(p, SIZE, 1);
	shim_free(p);
}

static void far_behind(char *p)
{
	put(p, SIZE + 2 * 255, 1);
	shim_free(p);
}

/* Without being freed. */
static void kept(char *p)
{
	put(p, SIZE, 1);
	shim_check_memory();
}

static void kept_within(char *p)
{
	char *q = shim_alloc(SIZE);

	put(p, SIZE - 1, 1);
	shim_check_memory();
	shim_free(p);
	shim_check_memory();
	shim_free(q);
}

static void before(char *p)
{
	put(p, -1, 1);
	shim_free(p);
}

static void smaller(char *p)
{
	p = shim_resize(p, SIZE - 1);
	put(p, SIZE - 1, 1);
	shim_free(p);
}

static void larger(char *p)
{
	p = shim_resize(p, SIZE + 1);
	put(p, SIZE, 1);
	shim_free(p);
}

static void twice(char *p)
{
	char *volatile same = p;

	shim_free(p);
	shim_free(same);
}

/* In a process of its own: does it live? */
static bool lives(void (*use)(char *p))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		use(shim_alloc(SIZE));
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && !status;
}

int main(void)
{
	static const struct {
		const char *name;
		void (*use)(char *p);
		bool lives;
	} row[] = {
		{ "the first and the last byte", within, true },
		{ "larger: its last byte", larger, true },
		{ "the byte behind the last", behind, false },
		{ "the same, and kept", kept, false },
		{ "kept without harm", kept_within, true },
		{ "500 bytes behind it", far_behind, false },
		{ "the byte before the first", before, false },
		{ "smaller: the byte behind its last", smaller, false },
		{ "freed twice", twice, false },
	};
	static const char zero[SIZE], text[SIZE] = "10 bytes.";
	char *p = shim_zalloc(SIZE), *copy = shim_memdup(text, SIZE);

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		ok(lives(row[i].use) == row[i].lives, "%s", row[i].name);
	ok(!memcmp(p, zero, SIZE), "zeroed");
	copy = shim_resize(copy, 2 * SIZE);
	ok(!memcmp(copy, text, SIZE), "a copy, which is kept when it grows");
	shim_free(p);
	shim_free(copy);
	return tap_done();
}
