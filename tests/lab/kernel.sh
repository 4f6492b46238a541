# SPDX-License-Identifier: BSD-2-Clause
#
# What a run on Linux's own sockets leaves behind, however it ends: nothing but the captures that
# were asked for. (Whether the scenarios hold there is the oracle's business.)

set -eu
bonnet=$BONNET_BUILD/bonnet

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
[ -x "$bonnet" ] || skip "the command is not built"
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT

"$bonnet" lab run connect --stack kernel >"$work/connect" 2>&1 ||
    { grep -qi 'namespace\|TUN' "$work/connect" && skip "$(tail -n 1 "$work/connect")"; }

# ---- a run that is ended from outside ----

devices() { ls /sys/class/net | sort | tr '\n' ' '; }
before=$(devices)
for signal in INT TERM KILL; do
    status=0
    timeout --foreground -s $signal 0.5 "$bonnet" lab run close-server --stack kernel \
        >"$work/ended" 2>&1 || status=$?
    [ "$status" = 124 ] || [ "$status" = 137 ] || fail "SIG$signal: exit status $status"
    [ "$(devices)" = "$before" ] || fail "devices after SIG$signal: $(devices), before: $before"
done
[ ! -e /run/netns ] || ! ls /run/netns | grep -q bonnet || fail "a namespace has a name"

# ---- captures ----

"$bonnet" lab run close-server --stack kernel --quiet --pcapng "$work" >/dev/null 2>&1 ||
    fail "close-server with captures"
for host in client server; do
    [ -s "$work/close-server-$host.pcapng" ] || fail "no capture of $host"
done
command -v tshark >/dev/null || { echo "ok, but for tshark, which is not there"; exit 0; }
read_capture() {
    tshark -n -o tcp.check_checksum:TRUE -r "$work/close-server-client.pcapng" "$@" 2>/dev/null
}
[ "$(read_capture | wc -l)" = 7 ] || { read_capture; fail "not seven segments"; }
[ "$(read_capture -Y 'frame.packet_flags_direction == 2' | wc -l)" = 4 ] ||
    fail "the client has not sent four of them"
[ "$(read_capture -Y '_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0' | wc -l)" = 0 ] ||
    fail "tshark finds fault with the capture"
