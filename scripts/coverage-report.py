#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Coverage in figures, and what is not covered without a known reason.

usage: coverage-report.py LCOV JSON UNCOVERED

LCOV and JSON are llvm-cov's exports: the one has lines, but of branches only
the other says which are copies of one. UNCOVERED has paragraphs of

	src/file.c: the line as it stands there, without indentation
	src/file.c: perhaps another one
		Why nothing reaches it, indented.

Such a line stands for all lines of the file with this text. It excuses a line
that was never executed, and a branch on it that never went one way.

Exit status: 0; 1 if something is not excused, or an excuse is not needed; 2
with one line on stderr if the files can't be read.
"""

import json
import os
import sys


class Source:
    def __init__(self, path):
        self.path = path
        self.lines = {}         # number: count
        self.branches = {}      # (place, way): count; a place begins (line
        with open(path, encoding="utf-8") as f:
            self.text = [line.strip() for line in f]

    def missing(self):
        """Line and column, and what is missing there."""
        dead = [n for n, count in self.lines.items() if not count]
        return sorted([(n, 1, "never executed") for n in dead]
                      + [(*place[:2], f"never {way}")
                         for (place, way), count in self.branches.items()
                         if not count and place[0] not in dead])


def read_lcov(path):
    sources, source = [], None
    with open(path, encoding="utf-8") as f:
        for line in f:
            kind, _, rest = line.strip().partition(":")
            if kind == "SF":
                source = Source(os.path.relpath(rest))
                sources.append(source)
            elif kind == "DA":
                number, count = rest.split(",")[:2]
                source.lines[int(number)] = int(count)
    if not sources:
        raise ValueError(f"{path}: nothing was measured")
    return sorted(sources, key=lambda s: s.path)


def read_branches(path, sources):
    with open(path, encoding="utf-8") as f:
        files = json.load(f)["data"][0]["files"]
    branches = {os.path.relpath(f["filename"]): f["branches"] for f in files}
    for source in sources:
        for branch in branches.get(source.path, []):
            place, taken = tuple(branch[:4]), branch[4:6]
            # Neither way: decided when it was compiled, or never executed.
            if not any(taken):
                continue
            # Each file that includes a header has a copy; any will do.
            for way, count in zip(("true", "false"), taken):
                key = place, way
                source.branches[key] = source.branches.get(key, 0) + count


def read_excuses(path):
    """(file, text): reason"""
    excuses, keys = {}, []
    reason = False
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                if not keys:
                    raise ValueError(f"{path}:{number}: a reason for what?")
                for key in keys:
                    excuses[key] += line.strip() + " "
                reason = True
                continue
            name, colon, text = line.strip().partition(": ")
            if not colon:
                raise ValueError(f"{path}:{number}: not 'file: text'")
            if reason:
                keys, reason = [], False
            keys.append((name, text.strip()))
            excuses[keys[-1]] = ""
    for (name, text), why in excuses.items():
        if not why:
            raise ValueError(f"{path}: no reason for '{name}: {text}'")
    return excuses


class Excuses:
    """What may be missing; tells what is, and in the end what need not be."""

    def __init__(self, path):
        self.path = path
        self.known = read_excuses(path)
        self.used = set()
        self.bad = 0            # without a reason, or reasons without need

    def tell(self, key, place, what):
        known = key in self.known
        self.used.add(key)
        self.bad += not known
        print(f"{place}: {what}{'' if known else ', no reason'}: {key[1]}")

    def status(self):
        for key in self.known:
            if key not in self.used:
                self.bad += 1
                print(f"{self.path}: is covered or gone: {key[0]}: {key[1]}")
        return 1 if self.bad else 0


def percent(counts):
    counts = list(counts)
    hit = sum(1 for c in counts if c)
    return f"{hit:5}/{len(counts):<5}" + (
        f"{100 * hit / len(counts):6.1f} %" if counts else "       -")


def main():
    sources = read_lcov(sys.argv[1])
    read_branches(sys.argv[2], sources)
    excuses = Excuses(sys.argv[3])

    print(f"{'':28}{'lines':18}   branches")
    for s in sources:
        print(f"{s.path:28}{percent(s.lines.values())}   "
              f"{percent(s.branches.values())}")
    print(f"{'all':28}"
          f"{percent(c for s in sources for c in s.lines.values())}   "
          f"{percent(c for s in sources for c in s.branches.values())}")

    for s in sources:
        for number, column, what in s.missing():
            excuses.tell((s.path, s.text[number - 1]),
                         f"{s.path}:{number}:{column}", what)
    return excuses.status()


if __name__ == "__main__":
    try:
        if len(sys.argv) != 4:
            raise ValueError("usage: coverage-report.py LCOV JSON UNCOVERED")
        sys.exit(main())
    except (OSError, ValueError) as error:
        print(f"coverage-report: {error}", file=sys.stderr)
        sys.exit(2)
