# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For gate.sh: all that it needs, looked at before anything is begun. What is
# missing becomes one line.
#
# shellcheck disable=SC2154	# gate.sh has them

missing=()

need_readable() # FILE
{
	[ -r "$1" ] || missing+=("can't read $1")
}

# release TREE: "6.12.117", from the tree's own Makefile.
release()
{
	sed -n 's/^VERSION = *//p; s/^PATCHLEVEL = */./p; s/^SUBLEVEL = */./p' \
		"$1/Makefile" | head -n 3 | tr -d '\n'
}

# need_tree: looks at $tree; a release before the bitmap is a reason to skip.
need_tree()
{
	local version major minor

	if [ ! -f "$tree/Makefile" ] || [ ! -f "$tree/kernel/seccomp.c" ]; then
		missing+=("$tree is no kernel tree")
		return
	fi
	tree=$(cd "$tree" && pwd -P)
	version=$(release "$tree")
	major=${version%%.*} minor=${version#*.} minor=${minor%%.*}
	case $major$minor in
	'' | *[!0-9]*) missing+=("$tree/Makefile names no release"); return ;;
	esac
	record "tree release=$version path=$tree"
	if [ "$major" -lt 5 ] || { [ "$major" -eq 5 ] && [ "$minor" -lt 11 ]; }; then
		skip "Linux $version has no bitmap, 5.11 is the first"
	fi
}

# need_images: sets $archs to those of the images.
need_images()
{
	local image arch why

	archs=
	for image in "${images[@]}"; do
		record "image path=$image"
		if ! why=$("$top/scripts/qemu-run.sh" --arch-of "$image" 2>&1); then
			missing+=("${why#*: }")
			continue
		fi
		arch=$why
		archs+=" $arch"
	done
	record_archs
}

# need_writable: where results are to go. A finding is told also where its folder
# can't be written, so that is no need. What can't be had is not tried at the end.
need_writable()
{
	local dir

	if [ -n "$json" ]; then
		dir=$(dirname "$json")
		if [ ! -d "$dir" ] || [ ! -w "$dir" ]; then
			missing+=("can't write in $dir, for --json")
			json=
		fi
	fi
	if [ -n "$report" ]; then
		mkdir -p "$report" 2>/dev/null && [ -w "$report" ] || {
			missing+=("can't write in $report, for --report")
			report=
		}
	fi
}

# need_packages: installs them, as root.
need_packages()
{
	local groups=() why

	[ -z "$user" ] || groups=(build)
	[ -z "$guests" ] || groups+=(build guest)
	[ -n "$replay" ] || groups+=(capture)
	if [ "$(id -u)" = 0 ] && [ ${#missing[@]} -eq 0 ]; then
		"$top/scripts/setup.sh" "${groups[@]}" && return
		finish 2 "packages can't be installed"
	fi
	why=$("$top/scripts/setup.sh" --check "${groups[@]}" 2>&1) ||
		missing+=("${why#setup.sh: }")
}

need_tools()
{
	local arch tool why

	[ -z "$user" ] || for tool in make "${CC:-gcc}" python3; do
		command -v "$tool" >/dev/null || missing+=("$tool is missing")
	done
	[ -n "$guests" ] || return 0
	for arch in $archs; do
		tool=qemu-system-${arch/arm64/aarch64}
		command -v "$tool" >/dev/null ||
			missing+=("$tool is missing: scripts/setup.sh guest")
		[ -n "$tree" ] || continue
		why=$("$top/scripts/build-kernel.sh" --check --arch "$arch" --kernel "$tree" 2>&1) ||
			missing+=("${why#*: }")
	done
}

# needs: ends the gate if something is missing.
needs()
{
	local line='' what

	[ -z "$tree" ] || need_tree
	[ ${#images[@]} -eq 0 ] || need_images
	[ -z "$replay" ] || need_readable "$replay"
	[ -z "$show" ] || need_readable "$show"
	need_writable
	need_packages
	need_tools
	for what in "${missing[@]}"; do
		case "; $line; " in *"; $what; "*) ;; *) line+="${line:+; }$what" ;; esac
	done
	[ -z "$line" ] || die "$line"
}
