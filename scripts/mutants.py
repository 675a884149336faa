#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Seed the bugs of subjects/mutants.txt one at a time, and see what finds them.

usage: mutants.py [--kernel TREE] [--seconds N] [--seed N] [--jobs N]
                  [--guests | --straddle] [--table FILE] [--list] [--only NAME...]

Each mutant is built and held against the property on generated stacks: on as
many filters as one processor does in N seconds (default 10) when it has nothing
else to do. If these do not show it, the corpus may. A row says what was seen
first, how many filters were offered until then, and the CPU seconds that took
with shrinking.

A SUBJECT fuzz_NAME is that libFuzzer target, given N seconds' worth of its own
runs in place of filters.

With --guests those of kernel/mutants.txt: a mutant is a kernel that is built and
booted by the gate, on the arch in its row, and N is its time in the guest.

With --straddle the page-straddling probe decides alone: any finding will do.
Without --only, these are the emulator's bugs that take data for constants.

  --kernel TREE  the tree that the kernel's mutants are edits of (default:
                 Debian's linux-source-6.12)
  --jobs N       mutants at a time (default: one for each processor)
  --table FILE   another table of mutants
  --list         only print names and expectations
  --only NAME    only these; may be patterns as in a shell

Exit status: 0 every mutant was as expected; 1 one was not, or its edit does not
match its source any more; 2 it could not run.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import sys
import tempfile
import time

from seeded import (FAILING, GUESTS, PROGRAM, QUIET, TABLE, TOP, Failure, Seen,
                    build, command, copy_project, examine_guest, find_kernel,
                    guarded, judge, plant, put, read_table, run,
                    stopped_as_a_whole)

TARGET_RUNS = 4000              # of a fuzz target, in a second of a slow one
# What --straddle is about, as patterns.
STRADDLED = ["emu-arg*", "emu-ip-known", "emu-load-mem-is-zero",
             "emu-unknown-skipped", "rare-s390-arg", "own-full-args-known",
             "own-seed-load"]

rows = []                       # of the summary, as they come


def examine_target(m, project, kernel, work, options):
    """One that another fuzz target than emu_vs_interp is for."""
    seen = Seen()
    seen.by = "libFuzzer"
    p = command(["make", "-s", "-C", project, "KERNEL=" + kernel, "OPT=-O1",
                 "FUZZERS=" + m.subject, "fuzz"])
    if p.returncode:
        seen.problem = "make failed: " + p.stdout.strip().split("\n")[0]
        return seen
    status, text, seen.cpu = run(
        [os.path.join(project, "build/fuzz", m.subject), "-max_len=1024",
         "-seed=%d" % options.seed, "-artifact_prefix=%s/" % work,
         "-runs=%d" % (TARGET_RUNS * options.seconds)], work,
        60 + 20 * options.seconds)
    if status is None:
        seen.cls = "hang"
        return seen
    found = re.findall(r"^(%s): " % "|".join(FAILING), text, re.M)
    done = re.search(r"^Done (\d+) runs", text, re.M)
    runs = re.findall(r"^#(\d+)", text, re.M)
    seen.filters = int(done.group(1) if done else runs[-1] if runs else 0)
    code = os.waitstatus_to_exitcode(status)
    if code == 77 and found:
        seen.cls, seen.where = found[0], ""
    elif code == 0 and done:
        seen.cls, seen.where = "none", ""
    else:
        seen.problem = "status %d: %s" % (code, text[-200:].strip())
    return seen


def examine(m, base, work, options):
    """Build one mutant and run it."""
    seen = Seen()
    project, kernel, seen.problem = plant(m, base, work, options)
    if seen.problem:
        return seen
    if m.subject.startswith("fuzz_"):
        return examine_target(m, project, kernel, work, options)
    program, seen.problem = build(m, project, kernel)
    if seen.problem:
        return seen

    argv = [program, "--subject", m.subject,
            "--seed", str(options.seed), "--findings",
            os.path.join(work, "findings")]
    argv += ["--straddle"] * options.straddle
    for by, more in (("generator", ["--filters", str(options.filters)]),
                     ("corpus", [os.path.join(TOP, "corpus")])):
        status, text, cpu = run(argv + more, work, 60 + 20 * options.seconds)
        now = Seen()
        now.by, now.cpu = by, cpu
        judge(now, status, text)
        if by == "generator" or now.cls in m.expect or now.problem:
            seen = now
        if seen.cls in m.expect or seen.cls not in ("none",) + QUIET:
            break
    return seen


