# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet explain` of a running server: its listener, an idle visitor, one that does not read, and
# one whose network has gone.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

random_file "$work/www/file" 50000000
serve
/usr/bin/python3 -c '
import socket, time
held = []
for port in 5001, 5002:
    s = socket.socket()
    s.bind(("10.7.0.1", port))
    s.connect(("10.7.0.2", 80))
    held.append(s)
held[1].send(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
time.sleep(100)' &
client=$!
# What is said, as one line.
explain() { "$bonnet" explain --name $tap "$@" 2>"$work/err" | tr -s ' \n' ' '; }
says() { explain :5002 | grep -q "$1"; }
wait_for 10 says 'its receive window is closed' || fail "closed window: $(explain :5002)"
said=$(explain :5002)
holds "$said" 'tcp 10.7.0.2:80 <-> 10.7.0.1:5002 is ESTABLISHED (bonnet0, sk:'
holds "$said" 'bytes wait in the SendQ'
holds "$said" 'For the program at the other end to read. The peer is asked for its window again in'
holds "$said" 'Nothing new was taken for'
holds "$said" 'Look at the peer: its RecvQ is full'
[ "$(explain 10.7.0.2:80 10.7.0.1:5001 | grep -c 'Nothing is under way')" = 1 ] || fail "no idle one: $(explain :5001)"
holds "$(explain :80)" 'is LISTEN (bonnet0, sk:0 of bonnet, pid '
holds "$(explain sk:0)" "pid $server)"
"$bonnet" explain --name $tap :99 >"$work/out" 2>"$work/err" && fail "port 99 is explained"
holds "$(cat "$work/err")" "':99': no such socket"

ip link set $tap down
wait_for 20 says 'probes\? in a row had no answer' || fail "no lost peer: $(explain :5002)"
holds "$(explain :5002)" 'perhaps it, or the path to it, is gone'
ip link set $tap up

kill $client
gone() { [ -z "$("$bonnet" ss --name $tap -tnH)" ]; }
wait_for 20 gone || true
stop
