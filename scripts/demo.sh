#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make demo: installs what is missing, builds, plays a scenario of the lab, lets curl fetch 64 MiB
# through `bonnet serve`, compares the bytes, and shows the sockets during the transfer. Where a TAP
# device is not to be had it says so and does the same transfer between two stacks over the emulated
# wire. Ends with "demo: ok".
#
# Wherever it can it works in a network namespace of its own, where nothing of this machine's network
# is touched and nothing can be left behind.
set -eu
cd "$(dirname "$0")/.."
root=$PWD

if [ -z "${BONNET_DEMO-}" ]; then
    scripts/deps.sh demo
    make --no-print-directory build
fi

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# ---- where: a namespace of our own, this machine's network, or no device at all ----

tap=bnd$$
tap_works() {
    ip tuntap add dev "$tap" mode tap 2>/dev/null && ip tuntap del dev "$tap" mode tap
}

if [ -z "${BONNET_DEMO-}" ]; then
    for how in '--net' '--net --map-root-user'; do
        unshare $how sh -c "$(command -v ip) tuntap add dev $tap mode tap" 2>/dev/null || continue
        exec env BONNET_DEMO=namespace unshare $how "$0"
    done
    if tap_works; then BONNET_DEMO=machine; else BONNET_DEMO=wire; fi
fi
[ "$BONNET_DEMO" != namespace ] || ip link set lo up

work=$(mktemp -d /tmp/bonnet-demo-XXXXXX)
server=
finish() {
    status=$?
    trap - EXIT
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$work"
    [ $status -eq 0 ] && echo 'demo: ok' || echo 'demo: FAILED'
    exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM
export XDG_RUNTIME_DIR="$work"
chmod 700 "$work"
mkdir "$work/www"
bonnet=$root/build/bonnet

fail() { echo "demo: $*" >&2; exit 1; }
wait_for() { # wait_for COMMAND...: until it succeeds, for ten seconds at most
    tries=200
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}
connected() { "$bonnet" ss -tnH | grep -q ESTAB; }
show() { # show OPTION...: what is seen during the transfer
    wait_for connected || fail "no connection to be seen"
    sleep 0.3
    say "\$ bonnet ss $*"
    "$bonnet" ss "$@"
}
compare() {
    cmp "$work/www/random.bin" "$work/got" || fail "the bytes differ"
    echo "$(stat -c %s "$work/got") bytes, sha256 $(sha256sum <"$work/got" | cut -c1-16)...: identical"
}

# ---- a scenario ----

say '$ bonnet lab run close-server'
"$bonnet" lab run close-server || fail "the scenario does not hold"

# ---- the transfer ----

head -c 67108864 /dev/urandom >"$work/www/random.bin"

over_wire() {
    echo 'A TAP device is not to be had here (it takes /dev/net/tun and CAP_NET_ADMIN).'
    echo 'So two stacks in one process do it, over an emulated wire.'
    say '$ bonnet wire DIR /random.bin -o FILE --link "rate 400mbit"'
    "$bonnet" wire "$work/www" /random.bin -o "$work/got" --link 'rate 400mbit' &
    client=$!
    show -tino
    wait $client || fail "the transfer failed"
}

# A /30 that this machine has no route of its own to, but for the default.
free_prefix() {
    for n in 7 77 177 207 247; do
        ip -4 route show match "10.$n.0.2" | grep -qv '^default' || { echo "10.$n.0"; return; }
    done
    fail "no free prefix among 10.7.0.0, 10.77.0.0, ..."
}

over_tap() {
    prefix=$(free_prefix)
    say "\$ bonnet serve DIR --tap $tap --addr $prefix.2/30"
    "$bonnet" serve "$work/www" --tap "$tap" --addr "$prefix.2/30" >"$work/log" 2>&1 &
    server=$!
    wait_for grep -q '^serving' "$work/log" || { cat "$work/log"; fail "serve does not start"; }
    cat "$work/log"
    say "\$ curl -o FILE http://$prefix.2/random.bin"
    curl --noproxy '*' --silent --show-error --max-time 120 --limit-rate 64M \
        -o "$work/got" "http://$prefix.2/random.bin" &
    client=$!
    show -tano
    say '$ bonnet ss -tin'
    "$bonnet" ss -tin
    wait $client || fail "curl failed"
    say '^C'
    kill -INT "$server"
    wait "$server" || fail "serve ended with status $?"
    server=
    tail -n +3 "$work/log"
}

if [ "$BONNET_DEMO" = wire ]; then over_wire; else over_tap; fi
say 'Compare'
compare
