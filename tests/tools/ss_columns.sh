# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet ss` beside iproute2's: one connection, seen from the kernel's end and from ours, gives the
# same header, the same columns at the same places, and -i, -m and -o give the same words.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

random_file "$work/www/file" 50000000
serve --link 'rate 50mbit'
(set -f; exec curl $fetch_options -o /dev/null http://$ours/file) &
client=$!
connected() { "$bonnet" ss --name $tap -tnH | grep -q ESTAB; }
wait_for 10 connected || fail "no connection"

# The lines of a table without their blanks at the end.
# Its "PortProcess" is told apart, as bonnet does.
kernel_ss() { ss "$@" "dst $ours" | sed 's/PortProcess/Port Process/; s/ *$//'; }
our_ss() { "$bonnet" ss --name $tap "$@"; }
is() { [ "$1" = "$2" ] || fail "differs:"$'\n'"$1"$'\n'"$2"; }

is "$(kernel_ss -tn | head -1 | tr -s ' ')" "$(our_ss -tn | head -1 | tr -s ' ')"
is "$(kernel_ss -tun | head -1 | tr -s ' ')" "$(our_ss -tun | head -1 | tr -s ' ')"
kernel=$(kernel_ss -tnH)
our=$(our_ss -tnH)
is "$(echo "$kernel" | awk '{print $1, NF}')" "$(echo "$our" | awk '{print $1, NF}')"
is "$(echo "$kernel" | awk '{print $4, $5}')" "$(echo "$our" | awk '{print $5, $4}')"

# The widths of the columns, when the cells have the same: a listener beside ours on the same port.
/usr/bin/python3 -c '
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 80))
s.listen(4096)
time.sleep(60)' &
listening() { ss -tlnH | grep -q :80; }
wait_for 10 listening || fail "python does not listen"
is "$(ss -tlnH | sed 's/ *$//')" "$(our_ss -tlnH | sed 's/ *$//')"

# Words: each that the kernel says of its end is one that bonnet says of an end, but for those that
# belong to the kernel's congestion control, or to one role in a transfer.
words() { tail -n +2 | tr -s ' \t' '\n' | sed 's/[:(0-9].*//' | sort -u; }
our_words=$("$bonnet" ss --name $tap -tinmoH | words)
for word in $(ss -tinmoH "dst $ours" | words); do
    case $word in
    bbr | cubic | reno | rcv_* | bytes_* | data_segs_* | ato | app_limited | last* | timer | \
        pacing_rate | delivery_rate | delivered | ssthresh | minrtt | busy | unacked | notsent | \
        cgroup | rcvmss | segs_*) ;;
    *) echo "$our_words" | grep -qx -- "$word" || fail "bonnet ss does not say '$word'" ;;
    esac
done
for word in skmem wscale rto rtt mss pmtu cwnd bytes_sent bytes_acked segs_out send; do
    echo "$our_words" | grep -qx "$word" || fail "bonnet ss does not say '$word'"
done
"$bonnet" ss --name $tap -tnoH | grep -Eq ' timer:\((on|persist|keepalive|delack),([0-9]+min)?([0-9]+(sec|\.))?([0-9]{3}ms)?,[0-9]+\)' ||
    fail "no timer of a connection that sends: $("$bonnet" ss --name $tap -tnoH)"
"$bonnet" ss --name $tap -tlnpH | grep -Eq "users:\(\(\"bonnet\",pid=$server,fd=[0-9]+\)\)" || fail "no process"
kill $client
stop
