#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci/kernel-bot: what the gate's statuses become for a bot, and which patches it is
# asked about. The gate is a stand-in, its arguments are looked at.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh
script=$PWD/ci/kernel-bot/bitproof/bitproof.sh

mkdir -p "$tmp/tree/kernel" "$tmp/bitproof/scripts"
cat >"$tmp/bitproof/scripts/gate.sh" <<'EOF2'
#!/bin/sh
echo "gate $*"
exit "$GATE_STATUS"
EOF2
chmod +x "$tmp/bitproof/scripts/gate.sh"
cd "$tmp/tree" || exit 2
git init -q .
# patch FILE: a commit that touches it
patch()
{
	echo x >>"$1"
	git add "$1"
	git -c user.name=x -c user.email=x commit -qm "$1"
}
# bot: run as the bot does; sets status, $tmp/desc has its line
bot()
{
	DESC_FD=7 BITPROOF=$tmp/bitproof GATE_STATUS=$1 "$script" 7>"$tmp/desc" \
		>"$tmp/out" 2>&1
	status=$?
}

patch README
bot 1
[ $status -eq 0 ] && grep -q 'touches nothing' "$tmp/desc" && [ ! -s "$tmp/out" ]
result $? "a patch elsewhere is not compared"
patch kernel/seccomp.c
while read -r gate want line; do
	bot "$gate"
	[ $status -eq "$want" ] && grep -q "$line" "$tmp/desc"
	result $? "the gate's $gate is $want: $line"
done <<'EOF2'
0 0 hold
1 1 finding
2 250 could not run
4 0 skipped
139 250 could not run
EOF2
grep -q "^gate --kernel $tmp/tree --user-only --seconds 30$" "$tmp/out"
result $? "the gate is given the tree that the bot is in"
rm -r "$tmp/bitproof"
bot 0
[ $status -eq 250 ] && grep -q 'no .*gate.sh' "$tmp/desc"
result $? "without a checkout of bitproof it is a warning"
python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["run"] != ["bitproof.sh"])' \
	"${script%/*}/info.json"
result $? "the bot finds it"
tap_done
