#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Draw what a campaign has measured, as SVG.

usage: plot.py STATISTICS OUT

STATISTICS has lines of afl-campaign.sh: seconds, inputs, inputs a second, kept,
edges, crashes, hangs.

Exit status: 0; 2 with one line on stderr.
"""

import sys

WIDTH, LEFT, RIGHT, HEIGHT, GAP = 760, 90, 20, 150, 50
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")


class Svg:
    def __init__(self, height):
        self.parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" '
                      'height="%d" font-family="sans-serif" font-size="11">'
                      '<rect width="100%%" height="100%%" fill="white"/>'
                      % (WIDTH, height)]

    def text(self, x, y, text, anchor="start", colour="#333"):
        text = str(text).replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append('<text x="%.1f" y="%.1f" text-anchor="%s" '
                          'fill="%s">%s</text>' % (x, y, anchor, colour, text))

    def line(self, points, colour="#ccc", width=1):
        self.parts.append('<polyline fill="none" stroke="%s" stroke-width="%s"'
                          ' points="%s"/>' %
                          (colour, width, " ".join("%.1f,%.1f" % p
                                                   for p in points)))

    def mark(self, x, y, colour, filled):
        self.parts.append('<circle cx="%.1f" cy="%.1f" r="2.5" stroke="%s" '
                          'fill="%s"/>' % (x, y, colour,
                                           colour if filled else "none"))

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(self.parts + ["</svg>"]) + "\n")


def campaign(path, out):
    with open(path, encoding="utf-8") as f:
        rows = [[int(word) for word in line.split()] for line in f]
    if not rows or any(len(row) != 7 for row in rows):
        raise ValueError("%s: not a line of statistics" % path)
    panels = (("inputs a second", 2), ("kept", 3), ("edges", 4),
              ("crashes", 5), ("hangs", 6))
    svg = Svg(len(panels) * (HEIGHT + GAP) + 20)
    end = max(rows[-1][0], 1)
    for i, (name, column) in enumerate(panels):
        top = 30 + i * (HEIGHT + GAP)
        most = max(max(row[column] for row in rows), 1)
        svg.text(LEFT, top - 8, name)
        for y, label in ((top, most), (top + HEIGHT, 0)):
            svg.line([(LEFT, y), (WIDTH - RIGHT, y)])
            svg.text(LEFT - 6, y + 4, label, "end")
        svg.text(WIDTH - RIGHT, top + HEIGHT + 14, "%d s" % end, "end")
        svg.line([(LEFT + (WIDTH - LEFT - RIGHT) * row[0] / end,
                   top + HEIGHT * (1 - row[column] / most)) for row in rows],
                 COLOURS[i], 2)
    svg.write(out)


def main():
    if len(sys.argv) != 3:
        print("usage: plot.py STATISTICS OUT", file=sys.stderr)
        return 2
    try:
        campaign(*sys.argv[1:])
    except (OSError, ValueError, KeyError) as e:
        print("plot.py: %s" % e, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
