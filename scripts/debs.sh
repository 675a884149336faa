# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For sourcing: what scripts that take something out of Debian packages share.
# They install nothing. Packages come through the machine's own apt lists, or
# through a private apt root beside them: own sources, lists and cache, made
# from the machine's own Debian mirror, so that the machine's apt stays as it
# is and root isn't needed.

# One line on standard error; 2 means "could not run".
die() { echo "${0##*/}: $*" >&2; exit 2; }
note() { echo "${0##*/}: $*" >&2; }

[ -n "${XDG_CACHE_HOME:-${HOME:-}}" ] || die "neither XDG_CACHE_HOME nor HOME is set"
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/bitproof

# lock_cache NAME: one run at a time, until this process ends.
lock_cache()
{
	mkdir -p "$CACHE" 2>/dev/null || die "can't make the cache directory $CACHE"
	exec 9>"$CACHE/$1.lock" || die "can't write to $CACHE"
	flock -n 9 && return
	note "waiting for another run"
	flock 9
}

# need_room MIB DIR: better one line now than a tar that fails half way.
need_room()
{
	local free

	free=$(df -Pm "$2" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$1" ] ||
		die "$2 has ${free} MiB free, $1 MiB are needed"
}

# The apt that the functions below use. Running unsandboxed is what root would
# be warned of when downloading into a directory of its own.
apt_options=(-q -o APT::Sandbox::User=root)

apt_get() { apt-get "${apt_options[@]}" "$@"; }
apt_cache() { apt-cache "${apt_options[@]}" "$@"; }

# debian_mirror [SECURITY]: address of the archive that the machine uses, as
# apt itself has read it from its sources.
debian_mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --no-release-info \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null |
	awk -v security="${1:-}" '$3 == "main" {
		if (security ? $2 ~ /-security$/ : $1 ~ /\/debian\/?$/) {
			print $1
			exit
		}
	}'
}

apt_root=
apt_private_end() { [ -z "$apt_root" ] || rm -rf "$apt_root"; }

# apt_private NAME SUITE...: from here on, use a private root with these
# suites and no package installed. A suite that can't be read is left out with
# a line that says so: a mirror may be in the middle of an update. It is at
# $apt_root until apt_private_end.
apt_private()
{
	local root=$CACHE/apt-$1 suite uri keyring log
	shift
	apt_root=$root

	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r $keyring ] || die "$keyring is missing (debian-archive-keyring)"
	mkdir -p "$root/lists/partial" "$root/archives/partial"
	: >"$root/status"
	: >"$root/sources.list"
	for suite; do
		case $suite in
		*-security) uri=$(debian_mirror security) ;;
		*) uri=$(debian_mirror) ;;
		esac
		[ -z "$uri" ] ||
			echo "deb [signed-by=$keyring] $uri $suite main" \
				>>"$root/sources.list"
	done
	[ -s "$root/sources.list" ] ||
		die "no Debian mirror in the machine's apt sources"
	# Backports count like any other suite here: the highest version wins.
	printf '%s\n' 'Package: *' 'Pin: release *' 'Pin-Priority: 500' \
		>"$root/preferences"

	apt_options+=(
		-o Dir::Etc::SourceList="$root/sources.list"
		-o Dir::Etc::SourceParts=-
		-o Dir::Etc::Preferences="$root/preferences"
		-o Dir::Etc::PreferencesParts=-
		-o Dir::State="$root"
		-o Dir::State::Lists="$root/lists"
		-o Dir::State::status="$root/status"
		-o Dir::Cache="$root"
		-o Dir::Cache::archives="$root/archives"
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
		-o APT::Update::Post-Invoke-Success::=
		-o Acquire::Check-Valid-Until=false
		-o Acquire::Languages=none
		-o Acquire::Retries=2
	)
	note "reading package lists of $*"
	log=$root/update.log
	apt_get update >"$log" 2>&1 || true
	# apt ends with 0 when only some lists failed; the lines tell.
	sed -n 's/^[EW]: //p' "$log" | head -n 1 |
		while read -r suite; do note "apt: $suite"; done
	[ -n "$(find "$root/lists" -name '*_Packages*' -print -quit)" ] ||
		die "no package list of $* could be read (no network?)"
}

# deb_version PACKAGE: the highest that can be downloaded, or nothing. Not from
# "apt-cache show", which takes the name for a pattern and knows packages that
# are installed but nowhere to be had.
deb_version()
{
	apt_cache madison "$1" 2>/dev/null |
		awk -v p="$1" '$1 == p { print $3; exit }'
}

# deb_size PACKAGE VERSION: in MB, rounded up.
deb_size()
{
	apt_cache show "$1=$2" |
		awk '$1 == "Size:" { print int($2 / 1000000) + 1; exit }'
}

# deb_download PACKAGE VERSION DIR: prints the path of the .deb; says what is
# wrong and fails if it can't be had.
deb_download()
{
	local log

	log=$(cd "$3" && apt_get download "$1=$2" 2>&1) || {
		note "can't download $1: $(sed -n 's/^E: //p' <<<"$log" | head -n 1)"
		rm -f "$3/$1"_*
		return 1
	}
	echo "$3/$1"_*.deb
}
