#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tools/capture: the stacks that a program of our own attaches come out byte by
# byte, and bad usage is one line and status 2. Uses $CAPTURE if set.

set -eu
cd "${BASH_SOURCE[0]%/*}/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

CC=${CC:-cc}
capture=${CAPTURE:-$tmp/capture}
[ -n "${CAPTURE:-}" ] ||
	$CC -std=gnu11 -O1 -o "$capture" tools/capture.c src/input.c
$CC -std=gnu11 -O1 -pthread -o "$tmp/attach" -x c - <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

static struct sock_filter a[] = {
	{ 0x20, 0, 0, 0 },	    /* ld [0] */
	{ 0x15, 0, 1, 400 },	    /* jeq #400, 0, 1 */
	{ 0x06, 0, 0, 0x00050001 }, /* ret ERRNO(1) */
	{ 0x06, 7, 9, 0x7fff0000 }, /* ret ALLOW, with fields to keep */
};
static struct sock_filter b[] = { { 0x06, 0, 0, 0x7fff0000 } };
static struct sock_filter bad[] = { { 0x06, 0, 0, 0x7fff0000 }, { 0, 0, 0, 0 } };

#define PROG(f) &(struct sock_fprog){ sizeof(f) / sizeof(f[0]), f }

static void by_prctl(struct sock_fprog *p)
{
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, p);
}

static long by_seccomp(struct sock_fprog *p, unsigned int flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, p);
}

/* What its thread group gets by TSYNC comes to it, and to who it starts. */
static int go[2];
static void *thread(void *unused)
{
	char c;

	read(go[0], &c, 1);
	by_prctl(PROG(a));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t t;
	int i;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!strcmp(argv[1], "none")) {
		by_prctl(NULL);
		by_seccomp(PROG(bad), 0);
		return by_seccomp(PROG(b), 1u << 31) != -1;
	}
	if (!strcmp(argv[1], "again")) { /* after execve */
		by_seccomp(PROG(a), 0);
		return 0;
	}
	if (!strcmp(argv[1], "fork")) {
		by_prctl(PROG(a));
		for (i = 0; i < 3; i++) { /* the same each time */
			if (!fork()) {
				by_seccomp(PROG(b), 0);
				_exit(0);
			}
			wait(NULL);
		}
		execl(argv[0], argv[0], "again", NULL);
	}
	if (!strcmp(argv[1], "tsync")) {
		pipe(go);
		pthread_create(&t, NULL, thread, NULL);
		by_seccomp(PROG(b), SECCOMP_FILTER_FLAG_TSYNC);
		write(go[1], "", 1);
		pthread_join(t, NULL);
	}
	if (!strcmp(argv[1], "deep"))
		for (i = 0; i < 10; i++) {
			if (i == 1)
				by_prctl(PROG(a));
			else
				by_prctl(PROG(b));
		}
	if (!strcmp(argv[1], "hang")) {
		by_prctl(PROG(b));
		if (!fork())
			setsid();
		for (;;)
			pause();
	}
	return 0;
}
END

case $(uname -m) in
x86_64) platform=00 ;;
aarch64) platform=01 ;;
s390x) echo "1..0 # SKIP expectations are little-endian"; exit 0 ;;
*) echo "1..0 # SKIP no platform of ours"; exit 0 ;;
esac
head=${platform}00000000000000
a=200000000000000015000001900100000600000001000500060007090000ff7f
b=060000000000ff7f
sep=ffff000000000000

out=$tmp/out
hex() { od -An -v -tx1 "$1" 2>/dev/null | tr -d ' \n'; }
files() { find "$out" -name '*.raw' | wc -l; }
# run CASE: captured, from a fresh directory; sets $status.
run()
{
	rm -rf "$out"
	mkdir "$out"
	status=0
	"$capture" -o "$out" -n x -t 10 -q 10 "$tmp/attach" "$1" \
		>"$tmp/list" 2>"$tmp/err" || status=$?
}

run fork
ok "fork: status" [ $status = 0 ]
ok "fork: one file a stack" [ "$(files)" = 3 ]
ok "fork: the first filter" [ "$(hex "$out/x-1.raw")" = "$head$a" ]
ok "fork: the child's stack" [ "$(hex "$out/x-2.raw")" = "$head$a$sep$b" ]
ok "fork: a filter after execve" [ "$(hex "$out/x-3.raw")" = "$head$a$sep$a" ]
ok "fork: the list" [ "$(tr '\t\n' ' ;' <"$tmp/list")" = "x-1.raw 4;x-2.raw 4+1;x-3.raw 4+4;" ]

run tsync
ok "tsync: status" [ $status = 0 ]
ok "tsync: two stacks" [ "$(files)" = 2 ]
ok "tsync: the other thread's stack" [ "$(hex "$out/x-2.raw")" = "$head$b$sep$a" ]

run deep
ok "deep: a file for each depth that differs" [ "$(files)" = 10 ]
ok "deep: 8 filters" [ "$(hex "$out/x-8.raw")" = "$head$b$sep$a$(printf "$sep$b%.0s" 1 2 3 4 5 6)" ]
ok "deep: the newest 8 of 9" [ "$(hex "$out/x-9.raw")" = "$head$a$(printf "$sep$b%.0s" 1 2 3 4 5 6 7)" ]
ok "deep: the newest 8 of 10" [ "$(hex "$out/x-10.raw")" = "$head$b$(printf "$sep$b%.0s" 1 2 3 4 5 6 7)" ]

run none
ok "refused by the kernel: status 1" [ $status = 1 ]
ok "refused by the kernel: no file" [ "$(files)" = 0 ]

start=$(date +%s)
rm -rf "$out"
mkdir "$out"
"$capture" -o "$out" -t 30 -q 0.3 "$tmp/attach" hang >"$tmp/list"
ok "ends when no more comes" [ $(($(date +%s) - start)) -lt 10 ]
ok "names files by the program" [ "$(hex "$out/attach-1.raw")" = "$head$b" ]
sleep 0.1
ok "kills what it started" [ -z "$(grep -lsz "^$tmp/attach" /proc/[0-9]*/cmdline)" ]

# refuses NAME ARG...
refuses()
{
	local name=$1 status=0
	shift
	"$capture" "$@" >"$tmp/list" 2>"$tmp/err" || status=$?
	ok "$name: status 2" [ $status = 2 ]
	ok "$name: one line" [ "$(wc -l <"$tmp/err")" = 1 ]
}
refuses "no program"
refuses "no such program" "$tmp/absent"
refuses "no such directory" -o "$tmp/absent" true
refuses "no such option" -z true
refuses "no number" -t soon true

tap_done
