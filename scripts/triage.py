#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What are the inputs that a fuzzer has kept as crashes, hangs or findings?

usage: triage.py [--program FILE] DIR [OUT]

Each file in DIR and below is replayed alone by emu_vs_interp, which is built from
the tree that the fuzzer was run on (FILE, build/emu_vs_interp), and is one of

  CLASS at PLACE     a finding, made small; or UNPROVEN, neither proof nor witness
  holds              nothing fails: another tree, or a fault of the fuzzer's
  not replayed       it can't be read as an input, and why

Findings are of one cause if their class, their place, and the shape of what is
left of them are the same (src/cause.h). OUT (bitproof-triage), which must not be
there, gets

  summary            a line for each file: its name, what it is, its cause's folder
  CAUSE/             the smallest finding of that cause, with the files of
                     harness/folder.h
  CAUSE/draft.bpf    it as a case for corpus/regress, with what is to be filled in

Text, C and notes beside the inputs (*.txt, *.md, *.c) are passed over, as are
hidden files.

Exit status: 0 all hold; 1 a finding; 2 could not run, or there is no finding but
something was not replayed or not decided.
"""

import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

PASSED_OVER = (".txt", ".md", ".c")
# More than emu_vs_interp takes until it has made a hang small.
TIMEOUT = 300

Seen = collections.namedtuple("Seen", "what cause folder")
HOLDS = "holds"
NOT_REPLAYED = "not replayed"


class CouldNot(Exception):
    pass


def inputs(directory):
    """The paths of all files, relative to it."""
    def unreadable(error):
        raise CouldNot("%s: %s" % (error.filename, error.strerror))

    for place, places, names in os.walk(directory, onerror=unreadable):
        places[:] = sorted(p for p in places if not p.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(PASSED_OVER):
                yield os.path.relpath(os.path.join(place, name), directory)


def record(path, word):
    """The values of the first line that begins with the word, or none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                if line.startswith(word + " "):
                    return dict(re.findall(r"(\w+)=(.*?)(?= \w+=|$)",
                                           line.rstrip("\n")))
    except FileNotFoundError:
        pass
    return {}


