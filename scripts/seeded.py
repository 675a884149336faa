# SPDX-License-Identifier: GPL-2.0-only
"""Seeded bugs: their tables, their edits, what is built of them, and runs of that.

subjects/mutants.txt and kernel/mutants.txt say how a table is written. What is done
with bugs is the concern of mutants.py, corpus-check.py and yardstick.py.
"""

import contextlib
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
# What a build needs; a copy, so that work on the project does not disturb.
PROJECT = ["Makefile", "src", "harness", "subjects", "scripts"]
# And what of it was built already, of which make takes what is not stale.
BUILT = ["build/" + name for name in ("src", "harness", "subjects", "subject",
                                      "libbitproof.a")]

FAILING = ("UNSOUND", "DIVERGENT", "CHECKER", "CRASH", "ENGINE", "TEXT")
QUIET = ("LOST", "EXTRA")
CLASSES = FAILING + QUIET + ("none",)

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


def plant(m, base, work, options):
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


def find_kernel(options):
    if not options.kernel:
        p = subprocess.run([os.path.join(TOP, "scripts", "fetch-kernel.sh"),
                            "6.12"], stdout=subprocess.PIPE, text=True)
        if p.returncode:
            raise Failure("no kernel tree")
        options.kernel = p.stdout.strip()
    options.kernel = os.path.abspath(options.kernel)


def copy_project(options, tmp, more=()):
    """A copy of the project, with the driver built: what every bug starts from.

    @more: what else is taken if it was built already
    """
    base = os.path.join(tmp, "base")
    os.makedirs(os.path.join(base, "build"))
    for name in PROJECT + BUILT + list(more):
        source = os.path.join(TOP, name)
        if name not in PROJECT and not os.path.exists(source):
            continue
        copy = shutil.copytree if os.path.isdir(source) else shutil.copy2
        copy(source, os.path.join(base, name))
    problem = make(base, options.kernel)
    if problem:
        raise Failure("the project does not build: " + problem)
    return base


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
