# SPDX-License-Identifier: GPL-2.0-only
"""The page: one file, without a script or anything from elsewhere."""

import os
from html import escape

from . import drawing
from .document import CLASSES
from .drawing import thousands

WORDS = {"holds": "holds", "fails": "FAILS", "skipped": "skipped",
         "stopped": "stopped", "undecided": "could not run or decide",
         "not-run": "not run"}
EXPLAINED = {
    "holds": "No cached verdict, and no executed one, differs from the "
             "reference in what was compared. What that was is below.",
    "fails": "The kernel differs from the reference. Each finding is below, "
             "with the program that shows it.",
    "undecided": "Something could not be run or decided. That is neither a "
                 "pass nor a finding.",
    "skipped": "There is nothing to compare."}


def tag(name, text, cls=""):
    return "<%s%s>%s</%s>" % (name, ' class="%s"' % cls if cls else "",
                              escape(str(text)), name)


def table(head, rows):
    """@head: (title, class) of columns; a cell is text or (text, class)."""
    out = ['<div class="wide"><table><tr>']
    out += [tag("th", title, cls) for title, cls in head]
    out.append("</tr>")
    for row in rows:
        out.append("<tr>")
        for cell, (_, cls) in zip(row, head):
            if isinstance(cell, int):
                cell = thousands(cell)
            text, own = cell if isinstance(cell, tuple) else (cell, cls)
            out.append(tag("td", text, own))
        out.append("</tr>")
    return "".join(out) + "</table></div>"


def outcome(of):
    word = WORDS[of["outcome"]]
    if of.get("why"):
        word += ": " + of["why"]
    return word, of["outcome"]


def top(document):
    kernel = document["kernel"]
    name = "Linux " + kernel["release"] if kernel["release"] else \
        ", ".join(kernel["images"]) or "no kernel"
    options = document["options"]
    used = "seed %d, %d s of generated stacks in user space, %d s in each " \
        "guest" % (options["seed"], options["seconds"],
                   options["guest_seconds"])
    used += "".join(", " + key for key in ("strict", "keep_going")
                    if options[key]).replace("_", " ")
    out = ['<div class="result %s">' % document["result"],
           '<h1 class="word">%s: %s</h1>' %
           (escape(name), WORDS[document["result"]]),
           tag("p", document["why"] or EXPLAINED[document["result"]])]
    if kernel["tree"]:
        out.append("<p>Tree <code>%s</code></p>" % escape(kernel["tree"]))
    out.append(tag("p", "bitproof's gate, begun %s, %d s; %s." %
                   (document["began"], document["seconds"], used), "muted"))
    return "".join(out) + "</div>"


def compared(document):
    out = ["<h2>What was compared</h2>"]
    rows = []
    for part in document["parts"]:
        counts = part["counts"]
        rows.append([part["arch"], part["name"], outcome(part),
                     *(counts.get(key, "") for key in
                       ("stacks", "filters", "verdicts", "bits", "calls"))])
    out.append(table([("arch", "name"), ("part", "name"), ("result", ""),
                      ("stacks", "n"), ("filters", "n"), ("verdicts", "n"),
                      ("bits", "n"), ("calls", "n")], rows))
    out.append('<p class="muted">Verdicts are (arch, nr) decided in user '
               "space; bits are those of the running kernel's bitmaps; calls "
               "went into the tree's code, or into the running kernel.</p>")
    for part in document["parts"]:
        if part["modes"]:
            out.append(modes(part))
    return "".join(out)


def modes(part):
    head = [("mode", "name"), ("result", ""), ("stacks", "n"), ("bits", "n"),
            ("calls", "n"), ("UNSOUND", "n"), ("DIVERGENT", "n"),
            ("CHECKER", "n"), ("LOST", "n"), ("EXTRA", "n")]
    rows = [[m["name"], outcome(m),
             *(m["counts"][key] for key in ("stacks", "bits", "calls")),
             *(m["classes"][key] for key in
               ("UNSOUND", "DIVERGENT", "CHECKER", "LOST", "EXTRA"))]
            for m in part["modes"]]
    return "<h3>%s on %s, %s</h3>" % (
        escape(part["name"]), escape(part["arch"]), escape(part["kernel"])) + \
        table(head, rows)


