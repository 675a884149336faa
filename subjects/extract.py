#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Take the functions under test, and all that they use, out of a kernel tree.

usage: extract.py TREE OUTDIR

Writes OUTDIR/extracted.h: definitions as they stand in the tree, with #line,
in the order of SOURCES. It starts from the roots and follows every identifier
that is defined in SOURCES or in a header that lies beside one of them, except
those that the shim defines: so a patch that adds a helper needs nothing here. Preprocessor conditionals around a definition
come along, the compiler decides them; one file serves all platforms.

A root that is missing, or a source that cannot be understood, is one line on
stderr and status 2.
"""

import os
import re
import sys

# In the order in which they are written. Headers are visible to all.
SOURCES = [
    "include/linux/bpf.h",
    "include/linux/filter.h",
    "include/linux/seccomp.h",
    "net/core/filter.c",
    "kernel/seccomp.c",
    "kernel/bpf/core.c",
]

ROOTS = {
    "net/core/filter.c": {
        "function": ["bpf_prog_create_from_user", "bpf_check_classic",
                     "bpf_convert_filter"],
    },
    "kernel/seccomp.c": {
        "struct": ["seccomp_filter", "action_cache"],
        "function": ["seccomp_prepare_filter", "seccomp_attach_filter",
                     "seccomp_check_filter", "seccomp_is_const_allow",
                     "seccomp_cache_prepare", "seccomp_cache_prepare_bitmap",
                     "seccomp_cache_check_allow", "seccomp_run_filters",
                     "seccomp_filter_free", "__put_seccomp_filter"],
    },
    "kernel/bpf/core.c": {
        "function": ["___bpf_prog_run"],
        "macro": ["DEFINE_BPF_PROG_RUN"],
    },
}

BLANK = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                   r"|'(?:\\.|[^'\\\n])+'", re.S)
TOKEN = re.compile(r"(?P<directive>^[ \t]*\#(?:[^\n\\]|\\[^\n]|\\\n)*)"
                   r"|(?P<word>[A-Za-z_]\w*)|(?P<mark>[^\s\w])", re.M)
DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(\w*)[ \t]*(\w*)(\([^)]*\))?")
# Not a member, nor a part of a pasted name.
REFERENCE = re.compile(r"(->|\.|##)?[ \t]*\b([A-Za-z_]\w*)(?![ \t]*##)\b")
# A macro call that is a definition of its own, without a semicolon.
BARE_CALL = re.compile(r"[A-Z][A-Z0-9_]*\((?:[^()]|\([^()]*\))*\)[ \t]*\n"
                       r"\s*(?![\s{;=,])")
# A header beside the file that includes it.
LOCAL_HEADER = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+\.h)"', re.M)
TAGS = ("struct", "union", "enum")
SHIM = ("shim.h", "shim_bitmap.h", "shim_memory.h")


class Failure(Exception):
    pass


class Conditional:
    """One #if to #endif, with the depth of braces where it began."""

    def __init__(self, parent, depth, test):
        self.parent, self.depth, self.test = parent, depth, test
        self.inner = False      # opened inside a definition
        self.needed = False
        self.guard = False      # of a header against double inclusion


class Item:
    """A definition, or a directive between two."""

    def __init__(self, kind, start, end, conditional, names=()):
        self.kind, self.start, self.end = kind, start, end
        self.conditional, self.names = conditional, list(names)
        self.params = ()
        self.needed = False


def blank(text):
    """Comments and literals become spaces; offsets and lines stay."""
    return BLANK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


