#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: fetch-image.sh --arch ARCH [--kvm] [6.12 | 6.1 | newest]
#
# Prints the path of the kernel image of Debian's stock linux-image package for
# ARCH (x86_64, arm64 or s390x), as its users boot it. What is missing is fetched
# first (60 to 110 MB each, of which only the image is kept):
#
#	6.1, 6.12	the highest that the releases of Debian have which ship it
#	newest		the highest that later suites of Debian have
#
# With --kvm and x86_64 there is a directory beside it, IMAGE.kvm, with the modules
# that give it /dev/kvm on an AMD processor, which is what QEMU can be, in the order
# in which they are loaded: 1-NAME.ko... An image that was fetched without is fetched
# once more. For other archs KVM is built in.
#
# Images live in $XDG_CACHE_HOME/bitproof/images (~/.cache), one for each package
# version. One that is there is printed without a look at the network, even if
# there is a newer package by now: remove images/RELEASE-ARCH, which is a link,
# to have it looked up again.
#
# Progress goes to standard error. Exit status: 0, or 2 if there is no image.

set -eEu -o pipefail

# shellcheck source-path=SCRIPTDIR source=debs.sh
. "${BASH_SOURCE[0]%/*}/debs.sh"

usage="usage: fetch-image.sh --arch x86_64|arm64|s390x [--kvm] [6.12 | 6.1 | newest]"
case $#:${1:-} in
[234]:--arch) ;;
*)	die "$usage" ;;
esac
arch=$2 kvm=
if [ "${3:-}" = --kvm ]; then
	[ "$arch" != x86_64 ] || kvm=1
	shift
fi
release=${3:-6.12}
case $arch in
x86_64)	debian=amd64 ;;
arm64 | s390x) debian=$arch ;;
*)	die "no such arch: $arch" ;;
esac
case $release in
6.1)	 suites='bookworm bookworm-security' ;;
6.12)	 suites='trixie trixie-security bookworm-backports' ;;
newest)	 suites='sid trixie-backports' ;;
*)	die "$usage" ;;
esac

images=$CACHE/images
link=$images/$release-$arch

# there: prints it if it needs no fetching.
there()
{
	local image

	[ -s "$link" ] || return 1
	image=$(readlink -f "$link")
	[ -z "$kvm" ] || [ -d "$image.kvm" ] || return 1
	echo "$image"
}
! there || exit 0
for tool in apt-get dpkg-deb flock; do
	command -v $tool >/dev/null ||
		die "$tool is missing: images are taken from Debian packages"
done
lock_cache images
! there || exit 0
mkdir -p "$images"
rm -rf "$images"/.tmp.*	# of runs that were killed: this one has the lock
tmp=$(mktemp -d "$images/.tmp.XXXXXX")
trap 'rm -rf "$tmp"; apt_private_end' EXIT
trap 'exit 2' ERR HUP INT TERM

# As that machine's apt would see it.
apt_options+=(-o APT::Architecture="$debian" -o APT::Architectures="$debian")
# shellcheck disable=SC2086
apt_private "image-$release-$arch" $suites

# Not the metapackages, nor the flavours for clouds or real time, nor what is
# not signed where there is a signed one.
package=$(apt_cache pkgnames linux-image- |
	grep -E "^linux-image-[0-9][^-]*(-[0-9]+)?-$debian\$" |
	{ [ "$release" = newest ] && cat || grep -F "linux-image-$release."; } |
	sort -V | tail -n 1) || die "no linux-image package of $release for $arch in $suites"
# From 7.2 on the image is in a package of its own.
binary=linux-binary-${package#linux-image-}
[ -z "$(deb_version "$binary")" ] || package=$binary
version=$(deb_version "$package")
[ -n "$version" ] || die "$package can't be downloaded from $suites"
size=$(deb_size "$package" "$version")
need_room $((2 * size + 100)) "$images"
note "downloading $package $version, $size MB"
deb=$(deb_download "$package" "$version" "$tmp")
name=${package#linux-*-}_$version
dpkg-deb --fsys-tarfile "$deb" | tar -xO --wildcards '*/vmlinu[xz]*' \
	>"$tmp/image" 2>"$tmp/log" || die "$package has no image: $(head -n 1 "$tmp/log")"

# le32 FILE OFFSET
le32() { od -An -v -t u4 --endian=little -j "$2" -N 4 "$1" | tr -d ' '; }

# An EFI program that unpacks itself, which QEMU may not be able to: what is
# packed is an image like any other.
if [ "$(od -An -v -tx1 -j 4 -N 4 "$tmp/image" | tr -d ' ')" = 7a696d67 ]; then
	packer=$(tail -c +25 "$tmp/image" | head -c 32 | tr -d '\0')
	case $packer in
	gzip) unpack=(gzip -dc) ;;
	zstd | zstd22) unpack=(zstd -dc) ;;
	xz*) unpack=(xz -dc) ;;
	*) die "$package is packed with '$packer'" ;;
	esac
	tail -c +$(($(le32 "$tmp/image" 8) + 1)) "$tmp/image" |
		head -c "$(le32 "$tmp/image" 12)" |
		"${unpack[@]}" >"$tmp/unpacked" || die "can't unpack the image of $package"
	mv "$tmp/unpacked" "$tmp/image"
fi

# modules NAME: those that it depends on, then itself; each once, numbered.
modules()
{
	local file need

	file=$(find "$tmp/root" \( -name "${1//_/-}.ko*" -o -name "${1//-/_}.ko*" \) | head -n 1)
	[ -n "$file" ] || return 0 # built in
	case $file in
	*.xz) xz -dc "$file" ;;
	*) cat "$file" ;;
	esac >"$tmp/ko"
	for need in $(grep -ao 'depends=[a-z0-9_,-]*' "$tmp/ko" | sed 's/^depends=//' | tr , ' '); do
		modules "$need"
	done
	rm -f "$tmp/ko"
	[ -z "$(find "$tmp/kvm" -name "*-$1.ko")" ] || return 0
	count=$((count + 1))
	case $file in
	*.xz) xz -dc "$file" ;;
	*) cat "$file" ;;
	esac >"$tmp/kvm/$count-$1.ko"
}

if [ -n "$kvm" ]; then
	count=0
	mkdir "$tmp/root" "$tmp/kvm"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp/root" --wildcards '*.ko*' ||
		die "can't unpack the modules of $package"
	modules kvm-amd
	rm -rf "$images/$name.kvm"
	mv "$tmp/kvm" "$images/$name.kvm"
fi
mv "$tmp/image" "$images/$name"
# The link is what says that all is there, so it comes last.
ln -sf "$name" "$tmp/link"
mv -T "$tmp/link" "$link"
readlink -f "$link"
