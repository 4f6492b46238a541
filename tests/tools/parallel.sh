# SPDX-License-Identifier: BSD-2-Clause
#
# Two hundred curls at once: all get their bytes, `bonnet ss` shows them meanwhile, and afterwards
# nothing is left but TIME-WAITs: no connection, and no memory but theirs.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

clients=200
random_file "$work/www/file" 300000
sum=$(sha256sum <"$work/www/file")
serve --quiet --link 'rate 200mbit limit 10000'
one() { [ "$(fetch http://$ours/file | sha256sum)" = "$sum" ] && echo good; }
pids=
for i in $(seq $clients); do
    one >"$work/client.$i" &
    pids="$pids $!"
done
most=0
for i in $(seq 20); do
    n=$("$bonnet" ss --name $tap -tnH | grep -c ESTAB || true)
    [ "$n" -le $most ] || most=$n
    [ $most -lt 50 ] || break
    sleep 0.1
done
for pid in $pids; do wait "$pid" || fail "a client failed"; done
[ "$(cat "$work"/client.* | grep -c good)" -eq $clients ] || fail "not all clients got their bytes"
[ $most -ge 20 ] || fail "ss has never seen more than $most connections"
quiet() { ! "$bonnet" ss --name $tap -tanH | grep -Ev 'LISTEN|TIME-WAIT'; }
wait_for 5 quiet || fail "connections are left: $("$bonnet" ss --name $tap -tanoH | head)"
held() {
    /usr/bin/python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"totals\n")
print(json.loads(s.makefile().readline())["memory_bytes"])
' "$XDG_RUNTIME_DIR/bonnet/$tap.sock"
}
little() { [ "$(held)" -lt 100000 ]; }
wait_for 5 little || fail "$(held) bytes are held after the last connection"
stop
