#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print the classic cases of a kernel tree's lib/test_bpf.c as plain numbers.

usage: test-bpf-cases.py TREE

The entries of its tests[] that are CLASSIC, and the helpers that fill in long
programs, are put into a C program with the few kernel macros that they need.
That is compiled with $CC (cc), run, and thrown away. For each case it prints

	case FLAGS INSNS SUBTESTS DESCRIPTION
	CODE JT JF K		once for each instruction
	data HEX		the packet
	test SIZE RESULT	once for each subtest: length of packet, return

with 1 in FLAGS for a case without a packet, 2 for a program that the kernel has
to refuse, 4 for a packet in fragments.

Exit status: 0; 2 with one line on stderr if it could not.
"""

import os
import re
import subprocess
import sys
import tempfile

CASES = "lib/test_bpf.c"
RANDOM = ("include/linux/prandom.h", "lib/random32.c")

# What the kernel's headers would say, as far as classic cases use it.
PRELUDE = r"""
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32;
typedef uint64_t u64; typedef int32_t s32; typedef int64_t s64;
#define BIT(n) (1ul << (n))
#define GFP_KERNEL 0
#define __percpu
#define kmalloc_array(n, size, gfp) calloc(n, size)
#define kmalloc_objs(obj, n, ...) calloc(n, sizeof(obj))
#define __BPF_STMT(code, k) ((struct sock_filter) BPF_STMT(code, k))
#define __BPF_JUMP(code, k, jt, jf) ((struct sock_filter) BPF_JUMP(code, k, jt, jf))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
struct bpf_insn { u64 insn; };
"""

MAIN = r"""
int main(void)
{
	unsigned int i, k, n;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		struct bpf_test *t = &tests[i];
		struct sock_filter *insns = t->u.insns;
		unsigned int len, flags = 0;

		if (t->fill_helper) {
			if (t->fill_helper(t))
				return 1;
			insns = t->u.ptr.insns;
			len = t->u.ptr.len;
		} else {
			/* As filter_length() does: the last that is not zero. */
			for (len = MAX_INSNS - 1; len > 0; len--) {
				if (insns[len].code || insns[len].k)
					break;
			}
			len++;
		}
		n = 1;
		while (n < MAX_SUBTESTS &&
		       (t->test[n].data_size || t->test[n].result))
			n++;
		flags |= t->aux & FLAG_NO_DATA ? 1 : 0;
		flags |= t->aux & FLAG_EXPECTED_FAIL ? 2 : 0;
		flags |= t->aux & FLAG_SKB_FRAG ? 4 : 0;
		printf("case %u %u %u %s\n", flags, len, n, t->descr);
		for (k = 0; k < len; k++)
			printf("%u %u %u %u\n", insns[k].code, insns[k].jt,
			       insns[k].jf, insns[k].k);
		printf("data ");
		for (k = 0; k < MAX_DATA; k++)
			printf("%02x", t->data[k]);
		printf("\n");
		for (k = 0; k < n; k++)
			printf("test %d %u\n", t->test[k].data_size,
			       t->test[k].result);
	}
	return 0;
}
"""

SKIPPED = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                     r"|'(?:\\.|[^'\\\n])+'", re.S)


class Failure(Exception):
    pass


def read(tree, path):
    try:
        with open(os.path.join(tree, path), encoding="utf-8") as f:
            return f.read()
    except OSError as e:
        raise Failure(f"{e.filename}: {e.strerror}") from e


def blank(text):
    """Comments and strings as spaces: what is left has the same offsets."""
    return SKIPPED.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def section(text, begin, end, what):
    start = re.search(begin, text, re.M)
    stop = start and re.compile(end, re.M).search(text, start.end())
    if not stop:
        raise Failure(f"{CASES}: no {what}")
    return start, stop


def entries(text):
    """The initializers of tests[], as they stand there."""
    start, stop = section(text, r"^static struct bpf_test tests\[\] = \{$",
                          r"^\};$", "tests[]")
    body = text[start.end():stop.start()]
    depth, begin = 0, 0
    for m in re.finditer(r"[{}]", blank(body)):
        depth += 1 if m.group() == "{" else -1
        if depth == 1 and m.group() == "{":
            begin = m.start()
        if depth == 0:
            yield body[begin:m.end()]


def functions(text):
    """Names and definitions of the functions in a file."""
    for m in re.finditer(r"^(?:[a-z_]\w*[ *]+)+(\w+)\([^;{}]*\)\n\{\n.*?^\}$",
                         text, re.M | re.S):
        yield m.group(1), m.group()


def program(tree):
    text = read(tree, CASES)
    known = {}
    for path in RANDOM:
        known.update(functions(read(tree, path)))
    known.update(functions(text))

    classic = [e for e in entries(text) if re.search(r"\bCLASSIC\b", blank(e))]
    if not classic:
        raise Failure(f"{CASES}: no classic cases")

    # Whatever the entries call, and what that calls.
    wanted, todo = set(), list(classic)
    while todo:
        for name in set(re.findall(r"\b[a-z_]\w*\b", blank(todo.pop()))):
            if name in known and name not in wanted:
                wanted.add(name)
                todo.append(known[name])

    # From the first constant to the end of struct bpf_test.
    start, stop = section(text, r"^#define MAX_SUBTESTS", r"^struct bpf_test \{",
                          "struct bpf_test")
    head = text[start.start():stop.start()]
    start, stop = section(text, r"^struct bpf_test \{", r"^\};$",
                          "struct bpf_test")
    head += text[start.start():stop.end()]
    # eBPF registers: nothing classic uses them.
    head = re.sub(r"^#define R\d+\s.*$", "", head, flags=re.M)

    state = re.search(r"^struct rnd_state \{.*?^\};$", read(tree, RANDOM[0]),
                      re.M | re.S)
    return "\n".join([PRELUDE, state.group() if state else "", head]
                     + [known[name] for name in known if name in wanted]
                     + ["static struct bpf_test tests[] = {",
                        ",\n".join(classic), "};", MAIN])


def main():
    if len(sys.argv) != 2:
        raise Failure("usage: test-bpf-cases.py TREE")
    source = program(sys.argv[1])
    compiler = os.environ.get("CC", "cc").split()
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "cases")
        done = subprocess.run(compiler + ["-w", "-O1", "-std=gnu11", "-x", "c",
                                          "-o", binary, "-"],
                              input=source, text=True, capture_output=True,
                              check=False)
        if done.returncode:
            why = re.search(r"error: .*|undefined reference.*", done.stderr)
            raise Failure(f"{sys.argv[1]}/{CASES}: "
                          f"{why.group() if why else 'does not compile'}")
        subprocess.run([binary], check=True)


if __name__ == "__main__":
    try:
        main()
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        print(f"test-bpf-cases: {error}", file=sys.stderr)
        sys.exit(2)
