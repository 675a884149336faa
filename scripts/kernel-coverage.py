#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Lines and branches of some of the kernel's functions, and what is not reached.

usage: kernel-coverage.py SOURCE LCOV JSON UNCOVERED

SOURCE is subjects/build.sh's extracted.h; LCOV and JSON are llvm-cov's exports of
it. It is compiled once for each platform; what one of them reaches is reached.
Branches inside of macros, such as unlikely(), are not counted.

UNCOVERED has paragraphs of

	FUNCTION: the line as it stands in the kernel, without indentation
		Why the corpus can't reach it, or not take it both ways.

A line that the function has more than once comes with the one before it, and if
that is not enough with the one after it, as it is printed here.

Exit status: 0; 1 if something has no reason, or a reason is not needed; 2 with one
line on standard error.
"""

import importlib
import json
import re
import sys

report = importlib.import_module("coverage-report")

FUNCTIONS = (
    "seccomp_is_const_allow", "seccomp_cache_prepare_bitmap",
    "seccomp_cache_prepare", "seccomp_cache_check_allow_bitmap",
    "seccomp_cache_check_allow", "seccomp_check_filter",
    "bpf_check_basics_ok", "bpf_check_classic", "check_load_and_stores",
    "chk_code_allowed")


def function_ranges(text):
    """Name: first and last line; of stubs and the real one, the last is real."""
    ranges, name = {}, None
    for number, line in enumerate(text, 1):
        head = re.match(r"\w[\w\s*]*?(\w+)\(", line)
        if head and not line.rstrip().endswith(";"):
            name, first = head.group(1), number
        elif line == "}" and name:
            ranges[name] = (first, number)
            name = None
    return ranges


def kernel_places(text):
    """Of each line: the file and number that it has in the tree."""
    places, path, number = [], "", 0
    for line in text:
        told = re.match(r'#line (\d+) "(.*)"', line)
        if told:
            number, path = int(told.group(1)) - 1, told.group(2)
        else:
            number += 1
        places.append(f"{path}:{number}")
    return places


def read_lines(path):
    lines = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.startswith("DA:"):
                number, count = map(int, line[3:].split(",")[:2])
                lines[number] = lines.get(number, 0) + count
    return lines


def read_branches(path, source):
    """Place: [how often true, how often false]"""
    with open(path, encoding="utf-8") as f:
        files = json.load(f)["data"][0]["files"]
    branches = {}
    for file in files:
        if file["filename"].endswith("/subject/" + source.split("/")[-1]):
            for b in file["branches"]:
                ways = branches.setdefault(tuple(b[:4]), [0, 0])
                ways[0] += b[4]
                ways[1] += b[5]
    return branches


def name_of(body, at):
    """What body[at] is called, so that it is no other line of the function."""
    body = [line.strip() for line in body]

    def around(i, before, after):
        return " ".join(body[max(i - before, 0):i + after + 1])

    for before, after in ((0, 0), (1, 0), (1, 1)):
        name = around(at, before, after)
        if sum(around(i, before, after) == name for i in range(len(body))) == 1:
            break
    return name


def missing(lines, branches):
    for number, count in sorted(lines.items()):
        if not count:
            yield number, "never executed"
    for place, ways in sorted(branches.items()):
        for way, count in zip(("true", "false"), ways):
            if not count and lines.get(place[0]):
                yield place[0], "never " + way


def main():
    source, lcov, exported, uncovered = sys.argv[1:]
    with open(source, encoding="utf-8", errors="replace") as f:
        text = f.read().split("\n")
    all_lines, all_branches = read_lines(lcov), read_branches(exported, source)
    excuses = report.Excuses(uncovered)
    ranges, places = function_ranges(text), kernel_places(text)

    print(f"{'':36}{'lines':18}   branches, each way")
    for name in FUNCTIONS:
        first, last = ranges.get(name, (1, 0))
        lines = {n: c for n, c in all_lines.items() if first <= n <= last}
        branches = {p: w for p, w in all_branches.items()
                    if first <= p[0] <= last}
        if not lines:
            raise ValueError(f"{lcov}: nothing of {name}()")
        ways = [count for both in branches.values() for count in both]
        print(f"{name:36}{report.percent(lines.values())}   "
              f"{report.percent(ways)}")
        for number, what in missing(lines, branches):
            key = name, name_of(text[first - 1:last], number - first)
            excuses.tell(key, f"  {places[number - 1]}", what)
    return excuses.status()


if __name__ == "__main__":
    try:
        if len(sys.argv) != 5:
            raise ValueError("usage: kernel-coverage.py SOURCE LCOV JSON UNCOVERED")
        sys.exit(main())
    except (OSError, ValueError, LookupError) as error:
        print(f"kernel-coverage: {error}", file=sys.stderr)
        sys.exit(2)
