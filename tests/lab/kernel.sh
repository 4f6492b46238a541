# SPDX-License-Identifier: BSD-2-Clause
#
# Linux as the oracle: the scenarios hold on its own sockets, but for those that say why they cannot
# be told there; and nothing is left behind, also when a run is ended from outside.

set -eu
bonnet=$BONNET_BUILD/bonnet

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
[ -x "$bonnet" ] || skip "the command is not built"
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT

"$bonnet" lab run connect --stack kernel >"$work/connect" 2>&1 ||
    { grep -qi 'namespace\|TUN' "$work/connect" && skip "$(tail -n 1 "$work/connect")"; }

# ---- all of them ----

"$bonnet" lab run all --stack kernel --color never >"$work/all" 2>&1 ||
    { grep -i 'failed' "$work/all"; fail "not all scenarios hold on the kernel"; }

never_skipped='close-listener close-server close-client close-both connect connect-refused early-data
    half-close time-wait demux bind-rules simultaneous-open datagrams rst-on-close
    rst-on-close-shutdown rst-on-close-drain sixth-number echo-one-byte accept-queue close-wait-send
    after-close queues write-write-deadlock last-ack simultaneous-close socket-life'
for name in $never_skipped; do
    ! grep -q "^skipped *$name " "$work/all" || fail "$name is skipped"
done

# ---- nothing is left ----

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
if command -v tshark >/dev/null; then
    tshark -n -o tcp.check_checksum:TRUE -r "$work/close-server-client.pcapng" -T fields -e tcp.flags.str \
        -e _ws.expert.severity >"$work/flags" 2>/dev/null || fail "tshark does not read the capture"
    [ "$(wc -l <"$work/flags")" = 7 ] || { cat "$work/flags"; fail "not seven segments"; }
    [ "$(tshark -n -o tcp.check_checksum:TRUE -r "$work/close-server-client.pcapng" \
        -Y '_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0' 2>/dev/null |
        wc -l)" = 0 ] || fail "tshark finds fault with the capture"
fi
echo "ok"
