#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# bench_paths.sh [OPTION...]: bonnet beside Linux over emulated paths, in network namespaces of its
# own; the options (--all, --only WORDS, --seconds N) go to the program.
set -eu
cd "$(dirname "$0")/.."
cmake -S . -B build/paths >/dev/null
cmake --build build/paths --parallel 2 --target bench_paths >/dev/null
exec build/paths/bonnet-bench-paths "$@"
