#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# src/ compiles freestanding for every target that a harness runs on, and needs
# nothing of a C library but what a compiler may always call.

out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
count=0
failed=0

result()
{
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		failed=1
		echo "$2" | sed 's/^/# /' | head -n 5
		echo "not ok $count - $1"
	fi
}

# Only the kernel's UAPI headers can be found, none of a C library. They are
# those of the host: what src/ uses of them is the same everywhere.
mkdir "$out/include"
ln -s /usr/include/linux /usr/include/asm-generic \
	"/usr/include/$(clang -print-multiarch)/asm" "$out/include"
files=$(ls "$PWD"/src/*.c)
targets='x86_64-linux-gnu i686-linux-gnu aarch64-linux-gnu arm-linux-gnueabihf
	s390x-linux-gnu'

for target in $targets; do
	mkdir "$out/$target"
	# shellcheck disable=SC2086 # a list
	(cd "$out/$target" && clang --target="$target" -std=c11 -O2 \
		-ffreestanding -nostdlibinc -isystem "$out/include" \
		-Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers \
		-c $files >said 2>&1 || echo "status $?" >>said) &
done
wait
for target in $targets; do
	said=$(cat "$out/$target/said")
	result "src/ compiles for $target" "$said"
	[ -z "$said" ] || continue
	# Needed and not defined by any of the files.
	said=$(llvm-nm "$out/$target"/*.o 2>&1 | awk '
		$1 == "U" { want[$2] }
		$2 ~ /^[TDRBV]$/ { have[$3] }
		END { for (s in want) if (!(s in have)) print s }' |
		grep -vE '^(mem(cpy|set|move|cmp)|__popcountdi2|__aeabi_.*|__u?divdi3|__u?moddi3|_GLOBAL_OFFSET_TABLE_)$')
	result "src/ needs no library on $target" "$said"
done
echo "1..$count"
exit $failed
