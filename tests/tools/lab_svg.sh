# SPDX-License-Identifier: BSD-2-Clause
#
# Pictures of stories: which there are, that they are XML and need nothing else, that one seed draws
# one picture, that what happened in close-server and tail-loss is in it as often as it happened, and
# that a transfer of thousands of packets stays small.

set -eu
bonnet=$BONNET_BUILD/bonnet
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }
unset BONNET_SCENARIOS NO_COLOR
draw() { "$bonnet" lab run -q --svg "$work/$1" $2 >/dev/null || fail "$2 does not hold"; }

# All of these stories, and nothing but XML that stands for itself.
draw one "close-server tail-loss reordering accept-queue rst-on-close datagrams linger syn-flood"
cat >"$work/svg.py" <<'END_OF_PYTHON'
import re
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"


def read(path):
    root = tree.parse(path).getroot()
    assert root.tag == SVG + "svg", path
    known = {"svg", "rect", "path", "text", "circle", "g", "title"}
    assert {e.tag for e in root.iter()} <= {SVG + k for k in known}, path
    for e in root.iter():
        assert not any("href" in a or "url(" in e.attrib[a] for a in e.attrib), path
        assert all("nan" not in v and "inf " not in v for v in e.attrib.values()), path
    return root


def texts(root):
    return [t.text or "" for t in root.iter(SVG + "text")]


def class_of(root, name):
    return [e for e in root.iter() if e.get("class") == name]


def inside(root):
    """Nothing begins beyond the edges."""
    width, height = float(root.get("width")), float(root.get("height"))
    for e in root.iter(SVG + "text"):
        if e.get("x"):
            assert 0 <= float(e.get("x")) <= width and 0 <= float(e.get("y")) <= height, e.text
END_OF_PYTHON
cat >"$work/all.py" <<'END_OF_PYTHON'
import glob
import os
import sys
from svg import *

for path in glob.glob(sys.argv[1] + "/*.svg"):
    inside(read(path))
    assert os.path.getsize(path) < 400_000, path
END_OF_PYTHON
/usr/bin/python3 "$work/all.py" "$work/one" || fail "a picture is not what it should be"

# close-server: no text, so no graph of it; seven arrows that all arrive, two breaks of a minute.
[ "$(ls "$work/one" | grep -c '^close-server')" -eq 1 ] || fail "a graph of nothing"
cat >"$work/close.py" <<'END_OF_PYTHON'
import sys
from svg import *

root = read(sys.argv[1] + "/close-server-diagram.svg")
words = texts(root)
assert words[0].startswith("Who waits in TIME-WAIT when the server closes first"), words[0]
labels = [t.text.split(" ")[0] for t in root.iter(SVG + "text") if t.get("transform")]
assert labels == ["[S]", "[S.]", "[.]", "[F.]", "[.]", "[F.]", "[.]"], labels
assert len(class_of(root, "packet")) == 7 and not class_of(root, "lost")
for part in ("c: FIN-WAIT-1 -> FIN-WAIT-2 on [.]", "c: FIN-WAIT-2 -> TIME-WAIT on [F.]",
             "s: ESTABLISHED -> CLOSE-WAIT on [F.]", "client", "server", "exit()"):
    assert words.count(part) == 1, part
assert words.index("close(c) = 0") < words.index("c: ESTABLISHED -> FIN-WAIT-1 by close()")
assert [e.text for e in class_of(root, "break")] == ["30 s", "30 s", "59.99 s"], words

# tail-loss: two connections, a graph of each; what was lost and what was sent again.
root = read(sys.argv[1] + "/tail-loss-diagram.svg")
assert len(class_of(root, "lost")) == 2
assert sum(w.endswith(", dropped") for w in texts(root)) == 2
assert len(class_of(root, "queue")) > 4
root = read(sys.argv[1] + "/tail-loss-time-sequence.svg")
count = lambda name: [len(re.findall("M", e.get("d"))) - 1 for e in class_of(root, name)]
assert count("segment") == [10, 10], count("segment")
assert count("again") == [1, 1], count("again")
assert [len(re.findall("M", e.get("d"))) - 1 for e in class_of(root, "lost")] == [1, 1]
assert "SACK" in texts(root) and "sent again" in texts(root)
END_OF_PYTHON
/usr/bin/python3 "$work/close.py" "$work/one" || fail "close-server or tail-loss"

# One seed, one picture.
draw two "close-server tail-loss"
for picture in "$work"/two/*.svg; do
    cmp -s "$picture" "$work/one/$(basename "$picture")" || fail "$(basename "$picture") differs"
done

# Thousands of packets, of the last run of a sweep; beside the chart.
cat >"$work/long.lab" <<'STORY'
question Is it < & >?
host client 10.0.0.1
host server 10.0.0.2
link client -- server delay 10ms rate 50mbit loss 1%
sweep size 1000 3000000
server: l = socket()
server: bind(l, *:80)
server: listen(l, 1)
server: c = accept(l)
client: s = socket()
client: connect(s, server:80)
server: repeat { read(c, 100000) }
client: write(s, size)
wait 20s
measure segments = segments
STORY
draw long "$work/long.lab"
[ "$(ls "$work/long" | tr '\n' ' ')" = \
    "long-diagram.svg long-time-sequence.svg long-window.svg long.svg " ] || fail "$(ls "$work/long")"
cat >"$work/long.py" <<'END_OF_PYTHON'
import sys
from svg import *

for name in ("diagram", "time-sequence", "window"):
    root = read(f"{sys.argv[1]}/long-{name}.svg")
    inside(root)
    assert "Is it < & >?" in texts(root)
    assert any("size = 3000000" in w for w in texts(root)), texts(root)[:3]
words = " ".join(texts(read(sys.argv[1] + "/long-window.svg")))
for part in ("congestion window", "in flight", "threshold", "round trip [ms]", "[Mbit/s]"):
    assert part in words, part
END_OF_PYTHON
/usr/bin/python3 "$work/long.py" "$work/long" || fail "a long transfer"
/usr/bin/python3 "$work/all.py" "$work/long" || fail "a long transfer, too large"

# A directory that cannot be is told.
status=0
"$bonnet" lab run -q close-server --svg /dev/null/x >"$work/out" 2>&1 || status=$?
[ $status -eq 1 ] && grep -q '/dev/null/x: Not a directory' "$work/out" || fail "$(cat "$work/out")"
