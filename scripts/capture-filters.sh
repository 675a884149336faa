#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: capture-filters.sh [--out DIR]
#
# Prints a directory of real filters as raw inputs (src/input.h): what programs
# of this machine's Debian release attach when they run, and what libseccomp
# makes (tools/make-libseccomp.c). The first run on a machine takes minutes and
# about 230 MB of downloads; later ones answer from the cache,
# $XDG_CACHE_HOME/bitproof (~/.cache).
#
#	<program>-<n>.raw	a stack that a task of the program had
#	libseccomp-<n>.raw	made by the library
#	manifest		a line a file: name, package, version, lengths
#				of the filters; then what was not captured, why
#
# --out DIR copies the files to DIR and prints that.
#
# Nothing is installed: packages are unpacked into a directory that is removed
# afterwards, and run from there in namespaces of their own (network, process
# numbers, users, mounts), so that they see and change nothing of the machine.
# Where there are no user namespaces, root gets a plain chroot; without both
# only libseccomp's are made.
#
# Newer packages are not looked for while the cache has an answer: remove
# filters-for-* there for that.
#
# Exit status: 0; 2 if not a single filter was captured.

set -eEu -o pipefail

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=debs.sh
. "$here/debs.sh"
top=${here%/*}

# The table. A row: name, package, seconds to wait for another filter, command
# for the shell in the unpacked root. /tmp and /run are empty and its own.
names=() packages=() waits=() commands=()
row()
{
	names+=("$1") packages+=("$2") waits+=("$3") commands+=("$4")
}

row apt apt 1 '
	mkdir -p /tmp/r /tmp/l/partial
	: >/tmp/r/Packages
	echo "deb [trusted=yes] copy:/tmp/r ./" >/tmp/sources
	apt-get -o APT::Sandbox::Seccomp=true -o APT::Sandbox::User=root \
		-o Dir::Etc::sourcelist=/tmp/sources \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists=/tmp/l update'
row arping arping 1 'arping -z -i lo -c 1 127.0.0.1'
row chronyd chrony 1 'mkdir -p /run/chrony; chronyd -F 1 -x -d -f /dev/null'
row chronyd-level2 chrony 1 'mkdir -p /run/chrony; chronyd -F 2 -x -d -f /dev/null'
row crun crun 1 'crun --cgroup-manager=disabled run -b /bundle x'
row ctags universal-ctags 1 'ctags-universal --_interactive=sandbox </dev/null'
row dhcpcd dhcpcd-base 2 'dhcpcd -B -d up0'
row fapolicyd fapolicyd 1 '
	mkdir -p /var/lib/fapolicyd /run/fapolicyd
	echo "allow perm=any all : all" >/etc/fapolicyd/fapolicyd.rules
	fapolicyd --debug --permissive'
row firefox firefox-esr 8 '
	HOME=/tmp firefox-esr --headless --no-remote \
		--screenshot /tmp/x.png about:license'
# It looks among the first processes for a kernel's, to tell a container.
row firejail firejail 1 '
	echo kthreadd >/proc/1/comm
	firejail --noprofile --seccomp /bin/true'
row lxc lxc 1 '
	printf "lxc.%s\n" seccomp.profile=/usr/share/lxc/config/common.seccomp \
		console.path=none pty.max=0 >/tmp/conf
	lxc-execute -n x -P /tmp -f /tmp/conf -- /bin/true'
row man man-db 1 '
	printf ".TH x 1\n.SH NAME\nx\n" >/tmp/x.1
	man -P cat -l /tmp/x.1'
# shellcheck disable=SC2016
row nix nix-bin 2 '
	nix-build --option sandbox false --option build-users-group "" -E "
		derivation { name=\"x\"; system=\"$(uname -m)-linux\";
			     builder=\"/bin/sh\"; args=[\"-c\" \"echo >\$out\"]; }"'
row nspawn systemd-container 2 '
	mkdir -p /tmp/c/usr /tmp/c/etc
	systemd-nspawn --register=no --keep-unit -D /tmp/c --bind=/usr:/usr \
		/usr/bin/true'
row oidc-agent oidc-agent-cli 1 'oidc-agent --seccomp -d -c'
row passt passt 1 'passt -f -s /tmp/socket'
row qemu qemu-system-x86 1 '
	qemu-system-x86_64 -machine none -nodefaults -display none -S -sandbox \
		on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'
row qemu-defaults qemu-system-x86 1 '
	qemu-system-x86_64 -machine none -nodefaults -display none -S -sandbox on'
row runc runc 1 'cd /bundle; runc --rootless=true run x'
row slirp4netns slirp4netns 1 '
	slirp4netns --enable-sandbox --enable-seccomp --netns-type=path \
		/proc/self/ns/net tap0'
row sniffglue sniffglue 1 'sniffglue lo'
row sshd openssh-server 1 '
	mkdir -p /run/sshd
	ssh-keygen -q -N "" -t ed25519 -f /tmp/key
	printf "SSH-2.0-x\r\n" | /usr/sbin/sshd -i -f /dev/null -h /tmp/key'
row swtpm swtpm 1 '
	mkdir /tmp/t
	swtpm socket --tpm2 --tpmstate dir=/tmp/t \
		--server type=unixio,path=/tmp/s --ctrl type=unixio,path=/tmp/c'
# shellcheck disable=SC2016
# All services of its own, and of the others here, that have a filter: each
# setting that needs one (SystemCallFilter, RestrictNamespaces, ...) adds it.
row systemd systemd 5 '
	cd /usr/lib/systemd/system
	units=$(grep -l ^SystemCall *.service | grep -v -e @ -e ^dbus- | tr "\n" " ")
	mkdir -p /run/systemd/system
	printf "[Unit]\nDefaultDependencies=no\nWants=%s\n" "$units" \
		>/run/systemd/system/capture.target
	container=lxc exec /usr/lib/systemd/systemd --system \
		--unit=capture.target --log-target=console --show-status=no'
row tor tor 1 '
	: >/tmp/rc
	tor --Sandbox 1 --DataDirectory /tmp/tor --SocksPort 0 \
		--DisableNetwork 1 -f /tmp/rc --defaults-torrc /tmp/rc'
row usbguard usbguard 1 '
	printf "RuleFile=/tmp/rules\nIPCAllowedUsers=root\n" >/tmp/conf
	: >/tmp/rules
	chmod 600 /tmp/rules /tmp/conf
	usbguard-daemon -d -W -c /tmp/conf'
row vsftpd vsftpd 3 '
	mkdir -p /srv /run/vsftpd/empty
	printf "%s\n" listen=YES background=NO listen_port=2121 \
		anonymous_enable=YES seccomp_sandbox=YES anon_root=/srv \
		secure_chroot_dir=/run/vsftpd/empty >/tmp/conf
	vsftpd /tmp/conf &
	sleep 1
	bash -c "exec 3<>/dev/tcp/127.0.0.1/2121
		read -t 2 <&3; printf \"USER anonymous\r\n\" >&3
		read -t 2 <&3; printf \"PASS x\r\n\" >&3
		read -t 2 <&3"'

# What the commands above use besides their own package.
helpers='dash bash coreutils grep iproute2 mount openssh-client dbus
	 systemd-resolved golang-github-containers-common'
users='man _chrony debian-tor sshd ftp _apt dhcpcd fapolicyd messagebus
       systemd-network systemd-resolve systemd-timesync swtpm'
user_groups='tty shadow adm kvm utmp disk systemd-journal'

usage='usage: capture-filters.sh [--out DIR]'
out=
case $#:${1:-} in
0:) ;;
2:--out) out=$2 ;;
*) die "$usage" ;;
esac

# answer DIR
answer()
{
	if [ -n "$out" ]; then
		if ! mkdir -p "$out" || ! cp "$1"/* "$out"; then
			die "can't copy the filters to $out"
		fi
		echo "$out"
	else
		readlink -f "$1"
	fi
	exit 0
}

sources=$(cat "$here/capture-filters.sh" "$here/debs.sh" "$top"/tools/capture.c \
	"$top"/tools/make-libseccomp.c | sha256sum | cut -c 1-8)
link=$CACHE/filters-for-$sources
[ ! -f "$link/manifest" ] || answer "$link"

for tool in apt-get dpkg-deb flock "${CC:-cc}"; do
	command -v "$tool" >/dev/null ||
		die "$tool is missing: see scripts/setup.sh build capture"
done

lock_cache filters
[ ! -f "$link/manifest" ] || answer "$link"
rm -rf "$CACHE"/.filters.*	# of runs that were killed: this one has the lock
tmp=$(mktemp -d "$CACHE/.filters.XXXXXX")
cgroups=()
# shellcheck disable=SC2317
cleanup()
{
	local try

	# shellcheck disable=SC2046
	kill $(jobs -pr) 2>/dev/null || true
	wait
	# Killed processes are in their cgroup until they are gone.
	for try in 1 2 3 4 5 6 7 8 9 10; do
		[ -n "${cgroups[*]}" ] || break
		find "${cgroups[@]}" -depth -type d -exec rmdir {} + 2>/dev/null &&
			break
		sleep "0.$try"
	done
	apt_private_end
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 2' ERR HUP INT TERM
need_room 1600 "$CACHE"
files=$tmp/files root=$tmp/root
mkdir "$files" "$root" "$tmp/log"

build() { "${CC:-cc}" -std=gnu11 -O2 -o "$tmp/$1" "$top/tools/$1.c" "$top/src/input.c" "${@:2}"; }
build capture || die "can't build tools/capture.c"

# Packages: what this release has of them, with all that they depend on, as if
# on a machine where nothing is installed.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ -n "$codename" ] || die "not a Debian release"
apt_private filters "$codename" "$codename-security"

wanted=()
declare -A version
# shellcheck disable=SC2086
for package in $(printf '%s\n' "${packages[@]}" $helpers libseccomp2 | sort -u); do
	version[$package]=$(deb_version "$package")
	[ -z "${version[$package]}" ] || wanted+=("$package")
done

key=$({ echo "$sources"; for p in "${wanted[@]}"; do
	echo "$p ${version[$p]}"; done; } | sha256sum | cut -c 1-12)
dir=$CACHE/filters-$key
finish() { ln -sfn "${dir##*/}" "$link"; answer "$dir"; }
[ ! -f "$dir/manifest" ] || finish

