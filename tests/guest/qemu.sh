#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scripts/build-kernel.sh and scripts/qemu-run.sh: kernels of KERNEL (default:
# Debian's 6.12) for each of ARCHS boot, have what they are built for, and each
# way in which a guest can fail is told apart, in one line and with status 2.
# Kernels that have not been built before are built only with GUESTS=1, else
# their boots are left out.

cd "${0%/*}/../.." || exit 2
. tests/lib/tap.sh
. tests/lib/guests.sh
run=$PWD/scripts/qemu-run.sh build=$PWD/scripts/build-kernel.sh
tree=${KERNEL:-$(scripts/fetch-kernel.sh 6.12)} || exit 2

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp
touch "$tmp/console"	# a failing run must not leave another one behind

compiler()
{
	case $1 in
	x86_64) set -- x86_64-linux-gnu-gcc ;;
	arm64)	set -- aarch64-linux-gnu-gcc ;;
	s390x)	set -- s390x-linux-gnu-gcc ;;
	esac
	command -v "$1" || echo gcc
}

# fact PATTERN: a line of the result file.
fact()
{
	grep -qxE "$1" "$tmp/result"
	result $? "$arch: $1"
}

# guest ARG...: boots $image, with the options in $options.
# shellcheck disable=SC2317	# called by expect
guest()
{
	# shellcheck disable=SC2086
	"$run" --arch "$arch" --kernel "$image" --init "$tmp/init-$arch" \
		--result "$tmp/result" --console "$tmp/console" $options -- "$@"
}

# ---- without a boot ---------------------------------------------------------

arch=x86_64 options=
head -c 4096 /dev/zero >"$tmp/zero"
printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\076\0' >"$tmp/x86"
ln -s "$(command -v bash)" "$tmp/bash"
for tool in od tr cat id grep; do ln -s "$(command -v $tool)" "$tmp/$tool"; done

expect 2 'usage:' "no argument" "$run"
expect 2 'usage:' "an unknown option" "$run" --absent 1
expect 2 'no such arch: vax' "an unknown arch" \
	"$run" --arch vax --kernel "$tmp/x86" --init "$tmp/x86"
expect 2 "can't read $tmp/absent" "no image" \
	"$run" --arch x86_64 --kernel "$tmp/absent" --init "$tmp/x86"
expect 2 "can't read $tmp/absent" "no init" \
	"$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/absent"
expect 2 "zero is not a kernel image for x86_64" "a wrong image" \
	"$run" --arch x86_64 --kernel "$tmp/zero" --init "$tmp/x86"
expect 2 "x86 is not a kernel image for arm64" "an image of another arch" \
	"$run" --arch arm64 --kernel "$tmp/x86" --init "$tmp/x86"
expect 2 "zero is not a program for x86_64" "a wrong init" \
	"$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/zero"
expect 2 "not a number above 0" "a wrong timeout" \
	"$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/x86" --timeout x
expect 2 'qemu-system-x86_64 is missing: scripts/setup.sh guest' "no QEMU" \
	env PATH="$tmp" bash "$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/x86"
expect 2 'could not run, tried twice: QEMU failed: .*console in ' "an image that QEMU refuses" \
	"$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/x86" --accel tcg
mkdir "$tmp/killed"
printf '#!/bin/sh\nkill -9 $$\n' >"$tmp/killed/qemu-system-x86_64"
chmod +x "$tmp/killed/qemu-system-x86_64"
expect 2 'could not run, tried twice: QEMU was killed by signal 9; console in ' "QEMU is killed" \
	env PATH="$tmp/killed:$PATH" "$run" --arch x86_64 --kernel "$tmp/x86" --init "$tmp/x86"
expect 2 'usage:' "build: no argument" "$build"
expect 2 'no such arch: vax' "build: an unknown arch" "$build" --arch vax --kernel "$tree"
expect 2 'is no kernel tree' "build: no tree" "$build" --arch x86_64 --kernel "$tmp"
mkdir -p "$tmp/dirty/kernel"
touch "$tmp/dirty/Kbuild" "$tmp/dirty/kernel/seccomp.c" "$tmp/dirty/.config"
expect 2 'has been built in \(\.config\): .*mrproper' "build: a tree that is not clean" \
	"$build" --arch x86_64 --kernel "$tmp/dirty"
echo CONFIG_NO_SUCH_OPTION=y >"$tmp/fragment"
XDG_CACHE_HOME=$tmp/cache \
	"$build" --arch x86_64 --kernel "$tree" --config "$tmp/fragment" >"$tmp/stdout" 2>"$tmp/stderr"
