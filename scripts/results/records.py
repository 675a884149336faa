# SPDX-License-Identifier: GPL-2.0-only
"""Lines "bitproof-KIND KEY=VALUE...", as harnesses and scripts write them."""

# The key of each kind whose value is all that is left of the line.
LAST = {
    "absent": "why",
    "case": "path",
    "cell": "means",
    "end": "why",
    "finding": "folder",
    "guest": "name",
    "image": "path",
    "line": "text",
    "reason": "name",
    "skip": "why",
    "tree": "path",
    "user": "why",
    "why": "why",
}
PREFIX = "bitproof-"


def parse(line):
    """(KIND, {KEY: VALUE}), or None if it is no whole record."""
    if not line.startswith(PREFIX) or not line.endswith("\n"):
        return None
    kind, _, rest = line[len(PREFIX):-1].partition(" ")
    values = {}
    while rest:
        key, equals, value = rest.partition("=")
        if not equals or " " in key:
            return None
        if key == LAST.get(kind):
            values[key] = value
            break
        values[key], _, rest = value.partition(" ")
    return kind, values


class Records:
    """Those of one file, by kind; none if there is no file."""

    def __init__(self, path):
        self.of = {}
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                lines = list(f)
        except FileNotFoundError:
            lines = []
        for line in lines:
            record = parse(line)
            if record:
                self.of.setdefault(record[0], []).append(record[1])

    def all(self, kind):
        return self.of.get(kind, [])

    def one(self, kind):
        """The last of its kind; empty if there is none."""
        return self.all(kind)[-1] if self.all(kind) else {}


def numbers(values, keys=None):
    """The values that are numbers, of these keys or of all."""
    return {key: int(value) for key, value in values.items()
            if value.isdigit() and (keys is None or key in keys)}
