# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet netstat` beside net-tools': the same lines for a listener on the same port, and for the two
# ends of a connection, but for what differs between the ends.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

serve
/usr/bin/python3 -c '
import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 80))
s.listen(5)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
c = socket.socket()
c.bind(("10.7.0.1", 5001))
c.connect(("10.7.0.2", 80))
time.sleep(100)' &
client=$!
our_netstat() { "$bonnet" netstat --name $tap "$@"; }
connected() { our_netstat -tn | grep -q ':5001 *ESTABLISHED' && netstat -tln | grep -q ':80 '; }
wait_for 10 connected || fail "no connection: $(our_netstat -tan)"

is() { [ "$1" = "$2" ] || fail "differs:"$'\n'"$1"$'\n'"$2"; }
their_netstat() { netstat "$@" | sed 's/ *$//'; }
# The other end, as this one would be shown: both addresses exchanged.
mirrored() { sed 's/10\.7\.0\.1:5001 /SELF /; s/10\.7\.0\.2:80   /10.7.0.1:5001 /; s/SELF/10.7.0.2:80  /'; }

is "$(their_netstat -tln)" "$(our_netstat -tln)"
is "$(their_netstat -tn)" "$(our_netstat -tn | mirrored)"
is "$(their_netstat -tan)" "$(our_netstat -tan | mirrored)"
is "$(their_netstat -tno)" "$(our_netstat -tno | mirrored)"
is "$(their_netstat -un)" "$(our_netstat -un)"
is "$(their_netstat -uln)" "$(our_netstat -uln)"
# Who holds it: the columns, and our process in the last.
is "$(their_netstat -tlnpe | head -2)" "$(our_netstat -tlnpe | head -2)"
is "$(their_netstat -tlnpeo | tail -1 | sed 's|[0-9]*/python3|'"$server"'/bonnet |; s/\(LISTEN      0          \)[0-9]* */\10          /; s/ *off/ off/')" \
    "$(our_netstat -tlnpeo | tail -1 | sed 's/ *off/ off/')"
# Names, as the system has them.
holds "$(our_netstat -tl)" '0.0.0.0:http'
kill $client
stop
