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
import contextlib
import fnmatch
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(TOP, "subjects", "mutants.txt")
GUESTS = os.path.join(TOP, "kernel", "mutants.txt")
PROGRAM = "build/emu_vs_interp"
TARGET_RUNS = 4000              # of a fuzz target, in a second of a slow one
# What a build needs; a copy, so that work on the project does not disturb.
PROJECT = ["Makefile", "src", "harness", "subjects", "scripts"]
# And what of it was built already, of which make takes what is not stale.
BUILT = ["build/" + name for name in ("src", "harness", "subjects", "subject",
                                      "libbitproof.a")]

FAILING = ("UNSOUND", "DIVERGENT", "CHECKER", "CRASH", "ENGINE", "TEXT")
QUIET = ("LOST", "EXTRA")
# What --straddle is about, as patterns.
STRADDLED = ["emu-arg*", "emu-ip-known", "own-full-args-known",
             "own-seed-load"]
CLASSES = FAILING + QUIET + ("none",)

rows = []                       # of the summary, as they come
children = set()                # process groups that run
stopping = False

sys.path.insert(0, os.path.join(TOP, "subjects"))
sys.dont_write_bytecode = True
import extract  # noqa: E402: the parser that finds functions


class Failure(Exception):
    """Nothing can be said about any mutant."""


class Stale(Exception):
    """An edit that does not match its source exactly once."""


class Mutant:
    def __init__(self, line, name, expect, subject):
        self.line, self.name, self.expect = line, name, expect
        self.subject = subject
        self.edits = []         # [file, scope, old, new]

    def ours(self):
        return self.edits[0][0].startswith("src/")


def read_table(path):
    mutants, place = [], None
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for number, line in enumerate(lines, 1):
        def bad(what):
            raise Failure("%s:%d: %s" % (path, number, what))
        words = line.split()
        if not words or line[0] == "#":
            continue
        if not line[0].isspace():
            if not 2 <= len(words) <= 3:
                bad("a mutant is NAME CLASS[|CLASS...] [SUBJECT]")
            expect = words[1].split("|")
            for name in expect:
                if name not in CLASSES:
                    bad("no class %s" % name)
            if any(m.name == words[0] for m in mutants):
                bad("%s is there twice" % words[0])
            mutants.append(Mutant(number, words[0], expect,
                                  words[2] if len(words) > 2 else "kernel"))
            place = None
            continue
        if not mutants:
            bad("an edit of no mutant")
        edits = mutants[-1].edits
        text = " ".join(words[1:])
        if words[0] == "-" and place and text:
            edits.append(place + [text, None])
        elif words[0] == "+" and edits and edits[-1][3] is None:
            edits[-1][3] = text
        elif words[0][-1] == ":" and len(words) == 2:
            place = [words[0][:-1], words[1]]
        else:
            bad("expected 'FILE: NAME', '- OLD' or '+ NEW'")
    for m in mutants:
        if not m.edits or m.edits[-1][3] is None:
            raise Failure("%s:%d: %s has no whole edit" %
                          (path, m.line, m.name))
        if len({e[0].startswith("src/") for e in m.edits}) > 1:
            raise Failure("%s:%d: %s edits both a kernel and src/" %
                          (path, m.line, m.name))
    return mutants


def pattern(text):
    """Matches the same tokens with any white space in between."""
    tokens = re.findall(r"\w+|[^\w\s]", text)
    out = ""
    for i, token in enumerate(tokens):
        word = re.match(r"\w", token)
        if i:
            out += r"\s+" if word and re.match(r"\w", tokens[i - 1]) \
                else r"(?:\s|\\\n)*"
        out += r"\b%s\b" % token if word else re.escape(token)
    return re.compile(out)


def without_comment(m):
    """Offsets stay, and literals."""
    if m.group()[0] != "/":
        return m.group()
    return re.sub(r"[^\n]", " ", m.group())


class Text:
    """A file of any shape."""

    def __init__(self, root, path):
        try:
            with open(os.path.join(root, path), encoding="utf-8",
                      errors="surrogateescape") as f:
                self.text = f.read()
        except OSError as e:
            raise Stale("%s: %s" % (path, e.strerror)) from e


