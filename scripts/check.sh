#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make check: everything that must hold before a change goes in. The plain build and its tests, the
# ASan+UBSan build and its tests, every fuzz target for a while. The last line is the sum,
# "N passed, N failed, N skipped"; the exit status is not 0 if anything failed or did not build.
#
# The oracle measures bonnet against the kernel in real time: it runs on the plain build only.
set -u
cd "$(dirname "$0")/.." || exit 1
scripts/deps.sh check || exit 1

out=build/check
jobs=2
fuzz_seconds=${FUZZ_SECONDS:-30}
passed=0 failed=0 skipped=0
mkdir -p $out

say() { printf '\n== %s\n' "$*"; }

# A build that fails counts as one failure, and its tests as not run.
build() { # build <name> <cmake option>...
    name=$1
    shift
    if cmake -S . -B "$out/$name" -DBONNET_WERROR=ON "$@" >"$out/$name.log" 2>&1 &&
        cmake --build "$out/$name" --parallel $jobs >>"$out/$name.log" 2>&1; then
        return 0
    fi
    grep -E -A5 'error|Error|undefined reference' "$out/$name.log" | head -60
    echo "$name: does not build, see $out/$name.log"
    failed=$((failed + 1))
    return 1
}

attribute() { # attribute <file> <name>: of the one <testsuite>
    sed -n "s/^.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -1
}

run_tests() { # run_tests <name> <ctest option>...
    name=$1
    shift
    report=$PWD/$out/$name.xml
    rm -f "$report"
    ctest --test-dir "$out/$name" --parallel $jobs --output-on-failure --no-tests=error \
        --output-junit "$report" "$@"
    if [ ! -s "$report" ]; then
        failed=$((failed + 1))
        return
    fi
    t=$(attribute "$report" tests) f=$(attribute "$report" failures)
    s=$(attribute "$report" skipped) d=$(attribute "$report" disabled)
    passed=$((passed + t - f - s - d)) failed=$((failed + f)) skipped=$((skipped + s + d))
}

say 'plain build'
build plain -DBONNET_TESTS=ON && run_tests plain

say 'ASan and UBSan build'
build sanitize -DBONNET_TESTS=ON -DBONNET_SANITIZE=ON && run_tests sanitize --label-exclude oracle

say "fuzz targets, $fuzz_seconds s each"
if build fuzz -DCMAKE_C_COMPILER=clang -DBONNET_FUZZ=ON; then
    for target in "$out"/fuzz/fuzz/fuzz_*; do
        [ -x "$target" ] && echo "$target"
    done | xargs -r -P $jobs -n 1 scripts/fuzz_one.sh "$fuzz_seconds" >"$out/fuzz.results" 2>&1
    cat "$out/fuzz.results"
    passed=$((passed + $(grep -c '^ok ' "$out/fuzz.results")))
    failed=$((failed + $(grep -c '^FAILED ' "$out/fuzz.results")))
fi

say 'sum'
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
