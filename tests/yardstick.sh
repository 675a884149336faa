#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/yardstick.py says of two results, and how scripts/measure.py counts
# processor time. The runs themselves take too long for a test: docs/fuzzing.md has
# some.

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

# Three bugs, two engines, three seeds. Each line: a result, and in which bugs an
# engine takes how many times as many executions; with - nothing is found in a
# hundred times as many.
cat >"$tmp/results" <<-EOF
	base
	noise	afl:one:2 driver:one:0.5 afl:two:0.6 driver:three:2.5
	faster	afl:one:0.01 afl:two:0.01 driver:three:0.001
	slow	driver:two:100
	lost	afl:three:-
	all	afl:one:9 afl:two:9 afl:three:9
EOF
python3 - "$tmp" <<-'EOF'
	import json, sys
	for line in open(sys.argv[1] + "/results"):
	    name, *words = line.split()
	    times = dict(w.rsplit(":", 1) for w in words)
	    def runs(engine, bug, base):
	        f = times.get("%s:%s" % (engine, bug), "1")
	        if f == "-":
	            return [[0, base * 100, 9.0]] * 3
	        return [[1, int(base * k * float(f)), k / 10] for k in (0.4, 0.9, 1.7)]
	    with open("%s/%s.json" % (sys.argv[1], name), "w") as f:
	        json.dump({"date": "2026-01-01", "kernel": "linux-1", "limit": 9,
	            "seeds": 3, "engines": ["afl", "driver"], "bugs": {
	                bug: {e: runs(e, bug, base) for e in ("afl", "driver")}
	                for bug, base in (("one", 100), ("two", 1000), ("three", 50000))}},
	            f)
EOF

# compared STATUS REGRESSIONS NAME WHAT: the base result against NAME
compared()
{
	scripts/yardstick.py --compare "$tmp/base.json" "$tmp/$3.json" >"$tmp/out" 2>&1
	[ $? -eq "$1" ] && [ "$(grep -c '^REGRESSION' "$tmp/out")" -eq "$2" ] &&
		tail -n 1 "$tmp/out" | grep -q "^6 bugs and engines .* $2 regressions$"
	result $? "$4"
	sed 's/^/# /' "$tmp/out"
}

compared 0 0 base "the same is no regression"
compared 0 0 noise "what differs by chance is none"
compared 0 0 faster "nor is what has become faster"
compared 1 2 slow "a bug that takes a hundred times as long is, and shows in its engine"
grep -q '^REGRESSION two by driver: .* 100.0 times as many (p = ' "$tmp/out"
result $? "it is named, with how much it is and its chance"
compared 1 2 lost "a bug that is not found any more is"
grep -q '^REGRESSION three by afl: not found in ' "$tmp/out"
result $? "that is said"
compared 1 1 all "an engine that is slower everywhere is, where no single bug shows it"
grep -q '^REGRESSION afl is slower over all 3 bugs' "$tmp/out"
result $? "the engine is named"

echo '{"bugs": {"one": {"afl": [[2]]}}}' >"$tmp/bad.json"
expect 2 "bad.json: is no result" "a file of another kind" \
	scripts/yardstick.py --compare "$tmp/base.json" "$tmp/bad.json"
expect 2 "nowhere.json: No such file" "a file that there is not" \
	scripts/yardstick.py --compare "$tmp/nowhere.json" "$tmp/base.json"
sed 's/"one"/"1"/; s/"two"/"2"/; s/"three"/"3"/' "$tmp/base.json" >"$tmp/others.json"
expect 2 "nothing in common" "results of other bugs" \
	scripts/yardstick.py --compare "$tmp/base.json" "$tmp/others.json"
expect 2 "no bug nothing" "a bug that there is not" scripts/yardstick.py --bugs nothing
expect 2 "no bug emu-load-and-stay" "one that makes the driver crash" \
	scripts/yardstick.py --bugs emu-load-and-stay

sed 's/^{/{"corpus": 400, /' "$tmp/base.json" >"$tmp/corpus.json"
expect 2 "only one of the results began with the corpus" "results of other beginnings" \
	scripts/yardstick.py --compare "$tmp/base.json" "$tmp/corpus.json"
scripts/yardstick.py --corpus --engines driver afl 2>&1 | grep -q "corpus is nothing for driver"
result $? "what takes no inputs can't begin with them"

# table RESULT PLOT
table()
{
	python3 - "$@" <<-'EOF'
		import sys
		sys.path.insert(0, "scripts")
		import detections
		result = detections.load(sys.argv[1])
		print("\n".join(detections.table(result)))
		detections.draw(result, sys.argv[2])
	EOF
}
table "$tmp/lost.json" "$tmp/plot.svg" >"$tmp/table"
result $? "a table and a plot are made of it"
grep -qE '^two +900 +900$' "$tmp/table" && grep -qE '^three +0 of 3 +45000$' "$tmp/table" &&
	grep -qE '^bugs found by most runs +2 of 3 +3 of 3$' "$tmp/table"
result $? "medians; where most runs found nothing, how many did"
python3 -c 'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' "$tmp/plot.svg" &&
	[ "$(grep -c '<circle' "$tmp/plot.svg")" -eq 36 ] &&
	[ "$(grep -c 'fill="none"/>' "$tmp/plot.svg")" -ge 6 ]