def replay(program, path, room):
    """One file, in an empty directory of its own."""
    # Its name says what it is; that of a fuzzer says nothing.
    copy = os.path.join(room, "input.bpf" if path.endswith(".bpf")
                        else "input.raw")
    findings = os.path.join(room, "findings")
    records = os.path.join(room, "records")
    try:
        shutil.copyfile(path, copy)
        done = subprocess.run(
            [program, "--findings", findings, "--records", records, copy],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
            timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return Seen("%s: no end in %d s" % (NOT_REPLAYED, TIMEOUT), None, None)
    except OSError as e:
        if e.filename == program:
            raise CouldNot("%s: %s" % (program, e.strerror)) from e
        return Seen("%s: %s" % (NOT_REPLAYED, e.strerror), None, None)
    if done.returncode == 0:
        return Seen(HOLDS, None, None)

    found = record(records, "bitproof-finding")
    if found:
        name = "%s at %s" % (found["class"], found["where"])
        return Seen(name, "%s-%s-%s" % (found["class"], found["where"],
                                        found["cause"]), found["folder"])
    # UNPROVEN, and a case whose own expectations fail, have no record.
    told = re.search(r"^(DIVERGENT|UNPROVEN) at \w+", done.stdout, re.M)
    if told:
        return Seen(told.group(), told.group().replace(" at ", "-"),
                    next((e.path for e in os.scandir(findings)), None)
                    if os.path.isdir(findings) else None)
    why = [line for line in done.stderr.splitlines() if line.strip()]
    why = why[0] if why else "emu_vs_interp ends with %d" % done.returncode
    why = why.replace("emu_vs_interp: ", "").replace(copy + ": ", "")
    return Seen("%s: %s" % (NOT_REPLAYED, why), None, None)


def read(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def call(told):
    """The call of a finding's text as a directive's, without what comes of it."""
    value = dict(re.findall(r"^(nr|arch|instruction_pointer|args\[\d\]) +(\S+)",
                            told, re.M))
    if "nr" not in value:
        return None
    args = [value.get("args[%d]" % i, "0") for i in range(6)]
    while args and int(args[-1], 0) == 0:
        args.pop()
    words = [value["arch"], "nr=" + value["nr"]]
    if args:
        words.append("args=" + ",".join(args))
    if int(value["instruction_pointer"], 0):
        words.append("ip=" + value["instruction_pointer"])
    return " ".join(words)


def attach(case, told):
    """What attaching gives, where the finding is about that."""
    place = re.search(r"^  filter +(\d+)$", told, re.M)
    errno = re.search(r"^  expected +(E[A-Z]+)$", told, re.M)
    if not place or not errno:
        return case
    parts = re.split(r"(?m)^(?=;; filter$)", case)
    at = int(place.group(1)) + 1
    parts[at] = parts[at].rstrip("\n") + "\n;; attach %s\n" % errno.group(1)
    return "".join(parts)


def draft(seen, folder):
    """A case that fails here, and has yet to say what must be."""
    told = read(folder, "finding.txt")
    made = call(told)
    hint = "; ;; verdict %s -> VERDICT\n" % made if made else ""
    case = re.sub(r"(?m)^;; seed 0\n", "", read(folder, "case.bpf"))
    return (";; what FILL IN: what must be so (%s)\n"
            "; By hand, see corpus/README.md:\n"
            "; ;; catches BUG\n" % seen.what + attach(case, told) + hint)


def size(folder):
    return len(read(folder, "case.bpf"))


def keep(seen, out):
    """Its folder becomes that of its cause, if it is the smallest."""
    place = os.path.join(out, seen.cause)
    if seen.folder and (not os.path.isdir(place) or
                        size(seen.folder) < size(place)):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(seen.folder, place)
        # Where it is from now on.
        told = read(place, "finding.txt").replace(seen.folder, place)
        write(place, "finding.txt", told)
        write(place, "draft.bpf", draft(seen, place))


def triage(program, directory, out):
    files = list(inputs(directory))
    if not files:
        raise CouldNot("%s: no inputs" % directory)
    os.makedirs(out)
    causes = collections.Counter()
    findings = undecided = 0
    with open(os.path.join(out, "summary"), "w", encoding="utf-8") as summary:
        for i, name in enumerate(files):
            if sys.stderr.isatty():
                print("\r%d of %d files, %d causes " %
                      (i, len(files), len(causes)), end="", file=sys.stderr)
            with tempfile.TemporaryDirectory() as room:
                seen = replay(program, os.path.join(directory, name), room)
                line = "%s: %s" % (name, seen.what)
                if seen.cause:
                    keep(seen, out)
                    causes[seen.cause] += 1
                    line += ", " + seen.cause
            print(line, file=summary, flush=True)
            decided = not seen.what.startswith((NOT_REPLAYED, "UNPROVEN"))
            undecided += not decided
            findings += decided and seen.what != HOLDS
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    for cause, count in sorted(causes.items()):
        print("%s: %d files" % (os.path.join(out, cause), count))
    print("%d files, %d findings of %d causes, %d not decided: %s" %
          (len(files), findings, len(causes), undecided,
           os.path.join(out, "summary")))
    return 1 if findings else 2 if undecided else 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1][7:])
    parser.add_argument("--program", default="build/emu_vs_interp")
    parser.add_argument("directory")
    parser.add_argument("out", nargs="?", default="bitproof-triage")
    args = parser.parse_args()
    try:
        if os.path.lexists(args.out):
            raise CouldNot("%s is there already" % args.out)
        return triage(os.path.abspath(args.program), args.directory, args.out)
    except CouldNot as e:
        print("triage.py: %s" % e, file=sys.stderr)
    except OSError as e:
        print("triage.py: %s: %s" % (e.filename, e.strerror), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
