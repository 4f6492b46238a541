# SPDX-License-Identifier: BSD-2-Clause
#
# A story that holds, and the same with one expectation of each kind turned into its contrary: the
# command fails then, and names the file, the line, and what was there instead.

set -eu
bonnet=$BONNET_BUILD/bonnet
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }

cat >"$work/right.lab" <<'END'
host client 10.0.0.1
host server 10.0.0.2
link client -- server delay 10ms
sweep buffer 1000 2000 4000 8000 16000
server: l = socket()
server: bind(l, *:80)
server: setsockopt(l, SO_RCVBUF, buffer)
server: listen(l, 2)
server: c = accept(l) blocks
client: s = socket()
client: connect(s, server:80) = 0 after 20ms
expect wire client [S], server [S.], client [.]
expect segments = 3
client: write(s, "hello") = 5
wait 1s
expect server c RecvQ = 5, Delivered = 0
server: read(c, 100) = "hello"
client: poll(s, POLLIN|POLLOUT) = POLLOUT
server: getpeername(c) = client:*
server: read(c, 100) blocks
expect server is blocked in read
expect client is free
expect client s is ESTABLISHED
expect server has 1 ESTAB
expect server has no TIME-WAIT
expect server memory > 100
client: bind(s, *:81) = EINVAL
expect time 1s..2s
expect server counts TcpPassiveOpens = 1
client: close(s)
expect client s is FIN-WAIT-2
wait 60s
expect client s is gone
server: close(c)
client: t = socket()
client: connect(t, server:80) = 0
server: d = accept(l)
server: repeat { read(d, 10000) }
client: repeat { write(t, 1000) }
wait 1s
measure rate = throughput server d
measure size = segments
expect rate grows with buffer until 8000
END

"$bonnet" lab run "$work/right.lab" -q >"$work/out" 2>&1 || fail "the story does not hold: $(cat "$work/out")"

# wrong RIGHT WRONG SEEN: the line that is RIGHT becomes WRONG, and fails; SEEN is what was there.
wrong() {
    line=$(grep -nxF -- "$1" "$work/right.lab" | cut -d: -f1)
    [ -n "$line" ] || fail "'$1' is not in the story"
    awk -v n="$line" -v text="$2" 'NR == n { print text; next } { print }' "$work/right.lab" \
        >"$work/wrong.lab"
    "$bonnet" lab run "$work/wrong.lab" -q >"$work/out" 2>&1 && fail "'$2' holds"
    grep -q "^FAILED   wrong  wrong.lab:$line: expected .*, got .*$3" "$work/out" ||
        fail "'$2' is told as: $(cat "$work/out")"
}

wrong 'server: c = accept(l) blocks' 'server: c = accept(l) from client:1' ''
wrong 'client: connect(s, server:80) = 0 after 20ms' \
    'client: connect(s, server:80) = ECONNREFUSED' 0
wrong 'client: connect(s, server:80) = 0 after 20ms' 'client: connect(s, server:80) after 1s' 20ms
wrong 'expect wire client [S], server [S.], client [.]' 'expect wire client [S], server [R.]' \
    'server \[S\.\]'
wrong 'expect segments = 3' 'expect segments > 3' 3
wrong 'client: write(s, "hello") = 5' 'client: write(s, "hello") = 4' 5
wrong 'client: write(s, "hello") = 5' 'client: write(s, "hello") blocks' ''
wrong 'expect server c RecvQ = 5, Delivered = 0' 'expect server c RecvQ = 5, Delivered = 5' 0
wrong 'server: read(c, 100) = "hello"' 'server: read(c, 100) = "hullo"' hello
wrong 'client: poll(s, POLLIN|POLLOUT) = POLLOUT' \
    'client: poll(s, POLLIN|POLLOUT) = POLLIN|POLLOUT' POLLOUT
wrong 'server: getpeername(c) = client:*' 'server: getpeername(c) = server:*' 10.0.0.1
wrong 'expect server is blocked in read' 'expect server is blocked in write' read
wrong 'expect client is free' 'expect client is blocked' ''
wrong 'expect client s is ESTABLISHED' 'expect client s is CLOSE-WAIT' ESTABLISHED
wrong 'expect server has 1 ESTAB' 'expect server has 2 ESTAB' 1
wrong 'expect server has no TIME-WAIT' 'expect server has 1 TIME-WAIT' 0
wrong 'expect server memory > 100' 'expect server memory < 100' ''
wrong 'client: bind(s, *:81) = EINVAL' 'client: bind(s, *:81) = 0' EINVAL
wrong 'expect time 1s..2s' 'expect time 5s..6s' ''
wrong 'expect server counts TcpPassiveOpens = 1' 'expect server counts TcpPassiveOpens = 9' 1
wrong 'expect client s is FIN-WAIT-2' 'expect deadlock' ''
wrong 'expect client s is gone' 'expect client s is TIME-WAIT' gone
wrong 'expect rate grows with buffer until 8000' 'expect size levels off with buffer from 1000' ''
