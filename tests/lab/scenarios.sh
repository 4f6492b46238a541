# SPDX-License-Identifier: BSD-2-Clause
#
# Every scenario that comes with bonnet holds, whatever the seed; it begins with a question and ends
# with an answer; and the first one that anybody sees is told as README says.

set -eu
bonnet=$BONNET_BUILD/bonnet
scenarios=${BONNET_SRC:?}/lab/scenarios

fail() { echo "FAILED: $*" >&2; exit 1; }
[ -x "$bonnet" ] || { echo "skipped: the command is not built"; exit 77; }
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT

# ---- the texts ----

for file in "$scenarios"/*.lab; do
    name=$(basename "$file" .lab)
    head -n 1 "$file" | grep -q '^question .*[?]' || fail "$name begins with no question"
    tail -n 1 "$file" | grep -q '^answer .*\.$' || fail "$name ends with no answer"
    awk 'length > 100 { print FILENAME ": line " FNR " is too long"; bad = 1 } END { exit bad }' \
        "$file" || fail "$name has lines of more than 100 columns"
done

wanted='close-listener close-server close-client close-both socket-life queues write-write-deadlock
    compress-deadlock compress-fixed buffer-size connect connect-refused connect-timeout early-data
    half-close simultaneous-close linger lost-in-sendq fin-wait-2 time-wait demux bind-rules
    simultaneous-open echo-deadlock datagrams rst-on-close rst-on-close-shutdown rst-on-close-drain
    sixth-number echo-one-byte syn-queue accept-queue syn-flood close-wait-send last-ack after-close'
"$bonnet" lab list >"$work/list" || fail "lab list"
for name in $wanted; do
    grep -qw -- "$name" "$work/list" || fail "lab list does not know $name"
done

# ---- all of them, with several seeds ----

seeds='1 2 77'
[ "${BONNET_SANITIZE-}" != ON ] || seeds='3'
for seed in $seeds; do
    "$bonnet" lab run all --quiet --seed "$seed" >"$work/all" 2>&1 ||
        { cat "$work/all"; fail "with seed $seed"; }
done

# ---- close-server ----

run() { "$bonnet" lab run close-server --color never "$@"; }
run >"$work/first" || fail "close-server"
[ "$(grep -c 'Flags \[' "$work/first")" = 7 ] || fail "close-server does not show seven segments"
for state in FIN-WAIT-2 CLOSE-WAIT TIME-WAIT; do
    grep -q "$state" "$work/first" || fail "close-server does not show $state"
done
run --seed 5 >"$work/five" || fail "close-server with another seed"
for again in 1 2 3 4 5 6 7 8 9; do
    run --seed 5 >"$work/again"
    cmp "$work/five" "$work/again" || fail "run $again with one seed differs"
done

# ---- a deadlock is named ----

"$bonnet" lab run write-write-deadlock --color never >"$work/deadlock" || fail "write-write-deadlock"
grep -q 'deadlock: both wait in write, both RecvQ full' "$work/deadlock" ||
    fail "write-write-deadlock does not name the deadlock"
