#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# 'make test-gate': what scripts/gate.sh says of kernels that are built for it, as
# their developers use it. Reproducers on a bad and on a good kernel; a patch that
# improves the emulator, one that loses precision; a bug that only guests show,
# found by git bisect. What does not build or boot is in tests/guest/gate.sh. All on
# ARCH (x86_64). KERNEL is a tree that holds.

cd "${0%/*}/../.." || exit 2
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
arch=${ARCH:-x86_64}
top=$PWD
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

case $arch in
x86_64) cross=x86_64-linux-gnu- ;;
arm64) cross=aarch64-linux-gnu- ;;
s390x) cross=s390x-linux-gnu- ;;
*) echo "Bail out! no such arch: $arch"; exit 2 ;;
esac
"${cross}gcc" -static -O2 -Wall -Werror -o "$tmp/run" tests/heavy/run.c || exit 2
cd "$tmp" || exit 2

# seeded NAME SED-SCRIPT: a tree with an edited kernel/seccomp.c
seeded()
{
	sed "$2" "$tree/kernel/seccomp.c" >"$1.c"
	if cmp -s "$1.c" "$tree/kernel/seccomp.c"; then
		echo "Bail out! the edit for $1 changes nothing"
		exit 2
	fi
	"$top/scripts/overlay-tree.sh" "$tree" "$1" kernel/seccomp.c="$1.c" || exit 2
}

gate() # ARG...
{
	"$top/scripts/gate.sh" --guests-only --arch "$arch" --guest-seconds 10 "$@" >out 2>err
}

# boots IMAGE PROGRAM: its output and its status in a guest
boots()
{
	"$top/scripts/qemu-run.sh" --arch "$arch" --kernel "$1" --init "$tmp/run" \
		--file program="$2" --result said 2>err
}

good=$("$top/scripts/build-kernel.sh" --arch "$arch" --kernel "$tree" --out good 2>err) || {
	echo "Bail out! $(tail -n 1 err)"
	exit 2
}

# ---- reproducers ---------------------------------------------------------------

# NAME, and what is edited. The last one is found by its calls, not by its bits.
while IFS='|' read -r bug class edit; do
	seeded "$bug" "$edit"
	gate --kernel "$bug" --findings "$bug-findings" --ktap
	[ $? -eq 1 ]
	result $? "$bug: a finding"
	folder=$(find "$bug-findings" -maxdepth 1 -name "$class-*" | head -n 1)
	grep -q 'config    CONFIG_SECCOMP_CACHE_DEBUG=y' "$folder/finding.txt"
	result $? "$bug: with the configuration that matters"
	"${cross}gcc" -static -Wall -Werror -o program "$folder/reproducer.c"
	result $? "$bug: its reproducer compiles"
	bad=$("$top/scripts/build-kernel.sh" --arch "$arch" --kernel "$bug" --out "$bug-image" 2>err)
	boots "$bad" program
	[ $? -eq 1 ] && grep -q "^not ok 1 - $class at " said
	result $? "$bug: which says not ok on that kernel"
	sed 's/^/# /' said
	boots "$good" program && grep -q "^ok 1 - $class at " said
	result $? "$bug: and ok on a good one"
	sed 's/^/# /' said
done <<-'EOT'
	jge|UNSOUND|s/op_res = reg_value >= k;/op_res = reg_value > k;/
	errno|DIVERGENT|s/if (data > MAX_ERRNO)/if (data > MAX_ERRNO + 1)/
EOT

# ---- patches of the emulator ---------------------------------------------------

counts() # CLASS: of all modes
{
	sed -n "s/^guest .* $1 \([0-9]*\).*/\1/p" out | awk '{ n += $1 } END { print n + 0 }'
}

seeded more '/^static bool seccomp_is_const_allow/,/^}/s/^\t\tcase BPF_JMP | BPF_JA:$/\t\tcase BPF_ALU | BPF_OR | BPF_K: reg_value |= k; break;\n&/'
gate --kernel more
result $? "an emulator that knows more: holds"
[ "$(counts EXTRA)" -gt 0 ]
result $? "what it gained is EXTRA"

seeded less 's/op_res = !!(reg_value & k);/return false;/'
gate --kernel less
result $? "an emulator that knows less: holds"
[ "$(counts LOST)" -gt 0 ]
result $? "what it lost is LOST"
gate --kernel less --strict
[ $? -eq 1 ] && grep -q '^LOST at bitmap: ' out
result $? "--strict: a finding"

# ---- a history -----------------------------------------------------------------

# Only a compat task shows it, and user space has none.
edit='s/^\tsd->args\[1\] = args\[1\];/\tsd->args[1] = sd->arch == SECCOMP_ARCH_COMPAT ? args[2] : args[1];/'
seeded compat "$edit"
seeded history '1s/.*/\/\/ 0/'
(
	cd history || exit
	rm -f .gitattributes .gitignore .mailmap # links, which git does not follow
	git init -q . && echo '*' >.git/info/exclude
	git config user.name test && git config user.email test@localhost
	for n in 1 2 3 4; do
		file=$tree/kernel/seccomp.c
		[ $n -lt 3 ] || file=$tmp/compat.c
		sed "1s/.*/\/\/ $n/" "$file" >kernel/seccomp.c
		git add -f kernel/seccomp.c && git commit -qm "number $n"
	done
	git bisect start HEAD HEAD~3
	git bisect run "$top/scripts/gate.sh" --bisect --kernel . --guests-only \
		--arch "$arch" --guest-seconds 20
) >out 2>err
grep -A 5 'is the first bad commit' out | grep -qx '    number 3'
result $? "git bisect with guests: the bad commit"
grep -E 'number|Bisecting' out | sed 's/^/# /'
tap_done
