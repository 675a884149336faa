#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Does each case of corpus/regress catch what it says that it catches?

usage: corpus-check.py [--kernel TREE] [--jobs N] [--guests] [--matrix] [--list]
                       [--corpus DIR] [CASE...]

A case names seeded bugs of subjects/mutants.txt or kernel/mutants.txt in lines
";; catches NAME...". All cases must hold on the tree as it is. Then each bug that
a case names is built, and each case that names it is replayed on it, alone, and
must fail: with a finding, or for bugs that only lose or gain bits with LOST or
EXTRA. A row is a case and a bug.

It is an error if a case names no bug, or one that is not in the tables or must
raise no alarm, and if a class of bugs, which is a section of a table, is named by
no case. CASEs, by name without ".bpf", are all that is looked at then.

  --list    only what can be said without building anything, and what each case
            names
  --guests  the bugs of kernel/mutants.txt, each built as a kernel and booted
  --matrix  all bugs against all cases, named or not: what could be named
  --corpus  other cases than those of corpus/regress

Exit status: 0 all is so; 1 it is not; 2 it could not run.
"""

import argparse
import concurrent.futures
import glob
import os
import re
import sys
import tempfile

import seeded

CORPUS = os.path.join(seeded.TOP, "corpus", "regress")
# Sections of the tables with nothing to catch.
QUIET_SECTIONS = ("no alarm",)


class Case:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len(".bpf")]
        self.catches = []
        # One platform shows a bug as well as all.
        self.platform = "x86_64"
        with open(path, encoding="utf-8") as f:
            for line in f:
                words = line.replace(",", " ").split()
                if words[:2] == [";;", "catches"]:
                    self.catches += words[2:]
                elif words[:2] == [";;", "platform"] and not \
                        {"all", "x86_64"}.intersection(words[2:]):
                    self.platform = words[2]


def read_cases(corpus, names):
    cases = [Case(p) for p in sorted(glob.glob(os.path.join(corpus, "*.bpf")))]
    if not cases:
        raise seeded.Failure("no case in %s" % corpus)
    known = [c.name for c in cases]
    for name in names:
        if name not in known:
            raise seeded.Failure("no case %s in %s" % (name, corpus))
    return [c for c in cases if not names or c.name in names]


def sections(path):
    """The section that each mutant is in, by line."""
    found = []
    with open(path, encoding="utf-8") as f:
        for n, line in enumerate(f, 1):
            m = re.match(r"# -{4} (.*?) -+$", line)
            if m:
                found.append((n, m.group(1)))
    return found


def section_of(found, line):
    return [name for n, name in found if n < line][-1]


def is_alarm(m):
    """Is it a bug, and one that a case could show?"""
    return m.expect != ["none"] and not m.subject.startswith("fuzz_")


def static_errors(cases, tables, all_cases):
    """What is wrong with the claims, before anything is built."""
    named = {name for c in cases for name in c.catches}
    known = {m.name: m for _, table in tables for m in table}
    for c in cases:
        if not c.catches:
            yield "%s: names no bug that it catches" % c.name
        for name in c.catches:
            if name not in known:
                yield "%s: no seeded bug is called %s" % (c.name, name)
            elif not any(is_alarm(m) for _, table in tables for m in table
                         if m.name == name):
                yield "%s: %s is nothing that a case can catch" % \
                    (c.name, name)
    for path, table in tables if all_cases else []:
        found = sections(path)
        classes = {}
        for m in table:
            if is_alarm(m):
                classes.setdefault(section_of(found, m.line), []).append(m.name)
        for title, names in classes.items():
            if not any(q in title for q in QUIET_SECTIONS) and \
                    not named.intersection(names):
                yield "%s: no case catches any bug of '%s'" % \
                    (os.path.basename(os.path.dirname(path)), title)


def caught(m, cls):
    return cls in seeded.FAILING + ("hang",) or cls in m.expect


def replay(program, m, case, work):
    seen = seeded.Seen()
    status, text, seen.cpu = seeded.run(
        [program, "--subject", m.subject, "--platform", case.platform,
         "--findings", os.path.join(work, "findings"), case.path], work, 60)
    seeded.judge(seen, status, text)
    return seen


def what(seen):
    if seen.problem:
        return seen.problem
    return seen.cls + (" at " + seen.where if seen.where.strip("-") else "")


def examine(m, cases, base, options, tmp):
    """One bug, all cases that name it."""
    with tempfile.TemporaryDirectory(dir=tmp) as work:
        platforms = " ".join(sorted({c.platform for c in cases}))
        project, kernel, problem = seeded.plant(m, base, work, options)
        if not problem:
            program, problem = seeded.build(m, project, kernel, platforms)
        if problem:
            seen = seeded.Seen()
            seen.problem = problem
            return m, [(c, seen) for c in cases]
        return m, [(c, replay(program, m, c, work)) for c in cases]


def examine_guest(m, cases, options, tmp):
    rows = []
    for c in cases:
        with tempfile.TemporaryDirectory(dir=tmp) as work:
            rows.append((c, seeded.examine_guest(m, work, options, c.path)))
    return m, rows


def good_tree(cases, base, tmp):
    """All cases on the tree as it is. False if one does not hold."""
    good = seeded.Mutant(0, "good", ["none"], "kernel")
    program = os.path.join(base, seeded.PROGRAM)
    holds = True
    for c in cases:
        seen = replay(program, good, c, tmp)
        if seen.problem or seen.cls != "none":
            print("FAILED %-28s on the tree as it is: %s" % (c.name, what(seen)))
            holds = False
    return holds


def jobs(cases, options):
    table = seeded.read_table(seeded.GUESTS if options.guests else
                              seeded.TABLE)
    for m in table:
        naming = [c for c in cases if options.matrix or m.name in c.catches]
        if naming and is_alarm(m):
            yield m, naming


def rows(m, found, options):
    if options.matrix:
        names = [c.name for c, seen in found
                 if not seen.problem and caught(m, seen.cls)]
        print("%-26s %s" % (m.name, " ".join(names) or
                            found[0][1].problem or "-"), flush=True)
        return 0
    failed = 0
    for c, seen in found:
        good = not seen.problem and caught(m, seen.cls)
        failed += not good
        print("%s %-28s %-26s %s" % ("ok    " if good else "FAILED", c.name,
                                     m.name, what(seen)), flush=True)
    return failed


def check_all(cases, options, tmp):
    seeded.find_kernel(options)
    todo = list(jobs(cases, options))
    base = None
    if not options.guests:
        base = seeded.copy_project(options, tmp)
        if not good_tree(cases, base, tmp):
            return 1
        print("%d cases hold on the tree as it is; building %d seeded bugs" %
              (len(cases), len(todo)), flush=True)
    failed = caught_rows = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = [pool.submit(examine_guest, m, c, options, tmp)
                   if options.guests else
                   pool.submit(examine, m, c, base, options, tmp)
                   for m, c in todo]
        with seeded.stopped_as_a_whole(running):
            for job in concurrent.futures.as_completed(running):
                m, found = job.result()
                failed += rows(m, found, options)
                caught_rows += len(found)
    if not options.matrix:
        print("%d passed, %d failed" % (caught_rows - failed, failed))
    return 1 if failed or not caught_rows else 0


def parse():
    p = argparse.ArgumentParser(
        prog="corpus-check.py", description=__doc__.split("\n")[0],
        epilog="Its head says more.")
    p.add_argument("--kernel", metavar="TREE")
    p.add_argument("--jobs", type=int)
    p.add_argument("--guests", action="store_true")
    p.add_argument("--matrix", action="store_true")
    p.add_argument("--list", action="store_true")
    p.add_argument("--corpus", metavar="DIR", default=CORPUS)
    p.add_argument("cases", nargs="*", metavar="CASE")
    options = p.parse_args()
    options.jobs = options.jobs or (1 if options.guests else os.cpu_count())
    options.seed, options.seconds, options.straddle = 1, 30, False
    return options


def check(options, tmp):
    cases = read_cases(options.corpus, options.cases)
    tables = [(path, seeded.read_table(path))
              for path in (seeded.TABLE, seeded.GUESTS)]
    errors = [] if options.matrix else \
        list(static_errors(cases, tables, not options.cases))
    for e in errors:
        print("FAILED " + e)
    if errors:
        return 1
    if options.list:
        for c in cases:
            print("%-28s %s" % (c.name, " ".join(c.catches)))
        return 0
    return check_all(cases, options, tmp)


def main():
    options = parse()
    return seeded.guarded("corpus-check", lambda tmp: check(options, tmp))


if __name__ == "__main__":
    sys.exit(main())
