#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bench.sh [OPTION...]: builds and runs the measurements; the options (--json) go to the program.
set -eu
cd "$(dirname "$0")/.."
scripts/deps.sh bench
cmake -S . -B build/measure -DBONNET_BENCH=ON >/dev/null
cmake --build build/measure --parallel 2 >/dev/null
exec build/measure/bonnet-bench "$@"