note "downloading ${#wanted[@]} packages and what they need"
apt_get -y --no-install-recommends --download-only install "${wanted[@]}" \
	>"$tmp/log/apt" 2>&1 ||
	die "can't download the packages: $(sed -n 's/^E: //p' "$tmp/log/apt" | head -n 1)"
size=$(du -sm "$apt_root/archives" | cut -f 1)
note "unpacking $size MB"
mkdir "$root/usr"
for d in bin sbin lib lib32 lib64 libx32; do
	mkdir "$root/usr/$d"
	ln -s "usr/$d" "$root/$d"
done
# shellcheck disable=SC2016
find "$apt_root/archives" -name '*.deb' -print0 |
	xargs -0 -P 2 -I{} sh -c 'dpkg-deb --fsys-tarfile "$1" |
		tar -x --keep-directory-symlink -C "$2"' sh {} "$root" ||
	die "can't unpack the packages"
rm -rf "$apt_root/archives"

# What maintainer scripts would have made.
mkdir -p "$root"/{etc,proc,sys,dev,run,tmp,srv,.old} "$root"/bundle/rootfs/{usr,proc,dev,sys}
ln -s usr/lib "$root/bundle/rootfs/lib"
ln -s usr/lib64 "$root/bundle/rootfs/lib64"
printf '%s\n' 'UID_MIN 1000' 'GID_MIN 1000' >"$root/etc/login.defs"
printf '%s\n' 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
: >"$root/etc/fstab"
{
	echo 'root:x:0:0::/root:/bin/sh'
	echo 'nobody:x:65534:65534::/:/bin/false'
	id=100
	for user in $users; do
		echo "$user:x:$id:$id::/tmp:/bin/false"
		id=$((id + 1))
	done
} >"$root/etc/passwd"
{
	awk -F: '{ print $1 ":x:" $4 ":" }' "$root/etc/passwd"
	echo 'nogroup:x:65534:'
	id=200
	for group in $user_groups; do
		echo "$group:x:$id:"
		id=$((id + 1))
	done
} >"$root/etc/group"

