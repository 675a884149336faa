#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run a command, and tell what processor time it and all that it started has taken.

usage: measure.py SECONDS RESULT COMMAND...

Processes count that are left behind, or in sessions of their own, as those of AFL++
are. After SECONDS of processor time COMMAND gets a SIGINT, and five seconds later all
are killed; so they are if COMMAND ends, and after SECONDS * 20 + 60 of real time.

RESULT gets one line: COMMAND's status as a shell has it, the seconds, and 1 if it was
stopped. Exit status: 0; 2 if it could not be run.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
TICK = os.sysconf("SC_CLK_TCK")
PAUSE = 0.1


def processes():
    """The parent of each, and ticks of it and those that it has waited for."""
    table = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="ascii",
                      errors="replace") as f:
                words = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        table[int(pid)] = int(words[1]), sum(map(int, words[11:15]))
    return table


def below(pid, table):
    found = [pid]
    for at in found:
        found += [p for p, (parent, _) in table.items() if parent == at]
    return found[1:]


def waited_for():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


BEFORE = waited_for()           # of a shell that we were started by


def seconds_so_far():
    table = processes()
    return waited_for() - BEFORE + sum(
        table[pid][1] for pid in below(os.getpid(), table)) / TICK


def kill_all():
    while pids := below(os.getpid(), processes()):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for pid in pids:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass            # not ours yet


def watch(child, limit):
    """Until it ends or is ended: its wait status, and whether it was stopped."""
    end = time.monotonic() + limit * 20 + 60
    stopped = None
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return status, stopped is not None
        if pid:
            continue
        now = time.monotonic()
        if stopped is None and (seconds_so_far() >= limit or now >= end):
            stopped = now
            os.kill(child, signal.SIGINT)
        elif stopped is not None and now >= stopped + 5:
            os.kill(child, signal.SIGKILL)
        time.sleep(PAUSE)


def main():
    if len(sys.argv) < 4:
        print("usage: measure.py SECONDS RESULT COMMAND...", file=sys.stderr)
        return 2
    limit, result, argv = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        print("measure.py: no subreaper here", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        child = subprocess.Popen(argv).pid
        status, stopped = watch(child, limit)
    except OSError as e:
        print("measure.py: %s: %s" % (argv[0], e.strerror), file=sys.stderr)
        return 2
    finally:
        kill_all()
    code = os.waitstatus_to_exitcode(status)
    with open(result, "w", encoding="ascii") as f:
        f.write("%d %.2f %d\n" % (code if code >= 0 else 128 - code,
                                  seconds_so_far(), stopped))
    return 0


if __name__ == "__main__":
    sys.exit(main())
