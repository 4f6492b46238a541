# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet lab` from outside: what list, show and run print, what a failure says and where, that one
# seed gives one story, and that the JSON and the pictures are what they claim to be.

set -eu
bonnet=$BONNET_BUILD/bonnet
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }
scenarios=$BONNET_SRC/lab/scenarios
unset BONNET_SCENARIOS NO_COLOR

# lab STATUS ARGUMENT...: leaves $out and $err.
lab() {
    local expected=$1 status=0
    shift
    "$bonnet" lab "$@" >"$work/out" 2>"$work/err" || status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
    [ $status -eq "$expected" ] || fail "lab $*: status $status, not $expected: $err"
}
has() { case $1 in *"$2"*) ;; *) fail "'$2' is not in: $1" ;; esac; }

# Command lines that are wrong: status 2, one line.
for line in '' 'fly' '--fly' 'list x' 'show' 'show a b' 'run' 'run --fly x' 'run connect --stack bsd' \
    'run connect --seed x' 'run connect --color pink'; do
    lab 2 $line
    [ "$(wc -l <"$work/err")" -eq 1 ] && [ -z "$out" ] || fail "lab $line: $err"
    has "$err" 'bonnet lab: '
done
lab 0 --help
has "$out" 'usage: bonnet lab list'
[ "$(wc -L <"$work/out")" -le 100 ] || fail "--help: lines of more than 100 columns"

# list, show
lab 0 list
[ "$(wc -l <"$work/out")" -eq "$(ls "$scenarios"/*.lab | wc -l)" ] || fail "not all are listed"
has "$out" 'close-server  '
lab 0 list --json
jq -e 'length > 10 and all(.[]; .name and .question and .answer and .file)' "$work/out" >/dev/null ||
    fail "list --json"
lab 0 show close-server
cmp -s "$work/out" "$scenarios/close-server.lab" || fail "show is not the file"
lab 1 show nobody-wrote-this
has "$err" "there is no scenario 'nobody-wrote-this'"
lab 1 run "$work/none.lab"
has "$err" "$work/none.lab: No such file or directory"

# One timeline: seven segments, a line each; states at their hosts.
lab 0 run close-server
[ "$(grep -c 'Flags \[' "$work/out")" -eq 7 ] || fail "close-server: not seven segments: $out"
grep -Eq '^ *[0-9.]* {34,}c: FIN-WAIT-1 -> FIN-WAIT-2 on \[\.\]$' "$work/out" || fail "FIN-WAIT-2"
grep -Eq '^ *[0-9.]*  s: ESTABLISHED -> CLOSE-WAIT on \[F\.\]$' "$work/out" || fail "CLOSE-WAIT"
grep -Eq '^ *[0-9.]* {34,}c: FIN-WAIT-2 -> TIME-WAIT on \[F\.\]$' "$work/out" || fail "TIME-WAIT"
[ "$(wc -L <"$work/out")" -le 100 ] || fail "lines of more than 100 columns"
tail -1 "$work/out" | grep -q '^close-server: ok ' || fail "no verdict"
LC_ALL=C grep -q '[^ -~]' "$work/out" && fail "more than ASCII"

# One seed, one story; another seed, another story that holds as well.
cp "$work/out" "$work/first"
for i in 1 2 3 4 5 6 7 8 9; do
    lab 0 run close-server --seed 1
    cmp -s "$work/out" "$work/first" || fail "run $i with one seed differs"
done
lab 0 run close-server --seed 2
cmp -s "$work/out" "$work/first" && fail "another seed, the same ports"
lab 0 run close-server --seed 18446744073709551615

# Colours when they are asked for, and only then.
lab 0 run close-server --color always
grep -q "$(printf '\033')" "$work/out" || fail "no colour"
sed "s/$(printf '\033')\[[0-9;]*m//g" "$work/out" | cmp -s - "$work/first" ||
    fail "colours change more than colours"
lab 0 run close-server --color never
cmp -s "$work/out" "$work/first" || fail "--color never"

# A file of one's own that expects what is not: where, what, what instead.
mkdir "$work/own"
sed 's/^expect segments = 7/expect segments = 8/' "$scenarios/close-server.lab" >"$work/own/mine.lab"
line=$(grep -n 'segments = 8' "$work/own/mine.lab" | head -1 | cut -d: -f1)
lab 1 run "$work/own/mine.lab"
has "$out" 'FAILED  expect segments = 8'
has "$out" "mine.lab:$line: expected segments = 8, got"
tail -2 "$work/out" | grep -q '^mine: [0-9]* of [0-9]* expectations FAILED' || fail "no verdict"
lab 1 run "$work/own/mine.lab" close-server --quiet
has "$out" 'FAILED   mine '
has "$out" '2 scenarios: 1 ok, 1 failed, 0 skipped'
[ "$(wc -l <"$work/out")" -eq 2 ] || fail "--quiet says more than failures and the sum"
lab 0 run close-server connect -q
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "--quiet says more than the sum"