def classes(document):
    rows = []
    for name in CLASSES:
        rows.append([name, *(sum(p["classes"].get(name, 0)
                                 for p in document["parts"]
                                 if p["name"].startswith(kind))
                             for kind in ("user-space", "guest"))])
    return "<h3>Differences by class</h3>" + \
        table([("class", "name"), ("user space", "n"), ("guests", "n")], rows)


def findings(document):
    out = ["<h2>Findings</h2>"]
    if not document["findings"]:
        out.append("<p>None.</p>")
    seen = {}
    for f in document["findings"]:
        seen.setdefault(f["cause"], []).append(f)
    for same in seen.values():
        for i, f in enumerate(same):
            name = "%s at %s, %s, %s" % (f["class"], f["where"], f["part"],
                                         f["arch"])
            if i:
                name += " (the same cause)"
            out.append("<details%s><summary>%s <code>%s</code></summary>" %
                       ("" if i else " open", escape(name),
                        escape(os.path.basename(f["folder"]))))
            out.append(tag("pre", f["text"] or "It could not be saved.") +
                       "</details>")
    return "".join(out) + classes(document)


def legend(picture):
    used = set("".join(b["cells"] for b in picture["bitmaps"]))
    out = ['<ul class="legend">']
    for entry in picture["legend"]:
        if entry["letter"] not in used:
            continue
        fill, ink = drawing.style(entry["letter"])
        mark = "" if entry["letter"] == drawing.QUIET else entry["letter"]
        out.append('<li><b class="%s %s">%s</b>%s</li>' %
                   (fill, ink, escape(mark), escape(entry["means"])))
    return "".join(out) + "</ul>"


def bitmap(document):
    picture = document["picture"]
    if not picture:
        return ""
    means = {e["letter"]: e["means"] for e in picture["legend"]}
    out = ["<h2>The bitmaps of one stack</h2>",
           "<p>One square for each system call number, as the tree's own "
           "functions have it in user space.</p>",
           "<details%s><summary>The stack</summary>" %
           (" open" if picture["stack"].count("\n") < 25 else ""),
           tag("pre", picture["stack"]), "</details>", legend(picture)]
    for b in picture["bitmaps"]:
        served = sum(b["cells"].count(letter) for letter in "#x+!?")
        out.append("<h3>%s, %s: %d of %d served</h3>" %
                   (escape(b["kernel"]), escape(b["abi"]), served,
                    len(b["cells"])))
        out.append('<div class="wide">%s</div>' %
                   drawing.grid(b["cells"], means))
    return "".join(out)


def bars(title, pairs, unit):
    """A count each, with a bar in proportion; one that is 0 stands out."""
    if not pairs:
        return ""
    most = max(n for _, n in pairs) or 1
    out = ["<h3>%s</h3>" % escape(title), '<div class="wide"><table>']
    for name, n in pairs:
        bar = '<span class="bar" style="width:%.1fem"></span>' % \
            (12 * n / most) if n else '<span class="none">not met</span>'
        out.append("<tr>%s%s<td>%s</td></tr>" %
                   (tag("td", name, "name"), tag("td", thousands(n), "n"), bar))
    return "".join(out) + '</table></div><p class="muted">%s</p>' % escape(unit)


def summed(parts, key):
    total = {}
    for part in parts:
        for mode in part["modes"]:
            for name, n in mode[key].items():
                total[name] = total.get(name, 0) + n
    return list(total.items())


