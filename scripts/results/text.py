# SPDX-License-Identifier: GPL-2.0-only
"""The summary of guests, for people."""

OUTCOMES = {"holds": "holds", "fails": "FAILS", "stopped": "stopped, no result",
            "undecided": "could not run or decide"}


def listed(numbers):
    return " ".join("%s %d" % pair for pair in numbers.items())


def row(key, name, text):
    print("%-12s%s: %s" % (key, name, text))


def write(document, lines):
    """@lines: of each guest, what it says itself: {"paths": TEXT, ...}."""
    guests = [p for p in document["parts"] if p["name"].startswith("guest")]
    for part, own in zip(guests, lines):
        name = part["arch"] + part["name"][len("guest"):]
        outcome = OUTCOMES[part["outcome"]]
        if not part["modes"]:
            row("guest", name, outcome)
            continue
        for mode in part["modes"]:
            head = "%s, %s: " % (part["kernel"], mode["name"])
            if mode["outcome"] == "not-run":
                row("guest", name, head + "not run")
                continue
            counts = ", ".join("%d %s" % (n, key)
                               for key, n in mode["counts"].items())
            row("guest", name, "%s%s: %s: %s; findings: %s" %
                (head, outcome, counts, listed(mode["verdicts"]),
                 listed(mode["classes"])))
        for key in ("paths", "not run"):
            row(key, name, own.get(key.replace(" ", "-"), ""))
