#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: straddle.sh [OPTION|ARCH]...
#
# The page-straddling probe as KVM guest code (harness/straddle_probe.c), for each
# ARCH (x86_64, arm64 and s390x) in the best place that this machine has:
#
#	on this kernel	where it is of that arch, and /dev/kvm can be used
#	nested		else: a stock Debian kernel in QEMU without KVM, whose
#			processor has virtualization: SVM on x86_64, EL2 on arm64
#
# QEMU has none for s390x: there it is built, and that is said.
#
#	--kernel TREE	whose KVM selftests are built on (Debian's 6.12)
#	--probes N	of generated filters, for each way to watch (20000)
#	--seed N	of the generated filters
#	--files PATH	raw inputs that come first, a file or directory; repeatable
#	--findings DIR	where differences go, default ./bitproof-findings
#	--here		only where nothing needs to be fetched or booted: not nested
#
# Standard output: for each arch and way to watch a page a line that says what ran,
# or why not. All that the test said is in build/kvm/ARCH.ktap.
#
# Exit status: 0 no difference in what ran; 1 one; 2 something could not run; 4
# nothing ran.

set -eu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"
top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

tree='' probes=20000 seed=1 files=() findings=bitproof-findings here='' archs=()
while [ $# -gt 0 ]; do
	case $1 in
	--here) here=1; shift; continue ;;
	--*) [ $# -ge 2 ] || die "$1 needs a value" ;;
	*) archs+=("$1"); shift; continue ;;
	esac
	case $1 in
	--kernel)   tree=$2 ;;
	--probes)   probes=$2 ;;
	--seed)	    seed=$2 ;;
	--files)    files+=("$2") ;;
	--findings) findings=$2 ;;
	*)	    die "unknown option '$1'" ;;
	esac
	shift 2
