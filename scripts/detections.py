# SPDX-License-Identifier: GPL-2.0-only
"""What yardstick.py has measured: its file, as a table, as a plot, against another.

A file is {"kernel", "limit", "seeds", "engines": [NAME...], "bugs": {BUG: {ENGINE:
[[found, executions, CPU seconds] for each seed]}}}; and "corpus" is there if fuzzers
began with so many inputs.
"""

import json
import math
import statistics

import plot
from seeded import Failure

CHANCE = 0.01


def load(path):
    try:
        with open(path, encoding="utf-8") as f:
            result = json.load(f)
        for engines in result["bugs"].values():
            for runs in engines.values():
                for found, executions, cpu in runs:
                    if found not in (0, 1) or executions < 0 or cpu < 0:
                        raise ValueError
        result["limit"], result["seeds"], list(result["engines"])
    except OSError as e:
        raise Failure("%s: %s" % (path, e.strerror)) from e
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise Failure("%s: is no result of yardstick.py" % path) from e
    return result


def by_corpus(run, begun):
    """Did it find the bug in what it began with? libFuzzer has an empty input first."""
    return bool(run[0] and run[1] <= begun + 1)


def median(runs, what):
    """Of executions (1) or CPU seconds (2); None: most runs have found nothing."""
    value = statistics.median_low([run[what] if run[0] else math.inf
                                   for run in runs])
    return None if math.isinf(value) else value


def cell(runs, what):
    value = median(runs, what)
    if value is None:
        return "%d of %d" % (sum(run[0] for run in runs), len(runs))
    return "%d" % value if what == 1 else "%.2f" % value


def table(result):
    """Lines: for each bug and engine the medians; then of each engine."""
    engines = result["engines"]
    width = max([len(bug) for bug in result["bugs"]] + [24])
    for what, name in ((1, "executions"), (2, "CPU seconds")):
        yield "%-*s" % (width, name) + "".join("%17s" % e for e in engines)
        for bug, runs in result["bugs"].items():
            yield "%-*s" % (width, bug) + "".join(
                "%17s" % cell(runs[e], what) for e in engines)
        yield ""
    yield "%-*s" % (width, "all") + "".join("%17s" % e for e in engines)
    begun = result.get("corpus", 0)
    rows = [("runs that found the bug", lambda runs: (
        sum(r[0] for r in runs), len(runs))),
            ("bugs found by most runs", lambda runs: (
                median(runs, 1) is not None, 1))]
    if begun:
        rows.insert(1, ("of them, by the corpus", lambda runs: (
            sum(by_corpus(r, begun) for r in runs), sum(r[0] for r in runs))))
    for what, of in rows:
        counts = [[sum(n) for n in zip(*(of(runs[e]) for runs in
                                         result["bugs"].values()))]
                  for e in engines]
        yield "%-*s" % (width, what) + "".join(
            "%17s" % ("%d of %d" % tuple(c)) for c in counts)


# ---- against an earlier one -------------------------------------------------

def binomial_at_most(k, n, p):
    return sum(math.comb(n, i) * p ** i * (1 - p) ** (n - i)
               for i in range(k + 1))


def chance(earlier, later):
    """That so few of the events of both are later ones, if the rates are the same."""
    events = [sum(run[0] for run in runs) for runs in (earlier, later)]
    times = [sum(run[1] for run in runs) for runs in (earlier, later)]
    if not sum(events) or not sum(times):
        return 1.0
    return min(1.0, binomial_at_most(events[1], sum(events),
                                     times[1] / sum(times)))


def all_by_chance(chances):
    """Fisher's method: the tail of a chi-squared of two degrees for each."""
    x = -sum(math.log(max(c, 1e-300)) for c in chances)
    return min(1.0, math.exp(-x) * sum(x ** i / math.factorial(i)
                                       for i in range(len(chances))))


def rate(runs):
    """Executions for one event; None: there was none."""
    events = sum(run[0] for run in runs)
    return sum(run[1] for run in runs) / events if events else None


def slower(earlier, later):
    one, other = rate(earlier), rate(later)
    if other is None:
        return "not found in %d executions, earlier one in %d" % (
            sum(run[1] for run in later), one)
    return "one in %d executions, earlier in %d: %.1f times as many" % (
        other, one, other / one)


def regressions(earlier, later):
    """How many pairs there were to compare, and lines for what has become worse."""
    pairs = {}
    for bug, engines in later["bugs"].items():
        for engine, runs in engines.items():
            before = earlier["bugs"].get(bug, {}).get(engine)
            if before and runs:
                pairs[bug, engine] = before, runs, chance(before, runs)
    lines = []
    for (bug, engine), (before, runs, by_chance) in pairs.items():
        if by_chance < CHANCE / len(pairs):
            lines.append("%s by %s: %s (p = %.1e)" % (
                bug, engine, slower(before, runs), by_chance))
    engines = sorted({engine for _, engine in pairs})
    for engine in engines:
        chances = [p[2] for (_, e), p in pairs.items() if e == engine]
        by_chance = all_by_chance(chances)
        if by_chance < CHANCE / len(engines):
            lines.append("%s is slower over all %d bugs (p = %.1e)" % (
                engine, len(chances), by_chance))
    return len(pairs), lines


# ---- as a plot --------------------------------------------------------------

ROW, HEAD = 14, 46


def draw(result, path):
    """A line for each bug; a mark for each run, open if it has found nothing."""
    bugs, engines = list(result["bugs"]), result["engines"]
    height = len(bugs) * ROW + HEAD + 40
    svg = plot.Svg(2 * height)
    left, right = 230, plot.WIDTH - plot.RIGHT
    for panel, (what, name) in enumerate(((1, "executions"),
                                          (2, "CPU seconds"))):
        top = panel * height + HEAD
        values = [run[what] for bug in bugs for e in engines
                  for run in result["bugs"][bug][e] if run[what] > 0] or [1]
        low = math.floor(math.log10(min(values)))
        high = max(math.ceil(math.log10(max(values))), low + 1)

        def x(value):
            at = math.log10(max(value, 10 ** low)) - low
            return left + (right - left) * at / (high - low)

        for i, engine in enumerate(engines):
            svg.text(left + i * 88, top - 26, engine, colour=plot.COLOURS[i])
        svg.text(8, top - 26, name + " until it is found")
        for power in range(low, high + 1):
            svg.line([(x(10 ** power), top),
                      (x(10 ** power), top + len(bugs) * ROW)])
            svg.text(x(10 ** power), top - 8, "%g" % 10.0 ** power, "middle")
        for row, bug in enumerate(bugs):
            y = top + row * ROW + ROW / 2
            svg.text(left - 8, y + 4, bug, "end")
            svg.line([(left, y), (right, y)], "#eee")
            for i, engine in enumerate(engines):
                for run in result["bugs"][bug][engine]:
                    svg.mark(x(run[what]), y + i - len(engines) / 2,
                             plot.COLOURS[i], run[0])
    svg.write(path)
