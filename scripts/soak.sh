#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# soak.sh [SECONDS]: simulated worlds for ten minutes, or SECONDS, two processes at a time: one of
# the plain build, one under ASan and UBSan. Each world that breaks an invariant prints its seed. The
# last line is the sum, "N worlds, M violations"; the exit status is not 0 if there was a violation,
# or a process that did not come to its end.
#
# SEED=N lives through the same worlds again; otherwise each run has worlds of its own.
set -u
cd "$(dirname "$0")/.." || exit 1
scripts/deps.sh check || exit 1
seconds=${1:-600}
seed=${SEED:-$(date +%s)000000}
out=build/soak
worlds=tests/test_sim_worlds

build() { # build <name> <cmake option>...
    name=$1
    shift
    mkdir -p "$out"
    { cmake -S . -B "$out/$name" -DBONNET_TESTS=ON "$@" &&
        cmake --build "$out/$name" --target test_sim_worlds --parallel 2; } >"$out/$name.log" 2>&1 ||
        { tail -30 "$out/$name.log"; exit 1; }
}

build plain
build sanitize -DBONNET_SANITIZE=ON
echo "seeds from $seed on, $seconds s"
"$out/plain/$worlds" --seed "$seed" --seconds "$seconds" --coverage >"$out/plain.txt" 2>&1 &
plain=$!
"$out/sanitize/$worlds" --seed "$((seed + 500000))" --seconds "$seconds" >"$out/sanitize.txt" 2>&1 &
sanitize=$!
status=0
wait $plain || status=1
wait $sanitize || status=1

grep -h '^seed \|^sabotage \|ERROR:\|runtime error:' "$out/plain.txt" "$out/sanitize.txt"
n=$(sed -n 's/^\([0-9]*\) worlds, .*/\1/p' "$out/plain.txt" "$out/sanitize.txt" | paste -sd+ | bc)
m=$(sed -n 's/.* worlds, \([0-9]*\) violations$/\1/p' "$out/plain.txt" "$out/sanitize.txt" |
    paste -sd+ | bc)
[ "$(grep -c ' worlds, ' "$out/plain.txt")$(grep -c ' worlds, ' "$out/sanitize.txt")" = 11 ] ||
    echo "a process ended before its time: see $out/*.txt"
echo "${n:-0} worlds, ${m:-0} violations"
exit $status
