# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet nstat` and `bonnet netstat -s` beside iproute2's and net-tools': the originals read a
# kernel whose counters are ours, and print the same lines.

. "${BONNET_SRC:?}/tests/tools/libtools.sh"

serve
traffic() {
    fetch http://$ours/ >/dev/null
    fetch http://$ours:81/ 2>/dev/null && fail "somebody listens on port 81"
    ping -c 1 -W 1 $ours >/dev/null 2>&1 || true
    quiet() { [ "$(our_nstat -azs)" = "$(sleep 0.2; our_nstat -azs)" ]; }
    wait_for 10 quiet || fail "the counters do not come to rest"
}
our_nstat() { "$bonnet" nstat --name $tap "$@"; }

# The kernel's two files, with our numbers.
kernel() {
    our_nstat -azsj | /usr/bin/python3 -c '
import json, sys
counters = json.load(sys.stdin)["bonnet0"]
counters.update(IpForwarding=2, IpForwDatagrams=0, UdpSndbufErrors=0, IcmpOutErrors=0, TcpCurrEstab=0)
order = {"snmp": ["Ip", "Icmp", "Tcp", "Udp"], "netstat": ["TcpExt", "IpExt"]}
section = lambda n: next(s for s in ("TcpExt", "IpExt", "Icmp", "Ip", "Tcp", "Udp") if n.startswith(s))
# Where net-tools expects those that we do not have.
before = {"IpForwarding": "", "IpForwDatagrams": "InUnknownProtos", "UdpSndbufErrors": "InCsumErrors",
          "IcmpOutErrors": "OutDestUnreachs", "TcpCurrEstab": "InSegs"}
for path, sections in order.items():
    out = open(sys.argv[1] + "/" + path, "w")
    for s in sections:
        names = [n for n in counters if section(n) == s]
        head = [n for n in names if n not in before]
        for late in (n for n in names if n in before):
            places = [i for i, n in enumerate(head) if n == s + before[late]]
            head.insert(places[0] if places else 0, late)
        out.write(s + ": " + " ".join(n[len(s):] for n in head) + "\n")
        out.write(s + ": " + " ".join(str(counters[n]) for n in head) + "\n")
' "$work"
}
kernel_nstat() {
    PROC_NET_SNMP=$work/snmp PROC_NET_NETSTAT=$work/netstat PROC_NET_SNMP6=/dev/null PROC_NET_SCTP_SNMP=/dev/null \
        NSTAT_HISTORY=$work/history nstat "$@"
}
# Blanks at the end and the name of the source differ; ours has no counters that are only the kernel's.
lines() { sed 's/^#.*/#/; s/"bonnet0"/"kernel"/; s/ *$//' | grep -v 'IpForwDatagrams\|UdpSndbufErrors\|IcmpOutErrors\|\.rate'; }
same_lines() { diff "$work/theirs" "$work/ours" >"$work/diff" || fail "$*: $(cat "$work/diff")"; }
compare() { # compare OPTION...
    kernel_nstat "$@" | lines >"$work/theirs"
    our_nstat "$@" | lines >"$work/ours"
    same_lines "nstat $*"
    [ "$(wc -l <"$work/ours")" -ge "$wanted" ] || fail "nstat $*: only $(cat "$work/ours")"
}

traffic
kernel
wanted=8
compare -as
wanted=60
compare -azs
wanted=1
compare -ajs
wanted=3
compare -as 'tcpin*' 'IP*receives'
compare -as '*Segs'
wanted=8
compare
wanted=1
compare
compare -j
[ "$(our_nstat | wc -l)" = 1 ] || fail "something grew while nothing happened"
traffic
kernel
wanted=8
compare -s
compare
wanted=60
traffic
kernel
compare -z
kernel_nstat -n; our_nstat -n >"$work/ours"
[ ! -s "$work/ours" ] || fail "-n shows something"
wanted=8
compare -r

# The history is this user's alone, and of this run of the stack.
history=$(echo "$XDG_RUNTIME_DIR"/bonnet-*.nstat)
[ "$(stat -c %a "$history")" = 600 ] || fail "$history may be read by others"
our_nstat -n
sed -i '1s/.*/#bonnet0.1.1/' "$history"
holds "$(our_nstat)" TcpInSegs
rm "$history"
ln -s "$work/elsewhere" "$history"
our_nstat >"$work/out" 2>&1 && fail "a link is followed"
[ ! -e "$work/elsewhere" ] || fail "a link is followed"
rm "$history"

holds "$(our_nstat -a --reasons)" tcp_no_socket
lacks "$(our_nstat -a)" tcp_no_socket

# netstat -s: the original in a file system where /proc has nothing but these two files.
their_netstat() {
    unshare --mount sh -c 'mount -t tmpfs none /proc && mkdir /proc/net && cp "$1/snmp" "$1/netstat" /proc/net &&
        shift && exec netstat "$@"' - "$work" "$@" 2>"$work/err"
}
statistics() { # statistics OPTION
    their_netstat "$@" | sed 's/ *$//' >"$work/theirs" || return 0
    "$bonnet" netstat --name $tap "$@" >"$work/ours"
    same_lines "netstat $*"
    [ "$(wc -l <"$work/ours")" -ge 7 ] || fail "netstat $* says almost nothing"
}
their_netstat -s >/dev/null || skip "netstat -s beside ours: no right to mount ($(cat "$work/err"))"
kernel
statistics -s
statistics -su
statistics -st
stop
