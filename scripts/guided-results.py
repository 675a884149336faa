#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What guests have kept, and which lines of the kernel they have run.

usage: guided-results.py [--cross PREFIX] [--kept DIR] [--lcov FILE] VMLINUX RESULT...

RESULTs are what guests of one kernel with 'emu_vs_kernel --guided' wrote; VMLINUX is
what build-kernel.sh leaves beside its image with kernel/kcov.config. Each place of it
at which KCOV is told of a block has a line of one of the files that are instrumented.
For each of their functions that was entered a row says how many of its lines have run,
and which have not. A line counts if a block of code begins on it. What was kept is put
there even if a RESULT is cut short, as that of a guest that was stopped.

  --cross PREFIX  of binutils for another machine, such as aarch64-linux-gnu-
  --kept DIR      put what was kept there, as raw inputs HASH.raw
  --lcov FILE     the lines as lcov has them: one that has run counts as 1

Exit status: 0; 2 with one line on standard error, also if a block that has run is at
none of these places: then it is another kernel's.
"""

import argparse
import collections
import hashlib
import os
import re
import subprocess
import sys

FILES = ("kernel/seccomp.c", "net/core/filter.c")
TOLD = "__sanitizer_cov_trace_pc"

Place = collections.namedtuple("Place", "file line function")


class CouldNot(Exception):
    pass


def command(argv, text=None):
    try:
        done = subprocess.run(argv, input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, encoding="utf-8",
                              errors="replace", check=False)
    except OSError as e:
        raise CouldNot("%s: %s" % (argv[0], e.strerror)) from e
    if done.returncode:
        raise CouldNot((done.stderr.strip() or argv[0]).split("\n")[0])
    return done.stdout


def read(paths):
    """
    Addresses that KCOV has told of, where its callback returns to; what is kept; which
    result is cut short.
    """
    found, kept, half = set(), [], None
    for path in paths:
        whole = False
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                if line.startswith("bitproof-blocks "):
                    found.update(int(word, 16)
                                 for word in line.split()[1].split(","))
                m = re.match(r"bitproof-kept .*raw=([0-9a-f]+) end$", line)
                if m:
                    kept.append(bytes.fromhex(m.group(1)))
                whole |= line.startswith("bitproof-guided ")
        if not whole:
            half = path
    return found, kept, half


def put(inputs, directory):
    os.makedirs(directory, exist_ok=True)
    for raw in inputs:
        name = hashlib.sha256(raw).hexdigest()[:16] + ".raw"
        with open(os.path.join(directory, name), "wb") as f:
            f.write(raw)


def calls(objdump, vmlinux):
    """Of each call of the callback: where it returns to, and the call itself."""
    found, call = {}, None
    for line in command([objdump, "-d", "--no-show-raw-insn",
                         vmlinux]).split("\n"):
        m = re.match(r"\s*([0-9a-f]+):\s", line)
        if not m:
            continue
        at = int(m.group(1), 16)
        if call is not None:
            found[at] = call
        call = at if line.endswith("<%s>" % TOLD) else None
    if not found:
        raise CouldNot("%s: nothing in it is instrumented" % vmlinux)
    return found


def places(addr2line, vmlinux, addresses):
    """The line of one of our files that each address is in, or None."""
    addresses = list(addresses)
    said = command([addr2line, "-a", "-i", "-f", "-e", vmlinux],
                   "".join("%#x\n" % a for a in addresses))
    found, at, name = {}, None, None
    for line in said.split("\n"):
        if re.fullmatch(r"0x[0-9a-f]+", line):
            at, name = int(line, 16), None
        elif name is None:
            name = line
        else:
            path, _, number = line.partition(" (")[0].rpartition(":")
            file = next((f for f in FILES if path.endswith(f)), None)
            # The innermost: what a header's function is inlined into.
            if file and number.isdigit() and at not in found:
                found[at] = Place(file, int(number), name)
            name = None
    return found


def lcov(path, lines):
    with open(path, "w", encoding="utf-8") as f:
        for file in FILES:
            f.write("SF:%s\n" % file)
            for (of, number), ran in sorted(lines.items()):
                if of == file:
                    f.write("DA:%d,%d\n" % (number, ran))
            f.write("end_of_record\n")


def ranges(numbers):
    """1-3,7"""
    runs = []
    for n in sorted(numbers):
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ",".join("%d" % a if a == b else "%d-%d" % (a, b) for a, b in runs)


def report(sites, ran):
    """Line by line: has one of its blocks run? Printed by function."""
    lines = {}
    functions = collections.defaultdict(dict)
    for at, place in sites.items():
        key = place.file, place.line
        lines[key] = lines.get(key, False) or at in ran
        of = functions[place.file, place.function]
        of[place.line] = of.get(place.line, False) or at in ran
    for file in FILES:
        mine = [r for (f, _), r in lines.items() if f == file]
        named = sorted((min(of), name, of) for (f, name), of in
                       functions.items() if f == file)
        entered = [n for n in named if any(n[2].values())]
        print("%s: %d of %d lines, %d of %d functions" %
              (file, sum(mine), len(mine), len(entered), len(named)))
        for _, name, of in entered:
            missing = [n for n, r in of.items() if not r]
            print("  %-40s %3d of %3d%s" % (
                name, len(of) - len(missing), len(of),
                "   not: " + ranges(missing) if missing else ""))
    return lines


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1][7:])
    parser.add_argument("--cross", default="")
    parser.add_argument("--kept")
    parser.add_argument("--lcov")
    parser.add_argument("vmlinux")
    parser.add_argument("results", nargs="+")
    args = parser.parse_args()
    try:
        seen, kept, half = read(args.results)
        if args.kept:
            put(kept, args.kept)
        if half:
            raise CouldNot("%s: no result of --guided, or half of one" % half)
        sites = calls(args.cross + "objdump", args.vmlinux)
        strange = seen - set(sites)
        if strange:
            raise CouldNot("%s: nothing is told at %#x, and %d more that have run"
                           % (args.vmlinux, min(strange), len(strange) - 1))
        found = places(args.cross + "addr2line", args.vmlinux, sites.values())
        lines = report({to: found[at] for to, at in sites.items()
                        if at in found}, seen)
        if args.lcov:
            lcov(args.lcov, lines)
        return 0
    except CouldNot as e:
        print("guided-results.py: %s" % e, file=sys.stderr)
    except OSError as e:
        print("guided-results.py: %s: %s" % (e.filename, e.strerror),
              file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
