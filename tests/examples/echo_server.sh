#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The echo server gives the kernel's clients back what they send, one connection after the other, and
# ends in good order when it is told to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need_tap
build_example echo_server
./echo_server echo0 10.8.0.2 10.8.0.1 >said 2>&1 &
server=$!
await_line said '^echo0: echo on 10.8.0.2 port 7$'

python3 - <<'PYTHON'
import os, socket, threading
for size in (1, 1000, 4 << 20):
    text = os.urandom(size)
    with socket.create_connection(("10.8.0.2", 7), timeout=30) as s:
        def send():
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        back = b"".join(iter(lambda: s.recv(65536), b""))
        sender.join()
    assert back == text, f"{len(back)} of {size} bytes came back"
PYTHON

if nc -h 2>&1 | grep -q -- '-N'; then
    [ "$(echo hello | timeout 30 nc -N 10.8.0.2 7)" = hello ]
fi

kill -TERM "$server"
wait "$server"