def apply(root, edits):
    """The new text of each file that the edits are in."""
    spans = {}
    for path, scope, old, new in edits:
        try:
            source = Text(root, path) if scope == "*" else \
                extract.Source(root, path)
        except extract.Failure as e:
            raise Stale(str(e))
        code = extract.BLANK.sub(without_comment, source.text)
        if scope == "*":
            ranges = [(0, len(code))]
        else:
            ranges = [(i.start, i.end) for i in source.items
                      if scope in i.names]
        if not ranges:
            raise Stale("%s has no %s" % (path, scope))
        found = [m.span() for start, end in ranges
                 for m in pattern(old).finditer(code, start, end)]
        if len(found) != 1:
            raise Stale("%s, %s: '%s' matches %d times" %
                        (path, scope, old, len(found)))
        spans.setdefault(path, (source, []))[1].append(found[0] + (new,))
    texts = {}
    for path, (source, changes) in spans.items():
        text = source.text
        for start, end, new in sorted(changes, reverse=True):
            text = text[:start] + new + text[end:]
        texts[path] = text
    return texts


def put(path, text):
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(text)


def command(argv, **kwargs):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, errors="replace", **kwargs)


def make(project, kernel, *more, platforms=""):
    p = command(["make", "-s", "-C", project, "KERNEL=" + kernel, PROGRAM,
                 *more], env=dict(os.environ, PLATFORMS=platforms))
    if p.returncode:
        lines = [line for line in p.stdout.split("\n")
                 if line and not line.startswith("make")]
        errors = [line for line in lines if "error" in line] or lines
        return errors[0] if errors else "make failed"
    return None


class Seen:
    """What one mutant was found to be."""

    def __init__(self):
        self.cls = self.where = self.by = "-"
        self.filters = 0
        self.cpu = 0.0
        self.problem = None


