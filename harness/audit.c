// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"

#define WAIT_SECONDS 5
#define MAX_MESSAGE  8970 /* MAX_AUDIT_MESSAGE_LENGTH of older headers */
#define BUFFER	     (8 << 20) /* of the socket */
#define ACTIONS_LOGGED "/proc/sys/kernel/seccomp/actions_logged"

struct message {
	struct nlmsghdr head;
	char data[MAX_MESSAGE];
};

static int audit = -1;
static u32 sequence;
static u32 lost;

static const char *const action_names[VERDICTS] = {
	[VERDICT_KILL_PROCESS] = "kill_process",
	[VERDICT_KILL_THREAD] = "kill_thread",
	[VERDICT_TRAP] = "trap",
	[VERDICT_ERRNO] = "errno",
	[VERDICT_USER_NOTIF] = "user_notif",
	[VERDICT_TRACE] = "trace",
	[VERDICT_LOG] = "log",
};

static int tell(u16 type, u16 flags, const void *data, size_t size)
{
	struct message m = { 0 };

	m.head.nlmsg_len = NLMSG_LENGTH(size);
	m.head.nlmsg_type = type;
	m.head.nlmsg_flags = NLM_F_REQUEST | flags;
	m.head.nlmsg_seq = ++sequence;
	memcpy(m.data, data, size);
	return send(audit, &m, m.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The next message. Returns 0 or a negative errno. */
static int hear(struct message *m)
{
	ssize_t n;

	do
		n = recv(audit, m, sizeof(*m) - 1, 0);
	while (n < 0 && errno == EINTR);
	if (n < (ssize_t)sizeof(m->head))
		return n < 0 ? -errno : -EBADMSG;
	((char *)m)[n] = 0;
	return 0;
}

/* Tell, and wait for the acknowledgement; what else comes is dropped. */
static int ask(u16 type, const void *data, size_t size)
{
	struct message m;
	u32 mine;
	int error = tell(type, NLM_F_ACK, data, size);

	for (mine = sequence; !error; ) {
		error = hear(&m);
		if (!error && m.head.nlmsg_type == NLMSG_ERROR &&
		    m.head.nlmsg_seq == mine) {
			memcpy(&error, m.data, sizeof(error));
			return error;
		}
	}
	return error;
}

/* Records that the kernel could not deliver, ever. */
static int count_lost(u32 *count)
{
	struct audit_status status;
	struct message m;
	u32 mine;
	int error = tell(AUDIT_GET, 0, NULL, 0);

	for (mine = sequence; !error; ) {
		error = hear(&m);
		if (error || m.head.nlmsg_seq != mine)
			continue;
		if (m.head.nlmsg_type == NLMSG_ERROR)
			return -EPERM;
		if (m.head.nlmsg_type == AUDIT_GET)
			break;
	}
	memcpy(&status, m.data, sizeof(status));
	*count = status.lost;
	return error;
}

static const char *cannot(const char *why)
{
	if (audit >= 0)
		close(audit);
	audit = -1;
	return why;
}

const char *audit_open(void)
{
	struct audit_status s = {
		.mask = AUDIT_STATUS_PID | AUDIT_STATUS_FAILURE |
			AUDIT_STATUS_RATE_LIMIT | AUDIT_STATUS_BACKLOG_LIMIT,
		.failure = AUDIT_FAIL_SILENT,
		.pid = getpid(),
	};
	struct timeval wait = { WAIT_SECONDS, 0 };
	int size = BUFFER;

	if (audit >= 0)
		return NULL;
	audit = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (audit < 0)
		return cannot("the kernel has no audit");
	if (setsockopt(audit, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    setsockopt(audit, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		return cannot("no privilege for audit");
	if (ask(AUDIT_SET, &s, sizeof(s)) || count_lost(&lost))
		return cannot("the kernel refuses to be audited");
	if (access(ACTIONS_LOGGED, W_OK))
		return cannot("actions_logged can't be written");
	return NULL;
}

int audit_set_logged(u32 logged)
{
	char text[128];
	int fd = open(ACTIONS_LOGGED, O_WRONLY | O_CLOEXEC);
	int n = 0, error = 0;
	u32 i;

	if (fd < 0)
		return errno;
	for (i = 0; i < VERDICTS; i++) {
		if (logged >> i & 1 && action_names[i])
			n += sprintf(text + n, "%s%s", n ? " " : "",
				     action_names[i]);
	}
	text[n++] = '\n';
	if (write(fd, text, n) != n)
		error = errno;
	close(fd);
	return error;
}

/* The value of " KEY=" in @text. */
static bool field(const char *text, const char *key, int base, u64 *value)
{
	const char *at = strstr(text, key);

	if (!at)
		return false;
	*value = at[strlen(key)] == '-' ?
			 (u64)strtoll(at + strlen(key), NULL, base) :
			 strtoull(at + strlen(key), NULL, base);
	return true;
}

static bool parse(const char *text, u32 *pid, struct record *r)
{
	u64 v[7];

	/* After comm=, which is ours. kernel/auditsc.c: audit_seccomp() */
	if (!field(text, " pid=", 10, &v[0]) ||
	    !field(text, " sig=", 10, &v[1]) ||
	    !field(text, " arch=", 16, &v[2]) ||
	    !field(text, " syscall=", 10, &v[3]) ||
	    !field(text, " compat=", 10, &v[4]) ||
	    !field(text, " ip=", 16, &v[5]) ||
	    !field(text, " code=", 16, &v[6]))
		return false;
	*pid = v[0];
	*r = (struct record){ v[1], v[2], v[3], v[4], v[5], v[6] };
	return true;
}

int audit_read(u32 pid, struct record *records, u32 max)
{
	char mark[32];
	struct message m;
	struct record r;
	u32 n = 0, from, now;
	int error;

	/*
	 * Records come in the order in which they were written, so a message
	 * of our own that comes back is behind all of them. Of this type it
	 * does so though nothing has turned auditing on.
	 */
	sprintf(mark, "bitproof-mark-%u-", ++sequence);
	error = tell(AUDIT_USER_AVC, 0, mark, strlen(mark) + 1);
	while (!error) {
		error = hear(&m);
		if (error)
			return error;
		if (m.head.nlmsg_type == AUDIT_USER_AVC &&
		    strstr(m.data, mark))
			break;
		if (m.head.nlmsg_type != AUDIT_SECCOMP)
			continue;
		if (!parse(m.data, &from, &r))
			return -EBADMSG;
		if (from != pid)
			continue;
		if (n < max)
			records[n] = r;
		n++;
	}
	if (!error)
		error = count_lost(&now);
	if (error)
		return error;
	error = now == lost ? (int)n : -ENOBUFS;
	lost = now;
	return error;
}