def opcodes(coverage):
    rows = [["0x%02x" % o["code"], o["name"],
             (thousands(o["run"]), "n") if o["run"] else ("not met", "n none"),
             *((o["jumped"], o["passed"]) if o["jumped"] or o["passed"]
               else ("", ""))] for o in coverage["opcodes"]]
    met = sum(o["run"] > 0 for o in coverage["opcodes"])
    return "<details><summary>Opcodes: %d of %d met</summary>%s</details>" % (
        met, len(rows), table([("code", "name"), ("opcode", "name"),
                               ("executed", "n"), ("jumped", "n"),
                               ("not jumped", "n")], rows))


def coverage(document):
    out = ["<h2>Coverage</h2>"]
    if document["coverage"]["opcodes"]:
        out.append(opcodes(document["coverage"]))
        out.append(bars("How the merged emulator ended",
                        [(r["name"], r["filters"])
                         for r in document["coverage"]["reasons"]],
                        "Filters, in a sample of one in 256 generated stacks "
                        "of the user-space part; so are the opcodes."))
    out.append(bars("Entry paths", summed(document["parts"], "paths"),
                    "Calls in all guests."))
    out.append(bars("Verdicts", summed(document["parts"], "verdicts"),
                    "Calls in all guests, by the verdict that the reference "
                    "expects."))
    scenarios = {}
    for part in document["parts"]:
        for s in part["scenarios"]:
            scenarios[s["name"]] = scenarios.get(s["name"], 0) + s["stacks"]
    out.append(bars("Scenarios", list(scenarios.items()),
                    "Stacks in all guests that were run once more like this."))
    return "".join(out) if len(out) > 1 and any(out[1:]) else ""


def not_run(document):
    rows = [[p["arch"], p["name"], a["name"], a["why"]]
            for p in document["parts"] for a in p["absent"] +
            [s for s in p["scenarios"] + p["modes"] + p["cases"]
             if s["outcome"] == "not-run"]]
    rows += [[p["arch"], p["name"], "all of it", p["why"]]
             for p in document["parts"]
             if p["outcome"] in ("not-run", "skipped", "stopped")]
    if not rows:
        return ""
    return "<h2>What was not run</h2>" + \
        table([("arch", "name"), ("part", "name"), ("what", ""), ("why", "")],
              rows)


def throughput(document):
    out = []
    for series in document["throughput"]:
        if not series["samples"]:
            continue
        out.append("<h3>%s%s: %s a second</h3>" %
                   (escape(series["part"]), escape(" on " + series["arch"]
                                                   if series["arch"] else ""),
                    escape(series["unit"])))
        out.append(drawing.chart(series["samples"], series["unit"]))
    return "<h2>Throughput</h2>" + "".join(out) if out else ""


def yardstick(document):
    out = []
    for run in document["yardstick"]:
        good = sum(m["ok"] for m in run["mutants"])
        out.append("<details><summary>%s of %s: %d of %d as expected"
                   "</summary>" % (escape(run["name"]), escape(run["date"]),
                                   good, len(run["mutants"])))
        out.append(table([("bug", "name"), ("expected", ""), ("seen", ""),
                          ("by", ""), (run["unit"], "n"), ("CPU s", "n")],
                         [[m["name"], m["expected"],
                           (m["seen"], "holds" if m["ok"] else "fails"),
                           m["by"], m["count"], "%.2f" % m["cpu"]]
                          for m in run["mutants"]]) + "</details>")
    return "<h2>Seeded bugs</h2><p>What this tool finds of bugs that were put " \
        "in on purpose, the last time that was run here.</p>" + \
        "".join(out) if out else ""


def page(document):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                           "page.css"), encoding="utf-8") as f:
        css = f.read()
    sections = (top, findings, compared, bitmap, coverage, not_run, throughput,
                yardstick)
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,'
            'initial-scale=1"><title>bitproof: %s</title><style>\n%s</style>'
            "</head>\n<body>%s</body></html>\n" %
            (escape(WORDS[document["result"]]), css,
             "\n".join(section(document) for section in sections)))
