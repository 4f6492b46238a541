#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# A capture as a reader sees it that knows nothing of bonnet: well formed, with right checksums, names,
# directions and comments. The sample is written by the test program of pcapng.c.
set -euo pipefail
command -v tshark >/dev/null || { echo "skipped: tshark is not installed"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$BONNET_BUILD/tests/test_host_pcapng" "$dir/sample.pcapng"
show() { tshark -n -r "$dir/sample.pcapng" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE "$@" 2>"$dir/errors"; }
count() { show -Y "$1" | wc -l; }
expect() { [ "$2" = "$3" ] || { echo "$1: expected $3, got $2"; cat "$dir/errors"; exit 1; }; }

expect "frames" "$(show | wc -l)" 41
expect "what tshark has to complain about" "$(grep -cv 'Running as user' "$dir/errors" || true)" 0
expect "malformed frames" "$(count '_ws.malformed || _ws.short')" 0
expect "outbound frames with a good checksum" \
    "$(count 'frame.packet_flags_direction == 2 && tcp.checksum.status == 1 && frame.len < 2000')" 20
expect "inbound frames" "$(count 'frame.packet_flags_direction == 1')" 20
expect "frames on the interface" "$(count 'frame.interface_name == "device0"')" 41
expect "comments on what was sent" "$(count 'frame.comment contains "sent: send_data: "')" 21
expect "comments on what was dropped" "$(count 'frame.comment contains "dropped: tcp_checksum: "')" 4
expect "stamps" "$(show -T fields -e frame.time_epoch -c 3 | tr '\n' ' ')" \
    "0.000000000 0.000000000 0.001000000 "
expect "whose the interface is" "$(count 'frame.interface_description == "device0 of sample"')" 41
expect "names of addresses" "$(tshark -r "$dir/sample.pcapng" -o nameres.network_name:TRUE \
    -T fields -e ip.src_host -e ip.dst_host -c 1 2>/dev/null)" "sample	peer"
about=$(capinfos "$dir/sample.pcapng")
for part in 'Capture comment:     sample' 'Name = device0' 'Description = device0 of sample' \
    'Capture application: bonnet '; do
    expect "what capinfos says of '$part'" "$(echo "$about" | grep -c "$part")" 1
done