[ $? -eq 2 ] && grep -q "can't be had with CONFIG_NO_SUCH_OPTION=y" "$tmp/stderr"
result $? "build: an option that the tree doesn't have"

# ---- boots ------------------------------------------------------------------

boots()
{
	local options

	touch "$tmp/console"
	"$(compiler "$arch")" -std=gnu11 -O2 -static -o "$tmp/init-$arch" tests/guest/init.c
	result $? "$arch: an init"

	options='--jit 0'
	expect 0 "$arch, (tcg|kvm), [0-9.]+ s: status 0\$" "$arch: boots" \
		guest one 'two words' three=3
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	fact 'argument one'
	fact 'argument two words'
	fact 'argument three=3'
	fact 'jit 0'
	fact 'jit_off 0'
	fact 'jit_on 1'
	fact 'actions .*user_notif.*log allow'
	case $arch in
	x86_64)	fact 'seccomp_cache x86_64 ([0-9]+) \1'
		fact 'seccomp_cache ia32 ([0-9]+) \1' ;;
	arm64)	fact 'seccomp_cache aarch64 ([0-9]+) \1'
		fact 'seccomp_cache arm ([0-9]+) \1' ;;
	s390x)	fact 'seccomp_cache s390x ([0-9]+) \1'
		grep -q '^CONFIG_COMPAT=y' "$image.config" &&
			fact 'seccomp_cache s390 ([0-9]+) \1' ;;
	esac
	fact 'bitproof-trailer status=0 arguments=3'

	options='--jit 1'
	expect 1 "$arch, .*: status 1\$" "$arch: another status" guest 1
	fact 'jit 1'
	options=
	expect 0 "$arch, .*: status 0\$" "$arch: by way of the console" guest console
	fact 'jit_on 1'
	expect 4 "$arch, .*: status 4\$" "$arch: a third one" guest 4
	expect 2 'could not run, tried twice: the trailer has no status of 0, 1, 2 or 4: .*status=3' \
		"$arch: a status that is none" guest 3
	expect 2 'tried twice: the guest panicked: Kernel panic - not syncing: .*console in ' \
		"$arch: a panic" guest panic
	grep -q 'Kernel panic' "$tmp/console"
	result $? "$arch: its console is there"
	expect 2 'tried twice: the guest ended without a trailer; console in ' \
		"$arch: no trailer" guest silent
	expect 2 'tried twice: the guest ended without a trailer; console in ' \
		"$arch: half a trailer" guest half
	options='--timeout 6'
	expect 2 'tried twice: the guest hung: no trailer in 6 s; console in ' \
		"$arch: a hang" guest hang
	options='--timeout 150 --stall 20'
	expect 2 'tried twice: the guest hung: nothing came from it for 20 s; rcu: INFO: rcu_sched detected stalls .*; console in ' \
		"$arch: a hang with a console that goes on" guest mutter
}
for_each_arch boots

# ---- an overlay -------------------------------------------------------------

# Both lookups of one arch's image: the overlay's kernel caches nothing, and the
# tree's own is what it was.
arch=${ARCHS:-x86_64} arch=${arch%% *}
ln -s "$tmp/$arch/init-$arch" "$tmp/init-$arch"
if image=$("$build" --arch "$arch" --kernel "$tree" --if-built 2>"$tmp/stderr"); then
	scripts/overlay-tree.sh "$tree" "$tmp/overlay" kernel/seccomp.c=<(
		sed 's/if (WARN_ON_ONCE(!fprog))/if (1)/' "$tree/kernel/seccomp.c")
	over=$("$build" --arch "$arch" --kernel "$tmp/overlay" --out "$tmp/over" 2>"$tmp/stderr")
	result $? "$arch: an overlay"
	[ "$over" = "$tmp/over/$arch" ]
	result $? "$arch: its image is where it should be"
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	options=
	expect 0 ': status 0$' "$arch: the tree's own kernel boots" guest
	fact 'seccomp_cache \S+ ([0-9]+) \1'
	image=$over
	expect 0 ': status 0$' "$arch: the overlay's kernel boots" guest
	fact 'seccomp_cache \S+ [0-9]+ 0'
	"$build" --arch "$arch" --kernel "$tree" >"$tmp/stdout" 2>"$tmp/stderr"
	result $? "$arch: the tree again"
	tail -n 1 "$tmp/stderr" | sed 's/^/# /'
	image=$(cat "$tmp/stdout")
	expect 0 ': status 0$' "$arch: the tree's own kernel boots again" guest
	fact 'seccomp_cache \S+ ([0-9]+) \1'
fi

tap_done
