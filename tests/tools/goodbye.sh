# SPDX-License-Identifier: BSD-2-Clause
#
# Ctrl-C: idle clients get a FIN and no RST, an answer under way is finished, and a second Ctrl-C
# resets who does not leave. Seen on the device, from the kernel's side.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"
command -v tshark >/dev/null || skip "no tshark"

random_file "$work/www/file" 3000000
echo small >"$work/www/small"

# client KIND: prints what it saw of the end. idle: leaves when the server does. stays: never leaves.
client() {
    /usr/bin/python3 -c '
import socket, sys, time
s = socket.create_connection((sys.argv[1], 80), 30)
s.sendall(b"GET /small HTTP/1.1\r\nHost: h\r\n\r\n")
s.recv(4096)
print("ready", flush=True)
try:
    print("fin" if s.recv(1) == b"" else "bytes", flush=True)
    if sys.argv[2] == "stays":
        while True:
            s.sendall(b"x")
            time.sleep(0.2)
except OSError as e:
    print("reset", flush=True)
' $ours "$1"
}
ready() { [ "$(cat "$work"/client.* | grep -c ready)" -eq "$1" ]; }

serve --link 'rate 20mbit'
tshark -q -i $tap -w "$work/trace.pcapng" -f 'tcp port 80' >"$work/tshark.log" 2>&1 &
tshark=$!
capturing() { [ -s "$work/trace.pcapng" ]; }
wait_for 20 capturing || skip "tshark does not capture: $(tail -1 "$work/tshark.log")"
for i in 1 2 3; do client idle >"$work/client.$i" & done
wait_for 10 ready 3 || fail "clients are not ready"
fetch -o "$work/got" http://$ours/file &
curl=$!
busy() { [ -s "$work/got" ]; }
wait_for 10 busy || fail "the transfer does not begin"
[ "$(stat -c %s "$work/got")" -lt 3000000 ] || fail "the transfer was too fast for this test"
stop
wait $curl || fail "the transfer was not finished"
same "$work/www/file" "$work/got"
[ "$(cat "$work"/client.* | grep -c fin)" -eq 3 ] || fail "idle clients did not see a FIN"
grep -q 'all connections are closed' "$work/serve.log" || fail "not all closed"
count() { tshark -r "$work/trace.pcapng" -Y "ip.src == $ours && $1" 2>/dev/null | wc -l; }
captured() { [ "$(count 'tcp.flags.fin == 1')" -ge 4 ]; }
wait_for 10 captured || true # the capture lags behind what it sees
kill -INT $tshark 2>/dev/null || true
wait $tshark || true
fins=$(count 'tcp.flags.fin == 1')
resets=$(count 'tcp.flags.reset == 1')
[ "$fins" -ge 4 ] || fail "$fins FINs on the device, not 4"
[ "$resets" -eq 0 ] || fail "$resets resets on the device"

# One that does not leave: the second Ctrl-C resets it, and the server is gone at once.
rm "$work"/client.*
serve
client stays >"$work/client.1" &
wait_for 10 ready 1 || fail "the client is not ready"
kill -INT "$server"
saw_fin() { grep -q fin "$work/client.1"; }
wait_for 5 saw_fin || fail "the client that stays did not see a FIN"
kill -INT "$server"
wait "$server" || fail "status $? after the second Ctrl-C"
