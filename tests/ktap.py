#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Read KTAP as the kernel does: with tools/testing/kunit/kunit_parser.py of a tree.

usage: ktap.py TREE FILE

Prints, of the outermost test, its status, then how many results passed, failed
and were skipped, and how many errors the parser saw. Exit status: 0; 2 if the
tree has no such parser.
"""

import contextlib
import io
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(sys.argv[1], "tools/testing/kunit"))

# Its printer keeps the standard output that it finds when it is imported.
with contextlib.redirect_stdout(io.StringIO()):
    try:
        import kunit_parser
    except ImportError as e:
        print("ktap.py: %s" % e, file=sys.stderr)
        sys.exit(2)
    with open(sys.argv[2], encoding="utf-8") as f:
        test = kunit_parser.parse_run_tests(f)
c = test.counts
print("%s passed=%d failed=%d skipped=%d crashed=%d errors=%d" %
      (test.status.name, c.passed, c.failed, c.skipped, c.crashed, c.errors))
