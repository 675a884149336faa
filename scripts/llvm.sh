# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# For scripts that measure coverage, which have die(): source it. It sets $clang, and
# $profdata and $cov, which must be of that compiler's version.

llvm_tool()
{
	command -v "$1-${version%%.*}" || command -v "$1" ||
		die "no $1 (Debian package llvm)"
}

clang=${CLANG:-clang}
version=$("$clang" -dumpversion 2>/dev/null) || die "no $clang"
profdata=$(llvm_tool llvm-profdata) || exit
cov=$(llvm_tool llvm-cov) || exit
