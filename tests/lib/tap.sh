# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for test scripts: source it, use result, ok and expect, end with tap_done.

tap_count=0
tap_failed=0

# result STATUS NAME: one result.
result()
{
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=1
		echo "not ok $tap_count - $2"
	fi
}

# ok NAME COMMAND...: one result, that of the command. If it is a bad one, what is
# in the file $tap_said is told.
ok()
{
	tap_name=$1
	shift
	if "$@"; then
		result 0 "$tap_name"
	else
		result 1 "$tap_name"
		[ ! -s "${tap_said:-}" ] || sed 's/^/# /' "$tap_said"
	fi
}

tap_done()
{
	echo "1..$tap_count"
	[ "$tap_count" -gt 0 ] && exit "$tap_failed"
	exit 2
}

# expect STATUS PATTERN NAME COMMAND...: the status, and exactly one line on
# standard error, which matches the extended regular expression.
expect()
{
	want=$1 pattern=$2 name=$3
	shift 3
	"$@" >"$tmp/stdout" 2>"$tmp/stderr"
	status=$?
	bad=0
	[ "$status" -eq "$want" ] || bad=1
	[ "$(wc -l <"$tmp/stderr")" -eq 1 ] || bad=1
	grep -qE "$pattern" "$tmp/stderr" || bad=1
	if [ "$bad" -ne 0 ]; then
		echo "# status $status, wanted $want; standard error:"
		sed 's/^/# /' "$tmp/stderr" | head -n 5
	fi
	result "$bad" "$name"
}
