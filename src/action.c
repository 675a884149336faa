// SPDX-License-Identifier: GPL-2.0-only
#include "action.h"

#define MAX_ERRNO 4095

static const struct {
	u32 action;
	const char *name;
} verdicts[VERDICTS] = {
	[VERDICT_KILL_PROCESS] = { SECCOMP_RET_KILL_PROCESS, "KILL_PROCESS" },
	[VERDICT_KILL_THREAD] = { SECCOMP_RET_KILL_THREAD, "KILL_THREAD" },
	[VERDICT_TRAP] = { SECCOMP_RET_TRAP, "TRAP" },
	[VERDICT_ERRNO] = { SECCOMP_RET_ERRNO, "ERRNO" },
	[VERDICT_USER_NOTIF] = { SECCOMP_RET_USER_NOTIF, "USER_NOTIF" },
	[VERDICT_TRACE] = { SECCOMP_RET_TRACE, "TRACE" },
	[VERDICT_LOG] = { SECCOMP_RET_LOG, "LOG" },
	[VERDICT_ALLOW] = { SECCOMP_RET_ALLOW, "ALLOW" },
};

enum verdict action_verdict(u32 ret)
{
	u32 i;

	for (i = 0; i < VERDICTS; i++) {
		if ((ret & SECCOMP_RET_ACTION_FULL) == verdicts[i].action)
			return i;
	}
	return VERDICT_KILL_PROCESS;
}

u32 action_errno(u32 ret)
{
	u32 data = ret & SECCOMP_RET_DATA;

	return data < MAX_ERRNO ? data : MAX_ERRNO;
}

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}
