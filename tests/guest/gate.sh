#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The guests of scripts/gate.sh, as its users call it: a kernel with a bug, which
# is found, kernels that don't build, boot or end, images that are none, QEMUs
# that die. Each with its status and one line. All on ARCH (x86_64): what is tested
# here is the same for all. KERNEL is a tree that holds. A kernel that has not been
# built before is built only with GUESTS=1, else nothing is tested.

cd "${0%/*}/../.." || exit 2
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2
arch=${ARCH:-x86_64}
top=$PWD
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp BITPROOF_STALL=25
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

qemu=qemu-system-${arch/arm64/aarch64}
if_built=--if-built
[ -z "${GUESTS:-}" ] || if_built=
image=$(scripts/build-kernel.sh --arch "$arch" --kernel "$tree" ${if_built:+"$if_built"} 2>"$tmp/stderr")
case $? in
0) ;;
4) echo "1..0 # SKIP no kernel for $arch has been built; GUESTS=1 builds it"; exit ;;
*) echo "Bail out! $(tail -n 1 "$tmp/stderr")"; exit 2 ;;
esac
cd "$tmp" || exit 2

# overlay NAME FILE SED-SCRIPT: a tree with an edited file
overlay()
{
	sed "$3" "$tree/$2" >"$tmp/edited"
	if cmp -s "$tmp/edited" "$tree/$2"; then
		echo "Bail out! the edit for $1 changes nothing"
		exit 2
	fi
	"$top/scripts/overlay-tree.sh" "$tree" "$tmp/$1" "$2=$tmp/edited" || exit 2
}

# gate ARG...: guests only, what is of no interest here left out of "stderr"
gate()
{
	rm -rf bitproof-findings
	"$top/scripts/gate.sh" --guests-only --arch "$arch" --guest-seconds 6 \
		--findings bitproof-findings "$@" >stdout 2>all
	status=$?
	grep -vE '^(gate|guests): ' all >stderr
}

