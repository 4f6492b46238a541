#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# paths.sh: writes lab/expected/paths.txt anew, and shows how it differs from the committed one.
set -eu
cd "$(dirname "$0")/.."
cmake -S . -B build/paths -DBONNET_TESTS=ON >/dev/null
cmake --build build/paths --parallel 2 --target test_paths_table >/dev/null
build/paths/tests/test_paths_table lab/expected/paths.txt
git --no-pager diff --unified=0 --no-prefix -- lab/expected/paths.txt | grep '^[-+]' || echo 'no row differs'
