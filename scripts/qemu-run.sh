#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: qemu-run.sh --arch ARCH --kernel IMAGE --init BINARY [OPTION...] [-- ARG...]
#	 qemu-run.sh --arch-of IMAGE
#
# Boots IMAGE in QEMU with the static BINARY as /init, and brings back what it
# writes to /dev/vport0p1. ARCH and the kinds of images are the rows of the table
# below. ARGs are given to /init, by way of the kernel's command line.
#
#	--result FILE	what /init wrote, there while it is written (default:
#			standard output, at the end)
#	--console FILE	the console (default: kept only when the guest failed)
#	--timeout N	seconds that a boot may take (120)
#	--stall N	seconds in which nothing may come: until there are results,
#			neither these nor anything on the console (no limit)
#	--jit 0|1	net.core.bpf_jit_enable; the kernel's own default without
#	--accel WHICH	tcg, kvm, or auto (default): kvm if a guest has been seen
#			to boot with it on this machine, tcg otherwise
#	--cpus N	(1)
#	--nested	with TCG, and so that the guest can have KVM guests: AMD's SVM
#			on x86_64, EL2 on arm64; s390x can't
#	--file NAME=F	another file in the initramfs, as /NAME, or a directory
#			with all that is in it; may be repeated
#
# The second form prints which arch the image is for.
#
# The module that build-kernel.sh puts beside its images, IMAGE.ko, is always in
# it, as /bitproof.ko.
#
# /init writes lines. Where there is no such device, as in kernels that have its
# driver as a module, it writes them to the console, after "bitproof> "; then
# they are in FILE at the end only. The last one is
#
#	bitproof-trailer status=N key=value...
#
# with N of 0, 1, 2 or 4, and then it reboots (RB_AUTOBOOT, which ends QEMU).
# Nothing but this line is success: a guest that panics, hangs, or ends without
# it, or a QEMU that dies, is booted once more, and then that is one line that
# says which of these it was and where the console is.
#
# Exit status: N; 2 also for all that could not be run. One line on standard
# error says what was run, how long it took and how it ended.

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
# shellcheck source-path=SCRIPTDIR source=pause.sh
. "${BASH_SOURCE[0]%/*}/pause.sh"

# One row for each kind of image; it is known by bytes at offsets, and /init by
# the machine in its ELF header. microvm would name its device at the end of the
# command line, where it is an argument of /init: it is named here. On a busy machine
# the stock x86_64 kernel finds a timer broken, and panics, if it is let to look. A 6.12
# kernel for s390x with RANDOMIZE_BASE, on a CPU without random numbers as QEMU's, says
# that it is not moved, and jumps to where it is not.
table()
{
	cat <<-'EOF'
	#arch	ELF	image's bytes		 QEMU	 machine				console				       results					  command line
	x86_64	3e00	0:7f454c4602,18:3e00	 x86_64	 microvm,acpi=off,auto-kernel-cmdline=off  -serial@chardev:console	       virtio-serial-device,bus=virtio-mmio-bus.0 console=ttyS0 reboot=t virtio_mmio.device=512@0xfeb00000:5
	x86_64	3e00	514:48647253		 x86_64	 q35					-serial@chardev:console		       virtio-serial-pci			  console=ttyS0 no_timer_check
	arm64	b700	56:41524d64		 aarch64 virt,gic-version=max			-serial@chardev:console		       virtio-serial-device			  console=ttyAMA0
	s390x	0016	65544:533339304550	 s390x	 s390-ccw-virtio			-device@sclpconsole,chardev=console  virtio-serial-ccw			  console=ttysclp0 nokaslr
	EOF
}

