#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The object under the real packetdrill: scripts that must pass, and one that must not.
set -u

program=${PACKETDRILL:-packetdrill}
skip() { echo "skipped: $*"; exit 77; }
command -v "$program" >/dev/null || skip "no packetdrill in PATH, and PACKETDRILL names none"
[ "$BONNET_SANITIZE" != ON ] || skip "packetdrill loads an object in a way that sanitizers refuse"
unshare --net true 2>/dev/null || skip "no right to make a network namespace"

here=$BONNET_SRC/tests/packetdrill
export BONNET_SO=$BONNET_BUILD/libbonnet-packetdrill.so
failures=0
for script in "$here"/*.pkt; do
    expected=0
    case $script in *must-fail*) expected=1 ;; esac
    said=$("$BONNET_SRC/packetdrill/run" "$script" 2>&1)
    status=$?
    [ $status -eq $expected ] && { echo "ok ${script##*/}"; continue; }
    echo "FAILED ${script##*/}: status $status, expected $expected"
    echo "$said"
    failures=$((failures + 1))
done
exit $((failures > 0))
