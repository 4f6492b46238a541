# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet get` and what servers may do to it: framings, short bodies, redirections, refusals, silence.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

cat >"$work/server.py" <<'PY'
import socket, sys, threading, time
answers = {
    "/length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "/end": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
    "/short-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhe",
    "/moved": b"HTTP/1.1 302 Found\r\nLocation: http://10.7.0.1:8000/length\r\nContent-Length: 0\r\n\r\n",
    "/gone": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "/garbage": b"220 mail.example.org ESMTP\r\n",
    "/nothing": b"",
}
def serve(s):
    path = s.recv(4096).split()[1].decode()
    if path == "/silent": time.sleep(30)
    s.sendall(answers.get(path, b""))
    s.close()
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("0.0.0.0", 8000))
l.listen(16)
while True: threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
PY
/usr/bin/python3 "$work/server.py" &
listening() { ss -tlnH | grep -q :8000; }
wait_for 10 listening || fail "the server does not listen"

# get PATH OPTION...: the exit status in $status, stderr in $said.
get() {
    local path=$1
    shift
    status=0
    "$bonnet" get "http://10.7.0.1:8000$path" --tap $tap --addr $ours/24 "$@" \
        >"$work/out" 2>"$work/get.log" || status=$?
    said=$(cat "$work/get.log")
}
is() { [ "$1" = "$2" ] || fail "'$1', not '$2' ($said)"; }

cd "$work"
for framing in length chunked end; do
    get /$framing
    is $status 0
    is "$(cat "$work/$framing")" hello
    get /$framing -o - -q
    is "$(cat "$work/out")" hello
    is "$said" ''
done
get /length -o "$work/named"
is "$(cat "$work/named")" hello
holds "$said" '5 bytes in '
get /short
is $status 1
holds "$said" 'the connection ended after 5 of 50 bytes'
is "$(cat "$work/short")" hello
get /short-chunk
is $status 1
holds "$said" 'not complete'
get /moved
is $status 1
holds "$said" '302 Found, to http://10.7.0.1:8000/length'
[ ! -e "$work/moved" ] || fail "a file was made for a redirection"
get /gone
is $status 1
holds "$said" '404 Not Found'
get /garbage
is $status 1
holds "$said" 'not HTTP'
get /nothing
is $status 1
get /silent --timeout 1
is $status 1
holds "$said" 'has not answered for 1 s'
get /length -o /dev/full
is $status 1
holds "$said" 'No space left'
status=0
"$bonnet" get http://10.7.0.1:9/ --tap $tap --addr $ours/24 2>"$work/get.log" || status=$?
said=$(cat "$work/get.log")
is $status 1
holds "$said" 'Connection refused'

# A name that another kind of device has, and a network that another device leads to.
status=0
"$bonnet" get http://10.7.0.1:8000/end --tap lo --addr $ours/24 2>"$work/get.log" || status=$?
is $status 1
said=$(cat "$work/get.log")
holds "$said" "another device's"
get /end -o "$work/end"
lacks "$said" warning
ip tuntap add dev other0 mode tap
ip addr add 10.7.0.9/24 dev other0
ip link set other0 up
get /end -o "$work/end" --timeout 1
holds "$said" 'warning: the kernel may look for 10.7.0.2 on other0'