usage="usage: qemu-run.sh --arch ARCH --kernel IMAGE --init BINARY [--result FILE] [--console FILE] [--timeout N] [--stall N] [--jit 0|1] [--accel auto|tcg|kvm] [--cpus N] [--nested] [--file NAME=FILE] [-- ARG...]"
arch='' kernel='' init='' result='' console='' timeout=120 stall=0 jit='' accel=auto cpus=1
of='' extra=() nested=
while [ $# -gt 0 ]; do
	[ "$1" != -- ] || { shift; break; }
	[ "$1" != --nested ] || { nested=1; shift; continue; }
	[ $# -ge 2 ] || die "$usage"
	case $1 in
	--arch-of) of=$2 ;;
	--arch)	   arch=$2 ;;
	--kernel)  kernel=$2 ;;
	--init)	   init=$2 ;;
	--result)  result=$2 ;;
	--console) console=$2 ;;
	--timeout) timeout=$2 ;;
	--stall)   stall=$2 ;;
	--jit)	   jit=$2 ;;
	--accel)   accel=$2 ;;
	--cpus)	   cpus=$2 ;;
	--file)	   extra+=("$2") ;;
	*)	   die "$usage" ;;
	esac
	shift 2
done

# has FILE OFFSET:HEX,...: the file has these bytes there.
has()
{
	local at bytes

	for at in ${2//,/ }; do
		bytes=${at#*:}
		[ "$(od -An -v -tx1 -j "${at%:*}" -N $((${#bytes} / 2)) "$1" 2>/dev/null |
			tr -d ' \n')" = "$bytes" ] || return 1
	done
}

readable()
{
	if [ ! -f "$1" ] || [ ! -r "$1" ]; then
		die "can't read $1"
	fi
}

# kind IMAGE [ARCH]: the row of the table that IMAGE is of.
kind()
{
	local row_arch row_elf magic rest

	while read -r row_arch row_elf magic rest; do
		[ "$row_arch" = "${2:-$row_arch}" ] || continue
		! has "$1" "$magic" || { echo "$row_arch $row_elf $rest"; return; }
	done < <(table | grep -v '^#')
	return 1
}

if [ -n "$of" ]; then
	readable "$of"
	row=$(kind "$of") || die "$of is not a kernel image for any arch"
	echo "${row%% *}"
	exit
fi
if [ -z "$arch" ] || [ -z "$kernel" ] || [ -z "$init" ]; then
	die "$usage"
fi
case $jit in '' | 0 | 1) ;; *) die "--jit is 0 or 1, not '$jit'" ;; esac
case $accel in auto | tcg | kvm) ;; *) die "--accel is auto, tcg or kvm, not '$accel'" ;; esac
for number in "$timeout" "$cpus"; do
	case $number in '' | *[!0-9]* | 0*) die "'$number' is not a number above 0" ;; esac
done
case $stall in '' | *[!0-9]*) die "'$stall' is not a number" ;; esac
readable "$kernel"
readable "$init"

table | grep "^$arch	" >/dev/null || die "no such arch: $arch"
row=$(kind "$kernel" "$arch") || die "$kernel is not a kernel image for $arch"
read -r _ elf qemu machine show results cmdline <<<"$row"
qemu=qemu-system-$qemu
if [ -n "$nested" ]; then
	accel=tcg
	case $arch in
	arm64) machine+=,virtualization=on ;;
	s390x) die "QEMU's TCG has no SIE: no KVM guests on s390x" ;;
	esac
fi
has "$init" "0:7f454c46,18:$elf" || die "$init is not a program for $arch"
command -v "$qemu" >/dev/null || die "$qemu is missing: scripts/setup.sh guest"

# ---- command line and initramfs ---------------------------------------------

cmdline+=" panic=-1 quiet"
[ -z "$jit" ] || cmdline+=" sysctl.net.core.bpf_jit_enable=$jit"
if [ $# -gt 0 ]; then
	cmdline+=" --"
	for arg; do
		case $arg in
		'' | *[!' '-~]* | *\"*) die "the kernel's command line can't hold the argument '$arg'" ;;
		*' '*) cmdline+=" \"$arg\"" ;;
		*) cmdline+=" $arg" ;;
		esac
	done