result $? "a mark for each run in both panels, open where nothing was found"
table "$tmp/corpus.json" "$tmp/plot.svg" >"$tmp/table" &&
	grep -qE '^of them, by the corpus +4 of 9 +4 of 9$' "$tmp/table"
result $? "what was found by no more executions than the corpus has inputs is said"

# What fuzzers begin with, and what is made of their end: stand-ins for them, and for
# a target that fails for "bad" and never comes to the end of "endless".
mkdir -p "$tmp/bin" "$tmp"/project/build/{afl,fuzz,seeds}
cat >"$tmp/project/build/afl/emu_vs_interp" <<-'EOF'
	#!/bin/bash
	for file; do
		case $(<"$file") in
		bad) kill -ABRT $$ ;;
		endless) while :; do :; done ;;
		esac
		echo "Execution successful."
	done
EOF
cat >"$tmp/bin/afl-fuzz" <<-'EOF'
	#!/bin/bash
	mkdir -p afl/default
	printf '%s : %s\n' execs_done 50 saved_crashes 0 saved_hangs "$END" >afl/default/fuzzer_stats
EOF
cat >"$tmp/project/build/fuzz/emu_vs_interp" <<-'EOF'
	#!/bin/bash
	[[ " $* " == *" -timeout="[1-9]* ]] || exit 2
	echo "stat::number_of_executed_units: $(find "${@: -1}" -type f | wc -l)"
	exit "$END"
EOF
chmod +x "$tmp"/bin/* "$tmp"/project/build/*/emu_vs_interp

# An engine, the status of libFuzzer or hangs of AFL++, the corpus or -; is it found, in how many
# executions, and what this shows.
cat >"$tmp/begins" <<-'EOF'
	afl 0 - 0 50 without the corpus AFL++ begins with one input
	afl 0 good,bad,good 1 2 with it, what fails of it is found, and AFL++ does not begin
	afl 0 good,good,endless 1 3 what does not end is found too
	afl 0 good,good,good 0 53 if all of it passes, AFL++ begins, and its executions are added
	afl 1 good,good,good 1 53 a hang is as good as a crash
	libfuzzer 72 - 0 1 libFuzzer begins with one input
	libfuzzer 72 good,bad,good 0 3 or with the corpus
	libfuzzer 77 good,bad,good 1 3 it has found what fails
	libfuzzer 1 good,bad,good 1 3 and by whatever signal
	libfuzzer 70 good,bad,good 1 3 and what does not end
EOF
PATH=$tmp/bin:$PATH python3 - "$tmp" >"$tmp/shown" <<-'EOF'
	import os, subprocess, sys, tempfile
	sys.path.insert(0, "scripts")
	import yardstick
	tmp = sys.argv[1]
	yardstick.BEGIN_SECONDS = 1
	for line in open(tmp + "/begins"):
	    engine, status, corpus, found, executions, what = line.split(None, 5)
	    seeds = yardstick.corpus_of(tmp + "/project")
	    for i, text in enumerate(corpus.split(",")):
	        with open("%s/%d" % (seeds, i), "w") as f:
	            f.write(text)
	    start, shown = yardstick.ENGINES[engine]
	    with tempfile.TemporaryDirectory(dir=tmp) as path:
	        room = yardstick.Room(None, tmp + "/project", corpus != "-", 0, path, 1)
	        env, argv = start(room)
	        p = subprocess.run(argv, cwd=path, stdout=subprocess.PIPE,
	            stderr=subprocess.STDOUT, text=True, env=dict(os.environ, END=status))
	        seen = shown(room, p.returncode, p.stdout)
	    print(int(seen != (bool(int(found)), int(executions))), what.strip())
EOF
while read -r failed what; do
	result "$failed" "$what"
done <"$tmp/shown"
[ "$(wc -l <"$tmp/shown")" -eq 10 ] || result 1 "all of these were looked at"

# measured SECONDS COMMAND...: sets $code, $cpu in hundredths and $stopped
measured()
{
	scripts/measure.py "$1" "$tmp/measured" "${@:2}" 2>"$tmp/err" &&
		read -r code cpu stopped <"$tmp/measured" && cpu=${cpu/./} && cpu=$((10#$cpu))
}
busy='import os, sys, time
while sum(os.times()[:2]) < float(sys.argv[1]): pass'
measured 60 python3 -c "$busy" 0.3 && [ "$code $stopped" = "0 0" ] && [ "$cpu" -ge 30 ]
result $? "processor time is that of the command"
measured 60 setsid python3 -c "$busy" 0.3 && [ "$cpu" -ge 30 ]
result $? "and of sessions of its own"
# shellcheck disable=SC2016 # that shell's own
measured 60 sh -c 'python3 -c "$0" 60 & sleep 1' "$busy" && [ "$code" -eq 0 ] &&
	[ "$cpu" -ge 5 ] && [ "$cpu" -lt 3000 ]
result $? "what is left behind counts, and is ended"
measured 0.2 python3 -c "$busy" 60 && [ "$stopped" -eq 1 ] && [ "$code" -ne 0 ] &&
	[ "$cpu" -ge 20 ] && [ "$cpu" -lt 3000 ]
result $? "it is stopped at its limit"
measured 60 sh -c 'kill -ABRT $$' && [ "$code $stopped" = "134 0" ]
result $? "a signal is a status as a shell has it"
expect 2 "no-command: No such file" "a command that there is not" \
	scripts/measure.py 1 "$tmp/measured" "$tmp/no-command"
tap_done