# The profile that containers get from podman and its kin, for the architecture
# at hand and no added capabilities, in the form that runtimes want.
python3 - "$root" <<'END' || note "no container profile"
import json, platform, sys

root = sys.argv[1]
arch = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(),
						   platform.machine())
profile = json.load(open(root + "/usr/share/containers/seccomp.json"))
native = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64",
	  "s390x": "SCMP_ARCH_S390X"}[arch]
archs = [native]
for a in profile["archMap"]:
	if a["architecture"] == native:
		archs += a["subArchitectures"] or []

def holds(rule):
	includes = rule.get("includes") or {}
	excludes = rule.get("excludes") or {}
	return (not includes.get("caps") and
		arch in includes.get("arches", [arch]) and
		arch not in excludes.get("arches", []))

keep = ("names", "action", "args", "errnoRet")
seccomp = {
	"defaultAction": profile["defaultAction"],
	"architectures": archs,
	"syscalls": [{k: r[k] for k in keep if r.get(k) is not None}
		     for r in profile["syscalls"] if holds(r)],
}
if "defaultErrnoRet" in profile:
	seccomp["defaultErrnoRet"] = profile["defaultErrnoRet"]
config = {
	"ociVersion": "1.0.0",
	"process": {"user": {"uid": 0, "gid": 0}, "cwd": "/",
		    "args": ["/usr/bin/true"], "noNewPrivileges": True},
	"root": {"path": "rootfs"},
	"mounts": [
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/usr", "type": "bind", "source": "/usr",
		 "options": ["rbind", "ro"]},
	],
	"linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}],
		  "seccomp": seccomp},
}
json.dump(config, open(root + "/bundle/config.json", "w"))
END

