# SPDX-License-Identifier: GPL-2.0-only
"""Pictures of the page, as SVG: what became of each number, and speed."""

from html import escape

COLUMNS, CELL, LEFT, TOP = 32, 16, 34, 16

# Of each letter of harness/picture.c: how it is filled, and what is legible on
# that. Letters that are not here are verdicts.
STYLES = {"#": ("cached", "ink"), "x": ("except", "ink"),
          "+": ("extra", "ink"), "!": ("unsound", "ink2"),
          "?": ("unproven", "ink"), "-": ("lost", "ink"),
          "l": ("load", "ink"), "i": ("insn", "ink"), "P": ("hard", "ink2"),
          "K": ("hard", "ink2")}
QUIET = "#"


def style(letter):
    return STYLES.get(letter, ("said", "ink"))


def runs(cells):
    """(first, length, letter) of stretches that stay in one row."""
    out = []
    for nr, letter in enumerate(cells):
        if out and nr % COLUMNS and out[-1][2] == letter:
            out[-1][1] += 1
        else:
            out.append([nr, 1, letter])
    return out


def grid(cells, means):
    rows = (len(cells) + COLUMNS - 1) // COLUMNS
    width, height = LEFT + COLUMNS * CELL + 1, TOP + rows * CELL + 1
    out = ['<svg class="grid" viewBox="0 0 %d %d" role="img" '
           'aria-label="one square for each system call number">' %
           (width, height)]
    for column in range(0, COLUMNS, 8):
        out.append('<text x="%d" y="11">+%d</text>' %
                   (LEFT + column * CELL + 2, column))
    for row in range(rows):
        out.append('<text x="%d" y="%d" text-anchor="end">%d</text>' %
                   (LEFT - 5, TOP + row * CELL + 12, row * COLUMNS))
    for first, length, letter in runs(cells):
        x = LEFT + first % COLUMNS * CELL
        y = TOP + first // COLUMNS * CELL
        fill, ink = style(letter)
        numbers = str(first) if length == 1 else \
            "%d to %d" % (first, first + length - 1)
        out.append('<g><title>%s: %s</title><rect class="%s" x="%d" y="%d" '
                   'width="%d" height="%d"/>' %
                   (numbers, escape(means.get(letter, letter)), fill, x, y,
                    length * CELL, CELL))
        if letter != QUIET:
            out.append('<text class="mark %s" x="%d" y="%d">%s</text>' %
                       (ink, x + CELL // 2, y + 12, escape(letter)))
        out.append("</g>")
    out.append('<path class="lines" d="%s"/></svg>' % lines(len(cells), rows))
    return "".join(out)


def lines(count, rows):
    """Around each square; the last row may be short."""
    last = count - (rows - 1) * COLUMNS
    out = []
    for row in range(rows + 1):
        columns = last if row == rows else COLUMNS
        out.append("M%d %dh%d" % (LEFT, TOP + row * CELL, columns * CELL))
    for column in range(COLUMNS + 1):
        full = rows if column <= last else rows - 1
        out.append("M%d %dv%d" % (LEFT + column * CELL, TOP, full * CELL))
    return "".join(out)


def thousands(n):
    return "{:,}".format(n).replace(",", " ")


def chart(samples, unit):
    """A line over time, from 0 up."""
    width, height, left, bottom = 640, 170, 70, 24
    end = max(s[0] for s in samples)
    most = max(max(s[1] for s in samples), 1)
    points = [(left + (width - left - 12) * s[0] / end,
               height - bottom - (height - bottom - 16) * s[1] / most)
              for s in samples]
    out = ['<svg class="chart" viewBox="0 0 %d %d" role="img" '
           'aria-label="%s a second, over time">' %
           (width, height, escape(unit))]
    for share in (0, .5, 1):
        y = height - bottom - (height - bottom - 16) * share
        out.append('<line x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>'
                   '<text x="%d" y="%.1f" text-anchor="end">%s</text>' %
                   (left, y, width - 12, y, left - 6, y + 3,
                    thousands(round(most * share))))
    out.append('<text x="%d" y="%d">0 s</text>'
               '<text x="%d" y="%d" text-anchor="end">%g s</text>' %
               (left, height - 8, width - 12, height - 8, end))
    out.append('<path d="M%s"/>' % "L".join("%.1f %.1f" % p for p in points))
    for (x, y), (seconds, rate) in zip(points, samples):
        out.append('<circle cx="%.1f" cy="%.1f" r="3"><title>%g s: %s %s a '
                   'second</title></circle>' %
                   (x, y, seconds, thousands(rate), escape(unit)))
    return "".join(out) + "</svg>"
