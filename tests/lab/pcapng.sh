# SPDX-License-Identifier: BSD-2-Clause
#
# Captures of the lab as a reader sees them that knows nothing of bonnet: one for each host, well
# formed, with names; nothing that looks like trouble where there was none; and where there was, the
# reason beside the packet.

set -eu
bonnet=$BONNET_BUILD/bonnet
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }
command -v tshark >/dev/null || { echo "skipped: tshark is not installed"; exit 77; }
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT

# Ports are free for anybody in a story: nothing above TCP and UDP is looked into.
quiet='-o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -o tcp.try_heuristic_first:FALSE'
show() { # show CAPTURE OPTION...
    local capture=$work/$1.pcapng
    shift
    tshark -n -r "$capture" $quiet "$@" 2>/dev/null
}
count() { show "$1" -Y "$2" | wc -l; }
is() { [ "$2" = "$3" ] || fail "$1: '$2', not '$3'"; }
comments() { show "$1" -Y "$2" -T fields -e frame.comment; }

stories='close-server close-client half-close rst-on-close zero-window half-open accept-queue'
for story in $stories; do
    "$bonnet" lab run $story --quiet --pcapng "$work" >"$work/log" || fail "$(cat "$work/log")"
done
is "captures" "$(ls "$work"/*.pcapng | wc -l)" 14

# Whatever a host sends again it says so of, in one word or another, and what it says so of is.
wrong='_ws.malformed || _ws.short || tcp.checksum.status == 0 || ip.checksum.status == 0'
again='tcp.analysis.retransmission || tcp.analysis.spurious_retransmission'
told='frame.comment contains "retransmission: "'
probe='frame.comment contains "send_tail_probe"'
silent="(tcp.analysis.retransmission && frame.packet_flags_direction == 2 && !($told || $probe))"
for capture in "$work"/*.pcapng; do
    name=$(basename "$capture" .pcapng)
    is "$name: malformed, or sent again and not told, or the reverse" \
        "$(show "$name" -Y "$wrong || $silent || ($told && !($again))")" ""
done

# Where nothing goes wrong, nothing looks like it.
for story in close-server close-client half-close; do
    for host in client server; do
        is "$story-$host: trouble" "$(count $story-$host tcp.analysis.flags)" 0
    done
done
is "segments of close-server" "$(count close-server-client tcp)" 7

# Names: of the host, its interface, and the addresses.
about=$(capinfos "$work/close-server-client.pcapng")
for part in 'Capture comment:     client' 'Name = client-server' \
    'Description = client-server of client' 'Time precision = nanoseconds' \
    'Number of resolved IPv4 addresses in file: 2'; do
    case $about in *"$part"*) ;; *) fail "capinfos does not say '$part': $about" ;; esac
done
is "first packet" "$(tshark -r "$work/close-server-client.pcapng" -o nameres.network_name:TRUE \
    -T fields -e ip.src_host -e ip.dst_host 2>/dev/null | head -n 1)" "client	server"
is "interfaces" "$(count close-server-server 'frame.interface_name == "server-client"')" 7

# Reasons: the sender's end tells why it was sent, the receiver's why it was refused.
fin='tcp.flags.fin == 1 && frame.packet_flags_direction == 2'
is "the FIN" "$(comments close-server-server "$fin")" \
    "sent: send_fin: the program has no more to write"
reset='tcp.flags.reset == 1 && tcp.stream == 0'
is "the reset of close()" "$(comments rst-on-close-server "$reset")" \
    "sent: send_rst_abort: reset: abort_on_close: closed with bytes unread in the RecvQ"
is "the same, where it arrives" "$(comments rst-on-close-client "$reset")" \
    "reset: rst_obeyed: reset by the peer"
[ "$(count rst-on-close-client 'frame.comment contains "dropped: rst_challenged: "')" -ge 1 ] ||
    fail "no reset was challenged"
[ "$(count zero-window-client 'tcp.analysis.zero_window_probe &&
    frame.comment contains "sent: send_window_probe: "')" -ge 1 ] || fail "no window was probed"
[ "$(count half-open-client 'frame.comment contains "sent: send_rto: retransmission: "')" -ge 1 ] ||
    fail "nothing was sent again"
[ "$(count accept-queue-server 'frame.comment contains "sent: send_syn_ack_again: "')" -ge 1 ] ||
    fail "no SYN-ACK was sent again"