# In the namespaces: builds the machine that the command sees. It starts in the
# unpacked root, but may lack the right to go there by name.
inside=$(cat <<'END'
set -e
exec 8<&-
mount --no-canonicalize --bind . /mnt
cd /mnt
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup 2>/dev/null || :
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm dev/net
for node in null zero full random urandom tty net/tun; do
	[ -e "/dev/$node" ] || continue
	: >"dev/$node"
	mount --bind "/dev/$node" "dev/$node"
	mount -o remount,bind,ro "dev/$node"	# against chmod
done
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
pivot_root . .old
exec chroot . /bin/sh -c '
	umount -l /.old
	{
		ip link set lo up
		ip link add up0 type veth peer name up1
		ip link set up1 up
		ip link set up0 up
		ip addr add 192.0.2.2/24 dev up0
		ip route add default via 192.0.2.1
		ip addr add 2001:db8::2/64 dev up0 nodad
		ip route add default via 2001:db8::1
	} 2>/dev/null
	eval "$1"' sh "$1"
END
)

# Outside: joins cgroups that can be removed afterwards, then the namespaces.
# Descriptor 8 is the user namespace that root has made.
outside=$(cat <<'END'
cd "$ROOT"
others='--mount --net --pid --ipc --uts --cgroup --fork'
[ -e /proc/self/fd/8 ] || exec unshare --map-root-user $others \
	sh -c "$@"
for cgroup in $CGROUPS; do
	mkdir "$cgroup" && echo $$ >"$cgroup/cgroup.procs" &&
		chown "$USERS:$USERS" "$cgroup" "$cgroup"/cgroup.* || :
done
exec nsenter --user=/proc/self/fd/8 --setuid 0 --setgid 0 \
	unshare $others sh -c "$@"
END
)

# Root in there has all users that programs change to, but none of them is one
# of the machine's, least of all root: programs do chmod 700 /dev/null, write to
# /proc/sys, and make cgroups wherever they may.
export USERS=2000000000
user_namespace()
{
	local holder mine

	mine=$(readlink /proc/self/ns/user)
	unshare --user sleep 60 2>/dev/null &
	holder=$!
	while [ "$(readlink /proc/$holder/ns/user)" = "$mine" ]; do
		sleep 0.01
	done
	# If that failed, there is no such process by now.
	if echo "0 $USERS 65536" >/proc/$holder/uid_map &&
	   echo "0 $USERS 65536" >/proc/$holder/gid_map; then
		exec 8</proc/$holder/ns/user
	fi
	kill $holder
} 2>/dev/null

if [ "$(id -u)" = 0 ]; then
	user_namespace || true
	# In the hybrid layout, programs find both hierarchies.
	while read -r base; do
		mkdir "$base/bitproof.$$" 2>/dev/null || continue
		cgroups+=("$base/bitproof.$$")
	done < <(awk '$3 == "cgroup2" || ($3 == "cgroup" && /name=systemd/) {
		print $2 }' /proc/mounts)
	[ ! -e /proc/self/fd/8 ] || chown -R "$USERS:$USERS" "$root"
