#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Describe the machines that a kernel tree can be built for.

usage: machine.py TREE OUTDIR

Writes OUTDIR/release and, for each platform, OUTDIR/PLATFORM/ with

  tables.h    release and table sizes, read from the system call tables only:
              what the kernel's bitmaps are compared with
  arch.h      includes the tree's own asm/seccomp.h: what the kernel's
              functions are compiled with
  asm/, ...   what Kbuild generates from the tables, and the way to the tree's
              own headers, for arch.h

An error is one line on stderr and status 2.
"""

import os
import re
import sys

X86_TABLE = "arch/x86/entry/syscalls/syscall_%d.tbl"
S390_TABLE = "arch/s390/kernel/syscalls/syscall.tbl"
ARM64_TABLE = "arch/arm64/tools/syscall_%d.tbl"
ARM64_ABIS = "common 64 renameat rlimit memfd_secret"

# Where the calls are: a table and the kinds of its rows that belong to it.
# The first that exists counts; before 6.11 arm64 had headers for it.
#
# headers: as Kbuild generates them, with prefix and the name of the size.
PLATFORMS = {
    "x86_64": {
        "arch": "x86",
        "native": [(X86_TABLE % 64, "common 64")],
        "compat": [(X86_TABLE % 32, "i386")],
        "headers": {
            "asm/unistd_64.h": ("native", "", "__NR_syscalls"),
            "asm/unistd_32_ia32.h": ("compat", "ia32_", "__NR_ia32_syscalls"),
            "asm/unistd_64_x32.h": None,
        },
    },
    "arm64": {
        "arch": "arm64",
        "native": [(ARM64_TABLE % 64, ARM64_ABIS),
                   ("include/uapi/asm-generic/unistd.h", "")],
        "compat": [(ARM64_TABLE % 32, "common 32"),
                   ("arch/arm64/include/asm/unistd32.h", "")],
        "headers": {
            "asm/unistd_64.h": ("native", "", "__NR_syscalls"),
            "asm/unistd_compat_32.h": ("compat", "compat32_",
                                       "__NR_compat32_syscalls"),
        },
    },
    "s390x": {
        "arch": "s390",
        "define": "__s390x__",
        "native": [(S390_TABLE, "common 64")],
        "compat": [(S390_TABLE, "common 32")],
        "headers": {
            "asm/unistd_64.h": ("native", "", "__NR_syscalls"),
            "asm/unistd_nr.h": ("size", "", "NR_syscalls"),
        },
    },
}

# The tree's own headers that asm/seccomp.h includes, under the name by which
# it does. Missing ones are not in every release.
OWN_HEADERS = {
    "asm/unistd.h": "arch/%s/include/asm/unistd.h",
    "asm/ia32_unistd.h": "arch/%s/include/asm/ia32_unistd.h",
    "uapi/asm/unistd.h": "arch/%s/include/uapi/asm/unistd.h",
    "asm-generic/seccomp.h": "include/asm-generic/seccomp.h",
}


class Failure(Exception):
    pass


def read(tree, path):
    try:
        with open(os.path.join(tree, path), encoding="utf-8",
                  errors="replace") as f:
            return f.read()
    except OSError as e:
        raise Failure("%s/%s: %s" % (tree, path, e.strerror))


def write(outdir, path, text):
    name = os.path.join(outdir, path)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w", encoding="utf-8") as f:
        f.write(text)


def release(tree):
    text = read(tree, "Makefile")
    parts = []
    for key in ("VERSION", "PATCHLEVEL", "SUBLEVEL"):
        m = re.search(r"^%s\s*=\s*(\d+)\s*$" % key, text, re.M)
        if not m:
            raise Failure("%s: not a kernel tree: no %s in Makefile" %
                          (tree, key))
        parts.append(m.group(1))
    extra = re.search(r"^EXTRAVERSION[ \t]*=[ \t]*(\S*)", text, re.M)
    return parts, ".".join(parts) + (extra.group(1) if extra else "")


def has_compat(tree, arch):
    kconfig = read(tree, "arch/%s/Kconfig" % arch)
    return bool(re.search(r"^(menu)?config COMPAT$", kconfig, re.M))


def calls(tree, places):
    """(name, number) of each system call, from the first place that exists."""
    path, abis = next((p for p in places if os.path.exists(
        os.path.join(tree, p[0]))), places[0])
    text = read(tree, path)
    if path.endswith(".h"):
        found = re.findall(r"^#define\s+__NR(?:3264)?_(?!arch_specific|syscalls)"
                           r"(\w+)\s+(\d+)\s*$", text, re.M)
    else:
        rows = re.findall(r"^(\d+)\s+(\S+)\s+(\S+)", text, re.M)
        found = [(row[2], row[0]) for row in rows if row[1] in abis.split()]
    if not found:
        raise Failure("%s/%s: no system calls" % (tree, path))
    return [(name, int(nr)) for name, nr in found]


def size(table):
    return max(nr for _, nr in table) + 1


def header(tables, row):
    if row is None:
        return "/* empty */\n"
    which, prefix, name = row
    if which == "size":
        return "#define %s %d\n" % (name, max(map(size, tables.values())))
    # No guard: the same definition twice is none too many.
    return "".join("#define __NR_%s%s %d\n" % (prefix, call, nr)
                   for call, nr in tables[which]) + \
        "#define %s %d\n" % (name, size(tables[which]))


def describe(tree, outdir, name, platform):
    arch = platform["arch"]
    outdir = os.path.join(outdir, name)
    compat = has_compat(tree, arch)
    tables = {"native": calls(tree, platform["native"])}
    if compat:
        tables["compat"] = calls(tree, platform["compat"])

    for path, row in platform["headers"].items():
        if row is None or row[0] == "size" or row[0] in tables:
            write(outdir, path, header(tables, row))
    for path, own in OWN_HEADERS.items():
        own = os.path.join(tree, own % arch if "%s" in own else own)
        if os.path.exists(own):
            write(outdir, path, '#include "%s"\n' % own)
    # Kbuild strips these from what it installs.
    write(outdir, "linux/compiler.h", "#define __user\n")
    write(outdir, "linux/compiler_types.h", "#define __user\n")

    seccomp_h = os.path.join(tree, "arch/%s/include/asm/seccomp.h" % arch)
    read(tree, "arch/%s/include/asm/seccomp.h" % arch)
    define = platform.get("define")
    write(outdir, "arch.h",
          ("#define CONFIG_COMPAT 1\n" if compat else "") +
          ("#define %s 1\n" % define if define else "") +
          '#include "%s"\n' % seccomp_h +
          ("#undef %s\n" % define if define else ""))

    parts, text = release(tree)
    write(outdir, "tables.h",
          '#define MACHINE_NAME "linux-%s"\n' % text +
          "#define MACHINE_RELEASE KERNEL_RELEASE(%s, %s)\n" %
          tuple(parts[:2]) +
          "#define MACHINE_NATIVE_NRS %d\n" % size(tables["native"]) +
          "#define MACHINE_COMPAT_NRS %d\n" %
          (size(tables["compat"]) if compat else 0))


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: machine.py TREE OUTDIR")
    tree, outdir = os.path.abspath(sys.argv[1]), sys.argv[2]
    try:
        write(outdir, "release", release(tree)[1] + "\n")
        for name, platform in PLATFORMS.items():
            describe(tree, outdir, name, platform)
    except Failure as e:
        print("machine: %s" % e, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
