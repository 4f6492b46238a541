#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The echo client exchanges lines with an echo server on the kernel's side, and says so if there is none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

need_tap
build_example echo_client

status=0
echo hello | ./echo_client echo0 10.8.0.2 10.8.0.1 >said 2>&1 || status=$?
[ "$status" = 1 ]
grep -q 'connect: Connection refused' said

python3 -c '
import socket
with socket.create_server(("", 7)) as listener:
    print("listening", flush=True)
    s, peer = listener.accept()
    assert peer[0] == "10.8.0.2", peer
    for part in iter(lambda: s.recv(65536), b""):
        s.sendall(part)
' >server 2>&1 &
server=$!
await_line server listening

for i in $(seq 1000); do echo "line $i of some"; done >lines
timeout 60 ./echo_client echo0 10.8.0.2 10.8.0.1 <lines >back
cmp lines back
wait "$server"