fi
how=namespaces
probe=$(ROOT=$root CGROUPS='' sh -c "$outside" sh "$inside" sh true 2>&1) || {
	how=
	if [ "$(id -u)" = 0 ] && chroot "$root" /bin/true 2>/dev/null; then
		how=chroot
		[ -c "$root/dev/null" ] ||
			mknod -m 666 "$root/dev/null" c 1 3 2>/dev/null || true
		chmod 1777 "$root/tmp"
	fi
	note "no namespaces (${probe##*$'\n'}): ${how:-nothing can be run}"
}

# In a chroot they are root of the machine: without what that could harm.
caps=-all,+chown,+dac_override,+fowner,+setuid,+setgid,+sys_chroot,+net_raw

# run INDEX: one program; what it says is kept for the reason of a failure.
run()
{
	local i=$1 cmd

	case $how in
	namespaces)
		cmd=("CGROUPS=${cgroups[*]/%//${names[i]}}" "USERS=$USERS" "ROOT=$root" \
			sh -c "$outside" sh "$inside" sh "${commands[i]}") ;;
	chroot)
		cmd=(setpriv --inh-caps=-all "--bounding-set=$caps" \
			chroot "$root" /bin/sh -c "${commands[i]}") ;;
	esac
	"$tmp/capture" -o "$files" -n "${names[i]}" -t 20 -q "${waits[i]}" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		"${cmd[@]}" >"$tmp/log/${names[i]}.list" \
		2>"$tmp/log/${names[i]}.err" 9>&- || true
}

if [ -n "$how" ]; then
	note "running ${#names[@]} programs"
	# Most of the time they wait, so more than there are processors.
	for i in "${!names[@]}"; do
		[ -n "${version[${packages[i]}]}" ] || continue
		while [ "$(jobs -pr | wc -l)" -ge 6 ]; do
			wait -n || true
		done
		run "$i" &
	done
	wait
fi

# The same filter in two programs is one input.
manifest=$files/manifest
: >"$manifest"
missed=()
declare -A seen
for i in "${!names[@]}"; do
	name=${names[i]} package=${packages[i]} list=$tmp/log/${names[i]}.list
	if [ -z "${version[$package]}" ]; then
		missed+=("$name"$'\t'"$package"$'\t-\t'"no such package in $codename")
		continue
	fi
	if [ ! -s "$list" ]; then
		why=$(sed 's/[[:cntrl:]]//g; /^ *$/d' "$tmp/log/$name.err" \
			2>/dev/null | tail -n 1)
		[ -n "$how" ] || why="programs can't be run here"
		missed+=("$name"$'\t'"$package"$'\t'"${version[$package]}"$'\t'"${why:-no filter was attached}")
		continue
	fi
	while IFS=$'\t' read -r file lengths; do
		sum=$(sha256sum <"$files/$file")
		if [ -n "${seen[$sum]:-}" ]; then
			rm "$files/$file"
			continue
		fi
		seen[$sum]=1
		printf '%s\t%s\t%s\t%s\n' "$file" "$package" \
			"${version[$package]}" "$lengths" >>"$manifest"
	done <"$list"
done
for line in "${missed[@]}"; do
	IFS=$'\t' read -r name package _ why <<<"$line"
	note "not captured: $name ($package): $why"
done
captured=$(wc -l <"$manifest")

# The library's own, as the compiler's package has it.
if build make-libseccomp -lseccomp 2>"$tmp/log/cc" &&
   "$tmp/make-libseccomp" "$files" >"$tmp/log/libseccomp" 2>"$tmp/log/cc"; then
	library=$(dpkg-query -W -f '${Version}' libseccomp-dev 2>/dev/null || echo -)
	awk -F'\t' -v OFS='\t' -v v="$library" \
		'{ print $1, "libseccomp", v, $2, $3 }' \
		"$tmp/log/libseccomp" >>"$manifest"
else
	why=$(head -n 1 "$tmp/log/cc")
	missed+=($'libseccomp\tlibseccomp-dev\t-\t'"$why")
	note "not made: libseccomp's (libseccomp-dev): $why"
fi
total=$(wc -l <"$manifest")
[ "${#missed[@]}" = 0 ] || printf 'not captured\t%s\n' "${missed[@]}" >>"$manifest"
[ "$total" -gt 0 ] || die "not a single filter was captured"
note "$captured stacks of $((${#names[@]} - ${#missed[@]})) programs, $((total - captured)) of libseccomp"

rm -rf "$dir"
mv -T "$files" "$dir"
finish
