#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# fuzz.sh [SECONDS [NAME...]]: fuzz for longer, all targets or the named ones, two at a time.
set -eu
cd "$(dirname "$0")/.."
scripts/deps.sh check
seconds=${1:-600}
[ $# -eq 0 ] || shift
out=build/check/fuzz
cmake -S . -B $out -DCMAKE_C_COMPILER=clang -DBONNET_FUZZ=ON >/dev/null
cmake --build $out --parallel 2
if [ $# -eq 0 ]; then
    for source in fuzz/[!l]*.c fuzz/l[!i]*.c; do
        [ ! -e "$source" ] || set -- "$@" "$(basename "$source" .c)"
    done
fi
results=$(printf "$out/fuzz/fuzz_%s\n" "$@" | xargs -P 2 -n 1 scripts/fuzz_one.sh "$seconds" | tee /dev/stderr)
! echo "$results" | grep -q '^FAILED '
