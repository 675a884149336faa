#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel's own parser makes of KTAP.

usage: ktap.py TREE FILE

Prints one line, "passed N failed N crashed N skipped N errors N", as
TREE/tools/testing/kunit/kunit_parser.py counts the tests of FILE. Exit status: 0
if all passed or were skipped and at least one passed, 1 if not.
"""

import inspect
import io
import os
import sys

sys.path.insert(0, os.path.join(sys.argv[1], "tools", "testing", "kunit"))
sys.dont_write_bytecode = True
# Its printers take what this is when they are imported.
out, sys.stdout = sys.stdout, io.StringIO()
import kunit_parser  # noqa: E402
import kunit_printer  # noqa: E402


def main():
    with open(sys.argv[2], encoding="utf-8", errors="replace") as f:
        lines = kunit_parser.extract_tap_lines(f.read().split("\n"))
    takes_printer = "printer" in \
        inspect.signature(kunit_parser.parse_run_tests).parameters
    test = kunit_parser.parse_run_tests(
        lines, *([kunit_printer.Printer()] if takes_printer else []))
    c = test.counts
    print("passed %d failed %d crashed %d skipped %d errors %d" %
          (c.passed, c.failed, c.crashed, c.skipped, c.errors), file=out)
    return 0 if c.passed and not c.failed + c.crashed + c.errors else 1


if __name__ == "__main__":
    sys.exit(main())
