#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What of the inputs that fuzzers have kept is worth keeping?

usage: corpus-merge.py [--target FILE] [--asm FILE] [--known DIR] OUT DIR...

DIRs, and the folders below them, hold queues of AFL++, corpora of libFuzzer, or
case files. OUT gets the smallest set found that has all edges of the kernel's
functions, and all features of filters (src/coverage.h), which what is known does not
have: libFuzzer chooses it, by greedy set cover. They are case files, HASH.bpf, that
people can read and write expectations into.

Known are the cases in OUT, and those in --known DIR (corpus; '' is none): merging once
more adds nothing. An input that fails the property, or with which it takes longer than
20 s, is not added: 'make triage' tells what it is.

  --target FILE  the libFuzzer target emu_vs_interp (build/fuzz/emu_vs_interp); the
                 edges are those of the tree that it is built from
  --asm FILE     bitproof-asm (build/bitproof-asm)

Text, C and notes beside the inputs (*.txt, *.md, *.c) are passed over, as are hidden
files.

Exit status: 0; 2 could not.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

from triage import CouldNot, inputs

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIMEOUT = 20
# What makes a folder a set: a name for each content.
NAME = 16
MOST_CASES = 500  # for one command


def command(argv, **more):
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE, encoding="utf-8",
                              stderr=subprocess.PIPE, errors="replace", **more)
    except OSError as e:
        raise CouldNot("%s: %s" % (argv[0], e.strerror)) from e


def name_of(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()[:NAME]


def assemble(directory, cases, raw, asm):
    for at in range(0, len(cases), MOST_CASES):
        done = command([asm, "-O", raw] + cases[at:at + MOST_CASES],
                       cwd=directory)
        if done.returncode:
            raise CouldNot("%s: %s" % (directory, done.stderr.strip()
                                       .removeprefix("bitproof-asm: ")))


def gather(directories, place, asm):
    """All inputs in raw form, once each: the set of their names in @place."""
    os.mkdir(place)
    for directory in directories:
        with tempfile.TemporaryDirectory() as raw:
            names = list(inputs(directory))
            assemble(directory, [n for n in names if n.endswith(".bpf")], raw,
                     asm)
            paths = [os.path.join(directory, n) for n in names
                     if not n.endswith(".bpf")]
            for path in paths + [e.path for e in os.scandir(raw)]:
                if os.path.isfile(path):
                    shutil.copyfile(path, os.path.join(place, name_of(path)))
    return set(os.listdir(place))


def choose(target, first, new, room):
    """Adds to the folder @first. Returns the names of what it died of."""
    # It goes on behind an input that it dies of.
    done = command([target, "-set_cover_merge=1", "-max_len=1000000",
                    "-timeout=%d" % TIMEOUT, "-rss_limit_mb=0",
                    "-artifact_prefix=%s/failed." % room, first, new],
                   env=dict(os.environ, BITPROOF_FINDINGS=""))
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise CouldNot("%s -set_cover_merge=1 ends with %d: %s" %
                       (target, done.returncode, said[-1] if said else ""))
    return {name_of(os.path.join(room, name)) for name in os.listdir(room)
            if name.startswith("failed.")}


def put(path, out, asm):
    """One input as a case. Bytes that are none have their edges too: False."""
    text = command([asm, "-d", path])
    if text.returncode:
        return False
    case = os.path.join(out, name_of(path)[:12] + ".bpf")
    with open(case + ".new", "w", encoding="utf-8") as f:
        f.write(";; what FILL IN: what must be so\n" + text.stdout)
    os.rename(case + ".new", case)
    return True


def merge(args):
    os.makedirs(args.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        first, new = os.path.join(room, "first"), os.path.join(room, "new")
        known = gather([args.out] + [args.known] * bool(args.known), first,
                       args.asm)
        given = gather(args.directories, new, args.asm)
        if not given:
            raise CouldNot("%s: no inputs" % " ".join(args.directories))
        failed = choose(args.target, first, new, room) & given
        # The names that libFuzzer gives are others.
        chosen = {name_of(os.path.join(first, name)): name
                  for name in os.listdir(first)}
        added = sum(put(os.path.join(first, chosen[name]), args.out, args.asm)
                    for name in sorted(set(chosen) - known))
    print("%d different files, %d added to %s, %d fail" %
          (len(given), added, args.out, len(failed)))


def main():
    build = os.environ.get("O", os.path.join(TOP, "build"))
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1][7:])
    parser.add_argument("--target",
                        default=os.path.join(build, "fuzz", "emu_vs_interp"))
    parser.add_argument("--asm", default=os.path.join(build, "bitproof-asm"))
    parser.add_argument("--known", default=os.path.join(TOP, "corpus"))
    parser.add_argument("out")
    parser.add_argument("directories", nargs="+")
    args = parser.parse_args()
    try:
        args.target, args.asm = map(os.path.abspath, (args.target, args.asm))
        merge(args)
        return 0
    except CouldNot as e:
        print("corpus-merge.py: %s" % e, file=sys.stderr)
    except OSError as e:
        print("corpus-merge.py: %s: %s" % (e.filename, e.strerror),
              file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
