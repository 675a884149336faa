#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: submit.sh REPOSITORY CONTACT PROJECTS
#
# Writes PROJECTS/bitproof, which is what OSS-Fuzz wants to have in its folder
# projects/: the files beside this one with the address that the tree is cloned
# from, and the mail address that reports go to.
#
# Exit status: 0; 2 could not.

set -eu -o pipefail
cd "${BASH_SOURCE[0]%/*}"

die() { echo "submit.sh: $*" >&2; exit 2; }

[ $# -eq 3 ] || die "usage: submit.sh REPOSITORY CONTACT PROJECTS"
case $1 in
*[\"\|\\]* | '') die "no address of a repository: '$1'" ;;
*://*) ;;
*) die "REPOSITORY is a full address, with https:// or the like" ;;
esac
case $2 in
*[\"\|\\]*) die "no mail address: '$2'" ;;
?*@?*) ;;
*) die "CONTACT is a mail address" ;;
esac
[ -d "$3" ] || die "no directory $3"
mkdir -p "$3/bitproof" || exit 2
for file in project.yaml Dockerfile build.sh; do
	sed "s|@REPOSITORY@|$1|; s|@CONTACT@|$2|" $file >"$3/bitproof/$file" ||
		die "can't write $3/bitproof/$file"
done
chmod +x "$3/bitproof/build.sh"
echo "$3/bitproof"
