# SPDX-License-Identifier: BSD-2-Clause
#
# The scenarios on Linux' own sockets: what they expect of bonnet holds of the kernel as well, and
# where the two differ a scenario says so. Those that need the lab's powers over packets and time are
# skipped, and no others.

set -eu
bonnet=$BONNET_BUILD/bonnet

fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
[ -x "$bonnet" ] || skip "the command is not built"
unshare --net true 2>/dev/null || unshare --net --map-root-user true 2>/dev/null ||
    skip "no right to make network namespaces"
work=$(mktemp -d /tmp/bonnet-test-XXXXXX)
trap 'rm -rf "$work"' EXIT

# What Linux can tell must be told there.
told='close-listener close-server close-client close-both connect connect-refused early-data
    half-close time-wait demux bind-rules simultaneous-open datagrams rst-on-close
    rst-on-close-shutdown rst-on-close-drain sixth-number echo-one-byte accept-queue close-wait-send
    after-close queues write-write-deadlock'

"$bonnet" lab run all --stack kernel --color never >"$work/all" 2>&1 ||
    { grep -E '^FAILED|\.lab:[0-9]+: |scenarios: ' "$work/all"; fail "lab run all --stack kernel"; }
grep '^skipped ' "$work/all" >"$work/skipped" || fail "nothing is said about what was skipped"
for name in $told; do
    ! grep -qE "^skipped +$name( |\$)" "$work/skipped" || fail "$name was skipped"
done
