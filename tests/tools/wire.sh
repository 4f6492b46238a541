# SPDX-License-Identifier: BSD-2-Clause
#
# `bonnet wire`: server and client in one process, over good and bad wires. Needs no rights.

set -eu
bonnet=$BONNET_BUILD/bonnet
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
export XDG_RUNTIME_DIR=$work
fail() { echo "FAILED: $*" >&2; exit 1; }

# transfer BYTES OPTION...
transfer() {
    local bytes=$1
    shift
    head -c "$bytes" /dev/urandom >"$work/file"
    rm -f "$work/got"
    "$bonnet" wire "$work" /file -o "$work/got" -q "$@" || fail "$bytes bytes $*: status $?"
    cmp -s "$work/file" "$work/got" || fail "$bytes bytes $*: the bytes differ"
}

for bytes in 0 1 1460 65536 1000003; do
    transfer $bytes
    transfer $bytes --plain
done
transfer 20000000
transfer 1000000 --link 'delay 2ms 1ms loss 2% duplicate 1% corrupt 1% seed 3'
transfer 1000000 --link 'delay 2ms 1ms reorder 10% seed 4'
transfer 300000 --link 'rate 10mbit limit 20 loss 1% burst 3 seed 5'

status=0
"$bonnet" wire "$work" /nothing -o "$work/none" 2>"$work/err" || status=$?
[ $status -eq 1 ] && grep -q '404 Not Found' "$work/err" || fail "no 404"
[ ! -e "$work/none" ] || fail "a file was made for a 404"

# Both ends can be looked at, each under its heading.
head -c 4000000 /dev/zero >"$work/file"
"$bonnet" wire "$work" /file -o /dev/null -q --link 'rate 16mbit' &
seen() {
    "$bonnet" ss -tan >"$work/ss" 2>/dev/null && "$bonnet" ss -tnH --name wire-get | grep -q ESTAB
}
for i in $(seq 100); do
    seen && break
    sleep 0.05
done
grep -Eq '^wire-get \(pid [0-9]+\):$' "$work/ss" || fail "no heading for wire-get: $(cat "$work/ss")"
grep -Eq '^wire-serve \(pid [0-9]+\):$' "$work/ss" || fail "no heading for wire-serve"
ends=$("$bonnet" ss -tanH --name wire-serve)
echo "$ends" | grep -q '^LISTEN' || fail "no listener: $ends"
echo "$ends" | grep -q ' 10.7.0.2:80 *10.7.0.1:' || fail "no connection: $ends"
wait $! || fail "the transfer failed"
status=0
"$bonnet" ss --name wire-get >"$work/out" 2>"$work/err" || status=$?
[ $status -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 1 ] || fail "ss with nothing running"
