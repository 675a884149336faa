#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the kernel's own assembler for classic BPF, to compare ours with.
#
#	scripts/build-bpf-asm.sh TREE OUT
#
# TREE is an unpacked kernel and is only read; OUT is the binary to make. Needs
# flex and bison. Exit status: 0 built, 2 could not.

die()
{
	echo "build-bpf-asm: $*" >&2
	exit 2
}

[ $# -eq 2 ] || die "usage: build-bpf-asm.sh TREE OUT"
tree=$1
out=$2
src=$tree/tools/bpf

for f in bpf_exp.l bpf_exp.y bpf_asm.c; do
	[ -r "$src/$f" ] || die "$src/$f: not there"
done
for tool in flex bison; do
	command -v "$tool" >/dev/null || die "$tool: not installed"
done

tmp=$(mktemp -d) || die "no temporary directory"
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

# The lexer includes the parser's header by this name.
bison -d -o "$tmp/bpf_exp.yacc.c" "$src/bpf_exp.y" || die "bison failed"
flex -o "$tmp/bpf_exp.lex.c" "$src/bpf_exp.l" || die "flex failed"
${CC:-cc} -O2 -w -D__EXPORTED_HEADERS__ -I"$tmp" \
	-I"$tree/tools/include/uapi" -I"$tree/tools/include" \
	-o "$tmp/bpf_asm" "$src/bpf_asm.c" \
	"$tmp/bpf_exp.yacc.c" "$tmp/bpf_exp.lex.c" || die "compiling failed"

mkdir -p "$(dirname "$out")" || die "$out: no directory for it"
mv "$tmp/bpf_asm" "$out" || die "$out: cannot be written"
