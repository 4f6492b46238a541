# SPDX-License-Identifier: BSD-2-Clause
#
# Clients that are idle, send their request in drops, or take nothing of an answer, are let go after
# the timeout; one that takes its time but moves is not.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

random_file "$work/www/big" 30000000
random_file "$work/www/small" 400000
serve --timeout 2

# Each prints the seconds until the server had enough of it.
client() {
    timeout 60 /usr/bin/python3 -c '
import select, socket, sys, time
kind = sys.argv[2]
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
s.connect((sys.argv[1], 80))
began = time.time()
try:
    if kind == "takes-nothing":
        s.sendall(b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n")
        poll = select.poll()
        poll.register(s, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll(30000)
    elif kind == "drops":
        for c in b"GET / HTTP/1.1\r\nHost: " + b"h" * 100:
            s.send(bytes([c]))
            s.settimeout(0.2)
            try:
                if s.recv(1) == b"": break
            except TimeoutError:
                pass
    else:
        s.settimeout(30)
        s.recv(1)
except OSError:
    pass
print(int(time.time() - began))
' $ours "$1"
}
for kind in idle drops takes-nothing; do client $kind >"$work/$kind" & pids="${pids-} $!"; done
# Twelve times the timeout's worth of a slow link, at 400 kbit/s.
fetch --limit-rate 50000 -o "$work/got" http://$ours/small || fail "the slow client was cut off"
same "$work/www/small" "$work/got"
for pid in $pids; do wait "$pid"; done
for kind in idle drops takes-nothing; do
    seconds=$(cat "$work/$kind")
    [ "$seconds" -ge 1 ] && [ "$seconds" -le 12 ] || fail "$kind was let go after $seconds s"
done
grep -q 'the client takes nothing' "$work/serve.log" || fail "no word of it in the log"
stop