# ends STATUS PATTERN NAME: how the last gate did, with exactly one line; with none
# where PATTERN is empty.
ends()
{
	bad=0
	[ "$status" -eq "$1" ] || bad=1
	[ "$(wc -l <stderr)" -eq $((${#2} > 0)) ] || bad=1
	grep -qE "$2" stderr || [ -z "$2" ] || bad=1
	if [ $bad -ne 0 ]; then
		echo "# status $status, wanted $1; standard error:"
		sed 's/^/# /' stderr | head -n 5
	fi
	result $bad "$3"
}

has() # PATTERN NAME
{
	grep -qE "$1" stdout
	result $? "$2"
}

# pretend NAME SCRIPT: a QEMU before the real one in $PATH
pretend()
{
	mkdir "$tmp/$1"
	printf '#!/bin/bash\n%s\n' "$2" >"$tmp/$1/$qemu"
	chmod +x "$tmp/$1/$qemu"
}
real=$(command -v "$qemu") || exit 2

# ---- it holds ---------------------------------------------------------------

gate --kernel "$tree"
ends 0 '' "the tree as it is: holds, and without a line"
grep -E '^(guest|paths|not run) ' stdout | sed 's/^/# /'
has '^guest  *'"$arch"': linux-[0-9].*: holds: [1-9][0-9]* stacks, [1-9][0-9]* bits, [1-9][0-9]* calls: .* ALLOW [1-9].* UNSOUND 0 ' \
	"its summary says what was compared"
has '^paths  *'"$arch: .*native [1-9]" "and by which ways"
has '^not run  *user space: --guests-only' "what was not run is named"
[ "$(tail -n 1 stdout)" = holds ] && [ ! -e bitproof-findings ]
result $? "and nothing was found"
[ -z "$(find "$tmp" -maxdepth 1 -name 'bitproof-guests.*')" ]
result $? "it leaves nothing behind"

# ---- a finding --------------------------------------------------------------

overlay jge kernel/seccomp.c 's/op_res = reg_value >= k;/op_res = reg_value > k;/'
gate --kernel jge --guest-seconds 60
ends 1 '' "a bug: 1"
has '^UNSOUND at bitmap: linux-' "with its class"
rerun=$(sed -n 's/^ *rerun  *//p' stdout)
raw=${rerun##* }
[ -s "$raw" ] && [ -s "${raw%/*}/case.bpf" ]
result $? "saved as raw input and as text"
sed 's/^/# /' "${raw%/*}/case.bpf"
cp "$raw" kept.raw
gate --kernel jge --replay kept.raw
ends 1 '' "its input shows it again"
has '^UNSOUND at bitmap: linux-' "as what it was"
gate --kernel "$tree" --replay kept.raw
ends 0 '' "and shows nothing where there is no bug"
gate --kernel jge --replay kept.raw --findings /proc/nowhere
ends 1 'the finding is not saved: ' "nowhere to save it: 1, and one line"
has '^ *raw  *[0-9a-f]{32}' "the input is printed instead"
if mkdir full && mount -t tmpfs -o size=4k,nr_inodes=2 none full 2>/dev/null; then
	head -c 4096 /dev/zero >full/zero
	gate --kernel jge --replay kept.raw --findings full
	ends 1 'the finding is not saved: .*No space left' "a full disk: 1, and one line"
	umount full
else
	result 0 "a full disk # SKIP can't mount a small one"
fi

# ---- kernels that can't be compared -----------------------------------------

overlay syntax kernel/seccomp.c 's/op_res = reg_value >= k;/op_res = reg_value >=;/'
gate --kernel syntax
ends 2 "$arch: does not build: (\.\./)?kernel/seccomp.c:[0-9]+:.* error: " "a tree that does not compile"

overlay panics kernel/seccomp.c 's/^	struct seccomp_filter \*walker;/&\n	panic("seeded");/'
gate --kernel panics
ends 2 'could not run, tried twice: the guest panicked: Kernel panic - not syncing: seeded; console in ' \
	"a guest that panics"
console=$(sed 's/.*console in //' stderr)
grep -q 'Kernel panic' "$console"
result $? "its console is there"

overlay hangs kernel/seccomp.c 's/^	struct seccomp_filter \*walker;/&\n	local_irq_disable(); for (;;) cpu_relax();/'
# A short limit: neither of these would ever say something.
BITPROOF_STALL=10 gate --kernel hangs
ends 2 'could not run, tried twice: the guest hung: nothing came from it for 10 s' "a guest that hangs"

overlay unbootable init/main.c 's/^	setup_arch(&command_line);/	panic("seeded");/'
BITPROOF_STALL=10 gate --kernel unbootable
ends 2 'could not run, tried twice: the guest ' "a tree that does not boot"
sed 's/^/# /' stderr

overlay mute fs/proc/base.c 's/^#ifdef CONFIG_SECCOMP_CACHE_DEBUG/#if 0/'
gate --kernel mute
ends 2 'this kernel has no seccomp_cache: no bit was compared' "a tree without bits is no pass"
out=$("$top/scripts/build-kernel.sh" --arch "$arch" --kernel mute --out mute-image 2>/dev/null)
gate --kernel-image "$out"
ends 0 'no seccomp_cache: compared by verdicts only' "of an image, it is said"
has '^guest .*: holds: [1-9][0-9]* stacks, 0 bits, [1-9]' "and verdicts were compared"

overlay without kernel/seccomp.c 's/^	case SECCOMP_SET_MODE_FILTER:/	case 99:/'
gate --kernel without
ends 2 'attaching a filter: ' "a kernel without filters"

# ---- images that are none ---------------------------------------------------

head -c 100000 /dev/urandom >noise
gate --kernel-image noise
ends 2 'noise is not a kernel image for any arch' "random bytes"
gate --kernel-image absent
ends 2 "can't read absent" "no image"
head -c $(($(stat -c %s "$image") / 3)) "$image" >part
gate --kernel-image part
ends 2 'could not run, tried twice: ' "a part of one"
sed 's/^/# /' stderr

# ---- QEMU -------------------------------------------------------------------

kill="timeout -s KILL 4 $real \"\$@\"; kill -9 \$\$"
pretend killed "$kill"
PATH=$tmp/killed:$PATH gate --kernel-image "$image"
ends 2 'could not run, tried twice: QEMU was killed by signal 9' "QEMU is killed midway, twice"
pretend once "[ \"\$1\" != --version ] && [ ! -e $tmp/first ] || exec $real \"\$@\"
touch $tmp/first
$kill"
PATH=$tmp/once:$PATH gate --kernel-image "$image"
ends 0 'in a second boot, first: QEMU was killed by signal 9' "once: holds, and it is said"

mkdir bin
for dir in ${PATH//:/ }; do
	[ ! -d "$dir" ] || ln -s "$dir"/* bin/ 2>/dev/null
done
rm "bin/$qemu"
PATH=$tmp/bin gate --kernel-image "$image"
ends 2 "$qemu is missing: scripts/setup.sh guest" "no QEMU"

# ---- side by side -----------------------------------------------------------

gate --kernel-image noise-too --kernel-image "$image"
ends 2 "can't read noise-too" "all images are looked at before any is booted"
gate --kernel-image part --kernel-image "$image"
ends 2 'part: ' "one that can't be run"
has "^guest .*: holds: " "the other one is compared"
tap_done
