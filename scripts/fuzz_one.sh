#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# fuzz_one.sh SECONDS TARGET: one libFuzzer target for a while, from the kept corpus of its name. What
# it finds new stays beside the target, a finding with it. One line says how it ended. The generator
# begins at FUZZ_SEED, 1 if not given, so that two checks of one tree look at much the same inputs;
# FUZZ_SEED=0 draws another one each time.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=$1 target=$2
name=$(basename "$target")
log=$target.log
kept=fuzz/corpus/${name#fuzz_}
found=$target.corpus
mkdir -p "$found"
[ -d "$kept" ] || kept=

# shellcheck disable=SC2086 # no word when there is no kept corpus
if "$target" -seed="${FUZZ_SEED:-1}" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$target.finding-" "$found" $kept >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "ok $name, $runs runs"
else
    tail -n 40 "$log"
    echo "FAILED $name, see $log"
fi
