#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How long until it is found? Executions and CPU seconds, by bug and by engine.

usage: yardstick.py [--bugs NAME...] [--engines NAME...] [--seeds N] [--limit SECONDS]
                    [--corpus] [--kernel TREE] [--jobs N] [--out DIR] [--resume]
                    [--against FILE]
       yardstick.py --compare EARLIER LATER

Each bug of subjects/mutants.txt that emu_vs_interp fails for, but for those that make
it crash or hang, is seeded, built, and looked for by each engine:

  driver           the standalone driver's generator; an execution is a filter
  libfuzzer        libFuzzer with the mutator of src/mutate.h
  libfuzzer-bytes  libFuzzer with its own mutations
  afl              AFL++ with that mutator alone
  afl-bytes        AFL++ with its own mutations
  blind            bytes of chance, no feedback (harness/blind.c)

Fuzzers begin with one input, a filter that allows all, and the dictionary. A run ends
when the bug is found, without shrinking, or after so many CPU seconds of all its
processes (20). Each is made with several seeds (3); a median is of all of them, and
those that found nothing are the longest. The kernel's functions are compiled with -O1.

The defaults take a day: what it is at most is said first.

  --bugs NAME    only these; may be patterns as in a shell
  --engines NAME only these
  --corpus       libFuzzer and AFL++ only, which begin with corpus/ as a campaign does:
                 where a bug fails an input of it, this is found before anything is made.
                 Bugs that make it crash or hang are looked for too: only the driver
                 loses count of its filters
  --jobs N       bugs at a time (one for each processor)
  --out DIR      gets yardstick.json, .txt and .svg (build/yardstick), after each bug
  --resume       go on where the yardstick.json that is there ends
  --against FILE an earlier yardstick.json (bench/yardstick.json; '' is none, as
                 with --corpus)
  --compare      only compare two of them

Regressions are told of executions alone, since CPU seconds are a machine's; 'make
bench' has speed. The executions until a bug is found are taken for exponentially
distributed, and a run that found nothing for what it is, executions without the event:
then how many of the events of two results are in the later one is a binomial matter.
For each bug and engine that both have, and for each engine over all bugs (Fisher's
method), it is a regression if less than one of a hundred comparisons like this one
would show it by chance (Bonferroni). What began with the corpus is compared with what
did too.

