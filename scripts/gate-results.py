#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""From the records of one run of the gate to what people and programs read.

usage: gate-results.py [--text] [--ktap] [--json FILE] [--page FILE] DIR

DIR is what scripts/gate.sh and scripts/guests.sh have left: gate.records,
user.records, guest-*.records, picture.records. --text is the summary of guests
on standard output, --ktap all of it as KTAP; docs/gate.schema.json is the form of
--json.

Exit status: 0; 2 if something could not be written.
"""

import argparse
import glob
import json
import os
import sys

sys.dont_write_bytecode = True

from results import document, ktap, page, text  # noqa: E402
from results.records import Records  # noqa: E402


def own_lines(directory):
    """What guests say in their own words, one dictionary each."""
    return [{r["key"]: r["text"] for r in Records(path).all("line")}
            for path in sorted(glob.glob(os.path.join(glob.escape(directory),
                                                      "guest-*.records")))]


def put(path, what):
    """A file that is there is a whole one."""
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(what)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + ".new", path)


def main():
    p = argparse.ArgumentParser(prog="gate-results.py",
                                description=__doc__.split("\n")[0])
    p.add_argument("--text", action="store_true")
    p.add_argument("--ktap", action="store_true")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("--page", metavar="FILE")
    p.add_argument("dir")
    options = p.parse_args()
    run = document.build(options.dir)
    try:
        if options.json:
            put(options.json, json.dumps(run, indent=1) + "\n")
        if options.page:
            put(options.page, page.page(run))
        if options.text:
            text.write(run, own_lines(options.dir))
        if options.ktap:
            ktap.write(run, document.read_text(
                os.path.join(options.dir, "text")))
        sys.stdout.flush()
    except OSError as e:
        print("gate-results.py: %s: %s" % (e.filename or "standard output",
                                           e.strerror), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