fi
# What s390 kernels and QEMU agree on; others hold 2048.
[ ${#cmdline} -le 890 ] || die "arguments are too long for the kernel's command line"

tmp=$(mktemp -d) || die "no temporary directory"
pid=
trap 'rm -rf "$tmp"' EXIT
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; exit 2' HUP INT TERM

# An archive as cpio -H newc writes it, which takes neither cpio nor, for the
# device node, root.
inode=0
zeroes='\0\0\0'
pad() { printf %b "${zeroes:0:$((-$1 & 3)) * 2}"; }

entry() # NAME MODE SIZE [MAJOR MINOR]
{
	inode=$((inode + 1))
	printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\0' \
		$inode "$2" 0 0 1 0 "$3" 0 0 "${4:-0}" "${5:-0}" $((${#1} + 1)) 0 "$1"
	pad $((110 + ${#1} + 1))
}

file() # NAME FILE SIZE
{
	entry "$1" 0100755 "$3"
	cat "$2"
	pad "$3"
}

# with NAME PATH: a file, or a directory and all below it.
with()
{
	local type size path

	while IFS=$'\t' read -r type size path; do
		case $type in
		d) entry "$1${path:+/$path}" 040755 0 ;;
		f) file "$1${path:+/$path}" "$2${path:+/$path}" "$size" ;;
		esac
	done < <(find -L "$2" -printf '%y\t%s\t%P\n' | LC_ALL=C sort -t $'\t' -k 3)
}

initramfs()
{
	local name

	for name in dev proc; do
		entry $name 040755 0
	done
	entry dev/console 020600 0 5 1
	with init "$init"
	for name in "${extra[@]}"; do
		with "${name%%=*}" "${name#*=}"
	done
	entry TRAILER!!! 0 0
}
[ ! -e "$kernel.ko" ] || extra=("bitproof.ko=$kernel.ko" "${extra[@]}")
for pair in "${extra[@]}"; do
	[ -r "${pair#*=}" ] || die "can't read ${pair#*=}"
done
initramfs >"$tmp/initramfs" 2>/dev/null || die "can't write an initramfs in $tmp"

# ---- boots ------------------------------------------------------------------

# comma FILE: as QEMU wants it inside an option.
comma() { printf %s "${1//,/,,}"; }

# watch: end a QEMU from which nothing comes. While results do, what the kernel says
# on its console is no sign of life: it may be that it hangs, again and again.
watch()
{
	local size=-1 now since=$SECONDS looked=-1

	while kill -0 "$pid" 2>/dev/null; do
		pause 0.2
		[ $SECONDS != $looked ] || continue
		looked=$SECONDS
		now=$(stat -c %s "$out")
		[ "$now" != 0 ] || now=console-$(stat -c %s "$tmp/console")
		[ "$now" = "$size" ] || since=$SECONDS
		size=$now
		if [ $((SECONDS - since)) -ge "$stall" ]; then
			stalled=1
			kill "$pid"
			return
		fi
	done
}

# boot ACCEL INITRAMFS SECONDS CMDLINE: ends when QEMU does; sets $rc, and $ms.
boot()
{
	local cpu=max

	# Pointers are signed all the time: the architecture's own algorithm is slow.
	[ "$1$qemu" != tcgqemu-system-aarch64 ] || cpu+=,pauth-impdef=on
	: >"$tmp/console"
	: >"$out" || die "can't write $out"
	timeout -k 2 "$3" "$qemu" -accel "$1" -M "$machine" -cpu "$cpu" -m 512 -smp "$cpus" \
		-nodefaults -no-user-config -display none -no-reboot \
		-chardev file,id=console,path="$(comma "$tmp/console")" \
		"${show%@*}" "${show#*@}" \
		-device "$results" \
		-chardev file,id=results,path="$(comma "$out")" \
		-device virtserialport,chardev=results,name=results \
		-kernel "$kernel" -initrd "$2" -append "$4" \
		</dev/null >"$tmp/qemu" 2>&1 &
	pid=$!
	rc=0 ms=${EPOCHREALTIME/[!0-9]/} stalled=
	[ "$stall" = 0 ] || watch
	{ wait $pid || rc=$?; } 2>/dev/null	# bash tells of what was killed
	ms=$(((${EPOCHREALTIME/[!0-9]/} - ms) / 1000))
	pid=
}

# A guest without an /init panics as soon as it looks for one: that is a boot.
# What it proves holds for this QEMU on this machine until it is booted anew.
kvm_boots()
{
	local known

	[ "$(uname -m)" = "${qemu#qemu-system-}" ] && [ -w /dev/kvm ] || return 1
	known=$CACHE/kvm-$arch-$({
		"$qemu" --version
		cat /proc/sys/kernel/random/boot_id
		echo "$machine"
	} 2>/dev/null | sha256sum | cut -c1-12)
	if [ ! -s "$known" ]; then
		entry TRAILER!!! 0 0 >"$tmp/empty"
		boot kvm "$tmp/empty" 10 "$cmdline"
		mkdir -p "$CACHE"
		if grep -qE 'Kernel panic - not syncing: (VFS: Unable|No working init)' "$tmp/console"; then
			echo yes
		else
			echo no
		fi >"$known"
	fi
	[ "$(cat "$known")" = yes ]
}

# verdict: sets $status if the trailer is there, and $why in any case.
verdict()
{
	local last told

	status=
	[ -s "$out" ] || tr -d '\r' <"$tmp/console" | sed -n 's/^bitproof> //p' >"$out"
	# A last line without its end is a half one.
	last=$(tail -c 4096 "$out" | tr -d '\0' | sed -n '$p')
	[ -z "$(tail -c 1 "$out" | tr '\n' x | tr -d x)" ] || last=
	case "$last " in
	"bitproof-trailer status="[0124]" "*)
		status=${last#*status=}
		status=${status%% *}
		why="status $status"
		return ;;
	"bitproof-trailer "*)
		why="the trailer has no status of 0, 1, 2 or 4: $last"
		return ;;
	esac
	told=$(grep -m 1 -oaE '(Kernel panic|Oops|BUG:|Unable to handle kernel).*' "$tmp/console" |
		tr -d '\r') || true
	if [ -n "$told" ]; then
		why="the guest panicked: $told"
	elif [ -n "$stalled" ]; then
		why="the guest hung: nothing came from it for $stall s"
		told=$(grep -m 1 -oaE '(rcu: INFO: .* detected stalls|watchdog: BUG: soft).*' \
			"$tmp/console" | tr -d '\r') || true
		why+=${told:+; $told}
	elif [ $ms -ge $((timeout * 1000)) ]; then
		why="the guest hung: no trailer in $timeout s"
	elif [ "$rc" -gt 128 ]; then
		why="QEMU was killed by signal $((rc - 128))"
	elif [ "$rc" -ne 0 ]; then
		why="QEMU failed: $(head -n 1 "$tmp/qemu")"
	else
		why="the guest ended without a trailer"
	fi
}

# keep SUFFIX: the console, where the user wants it or finds it.
keep()
{
	[ -n "$console" ] || console=$(mktemp "${TMPDIR:-/tmp}/bitproof-console.XXXXXX")
	cp "$tmp/console" "$console$1" || die "can't write $console$1"
}

out=${result:-$tmp/result}
if [ "$accel" = auto ]; then
	accel=tcg
	! kvm_boots || accel=kvm
fi

first=
for attempt in 1 2; do
	boot "$accel" "$tmp/initramfs" "$timeout" "$cmdline"
	verdict
	[ -z "$status" ] || break
	if [ $attempt = 1 ]; then
		first=$why
		keep .first
	fi
done

took="$arch, $accel, $((ms / 1000)).$((ms % 1000 / 100)) s"
if [ -z "$status" ]; then
	keep ''
	same=
	[ "$why" = "$first" ] || same=" (first: $first)"
	die "$took: could not run, tried twice: $why$same; console in $console"
fi
if [ -n "$first" ]; then
	first="; in a second boot, first: $first, console in $console.first"
fi
[ -z "$console" ] || keep ''
note "$took: $why$first"
[ -n "$result" ] || cat "$out"
exit "$status"
