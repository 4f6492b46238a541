# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet dump` beside tcpdump on the same device: the same packets in the same words, relative
# numbers included; the reasons behind them, filters, captures, and how it ends.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

command -v tcpdump >/dev/null || skip "tcpdump is not installed"
command -v tshark >/dev/null || skip "tshark is not installed"

# What tcpdump adds of HTTP is cut off. IPv6, which it reads and bonnet does not, stays away.
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 || true
random_file "$work/www/file" 30000
serve --plain

# listens LOG: dump or tcpdump does.
listens() { wait_for 10 grep -q 'listening on' "$1" || fail "nobody listens: $(cat "$1")"; }
"$bonnet" dump --name $tap -t -v >"$work/dump.log" 2>"$work/dump_errors.log" &
dumper=$!
tcpdump -n --immediate-mode -s 256 -B 16384 -U -i $tap -w "$work/theirs.pcap" 2>"$work/tcpdump.log" &
theirs=$!
listens "$work/tcpdump.log"
listens "$work/dump_errors.log"

fetch -o "$work/got" http://$ours/file
fetch -o /dev/null http://$ours:81/ 2>/dev/null && fail "port 81 answers"
wait_for 10 grep -q 'nobody has this connection' "$work/dump.log" || fail "no reset is dumped"
sleep 0.3
kill -INT $theirs $dumper
wait $theirs || true
wait $dumper || fail "dump ends with status $? after Ctrl-C"

# The same packets; those in and out may lie in another order by an instant, as they are seen from
# the two ends of the device.
ours_sorted=$(grep -v 'IP6' "$work/dump.log" | sed -E "s/^$tap +(In|Out) +//; s/  #.*//" | sort)
theirs_sorted=$(tcpdump -n -t -r "$work/theirs.pcap" 2>/dev/null | grep -v IP6 |
    sed -E 's/(length [0-9]+): HTTP.*/\1/' | sort)
[ "$(echo "$theirs_sorted" | wc -l)" -gt 25 ] || fail "tcpdump saw too little"
diff <(echo "$ours_sorted") <(echo "$theirs_sorted") >"$work/diff.log" || fail "tcpdump says otherwise"

# Reasons.
text=$(cat "$work/dump.log")
holds "$text" 'Flags [S.], seq '
holds "$text" '  # answer to a SYN'
holds "$text" '  # dropped: no connection and no listener for this segment'
holds "$text" '  # reset: nobody has this connection or port'
holds "$text" "$tap Out ARP, Reply $ours is-at"

# Filters, a number of packets, absolute numbers, and time.
"$bonnet" dump --name $tap -c 1 'tcp[tcpflags] & (tcp-rst) != 0 and src port 81' >"$work/one.log" 2>"$work/one_errors.log" &
one=$!
"$bonnet" dump --name $tap -c 2 dropped >"$work/two.log" 2>"$work/two_errors.log" &
two=$!
listens "$work/one_errors.log"
listens "$work/two_errors.log"
for i in 1 2 3; do fetch -o /dev/null http://$ours:81/ 2>/dev/null && fail "port 81 answers"; done
wait $one || fail "dump -c 1 ends with status $?"
wait $two || fail "dump -c 2 ends with status $?"
grep -Eqx "[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} $tap +Out IP $ours.81 > 10\.7\.0\.1\.[0-9]+: Flags \[R\.\], seq 0, ack [0-9]+, win 0, length 0  # reset: nobody has this connection or port" \
    "$work/one.log" || fail "not what was asked for: $(cat "$work/one.log")"
[ "$(wc -l <"$work/two.log")" = 2 ] || fail "-c 2 is not two: $(cat "$work/two.log")"
[ "$(grep -c '  # dropped: no connection and no listener' "$work/two.log")" = 2 ] || fail "not dropped"

# Numbers begin where the connection began, whatever is shown of it.
"$bonnet" dump --name $tap -t -c 1 'tcp[tcpflags] & tcp-fin != 0 and out' >"$work/fin.log" 2>"$work/fin_errors.log" &
fin=$!
listens "$work/fin_errors.log"
fetch -o "$work/got" http://$ours/file
wait $fin || fail "dump of a FIN ends with status $?"
grep -Eq 'Flags \[F\.\], seq 30[0-9]{3}, ack [0-9]{2,3}, win ' "$work/fin.log" || fail "$(cat "$work/fin.log")"

# A capture: readable, whole, with the reasons.
"$bonnet" dump --name $tap -w "$work/ours.pcapng" tcp 2>"$work/capture.log" &
capture=$!
listens "$work/capture.log"
fetch -o "$work/got" http://$ours/file
fetch -o /dev/null http://$ours:81/ 2>/dev/null && fail "port 81 answers"
same "$work/got" "$work/www/file"
sleep 0.3
kill -INT $capture
wait $capture || fail "dump -w ends with status $?"
grep -Eqx '[0-9]+ packets, 0 lost' "$work/capture.log" || fail "$(cat "$work/capture.log")"
show() { tshark -n -r "$work/ours.pcapng" -o tcp.check_checksum:TRUE "$@" 2>/dev/null; }
count() { show -Y "$1" | wc -l; }
[ "$(count 'tcp')" = "$(show | wc -l)" ] || fail "more than TCP is captured"
# On a busy machine something may be sent again early, and then it says so.
trouble='_ws.malformed || _ws.short || tcp.analysis.out_of_order || tcp.analysis.lost_segment ||
    (tcp.analysis.retransmission && !(frame.comment contains "retransmission: ") &&
    !(frame.comment contains "send_tail_probe"))'
[ "$(count "$trouble")" = 0 ] || fail "tshark complains: $(show -Y "$trouble")"
[ "$(count 'tcp.checksum.status == 0')" = 0 ] || fail "bad checksums"
[ "$(count 'frame.comment contains "sent: send_syn_ack: answer to a SYN"')" = 1 ] || fail "no comment"
[ "$(count 'frame.comment contains "dropped: tcp_no_socket: "')" = 1 ] || fail "no comment on a drop"
[ "$(count "frame.interface_name == \"$tap\" && frame.interface_description == \"$tap of $tap\"")" = \
    "$(show | wc -l)" ] || fail "the interface has no name"

# What is wrong is told; nobody to ask is told as well.
said=$("$bonnet" dump --name $tap port http 2>&1) && fail "a wrong filter is taken"
[ "$said" = "bonnet dump: filter: 'http': expected here: a port from 0 to 65535" ] || fail "$said"
"$bonnet" dump --name $tap -c 0 2>/dev/null && fail "-c 0 is taken"
stop
said=$("$bonnet" dump --name $tap 2>&1) && fail "dump of nobody succeeds"
[ "$said" = "bonnet dump: no bonnet named '$tap' is running" ] || fail "$said"
