# SPDX-License-Identifier: BSD-2-Clause
#
# The filters of `bonnet ss` beside iproute2's: five connections, seen from both ends. What the
# kernel's ss shows of its end for a filter, ours shows of the other end for its mirror image. Then
# -s, -E, --json, and what goes wrong.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

serve
/usr/bin/python3 -c '
import socket, time
held = []
for port in range(5001, 5006):
    s = socket.socket()
    s.bind(("10.7.0.1", port))
    s.connect(("10.7.0.2", 80))
    held.append(s)
time.sleep(100)' &
client=$!
connected() { [ "$("$bonnet" ss --name $tap -tnH dst 10.7.0.1 | wc -l)" = 5 ]; }
wait_for 10 connected || fail "not five connections"

# mirror WORDS...: the same filter, from the other end.
mirror() { echo "$*" | sed 's/src/SRC/g; s/dst/src/g; s/SRC/dst/g; s/sport/SPORT/g; s/dport/sport/g; s/SPORT/dport/g'; }
compared=0
compare() {
    local kernel ours
    kernel=$(ss -Hn -o exclude listening "( $* ) and dst 10.7.0.2:80" -t | grep -o '10.7.0.1:500[0-9]' | sort)
    ours=$("$bonnet" ss --name $tap -Htn exclude listening "( $(mirror "$*") ) and src 10.7.0.2:80" |
        grep -o '10.7.0.1:500[0-9]' | sort)
    [ "$kernel" = "$ours" ] || fail "'$*': the kernel's ss shows $kernel, ours $ours"
    compared=$((compared + ${#kernel}))
}
compare 'sport = :5001'
compare 'sport != :5001'
compare 'sport gt :5002 and sport lt :5005'
compare 'sport <= :5002 or sport >= :5004'
compare 'not ( sport = :5003 or sport = :5004 )'
compare '! sport = :5003 and dport = :80'
compare 'src 10.7.0.1:5001 or src 10.7.0.1:5002'
compare 'dst 10.7.0.0/24 sport leq :5003'
compare 'dst 10.7/16 & sport neq :5005'
compare 'dst 10.8.0.0/16 | sport eq :5005'
compare 'dport = :http'
compare 'sport = :5001 or sport = :5002 and dport = :81'
compare 'src *:5004'
[ $compared -gt 300 ] || fail "the kernel's ss showed almost nothing"

for words in 'state bogus' 'sport = :nosuch' 'src 300.1.1.1' 'sport = :80 and' '( sport = :80' 'foo'; do
    (set -f; "$bonnet" ss $words) >"$work/out" 2>"$work/err" && fail "'$words' is taken"
    [ ! -s "$work/out" ] || fail "'$words': something is shown"
    [ "$(wc -l <"$work/err")" = 1 ] || fail "'$words': not one line: $(cat "$work/err")"
done
holds "$(cat "$work/err")" "'foo': expected src, dst, sport, dport"

# -s: the words and the columns of the kernel's, with our numbers.
shape() { sed 's/[0-9][0-9]*/N/g; s/[ \t]*$//' | tr -s ' \t' ' '; }
[ "$(ss -s | shape)" = "$("$bonnet" ss --name $tap -s | shape)" ] || fail "-s differs: $("$bonnet" ss -s)"
holds "$("$bonnet" ss --name $tap -s)" 'TCP:   6 (estab '

# --json: objects with the fields of struct bonnet_row.
"$bonnet" ss --name $tap -tan --json dport = :5001 >"$work/json"
/usr/bin/python3 - "$work/json" <<'PY' || fail "--json: $(cat "$work/json")"
import json, sys
rows = json.load(open(sys.argv[1]))
assert len(rows) == 1, rows
assert rows[0]["stack"] == "bonnet0" and rows[0]["kind"] == "connection", rows
assert rows[0]["remote"] == {"addr": "10.7.0.1", "port": 5001, "scope": 0}, rows
assert rows[0]["info"]["tcpi_state"] == 1 and rows[0]["socket"] >= 0, rows
PY
[ "$("$bonnet" ss --name $tap --json state syn-sent | tr -d '\n')" = '[]' ] || fail "no rows are not []"

# -E: what happens, while it happens, and only what was asked for.
"$bonnet" ss --name $tap -E -n >"$work/events" &
"$bonnet" ss --name $tap -EHn --json state close-wait dport = :5001 >"$work/some" &
listening() { [ -s "$work/events" ]; }
wait_for 5 listening || fail "-E says nothing"
sleep 0.3
kill $client
closed() { grep -q ':5001 .*LAST-ACK -> CLOSED' "$work/events"; }
wait_for 10 closed || fail "-E: no end of the connections: $(cat "$work/events")"
grep -Eq '^[0-9:]{8}\.[0-9]{6} state 10.7.0.2:80 10.7.0.1:5001 ESTABLISHED -> CLOSE-WAIT$' "$work/events" ||
    fail "-E: no CLOSE-WAIT: $(cat "$work/events")"
[ "$(grep -c '"to":"CLOSE-WAIT"' "$work/some")" = 1 ] && [ "$(wc -l <"$work/some")" = 1 ] ||
    fail "-E with a filter: $(cat "$work/some")"
stop