class Source:
    def __init__(self, root, path):
        self.root, self.path = root, path
        name = os.path.join(root, path)
        try:
            with open(name, encoding="utf-8", errors="surrogateescape") as f:
                self.text = f.read()
        except OSError as e:
            raise Failure("%s: %s" % (name, e.strerror))
        self.clean = blank(self.text)
        self.items = []
        self.by_name = {}
        self.parse()
        for item in self.items:
            for name in item.names:
                self.by_name.setdefault(name, []).append(item)

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def fail(self, offset, what):
        raise Failure("%s/%s:%d: %s" % (self.root, self.path,
                                        self.line(offset), what))

    # Parsing: one pass over tokens, which cuts the text into items.

    def parse(self):
        self.depth = self.parens = 0
        self.start = None       # of the item that is open
        self.function = False   # its brace opens a body
        self.cut = False        # by a conditional that it does not enclose
        self.conditional = None
        skip = 0
        for m in TOKEN.finditer(self.clean):
            if m.start() < skip:
                continue
            if m.group("directive"):
                self.directive(m)
                continue
            if self.start is None:
                bare = BARE_CALL.match(self.clean, m.start())
                if bare:
                    skip = bare.end()
                    continue
                self.start = m.start()
            if m.group("mark"):
                self.mark(m.group(), m.start())
        if self.conditional:
            self.fail(len(self.text), "#if without #endif")
        if self.start is not None:
            self.fail(self.start, "unbalanced definition")

    def mark(self, mark, at):
        if mark == "{":
            if not self.depth:
                self.function = self.opens_body(at)
            self.depth += 1
        elif mark == "}":
            self.depth -= 1
            if self.depth < 0:
                self.fail(at, "unbalanced }")
            if not self.depth and self.function:
                self.close("function", at + 1)
        elif mark in "()":
            self.parens += 1 if mark == "(" else -1
        elif mark == ";" and not self.depth and not self.parens:
            self.close("declaration", at + 1)

    def opens_body(self, at):
        head = self.clean[self.start:at]
        return ("(" in head and "=" not in head and
                not re.search(r"\b(struct|union|enum)\s+\w*\s*$", head))

    def close(self, kind, end):
        kind = "broken" if self.cut else kind
        names = item_names(kind, self.clean[self.start:end])
        self.items.append(Item(kind, self.start, end, self.conditional, names))
        self.start, self.parens = None, 0
        self.function = self.cut = False

    def directive(self, m):
        word, name, params = DIRECTIVE.match(m.group()).groups()
        if word in ("if", "ifdef", "ifndef", "elif", "else", "endif"):
            self.condition(word, name, m)
        elif self.start is None and word in ("define", "undef"):
            item = Item("macro" if word == "define" else "undef", m.start(),
                        m.end(), self.conditional, [name])
            item.params = re.findall(r"\w+", params or "")
            self.items.append(item)

    def condition(self, word, name, m):
        if word.startswith("if"):
            c = Conditional(self.conditional, self.depth, m.group())
            c.inner = self.start is not None
            c.guard = word == "ifndef" and not self.items and \
                not self.conditional and re.match(
                    r"\s*#\s*define\s+%s\s*\n" % name, self.clean[m.end():])
            self.conditional = c
        c = self.conditional
        if not c:
            self.fail(m.start(), "#%s without #if" % word)
        if self.start is not None and not c.inner:
            # It began in this branch, and ends in another one or behind all.
            self.cut = True
            if word != "endif":
                self.close("broken", m.start())
        if word in ("elif", "else"):
            self.depth = c.depth
        if word == "endif":
            self.conditional = c.parent
        if not c.inner:
            self.items.append(Item("condition", m.start(), m.end(), c))

    # What an item is to others, what it uses, and writing.

    def is_global(self, item):
        head = self.clean[item.start:item.end].split("{")[0]
        return item.kind == "function" and not re.search(r"\bstatic\b", head)

    def references(self, item):
        text = self.clean[item.start:item.end]
        c = item.conditional
        while c:
            text = c.test + "\n" + text
            c = c.parent
        last = ""
        for prefix, word in REFERENCE.findall(text):
            if not prefix and word not in item.params:
                yield "struct " + word if last in TAGS else word
            last = word

    def write_renames(self, out):
        """Global functions must differ where several copies are linked."""
        for item in self.items:
            if item.needed and self.is_global(item):
                for name in item.names:
                    out.write("#define %s EXTRACTED(%s)\n" % (name, name))

    def write(self, out):
        for item in self.items:
            if item.needed or item.kind == "condition" and \
                    item.conditional.needed and not item.conditional.guard:
                out.write('#line %d "%s"\n' % (self.line(item.start),
                                               self.path))
                out.write(self.text[item.start:item.end] + "\n")


