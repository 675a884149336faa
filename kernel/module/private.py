#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Take the definition of struct seccomp_filter out of a kernel tree.

usage: private.py TREE FILE

kernel/seccomp.c keeps it to itself, and the module has to read its bitmap.
Writes FILE, a header, as subjects/extract.py does. What it cannot find or
understand is one line on stderr and status 2.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "subjects"))
sys.dont_write_bytecode = True

import extract  # noqa: E402

ROOTS = {"kernel/seccomp.c": {"struct": ["seccomp_filter", "action_cache"]}}


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: private.py TREE FILE")
    tree, name = sys.argv[1:]
    extract.ROOTS = ROOTS
    try:
        source = extract.Source(tree, "kernel/seccomp.c")
        extract.closure([source], set())
    except extract.Failure as e:
        print("private: %s" % e, file=sys.stderr)
        return 2
    with open(name, "w", encoding="utf-8", errors="surrogateescape") as out:
        out.write("/* Generated from a kernel tree, see private.py. */\n")
        source.write(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