Exit status: 0; 1 a regression; 2 could not run.
"""

import argparse
import collections
import concurrent.futures
import fnmatch
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time

import detections
from seeded import (PROGRAM, TABLE, TOP, Failure, Seen, command, copy_project,
                    find_kernel, guarded, judge, make, plant, put,
                    read_table, run, stopped_as_a_whole)

STORED = os.path.join(TOP, "bench", "yardstick.json")
DICTIONARY = os.path.join(TOP, "dict", "bitproof.dict")
OPTIONS = os.path.join(TOP, "harness", "emu_vs_interp.options")
TARGET = "emu_vs_interp"
BUILD_SECONDS = 30              # for a bug, about
WANTED = {"UNSOUND", "DIVERGENT", "CHECKER"}
BEGIN_SECONDS = 5               # for the corpus, which takes a tenth of one
FAILED = 77                     # libFuzzer's own, and of what AFL++ begins with
ALLOW_ALL = bytes(8) + bytes((6, 0, 0, 0, 0, 0, 0xff, 0x7f))

# One run: the bug and what was built of it, filters for the driver, a directory
# that is the run's own.
Room = collections.namedtuple("Room", "mutant project corpus filters path seed")


def corpus_of(project):
    """As 'make seeds' has unpacked it."""
    return os.path.join(project, "build", "seeds")


def seeds(room):
    """A folder with what fuzzers begin with."""
    path = os.path.join(room.path, "seeds")
    if room.corpus:
        return shutil.copytree(corpus_of(room.project), path)
    os.mkdir(path)
    with open(os.path.join(path, "allow"), "wb") as f:
        f.write(ALLOW_ALL)
    return path


def shipped():
    """What libFuzzer is told of every input."""
    with open(OPTIONS, encoding="utf-8") as f:
        return ["-%s=%s" % option for option in re.findall(
            r"^(max_len|timeout|print_funcs) = (\d+)$", f.read(), re.M)]


def built(room, kind):
    return os.path.join(room.project, "build", kind, TARGET)


def driver(room):
    return {}, [os.path.join(room.project, PROGRAM), "--subject",
                room.mutant.subject, "--seed", str(room.seed), "--shrink", "0",
                "--filters", str(room.filters), "--findings",
                os.path.join(room.path, "findings")]


def driver_shown(room, code, said):
    seen = Seen()
    judge(seen, code << 8, said)
    return None if seen.problem else (code == 1, seen.filters)


def libfuzzer(room):
    # Names for the addresses of a crash would take longer than to find it.
    return {"UBSAN_OPTIONS": "symbolize=0"}, [
        built(room, "fuzz"), "-seed=%d" % room.seed] + shipped() + [
        "-dict=" + DICTIONARY, "-print_final_stats=1",
        "-artifact_prefix=%s/" % room.path, seeds(room)]


def libfuzzer_bytes(room):
    env, argv = libfuzzer(room)
    return dict(env, BITPROOF_NO_MUTATOR="1"), argv


def libfuzzer_shown(room, code, said):
    runs = re.search(r"^stat::number_of_executed_units: +(\d+)", said, re.M)
    # 1: a signal that the sanitizers' runtime tells of; 70: an input that does not
    # end; 72: by the SIGINT at the end of its time.
    return (code != 72, int(runs.group(1))) \
        if runs and code in (1, 70, 72, FAILED) else None


# PROGRAM FOLDER COMMAND...: the command, if nothing in the folder fails. afl-fuzz
# itself would pass over what does, as afl-campaign.sh says.
BEGIN = """(ulimit -t %d; exec stdbuf -oL "$0" "$1"/*) || exit %d
shift
exec "$@"
"""


def afl_bytes(room):
    begins = seeds(room)
    program = built(room, "afl")
    return {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
            "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
            "AFL_BENCH_UNTIL_CRASH": "1"}, (
                ["sh", "-c", BEGIN % (BEGIN_SECONDS, FAILED), program, begins]
                if room.corpus else []) + [
                    "afl-fuzz", "-s", str(room.seed), "-t", "10000", "-x",
                    DICTIONARY, "-i", begins, "-o",
                    os.path.join(room.path, "afl"), "--", program]


def afl(room):
    env, argv = afl_bytes(room)
    env["AFL_CUSTOM_MUTATOR_ONLY"] = "1"
    env["AFL_CUSTOM_MUTATOR_LIBRARY"] = os.path.join(
        room.project, "build", "afl", "mutator.so")
    return env, argv


def afl_shown(room, code, said):
    begun = said.count("Execution successful.\n")
    if room.corpus and code == FAILED:
        return True, begun + 1
    try:
        with open(os.path.join(room.path, "afl/default/fuzzer_stats"),
                  encoding="utf-8") as f:
            stats = dict(re.findall(r"^(\w+) *: *(\S+)", f.read(), re.M))
    except FileNotFoundError:
        # What it begins with is found to fail: then it does not begin.
        return (True, 1) if "does not crash" in said else None
    return (stats["saved_crashes"], stats["saved_hangs"]) != ("0", "0"), \
        begun + int(stats["execs_done"])


def blind(room):
    return {}, [built(room, "blind"), str(room.seed)]


def blind_shown(room, code, said):
    inputs = re.search(r"^blind: (\d+) inputs", said, re.M)
    return (code != 0, int(inputs.group(1))) if inputs else None


ENGINES = {
    "driver": (driver, driver_shown),
    "libfuzzer": (libfuzzer, libfuzzer_shown),
    "libfuzzer-bytes": (libfuzzer_bytes, libfuzzer_shown),
    "afl": (afl, afl_shown),
    "afl-bytes": (afl_bytes, afl_shown),
    "blind": (blind, blind_shown),
}
ALONE = ("driver", "blind")     # they take no inputs


class Clock:
    """How long is left, by what there has been of each kind."""

    def __init__(self, bugs, options):
        self.left = collections.Counter({e: bugs * options.seeds
                                         for e in options.engines})
        self.left["build"] = bugs
        self.took = collections.defaultdict(list)
        self.most = options.limit
        self.jobs = options.jobs

    def done(self, kind, seconds):
        self.left[kind] -= 1
        self.took[kind].append(seconds)

    def text(self):
        seconds = sum(n * (sum(self.took[kind]) / len(self.took[kind])
                           if self.took[kind] else self.most)
                      for kind, n in self.left.items()) / self.jobs
        return "%d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60,
                                 seconds % 60)


def look_for(name, room, limit):
    """One run: [found, executions, CPU seconds]."""
    start, shown = ENGINES[name]
    env, argv = start(room)
    result = os.path.join(room.path, "measured")
    env = ["%s=%s" % e for e in dict(env, BITPROOF_FINDINGS="",
                                     BITPROOF_SUBJECT=room.mutant.subject)
           .items()]
    # The driver has so many filters, which may take it longer than others.
    limit *= 4 if name == "driver" else 1
    status, said, _ = run(
        [sys.executable, os.path.join(TOP, "scripts", "measure.py"), str(limit),
         result, "env"] + env + argv, room.path, 30 * limit + 120)
    try:
        with open(result, encoding="ascii") as f:
            code, cpu, _ = f.read().split()
    except FileNotFoundError:
        code, cpu = 127, 0
    found = shown(room, int(code), said)
    if status or not found:
        lines = [line for line in said.split("\n") if line.strip()]
        raise Failure("%s, %s, seed %d: status %s: %s" % (
            room.mutant.name, name, room.seed, code,
            lines[-1] if lines else ""))
    return [int(found[0]), found[1], round(float(cpu), 2)]


def build(project, kernel, m, engines):
    """All that engines need of one bug."""
    targets = [target for target, engine in (
        (PROGRAM, "driver"), ("fuzz", "libfuzzer"), ("afl", "afl"),
        ("blind", "blind")) if any(e.startswith(engine) for e in engines)]
    p = command(["make", "-s", "-C", project, "KERNEL=" + kernel,
                 "FUZZERS=" + TARGET] + targets +
                ([] if not m or m.ours() else ["OPT=-O1"]))
    if p.returncode:
        lines = [line for line in p.stdout.split("\n") if "error" in line]
        raise Failure("%s: make failed: %s" % (
            m.name if m else "the project", lines[0] if lines else p.stdout))


def examine(m, base, options, tmp, clock):
    """All runs of one bug, by engine."""
    runs = {}
    with tempfile.TemporaryDirectory(dir=tmp) as work:
        begin = time.monotonic()
        project, kernel, problem = plant(m, base, work, options)
        if problem:
            raise Failure("%s: %s" % (m.name, problem))
        build(project, kernel, m, options.engines)
        clock.done("build", time.monotonic() - begin)
        for name in options.engines:
            runs[name] = []
            for seed in range(1, options.seeds + 1):
                begin = time.monotonic()
                with tempfile.TemporaryDirectory(dir=work) as path:
                    room = Room(m, project, options.corpus, options.filters,
                                path, seed)
                    runs[name].append(look_for(name, room, options.limit))
                clock.done(name, time.monotonic() - begin)
                found, executions, cpu = runs[name][-1]
                print("%s %s %s seed %d: %s %d executions, %.2f s" % (
                    clock.text(), m.name, name, seed,
                    "found in" if found else "not found in", executions, cpu),
                    file=sys.stderr)
    return runs


def speed(base, options, tmp):
    """The kernel's name, and filters in a CPU second of the driver."""
    count = 20000
    status, text, cpu = run(
        [os.path.join(base, PROGRAM), "--filters", str(count), "--findings",
         os.path.join(tmp, "findings")], tmp, 600)
    seen = Seen()
    judge(seen, status, text)
    if seen.problem or seen.cls != "none":
        raise Failure("without any bug: %s" % (seen.problem or seen.cls))
    return (re.search(r"^subject +(\S+)", text, re.M).group(1),
            int(count / cpu))


def write(result, directory):
    def replace(name, text):
        path = os.path.join(directory, name)
        put(path + ".new", text)
        os.rename(path + ".new", path)

    bugs = ",\n".join("  %s: %s" % (json.dumps(bug), json.dumps(runs))
                      for bug, runs in result["bugs"].items())
    head = json.dumps(dict(result, bugs=None), indent=1)
    replace("yardstick.json",
            head.replace('"bugs": null', '"bugs": {\n%s\n }' % bugs) + "\n")
    replace("yardstick.txt", "\n".join(detections.table(result)) + "\n")
    detections.draw(result, os.path.join(directory, "yardstick.svg"))


def measure(mutants, options, tmp):
    find_kernel(options)
    print("%d bugs: at most %d minutes of each processor" % (
        len(mutants), math.ceil(len(mutants) / options.jobs) * (
            len(options.engines) * options.seeds * options.limit +
            BUILD_SECONDS) / 60 + 1), file=sys.stderr)
    base = copy_project(options, tmp, ["build/fuzz/o", "corpus", "tools"])
    build(base, options.kernel, None, options.engines)
    kernel, rate = speed(base, options, tmp)
    options.filters = options.limit * rate
    result = {"date": time.strftime("%Y-%m-%d"), "kernel": kernel,
              "limit": options.limit, "seeds": options.seeds,
              "engines": options.engines, "bugs": {}}
    if options.corpus:
        problem = make(base, options.kernel, "seeds")
        if problem:
            raise Failure("no corpus: " + problem)
        result["corpus"] = len(os.listdir(corpus_of(base)))
    stored = os.path.join(options.out, "yardstick.json")
    if options.resume and os.path.exists(stored):
        old = detections.load(stored)
        for key in ("kernel", "limit", "seeds", "engines", "corpus"):
            if old.get(key) != result.get(key):
                raise Failure("%s: its %s is another" % (stored, key))
        result["bugs"] = old["bugs"]
        mutants = [m for m in mutants if m.name not in old["bugs"]]
    clock = Clock(len(mutants), options)
    left_out = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = {pool.submit(examine, m, base, options, tmp, clock): m
                for m in mutants}
        with stopped_as_a_whole(jobs):
            for job in concurrent.futures.as_completed(jobs):
                try:
                    result["bugs"][jobs[job].name] = job.result()
                except Failure as e:
                    left_out.append(jobs[job].name)
                    print("yardstick.py: left out: %s" % e, file=sys.stderr)
                    continue
                write(result, options.out)
    if left_out:
        raise Failure("%d bugs left out; the others are in %s" % (
            len(left_out), stored))
    return result


def compare(earlier, later):
    if bool(earlier.get("corpus")) != bool(later.get("corpus")):
        raise Failure("only one of the results began with the corpus")
    count, lines = detections.regressions(earlier, later)
    if not count:
        raise Failure("nothing in common with the earlier result")
    for line in lines:
        print("REGRESSION " + line)
    print("%d bugs and engines compared with %s, of %s: %d regressions" %
          (count, earlier["kernel"], earlier["date"], len(lines)))
    return 1 if lines else 0


def parse():
    p = argparse.ArgumentParser(
        prog="yardstick.py", description=__doc__.split("\n")[0],
        epilog="Its head says more.")
    p.add_argument("--bugs", nargs="+", metavar="NAME", default=["*"])
    p.add_argument("--engines", nargs="+", metavar="NAME", choices=ENGINES,
                   default=[])
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--limit", type=int, default=20, metavar="SECONDS")
    p.add_argument("--corpus", action="store_true")
    p.add_argument("--kernel", metavar="TREE")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--out", default=os.path.join(TOP, "build", "yardstick"))
    p.add_argument("--resume", action="store_true")
    p.add_argument("--against", metavar="FILE")
    p.add_argument("--compare", nargs=2, metavar=("EARLIER", "LATER"))
    options = p.parse_args()
    allowed = [e for e in ENGINES if not options.corpus or e not in ALONE]
    options.engines = options.engines or allowed
    for engine in set(options.engines).difference(allowed):
        p.error("--corpus is nothing for %s, which takes no inputs" % engine)
    if options.seeds < 1 or options.limit < 1 or options.jobs < 1:
        p.error("--seeds, --limit and --jobs take at least 1")
    return options


def chosen(options):
    wanted = WANTED | {"CRASH"} if options.corpus else WANTED
    mutants = [m for m in read_table(TABLE) if wanted.intersection(m.expect)
               and not m.subject.startswith("fuzz_")]
    for name in options.bugs:
        if not fnmatch.filter([m.name for m in mutants], name):
            raise Failure("no bug %s for emu_vs_interp in %s" % (name, TABLE))
    return [m for m in mutants
            if any(fnmatch.fnmatch(m.name, n) for n in options.bugs)]


def find_out(options, tmp):
    if options.compare:
        return compare(*map(detections.load, options.compare))
    if options.against is None:
        options.against = "" if options.corpus or not os.path.exists(STORED) \
            else STORED
    earlier = options.against and detections.load(options.against)
    mutants = chosen(options)
    os.makedirs(options.out, exist_ok=True)
    result = measure(mutants, options, tmp)
    print("\n".join(detections.table(result)))
    return compare(earlier, result) if earlier else 0


def main():
    options = parse()
    return guarded("yardstick", lambda tmp: find_out(options, tmp))


if __name__ == "__main__":
    sys.exit(main())