# A file that is wrong: told as the reader says it; the others are played.
sed 's/^server: listen/server: lisen/' "$scenarios/close-server.lab" >"$work/own/wrong.lab"
lab 1 run "$work/own/wrong.lab" close-server -q
has "$err" "wrong.lab:"
has "$err" "'lisen'"
has "$out" '2 scenarios: 1 ok, 1 failed'

# $BONNET_SCENARIOS; all, and what is skipped on Linux by name.
rm "$work/own/wrong.lab"
printf 'host a 10.0.0.1\nhost b 10.0.0.2\nskip on kernel because it is Tuesday\nsay No.\n' \
    >"$work/own/other.lab"
export BONNET_SCENARIOS=$work/own
lab 0 list
[ "$(wc -l <"$work/out")" -eq 2 ] || fail "BONNET_SCENARIOS is not looked at"
lab 1 run all
has "$out" 'FAILED   mine '
has "$out" 'ok       other '
has "$out" '2 scenarios: 1 ok, 1 failed, 0 skipped'
lab 0 run other --stack kernel
has "$out" 'skipped  other  it is Tuesday'
unset BONNET_SCENARIOS

# JSON: every line an object, in the order of time; the last one is the result.
lab 0 run close-server --json
jq -es 'all(.[]; .event) and .[0].event == "begin" and .[0].scenario == "close-server" and
    .[-1].event == "result" and .[-1].result == "ok" and .[-1].failed == 0 and
    ([.[] | select(.event == "packet") | .flags] == ["S","S.",".","F.",".","F.","."]) and
    ([.[] | .time_ns | values] | . == sort) and
    any(.[]; .event == "state" and .to == "TIME-WAIT" and .host == "server") and
    any(.[]; .event == "call" and (.call | startswith("close")) and .result == 0)' \
    "$work/out" >/dev/null || fail "JSON of close-server"
cp "$work/out" "$work/json"
lab 0 run close-server --json
cmp -s "$work/out" "$work/json" || fail "JSON differs from run to run"
lab 1 run "$work/own/mine.lab" connect --json
jq -es '.[-1].event == "sum" and .[-1].failed == 1 and
    any(.[]; .event == "expect" and .held == false and .got) and
    any(.[]; .event == "result" and .result == "failed" and (.why | startswith("mine.lab:")))' \
    "$work/out" >/dev/null || fail "JSON of a failure"

# Pictures of a sweep.
cat >"$work/own/sweep.lab" <<'END'
question Is it < & >?
host client 10.0.0.1
host server 10.0.0.2
sweep buffer 1000 2000 4000
server: l = socket()
server: bind(l, *:80)
server: setsockopt(l, SO_RCVBUF, buffer)
server: listen(l, 1)
server: c = accept(l)
client: s = socket()
client: connect(s, server:80)
server: repeat { read(c, 10000) }
client: repeat { write(s, 1000) }
wait 1s
measure throughput = throughput server c
END
lab 0 run "$work/own/sweep.lab" --svg "$work/svg"
has "$out" 'buffer  throughput [Mbit/s]'
/usr/bin/python3 - "$work/svg/sweep.svg" <<'END' || fail "the picture is not what it should be"
import sys
import xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
svg = "{http://www.w3.org/2000/svg}"
assert root.tag == svg + "svg"
texts = [t.text for t in root.iter(svg + "text")]
assert "Is it < & >?" in texts and "1000" in texts and "4000" in texts, texts
assert len(list(root.iter(svg + "circle"))) == 3
END
lab 0 run "$work/own/sweep.lab" --json
jq -es 'any(.[]; .event == "table" and (.runs | length) == 3 and .runs[2].buffer == 4000 and
    .runs[2].throughput > .runs[0].throughput)' "$work/out" >/dev/null || fail "JSON of a table"

# Captures, one per host.
lab 0 run close-server -q --pcapng "$work/captures"
[ "$(ls "$work/captures")" = "$(printf 'close-server-client.pcapng\nclose-server-server.pcapng')" ] ||
    fail "captures: $(ls "$work/captures")"

# A reader who has seen enough is no reason to complain; a full disk is.
"$bonnet" lab run syn-queue 2>"$work/err" | head -1 >/dev/null || true
[ ! -s "$work/err" ] || fail "head: $(cat "$work/err")"
status=0
"$bonnet" lab run syn-queue >/dev/full 2>"$work/err" || status=$?
[ $status -eq 1 ] && grep -q 'cannot write' "$work/err" || fail "a full disk is not told"