def row(n, total, m, seen):
    if seen.problem:
        what = seen.problem
    else:
        what = seen.cls + (" at " + seen.where if seen.where.strip("-") else "")
    good = not seen.problem and seen.cls in m.expect
    rows.append({"name": m.name, "expected": "|".join(m.expect), "seen": what,
                 "ok": good, "by": seen.by, "count": seen.filters,
                 "cpu": seen.cpu})
    print("%s %3d/%d %-26s %-20s %-9s %8d %6.2f%s" %
          ("ok    " if good else "FAILED", n, total, m.name,
           what, seen.by, seen.filters, seen.cpu,
           "" if good else "  expected " + "|".join(m.expect)), flush=True)
    return good


def parse():
    p = argparse.ArgumentParser(
        prog="mutants.py", description=__doc__.split("\n")[0],
        epilog="Its head says more.")
    p.add_argument("--kernel", metavar="TREE")
    where = p.add_mutually_exclusive_group()
    where.add_argument("--guests", action="store_true")
    where.add_argument("--straddle", action="store_true")
    p.add_argument("--seconds", type=int)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int)
    p.add_argument("--table", metavar="FILE")
    p.add_argument("--list", action="store_true")
    p.add_argument("--only", nargs="+", metavar="NAME")
    options = p.parse_args()
    options.all = not options.only and options.table is None
    options.only = options.only or (STRADDLED if options.straddle else ["*"])
    options.table = options.table or (GUESTS if options.guests else TABLE)
    # Kernels of one arch take turns anyway.
    options.jobs = options.jobs or (1 if options.guests else os.cpu_count())
    options.seconds = options.seconds or (30 if options.guests else 10)
    if options.seconds < 1 or options.jobs < 1 or options.seed < 0:
        p.error("--seconds and --jobs take at least 1, --seed at least 0")
    return options


def speed(base, options, tmp):
    """Filters in a second of CPU time, whatever else this machine does."""
    count = 20000
    argv = [os.path.join(base, PROGRAM), "--filters", str(count), "--seed",
            str(options.seed), "--findings", os.path.join(tmp, "findings")]
    argv += ["--straddle"] * options.straddle
    seen = Seen()
    status, text, cpu = run(argv, tmp, 600)
    judge(seen, status, text)
    if seen.problem or seen.cls != "none":
        raise Failure("without any edit: %s" % (seen.problem or seen.cls))
    return int(count / cpu)


def examine_all(mutants, options, tmp):
    find_kernel(options)
    if options.guests:
        print("%d s in each guest" % options.seconds)
    else:
        base = copy_project(options, tmp)
        options.filters = options.seconds * speed(base, options, tmp)
        print("%d filters, which take %d s" %
              (options.filters, options.seconds))
    print("%-14s %-26s %-20s %-9s %8s %6s" %
          ("", "mutant", "found", "by",
           "stacks" if options.guests else "filters", "CPU s"))

    def one(m):
        with tempfile.TemporaryDirectory(dir=tmp) as work:
            if options.guests:
                return m, examine_guest(m, work, options)
            return m, examine(m, base, work, options)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(one, m) for m in mutants]
        with stopped_as_a_whole(jobs):
            for n, job in enumerate(concurrent.futures.as_completed(jobs), 1):
                failed += not row(n, len(mutants), *job.result())
    print("%d passed, %d failed" % (len(mutants) - failed, failed))
    if options.all:
        leave_rows(options)
    return 1 if failed else 0


def leave_rows(options):
    """For the report of the gate: build/NAME.json."""
    name = "mutants-guests" if options.guests else \
        "mutants-straddle" if options.straddle else "mutants"
    path = os.path.join(TOP, "build", name + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    put(path + ".new", json.dumps(
        {"date": time.strftime("%Y-%m-%d"), "mutants": rows,
         "unit": "stacks" if options.guests else "filters"}, indent=1) + "\n")
    os.rename(path + ".new", path)


def run_table(options, tmp):
    mutants = read_table(options.table)
    for name in options.only:
        if not fnmatch.filter([m.name for m in mutants], name):
            raise Failure("no mutant %s; --list prints them" % name)
    mutants = [m for m in mutants
               if any(fnmatch.fnmatch(m.name, n) for n in options.only)]
    for m in mutants:
        if options.straddle and m.expect[0] in FAILING:
            m.expect = list(FAILING)
    if options.list:
        for m in mutants:
            print("%-26s %-18s %s" % (m.name, "|".join(m.expect),
                                      " ".join(sorted({e[0] for e in
                                                       m.edits}))))
        return 0
    return examine_all(mutants, options, tmp)


def main():
    options = parse()
    return guarded("mutants", lambda tmp: run_table(options, tmp))


if __name__ == "__main__":
    sys.exit(main())
