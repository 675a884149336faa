# SPDX-License-Identifier: GPL-2.0-only
"""KTAP, version 1, as Documentation/dev-tools/ktap.rst has it: nested by arch,
part and case. Diagnostics come before the result that they are about."""

DIRECTIVES = {"skipped": "SKIP", "not-run": "SKIP", "stopped": "SKIP",
              "undecided": "ERROR"}
# Which counts, if a test has several.
ORDER = ("fails", "undecided", "holds", "skipped", "stopped", "not-run")


class Test:
    def __init__(self, name, outcome="", why="", said=(), tests=()):
        self.name, self.outcome, self.why = name, outcome, why
        self.said, self.tests = list(said), list(tests)


def plain(text):
    """A "#" would begin a directive."""
    return text.replace("#", "").replace("\n", " ").strip()


def result(number, test):
    good = test.outcome not in ("fails", "undecided")
    line = "%s %d %s" % ("ok" if good else "not ok", number, plain(test.name))
    directive = DIRECTIVES.get(test.outcome)
    if directive:
        line += " # %s %s" % (directive, plain(test.why or test.outcome))
    return line


def lines(tests, depth):
    pad = "  " * depth
    yield "%s1..%d" % (pad, len(tests))
    for number, test in enumerate(tests, 1):
        if test.tests:
            yield pad + "  KTAP version 1"
            yield pad + "  # Subtest: " + plain(test.name)
            yield from lines(test.tests, depth + 1)
        for text in test.said:
            for line in text.rstrip("\n").split("\n"):
                yield ("%s# %s" % (pad, line)).rstrip()
        yield pad + result(number, test)


def counted(numbers):
    return ", ".join("%d %s" % (n, key) for key, n in numbers.items())


def of_part(part, findings):
    if not part["counts"] and not part["cases"]:
        tests = []
    else:
        tests = [Test(m["name"], m["outcome"], m["why"],
                      [counted(m["counts"])]) for m in part["modes"]]
        for kind in ("cases", "scenarios"):
            tests += [Test(t["name"], t["outcome"], t["why"])
                      for t in part[kind]]
        tests += [Test(t["name"], "not-run", t["why"]) for t in part["absent"]]
    said = []
    if part["counts"]:
        said.append("%s: %s" % (part["kernel"], counted(part["counts"])))
        said.append(counted(part["classes"]))
    elif part["outcome"] == "undecided" and part["why"]:
        said.append(part["why"])
    said += [f["text"] for f in findings
             if f["text"] and f["arch"] == part["arch"] and
             f["part"] == part["name"].split()[0]]
    return Test(part["name"], part["outcome"], part["why"], said, tests)


def worst(tests):
    return min((t.outcome for t in tests), key=ORDER.index)


def by_arch(document):
    archs = {}
    for part in document["parts"]:
        archs.setdefault(part["arch"], []).append(
            of_part(part, document["findings"]))
    tests = []
    for arch, parts in archs.items():
        outcome = worst(parts)
        why = next((p.why for p in parts if p.outcome == outcome), "")
        tests.append(Test(arch, outcome, why, tests=parts))
    return tests


def write(document, text):
    """@text: what was said of findings, for those that have no folder."""
    tests = by_arch(document) or \
        [Test("gate", document["result"], document["why"])]
    if any(not f["text"] for f in document["findings"]):
        tests[0].said.insert(0, text)
    print("KTAP version 1")
    for line in lines(tests, 0):
        print(line)