def item_names(kind, text):
    """The names that a definition or declaration makes known."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", text, flags=re.M)
    head = re.split(r"[{=]", text, maxsplit=1)[0] if kind != "broken" else text
    head = re.sub(r"\b__attribute__\s*\(\([^)]*\)\)|"
                  r"\b__(printf|aligned|section)\s*\([^)]*\)", "", head)
    if kind == "declaration":
        tag = re.match(r"\s*(?:struct|union|enum)\s+(\w+)\s*;?\s*$", head)
        if "{" in text and re.match(r"\s*(typedef\s+)?enum\b", head):
            body = text[text.index("{") + 1:]
            return re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", body) + \
                (["struct " + tag.group(1)] if tag else [])
        if tag:
            return ["struct " + tag.group(1)]
        if re.match(r"\s*typedef\b", head) and "(" not in head:
            return re.findall(r"(\w+)\s*;\s*$", text)
    pointer = re.search(r"\(\s*\*\s*(?:const\s+)?(\w+)", head)
    if pointer and kind == "declaration" and \
            not re.search(r"[\w*]\s+\**\w+\s*\([^*]*$", head[:pointer.start()]):
        return [pointer.group(1)]
    if "(" in head:
        call = re.search(r"(?:\w\s+|\*\s*)(\w+)\s*\(", head)
        if call:
            return [call.group(1)]
        # BPF_CALL_3(name, ...) {}
        return re.findall(r"\(\s*(\w+)\s*[,)]", head)[:kind != "declaration"]
    return re.findall(r"(\w+)\s*(?:\[[^=;]*)?[;=\s]*$", head)


def provided_by(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    source = Source.__new__(Source)
    source.root, source.path = os.path.split(path)
    source.text, source.clean, source.items = text, blank(text), []
    source.parse()
    return {name for item in source.items for name in item.names
            if not (name.startswith("struct ") and
                    "{" not in text[item.start:item.end])}


def visible(sources, user, name):
    """The items that @name may mean in the source @user."""
    for source in sources:
        for item in source.by_name.get(name, ()):
            if source is user or source.path.endswith(".h"):
                yield source, item
            elif source.is_global(item):
                yield source, item


def read_sources(tree):
    """All of them, each behind the headers that lie beside it."""
    for path in SOURCES:
        source = Source(tree, path)
        for header in LOCAL_HEADER.findall(source.text):
            beside = os.path.normpath(os.path.join(os.path.dirname(path),
                                                   header))
            if os.path.isfile(os.path.join(tree, beside)):
                yield Source(tree, beside)
        yield source


def find_root(source, kind, name):
    """The items of a root; anything but what it should be is an error."""
    key = "struct " + name if kind == "struct" else name
    wanted = "declaration" if kind == "struct" else kind
    items = source.by_name.get(key, [])
    for item in items:
        if item.kind == "broken":
            source.fail(item.start, "%s is cut by a conditional" % name)
    if any(item.kind == wanted for item in items):
        return items
    if items and items[0].kind in ("macro", "function"):
        source.fail(items[0].start, "%s is a %s, not a %s" %
                    (name, items[0].kind, kind))
    raise Failure("%s/%s: no %s %s" % (source.root, source.path, kind, name))


def closure(sources, provided):
    todo = []
    for source in sources:
        for kind, names in ROOTS.get(source.path, {}).items():
            for name in names:
                todo += [(source, i) for i in find_root(source, kind, name)]
    while todo:
        source, item = todo.pop()
        if item.needed:
            continue
        if item.kind == "broken":
            source.fail(item.start, "definition is cut by a conditional")
        item.needed = True
        c = item.conditional
        while c and not c.needed:
            c.needed = True
            c = c.parent
        for name in set(source.references(item)) - provided:
            todo += visible(sources, source, name)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: extract.py TREE OUTDIR")
    tree, outdir = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        sources = list(read_sources(tree))
        closure(sources, {name for shim in SHIM
                          for name in provided_by(os.path.join(here, shim))})
    except Failure as e:
        print("extract: %s" % e, file=sys.stderr)
        return 2
    with open(os.path.join(outdir, "extracted.h"), "w", encoding="utf-8",
              errors="surrogateescape") as out:
        out.write("/* Generated from a kernel tree, see extract.py. */\n")
        for source in sources:
            source.write_renames(out)
        for source in sources:
            source.write(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
