# SPDX-License-Identifier: BSD-2-Clause
#
# For scripts that run the command: a network namespace of their own, a directory that goes away, a
# server that can be started and stopped. A script sources this first. It then runs in a new network
# namespace, whose devices vanish with its last process, so that nothing is left behind and scripts
# may run side by side; $work is its directory, $tap a device's name.

set -eu

bonnet=$BONNET_BUILD/bonnet
tap=bonnet0
ours=10.7.0.2

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }

[ -x "$bonnet" ] || skip "the command is not built"
if [ -z "${BONNET_NAMESPACE-}" ]; then
    [ -c /dev/net/tun ] || skip "no /dev/net/tun: TAP is not to be had"
    for how in --net '--net --map-root-user'; do
        unshare $how true 2>/dev/null || continue
        exec env BONNET_NAMESPACE=1 unshare $how bash "$0" "$@"
    done
    skip "no right to make a network namespace"
fi

work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$work/run"
mkdir "$work/www"
ip link set lo up

finish() {
    status=$?
    trap - EXIT
    for pid in $(jobs -p); do { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true; done
    if [ $status -ne 0 ] && [ $status -ne 77 ]; then
        for f in "$work"/*.log; do
            [ -s "$f" ] && { echo "--- $(basename "$f")"; tail -n 40 "$f"; }
        done
    fi
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

random_file() { # random_file NAME BYTES
    head -c "$2" /dev/urandom >"$1"
}

# serve OPTION...: serves $work/www; $server is its process.
serve() {
    : >"$work/serve.log" # or the last one's word would be taken for this one's
    "$bonnet" serve "$work/www" --tap $tap --addr $ours/24 "$@" >"$work/serve.log" 2>&1 &
    server=$!
    wait_for 10 grep -q '^serving' "$work/serve.log" || fail "serve does not start"
}

# stop: as Ctrl-C does; the server has to end well.
stop() {
    kill -INT "$server"
    wait "$server" || fail "serve ends with status $?"
}

fetch_options='--noproxy * --silent --show-error --max-time 250'
fetch() { (set -f; exec curl $fetch_options "$@"); }

# same FILE FILE
same() { cmp -s "$1" "$2" || fail "$1 and $2 differ ($(stat -c %s "$1") and $(stat -c %s "$2") bytes)"; }

# holds TEXT PART, lacks TEXT PART
holds() { case $1 in *"$2"*) ;; *) fail "'$2' is not in: $1" ;; esac; }
lacks() { case $1 in *"$2"*) fail "'$2' is in: $1" ;; esac; }