def run(argv, cwd, timeout):
    """Status, output and CPU seconds. None for the status: it hung."""
    if stopping:
        raise Failure("interrupted")
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(argv, cwd=cwd, stdout=out,
                             stderr=subprocess.STDOUT, start_new_session=True)
        children.add(p.pid)
        end = time.monotonic() + timeout
        hung = False
        # Popen.wait() would reap it without telling its CPU time.
        while True:
            pid, status, usage = os.wait4(p.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end and not hung:
                hung = True
                os.killpg(p.pid, signal.SIGKILL)
            time.sleep(0.02)
        children.discard(p.pid)
        p.returncode = 0
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return None if hung else status, text, usage.ru_utime + usage.ru_stime


def judge(seen, status, text):
    """What a run of emu_vs_interp has shown."""
    if status is None:
        seen.cls = "hang"
        return
    code = os.waitstatus_to_exitcode(status)
    filters = re.search(r"^filters\s+(\d+) offered", text, re.M)
    counts = dict(re.findall(r"\b([A-Z]{4,}) (\d+)",
                             (re.findall(r"^findings .*$", text, re.M) or
                              [""])[-1]))
    # What could not be decided may come before a failure.
    found = re.findall(r"^([A-Z]+) at (\w+):", text, re.M)
    if filters:
        seen.filters = int(filters.group(1))
    if code in (1, 2) and found and filters:
        seen.cls, seen.where = found[-1]
    elif code == 0 and filters and counts:
        seen.cls = next((c for c in QUIET if int(counts.get(c, 0))), "none")
        seen.where = ""
    else:
        lines = [line for line in text.split("\n") if line]
        seen.problem = "status %d: %s" % (code, lines[-1] if lines else "")


def overlay(m, texts, work, options):
    """A kernel tree with the edits: its path, and what went wrong."""
    pairs = []
    for i, (path, text) in enumerate(texts.items()):
        put(os.path.join(work, "file%d" % i), text)
        pairs.append("%s=%s/file%d" % (path, work, i))
    kernel = os.path.join(work, "kernel")
    p = command([os.path.join(TOP, "scripts", "overlay-tree.sh"),
                 options.kernel, kernel] + pairs)
    return kernel, p.stdout.strip() if p.returncode else None


def examine_guest(m, work, options, replay=None):
    """Build one mutant's kernel, boot it, compare generated stacks, or one file."""
    seen = Seen()
    seen.by = m.subject
    try:
        texts = apply(options.kernel, m.edits)
    except Stale as e:
        seen.cls, seen.problem = "stale", str(e)
        return seen
    kernel, seen.problem = overlay(m, texts, work, options)
    if seen.problem:
        return seen
    status, text, seen.cpu = run(
        [os.path.join(TOP, "scripts", "gate.sh"), "--kernel", kernel,
         "--guests-only", "--arch", m.subject, "--seed", str(options.seed),
         "--guest-seconds", str(options.seconds), "--findings",
         os.path.join(work, "findings")] +
        (["--replay", replay] if replay else []), work, 900 + 10 * options.seconds)
    if status is None:
        seen.cls = "hang"
        return seen
    code = os.waitstatus_to_exitcode(status)
    found = re.findall(r"^([A-Z]+) at (\w+):", text, re.M)
    stacks = re.findall(r"^guest .*?(\d+) stacks", text, re.M)
    seen.filters = sum(int(n) for n in stacks)
    if code == 1 and found:
        seen.cls, seen.where = found[0]
    elif code == 0 and stacks:
        seen.cls = next((c for c in QUIET if
                         re.search(r"^guest .*\b%s [1-9]" % c, text, re.M)),
                        "none")
        seen.where = ""
    else:
        lines = [line for line in text.split("\n")
                 if line and not line.startswith("gate:")]
        seen.problem = "status %d: %s" % (code, lines[-1] if lines else "")
    return seen


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


def seeded(m, base, work, options):
    """A copy of base with the bug: it, its kernel, and what went wrong."""
    project = os.path.join(work, "project")
    kernel = options.kernel
    try:
        texts = apply(TOP if m.ours() else kernel, m.edits)
    except Stale as e:
        return None, None, str(e)
    shutil.copytree(base, project, symlinks=True)
    problem = None
    if m.ours():
        for path, text in texts.items():
            put(os.path.join(project, path), text)
    else:
        kernel, problem = overlay(m, texts, work, options)
    return project, kernel, problem


def build(m, project, kernel, platforms=""):
    """Its emu_vs_interp: the program, and what went wrong.

    Only these platforms have the bug; all, if none is named.
    """
    # The kernel's functions are compiled twice as fast with -O1.
    problem = make(project, kernel, *([] if m.ours() else ["OPT=-O1"]),
                   platforms=platforms)
    return os.path.join(project, PROGRAM), problem


def examine(m, base, work, options):
    """Build one mutant and run it."""
    seen = Seen()
    project, kernel, seen.problem = seeded(m, base, work, options)
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


def find_kernel(options):
    if not options.kernel:
        p = subprocess.run([os.path.join(TOP, "scripts", "fetch-kernel.sh"),
                            "6.12"], stdout=subprocess.PIPE, text=True)
        if p.returncode:
            raise Failure("no kernel tree")
        options.kernel = p.stdout.strip()
    options.kernel = os.path.abspath(options.kernel)


def copy_project(options, tmp):
    """A copy of the project, built: what every mutant starts from."""
    base = os.path.join(tmp, "base")
    os.makedirs(os.path.join(base, "build"))
    for name in PROJECT + BUILT:
        source = os.path.join(TOP, name)
        if name in BUILT and not os.path.exists(source):
            continue
        copy = shutil.copytree if os.path.isdir(source) else shutil.copy2
        copy(source, os.path.join(base, name))
    problem = make(base, options.kernel)
    if problem:
        raise Failure("the project does not build: " + problem)
    return base


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


@contextlib.contextmanager
def stopped_as_a_whole(jobs):
    """What runs is ended if the body is, by whatever."""
    global stopping
    try:
        yield
    except BaseException:
        stopping = True
        for job in jobs:
            job.cancel()
        for group in list(children):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        raise


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


def guarded(name, body):
    """body(DIRECTORY), of which nothing is left whatever happens: the status."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # A mutant that crashes must not leave a file behind.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with tempfile.TemporaryDirectory(prefix=name + ".") as tmp:
            return body(tmp)
    except (Failure, OSError) as e:
        print("%s.py: %s" % (name, e), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 2


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
