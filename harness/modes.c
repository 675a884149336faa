// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "modes.h"

#define JIT    "/proc/sys/net/core/bpf_jit_enable"
#define HARDEN "/proc/sys/net/core/bpf_jit_harden"

static int get(const char *path)
{
	char text[16] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int value = -1;

	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) > 0)
		value = atoi(text);
	close(fd);
	return value;
}

static bool set(const char *path, int value)
{
	int fd;

	if (get(path) == value)
		return true;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* Whether it took is asked, not believed. */
	if (dprintf(fd, "%d\n", value) < 0)
		value = -1;
	close(fd);
	return get(path) == value;
}

static void name(struct mode *m)
{
	char jit[16] = "?", harden[16] = "?";

	if (m->jit >= 0)
		snprintf(jit, sizeof(jit), "%d", m->jit);
	if (m->harden >= 0)
		snprintf(harden, sizeof(harden), "%d", m->harden);
	snprintf(m->name, sizeof(m->name), "jit=%s,harden=%s,%s", jit, harden,
		 !m->set	 ? "as-is" :
		 m->unprivileged ? "unprivileged" :
				   "privileged");
}

bool mode_holds(const struct mode *m)
{
	return get(JIT) == m->jit && get(HARDEN) == m->harden;
}

const char *mode_enter(const struct mode *m)
{
	if (!m->set)
		return NULL;
	if ((m->jit >= 0 && !set(JIT, m->jit)) ||
	    (m->harden >= 0 && !set(HARDEN, m->harden)) || !mode_holds(m))
		return "net.core.bpf_jit_* does not read back as it was set";
	return NULL;
}

bool mode_blinds(const struct mode *m)
{
	return m->jit > 0 &&
	       (m->harden == 2 || (m->harden == 1 && m->unprivileged));
}

static u32 add(struct mode *modes, u32 n, int jit, int harden)
{
	u32 i;

	for (i = 0; i < 2; i++, n++) {
		modes[n] = (struct mode){ .jit = jit, .harden = harden,
					  .set = true, .unprivileged = i };
		name(&modes[n]);
	}
	return n;
}

/* Without a JIT there is nothing to harden. */
u32 modes_find(struct mode *modes, bool all)
{
	int jit = get(JIT), harden = get(HARDEN);
	u32 n = 0;
	int i;

	if (all && jit < 0)
		return add(modes, 0, -1, harden);
	if (all && set(JIT, 0))
		n = add(modes, n, 0, harden < 0 ? -1 : 0);
	if (all && set(JIT, 1)) {
		for (i = 0; i < (harden < 0 ? 1 : 3); i++)
			n = add(modes, n, 1, harden < 0 ? -1 : i);
	}
	if (n)
		return n;
	modes[0] = (struct mode){ .jit = jit, .harden = harden };
	name(&modes[0]);
	return 1;
}