done
[ ${#archs[@]} -gt 0 ] || archs=(x86_64 arm64 s390x)
for number in "$probes" "$seed"; do
	case $number in '' | *[!0-9]*) die "'$number' is not a number" ;; esac
done
for path in "${files[@]}"; do
	[ -r "$path" ] || die "can't read $path"
done

ktap=$top/build/kvm
mkdir -p "$ktap" || die "can't make $ktap"

not_run() { echo "not run     straddle: $arch: $*"; }

# on_this_kernel BINARY
on_this_kernel()
{
	timeout 300 "$1" -n "$probes" -s "$seed" "${files[@]}" >"$ktap/$arch.ktap" 2>&1
}

# nested BINARY
nested()
{
	local image options=() paths=() n=0 path

	image=$("$top/scripts/fetch-image.sh" --arch "$arch" --kvm) || return 2
	[ ! -d "$image.kvm" ] || options+=(--file "modules=$image.kvm")
	for path in "${files[@]}"; do
		n=$((n + 1))
		options+=(--file "in$n=$path")
		paths+=("/in$n")
	done
	make -s -C "$top" "build/guest/selftest_init-$arch" || return 2
	"$top/scripts/qemu-run.sh" --arch "$arch" --kernel "$image" --nested \
		--init "$top/build/guest/selftest_init-$arch" --file "test=$1" \
		--result "$ktap/$arch.ktap" --timeout 1800 --stall 600 \
		"${options[@]}" -- -n "$probes" -s "$seed" "${paths[@]}"
}

# save WHERE: the finding of the last run becomes a folder, like those of guests.
save()
{
	local line place folder found=$top/build/bitproof-finding

	line=$(grep -am 1 '^# bitproof-finding .* end$' "$ktap/$arch.ktap") || return 0
	line=${line#\# }
	place=${line#* where=}
	if ! make -s -C "$top" build/bitproof-finding build/bitproof-asm >&2 ||
		! folder=$("$found" --begin "$findings" <<<"${line/#bitproof-finding/bitproof-found}"); then
		note "the difference is not saved: $line"
		return
	fi
	{
		echo "DIVERGENT at ${place%% *}: page-straddling probe, $arch, $1"
		"$top/build/bitproof-asm" -d "$folder/found.raw"
		echo
		sed -n '/^# bitproof-finding /q; s/^# differs: /  /p' "$ktap/$arch.ktap"
		echo "  framework $tree"
		echo "$line"
	} | "$found" --tell "$folder" "$top/scripts/straddle.sh --kernel $tree $arch --files" ||
		note "the difference is not saved: $line"
}

# tell WHERE: a line for each way to watch, from the test's own lines.
tell()
{
	awk -v where="$1" -v arch="$arch" '
		/^#  RUN / { split($3, name, "."); way = name[2] }
		/^# [0-9]+ files/ { files[way] = $2 }
		/^# (files|generated): probes=/ {
			for (i = 3; i <= NF; i++) {
				split($i, pair, "=")
				if (pair[1] == "ns") { if ($2 == "generated:") ns[way] = pair[2] }
				else sum[way, pair[1]] += pair[2]
			}
		}
		/^# accesses: .* show, ns=/ { sub(/.*ns=/, ""); access[way] = $0 }
		/^# others: .* show, ns=/ { sub(/.*ns=/, ""); other[way] = $0 }
		/^# no flush: [0-9]+ of/ { missed[way] = $6 - $4 " of " $6 }
		/^ok .*\.self_check *$/ { passed[way] = 1 }
		/^ok .*\.self_check # SKIP/ {
			sub(/.*# SKIP */, "")
			printf "not run     straddle: %s, %s, page watched by %s: %s\n", arch, where, way, $0
		}
		END {
			for (way in passed) {
				printf "straddle    %s, %s, page watched by %s: %d probes, of %d files and generated filters, %d with an access of page 2",
					arch, where, way, sum[way, "probes"], files[way], sum[way, "accessed"]
				if (sum[way, "speculated"]) printf ", %d only speculated on", sum[way, "speculated"]
				printf "; %s ns where page 2 is accessed, %s where not, %s with emulator and interpreter",
					access[way], other[way], ns[way]
				if (missed[way]) printf "; without a flush %s accesses would be missed", missed[way]
				print ""
				if (!sum[way, "probes"]) bad = 1
				n++
			}
			exit bad || !n
		}' "$ktap/$arch.ktap"
}

ran=0 worst=0
for arch in "${archs[@]}"; do
	case $arch in
	x86_64 | arm64 | s390x) ;;
	*) die "no such arch: $arch" ;;
	esac
	native=
	case $(uname -m):$arch in
	x86_64:x86_64 | aarch64:arm64 | s390x:s390x)
		[ ! -r /dev/kvm ] || [ ! -w /dev/kvm ] || native=1 ;;
	esac
	if [ -n "$here" ] && [ -z "$native" ]; then
		not_run "no /dev/kvm of this arch; 'make straddle' boots one in QEMU"
		continue
	fi
	[ -n "$tree" ] || tree=$("$top/scripts/fetch-kernel.sh" 6.12)
	binary=$("$top/scripts/build-selftest.sh" --arch "$arch" --kernel "$tree") || {
		worst=2
		continue
	}
	status=0
	if [ -n "$native" ]; then
		where="on this kernel"
		on_this_kernel "$binary" || status=$?
	elif [ "$arch" = s390x ]; then
		not_run "built, but QEMU has no virtualization for it without KVM"
		continue
	else
		where="nested in QEMU"
		nested "$binary" || status=$?
	fi
	# One that ended well has told what it did.
	case $status in
	0)	ran=1
		tell "$where" || {
			note "$arch: $where: nothing was probed; see $ktap/$arch.ktap"
			worst=2
		} ;;
	1)	tell "$where" || true
		grep -a '^not ok' "$ktap/$arch.ktap" || true
		save "$where"
		echo "FAILS       straddle: $arch, $where; see $ktap/$arch.ktap"
		exit 1 ;;
	4)	not_run "$(grep -aom 1 'SKIP .*' "$ktap/$arch.ktap")" ;;
	*)	note "$arch: $where: could not run; see $ktap/$arch.ktap"
		worst=2 ;;
	esac
done
[ $worst = 0 ] || exit $worst
[ $ran = 1 ] || exit 4
